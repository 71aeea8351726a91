/* Data of every kind that a data set may be of, through the commands that measure: regression, one output for two classes, archives,
 * gzipped arrays, no labels. Expected numbers are ONNX Runtime's and NumPy's (tests/oracle/kinds.py). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/session/measure.h"
#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "tests/unit/util_session.h"

#define FOLDER "tests/data/kinds/"

static struct json *cases(void)
{
    struct err e = {0};
    struct buf text = {0};
    struct json *all = NULL;
    if (file_read(FOLDER "expected.json", 1 << 20, &text, &e))
        all = json_parse(text.data, text.len, "expected.json", &e);
    buf_release(&text);
    if (!all)
        fail_msg("%s", e.message);
    assert_true(json_count(all) > 8);
    return all;
}

static const char *text_of(const struct json *object, const char *name)
{
    const char *text = json_str(json_get(object, name));
    if (!text)
        fail_msg("no text %s", name);
    return text;
}

static void same_number(const struct json *one, const char *name, double got, double want)
{
    if (!(fabs(got - want) <= 2e-6 * fmax(1, fabs(want))))
        fail_msg("%s: %s is %.9g in place of %.9g", text_of(one, "name"), name, got, want);
}

/* Every member that is expected is there and has its value; those of other tasks are not, or not known. */
static void check_measured(const struct json *one, const struct json *got)
{
    static const char *const measured[] = {
        "accuracy",  "dense_accuracy", "loss",        "dense_loss",  "mse",   "r2",
        "dense_mse", "dense_r2",       "newly_wrong", "newly_right", "delta", "changed"};
    const struct json *want = json_get(one, "eval");
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        const char *name = measured[i];
        if (json_get(want, name))
            same_number(one, name, result_number(got, name), json_num(json_get(want, name), NAN));
        else if (json_is_number(json_get(got, name)))
            fail_msg("%s: has %s", text_of(one, "name"), name);
    }
}

static void say(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static char line[256];

static void say(struct session *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    json_free(session_says(s, line));
}

static struct json *ask(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static struct json *ask(struct session *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return session_says(s, line);
}

static void begin(struct session *s, const struct json *one)
{
    session_begin(s);
    say(s, "open " FOLDER "%s", text_of(one, "model"));
    say(s, "data " FOLDER "%s", text_of(one, "data"));
}

static double amount_of(const struct json *one)
{
    return json_num(json_get(one, "amount"), NAN);
}

static void test_eval_gives_what_the_oracle_gives(void **state)
{
    (void)state;
    struct json *all = cases();
    for (const struct json *one = json_first(all); one; one = json_next(one)) {
        struct session s;
        begin(&s, one);
        struct json *r = ask(&s, "prune %g", amount_of(one));
        assert_int_equal((int64_t)result_number(r, "kept"), (int64_t)json_num(json_get(one, "kept"), -1));
        json_free(r);
        r = ask(&s, "eval split=%s", text_of(one, "split"));
        check_measured(one, r);
        same_number(one, "n", result_number(r, "n"), json_num(json_get(json_get(one, "eval"), "n"), NAN));
        assert_string_equal(text_of(r, "split"), text_of(one, "split"));
        assert_true(json_true(json_get(r, "exact")));
        json_free(r);
        session_close(&s);
    }
    json_free(all);
}

/* Records measured in pieces give the same bits as all at once: the explorer does the one, replaying the other. */
static void test_pieces_of_a_regression_equal_the_whole(void **state)
{
    (void)state;
    struct session whole, pieces;
    struct err e = {0};
    session_begin(&whole);
    session_begin(&pieces);
    struct session *both[] = {&whole, &pieces};
    for (int i = 0; i < 2; i++) {
        say(both[i], "open " FOLDER "two_values.onnx");
        say(both[i], "data " FOLDER "two_values.json");
        say(both[i], "prune 0.6");
    }
    for (int64_t n = 3; n < 40; n += 7)
        assert_non_null(measure_pruned(&pieces, pieces.state, SPLIT_ALL, n, &e));
    const struct outcome *a = measure_pruned(&whole, whole.state, SPLIT_ALL, 0, &e),
                         *b = measure_pruned(&pieces, pieces.state, SPLIT_ALL, 0, &e);
    assert_int_equal(a->n, 40);
    assert_int_equal(b->n, 40);
    assert_true(a->r2 == b->r2 && a->mse == b->mse && a->loss == b->loss);
    session_close(&whole);
    session_close(&pieces);
}

/* Change of the mean squared error over records and outputs, from the outputs one by one, with the variance as the mean of squares
 * less the square of the mean. */
static void test_error_change_by_brute_force(void **state)
{
    (void)state;
    struct session s;
    struct comparison c;
    struct err e = {0};
    const struct outcome *dense, *pruned;
    double sum = 0, squares = 0;
    session_begin(&s);
    say(&s, "open " FOLDER "two_values.onnx");
    say(&s, "data " FOLDER "two_values.json");
    say(&s, "prune 0.6");
    assert_true(measure_pair(&s, s.state, SPLIT_ALL, 0, &c, &dense, &pruned, &e));
    assert_int_equal(dense->n_outputs, 2);
    for (int i = 0; i < 40; i++) {
        double d = 0;
        for (int k = 2 * i; k < 2 * i + 2; k++)
            d += (pow((double)pruned->output[k] - pruned->target[k], 2) -
                  pow((double)dense->output[k] - dense->target[k], 2)) /
                 2;
        sum += d;
        squares += d * d;
    }
    double mean = sum / 40, half = 1.96 * sqrt((squares - 40 * mean * mean) / 39 / 40);
    assert_true(fabs(c.mse - mean) < 1e-9 && fabs(c.mse - (pruned->mse - dense->mse)) < 1e-9);
    assert_true(fabs(c.mse_low - (mean - half)) < 1e-9 && fabs(c.mse_high - (mean + half)) < 1e-9);
    struct json *r = session_says(&s, "eval"), *h = session_says(&s, "history"), *d;
    assert_true(result_number(r, "delta_mse_low") == c.mse_low);
    const struct json *last = json_first(json_get(h, "steps"));
    while (json_next(last))
        last = json_next(last);
    assert_true(result_number(last, "mse") == pruned->mse); /* the history's metric */
    d = session_says(&s, "diff 2 3");
    assert_true(result_number(d, "delta_mse") == c.mse && result_number(d, "delta_mse_high") == c.mse_high);
    json_free(r);
    json_free(h);
    json_free(d);
    session_close(&s);
}

/* The point of a curve says what eval says of the same mask; what its task has not is there and null. */
static void check_point(const struct json *one, const struct json *p)
{
    static const char *const members[] = {"accuracy", "loss", "changed", "mse"};
    const struct json *want = json_get(one, "eval");
    same_number(one, "kept", result_number(p, "kept"), json_num(json_get(one, "kept"), NAN));
    for (size_t i = 0; i < 4; i++)
        if (json_get(want, members[i]))
            same_number(one, members[i], result_number(p, members[i]),
                        json_num(json_get(want, members[i]), NAN));
    for (size_t i = 0; i < 2; i++)
        assert_non_null(json_get(p, members[i]));
    assert_int_equal(json_is_number(json_get(p, "low")), json_get(want, "accuracy") != NULL);
    assert_int_equal(json_is_number(json_get(p, "accuracy")), json_get(want, "accuracy") != NULL);
}

static void test_a_curve_has_points_for_every_kind(void **state)
{
    (void)state;
    struct json *all = cases();
    for (const struct json *one = json_first(all); one; one = json_next(one)) {
        struct session s;
        begin(&s, one);
        struct json *r = ask(&s, "curve points=0,%g split=%s", amount_of(one), text_of(one, "split"));
        const struct json *dense = json_first(json_get(r, "points"));
        assert_int_equal((int64_t)result_number(dense, "changed"), 0);
        check_point(one, json_next(dense));
        json_free(r);
        session_close(&s);
    }
    json_free(all);
}

static void expect_mask(const struct json *one, struct session *s, const char *what, const struct json *like)
{
    struct json *r = session_says(s, line);
    if (strcmp(text_of(r, "mask"), text_of(like, "mask")) != 0)
        fail_msg("%s: %s gives another mask", text_of(one, "name"), what);
    json_free(r);
}

/* What an amount leaves, asked for by its size: the same mask again. */
static void test_targets_find_the_amount_again(void **state)
{
    (void)state;
    struct json *all = cases();
    for (const struct json *one = json_first(all); one; one = json_next(one)) {
        struct session s;
        begin(&s, one);
        struct json *r = ask(&s, "prune %g", amount_of(one));
        snprintf(line, sizeof line, "prune params=%.0f", result_number(r, "parameters"));
        expect_mask(one, &s, "params=", r);
        snprintf(line, sizeof line, "prune macs=%.0f", result_number(r, "macs"));
        expect_mask(one, &s, "macs=", r);
        snprintf(line, sizeof line, "prune bytes=%.0f storage=bitmask",
                 result_number(json_get(r, "sizes"), "bitmask"));
        expect_mask(one, &s, "bytes=", r);
        json_free(r);
        session_close(&s);
    }
    json_free(all);
}

static void test_a_curve_without_data_knows_what_it_costs(void **state)
{
    (void)state;
    static const char *const unknown[] = {"accuracy", "loss", "changed", "low", "high", "exact"};
    struct session s;
    session_begin(&s);
    say(&s, "open " FOLDER "values.onnx");
    struct json *r = ask(&s, "curve points=0,0.5");
    const struct json *p = json_next(json_first(json_get(r, "points")));
    assert_int_equal((int64_t)result_number(p, "kept"), 12);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_true(json_get(p, unknown[i]) && json_is_null(json_get(p, unknown[i])));
    json_free(r);
    session_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval_gives_what_the_oracle_gives),
        cmocka_unit_test(test_pieces_of_a_regression_equal_the_whole),
        cmocka_unit_test(test_error_change_by_brute_force),
        cmocka_unit_test(test_a_curve_has_points_for_every_kind),
        cmocka_unit_test(test_a_curve_without_data_knows_what_it_costs),
        cmocka_unit_test(test_targets_find_the_amount_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
