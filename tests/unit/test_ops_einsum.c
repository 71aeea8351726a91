/* op_einsum and op_ml: products named by letters, what counts as multiply-adds, and scikit-learn's operators. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "engine/graph/source.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

#define FOUR FLOATS(1, 2, 3, 4)

static struct source *einsum(const char *equation, const int64_t *dims, const char *inputs)
{
    struct source *s = ops_net(12, "Einsum", 1, dims, inputs);
    net_text(s, "equation", equation);
    return s;
}

static void test_one_operand(void **state)
{
    (void)state;
    ops_expect(einsum("ij->ji", DIMS(2, 2), "x"), FOUR, FLOATS(1, 3, 2, 4), 4, 0);
    ops_expect(einsum("ij->i", DIMS(2, 2), "x"), FOUR, FLOATS(3, 7), 2, 0);
    ops_expect(einsum("...ii->...i", DIMS(1, 2, 2), "x"), FOUR, FLOATS(1, 4), 2, 0);
    ops_expect(einsum("ba", DIMS(2, 2), "x"), FOUR, FLOATS(1, 3, 2, 4), 4, 0); /* letters in order */
    ops_expect(einsum("ii", DIMS(2, 2), "x"), FOUR, FLOATS(5), 1, 0);
}

static void test_two_operands(void **state)
{
    (void)state;
    ops_expect(einsum("ij,jk->ik", DIMS(2, 2), "x x"), FOUR, FLOATS(7, 10, 15, 22), 4, 1e-6);
    ops_expect(einsum("ij, kj -> ik", DIMS(2, 2), "x x"), FOUR, FLOATS(5, 11, 11, 25), 4, 1e-6);
    ops_expect(einsum("i,j->ij", DIMS(2), "x x"), FLOATS(2, 3), FLOATS(4, 6, 6, 9), 4, 1e-6);
    ops_expect(einsum("...ij,...jk->...ik", DIMS(1, 2, 2), "x x"), FOUR, FLOATS(7, 10, 15, 22), 4, 1e-6);
}

static void test_with_a_constant(void **state)
{
    (void)state;
    struct source *s = einsum("bi,io->bo", DIMS(1, 2), "x c");
    net_floats(s, "c", DIMS(2, 3), FLOATS(1, 2, 3, 10, 20, 30));
    ops_expect(s, FLOATS(1, 2), FLOATS(21, 42, 63), 3, 1e-5);
    s = einsum("oi,bi->bo", DIMS(1, 2), "c x");
    net_floats(s, "c", DIMS(3, 2), FLOATS(1, 2, 3, 4, 5, 6));
    ops_expect(s, FLOATS(1, 10), FLOATS(21, 43, 65), 3, 1e-5);
}

/* q k^T of 3 positions, 2 heads, 4 dimensions each: 2 * 3 * 3 * 4. */
static void test_products_of_activations_count(void **state)
{
    (void)state;
    struct source *s = einsum("bqhd,bkhd->bhqk", DIMS(1, 3, 2, 4), "x x");
    struct graph *g = graph_bind(s, 0, NULL);
    struct op_cost cost = {0};
    g->nodes[0].op->cost(g, &g->nodes[0], &cost);
    assert_int_equal(cost.macs_fixed, 72);
    assert_int_equal(cost.macs_per_weight, 0);
    graph_free(g);
    source_free(s);
}

static void test_einsum_refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {"ij,jk->iz", "ij,j->ii", "ij",         "i,jk->ik",     "ij,jk,kl->il",
                                        "i2,jk->ik", "",         "ijk,jk->ik", "....ij,jk->ik"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ops_refuse(einsum(wrong[i], DIMS(2, 2), "x x"), "does not fit its inputs");
    ops_refuse(einsum("ij,jk->ik", DIMS(2, 3), "x x"), "does not fit its inputs");
    ops_refuse(einsum("i,i,i->i", DIMS(2), "x x x"), "more than two operands");
    ops_refuse(einsum("abc,def->abcdef", DIMS(999, 999, 999), "x x"), "too large");
    struct source *s = einsum("ab,cd->", DIMS(32767, 32767), "x x");
    ops_refuse(s, "too much work");
}

static struct source *learned(const char *op, const int64_t *dims, const char *inputs)
{
    struct source *s = ops_net(15, op, 1, dims, inputs);
    net_domain(s, "ai.onnx.ml");
    return s;
}

static void test_scaler(void **state)
{
    (void)state;
    struct source *s = learned("Scaler", DIMS(1, 2), "x");
    net_float_list(s, "offset", 2, FLOATS(1, 2));
    net_float_list(s, "scale", 2, FLOATS(10, 0.5f));
    ops_expect(s, FLOATS(3, 4), FLOATS(20, 1), 2, 0);
    s = learned("Scaler", DIMS(1, 3), "x");
    net_float_list(s, "offset", 2, FLOATS(1, 2));
    net_float_list(s, "scale", 1, FLOATS(10));
    ops_refuse(s, "'offset' holds 2 numbers for 3 features");
    ops_refuse(learned("Scaler", DIMS(1, 3), "x"), "offset");
}

static void normalizer(const char *norm, const float *y)
{
    struct source *s = learned("Normalizer", DIMS(1, 2), "x");
    net_text(s, "norm", norm);
    ops_expect(s, FLOATS(-3, 4), y, 2, 1e-6);
}

static void test_normalizer(void **state)
{
    (void)state;
    normalizer("MAX", FLOATS(-0.75f, 1));
    normalizer("L1", FLOATS(-3.0f / 7, 4.0f / 7));
    normalizer("L2", FLOATS(-0.6f, 0.8f));
    ops_expect(learned("Normalizer", DIMS(1, 2), "x"), FLOATS(0, 0), FLOATS(0, 0), 2, 0);
    struct source *s = learned("Normalizer", DIMS(1, 2), "x");
    net_text(s, "norm", "L7");
    ops_refuse(s, "'L7' is not known");
}

static void test_columns(void **state)
{
    (void)state;
    struct source *s = learned("ArrayFeatureExtractor", DIMS(2, 2), "x c");
    net_ints(s, "c", DIMS(1, 3), INTS(1, 0, 1));
    ops_expect(s, FOUR, FLOATS(2, 1, 2, 4, 3, 4), 6, 0);
    static const int32_t hostile[] = {2, -1, INT32_MAX};
    for (int i = 0; i < 3; i++) {
        s = learned("ArrayFeatureExtractor", DIMS(2, 2), "x c");
        net_ints(s, "c", DIMS(1), &hostile[i]);
        ops_refuse(s, "does not exist among 2");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_operand),     cmocka_unit_test(test_two_operands),
        cmocka_unit_test(test_with_a_constant), cmocka_unit_test(test_products_of_activations_count),
        cmocka_unit_test(test_einsum_refuses),  cmocka_unit_test(test_scaler),
        cmocka_unit_test(test_normalizer),      cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
