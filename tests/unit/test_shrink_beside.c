/* engine/shrink where more reads a channel than the way to the outputs: normalisation whose scale is computed or reaches beyond the
 * axes that it mixes, nodes of the file that no output needs, and sizes that the file leaves free. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "tests/unit/util_shrink.h"
#include "tests/unit/util_source.h"

/* Unit 1 of a is removed; opened_shrink compares what is computed. */
static struct shrunk without_unit_1(const struct opened *m)
{
    struct mask *mask = mask_new(&m->l);
    take(m, mask, "a", 1);
    struct shrunk s = opened_shrink(m, mask, "beside");
    mask_unref(mask);
    return s;
}

static void map_end(struct source *s, const char *input)
{
    char inputs[40] = "";
    strcat(strcat(inputs, input), " z.weight");
    net_floats(s, "z.weight", DIMS(1, 4, 1, 1), NULL);
    conv(s, inputs, "y", 1, 0, 1);
}

/* ---- LayerNormalization over the last axis ---- */

static void a_computed_scale_belongs_to_what_it_scales(void **state)
{
    (void)state;
    struct source *s = map_start(17);
    net_floats(s, "b.weight", DIMS(4, 1, 1, 1), NULL);
    conv(s, "x b.weight", "scale", 1, 0, 1);
    net_node(s, "LayerNormalization", "h scale", "n");
    map_end(s, "n");
    struct opened m = opened(s);
    assert_int_equal(m.c.set_of[layer(&m, "a")][1], m.c.set_of[layer(&m, "b")][1]);
    struct shrunk r = without_unit_1(&m);
    expect_left(&m, &r, "a", LEFT(1));
    expect_left(&m, &r, "b", LEFT(1));
    shrunk_release(&r);
    opened_close(&m);
}

static void a_scale_for_each_channel_is_cut(void **state)
{
    (void)state;
    struct opened small;
    struct source *s = map_start(17);
    net_floats(s, "scale", DIMS(4, 1, 1), FLOATS(1, 2, 3, 4));
    net_floats(s, "shift", DIMS(4, 1, 2), FLOATS(1, 2, 3, 4, 5, 6, 7, 8));
    net_node(s, "LayerNormalization", "h scale shift", "n");
    map_end(s, "n");
    struct opened m = opened(s);
    struct shrunk r = without_unit_1(&m);
    reopen(&r, &small);
    expect_left(&m, &r, "a", LEFT(1));
    expect_floats(constant_at(&small, "LayerNormalization", 0, 1), VALUES(1, 3, 4));
    expect_floats(constant_at(&small, "LayerNormalization", 0, 2), VALUES(1, 2, 5, 6, 7, 8));
    done(&r, &m, &small);
}

/* ---- nodes that no output needs ---- */

static struct source *two_layers(void)
{
    struct source *s = from_x(DIMS(FREE, 2));
    net_floats(s, "a.weight", DIMS(3, 2), NULL);
    net_floats(s, "a.bias", DIMS(3), NULL);
    net_floats(s, "b.weight", DIMS(2, 3), NULL);
    gemm(s, "x a.weight a.bias", "h");
    return s;
}

static void check_unused(struct source *s_take, int nodes, bool stays, const char *why)
{
    struct opened small;
    gemm(s_take, "h b.weight", "y");
    struct opened m = opened(s_take);
    struct shrunk r = without_unit_1(&m);
    reopen(&r, &small);
    assert_int_equal(model_file_source(small.file)->n_nodes, nodes);
    assert_int_equal(r.n_removed, !stays);
    if (stays)
        expect_stayed(&r, 1, why, "no part of what poda computes");
    done(&r, &m, &small);
}

static void what_unused_nodes_read_keeps_its_shape(void **state)
{
    (void)state;
    struct source *s = two_layers();
    net_floats(s, "other.weight", DIMS(3, 3), NULL);
    net_node(s, "MatMul", "h other.weight", "nobody");
    check_unused(s, 3, true, "MatMul MatMul_1 (node 1)");
    s = two_layers(); /* the weight itself, and one turned on the way */
    net_node(s, "Transpose", "b.weight", "turned");
    check_unused(s, 3, true, "Transpose Transpose_1 (node 1)");
    s = two_layers();
    net_node(s, "Exp", "a.weight", "nobody");
    check_unused(s, 3, true, "Exp Exp_1 (node 1)");
}

/* Any shape has a Shape. A bias of another length is a copy. */
static void what_fits_any_shape_holds_nothing_back(void **state)
{
    (void)state;
    struct source *s = two_layers();
    net_node(s, "Shape", "h", "nobody");
    check_unused(s, 3, false, "");
    s = two_layers();
    net_floats(s, "three", DIMS(3), NULL);
    net_node(s, "Add", "a.bias three", "nobody");
    check_unused(s, 3, false, "");
}

/* ---- sizes that the file leaves free ---- */

static void open_at(struct opened *m, const char *path, int64_t height, int64_t width)
{
    struct err e = {0};
    struct model_file *file = model_file_read(path, &e);
    const struct shape shape = {4, {1, 2, height, width}};
    opened_must(file && model_file_shape(file, "x", &shape, &e), &e);
    opened_file(m, file);
}

/* The file computes how many positions there are; the smaller model's, written for 5 x 7, serves 9 x 4 as well. */
static void free_sizes_stay_free(void **state)
{
    (void)state;
    static const char path[] = "tests/data/unusual/free-sizes.onnx";
    struct opened m, other, small;
    int64_t n, n_small;
    open_at(&m, path, 5, 7);
    open_at(&other, path, 9, 4);
    struct mask *mask = mask_new(&m.l);
    take(&m, mask, "a", 1);
    take(&m, mask, "b", 0);
    struct shrunk s = opened_shrink(&m, mask, "free sizes");
    assert_int_equal(s.n_removed, 2);
    opened_like(&small, &s.onnx, model_file_source(other.file));
    struct mask *now = shrunk_mask(&s, &m.l, mask, &small.l);
    float *a = opened_compute(&other, mask, &n), *b = opened_compute(&small, now, &n_small);
    opened_same(a, n, b, n_small, "another size");
    struct model_file *file = model_file_parse(buf_text(&s.onnx), s.onnx.len, "smaller.onnx", NULL);
    const struct source_port *x = &model_file_source(file)->inputs[0];
    assert_true(x->dim[0] == -1 && x->dim[1] == 2 && x->dim[2] == -1 && x->dim[3] == -1);
    assert_string_equal(x->dim_names[2], "height");
    model_file_free(file);
    free(a);
    free(b);
    mask_unref(now);
    mask_unref(mask);
    opened_close(&other);
    done(&s, &m, &small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_computed_scale_belongs_to_what_it_scales),
        cmocka_unit_test(a_scale_for_each_channel_is_cut),
        cmocka_unit_test(what_unused_nodes_read_keeps_its_shape),
        cmocka_unit_test(free_sizes_stay_free),
        cmocka_unit_test(what_fits_any_shape_holds_nothing_back),
    };
    return cmocka_run_group_tests_name("shrink_beside", tests, NULL, NULL);
}
