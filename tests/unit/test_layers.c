/* prune/layers: weights found in graphs, their geometry, biases, ties, and places in them. Names are in test_names.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/layers.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_source.h"

struct model {
    struct source *s;
    struct graph *g;
    struct layers l;
};

static struct model bind(struct source *s)
{
    struct model m = {.s = s};
    struct err e = {0};
    m.g = graph_bind(s, 0, &e);
    if (!m.g)
        fail_msg("%s", e.message);
    if (!layers_find(m.g, &m.l, &e))
        fail_msg("%s", e.message);
    return m;
}

static void unbind(struct model *m)
{
    layers_release(&m->l);
    graph_free(m->g);
    source_free(m->s);
}

static void rename_node(struct source *s, const char *name)
{
    free(s->nodes[s->n_nodes - 1].name);
    s->nodes[s->n_nodes - 1].name = mem_text(name);
}

/* Element i of each weight is i, so that the value at an index is the index. */
static void check_geometry(const struct model *m, int layer, int64_t units, int64_t inputs, int64_t taps)
{
    const struct layer *l = &m->l.v[layer];
    assert_int_equal(l->units, units);
    assert_int_equal(l->inputs, inputs);
    assert_int_equal(l->taps, taps);
    assert_int_equal(l->weights, units * inputs * taps);
    bool *seen = mem_zero((size_t)l->weights, sizeof *seen);
    for (int64_t u = 0; u < units; u++)
        for (int64_t i = 0; i < inputs; i++)
            for (int64_t t = 0; t < taps; t++) {
                int64_t at = layer_index(l, u, i, t), unit, input, tap;
                assert_in_range(at, 0, l->weights - 1);
                assert_false(seen[at]);
                seen[at] = true;
                layer_position(l, at, &unit, &input, &tap);
                assert_int_equal(unit, u);
                assert_int_equal(input, i);
                assert_int_equal(tap, t);
            }
    free(seen);
}

static void test_gemm_both_ways(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 3));
    net_floats(s, "a.weight", DIMS(4, 3), NULL);
    net_floats(s, "a.bias", DIMS(4), NULL);
    net_floats(s, "b.weight", DIMS(4, 2), NULL);
    net_node(s, "Gemm", "x a.weight a.bias", "h");
    net_int(s, "transB", 1);
    net_node(s, "Gemm", "h b.weight", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 2);
    assert_string_equal(m.l.v[0].name, "a");
    assert_string_equal(m.l.v[0].tensor, "a.weight");
    check_geometry(&m, 0, 4, 3, 1);
    check_geometry(&m, 1, 2, 4, 1);
    assert_int_equal(layer_index(&m.l.v[0], 2, 1, 0), 7); /* row 2, column 1 of 4x3 */
    assert_int_equal(layer_index(&m.l.v[1], 1, 3, 0), 7); /* row 3, column 1 of 4x2 */
    assert_string_equal(m.g->values[m.l.v[0].bias].name, "a.bias");
    assert_int_equal(m.l.v[1].bias, -1);
    assert_int_equal(m.l.prunable, 20);
    assert_int_equal(m.l.parameters, 24);
    assert_int_equal(m.l.v[1].first, 12);
    unbind(&m);
}

static void test_matmul_sides_and_added_bias(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 5, 3));
    net_floats(s, "onnx::MatMul_7", DIMS(3, 4), NULL);
    net_floats(s, "bias", DIMS(4), NULL);
    net_floats(s, "mix", DIMS(2, 5), NULL);
    net_floats(s, "side", DIMS(2, 1), NULL);
    net_node(s, "MatMul", "x onnx::MatMul_7", "h");
    rename_node(s, "/enc/enc.0/fc/MatMul");
    net_node(s, "Add", "bias h", "k");
    net_node(s, "MatMul", "mix k", "z");
    net_node(s, "Add", "z side", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 2);
    assert_string_equal(m.l.v[0].name, "enc.0.fc");
    check_geometry(&m, 0, 4, 3, 1);
    assert_int_equal(layer_index(&m.l.v[0], 3, 1, 0), 7);
    assert_string_equal(m.g->values[m.l.v[0].bias].name, "bias");
    assert_int_equal(m.l.v[0].bias_node, 1);
    check_geometry(&m, 1, 2, 5, 1);
    assert_int_equal(layer_index(&m.l.v[1], 1, 3, 0), 8);
    assert_string_equal(m.g->values[m.l.v[1].bias].name, "side");
    assert_int_equal(m.l.parameters, 12 + 10 + 4 + 2);
    unbind(&m);
}

static void test_convolutions(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 4, 6, 6));
    net_floats(s, "c.weight", DIMS(6, 2, 3, 1), NULL);
    net_floats(s, "t.weight", DIMS(6, 5, 2, 2), NULL);
    net_floats(s, "u.weight", DIMS(10, 3, 2, 2), NULL);
    net_floats(s, "d.weight", DIMS(6, 1, 3, 3), NULL);
    net_node(s, "Conv", "x c.weight", "a");
    net_int(s, "group", 2);
    net_node(s, "Conv", "a d.weight", "a2");
    net_int(s, "group", 6);
    net_node(s, "ConvTranspose", "a2 t.weight", "b");
    net_int(s, "group", 2);
    net_node(s, "ConvTranspose", "b u.weight", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 4);
    check_geometry(&m, 0, 6, 2, 3);
    assert_int_equal(m.l.v[0].groups, 2);
    assert_int_equal(m.l.v[0].taps_rank, 2);
    assert_int_equal(layer_index(&m.l.v[0], 4, 1, 2), 29); /* [4][1][2][0] of 6x2x3x1 */
    check_geometry(&m, 1, 6, 1, 9);
    check_geometry(&m, 2, 10, 3, 4);
    assert_int_equal(layer_index(&m.l.v[2], 6, 2, 3), 107); /* group 1: [3 + 2][1][1][1] of 6x5x2x2 */
    check_geometry(&m, 3, 3, 10, 4);
    assert_int_equal(layer_index(&m.l.v[3], 2, 9, 0), 116); /* [9][2][0][0] of 10x3x2x2 */
    unbind(&m);
}

static void test_embedding_units_are_columns(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "ids", 6, DIMS(FREE, 3));
    net_floats(s, "emb.weight", DIMS(7, 2), NULL);
    net_node(s, "Gather", "emb.weight ids", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 1);
    check_geometry(&m, 0, 2, 7, 1);
    assert_int_equal(layer_index(&m.l.v[0], 1, 3, 0), 7);
    unbind(&m);
}

static void test_ties_share_a_layer(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 3));
    net_floats(s, "w", DIMS(4, 3), NULL);
    net_floats(s, "b1", DIMS(4), NULL);
    net_floats(s, "b2", DIMS(3), NULL);
    net_node(s, "Gemm", "x w b1", "h");
    net_int(s, "transB", 1);
    rename_node(s, "/net/enc/Gemm");
    net_node(s, "Transpose", "w", "wt"); /* 3x4 */
    net_node(s, "Gemm", "h wt b2", "z"); /* sums over 4, gives 3: needs 4x3 */
    net_int(s, "transB", 1);
    net_output(s, "z", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 1);
    assert_int_equal(m.l.v[0].n_nodes, 2);
    assert_string_equal(m.l.v[0].name, "net.enc");
    assert_string_equal(m.l.v[0].tensor, "w");
    check_geometry(&m, 0, 4, 3, 1);
    assert_false(m.l.v[0].transposed[0]);
    assert_true(m.l.v[0].transposed[1]);
    assert_false(m.l.v[0].swapped[0]);
    assert_true(m.l.v[0].swapped[1]);
    assert_int_equal(m.l.prunable, 12);
    assert_int_equal(m.l.parameters, 12 + 4 + 3);
    unbind(&m);
}

/* Keras multiplies one matrix of all positions, then groups them again; heads split the units of a query. */
static void test_bias_behind_regrouping(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 5, 3));
    net_floats(s, "dense.weight", DIMS(3, 4), NULL);
    net_floats(s, "query.weight", DIMS(4, 6), NULL);
    net_floats(s, "odd.weight", DIMS(6, 6), NULL);
    net_floats(s, "dense.bias", DIMS(4), NULL);
    net_floats(s, "query.bias", DIMS(2, 3), NULL);
    net_floats(s, "odd.bias", DIMS(6, 1), NULL);
    net_ints(s, "matrix", DIMS(2), (const int32_t[]){-1, 3});
    net_ints(s, "positions", DIMS(3), (const int32_t[]){-1, 5, 4});
    net_ints(s, "heads", DIMS(4), (const int32_t[]){-1, 5, 2, 3});
    net_ints(s, "whole", DIMS(3), (const int32_t[]){-1, 5, 6});
    net_ints(s, "turned", DIMS(3), (const int32_t[]){-1, 6, 5});
    net_node(s, "Reshape", "x matrix", "flat");
    net_node(s, "MatMul", "flat dense.weight", "d");
    net_node(s, "Reshape", "d positions", "grouped");
    net_node(s, "Add", "dense.bias grouped", "k");
    net_node(s, "MatMul", "k query.weight", "q");
    net_node(s, "Reshape", "q heads", "split");
    net_node(s, "Add", "split query.bias", "r");
    net_node(s, "Reshape", "r whole", "w");
    net_node(s, "MatMul", "w odd.weight", "o");
    net_node(s, "Reshape", "o turned", "t");
    net_node(s, "Add", "t odd.bias", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 3);
    assert_string_equal(m.g->values[m.l.v[0].bias].name, "dense.bias");
    assert_string_equal(m.g->values[m.l.v[1].bias].name, "query.bias");
    assert_int_equal(m.l.v[2].bias, -1);
    assert_int_equal(m.l.parameters, 12 + 24 + 36 + 4 + 6);
    unbind(&m);
}

/* Scale and shift of normalisations as tf2onnx leaves them: folded with known statistics, and Keras 3's way round. */
static void test_scale_and_shift_of_tf2onnx(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 8));
    net_floats(s, "fold.scale", DIMS(8), NULL);
    net_floats(s, "fold.shift", DIMS(8), NULL);
    net_floats(s, "lone.scale", DIMS(8), NULL);
    net_floats(s, "all.scale", DIMS(1), NULL);
    net_floats(s, "all.shift", DIMS(1), NULL);
    net_floats(s, "ln.scale", DIMS(8), NULL);
    net_floats(s, "ln.shift", DIMS(8), NULL);
    net_node(s, "Mul", "x fold.scale", "a");
    net_node(s, "Add", "a fold.shift", "b");
    net_node(s, "Mul", "b lone.scale", "c");
    net_node(s, "Mul", "c all.scale", "d");
    net_node(s, "Add", "d all.shift", "v");
    net_node(s, "ReduceMean", "v", "mean");
    net_int_list(s, "axes", DIMS(-1));
    net_node(s, "Neg", "mean", "back");
    net_node(s, "ReduceL2", "v", "variance");
    net_int_list(s, "axes", DIMS(-1));
    net_node(s, "Sqrt", "variance", "deviation");
    net_node(s, "Reciprocal", "deviation", "inverse");
    net_node(s, "Mul", "inverse ln.scale", "scaled");
    net_node(s, "Mul", "v scaled", "left");
    net_node(s, "Mul", "back scaled", "right");
    net_node(s, "Add", "right ln.shift", "shifted");
    net_node(s, "Add", "left shifted", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.parameters, 4 * 8);
    for (int i = 0; i < m.l.n_unprunable; i++) {
        const struct unprunable *u = &m.l.unprunable[i];
        bool norm = strncmp(u->name, "ln.", 3) == 0 || strncmp(u->name, "fold.", 5) == 0;
        assert_int_equal(norm, strcmp(u->reason, "a normalisation parameter is never pruned") == 0);
    }
    assert_int_equal(m.l.n_unprunable, 7);
    unbind(&m);
}

/* Keras 2 has LayerNormalization as BatchNormalization with computed statistics: its ones and zeros are no parameters. */
static void test_computed_statistics(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 2, 8));
    net_floats(s, "ones", DIMS(2), NULL);
    net_floats(s, "zeros", DIMS(2), NULL);
    net_floats(s, "ln.scale", DIMS(8), NULL);
    net_floats(s, "ln.shift", DIMS(8), NULL);
    net_ints(s, "row", DIMS(1), (const int32_t[]){2});
    net_node(s, "ReduceMean", "x", "kept");
    net_int_list(s, "axes", DIMS(-1));
    net_node(s, "Reshape", "kept row", "mean");
    net_node(s, "Exp", "mean", "variance");
    net_node(s, "BatchNormalization", "x ones zeros mean variance", "n");
    net_node(s, "Mul", "n ln.scale", "scaled");
    net_node(s, "Add", "scaled ln.shift", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.parameters, 2 * 8);
    unbind(&m);
}

/* Biases, normalisation (own node and spelled out), factors: told apart, with reasons; parameters by hand. */
static void test_what_is_no_weight(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
    const char *x = sketch_batch_norm(&k, "bn", sketch_conv(&k, "c", "x", 3, 5, 3, 1), 5);
    x = sketch_op(&k, "Flatten", x);
    net_floats(k.s, "factor", DIMS(80), NULL);
    net_node(k.s, "Mul", "v2 factor", "f");
    net_node(k.s, "ReduceMean", "f", "mean");
    net_int_list(k.s, "axes", DIMS(-1));
    net_node(k.s, "Sub", "f mean", "centred");
    net_node(k.s, "Mul", "centred centred", "square");
    net_node(k.s, "ReduceMean", "square", "variance");
    net_int_list(k.s, "axes", DIMS(-1));
    net_node(k.s, "Sqrt", "variance", "deviation");
    net_node(k.s, "Div", "centred deviation", "normal");
    net_floats(k.s, "ln.weight", DIMS(80), NULL);
    net_floats(k.s, "ln.bias", DIMS(80), NULL);
    net_node(k.s, "Mul", "normal ln.weight", "scaled");
    net_node(k.s, "Add", "scaled ln.bias", "y");
    net_output(k.s, "y", 1);
    assert_string_equal(x, "v2");
    struct model m = bind(k.s);
    assert_int_equal(m.l.n, 1);
    assert_int_equal(m.l.prunable, 5 * 3 * 9);
    assert_int_equal(m.l.parameters, 135 + 5 + 10 + 160);
    static const struct {
        const char *name, *op, *reason;
    } want[] = {
        {"c.bias", "Conv", "a bias is never pruned"},
        {"bn.weight", "BatchNormalization", "a normalisation parameter is never pruned"},
        {"bn.bias", "BatchNormalization", "a normalisation parameter is never pruned"},
        {"bn.running_mean", "BatchNormalization", "a normalisation statistic is never pruned"},
        {"bn.running_var", "BatchNormalization", "a normalisation statistic is never pruned"},
        {"factor", "Mul", "a constant that Mul reads is no weight"},
        {"ln.weight", "Mul", "a normalisation parameter is never pruned"},
        {"ln.bias", "Add", "a normalisation parameter is never pruned"},
    };
    assert_int_equal(m.l.n_unprunable, 8);
    for (int i = 0; i < 8; i++) {
        assert_string_equal(m.l.unprunable[i].name, want[i].name);
        assert_string_equal(m.l.unprunable[i].op, want[i].op);
        assert_string_equal(m.l.unprunable[i].reason, want[i].reason);
    }
    unbind(&m);
}

static void test_batched_matrices_are_named_with_a_reason(void **state)
{
    (void)state;
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 2, 5, 3));
    net_floats(s, "heads", DIMS(2, 3, 4), NULL);
    net_node(s, "MatMul", "x heads", "y");
    net_output(s, "y", 1);
    struct model m = bind(s);
    assert_int_equal(m.l.n, 0);
    assert_int_equal(m.l.n_unprunable, 1);
    assert_string_equal(m.l.unprunable[0].reason, "it is a batch of matrices, not one");
    unbind(&m);
}

static void test_nan_is_refused_with_its_place(void **state)
{
    (void)state;
    static const float bad[] = {1, 2, 3, NAN, INFINITY, 6};
    for (int first = 0; first < 2; first++) {
        struct source *s = net_new(17);
        struct err e = {0};
        struct layers l;
        net_input(s, "x", 1, DIMS(FREE, 3));
        net_floats(s, "fc.weight", DIMS(3, 1), bad + first * 3);
        net_node(s, "Gemm", "x fc.weight", "y");
        net_output(s, "y", 1);
        struct graph *g = graph_bind(s, 0, NULL);
        assert_non_null(g);
        if (first == 0) {
            assert_true(layers_find(g, &l, &e));
            layers_release(&l);
        } else {
            assert_false(layers_find(g, &l, &e));
            assert_int_equal(e.code, ERR_UNREADABLE);
            assert_non_null(strstr(e.message, "fc (tensor fc.weight) at unit 0, input 0 is NaN"));
        }
        err_release(&e);
        graph_free(g);
        source_free(s);
    }
}

static void check_place(const struct layers *l, const char *text, const char *printed)
{
    struct place p;
    struct err e = {0};
    struct buf out = {0};
    if (!place_parse(l, text, &p, &e))
        fail_msg("%s: %s", text, e.message);
    place_print(l, &p, &out);
    assert_string_equal(buf_text(&out), printed);
    buf_release(&out);
}

static void check_no_place(const struct layers *l, const char *text, enum err_code code, const char *says)
{
    struct place p;
    struct err e = {0};
    assert_false(place_parse(l, text, &p, &e));
    assert_int_equal(e.code, code);
    if (!strstr(e.message, says) && !(e.hint && strstr(e.hint, says)))
        fail_msg("%s: %s (%s)", text, e.message, e.hint ? e.hint : "");
    err_release(&e);
}

static void test_places(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
    const char *x = sketch_op(&k, "Flatten", sketch_conv(&k, "conv1", "x", 3, 5, 3, 1));
    sketch_floats(&k, "dense/MatMul/ReadVariableOp:0", DIMS(80, 2));
    net_node(k.s, "MatMul", "v1 dense/MatMul/ReadVariableOp:0", "y");
    net_output(k.s, "y", 1);
    assert_string_equal(x, "v1");
    struct model m = bind(k.s);
    check_place(&m.l, "conv1/3", "conv1/3");
    check_place(&m.l, "conv1/3/0", "conv1/3/0");
    check_place(&m.l, "conv1/3/0.1.2", "conv1/3/0.1.2");
    check_place(&m.l, "conv1.weight/4/2", "conv1/4/2");
    check_place(&m.l, "dense/1/79", "dense/1/79");
    check_place(&m.l, "dense/MatMul/ReadVariableOp:0/1", "dense/1");
    struct place p;
    assert_true(place_parse(&m.l, "conv1/3/0.1.2", &p, NULL));
    assert_int_equal(p.tap, 5);
    check_no_place(&m.l, "conv2/3", ERR_UNKNOWN, "layers: conv1 dense");
    check_no_place(&m.l, "conv2/3", ERR_UNKNOWN, "did you mean conv1?");
    check_no_place(&m.l, "conv1/5", ERR_UNKNOWN, "0 to 4");
    check_no_place(&m.l, "conv1/0/3", ERR_UNKNOWN, "0 to 2");
    check_no_place(&m.l, "conv1/0/2.3.0", ERR_UNKNOWN, "0 to 2");
    check_no_place(&m.l, "conv1/0/2.1", ERR_USAGE, "2 numbers");
    check_no_place(&m.l, "conv1/0/2.1.1.1", ERR_USAGE, "CH.Y.X");
    check_no_place(&m.l, "dense/0/2.1", ERR_USAGE, "alone");
    check_no_place(&m.l, "conv1", ERR_USAGE, "LAYER/UNIT");
    check_no_place(&m.l, "conv1/", ERR_USAGE, "unit number");
    check_no_place(&m.l, "conv1/-1", ERR_USAGE, "unit number");
    check_no_place(&m.l, "conv1/1/2/3", ERR_USAGE, "input number");
    check_no_place(&m.l, "conv1/99999999999999999999", ERR_USAGE, "unit number");
    unbind(&m);
}

static void test_what(void **state)
{
    (void)state;
    struct model m = bind(sketch_mlp(1));
    enum what kind;
    const char *input;
    struct place p;
    assert_true(what_parse(&m.l, "input:age 80+", &kind, &input, &p, NULL));
    assert_int_equal(kind, WHAT_INPUT);
    assert_string_equal(input, "age 80+");
    assert_true(what_parse(&m.l, "layer:fc2", &kind, &input, &p, NULL));
    assert_int_equal(p.layer, 1);
    assert_int_equal(p.unit, -1);
    assert_true(what_parse(&m.l, "unit:fc1/37", &kind, &input, &p, NULL));
    assert_int_equal(p.unit, 37);
    assert_true(what_parse(&m.l, "link:fc1/37/12", &kind, &input, &p, NULL));
    assert_int_equal(p.input, 12);
    static const char *const bad[] = {"fc1",         "unit:fc1", "unit:fc1/1/2", "link:fc1/1",
                                      "layer:fc1/3", "x:fc1",    "unit"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        assert_false(what_parse(&m.l, bad[i], &kind, &input, &p, &e));
        assert_int_equal(e.code, ERR_USAGE);
        assert_non_null(e.hint);
        err_release(&e);
    }
    unbind(&m);
}

static void test_who_reads_the_input(void **state)
{
    (void)state;
    struct model m = bind(sketch_mlp(1));
    assert_int_equal(layer_reads_input(m.g, &m.l.v[0]), 0);
    assert_int_equal(layer_reads_input(m.g, &m.l.v[1]), -1);
    unbind(&m);
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 1, 2, 2));
    net_floats(s, "mean", DIMS(1), NULL);
    net_floats(s, "w", DIMS(4, 2), NULL);
    net_node(s, "Sub", "x mean", "c");
    net_node(s, "Flatten", "c", "f");
    net_node(s, "MatMul", "f w", "y");
    net_output(s, "y", 1);
    m = bind(s);
    assert_int_equal(layer_reads_input(m.g, &m.l.v[0]), 0);
    unbind(&m);
}

/* Screens and messages escape control characters; what they print is understood. */
static void test_a_name_is_found_as_it_is_printed(void **state)
{
    (void)state;
    char plain[] = "fc", odd[] = "a\x01\x1b[31m", tensor[] = "t\x07";
    struct layer v[2] = {{.name = plain, .tensor = plain}, {.name = odd, .tensor = tensor}};
    const struct layers l = {.v = v, .n = 2};
    assert_int_equal(layer_by_name(&l, "a\\x01\\x1b[31m", NULL), 1);
    assert_int_equal(layer_by_name(&l, "t\\x07", NULL), 1);
    assert_int_equal(layer_by_name(&l, odd, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm_both_ways),
        cmocka_unit_test(test_matmul_sides_and_added_bias),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_embedding_units_are_columns),
        cmocka_unit_test(test_ties_share_a_layer),
        cmocka_unit_test(test_bias_behind_regrouping),
        cmocka_unit_test(test_scale_and_shift_of_tf2onnx),
        cmocka_unit_test(test_computed_statistics),
        cmocka_unit_test(test_what_is_no_weight),
        cmocka_unit_test(test_batched_matrices_are_named_with_a_reason),
        cmocka_unit_test(test_nan_is_refused_with_its_place),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_what),
        cmocka_unit_test(test_who_reads_the_input),
        cmocka_unit_test(test_a_name_is_found_as_it_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
