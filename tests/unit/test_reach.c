/* engine/explain/reach: what is reached, looked at by words of masks and sets of positions, against the routes that are counted element
 * by element (flow.c): a mark stands where a route is and nowhere else, in both directions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/explain/reach.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_source.h"

enum { RANDOM_GRAPHS = 100 };

static void silence(const struct layer *l, int layer, int64_t unit, struct mask *m)
{
    for (int64_t i = 0; i < l->inputs; i++)
        for (int64_t t = 0; t < l->taps; t++)
            mask_set(m, layer, layer_index(l, unit, i, t), false);
}

/* A share of the weights is kept, and a few units hear nothing. */
static struct mask *random_mask(const struct layers *l, uint64_t seed, double keep)
{
    struct mask *m = mask_new(l);
    for (int i = 0; i < l->n; i++) {
        for (int64_t k = 0; k < l->v[i].weights; k++)
            if (rng_unit(seed, (uint64_t)i, (uint64_t)k) >= keep)
                mask_set(m, i, k, false);
        for (int64_t u = 0; u < l->v[i].units; u++)
            if (rng_unit(seed + 1000, (uint64_t)i, (uint64_t)u) < 0.05)
                silence(&l->v[i], i, u, m);
    }
    return m;
}

static void same(const struct flow *f, uint8_t **marks, flow_amount **amounts, const char *what)
{
    for (int v = 0; v < f->g->n_values; v++)
        for (int64_t e = 0; e < f->elements[v]; e++)
            if (marks[v][e] != (amounts[v][e] > 0))
                fail_msg("%s: element %lld of %s is marked %d and has %Lg routes", what, (long long)e,
                         f->g->values[v].name, marks[v][e], amounts[v][e]);
    reach_free(f, marks);
    flow_amounts_free(f, amounts);
}

static void compare(const struct graph *g, const struct layers *l, const struct mask *m, const char *what)
{
    struct flow f;
    flow_init(&f, g, l, m);
    same(&f, reach_from_inputs(&f), flow_from_inputs(&f), what);
    same(&f, reach_to_outputs(&f), flow_to_outputs(&f), what);
    flow_release(&f);
}

static void at_all_densities(const struct graph *g, const struct layers *l, uint64_t seed, const char *what)
{
    static const double keep[] = {1, 0.5, 0.1, 0.02};
    compare(g, l, NULL, what);
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++) {
        struct mask *m = random_mask(l, seed + i, keep[i]);
        compare(g, l, m, what);
        mask_unref(m);
    }
}

static void test_models(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "samples/readmit/model.onnx",         "samples/credit/model.onnx",
        "samples/digits-cnn/model.onnx",      "tests/data/foreign/resnet-small.onnx",
        "tests/data/foreign/script-vit.onnx", "tests/data/foreign/keras3-cnn.onnx",
        "tests/data/foreign/vit-2block.onnx", "tests/data/foreign/keras2-attention.onnx",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct err e = {0};
        struct layers l;
        struct model_file *file = model_file_read(paths[i], &e);
        struct graph *g = file ? graph_bind(model_file_source(file), 0, &e) : NULL;
        if (!g || !layers_find(g, &l, &e))
            fail_msg("%s", e.message);
        at_all_densities(g, &l, i, paths[i]);
        layers_release(&l);
        graph_free(g);
        model_file_free(file);
    }
}

static void test_random_graphs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < RANDOM_GRAPHS; seed++) {
        struct model m;
        char name[32];
        snprintf(name, sizeof name, "random graph %d", (int)seed);
        model_bind(&m, sketch_random(seed, seed % 2));
        at_all_densities(m.g, &m.l, seed, name);
        model_release(&m);
    }
}

/* x through one weighted node. Takes s. */
static void single(struct source *s, const char *what)
{
    struct model m;
    model_bind(&m, s);
    at_all_densities(m.g, &m.l, 7, what);
    model_release(&m);
}

/* Sums whose weights lie in every order: kernels of inputs side by side, of units side by side, groups, strides, copies, the weight on
 * the left. */
static void test_orders_of_weights(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(1, 6, 7, 9));
    net_floats(s, "w", DIMS(6, 4, 3, 2), NULL);
    net_node(s, "ConvTranspose", "x w", "y");
    net_int(s, "group", 3);
    net_int_list(s, "strides", DIMS(2, 3));
    net_int_list(s, "pads", DIMS(1, 0, 1, 2));
    single(s, "a grouped transposed convolution");
    s = from_x(DIMS(1, 6, 8, 9));
    net_floats(s, "w", DIMS(8, 3, 3, 3), NULL);
    net_node(s, "Conv", "x w", "y");
    net_int(s, "group", 2);
    net_int_list(s, "strides", DIMS(3, 2));
    net_int_list(s, "dilations", DIMS(1, 2));
    net_int_list(s, "pads", DIMS(2, 0, 0, 2));
    single(s, "a grouped convolution");
    for (int turned = 0; turned < 2; turned++) {
        s = from_x(DIMS(1, 70));
        net_floats(s, "w", turned ? DIMS(5, 70) : DIMS(70, 5), NULL);
        net_node(s, "Gemm", "x w", "y");
        net_int(s, "transB", turned);
        single(s, "Gemm");
    }
    s = from_x(DIMS(1, 66, 7));
    net_floats(s, "w", DIMS(9, 66), NULL);
    net_node(s, "MatMul", "w x", "y");
    single(s, "a weight on the left");
    s = from_x(DIMS(1, 5));
    net_floats(s, "w", DIMS(5, 130), NULL);
    net_node(s, "Transpose", "w", "t");
    net_int_list(s, "perm", DIMS(1, 0));
    net_node(s, "MatMul", "x w", "h");
    net_node(s, "MatMul", "h t", "y");
    single(s, "a weight and its transposed copy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_models), cmocka_unit_test(test_random_graphs),
                                       cmocka_unit_test(test_orders_of_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
