/* Sweeps that race: a point that is given up was really beaten, what is measured is what the command measures, and the command itself
 * never gives up. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/session/race.h"
#include "app/sweep.h"
#include "engine/base/json.h"
#include "tests/unit/util_board.h"

static const char *const lines[] = {"open samples/readmit/model.onnx", "data samples/readmit/dataset.json"};

static struct json *swept(struct bench *b, const char *keys, struct race *race, char **note)
{
    struct sweep *s = sweep_new(keys, race);
    while (sweep_done(s) < sweep_total(s))
        assert_true(sweep_step(s, &b->session, NULL));
    struct json *result = sweep_result(s);
    *note = sweep_note(s);
    sweep_free(s);
    return result;
}

static double number(const struct json *p, const char *name)
{
    return json_num(json_get(p, name), -1);
}

/* The point of the command itself, which measures all. */
static struct json *in_full(struct bench *b, const struct json *p, const char *keys)
{
    struct buf line = {0};
    struct answer a;
    buf_printf(&line, "curve points=%.4f %s split=validation", number(p, "amount"), keys);
    assert_true(cmd_run(&b->session, buf_text(&line), &a, NULL));
    struct json *full = json_copy(json_first(json_get(a.result, "points")));
    assert_true(json_true(json_get(full, "exact")));
    answer_release(&a);
    buf_release(&line);
    return full;
}

/* Is there a point of the first curve, not larger, that is better than all that p can be? */
static bool beaten(const struct json *first, const struct json *p)
{
    for (const struct json *q = json_first(json_get(first, "points")); q; q = json_next(q))
        if (number(q, "bytes") <= number(p, "bytes") && number(q, "accuracy") > number(p, "high"))
            return true;
    return false;
}

static void test_only_losers_are_given_up(void **state)
{
    (void)state;
    static const char random[] = "criterion=random structure=weight scope=global seed=1";
    struct bench b;
    struct race race = {0};
    char *note;
    int settled = 0;
    bench_init(&b, lines, 2);
    struct json *first = swept(&b, "criterion=magnitude structure=weight scope=global seed=1", &race, &note);
    free(note);
    struct json *second = swept(&b, random, &race, &note);
    assert_int_equal(json_count(json_get(second, "points")), number(second, "wanted"));
    for (const struct json *p = json_first(json_get(second, "points")); p; p = json_next(p)) {
        struct json *full = in_full(&b, p, random);
        bool exact = json_true(json_get(p, "exact"));
        settled += !exact;
        assert_true(number(p, "bytes") == number(full, "bytes"));
        if (exact) {
            assert_true(number(p, "accuracy") == number(full, "accuracy"));
        } else {
            assert_false(json_is_number(json_get(p, "accuracy")) || json_is_number(json_get(p, "loss")));
            assert_true(number(p, "low") <= number(full, "accuracy") &&
                        number(full, "accuracy") <= number(p, "high"));
            assert_true(beaten(first, p) && number(p, "n") < number(p, "of"));
        }
        json_free(full);
    }
    assert_true(settled > 5);
    assert_non_null(strstr(note, "settled early"));
    free(note);
    json_free(first);
    json_free(second);
    race_release(&race);
    bench_release(&b);
}

/* By hand: of 100 records 10 were seen, all wrong. Whatever follows, at most 90 are right; a bound says fewer. */
static void test_bounds_decide(void **state)
{
    (void)state;
    struct race r = {0};
    double low, high;
    race_from(&r, "one", 24);
    assert_false(race_lost(&r, 1000, 0, 90, 100, &low, &high)); /* nothing to beat */
    race_finish(&r, 900, 0.5);
    assert_true(race_lost(&r, 1000, 0, 90, 100, &low, &high));
    assert_true(low == 0 && high <= 0.1);
    assert_true(race_lost(&r, 900, 0, 90, 100, &low, &high));
    assert_false(race_lost(&r, 899, 0, 90, 100, &low, &high));   /* the better one is larger */
    assert_false(race_lost(&r, 1000, 45, 90, 100, &low, &high)); /* may be as good */
    race_from(&r, "two", 24);
    assert_false(race_lost(&r, 1000, 0, 90, 100, &low, &high)); /* of another model */
    race_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_losers_are_given_up),
        cmocka_unit_test(test_bounds_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
