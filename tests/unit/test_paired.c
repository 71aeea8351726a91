/* engine/stats/paired: published and hand-checked values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "engine/stats/paired.h"

static void near(double got, double expect, double allowed)
{
    if (fabs(got - expect) > allowed)
        print_message("%.10g, expected %.10g\n", got, expect);
    assert_true(fabs(got - expect) <= allowed);
}

/* Bonett and Price 2012, the example of 48 pairs. */
static void test_interval_of_the_paper(void **state)
{
    (void)state;
    double low, high;
    paired_interval(4, 26, 48, &low, &high);
    near(low, 0.2548, 5e-5);
    near(high, 0.6252, 5e-5);
    paired_interval(139, 115, 4096, &low, &high);
    near(low, -0.0135, 5e-5);
    near(high, 0.0018, 5e-5);
}

static void test_no_change_still_leaves_room(void **state)
{
    (void)state;
    double low, high;
    paired_interval(0, 0, 143, &low, &high);
    near(high, 2.8 / 145, 5e-4);
    near(low, -high, 1e-12);
}

static void test_mcnemar(void **state)
{
    (void)state;
    near(paired_p(0, 0), 1, 0);
    near(paired_p(0, 5), 2.0 / 32, 1e-12);
    near(paired_p(1, 5), 2 * 7.0 / 64, 1e-12);
    near(paired_p(3, 3), 1, 0);
    near(paired_p(139, 115), 0.149, 5e-4);
    near(paired_p(5000, 5000), 1, 0);                /* 2^-10000 is no double */
    near(paired_p(4800, 5200), 6.593516e-05, 5e-11); /* summed in whole numbers */
}

/* Differences 1 2 3 4: mean 5/2, variance 5/3, half-width 1.96 sqrt(5/3/4). */
static void test_mean_difference(void **state)
{
    (void)state;
    const double a[] = {10, 20, 30, 40}, b[] = {11, 22, 33, 44};
    double mean, low, high;
    paired_mean(a, b, 4, &mean, &low, &high);
    near(mean, 2.5, 1e-12);
    near(low, 2.5 - 1.96 * sqrt(5.0 / 12), 1e-12);
    near(high, 2.5 + 1.96 * sqrt(5.0 / 12), 1e-12);
    paired_mean(a, a, 4, &mean, &low, &high);
    near(low, 0, 0);
    near(high, 0, 0);
    paired_mean(a, b, 1, &mean, &low, &high);
    assert_true(isnan(mean) && isnan(low) && isnan(high));
}

/* Wilson 1927: 0 of 10 reaches up to z^2 / (n + z^2). */
static void test_share(void **state)
{
    (void)state;
    double low, high;
    share_interval(0, 10, &low, &high);
    near(low, 0, 1e-12);
    near(high, 3.8416 / 13.8416, 1e-9);
    share_interval(254, 4096, &low, &high); /* 6.2 %: 5.5 to 7.0 */
    near(low, 0.0550, 5e-5);
    near(high, 0.0698, 5e-5);
    share_interval(0, 0, &low, &high);
    near(high - low, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval_of_the_paper),
        cmocka_unit_test(test_no_change_still_leaves_room),
        cmocka_unit_test(test_mcnemar),
        cmocka_unit_test(test_mean_difference),
        cmocka_unit_test(test_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
