/* engine/shrink by hand: what goes into which bias, what stays and why, which weights are written. Expected numbers are worked out
 * in the comments. Counts: test_shrink_counts.c. test_shrink.c is the same on whole models. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op.h"
#include "engine/prune/prune.h"
#include "engine/shrink/shrink.h"
#include "tests/unit/util_shrink.h"
#include "tests/unit/util_source.h"

/* ---- constants into biases ---- */

/* a has 3 units with biases 1, -1, 2; b.weight is 1 2 3 / 4 5 6, biases 10, 20. */
static struct source *two_layers(int64_t opset)
{
    struct source *s = net_new(opset);
    net_input(s, "x", 1, DIMS(FREE, 2));
    net_output(s, "y", 1);
    net_floats(s, "a.weight", DIMS(3, 2), FLOATS(1, 2, 3, 4, 5, 6));
    net_floats(s, "a.bias", DIMS(3), FLOATS(1, -1, 2));
    net_floats(s, "b.weight", DIMS(2, 3), FLOATS(1, 2, 3, 4, 5, 6));
    net_floats(s, "b.bias", DIMS(2), FLOATS(10, 20));
    gemm(s, "x a.weight a.bias", "h");
    net_node(s, "Relu", "h", "r");
    return s;
}

static void a_constant_goes_into_the_bias(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    gemm(source, "r b.weight b.bias", "y");
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    starve(&m, mask, "a", 0); /* always relu(1) = 1 */
    starve(&m, mask, "a", 1); /* always relu(-1) = 0 */
    struct shrunk s = opened_shrink(&m, mask, "bias");
    reopen(&s, &small);
    expect_left(&m, &s, "a", LEFT(0, 1));
    assert_int_equal(s.dead_weights, 4);
    assert_int_equal(s.n_removed, 2);
    assert_int_equal(s.n_stayed, 0);
    expect_floats(constant_at(&small, "Gemm", 0, 1), VALUES(5, 6));
    expect_floats(constant_at(&small, "Gemm", 1, 1), VALUES(3, 6));
    expect_floats(constant_at(&small, "Gemm", 1, 2), VALUES(10 + 1 * 1, 20 + 4 * 1));
    opened_close(&small);
    shrunk_release(&s);
    mask_set(mask, layer(&m, "b"), 0, false); /* b/0 does not listen to a/0 */
    s = opened_shrink(&m, mask, "bias");
    reopen(&s, &small);
    assert_int_equal(s.dead_weights, 3);
    expect_floats(constant_at(&small, "Gemm", 1, 2), VALUES(10, 24));
    opened_close(&small);
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

/* A unit that nobody listens to needs no bias, whatever it is. */
static void a_unit_without_a_way_out_leaves(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    net_node(source, "Identity", "b.weight", "w");
    gemm(source, "r w b.bias", "y");
    struct opened m = opened(source);
    struct mask *mask = mask_new(&m.l);
    mask_set(mask, layer(&m, "b"), 2, false);
    mask_set(mask, layer(&m, "b"), 5, false);
    struct shrunk s = opened_shrink(&m, mask, "deaf");
    expect_left(&m, &s, "a", LEFT(2));
    assert_int_equal(s.dead_weights, 2);
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

/* Weights that the mask cuts in what stays keep their values in the file. */
static void cut_weights_keep_their_values(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    gemm(source, "r b.weight b.bias", "y");
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    mask_set(mask, layer(&m, "a"), 5, false);
    starve(&m, mask, "a", 0);
    struct shrunk s = opened_shrink(&m, mask, "values");
    reopen(&s, &small);
    expect_floats(constant_at(&small, "Gemm", 0, 1), VALUES(3, 4, 5, 6));
    struct mask *now = shrunk_mask(&s, &m.l, mask, &small.l);
    assert_false(mask_weight(now, 0, 3));
    assert_int_equal(mask_count(now, 0), 3);
    mask_unref(now);
    opened_close(&small);
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

/* alpha 2, beta 0.5: the bias counts half, the product twice: 10 + 1 * 1 * 2 / 0.5. */
static void gemm_scales_are_undone(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    gemm(source, "r b.weight b.bias", "y");
    net_float(source, "alpha", 2);
    net_float(source, "beta", 0.5f);
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    starve(&m, mask, "a", 0);
    struct shrunk s = opened_shrink(&m, mask, "scales");
    reopen(&s, &small);
    expect_floats(constant_at(&small, "Gemm", 1, 2), VALUES(14, 36));
    opened_close(&small);
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

static void a_missing_bias_is_added(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    gemm(source, "r b.weight", "y");
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    starve(&m, mask, "a", 0);
    struct shrunk s = opened_shrink(&m, mask, "no bias");
    reopen(&s, &small);
    expect_left(&m, &s, "a", LEFT(0));
    expect_floats(constant_at(&small, "Gemm", 1, 2), VALUES(1, 4));
    opened_close(&small);
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

/* Before opset 11 a Gemm without C is no Gemm; MatMul never has one, but an Add behind it serves. */
static void matmul_uses_the_add_behind_it(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        struct source *source = two_layers(13);
        net_floats(source, "c.weight", DIMS(3, 2), FLOATS(1, 4, 2, 5, 3, 6));
        net_node(source, "MatMul", "r c.weight", with ? "p" : "y");
        if (with)
            net_node(source, "Add", "b.bias p", "y");
        struct opened m = opened(source), small;
        struct mask *mask = mask_new(&m.l);
        starve(&m, mask, "a", 0);
        starve(&m, mask, "a", 1);
        struct shrunk s = opened_shrink(&m, mask, "matmul");
        reopen(&s, &small);
        if (with) {
            expect_left(&m, &s, "a", LEFT(0, 1));
            expect_floats(constant_at(&small, "Add", 0, 0), VALUES(11, 24));
        } else {
            expect_left(&m, &s, "a", LEFT(1)); /* 0 needs no bias */
            expect_stayed(&s, 0, "MatMul", "no bias");
        }
        opened_close(&small);
        shrunk_release(&s);
        mask_unref(mask);
        opened_close(&m);
    }
}

/* Two layers share one bias; only one of them hears a constant. */
static void a_shared_bias_is_parted(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    net_floats(source, "c.weight", DIMS(2, 2), FLOATS(1, 2, 3, 4));
    gemm(source, "r b.weight b.bias", "p");
    gemm(source, "p c.weight b.bias", "y");
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    starve(&m, mask, "a", 0);
    struct shrunk s = opened_shrink(&m, mask, "shared");
    reopen(&s, &small);
    expect_floats(constant_at(&small, "Gemm", 1, 2), VALUES(11, 24));
    expect_floats(constant_at(&small, "Gemm", 3, 2), VALUES(10, 20));
    opened_close(&small);
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

/* ---- convolutions ---- */

/* a: 1x1, 3 units with these biases; relu; b: 3x3 of ones times 1, 2, 3, no bias. */
static struct source *two_convolutions(const float *biases, int pad)
{
    float w[27];
    struct source *s = net_new(13);
    for (int i = 0; i < 27; i++)
        w[i] = (float)(i / 9 + 1);
    net_input(s, "x", 1, DIMS(FREE, 1, 4, 4));
    net_output(s, "y", 1);
    net_floats(s, "a.weight", DIMS(3, 1, 1, 1), FLOATS(1, 2, 3));
    net_floats(s, "a.bias", DIMS(3), biases);
    net_floats(s, "b.weight", DIMS(1, 3, 3, 3), w);
    conv(s, "x a.weight a.bias", "h", 1, 0, 1);
    net_node(s, "Relu", "h", "r");
    conv(s, "r b.weight", "y", 3, pad, 1);
    return s;
}

/* 0.5 under nine taps of 2 gives 9 everywhere, unless zeros stand around. */
static void zero_padding_holds_a_constant_back(void **state)
{
    (void)state;
    for (int pad = 0; pad < 2; pad++) {
        struct opened m = opened(two_convolutions(FLOATS(-1, 0.5f, 1), pad)), small;
        struct mask *mask = mask_new(&m.l);
        starve(&m, mask, "a", 0); /* relu(-1): a zero beside zeros */
        starve(&m, mask, "a", 1);
        struct shrunk s = opened_shrink(&m, mask, "padding");
        reopen(&s, &small);
        if (pad) {
            expect_left(&m, &s, "a", LEFT(0));
            expect_stayed(&s, 1, "Conv Conv_2", "zeros");
        } else {
            expect_left(&m, &s, "a", LEFT(0, 1));
            expect_floats(constant_at(&small, "Conv", 1, 2), VALUES(9));
        }
        opened_close(&small);
        shrunk_release(&s);
        mask_unref(mask);
        opened_close(&m);
    }
}

static void every_layer_keeps_a_unit(void **state)
{
    (void)state;
    struct opened m = opened(two_convolutions(FLOATS(1, 1, 1), 1));
    struct mask *mask = mask_new(&m.l);
    for (int i = 0; i < 27; i++)
        mask_set(mask, layer(&m, "b"), i, false);
    struct shrunk s = opened_shrink(&m, mask, "all dead");
    expect_left(&m, &s, "a", LEFT(1, 2));
    expect_stayed(&s, 0, "", "last unit");
    shrunk_release(&s);
    mask_unref(mask);
    opened_close(&m);
}

/* ---- masks and weights ---- */

/* Shrunk twice: numbers of the second are those of the first's model. */
static void shrinking_again_goes_on(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    gemm(source, "r b.weight b.bias", "y");
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    take(&m, mask, "a", 0);
    struct shrunk s = opened_shrink(&m, mask, "once"), again;
    reopen(&s, &small);
    struct mask *now = shrunk_mask(&s, &m.l, mask, &small.l);
    assert_int_equal(mask_count(now, 0), 4);
    again = opened_shrink(&small, now, "nothing to do");
    assert_int_equal(again.n_removed, 0);
    shrunk_release(&again);
    take(&small, now, "a", 1);
    again = opened_shrink(&small, now, "twice");
    expect_left(&small, &again, "a", LEFT(1));
    assert_int_equal(s.layers[0].kept[again.layers[0].kept[0]], 1);
    shrunk_release(&again);
    mask_unref(now);
    mask_unref(mask);
    done(&s, &m, &small);
}

/* Base weights that are not the file's are written, whether anything leaves or not. */
static void other_base_weights_are_written(void **state)
{
    (void)state;
    struct source *source = two_layers(13);
    gemm(source, "r b.weight b.bias", "y");
    struct opened m = opened(source), small;
    struct mask *mask = mask_new(&m.l);
    struct err e = {0};
    struct shrunk s;
    struct shape shape = {2, {3, 2}}, row = {1, {3}};
    struct tensor *w = tensor_new(DT_F32, &shape), *bias = tensor_new(DT_F32, &row);
    const struct tensor **weights = calloc((size_t)m.g->n_values, sizeof *weights);
    for (int i = 0; i < 6; i++)
        w->f[i] = (float)(10 * i);
    for (int i = 0; i < 3; i++)
        bias->f[i] = (float)(i + 7);
    weights[graph_value(m.g, "a.weight")] = w;
    weights[graph_value(m.g, "a.bias")] = bias;
    take(&m, mask, "a", 1);
    opened_must(shrink(m.file, m.g, &m.l, &m.c, mask, weights, &s, &e), &e);
    reopen(&s, &small);
    expect_floats(constant_at(&small, "Gemm", 0, 1), VALUES(0, 10, 40, 50));
    expect_floats(constant_at(&small, "Gemm", 0, 2), VALUES(7, 9));
    expect_floats(constant_at(&small, "Gemm", 1, 2), VALUES(10, 20));
    free(weights);
    tensor_free(w);
    tensor_free(bias);
    mask_unref(mask);
    done(&s, &m, &small);
}

/* ---- the masked file ---- */

static void export_and_compare(const struct opened *m, const struct mask *mask, struct opened *file)
{
    struct err e = {0};
    struct buf bytes = {0};
    int64_t n, k;
    opened_must(export_masked(m->file, m->g, &m->l, &m->c, mask, NULL, &bytes, &e), &e);
    opened_bytes(file, &bytes);
    float *a = opened_compute(m, mask, &n), *b = opened_compute(file, NULL, &k);
    opened_same(a, n, b, k, "export");
    free(a);
    free(b);
    buf_release(&bytes);
}

/* PyTorch lets normalisations with equal parameters share them through Identity nodes: one of the two loses a channel. */
static void exported_copies_of_constants_are_parted(void **state)
{
    (void)state;
    struct source *s = map_start(13);
    static const char *const parts[] = {"scale", "shift", "mean", "variance"};
    for (int i = 0; i < 4; i++)
        net_floats(s, parts[i], DIMS(4), FLOATS(1, 2, 3, 4));
    net_node(s, "Identity", "shift", "shift2");
    net_floats(s, "b.weight", DIMS(4, 4, 1, 1), NULL);
    net_floats(s, "z.weight", DIMS(1, 4, 1, 1), NULL);
    net_node(s, "BatchNormalization", "h scale shift mean variance", "n");
    conv(s, "n b.weight", "k", 1, 0, 1);
    net_node(s, "BatchNormalization", "k scale shift2 mean variance", "o");
    conv(s, "o z.weight", "y", 1, 0, 1);
    struct opened m = opened(s), file;
    struct mask *mask = mask_new(&m.l);
    take(&m, mask, "b", 2);
    export_and_compare(&m, mask, &file);
    expect_floats(constant_at(&file, "BatchNormalization", 3, 2), VALUES(1, 2, 0, 4));
    expect_floats(constant_at(&file, "BatchNormalization", 0, 2), VALUES(1, 2, 3, 4));
    opened_close(&file);
    struct shrunk r = opened_shrink(&m, mask, "copies");
    expect_left(&m, &r, "b", LEFT(2));
    expect_left(&m, &r, "a", 0, NULL);
    shrunk_release(&r);
    mask_unref(mask);
    opened_close(&m);
}

/* The weight of b is read through a transposed copy that the file computes: the file's tensor gets the zeros. */
static void exported_weights_stand_where_the_file_has_them(void **state)
{
    (void)state;
    struct source *s = two_layers(13);
    net_node(s, "Transpose", "b.weight", "w");
    net_int_list(s, "perm", DIMS(1, 0));
    net_node(s, "MatMul", "r w", "p");
    net_node(s, "Add", "p b.bias", "y");
    struct opened m = opened(s), file;
    struct mask *mask = mask_new(&m.l);
    mask_set(mask, layer(&m, "b"), 1, false);
    take(&m, mask, "a", 2);
    export_and_compare(&m, mask, &file);
    expect_floats(file.g->values[file.l.v[layer(&file, "b")].value].constant, VALUES(1, 0, 0, 4, 5, 0));
    expect_floats(constant_at(&file, "Gemm", 0, 2), VALUES(1, -1, 0));
    opened_close(&file);
    struct shrunk r = opened_shrink(&m, mask, "transposed");
    expect_left(&m, &r, "a", LEFT(2));
    shrunk_release(&r);
    mask_unref(mask);
    opened_close(&m);
}

static void exported_constant_nodes_are_edited(void **state)
{
    (void)state;
    struct source *s = two_layers(13);
    struct shape shape = {2, {2, 3}};
    struct tensor *t = tensor_new(DT_F32, &shape);
    for (int i = 0; i < 6; i++)
        t->f[i] = (float)(i + 1);
    net_node(s, "Constant", "", "c.weight");
    net_tensor(s, "value", t);
    tensor_free(t);
    gemm(s, "r c.weight b.bias", "y");
    struct opened m = opened(s), file;
    struct mask *mask = mask_new(&m.l);
    mask_set(mask, layer(&m, "b"), 4, false); /* named after its bias */
    export_and_compare(&m, mask, &file);
    expect_floats(constant_at(&file, "Gemm", 3, 1), VALUES(1, 2, 3, 4, 0, 6));
    opened_close(&file);
    take(&m, mask, "a", 0);
    struct shrunk r = opened_shrink(&m, mask, "constant node");
    expect_left(&m, &r, "a", LEFT(0));
    shrunk_release(&r);
    mask_unref(mask);
    opened_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_goes_into_the_bias),
        cmocka_unit_test(a_unit_without_a_way_out_leaves),
        cmocka_unit_test(cut_weights_keep_their_values),
        cmocka_unit_test(gemm_scales_are_undone),
        cmocka_unit_test(a_missing_bias_is_added),
        cmocka_unit_test(matmul_uses_the_add_behind_it),
        cmocka_unit_test(a_shared_bias_is_parted),
        cmocka_unit_test(zero_padding_holds_a_constant_back),
        cmocka_unit_test(every_layer_keeps_a_unit),
        cmocka_unit_test(shrinking_again_goes_on),
        cmocka_unit_test(other_base_weights_are_written),
        cmocka_unit_test(exported_copies_of_constants_are_parted),
        cmocka_unit_test(exported_weights_stand_where_the_file_has_them),
        cmocka_unit_test(exported_constant_nodes_are_edited),
    };
    return cmocka_run_group_tests_name("shrink_exact", tests, NULL, NULL);
}
