/* The curve screen's comparison beside the plot, and what stays on it when another model or other data come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "app/cmd/cmd.h"
#include "app/session/measure.h"
#include "engine/base/json.h"
#include "tests/unit/util_board.h"
#include "tests/unit/util_session.h"
#include "tests/unit/util_typed.h"

static void put_curve(struct board *b, const char *criterion, const char *points)
{
    struct buf text = {0};
    buf_printf(
        &text,
        "{\"criterion\":\"%s\",\"structure\":\"weight\",\"scope\":\"global\",\"strategy\":\"criterion=%s\","
        "\"points\":[%s]}",
        criterion, criterion, points);
    board_put_curve(b, json_parse(buf_text(&text), text.len, "a curve", NULL));
    buf_release(&text);
}

#define POINT(amount, bytes, accuracy)                                                                       \
    "{\"amount\":" #amount ",\"sparsity\":" #amount ",\"kept\":" #bytes ",\"bytes\":" #bytes                 \
    ",\"accuracy\":" #accuracy ",\"n\":100}"

static bool shows(struct typed *t, const char *words)
{
    struct buf frame = {0};
    typed_draw(t, 100, 30, &frame);
    bool found = strstr(buf_text(&frame), words) != NULL;
    buf_release(&frame);
    return found;
}

/* The cursor is on magnitude, 1,000 bytes. */
static void look(struct typed *t, const char *others)
{
    typed_put(t, BOARD_DATA, "{\"name\":\"d\",\"task\":\"classification\"}");
    put_curve(&t->ui.board, "magnitude", POINT(0.5, 1000, 0.9));
    put_curve(&t->ui.board, "random", others);
    typed_keys(t, "3 k k");
}

/* Of what is at most as large and at least half as large the best counts; a far smaller model is another question. */
static void test_a_rival_is_near_in_size(void **state)
{
    struct typed *t = *state;
    look(t, POINT(0.4, 1001, 0.95) "," POINT(0.5, 1000, 0.80) "," POINT(0.75, 500, 0.85) "," POINT(0.8, 499,
                                                                                                   0.99));
    assert_true(shows(t, "vs r 75.0%"));
    assert_true(shows(t, "+5.0pp"));
}

static void test_without_a_rival_it_says_so(void **state)
{
    struct typed *t = *state;
    look(t, POINT(0.4, 1001, 0.95) "," POINT(0.8, 499, 0.99));
    assert_true(shows(t, "vs others"));
    assert_true(shows(t, "none this size"));
    typed_keys(t, "o"); /* the others are hidden */
    assert_false(shows(t, "vs others"));
}

/* On the axis of sparsity kept weights are what is compared: the same share is near. */
static void test_sparsity_has_rivals_too(void **state)
{
    struct typed *t = *state;
    look(t, POINT(0.5, 1000, 0.80) "," POINT(0.8, 499, 0.99));
    typed_keys(t, "X X X");
    assert_true(shows(t, "vs r 50.0%"));
}

/* ---- another model ---- */

static void sweep(struct bench *b)
{
    struct answer a;
    assert_true(cmd_run(&b->session, "curve points=0,0.5", &a, NULL));
    board_put_curve(&b->ui.board, json_copy(a.result));
    answer_release(&a);
}

static void run(struct bench *b, const char *line)
{
    struct answer a;
    assert_true(cmd_run(&b->session, line, &a, NULL));
    answer_release(&a);
    bench_news(b);
}

/* A curve that was typed for other records than the live ones tells so. */
static void test_other_records_are_told(void **state)
{
    struct typed *t = *state;
    typed_put(t, BOARD_STATUS, "{\"step\":1,\"split\":\"validation\"}");
    look(t, POINT(0.5, 1000, 0.80));
    json_put_text(t->ui.board.curves[1], "split", "test");
    json_put_text(t->ui.board.curves[0], "split", "validation");
    assert_true(shows(t, "r random on test"));
    assert_false(shows(t, "magnitude on"));
}

/* One protected input pins a column of every unit of the first layer: few units are left to go, and the curve says so. */
static void test_amounts_out_of_reach_are_told(void **state)
{
    static const char *const lines[] = {"open samples/credit/model.onnx", "data samples/credit/dataset.json",
                                        "protect \"input:purpose: vacation\""};
    struct bench b;
    struct answer a;
    (void)state;
    bench_init(&b, lines, 3);
    assert_true(cmd_run(&b.session, "curve points=0,0.25,0.4,0.9 structure=unit", &a, NULL));
    board_put_curve(&b.ui.board, json_copy(a.result));
    answer_release(&a);
    bench_keys(&b, "3");
    char *frame = bench_screen(&b, 80, 24);
    assert_non_null(strstr(frame, "unreached 2 of 4 amounts"));
    free(frame);
    bench_release(&b);
}

/* The band of a squared error is dense plus the ends that eval gives its change. */
static void test_a_squared_error_has_its_band(void **state)
{
    static const char *const lines[] = {"open tests/data/kinds/values.onnx",
                                        "data tests/data/kinds/values.json", "prune 0.6"};
    struct bench b;
    struct answer curve, eval;
    (void)state;
    bench_init(&b, lines, 3);
    assert_true(cmd_run(&b.session, "curve points=0.6 split=test", &curve, NULL));
    assert_true(cmd_run(&b.session, "eval split=test", &eval, NULL));
    const struct json *p = json_first(json_get(curve.result, "points"));
    double dense = json_num(json_get(eval.result, "dense_mse"), -1);
    assert_float_equal(json_num(json_get(p, "mse_low"), -1),
                       dense + json_num(json_get(eval.result, "delta_mse_low"), -1), 1e-12);
    assert_float_equal(json_num(json_get(p, "mse_high"), -1),
                       dense + json_num(json_get(eval.result, "delta_mse_high"), -1), 1e-12);
    board_put_curve(&b.ui.board, json_copy(curve.result));
    bench_keys(&b, "3");
    char *frame = bench_screen(&b, 100, 30);
    assert_non_null(strstr(frame, "95% data band"));
    assert_null(strstr(frame, "changed"));
    free(frame);
    answer_release(&curve);
    answer_release(&eval);
    bench_release(&b);
}

/* Other protections leave a curve, marked; another model takes it away, and other data do. */
static void test_curves_belong_to_a_model_and_its_data(void **state)
{
    static const char *const lines[] = {"open samples/readmit/model.onnx",
                                        "data samples/readmit/dataset.json"};
    struct bench b;
    (void)state;
    bench_init(&b, lines, 2);
    sweep(&b);
    run(&b, "protect layer:fc1");
    assert_int_equal(b.ui.board.n_curves, 1);
    bench_keys(&b, "3");
    char *frame = bench_screen(&b, 100, 30);
    assert_non_null(strstr(frame, "magnitude*"));
    free(frame);
    run(&b, "prune 0.5");
    assert_int_equal(b.ui.board.n_curves, 1);
    run(&b, "open samples/credit/model.onnx");
    assert_int_equal(b.ui.board.n_curves, 0);
    sweep(&b);
    run(&b, "data samples/credit/dataset.json");
    assert_int_equal(b.ui.board.n_curves, 0);
    bench_release(&b);
}

/* What a curve counts is what eval counts after the same cut, though it was added up in another order; losses to 1e-6. */
static void check_sample(const char *sample)
{
    static const char *const counts[] = {"changed", "newly_wrong", "newly_right", "accuracy"};
    struct session s;
    struct buf line = {0};
    session_begin(&s);
    buf_printf(&line, "open samples/%s/model.onnx", sample);
    json_free(session_says(&s, buf_text(&line)));
    buf_clear(&line);
    buf_printf(&line, "data samples/%s/dataset.json", sample);
    json_free(session_says(&s, buf_text(&line)));
    struct json *curve = session_says(&s, "curve points=0,0.2,0.5,0.8,0.9,0.96,0.99 split=test");
    for (const struct json *p = json_first(json_get(curve, "points")); p; p = json_next(p)) {
        buf_clear(&line);
        buf_printf(&line, "prune %g", result_number(p, "amount"));
        json_free(session_says(&s, buf_text(&line)));
        struct json *eval = session_says(&s, "eval split=test");
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            assert_true(result_number(p, counts[i]) == result_number(eval, counts[i]));
        assert_float_equal(result_number(p, "loss"), result_number(eval, "loss"), 1e-6);
        json_free(eval);
    }
    json_free(curve);
    buf_release(&line);
    session_close(&s);
}

static void test_counts_are_those_of_eval(void **state)
{
    static const char *const samples[] = {"breast-cancer", "credit", "readmit", "digits-mlp"};
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        check_sample(samples[i]);
}

/* As many points at a time as memory holds, told; the numbers are the same. */
static void test_fewer_points_at_a_time_are_told(void **state)
{
    static const char *const lines[] = {"open samples/readmit/model.onnx",
                                        "data samples/readmit/dataset.json"};
    struct bench b;
    struct answer all, some;
    (void)state;
    bench_init(&b, lines, 2);
    assert_true(cmd_run(&b.session, "curve points=10", &all, NULL));
    assert_null(json_get(all.result, "together"));
    outcomes_free(b.session.outcomes);
    b.session.outcomes = outcomes_new();
    b.session.options.memory = 500000;
    assert_true(cmd_run(&b.session, "curve points=10", &some, NULL));
    double together = json_num(json_get(some.result, "together"), -1);
    assert_true(together >= 1 && together < 9);
    const struct json *q = json_first(json_get(some.result, "points"));
    for (const struct json *p = json_first(json_get(all.result, "points")); p;
         p = json_next(p), q = json_next(q)) {
        assert_true(json_num(json_get(p, "accuracy"), -1) == json_num(json_get(q, "accuracy"), -2));
        assert_true(json_num(json_get(p, "changed"), -1) == json_num(json_get(q, "changed"), -2));
    }
    struct buf text = {0};
    cmd_find("curve")->say(some.result, &text);
    assert_non_null(
        strstr(buf_text(&text), " at a time: more do not fit into memory; --memory raises the limit"));
    buf_release(&text);
    answer_release(&all);
    answer_release(&some);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_rival_is_near_in_size, typed_set_up, typed_tear_down),
        cmocka_unit_test_setup_teardown(test_without_a_rival_it_says_so, typed_set_up, typed_tear_down),
        cmocka_unit_test_setup_teardown(test_sparsity_has_rivals_too, typed_set_up, typed_tear_down),
        cmocka_unit_test_setup_teardown(test_other_records_are_told, typed_set_up, typed_tear_down),
        cmocka_unit_test(test_amounts_out_of_reach_are_told),
        cmocka_unit_test(test_a_squared_error_has_its_band),
        cmocka_unit_test(test_counts_are_those_of_eval),
        cmocka_unit_test(test_fewer_points_at_a_time_are_told),
        cmocka_unit_test(test_curves_belong_to_a_model_and_its_data)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
