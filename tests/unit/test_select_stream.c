/* engine/prune/select_stream: what is selected in a stream is what is selected from the sorted order, whatever the scores, the amount
 * and what is protected or cut by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/prune/ranking.h"
#include "engine/prune/select_stream.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_source.h"

static const double amounts[] = {0, 1e-4, 0.1, 0.5, 0.77, 0.9, 0.999, 1};
enum { AMOUNTS = sizeof amounts / sizeof *amounts };

/* The same cut, or the same refusal. */
static void same(struct ranking *r, const struct mask *current, const struct guards *g, double amount)
{
    struct cut sorted, streamed;
    struct err e = {0}, f = {0};
    uint32_t *order = r->order;
    assert_non_null(order);
    bool ok = ranking_cut(r, current, g, amount, &sorted, &e);
    r->order = NULL;
    bool again = ranking_cut(r, current, g, amount, &streamed, &f);
    r->order = order;
    assert_true(ok == again);
    if (!ok) {
        assert_string_equal(e.message, f.message);
        assert_string_equal(e.hint, f.hint);
        err_release(&e);
        err_release(&f);
        return;
    }
    char a[HASH_HEX], b[HASH_HEX];
    mask_hash(sorted.mask, a);
    mask_hash(streamed.mask, b);
    assert_string_equal(a, b);
    assert_int_equal(sorted.cut_portions, streamed.cut_portions);
    assert_true(sorted.threshold == streamed.threshold ||
                (isnan(sorted.threshold) && isnan(streamed.threshold)));
    mask_unref(sorted.mask);
    mask_unref(streamed.mask);
}

/* A share of the weights is marked by a 0 bit. */
static struct mask *marks(const struct layers *l, uint64_t seed, double share)
{
    struct mask *m = mask_new(l);
    for (int i = 0; i < l->n; i++)
        for (int64_t k = 0; k < l->v[i].weights; k++)
            if (rng_unit(seed, (uint64_t)i, (uint64_t)k) < share)
                mask_set(m, i, k, false);
    return m;
}

static void compare(const struct model *m)
{
    struct mask *protected_weights = marks(&m->l, 1, 0.05), *hand = marks(&m->l, 2, 0.02);
    const struct guards none = {0}, both = {.protected_weights = protected_weights, .hand_cuts = hand};
    for (int c = 0; c < CRITERIA; c++)
        for (int scope = 0; scope < SCOPES; scope++)
            for (int kept = 0; kept < 2; kept++) {
                const struct strategy s = {.criterion = (enum criterion)c,
                                           .structure = STRUCTURE_WEIGHT,
                                           .scope = (enum scope)scope,
                                           .seed = 7,
                                           .within_kept = kept};
                struct ranking *r = model_rank(m, &s);
                for (int i = 0; i < AMOUNTS; i++) {
                    same(r, kept ? hand : m->all, &none, amounts[i]);
                    same(r, m->all, &both, amounts[i]);
                }
                ranking_free(r);
            }
    mask_unref(protected_weights);
    mask_unref(hand);
}

static void test_drawn_weights(void **state)
{
    struct model m;
    (void)state;
    model_bind(&m, sketch_mlp(3));
    compare(&m);
    model_release(&m);
}

/* Few different numbers, many of each, zeros of both signs among them: ties go in index order. */
static void test_ties(void **state)
{
    enum { ROWS = 70, COLUMNS = 131 };
    static const float few[] = {0.0f, -0.0f, 0.5f, -0.5f, 1e-30f, 3.0f};
    static float values[ROWS * COLUMNS];
    struct model m;
    (void)state;
    for (uint64_t i = 0; i < ROWS * COLUMNS; i++)
        values[i] = few[(int)(rng_unit(5, 0, i) * 6)];
    struct source *s = from_x(DIMS(1, ROWS));
    net_floats(s, "w", DIMS(ROWS, COLUMNS), values);
    net_node(s, "MatMul", "x w", "y");
    model_bind(&m, s);
    compare(&m);
    model_release(&m);
}

static void test_random_graphs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct model m;
        model_bind(&m, sketch_random(seed, 0));
        compare(&m);
        model_release(&m);
    }
}

/* Large models have no order at all. */
static void test_many_weights_are_streamed(void **state)
{
    struct model m;
    const struct strategy s = {.structure = STRUCTURE_WEIGHT};
    (void)state;
    struct source *net = from_x(DIMS(1, 1024));
    net_floats(net, "w", DIMS(1024, 1024), NULL);
    net_node(net, "MatMul", "x w", "y");
    model_bind(&m, net);
    struct ranking *r = model_rank(&m, &s);
    assert_null(r->order);
    struct cut cut = model_cut(r, m.all, &(struct guards){0}, 0.25); /* element i is i: the first ones go */
    assert_int_equal(cut.cut_portions, STREAM_LEAST / 4);
    assert_true(cut.threshold == STREAM_LEAST / 4 - 1);
    for (int64_t k = 0; k < STREAM_LEAST; k++)
        assert_true(mask_weight(cut.mask, 0, k) == (k >= STREAM_LEAST / 4));
    mask_unref(cut.mask);
    ranking_free(r);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_weights),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_many_weights_are_streamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
