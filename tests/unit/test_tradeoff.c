/* engine/stats/tradeoff: front, knee and ties of cases that can be worked out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "engine/stats/tradeoff.h"

static void test_front(void **state)
{
    (void)state;
    static const struct tradeoff points[] = {{1, 0.5}, {2, 0.8}, {3, 0.8}, {4, 0.9},
                                             {4, 0.7}, {5, NAN}, {NAN, 1}};
    static const bool on[] = {true, true, false, true, false, false, false};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(tradeoff_front(points, 7, points[i]), on[i]);
    static const struct tradeoff twins[] = {{1, 0.5}, {1, 0.5}};
    assert_true(tradeoff_front(twins, 2, twins[0])); /* equal points do not beat one another */
}

/* Chord from (0, 0) to (4, 1): the points lie 0.35, 0.3 and 0.15 above it. */
static void test_knee(void **state)
{
    (void)state;
    static const double x[] = {0, 1, 2, 3, 4}, quality[] = {0, 0.6, 0.8, 0.9, 1},
                        line[] = {0, 0.25, 0.5, 0.75, 1}, flat[] = {1, 1, 1, 1, 1},
                        sagging[] = {0, 0.1, 0.2, 0.3, 1};
    assert_int_equal(tradeoff_knee(x, quality, 5), 1);
    assert_true(tradeoff_knee(x, line, 5) == SIZE_MAX);
    assert_true(tradeoff_knee(x, flat, 5) == SIZE_MAX);
    assert_true(tradeoff_knee(x, sagging, 5) == SIZE_MAX);
    assert_true(tradeoff_knee(x, quality, 0) == SIZE_MAX);
    assert_true(tradeoff_knee(x, quality, 1) == SIZE_MAX);
}

/* Scales do not matter: sizes in MiB and accuracies in points have the same knee. */
static void test_knee_scales(void **state)
{
    (void)state;
    double x[5], quality[5];
    static const double before_x[] = {0, 1, 2, 3, 4}, before[] = {0, 0.3, 0.85, 0.9, 1};
    for (int i = 0; i < 5; i++) {
        x[i] = 20 + before_x[i] / 1024;
        quality[i] = 100 * before[i] - 7;
    }
    assert_int_equal(tradeoff_knee(before_x, before, 5), 2);
    assert_int_equal(tradeoff_knee(x, quality, 5), 2);
}

/* A quarter of the way from (0.5, 0.9) to (0.9, 0.5) the line stands at 0.8; outside of the points nobody knows. */
static void test_between(void **state)
{
    (void)state;
    static const struct tradeoff points[] = {{0.9, 0.5}, {0.5, 0.9}, {0.55, NAN}, {NAN, 0.1}, {0.2, 1}};
    assert_float_equal(tradeoff_between(points, 5, 0.6), 0.8, 1e-12);
    assert_float_equal(tradeoff_between(points, 5, 0.35), 0.95, 1e-12);
    assert_float_equal(tradeoff_between(points, 5, 0.5), 0.9, 0);
    assert_true(isnan(tradeoff_between(points, 5, 0.95)));
    assert_true(isnan(tradeoff_between(points, 5, 0.1)));
    assert_true(isnan(tradeoff_between(points, 1, 0.6)));
    assert_true(isnan(tradeoff_between(points, 0, 0.6)));
}

/* Records 0 and 4 to 7 against records 0 and 1. */
static void test_disagree(void **state)
{
    (void)state;
    int64_t b, c;
    assert_true(tradeoff_disagree("1f", "30", &b, &c));
    assert_int_equal(b, 4);
    assert_int_equal(c, 1);
    assert_true(tradeoff_disagree("abcdef", "abcdef", &b, &c));
    assert_int_equal(b + c, 0);
    assert_false(tradeoff_disagree("ab", "abc", &b, &c));
    assert_false(tradeoff_disagree("", "", &b, &c));
    assert_false(tradeoff_disagree("xy", "12", &b, &c));
}

static void test_tie(void **state)
{
    (void)state;
    double low, high;
    assert_true(tradeoff_tie(139, 115, 4096, &low, &high));
    assert_false(tradeoff_tie(4, 26, 48, &low, &high));
    assert_true(low > 0.25 && high < 0.63);
    assert_true(tradeoff_tie(0, 0, 143, &low, &high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front),   cmocka_unit_test(test_knee),     cmocka_unit_test(test_knee_scales),
        cmocka_unit_test(test_between), cmocka_unit_test(test_disagree), cmocka_unit_test(test_tie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
