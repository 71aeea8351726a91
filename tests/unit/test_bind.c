/* engine/graph/bind, ports, fold: what becomes of a source, and which sources are refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/graph/bind.h"
#include "engine/graph/op.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

/* ---- names and order ---- */

static void test_nodes_and_values_are_as_in_the_file(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x", "h");
    net_node(s, "Exp", "h", "y");
    struct graph *g = bound(s);
    assert_int_equal(g->n_nodes, 2);
    assert_string_equal(g->nodes[1].op->name, "Exp");
    assert_int_equal(g->nodes[1].opset, OPSET);
    assert_int_equal(g->nodes[1].inputs[0], g->nodes[0].outputs[0]);
    assert_int_equal(g->values[g->nodes[0].outputs[0]].producer, 0);
    assert_int_equal(g->outputs[0], graph_value(g, "y"));
    assert_int_equal(graph_value(g, "nobody"), -1);
    struct buf b = {0};
    node_print(g, 1, &b);
    assert_string_equal(buf_text(&b), "Exp Exp_1 (node 1)");
    buf_release(&b);
    graph_free(g);
    source_free(s);
}

static void test_unknown_names_are_refused(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "ghost", "y");
    net_refused(s, ERR_UNREADABLE, "Relu Relu_0 (node 0)", "ghost");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x", "z");
    net_refused(s, ERR_UNREADABLE, "nothing produces", "y");
}

static void test_cycles_are_refused(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "Add", "x b", "a");
    net_node(s, "Relu", "a", "b");
    net_node(s, "Relu", "b", "y");
    net_refused(s, ERR_UNREADABLE, "Add_0", "'b', which comes only later");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Add", "x y", "y");
    net_refused(s, ERR_UNREADABLE, "Add_0", "cycle");
}

static void test_two_values_of_one_name_are_refused(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x", "y");
    net_node(s, "Exp", "x", "y");
    net_refused(s, ERR_UNREADABLE, "two values", "y");
    s = from_x(DIMS(FREE, 4));
    net_floats(s, "x", DIMS(4), NULL);
    net_node(s, "Relu", "x", "y");
    net_refused(s, ERR_UNREADABLE, "two values", "x");
}

static void test_names_with_controls_are_escaped(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "gh\033ost", "y");
    net_refused(s, ERR_UNREADABLE, "gh\\x1bost", "");
}

static void test_a_model_without_outputs_is_refused(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 4));
    net_refused(s, ERR_UNREADABLE, "no outputs", "");
}

/* ---- operators ---- */

static void test_an_unsupported_operator_is_named_before_anything_else(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_ints(s, "shape", DIMS(1), INTS(77)); /* would not fit */
    net_node(s, "Reshape", "x shape", "h");
    net_node(s, "GRU", "h", "y");
    net_refused(s, ERR_UNSUPPORTED, "operator GRU of node GRU_1 (node 1)", "");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x", "y");
    net_domain(s, "com.example");
    net_refused(s, ERR_UNSUPPORTED, "com.example.Relu", "node 0");
}

static void test_what_no_output_needs_is_not_judged(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "GRU", "x", "h");
    net_node(s, "Mystery", "h", "unused");
    net_node(s, "Relu", "x", "y");
    struct graph *g = bound(s);
    assert_int_equal(g->n_nodes, 1);
    assert_int_equal(g->nodes[0].source_node, 2);
    assert_int_equal(graph_value(g, "h"), -1);
    graph_free(g);
    source_free(s);
}

static void test_numbers_of_inputs_and_outputs_are_checked(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x x", "y");
    net_refused(s, ERR_UNREADABLE, "Relu_0", "inputs");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Add", "x -", "y");
    net_refused(s, ERR_UNREADABLE, "Add_0", "inputs");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Add", "- x", "y");
    net_refused(s, ERR_UNREADABLE, "Add_0", "lacks an input");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x", "y z");
    net_refused(s, ERR_UNREADABLE, "Relu_0", "outputs");
    s = from_x(DIMS(FREE, 4));
    net_node(s, "Relu", "x -", "y"); /* an absent input at the end is none */
    net_gives(s, 0, DIMS(1, 4), FLOATS(0, 1, 2, 3));
}

/* Rows are complete, and no two have one name. */
static void test_the_table_of_operators(void **state)
{
    (void)state;
    const struct op *a, *b;
    for (int i = 0; (a = op_at(i)); i++) {
        assert_true(a->name[0] && a->shape && a->forward);
        assert_true(a->min_inputs >= 0 && a->max_outputs >= 1);
        assert_true(a->max_inputs < 0 || a->max_inputs >= a->min_inputs);
        assert_ptr_equal(op_find(a->domain, a->name), a);
        for (int k = 0; k < i && (b = op_at(k)); k++)
            assert_true(strcmp(a->name, b->name) || strcmp(a->domain, b->domain));
    }
    assert_null(op_find("", "Nothing"));
    assert_null(op_at(1000));
}

/* ---- inputs and the batch ---- */

static enum batch_kind batch_with(const int64_t *x, const int64_t *z, int64_t *x_first, int64_t *z_first)
{
    struct source *s = from_x(x);
    net_input(s, "z", FLOAT, z);
    net_node(s, "Relu", "x", "y");
    struct graph *g = bound(s);
    enum batch_kind kind = g->batch;
    *x_first = g->values[g->inputs[0]].shape.dim[0];
    *z_first = g->values[g->inputs[1]].shape.dim[0];
    graph_free(g);
    source_free(s);
    return kind;
}

static void test_kinds_of_batch(void **state)
{
    (void)state;
    int64_t x, z;
    assert_int_equal(batch_with(DIMS(FREE, 4), DIMS(FREE, 2), &x, &z), BATCH_FREE);
    assert_int_equal(x, 1);
    assert_int_equal(z, 1);
    assert_int_equal(batch_with(DIMS(1, 4), DIMS(1, 2), &x, &z), BATCH_ONE);
    assert_int_equal(batch_with(DIMS(8, 4), DIMS(8, 2), &x, &z), BATCH_ABOVE_ONE);
    assert_int_equal(x, 8);
    assert_int_equal(batch_with(DIMS(FREE, 4), DIMS(7, 2), &x, &z), BATCH_FREE);
    assert_int_equal(x, 1);
    assert_int_equal(z, 7); /* a table beside the records */
    assert_int_equal(batch_with(NO_DIMS, DIMS(1, 2), &x, &z), BATCH_ONE);
}

static void test_other_free_dimensions_are_refused_by_their_symbol(void **state)
{
    (void)state;
    struct err e = {0};
    struct source *s = from_x(DIMS(FREE, FREE));
    net_node(s, "Relu", "x", "y");
    assert_null(graph_bind(s, 0, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.message, "dimension 1 of input x is free (length)"));
    assert_non_null(strstr(e.hint, "open FILE shape=x:1x?"));
    err_release(&e);
    source_free(s);
}

static void test_inputs_without_a_shape_or_of_strings_are_refused(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    s->inputs[0].rank = -1;
    net_node(s, "Relu", "x", "y");
    net_refused(s, ERR_UNSUPPORTED, "input x", "no shape");
    s = from_x(DIMS(FREE, 4));
    s->inputs[0].file_type = STRING;
    net_node(s, "Relu", "x", "y");
    net_refused(s, ERR_UNSUPPORTED, "input x", "strings");
    s = from_x(DIMS(FREE, (int64_t)1 << 20, (int64_t)1 << 20));
    net_node(s, "Relu", "x", "y");
    net_refused(s, ERR_UNREADABLE, "input x", "too large");
}

static void test_integers_are_refused_where_an_operator_computes_on_reals(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    s->inputs[0].file_type = INT64;
    net_node(s, "Exp", "x", "y");
    net_refused(s, ERR_UNSUPPORTED, "Exp_0", "integer");
}

static void test_a_tensor_without_numbers_harms_only_its_readers(void **state)
{
    (void)state;
    for (int read = 0; read < 2; read++) {
        struct source *s = from_x(DIMS(FREE, 4));
        net_floats(s, "words", DIMS(4), NULL);
        tensor_free(s->tensors[0].tensor);
        s->tensors[0].tensor = NULL;
        s->tensors[0].file_type = STRING;
        net_node(s, read ? "Add" : "Relu", read ? "x words" : "x", "y");
        if (read)
            net_refused(s, ERR_UNSUPPORTED, "words", "type 8");
        else
            net_gives(s, 0, DIMS(1, 4), FLOATS(0, 1, 2, 3));
    }
}

/* ---- folding ---- */

/* Reshape to (batch, -1) as PyTorch writes it: Shape -> Gather -> Unsqueeze -> Concat. */
static void test_shape_arithmetic_folds(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2, 3));
    net_ints(s, "zero", NO_DIMS, INTS(0));
    net_ints(s, "axes", DIMS(1), INTS(0));
    net_ints(s, "rest", DIMS(1), INTS(-1));
    net_node(s, "Shape", "x", "shape");
    net_node(s, "Gather", "shape zero", "batch");
    net_node(s, "Unsqueeze", "batch axes", "list");
    net_node(s, "Concat", "list rest", "target");
    net_int(s, "axis", 0);
    net_node(s, "Reshape", "x target", "y");
    struct graph *g = bound(s);
    assert_int_equal(g->n_nodes, 1);
    int target = g->nodes[0].inputs[1];
    assert_string_equal(g->values[target].name, "target");
    assert_int_equal(tensor_int(g->values[target].constant, 0), 1);
    assert_int_equal(tensor_int(g->values[target].constant, 1), -1);
    assert_int_equal(g->n_values, 3); /* x, target, y: what only folding read has left */
    assert_int_equal(graph_value(g, "shape"), -1);
    graph_free(g);
    source_free(s);
}

static void test_a_constant_output_keeps_its_numbers(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_floats(s, "w", DIMS(3), NULL);
    net_node(s, "Add", "w w", "y");
    net_gives(s, 0, DIMS(3), FLOATS(0, 2, 4));
}

static void test_folded_constants_are_limited(void **state)
{
    (void)state;
    struct err e = {0};
    struct source *s = from_x(DIMS(FREE, 4));
    net_ints(s, "shape", DIMS(1), INTS(1000));
    net_node(s, "ConstantOfShape", "shape", "y");
    assert_null(graph_bind(s, 3999, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.message, "ConstantOfShape_0"));
    err_release(&e);
    struct graph *g = graph_bind(s, 4000, &e);
    assert_non_null(g);
    graph_free(g);
    source_free(s);
}

/* Products of constants of 3 MB, below what one node may ask for, yet the reader would wait for seconds. */
static void test_work_on_constants_is_limited(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_ints(s, "shape", DIMS(2), INTS(900, 900));
    net_node(s, "ConstantOfShape", "shape", "a");
    net_node(s, "MatMul", "a a", "y");
    net_refused(s, ERR_UNSUPPORTED, "MatMul_1", "7.29e+08 multiply-adds");
}

static void test_initializers_are_known_as_such(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2));
    net_floats(s, "unread", DIMS(5), NULL);
    net_floats(s, "w", DIMS(2), FLOATS(1, 2));
    net_node(s, "Add", "x w", "y");
    struct graph *g = bound(s);
    int w = graph_value(g, "w");
    assert_int_equal(g->values[w].initializer, 1);
    assert_int_equal(g->values[w].origin, -1);
    assert_int_equal(graph_value(g, "unread"), -1);
    graph_free(g);
    source_free(s);
}

/* w (2x3) goes through `op` chains; what is remembered of it? */
static void origin_after(const char *first, const int64_t *perm, const char *second, bool known,
                         bool transposed)
{
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 1));
    net_output(s, "y", FLOAT);
    net_floats(s, "w", DIMS(2, 3), NULL);
    net_ints(s, "flat", DIMS(1), INTS(6));
    net_node(s, first, strcmp(first, "Reshape") ? "w" : "w flat", "a");
    if (!strcmp(first, "Cast"))
        net_int(s, "to", FLOAT);
    if (perm)
        net_int_list(s, "perm", perm);
    net_node(s, second, "a", "b");
    net_node(s, "Add", "b x", "y");
    struct graph *g = bound(s);
    int b = graph_value(g, "b"), w = graph_value(g, "w");
    assert_int_equal(w >= 0, known); /* stays in the graph as long as a copy points to it */
    assert_int_equal(g->values[b].initializer, -1);
    assert_int_equal(g->values[b].origin, w);
    if (known) {
        assert_int_equal(g->values[b].origin_transposed, transposed);
        assert_int_equal(g->values[w].initializer, 0);
    }
    graph_free(g);
    source_free(s);
}

static void test_copies_of_a_weight_remember_it(void **state)
{
    (void)state;
    origin_after("Transpose", NULL, "Identity", true, true);
    origin_after("Transpose", DIMS(1, 0), "Transpose", true, false);
    origin_after("Transpose", DIMS(0, 1), "Identity", true, false);
    origin_after("Cast", NULL, "Transpose", true, true);
    origin_after("Reshape", NULL, "Identity", true, false);
    origin_after("Identity", NULL, "Relu", false, false);
}

static void test_constants_are_shared_and_never_changed(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2));
    net_floats(s, "w", DIMS(2), FLOATS(1, 2));
    net_node(s, "Add", "x w", "y");
    struct graph *g = bound(s);
    assert_ptr_equal(g->values[graph_value(g, "w")].constant, s->tensors[0].tensor);
    graph_free(g);
    assert_true(s->tensors[0].tensor->f[1] == 2.0f);
    source_free(s);
}

/* ---- labels of classifiers ---- */

/* As skl2onnx ends: probabilities through ZipMap, and a label through ArgMax, ArrayFeatureExtractor, Cast, Reshape. */
static struct source *classifier(int label_type)
{
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 3));
    net_output(s, "output_label", label_type);
    net_output(s, "output_probability", 0);
    net_ints(s, "classes", DIMS(3), INTS(5, 6, 7));
    net_ints(s, "shape", DIMS(1), INTS(-1));
    net_node(s, "Softmax", "x", "p");
    net_node(s, "ArgMax", "p", "best");
    net_int(s, "axis", 1);
    net_node(s, "ArrayFeatureExtractor", "classes best", "picked");
    net_domain(s, "ai.onnx.ml");
    net_node(s, "Cast", "picked", "cast");
    net_int(s, "to", STRING); /* refused if anybody looked */
    net_node(s, "Reshape", "cast shape", "output_label");
    net_node(s, "ZipMap", "p", "output_probability");
    net_domain(s, "ai.onnx.ml");
    net_int_list(s, "classlabels_int64s", DIMS(5, 6, 7));
    return s;
}

static void test_the_label_of_a_classifier_is_cut_off(void **state)
{
    (void)state;
    const int types[] = {INT64, STRING};
    for (int i = 0; i < 2; i++) {
        struct source *s = classifier(types[i]);
        struct graph *g = bound(s);
        assert_int_equal(g->n_outputs, 1);
        assert_string_equal(g->values[g->outputs[0]].name, "output_probability");
        assert_true(g->values[g->outputs[0]].type == DT_F32);
        assert_int_equal(graph_value(g, "best"), -1);
        graph_free(g);
        source_free(s);
    }
}

static void test_other_integer_outputs_stay(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 3));
    net_output(s, "best", INT64);
    net_node(s, "Relu", "x", "y");
    net_node(s, "ArgMax", "x", "best");
    net_int(s, "axis", 1);
    struct graph *g = bound(s);
    assert_int_equal(g->n_outputs, 2);
    graph_free(g);
    source_free(s);
}

/* A chain of many nodes binds in time that grows with its length only. */
static void test_ten_thousand_nodes(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    char from[32] = "x", to[32];
    net_input(s, "x", FLOAT, DIMS(FREE, 4));
    for (int i = 0; i < 10000; i++) {
        snprintf(to, sizeof to, "h%d", i);
        net_node(s, "Relu", from, to);
        memcpy(from, to, sizeof from);
    }
    net_output(s, from, FLOAT);
    struct graph *g = bound(s);
    assert_int_equal(g->n_nodes, 10000);
    graph_free(g);
    source_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_and_values_are_as_in_the_file),
        cmocka_unit_test(test_unknown_names_are_refused),
        cmocka_unit_test(test_cycles_are_refused),
        cmocka_unit_test(test_two_values_of_one_name_are_refused),
        cmocka_unit_test(test_names_with_controls_are_escaped),
        cmocka_unit_test(test_a_model_without_outputs_is_refused),
        cmocka_unit_test(test_an_unsupported_operator_is_named_before_anything_else),
        cmocka_unit_test(test_what_no_output_needs_is_not_judged),
        cmocka_unit_test(test_numbers_of_inputs_and_outputs_are_checked),
        cmocka_unit_test(test_the_table_of_operators),
        cmocka_unit_test(test_kinds_of_batch),
        cmocka_unit_test(test_other_free_dimensions_are_refused_by_their_symbol),
        cmocka_unit_test(test_inputs_without_a_shape_or_of_strings_are_refused),
        cmocka_unit_test(test_integers_are_refused_where_an_operator_computes_on_reals),
        cmocka_unit_test(test_a_tensor_without_numbers_harms_only_its_readers),
        cmocka_unit_test(test_shape_arithmetic_folds),
        cmocka_unit_test(test_a_constant_output_keeps_its_numbers),
        cmocka_unit_test(test_folded_constants_are_limited),
        cmocka_unit_test(test_work_on_constants_is_limited),
        cmocka_unit_test(test_initializers_are_known_as_such),
        cmocka_unit_test(test_copies_of_a_weight_remember_it),
        cmocka_unit_test(test_constants_are_shared_and_never_changed),
        cmocka_unit_test(test_the_label_of_a_classifier_is_cut_off),
        cmocka_unit_test(test_other_integer_outputs_stay),
        cmocka_unit_test(test_ten_thousand_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
