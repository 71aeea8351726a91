/* engine/explain/field: closed forms, and counting which input positions a result is connected to at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/explain/field.h"
#include "engine/explain/flow.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_opened.h"
#include "tests/unit/util_source.h"

static const struct layer *named(const struct layers *l, const char *name)
{
    return &l->v[layer_by_name(l, name, NULL)];
}

static void expect(const struct graph *g, const struct layers *l, const char *layer, int64_t rows,
                   int64_t columns)
{
    int64_t size[2];
    assert_true(field_find(g, named(l, layer), size));
    assert_int_equal(size[0], rows);
    assert_int_equal(size[1], columns);
}

static void expect_none(const struct graph *g, const struct layers *l, const char *layer)
{
    int64_t size[2];
    assert_false(field_find(g, named(l, layer), size));
}

/* The rows and columns of a 64 x 64 input that the middle result of a layer is connected to. */
static void count_reached(const struct model *m, const char *layer, int64_t size[2])
{
    struct flow f;
    int out = m->g->nodes[named(&m->l, layer)->node].outputs[0];
    const struct shape *y = &m->g->values[out].shape;
    uint8_t row[64] = {0}, column[64] = {0};
    flow_init(&f, m->g, &m->l, NULL);
    flow_amount **amounts = flow_amounts(&f);
    amounts[out][y->dim[2] / 2 * y->dim[3] + y->dim[3] / 2] = 1;
    flow_backward(&f, amounts);
    for (int64_t e = 0; e < 64 * 64; e++)
        if (amounts[m->g->inputs[0]][e] > 0)
            row[e / 64] = column[e % 64] = 1;
    size[0] = size[1] = 0;
    for (int i = 0, first = -1, low = -1; i < 64; i++) {
        first = first < 0 && row[i] ? i : first;
        low = low < 0 && column[i] ? i : low;
        size[0] = row[i] ? i - first + 1 : size[0];
        size[1] = column[i] ? i - low + 1 : size[1];
    }
    flow_amounts_free(&f, amounts);
    flow_release(&f);
}

/* One channel all the way; the attributes of the node last made. */
static const char *conv(struct sketch *k, const char *layer, const char *x, int kernel, int stride,
                        int dilation)
{
    const char *y = sketch_conv(k, layer, x, 1, 1, kernel, 1);
    net_int_list(k->s, "strides", DIMS(stride, 1));
    net_int_list(k->s, "dilations", DIMS(dilation, 1));
    return y;
}

static void strided(struct model *m)
{
    struct sketch k = sketch_new(5);
    net_input(k.s, "x", FLOAT, DIMS(1, 1, 64, 64));
    const char *a = sketch_op(&k, "Relu", conv(&k, "a", "x", 3, 1, 1));
    const char *b = conv(&k, "b", a, 3, 2, 2);
    const char *pool = sketch_op(&k, "MaxPool", b);
    net_int_list(k.s, "kernel_shape", DIMS(2, 2));
    net_int_list(k.s, "strides", DIMS(2, 2));
    const char *c = conv(&k, "c", pool, 3, 1, 1), *d = conv(&k, "d", pool, 5, 1, 1);
    char both[200];
    strcpy(both, c);
    strcat(strcat(both, " "), d);
    const char *e = conv(&k, "e", sketch_op(&k, "Add", both), 1, 1, 1);
    const char *all = sketch_op(&k, "GlobalAveragePool", e);
    const char *f = conv(&k, "f", all, 1, 1, 1);
    net_node(k.s, "Identity", f, "y");
    net_output(k.s, "y", FLOAT);
    model_bind(m, k.s);
}

/* Rows: 3; 3 + 2*2 = 7; pool 7 + 1*2 = 9; c 9 + 2*4 = 17; d 9 + 4*4 = 25. Columns without strides but the pool's, and without
 * dilation: 3; 5; 6; c 6 + 2*2 = 10; d 6 + 4*2 = 14. Where both meet, the larger. */
static void test_strides_dilations_and_joins(void **state)
{
    (void)state;
    static const struct {
        const char *layer;
        int64_t rows, columns;
    } known[] = {{"a", 3, 3}, {"b", 7, 5}, {"c", 17, 10}, {"d", 25, 14}, {"e", 25, 14}};
    struct model m;
    strided(&m);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int64_t reached[2];
        expect(m.g, &m.l, known[i].layer, known[i].rows, known[i].columns);
        count_reached(&m, known[i].layer, reached);
        assert_int_equal(reached[0], known[i].rows);
        assert_int_equal(reached[1], known[i].columns);
    }
    expect_none(m.g, &m.l, "f"); /* behind a pool over all positions */
    model_release(&m);
}

/* What moves channels and no position keeps the field: halves taken apart, one of them through 3 x 3, stacked again the other way
 * round, repeated. What moves positions has none. */
static void test_moved_channels_keep_positions(void **state)
{
    (void)state;
    struct sketch k = sketch_new(5);
    net_input(k.s, "x", FLOAT, DIMS(1, 1, 64, 64));
    sketch_conv(&k, "a", "x", 1, 4, 3, 1);
    net_ints(k.s, "halves", DIMS(2), INTS(2, 2));
    net_node(k.s, "Split", "v0 halves", "left right");
    net_int(k.s, "axis", 1);
    net_ints(k.s, "twice", DIMS(4), INTS(1, 2, 1, 1));
    char both[200] = "right ";
    const char *y = sketch_concat(&k, strcat(both, sketch_conv(&k, "b", "left", 2, 2, 3, 1)));
    snprintf(both, sizeof both, "%s twice", y);
    const char *c = sketch_conv(&k, "c", sketch_op(&k, "Tile", both), 8, 1, 1, 1);
    const char *turned = sketch_op(&k, "Transpose", c);
    net_int_list(k.s, "perm", DIMS(0, 1, 3, 2));
    const char *d = sketch_conv(&k, "d", turned, 1, 1, 1, 1);
    net_node(k.s, "Identity", d, "y");
    net_output(k.s, "y", FLOAT);
    struct model m;
    model_bind(&m, k.s);
    int64_t reached[2];
    expect(m.g, &m.l, "b", 5, 5);
    expect(m.g, &m.l, "c", 5, 5);
    count_reached(&m, "c", reached);
    assert_int_equal(reached[0], 5);
    assert_int_equal(reached[1], 5);
    expect_none(m.g, &m.l, "d");
    model_release(&m);
}

/* 5 x 5 by steps of 2, then 3 x 3 twice beside a short cut, 3 x 3, 1 x 1: 5, 5 + 2*2, + 2*2, + 2*2, + 0. */
static void test_a_model_from_outside(void **state)
{
    (void)state;
    struct opened m;
    opened_path(&m, "samples/digits-cnn/model.onnx");
    expect(m.g, &m.l, "stem", 5, 5);
    expect(m.g, &m.l, "res1", 9, 9);
    expect(m.g, &m.l, "res2", 13, 13);
    expect(m.g, &m.l, "depth", 17, 17);
    expect(m.g, &m.l, "point", 17, 17);
    expect_none(m.g, &m.l, "fc1");
    opened_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strides_dilations_and_joins),
        cmocka_unit_test(test_moved_channels_keep_positions),
        cmocka_unit_test(test_a_model_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
