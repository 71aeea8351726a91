/* What the overview says in words of a squared error: the rule that the interval of its change chooses. Which numbers an
 * interval has is test_paired's business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "app/scene/verdict.h"

static void says(double now, double low, double high, bool partial, const char *words, bool alarm)
{
    struct scratch memory = {0};
    struct verdict_facts f = {.kept = 50,
                              .prunable = 100,
                              .n = 89,
                              .changed = 87,
                              .delta = NAN,
                              .low = NAN,
                              .high = NAN,
                              .dense_mse = 0.5,
                              .mse = now,
                              .mse_low = low,
                              .mse_high = high,
                              .partial = partial};
    size_t n;
    const struct verdict_line *line = verdict_of(&f, &memory, &n);
    assert_int_equal(n, 1);
    assert_string_equal(line->text + strlen("Keeps 1 connection in 2. "), words);
    assert_int_equal(line->alarm, alarm);
    scratch_release(&memory);
}

/* Larger is no worse and smaller no better while the interval of the change holds 0. */
static void test_an_interval_decides(void **state)
{
    (void)state;
    says(0.6, 0.02, 0.18, false, "The squared error rose from 0.5000 to 0.6000 (95% +0.0200 .. +0.1800).",
         true);
    says(0.4, -0.18, -0.02, false, "The squared error fell from 0.5000 to 0.4000 (95% -0.1800 .. -0.0200).",
         false);
    says(0.6, -0.01, 0.21, false, "Squared error: no detectable change (+0.1000, 95% -0.0100 .. +0.2100).",
         false);
    says(0.4, -0.21, 0.01, false, "Squared error: no detectable change (-0.1000, 95% -0.2100 .. +0.0100).",
         false);
}

/* Of part of the records no interval holds at every look, and one record has none. */
static void test_nothing_is_said_without_one(void **state)
{
    (void)state;
    says(0.6, NAN, NAN, true,
         "Squared error of the records so far: 0.6000, dense 0.5000; no change can be told yet.", false);
    says(0.6, NAN, NAN, false, "Squared error: 0.6000, dense 0.5000; too few records for an interval.",
         false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_an_interval_decides),
                                       cmocka_unit_test(test_nothing_is_said_without_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
