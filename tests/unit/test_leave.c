/* ^C while a long curve is on its way: twice leaves in good order, three times at once do not wait. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/util_pty.h"

/* The exit code after these keys. Where they do not end it, nothing does, and reading on fails. */
static int left_by(const char *keys)
{
    struct pty p;
    pty_open(&p, 100, 30, "TERM=xterm -- samples/digits-mlp/model.onnx");
    pty_type(&p, ":curve points=900\r");
    pty_until(&p, " of 900");
    pty_type(&p, keys);
    int code = pty_left(&p);
    pty_release(&p);
    return code;
}

static void test_twice_leaves(void **state)
{
    (void)state;
    assert_int_equal(left_by("\003\003"), 0);
}

static void test_thrice_does_not_wait(void **state)
{
    (void)state;
    assert_int_equal(left_by("\003\003\003"), 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twice_leaves),
                                       cmocka_unit_test(test_thrice_does_not_wait)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
