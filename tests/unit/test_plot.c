/* Axes: whatever part of whatever range is shown, at least two numbers stand below it, in order and all different. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "views/plot.h"

/* "13.2 KiB", "649,267", "81%" as a number. */
static double read_label(const char *text, char **end)
{
    double v = 0, place = 1;
    bool fraction = false;
    for (; (*text >= '0' && *text <= '9') || *text == ',' || *text == '.'; text++) {
        fraction = fraction || *text == '.';
        if (*text < '0' || *text > '9')
            continue;
        place = fraction ? place / 10 : 1;
        v = fraction ? v + place * (*text - '0') : 10 * v + (*text - '0');
    }
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    text += *text == ' ' ? 1 : 0;
    for (int i = 0; i < 4; i++)
        if (strncmp(text, units[i], strlen(units[i])) == 0) {
            *end = (char *)(uintptr_t)text + strlen(units[i]);
            return v * pow(1024, i);
        }
    *end = (char *)(uintptr_t)text;
    return v;
}

/* How many numbers stand in the row below the axis; fails where one is not larger than the one before. */
static int labels(struct surface *s, int y)
{
    char line[256] = "";
    int n = 0;
    double before = -1;
    for (int x = 0; x < s->w; x++)
        strcat(line, surface_at(s, x, y)->text);
    for (char *at = line; *at;) {
        if (*at < '0' || *at > '9') {
            at++;
            continue;
        }
        double v = read_label(at, &at);
        if (v <= before)
            print_message("%s\n", line);
        assert_true(v > before);
        before = v;
        n++;
    }
    return n;
}

static void test_two_ticks_at_least(void **state)
{
    (void)state;
    static const struct {
        enum measure measure;
        int decimals;
        bool log;
        double least, most;
    } rows[] = {{MEASURE_BYTES, 1, true, 300, 1e8},
                {MEASURE_COUNT, 0, true, 1000, 3e6},
                {MEASURE_PERCENT, 0, false, 0.1, 0.9}};
    const struct look look = {0};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (double at = rows[r].least; at < rows[r].most; at *= 1.37)
            for (double factor = 1; factor < 300; factor *= 1.3)
                for (int width = 44; width <= 90; width += 23) {
                    struct plot p = {.look = &look,
                                     .x = {rows[r].measure, rows[r].decimals, rows[r].log, at, at * factor},
                                     .y = {MEASURE_PERCENT, 1, false, 0, 1}};
                    if (!rows[r].log)
                        p.x.hi = fmin(p.x.hi, 1);
                    plot_pad(&p.x.lo, &p.x.hi, p.x.log, plot_unit(p.x.measure, p.x.decimals));
                    p.s = surface_new(width, 12);
                    assert_true(plot_axes(&p, (struct rect){0, 0, width, 12}));
                    int n = labels(p.s, 11);
                    if (n < 2)
                        print_message("%g .. %g, %d columns: %d\n", p.x.lo, p.x.hi, width, n);
                    assert_true(n >= 2);
                    surface_free(p.s);
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_ticks_at_least)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
