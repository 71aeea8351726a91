/* engine/explain: routes and links against the operators themselves. Where kept weights are 1, cut ones 0 and the input 1, a
 * network of sums computes its own number of routes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/explain/routes.h"
#include "engine/explain/wiring.h"
#include "engine/graph/program.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

/* A weight of ones and zeros. */
static void net_kept(struct source *s, const char *name, const int64_t *dims)
{
    static uint64_t drawn;
    int64_t n = 1;
    for (int i = 0; dims[i] != DIMS_END; i++)
        n *= dims[i];
    float *values = mem_alloc((size_t)n, sizeof *values);
    for (int64_t i = 0; i < n; i++)
        values[i] = rng_unit(7, drawn++, 0) < 0.6;
    net_floats(s, name, dims, values);
    free(values);
}

static struct mask *mask_of(const struct model *m)
{
    struct mask *mask = mask_new(&m->l);
    for (int i = 0; i < m->l.n; i++)
        for (int64_t k = 0; k < m->l.v[i].weights; k++)
            mask_set(mask, i, k, layer_weights(m->g, &m->l.v[i])[k] != 0);
    return mask;
}

/* The sum of all that comes out when input element `at` is 1, all of them for -1. */
static double computed(struct run *r, const struct graph *g, int64_t at)
{
    int64_t n_in = shape_elements(&g->values[g->inputs[0]].shape),
            n_out = shape_elements(&g->values[g->outputs[0]].shape);
    float *x = run_input(r, 0);
    double sum = 0;
    for (int64_t i = 0; i < n_in; i++)
        x[i] = at < 0 || i == at;
    assert_true(run_forward(r, NULL));
    const float *y = run_output(r, 0);
    for (int64_t i = 0; i < n_out; i++)
        sum += (double)y[i];
    return sum;
}

static void same_count(double log10_got, double expected)
{
    if (expected == 0)
        assert_true(log10_got == -INFINITY);
    else
        assert_true(fabs(pow(10, log10_got) / expected - 1) < 1e-6);
}

/* One weighted node: its links are its routes. Takes s. */
static void counts(struct source *s, bool alone)
{
    struct model m;
    struct wiring w;
    struct routes n;
    struct err e = {0};
    struct kernels k = plain_kernels();
    model_bind(&m, s);
    struct mask *mask = mask_of(&m);
    wiring_find(m.g, &m.l, &m.c, mask, &w);
    assert_true(routes_find(m.g, &m.l, &m.c, mask, NULL, &n));
    struct program *p = program_new(m.g, NULL, &(struct program_options){.kernels = &k, .lanes = 1}, &e);
    struct run *r = run_new(p);
    double all = computed(r, m.g, -1);
    assert_true(all > 0);
    same_count(n.total_log10, all);
    for (int64_t i = 0; i < w.n_inputs; i++) {
        double routes = computed(r, m.g, i);
        same_count(n.input_log10[i], routes);
        assert_int_equal(w.input_alive[i], routes > 0);
        assert_true(!alone || (double)n.input_links[i] == routes);
    }
    run_free(r);
    program_free(p);
    wiring_release(&w);
    routes_release(&n);
    mask_unref(mask);
    model_release(&m);
}

static struct source *conv(const char *op, const int64_t *x, const int64_t *w)
{
    struct source *s = from_x(x);
    net_kept(s, "w", w);
    net_node(s, op, "x w", "y");
    return s;
}

static void test_convolutions(void **state)
{
    (void)state;
    counts(conv("Conv", DIMS(1, 2, 7, 9), DIMS(3, 2, 3, 3)), true);
    struct source *s = conv("Conv", DIMS(1, 2, 7, 9), DIMS(4, 1, 3, 2));
    net_int(s, "group", 2);
    net_int_list(s, "strides", DIMS(2, 3));
    net_int_list(s, "pads", DIMS(1, 0, 2, 1));
    counts(s, true);
    s = conv("Conv", DIMS(1, 1, 8, 11), DIMS(2, 1, 3, 3));
    net_int_list(s, "dilations", DIMS(2, 3));
    net_int_list(s, "pads", DIMS(2, 3, 2, 3));
    counts(s, true);
    s = conv("Conv", DIMS(1, 3, 13), DIMS(2, 3, 5));
    net_int_list(s, "strides", DIMS(2));
    counts(s, true);
}

static void test_transposed_convolutions(void **state)
{
    (void)state;
    counts(conv("ConvTranspose", DIMS(1, 2, 4, 5), DIMS(2, 3, 3, 3)), true);
    struct source *s = conv("ConvTranspose", DIMS(1, 2, 4, 5), DIMS(2, 2, 3, 4));
    net_int(s, "group", 2);
    net_int_list(s, "strides", DIMS(3, 2));
    net_int_list(s, "pads", DIMS(1, 1, 0, 2));
    counts(s, true);
    s = conv("ConvTranspose", DIMS(1, 1, 3, 4), DIMS(1, 2, 2, 3));
    net_int_list(s, "dilations", DIMS(2, 2));
    net_int_list(s, "strides", DIMS(2, 3));
    counts(s, true);
}

/* Gemm with either side's weight, as it stands and transposed; MatMul over a batch axis; one matrix read both ways. */
static void test_products(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct source *s = from_x(DIMS(1, 6));
        net_kept(s, "w", turned ? DIMS(5, 6) : DIMS(6, 5));
        net_node(s, "Gemm", "x w", "y");
        net_int(s, "transB", turned);
        counts(s, true);
    }
    struct source *s = from_x(DIMS(1, 4, 6));
    net_kept(s, "w", DIMS(6, 3));
    net_node(s, "MatMul", "x w", "y");
    counts(s, true);
    s = from_x(DIMS(1, 6));
    net_kept(s, "w", DIMS(5, 6));
    net_node(s, "Transpose", "w", "t");
    net_int_list(s, "perm", DIMS(1, 0));
    net_node(s, "MatMul", "x t", "h");
    net_node(s, "MatMul", "h w", "y");
    counts(s, false);
}

/* Rows that begin and end anywhere in the mask's words, and one that fills them: 150, 64 and 70 weights. */
static void test_rows_across_words(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct source *s = from_x(DIMS(1, 150));
        net_kept(s, "a", turned ? DIMS(64, 150) : DIMS(150, 64));
        net_kept(s, "b", turned ? DIMS(70, 64) : DIMS(64, 70));
        net_kept(s, "c", turned ? DIMS(2, 70) : DIMS(70, 2));
        net_node(s, "Gemm", "x a", "h");
        net_int(s, "transB", turned);
        net_node(s, "Gemm", "h b", "k");
        net_int(s, "transB", turned);
        net_node(s, "Gemm", "k c", "y");
        net_int(s, "transB", turned);
        counts(s, false);
    }
}

/* What lies between layers: a flattened convolution, a residual join, links counted for the first layers alone. */
static void test_networks(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(1, 1, 6, 6));
    net_kept(s, "a", DIMS(3, 1, 3, 3));
    net_kept(s, "b", DIMS(3, 3, 1, 1));
    net_kept(s, "c", DIMS(48, 4));
    net_node(s, "Conv", "x a", "h");
    net_node(s, "Conv", "h b", "k");
    net_node(s, "Add", "h k", "j");
    net_node(s, "Flatten", "j", "f");
    net_node(s, "MatMul", "f c", "y");
    counts(s, false);
    s = from_x(DIMS(1, 6));
    net_kept(s, "a", DIMS(6, 5));
    net_kept(s, "b", DIMS(6, 5));
    net_kept(s, "c", DIMS(5, 3));
    net_node(s, "MatMul", "x a", "h");
    net_node(s, "MatMul", "x b", "k");
    net_node(s, "Add", "h k", "j");
    net_node(s, "MatMul", "j c", "y");
    counts(s, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolutions), cmocka_unit_test(test_transposed_convolutions),
        cmocka_unit_test(test_products),     cmocka_unit_test(test_rows_across_words),
        cmocka_unit_test(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
