/* engine/stats/sequence: widths worked out beforehand, the ends, and the promise itself on random orders. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "engine/base/rng.h"
#include "engine/stats/sequence.h"

static void near(double got, double expect, double allowed)
{
    if (!(fabs(got - expect) <= allowed))
        print_message("%.10g, expected %.10g\n", got, expect);
    assert_true(fabs(got - expect) <= allowed);
}

static double half_width(int64_t s, int64_t n, int64_t N)
{
    double low, high;
    sequence_share(s, n, N, prior_right, &low, &high);
    return 100 * (high - low) / 2;
}

/* 84 % right of 4,096: half-widths in points as the literature's formula gives them, summed apart from this program. */
static void test_widths(void **state)
{
    (void)state;
    near(half_width(215, 256, 4096), 6.5, 0.05);
    near(half_width(430, 512, 4096), 4.7, 0.05);
    near(half_width(860, 1024, 4096), 3.2, 0.05);
    near(half_width(1720, 2048, 4096), 1.9, 0.05);
    near(half_width(2580, 3072, 4096), 1.2, 0.06);
    near(half_width(3441, 4096, 4096), 0, 0);
}

/* The bounds as whole numbers, from a plain search over every K in another language. */
static void test_bounds(void **state)
{
    (void)state;
    int64_t low, high;
    sequence_bounds(59, 64, 10000, prior_right, 0.05, &low, &high);
    assert_int_equal(low, 7946);
    assert_int_equal(high, 9833);
    sequence_bounds(932, 1024, 10000, prior_right, 0.05, &low, &high);
    assert_int_equal(low, 8803);
    assert_int_equal(high, 9348);
    sequence_bounds(3740, 4096, 10000, prior_right, 0.05, &low, &high);
    assert_int_equal(low, 9007);
    assert_int_equal(high, 9243);
}

static void test_change(void **state)
{
    (void)state;
    double low, high;
    sequence_change(2, 1, 64, 10000, &low, &high);
    near(100 * (high - low) / 2, 12.39, 0.01);
    sequence_change(30, 22, 1024, 10000, &low, &high);
    near(100 * (high - low) / 2, 3.15, 0.01);
    sequence_change(113, 88, 4096, 10000, &low, &high);
    near(100 * (high - low) / 2, 1.33, 0.01);
    sequence_change(500, 430, 10000, 10000, &low, &high);
    near(low, -0.007, 1e-12);
    near(high, -0.007, 1e-12);
}

static void test_ends(void **state)
{
    (void)state;
    int64_t low, high;
    sequence_bounds(0, 0, 50, prior_rare, 0.05, &low, &high);
    assert_int_equal(low, 0);
    assert_int_equal(high, 50);
    sequence_bounds(0, 10, 50, prior_rare, 0.05, &low, &high);
    assert_int_equal(low, 0);
    assert_true(high > 0 && high <= 40);
    sequence_bounds(10, 10, 50, prior_rare, 0.05, &low, &high);
    assert_int_equal(high, 50);
    assert_true(low >= 10);
    sequence_bounds(1, 1, 1, prior_rare, 0.05, &low, &high);
    assert_int_equal(low, 1);
    assert_int_equal(high, 1);
}

/* In how many of 400 random orders does any look miss the truth? At most 5 % are allowed; the formula's own rate is 2 %. */
static void test_holds_at_every_look(void **state)
{
    (void)state;
    enum { N = 1024, RIGHT = 860, RUNS = 400 };
    static int64_t order[N];
    int missed = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        int64_t s = 0, low, high;
        bool out = false;
        rng_permutation(7, run, N, order);
        for (int64_t n = 1; n <= N; n++) {
            s += order[n - 1] < RIGHT;
            if (n % 64 == 0) {
                sequence_bounds(s, n, N, prior_right, 0.05, &low, &high);
                out |= RIGHT < low || RIGHT > high;
            }
        }
        missed += out;
    }
    print_message("missed in %d of %d orders\n", missed, RUNS);
    assert_true(missed <= RUNS * 5 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_holds_at_every_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
