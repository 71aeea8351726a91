/* One split for every number for which none is named: commands measure on the records that the screens do, and say so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "app/facts.h"
#include "engine/base/buf.h"
#include "tests/unit/util_session.h"

static void says(struct session *s, const char *line)
{
    json_free(session_says(s, line));
}

static void split_is(const struct json *result, const char *line, const char *wanted)
{
    const char *split = json_str(json_get(result, "split"));
    if (!split || strcmp(split, wanted) != 0)
        fail_msg("%s: of split %s in place of %s", line, split ? split : "(none)", wanted);
}

static void begin(struct session *s, const char *model, const char *data)
{
    struct buf line = {0};
    session_begin(s);
    buf_printf(&line, "open %s", model);
    says(s, buf_text(&line));
    buf_clear(&line);
    buf_printf(&line, "data %s", data);
    says(s, buf_text(&line));
    buf_release(&line);
    says(s, "prune 0.5");
}

/* Validation where there is one, else test, else all: what the screens tell, and each command that was given no split. */
static void test_commands_measure_what_screens_do(void **state)
{
    static const struct {
        const char *model, *data, *split, *unit;
    } cases[] = {
        {"samples/breast-cancer/model.onnx", "samples/breast-cancer/dataset.json", "validation", "fc1/0"},
        {"tests/data/kinds/classes.onnx", "tests/data/kinds/gz.json", "test", "fc1/0"},
        {"tests/data/kinds/logit.onnx", "tests/data/kinds/logit.json", "all", "fc1/0"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct session s;
        struct buf neuron = {0};
        begin(&s, cases[i].model, cases[i].data);
        buf_printf(&neuron, "neuron %s", cases[i].unit);
        const char *const lines[] = {"eval", "curve points=2", "layers alone=yes", buf_text(&neuron)};
        struct json *r = facts_status(&s);
        split_is(r, "the screens", cases[i].split);
        json_free(r);
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
            r = session_says(&s, lines[k]);
            split_is(r, lines[k], cases[i].split);
            json_free(r);
        }
        buf_release(&neuron);
        session_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_measure_what_screens_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
