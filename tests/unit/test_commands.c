/* app/cmd: what single commands answer, member by member. Transcripts of what people see are in tests/cmd. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_session.h"

/* breast-cancer: fc1 16 x 30, fc2 8 x 16, fc3 2 x 8: 624 weights. */
static void begin(struct session *s)
{
    session_begin(s);
    json_free(session_says(s, "open samples/breast-cancer/model.onnx"));
}

static void expect_portions(struct session *s, const char *line, int64_t cut)
{
    struct json *r = session_says(s, line);
    assert_int_equal((int64_t)result_number(r, "portions"), 624);
    assert_int_equal((int64_t)result_number(r, "cut_portions"), cut);
    assert_int_equal((int64_t)result_number(r, "kept"), 624 - cut);
    json_free(r);
}

static void test_hands_count_portions_in_weights(void **state)
{
    (void)state;
    struct session s;
    begin(&s);
    expect_portions(&s, "cut fc1/3/2", 1);
    expect_portions(&s, "cut fc2/1", 1 + 16 + 2); /* its row, and what fc3 reads from it */
    expect_portions(&s, "restore fc2/1", 1);
    expect_portions(&s, "restore fc1/3/2", 0);
    session_close(&s);
}

static void test_hands_count_what_is_cut_now_whatever_was_pruned_before(void **state)
{
    (void)state;
    struct session s;
    begin(&s);
    json_free(session_says(&s, "cut fc1/0/0"));
    expect_portions(&s, "prune 0.5", 312);
    json_free(session_says(&s, "restore fc1/0/0"));
    expect_portions(&s, "cut fc1/0/0", 312);
    json_free(session_says(&s, "prune 0.5 structure=unit"));
    struct json *r = session_says(&s, "restore fc1/0/0");
    assert_int_equal((int64_t)result_number(r, "portions"), 624);
    assert_int_equal((int64_t)result_number(r, "cut_portions"), 624 - (int64_t)result_number(r, "kept"));
    json_free(r);
    session_close(&s);
}

/* 8 inputs of fc3 come from fc2; the cut units 0 and 7 of fc2 leave, and the others keep the numbers 1 to 6. */
static void test_a_shrunk_layer_tells_its_first_and_last_number(void **state)
{
    (void)state;
    struct session s;
    begin(&s);
    json_free(session_says(&s, "cut fc2/0"));
    json_free(session_says(&s, "cut fc2/7"));
    json_free(session_says(&s, "shrink"));
    struct json *r = session_says(&s, "layers");
    const struct json *fc2 = json_next(json_first(json_get(r, "layers")));
    assert_int_equal((int64_t)result_number(fc2, "units"), 6);
    assert_int_equal((int64_t)result_number(fc2, "first"), 1);
    assert_int_equal((int64_t)result_number(fc2, "last"), 6);
    json_free(r);
    session_close(&s);
}

/* Behind a residual sum: the patch embedding, the attention's and the perceptron's output projection of each block before. */
static void test_an_input_that_several_units_make_names_them(void **state)
{
    (void)state;
    struct session s;
    session_begin(&s);
    json_free(session_says(&s, "open tests/data/foreign/vit-2block.onnx"));
    struct json *r = session_says(&s, "neuron blocks.0.mlp.0/3");
    const struct json *first = json_first(json_get(r, "incoming"));
    assert_string_equal(json_str(json_get(first, "name")), "patch/0 (of 5 coupled)");
    assert_string_equal(json_str(json_get(first, "layer")), "patch");
    assert_int_equal((int64_t)result_number(first, "source"), 0);
    assert_int_equal((int64_t)result_number(first, "makers"), 5);
    json_free(r);
    r = session_says(&s, "neuron blocks.0.mlp.2/3");
    first = json_first(json_get(r, "incoming"));
    assert_string_equal(json_str(json_get(first, "name")), "blocks.0.mlp.0/0");
    assert_int_equal((int64_t)result_number(first, "makers"), 1);
    json_free(r);
    session_close(&s);
}

/* Two 3 x 3 behind a 5 x 5 by steps of 2: test_field.c. */
static void test_a_neuron_tells_its_receptive_field(void **state)
{
    (void)state;
    struct session s;
    session_begin(&s);
    json_free(session_says(&s, "open samples/digits-cnn/model.onnx"));
    struct json *conv = session_says(&s, "neuron res2/3"), *dense = session_says(&s, "neuron fc1/0");
    const struct json *rows = json_first(json_get(conv, "field"));
    assert_true(json_num(rows, 0) == 13 && json_num(json_next(rows), 0) == 13);
    assert_null(json_first(json_get(dense, "field")));
    json_free(conv);
    json_free(dense);
    session_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hands_count_portions_in_weights),
        cmocka_unit_test(test_hands_count_what_is_cut_now_whatever_was_pruned_before),
        cmocka_unit_test(test_a_shrunk_layer_tells_its_first_and_last_number),
        cmocka_unit_test(test_an_input_that_several_units_make_names_them),
        cmocka_unit_test(test_a_neuron_tells_its_receptive_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
