/* Models of what exporters seldom write (tests/oracle/unusual.py): what a session says of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/util_board.h"
#include "tests/unit/util_session.h"

#define DATA "tests/data/unusual/"

static void a_model_without_anything_prunable_says_so(void **state)
{
    (void)state;
    static const char *const lines[] = {"open " DATA "nothing.onnx"};
    struct session s;
    session_begin(&s);
    struct json *result = session_says(&s, lines[0]);
    const char *notice = json_str(json_get(result, "notice"));
    assert_non_null(notice);
    assert_memory_equal(notice, "nothing in this model can be pruned: a (Mul): ", 46);
    json_free(result);
    session_refuses(&s, "prune 0", ERR_UNREACHABLE, NULL);
    session_close(&s);

    struct bench b;
    bench_init(&b, lines, 1);
    bench_news(&b);
    char *screen = bench_screen(&b, 100, 30);
    assert_non_null(strstr(screen, "Nothing in this model can be pruned"));
    assert_null(strstr(screen, "No model is open"));
    free(screen);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_without_anything_prunable_says_so),
    };
    return cmocka_run_group_tests_name("unusual", tests, NULL, NULL);
}
