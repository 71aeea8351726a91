/* One split for every number for which none is named: commands measure on the records that the screens do, and say so; what differs
 * between two steps is of one split, never of two. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
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

static double accuracy_on(struct session *s, const char *split)
{
    struct buf line = {0};
    buf_printf(&line, "eval split=%s", split);
    struct json *r = session_says(s, buf_text(&line));
    double accuracy = result_number(r, "accuracy");
    json_free(r);
    buf_release(&line);
    return accuracy;
}

static double side(const struct json *diff, const char *which)
{
    for (const struct json *d = json_first(json_get(diff, "differences")); d; d = json_next(d))
        if (strcmp(json_str(json_get(d, "what")), "accuracy") == 0)
            return json_num(json_get(d, which), NAN);
    fail_msg("no difference of accuracy");
    return NAN;
}

static void same(double a, double b)
{
    assert_true((isnan(a) && isnan(b)) || fabs(a - b) < 1e-12);
}

/* The difference of steps 3 and 4: both accuracies, the change between them, and whose records they are of. NaN: unknown. */
static void differs(struct session *s, const char *split, double a, double b)
{
    struct json *r = session_says(s, "diff 3 4");
    split_is(r, "diff 3 4", split);
    same(side(r, "a"), a);
    same(side(r, "b"), b);
    same(json_num(json_get(r, "delta"), NAN), b - a);
    json_free(r);
}

/* Step by step more is measured, and what is compared is always of one split. */
static void test_a_difference_is_of_one_split(void **state)
{
    struct session s;
    (void)state;
    begin(&s, "samples/credit/model.onnx", "samples/credit/dataset.json");
    double validation3 = accuracy_on(&s, "validation");
    says(&s, "prune 0.9");
    double test4 = accuracy_on(&s, "test");
    differs(&s, "test", NAN, test4);
    accuracy_on(&s, "train");
    says(&s, "goto 3");
    double test3 = accuracy_on(&s, "test");
    accuracy_on(&s, "train");
    differs(&s, "test", test3, test4);
    says(&s, "goto 4");
    double validation4 = accuracy_on(&s, "validation");
    differs(&s, "validation", validation3, validation4);
    assert_true(fabs(validation3 - test3) > 0.01); /* or the splits could not be told apart */
    session_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_measure_what_screens_do),
        cmocka_unit_test(test_a_difference_is_of_one_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
