/* op_gemm: Gemm and MatMul against the definition in double precision, by closed numbers, and with operands that do not fit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "engine/graph/source.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

static int64_t draw(uint64_t seed, uint64_t what, int64_t least, int64_t most)
{
    return least + (int64_t)(rng_u64(seed, 7, what) % (uint64_t)(most - least + 1));
}

static float *numbers(int64_t n, uint64_t seed, double share)
{
    float *v = mem_alloc((size_t)n, sizeof *v);
    for (int64_t i = 0; i < n; i++)
        v[i] = rng_unit(seed, 4, (uint64_t)i) < share ? (float)(rng_unit(seed, 3, (uint64_t)i) - 0.5) : 0;
    return v;
}

/* A Gemm as a test draws it; which side the constant is on: 0 left, 1 right, 2 none (the other side is x times 1). */
struct gemm {
    int64_t m, k, n, trans_a, trans_b, constant, add_rows, add_columns;
    float alpha, beta;
    float *x, *w, *add, *y;
};

static void draw_gemm(struct gemm *c, uint64_t seed)
{
    *c = (struct gemm){.m = draw(seed, 0, 0, 1) ? 1 : draw(seed, 1, 1, 9),
                       .k = draw(seed, 2, 1, draw(seed, 3, 0, 3) ? 40 : 400),
                       .n = draw(seed, 4, 1, draw(seed, 5, 0, 1) ? 9 : 130),
                       .trans_a = draw(seed, 6, 0, 1),
                       .trans_b = draw(seed, 7, 0, 1),
                       .constant = draw(seed, 8, 0, 1),
                       .alpha = draw(seed, 9, 0, 1) ? 1 : 0.5f,
                       .beta = draw(seed, 10, 0, 1) ? 1 : -2};
    c->add_rows = draw(seed, 11, 0, 1) ? 1 : c->m;
    c->add_columns = draw(seed, 12, 0, 3) ? c->n : 1;
    double share = draw(seed, 13, 0, 1) ? 1 : 0.15, lit = draw(seed, 14, 0, 1) ? 1 : 0.1;
    c->x = numbers(c->constant ? c->m * c->k : c->k * c->n, seed + 1, lit);
    c->w = numbers(c->constant ? c->k * c->n : c->m * c->k, seed + 2, share);
    c->add = numbers(c->add_rows * c->add_columns, seed + 3, 1);
    c->y = mem_alloc((size_t)(c->m * c->n), sizeof *c->y);
}

/* y = alpha A B + beta C, element by element. */
static void define(const struct gemm *c)
{
    const float *a = c->constant ? c->x : c->w, *b = c->constant ? c->w : c->x;
    for (int64_t i = 0; i < c->m; i++)
        for (int64_t j = 0; j < c->n; j++) {
            double sum = 0;
            for (int64_t k = 0; k < c->k; k++)
                sum += (double)a[c->trans_a ? k * c->m + i : i * c->k + k] *
                       (double)b[c->trans_b ? j * c->k + k : k * c->n + j];
            int64_t row = c->add_rows == 1 ? 0 : i, column = c->add_columns == 1 ? 0 : j;
            c->y[i * c->n + j] = (float)((double)c->alpha * sum +
                                         (double)c->beta * (double)c->add[row * c->add_columns + column]);
        }
}

static struct source *gemm_net(const struct gemm *c)
{
    const int64_t *a = c->trans_a ? DIMS(c->k, c->m) : DIMS(c->m, c->k);
    const int64_t *b = c->trans_b ? DIMS(c->n, c->k) : DIMS(c->k, c->n);
    struct source *s = ops_net(13, "Gemm", 1, c->constant ? a : b, c->constant ? "x w c" : "w x c");
    net_int(s, "transA", c->trans_a);
    net_int(s, "transB", c->trans_b);
    net_float(s, "alpha", c->alpha);
    net_float(s, "beta", c->beta);
    net_floats(s, "w", c->constant ? b : a, c->w);
    net_floats(s, "c", DIMS(c->add_rows, c->add_columns), c->add);
    return s;
}

static void test_drawn_gemms_against_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 70; seed++) {
        struct gemm c;
        draw_gemm(&c, seed);
        define(&c);
        ops_expect(gemm_net(&c), c.x, c.y, (int)(c.m * c.n), 1e-4);
        float *blocks[] = {c.x, c.w, c.add, c.y};
        for (int i = 0; i < 4; i++)
            free(blocks[i]);
    }
}

/* Expected numbers by hand: rows of 1 2, 3 4 ... times columns of 1 10. */
static void test_matmul_shapes(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "MatMul", 1, DIMS(2, 2, 2), "x w"); /* N-d by a constant matrix */
    net_floats(s, "w", DIMS(2, 3), FLOATS(1, 0, 2, 10, 1, 3));
    ops_expect(s, FLOATS(1, 2, 3, 4, 5, 6, 7, 8), FLOATS(21, 2, 8, 43, 4, 18, 65, 6, 28, 87, 8, 38), 12,
               1e-5);
    s = ops_net(13, "MatMul", 1, DIMS(2, 2, 2), "w x"); /* a constant matrix by N-d */
    net_floats(s, "w", DIMS(1, 2), FLOATS(1, 10));
    ops_expect(s, FLOATS(1, 2, 3, 4, 5, 6, 7, 8), FLOATS(31, 42, 75, 86), 4, 1e-5);
    s = ops_net(13, "MatMul", 1, DIMS(2, 1, 2), "x w"); /* constant matrices, one for each */
    net_floats(s, "w", DIMS(2, 2, 1), FLOATS(1, 10, 100, 1000));
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(21, 4300), 2, 1e-3);
    s = ops_net(13, "MatMul", 1, DIMS(2, 1, 1, 2), "x w"); /* leading dimensions broadcast */
    net_floats(s, "w", DIMS(2, 2, 1), FLOATS(1, 10, 100, 1000));
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(21, 2100, 43, 4300), 4, 1e-3);
}

static void test_matmul_vectors(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "MatMul", 1, DIMS(2), "x w");
    net_floats(s, "w", DIMS(2, 3), FLOATS(1, 0, 2, 10, 1, 3));
    ops_expect(s, FLOATS(1, 2), FLOATS(21, 2, 8), 3, 1e-5);
    s = ops_net(13, "MatMul", 1, DIMS(2, 2), "x w");
    net_floats(s, "w", DIMS(2), FLOATS(1, 10));
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(21, 43), 2, 1e-5);
    s = ops_net(13, "MatMul", 1, DIMS(2), "w x");
    net_floats(s, "w", DIMS(3, 2), FLOATS(1, 10, 2, 20, 3, 30));
    ops_expect(s, FLOATS(1, 2), FLOATS(21, 42, 63), 3, 1e-5);
    ops_expect(ops_net(13, "MatMul", 1, DIMS(3), "x x"), FLOATS(1, 2, 3), FLOATS(14), 1, 1e-5);
    ops_expect_shape(ops_net(13, "MatMul", 1, DIMS(3), "x x"), "scalar");
}

static void test_products_of_activations(void **state)
{
    (void)state;
    ops_expect(ops_net(13, "MatMul", 1, DIMS(2, 2, 2), "x x"), FLOATS(1, 2, 3, 4, 5, 6, 7, 8),
               FLOATS(7, 10, 15, 22, 67, 78, 91, 106), 8, 1e-5);
    struct source *s = ops_net(13, "Gemm", 1, DIMS(2, 2), "x x");
    net_int(s, "transA", 1);
    net_float(s, "alpha", 2);
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(20, 28, 28, 40), 4, 1e-5);
    s = ops_net(13, "Gemm", 1, DIMS(2, 2), "x x x"); /* what is added comes at run time, too */
    net_int(s, "transB", 1);
    net_float(s, "beta", -1);
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(4, 9, 8, 21), 4, 1e-5);
}

static void refused(const char *op, const int64_t *x, const int64_t *w, const int64_t *c, const char *words)
{
    struct source *s = ops_net(13, op, 1, x, c ? "x w c" : "x w");
    net_floats(s, "w", w, NULL);
    if (c)
        net_floats(s, "c", c, NULL);
    ops_refuse(s, words);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("Gemm", DIMS(1, 3), DIMS(2, 3), NULL, "3 columns on the left, 2 rows on the right");
    refused("Gemm", DIMS(1, 3, 1), DIMS(3, 3), NULL, "matrices");
    refused("Gemm", DIMS(1, 3), DIMS(3), NULL, "matrices");
    refused("Gemm", DIMS(1, 3), DIMS(3, 2), DIMS(3), "cannot be added");
    refused("Gemm", DIMS(1, 3), DIMS(3, 2), DIMS(2, 2), "cannot be added");
    refused("MatMul", DIMS(1, 3), DIMS(2, 3), NULL, "do not fit");
    refused("MatMul", DIMS(1, 3), NO_DIMS, NULL, "scalar");
    refused("MatMul", DIMS(2, 1, 3), DIMS(3, 3, 1), NULL, "leading dimensions");
    struct source *s = ops_net(13, "MatMul", 1, DIMS(1, 3), "x w");
    net_ints(s, "w", DIMS(3, 1), NULL);
    ops_refuse(s, "");
}

static struct op_cost cost_of(struct source *s)
{
    struct graph *g = graph_bind(s, 0, NULL);
    assert_non_null(g);
    struct op_cost cost = {0};
    op_costs(g, &g->nodes[0], &cost);
    graph_free(g);
    source_free(s);
    return cost;
}

static void test_cost(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "MatMul", 1, DIMS(1, 5, 3), "x w");
    net_floats(s, "w", DIMS(3, 2), NULL);
    struct op_cost cost = cost_of(s);
    assert_int_equal(cost.macs_per_weight, 5); /* rows of x */
    assert_int_equal(cost.macs_fixed, 0);
    cost = cost_of(ops_net(13, "MatMul", 1, DIMS(4, 5, 5), "x x"));
    assert_int_equal(cost.macs_per_weight, 0);
    assert_int_equal(cost.macs_fixed, 4 * 5 * 5 * 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_gemms_against_the_definition),
        cmocka_unit_test(test_matmul_shapes),
        cmocka_unit_test(test_matmul_vectors),
        cmocka_unit_test(test_products_of_activations),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
