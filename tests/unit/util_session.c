/* util_session: see util_session.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_session.h"

#include <math.h>

#include "app/cmd/cmd.h"

static double no_clock(void)
{
    return 0;
}

void session_begin(struct session *s)
{
    static struct runner serial;
    struct err e = {0};
    runner_serial(&serial, NULL);
    if (!session_open(s, &(struct session_options){.seed = 1}, &serial, no_clock, &e))
        fail_msg("no session: %s", e.message);
}

struct json *session_says(struct session *s, const char *line)
{
    struct answer a;
    struct err e = {0};
    if (!cmd_run(s, line, &a, &e))
        fail_msg("%s: %s", line, e.message);
    struct json *result = a.result;
    a.result = NULL;
    answer_release(&a);
    return result;
}

void session_refuses(struct session *s, const char *line, enum err_code code, bool *hint)
{
    struct answer a;
    struct err e = {0};
    if (cmd_run(s, line, &a, &e))
        fail_msg("%s: answered, where %s was expected", line, err_word(code));
    assert_string_equal(err_word(e.code), err_word(code));
    if (hint)
        *hint = e.hint != NULL;
    err_release(&e);
}

double result_number(const struct json *result, const char *name)
{
    double v = json_num(json_get(result, name), NAN);
    if (isnan(v))
        fail_msg("the result has no number %s", name);
    return v;
}
