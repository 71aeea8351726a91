/* prune: exact counts and their order. What is done by hand is in test_guards.c, what is computed with in test_overrides.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/num.h"
#include "engine/base/rng.h"
#include "engine/prune/prune.h"
#include "engine/prune/score.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_source.h"
#include "engine/prune/effect.h"

static const double amounts[] = {0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1};
enum { AMOUNTS = sizeof amounts / sizeof *amounts };

/* 784-300-100-10: round-half-even of amount x 266,200 by hand; every amount here is whole. */
static void test_mlp_counts(void **state)
{
    (void)state;
    static const int64_t want[] = {266200, 239580, 186340, 133100, 79860, 53240, 26620, 13310, 5324, 0};
    struct model m;
    model_bind(&m, sketch_mlp(3));
    for (int c = 0; c < CRITERIA; c++) {
        struct strategy s = {.criterion = (enum criterion)c, .seed = 1};
        struct ranking *r = model_rank(&m, &s);
        for (int i = 0; i < AMOUNTS; i++) {
            struct cut out = model_cut(r, m.all, NULL, amounts[i]);
            assert_int_equal(out.portions, 266200);
            assert_int_equal(out.cut_portions, 266200 - want[i]);
            assert_int_equal(model_kept(&m, out.mask), want[i]);
            mask_unref(out.mask);
        }
        ranking_free(r);
    }
    model_release(&m);
}

static void test_layer_scope_counts_each_layer(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    struct strategy s = {.scope = SCOPE_LAYER};
    struct ranking *r = model_rank(&m, &s);
    struct cut out = model_cut(r, m.all, NULL, 0.98);
    assert_int_equal(mask_count(out.mask, 0), 4704);
    assert_int_equal(mask_count(out.mask, 1), 600);
    assert_int_equal(mask_count(out.mask, 2), 20);
    mask_unref(out.mask);
    ranking_free(r);
    model_release(&m);
}

/* The weights that go are the smallest: no kept one is smaller than the largest cut, which is the threshold. */
static void test_smallest_go_first(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(5));
    struct strategy s = {0};
    struct ranking *r = model_rank(&m, &s);
    struct cut out = model_cut(r, m.all, NULL, 0.7);
    double largest_cut = 0, smallest_kept = 1e9;
    for (int i = 0; i < m.l.n; i++)
        for (int64_t k = 0; k < m.l.v[i].weights; k++) {
            double w = fabs((double)layer_weights(m.g, &m.l.v[i])[k]);
            if (mask_weight(out.mask, i, k))
                smallest_kept = w < smallest_kept ? w : smallest_kept;
            else
                largest_cut = w > largest_cut ? w : largest_cut;
        }
    assert_true(largest_cut <= smallest_kept);
    assert_true(out.threshold == largest_cut);
    mask_unref(out.mask);
    ranking_free(r);
    model_release(&m);
}

/* Ties: everything equal. Thresholds would cut all or nothing; ranks cut exactly, in index order, halves to even. */
static void test_ties_go_in_index_order(void **state)
{
    (void)state;
    static const float ones[12] = {1, -1, 1, 1, -1, 1, 1, 1, 1, 1, 1, -1};
    struct model m;
    model_tiny(&m, ones, ones);
    for (int scope = 0; scope < SCOPES; scope++) {
        struct strategy s = {.scope = (enum scope)scope};
        struct ranking *r = model_rank(&m, &s);
        for (int k = 0; k <= 36; k++) {
            struct cut out = model_cut(r, m.all, NULL, k / 36.0);
            int64_t a = (int64_t)nearbyint(k / 36.0 * 12), b = (int64_t)nearbyint(k / 36.0 * 6);
            int64_t total = (int64_t)nearbyint(k / 36.0 * 18);
            if (scope == SCOPE_GLOBAL) {
                a = total < 12 ? total : 12;
                b = total - a;
            }
            assert_int_equal(out.cut_portions, a + b);
            for (int i = 0; i < 12; i++)
                assert_int_equal(mask_weight(out.mask, 0, i), i >= a);
            for (int i = 0; i < 6; i++)
                assert_int_equal(mask_weight(out.mask, 1, i), i >= b);
            mask_unref(out.mask);
        }
        ranking_free(r);
    }
    model_release(&m);
}

static void test_zero_signs_and_small_numbers_rank_by_magnitude(void **state)
{
    (void)state;
    static const float w[12] = {-0.0f, 1e-45f, -1e-38f, 3, -2, 2, 1e38f, -1e38f, 0.5f, 0.25f, -0.125f, 0};
    static const int order[12] = {0, 11, 1, 2, 10, 9, 8, 4, 5, 3, 6, 7};
    struct model m;
    model_tiny(&m, w, w);
    bool only_a[2] = {true, false};
    struct strategy s = {.in_layers = only_a};
    struct ranking *r = model_rank(&m, &s);
    for (int k = 0; k <= 12; k++) {
        struct cut out = model_cut(r, m.all, NULL, k / 12.0);
        for (int i = 0; i < 12; i++)
            assert_int_equal(mask_weight(out.mask, 0, order[i]), i >= k);
        assert_int_equal(out.portions, 12);
        assert_int_equal(mask_count(out.mask, 1), 6);
        mask_unref(out.mask);
    }
    ranking_free(r);
    model_release(&m);
}

/* The sort against counting, on numbers that agree in all but their last bits, ties, and both signs. */
static void test_sort_is_stable_and_exact(void **state)
{
    (void)state;
    enum { N = 300 };
    double scores[N];
    uint32_t ids[N];
    for (uint64_t round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < N; i++) {
            double small = (double)(rng_u64(5, round, i) % 40);
            scores[i] = round == 0   ? 1 + small * 0x1p-52
                        : round == 1 ? small - 20
                        : round == 2 ? 7
                                     : small * 1e-300;
            ids[i] = i * 3;
        }
        score_sort(scores, ids, N);
        for (uint32_t i = 0; i < N; i++) {
            uint32_t rank = 0;
            for (uint32_t k = 0; k < N; k++)
                rank += scores[k] < scores[i] || (scores[k] == scores[i] && k < i);
            assert_int_equal(ids[rank], i * 3);
        }
    }
}

/* Laws over random networks and all strategies: exact counts, larger amounts cut a superset, the mask before stays as it was,
 * the same command gives the same mask, every layer keeps a unit. */
static void test_laws_on_random_networks(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct model m;
        model_bind(&m, sketch_random(seed, seed % 2));
        char before[HASH_HEX], after[HASH_HEX], again[HASH_HEX];
        mask_hash(m.all, before);
        for (int way = 0; way < CRITERIA * STRUCTURES * SCOPES * NORMS; way++) {
            struct strategy s = {.criterion = (enum criterion)(way & 1),
                                 .structure = (enum structure)(way >> 1 & 1),
                                 .scope = (enum scope)(way >> 2 & 1),
                                 .norm = (enum norm)(way >> 3 & 1),
                                 .seed = seed};
            struct err e = {0};
            struct ranking *r = ranking_new(m.g, &m.l, &m.c, NULL, &s, &e);
            if (!r) {
                assert_int_equal(e.code, ERR_PINNED);
                err_release(&e);
                continue;
            }
            struct mask *last = mask_ref(m.all);
            for (int i = 0; i < AMOUNTS; i++) {
                struct cut out;
                if (!ranking_cut(r, last, NULL, amounts[i], &out, &e)) {
                    assert_int_equal(e.code, ERR_UNREACHABLE);
                    assert_int_equal(s.structure, STRUCTURE_UNIT);
                    err_release(&e);
                    break;
                }
                if (s.scope == SCOPE_GLOBAL)
                    assert_int_equal(out.cut_portions, num_portion(amounts[i], out.portions));
                if (s.structure == STRUCTURE_WEIGHT)
                    assert_int_equal(model_kept(&m, out.mask), m.l.prunable - out.cut_portions);
                assert_true(model_superset(&m, last, out.mask));
                for (int k = 0; s.structure == STRUCTURE_UNIT && k < m.l.n; k++)
                    assert_true(mask_count(out.mask, k) > 0);
                struct cut twice = model_cut(r, m.all, NULL, amounts[i]);
                mask_hash(out.mask, after);
                mask_hash(twice.mask, again);
                assert_string_equal(after, again);
                mask_unref(twice.mask);
                mask_unref(last);
                last = out.mask;
            }
            mask_unref(last);
            ranking_free(r);
        }
        mask_hash(m.all, after);
        assert_string_equal(before, after);
        model_release(&m);
    }
}

/* Rows of a: norms 5, 1, 3 (l2); b reads them. */
static const float rows[12] = {3, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, -3}, reads[6] = {1, 2, 3, 4, 5, 6};

static void test_units_go_by_their_norm(void **state)
{
    (void)state;
    struct model m;
    model_tiny(&m, rows, reads);
    struct strategy s = {.structure = STRUCTURE_UNIT};
    struct ranking *r = model_rank(&m, &s);
    struct cut out = model_cut(r, m.all, NULL, 1 / 3.0);
    assert_int_equal(out.portions, 3); /* b's units are outputs: pinned */
    assert_int_equal(out.cut_portions, 1);
    assert_true(mask_removed(out.mask, 0, 1));
    assert_true(fabs(out.threshold - 1 / 3.0) < 1e-12); /* divided by the layer's mean, 3 */
    assert_int_equal(model_kept(&m, out.mask), 8 + 4);
    assert_int_equal(mask_count(out.mask, 1), 6); /* its own bits stay: the column is read as cut */
    mask_unref(out.mask);
    assert_int_equal(model_refusal(r, m.all, NULL, 1), ERR_UNREACHABLE); /* one stays */
    ranking_free(r);
    model_release(&m);
}

static void test_l1_and_l2_differ(void **state)
{
    (void)state;
    static const float w[12] = {2, 2, 2, 0, 5, 0, 0, 0, 9, 9, 9, 9}; /* l2: 3.46 5; l1: 6 5 */
    struct model m;
    model_tiny(&m, w, reads);
    for (int n = 0; n < NORMS; n++) {
        struct strategy s = {.structure = STRUCTURE_UNIT, .norm = (enum norm)n, .scope = SCOPE_LAYER};
        struct ranking *r = model_rank(&m, &s);
        struct cut out = model_cut(r, m.all, NULL, 0.3);
        assert_true(mask_removed(out.mask, 0, n == NORM_L2 ? 0 : 1));
        mask_unref(out.mask);
        ranking_free(r);
    }
    model_release(&m);
}

static void test_a_coupled_set_is_one_portion(void **state)
{
    (void)state;
    struct model m;
    model_paired(&m);
    for (int scope = 0; scope < SCOPES; scope++) {
        struct strategy s = {.structure = STRUCTURE_UNIT, .scope = (enum scope)scope};
        struct ranking *r = model_rank(&m, &s);
        struct cut out = model_cut(r, m.all, NULL, 0.5);
        assert_int_equal(out.portions, 2);
        /* layer scope: means 5 and 3; global: a's mean is 3, b's 5: (1/3 + 9/5)/2 = 1.07 and (5/3 + 1/5)/2 = 0.93 */
        assert_true(mask_removed(out.mask, 0, 1));
        assert_true(mask_removed(out.mask, 1, 1));
        assert_true(fabs(out.threshold - (scope == SCOPE_LAYER ? 3 : 14 / 15.0)) < 1e-12);
        mask_unref(out.mask);
        ranking_free(r);
    }
    model_release(&m);
}

static void test_sets_that_reach_into_other_layers_stay(void **state)
{
    (void)state;
    struct model m;
    model_paired(&m);
    bool only_a[3] = {true, false, false};
    struct strategy s = {.structure = STRUCTURE_UNIT, .in_layers = only_a};
    struct err e = {0};
    assert_null(ranking_new(m.g, &m.l, &m.c, NULL, &s, &e));
    assert_int_equal(e.code, ERR_PINNED);
    assert_non_null(strstr(e.message, "a/0 and b/0 belong together because of Add_2"));
    err_release(&e);
    model_release(&m);
}

static void test_layers_limit_the_cut_and_the_denominator(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    bool second[3] = {false, true, false};
    struct strategy all = {0}, some = {.in_layers = second};
    struct ranking *a = model_rank(&m, &all), *b = model_rank(&m, &some);
    struct cut first = model_cut(a, m.all, NULL, 0.5), then = model_cut(b, first.mask, NULL, 0.25);
    assert_int_equal(then.portions, 30000);
    assert_int_equal(mask_count(then.mask, 1), 22500);
    assert_ptr_equal(mask_words(then.mask, 0), mask_words(first.mask, 0));
    assert_ptr_equal(mask_words(then.mask, 2), mask_words(first.mask, 2));
    mask_unref(first.mask);
    mask_unref(then.mask);
    ranking_free(a);
    ranking_free(b);
    model_release(&m);
}

/* Weights of fc2 that read removed units of fc1 are gone already and count. */
static void test_columns_of_removed_units_count_as_cut(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    bool first[3] = {true, false, false}, second[3] = {false, true, false};
    struct strategy units = {.structure = STRUCTURE_UNIT, .in_layers = first},
                    weights = {.in_layers = second};
    struct ranking *a = model_rank(&m, &units), *b = model_rank(&m, &weights);
    struct cut half = model_cut(a, m.all, NULL, 0.5), more = model_cut(b, half.mask, NULL, 0.6);
    int64_t by_layer[3];
    effect_kept(&m.l, &m.c, more.mask, by_layer);
    assert_int_equal(by_layer[0], 150 * 784);
    assert_int_equal(by_layer[1], 12000);
    assert_int_equal(more.cut_portions, 18000);
    assert_int_equal(model_refusal(b, half.mask, NULL, 0.4), ERR_UNREACHABLE);
    mask_unref(half.mask);
    mask_unref(more.mask);
    ranking_free(a);
    ranking_free(b);
    model_release(&m);
}

static void test_amounts_out_of_range_are_usage(void **state)
{
    (void)state;
    struct model m;
    model_tiny(&m, rows, reads);
    struct strategy s = {0};
    struct ranking *r = model_rank(&m, &s);
    assert_int_equal(model_refusal(r, m.all, NULL, -0.1), ERR_USAGE);
    assert_int_equal(model_refusal(r, m.all, NULL, 1.1), ERR_USAGE);
    assert_int_equal(model_refusal(r, m.all, NULL, NAN), ERR_USAGE);
    ranking_free(r);
    model_release(&m);
}

static void test_random_depends_on_the_seed_alone(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    char hex[3][HASH_HEX];
    for (int i = 0; i < 3; i++) {
        struct strategy s = {.criterion = CRITERION_RANDOM, .seed = i == 2 ? 8 : 7};
        struct ranking *r = model_rank(&m, &s);
        struct cut out = model_cut(r, m.all, NULL, 0.5);
        mask_hash(out.mask, hex[i]);
        mask_unref(out.mask);
        ranking_free(r);
    }
    assert_string_equal(hex[0], hex[1]);
    assert_string_not_equal(hex[0], hex[2]);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mlp_counts),
        cmocka_unit_test(test_layer_scope_counts_each_layer),
        cmocka_unit_test(test_smallest_go_first),
        cmocka_unit_test(test_ties_go_in_index_order),
        cmocka_unit_test(test_zero_signs_and_small_numbers_rank_by_magnitude),
        cmocka_unit_test(test_sort_is_stable_and_exact),
        cmocka_unit_test(test_laws_on_random_networks),
        cmocka_unit_test(test_units_go_by_their_norm),
        cmocka_unit_test(test_l1_and_l2_differ),
        cmocka_unit_test(test_a_coupled_set_is_one_portion),
        cmocka_unit_test(test_sets_that_reach_into_other_layers_stay),
        cmocka_unit_test(test_layers_limit_the_cut_and_the_denominator),
        cmocka_unit_test(test_columns_of_removed_units_count_as_cut),
        cmocka_unit_test(test_amounts_out_of_range_are_usage),
        cmocka_unit_test(test_random_depends_on_the_seed_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
