/* prune: exact counts, order, guards, targets, and the constants to compute with. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/rng.h"
#include "engine/prune/guards.h"
#include "engine/prune/prune.h"
#include "engine/prune/score.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_source.h"

struct model {
    struct source *s;
    struct graph *g;
    struct layers l;
    struct coupling c;
    struct mask *all; /* everything kept */
};

/* Masks point at the layers, so that a model stays where it is. */
static void bind(struct model *m, struct source *s)
{
    struct err e = {0};
    *m = (struct model){.s = s, .g = graph_bind(s, 0, &e)};
    if (!m->g || !layers_find(m->g, &m->l, &e) || !coupling_find(m->g, &m->l, &m->c, &e))
        fail_msg("%s", e.message);
    m->all = mask_new(&m->l);
}

static void unbind(struct model *m)
{
    mask_unref(m->all);
    coupling_release(&m->c);
    layers_release(&m->l);
    graph_free(m->g);
    source_free(m->s);
}

static struct ranking *rank(const struct model *m, const struct strategy *s)
{
    struct err e = {0};
    struct ranking *r = ranking_new(m->g, &m->l, &m->c, NULL, s, &e);
    if (!r)
        fail_msg("%s", e.message);
    return r;
}

static struct cut cut_from(const struct ranking *r, const struct mask *current, const struct guards *g,
                           double amount)
{
    struct cut out;
    struct err e = {0};
    if (!ranking_cut(r, current, g, amount, &out, &e))
        fail_msg("%s", e.message);
    return out;
}

static enum err_code refusal(const struct ranking *r, const struct mask *current, const struct guards *g,
                             double amount)
{
    struct cut out;
    struct err e = {0};
    assert_false(ranking_cut(r, current, g, amount, &out, &e));
    enum err_code code = e.code;
    assert_non_null(e.hint);
    err_release(&e);
    return code;
}

static int64_t kept(const struct model *m, const struct mask *mask)
{
    return coupling_kept(m->g, &m->l, &m->c, mask, NULL);
}

static const double amounts[] = {0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1};
enum { AMOUNTS = sizeof amounts / sizeof *amounts };

/* 784-300-100-10: round-half-even of amount x 266,200 by hand; every amount here is whole. */
static void test_mlp_counts(void **state)
{
    (void)state;
    static const int64_t want[] = {266200, 239580, 186340, 133100, 79860, 53240, 26620, 13310, 5324, 0};
    struct model m;
    bind(&m, sketch_mlp(3));
    for (int c = 0; c < CRITERIA; c++) {
        struct strategy s = {.criterion = (enum criterion)c, .seed = 1};
        struct ranking *r = rank(&m, &s);
        for (int i = 0; i < AMOUNTS; i++) {
            struct cut out = cut_from(r, m.all, NULL, amounts[i]);
            assert_int_equal(out.portions, 266200);
            assert_int_equal(out.cut_portions, 266200 - want[i]);
            assert_int_equal(kept(&m, out.mask), want[i]);
            mask_unref(out.mask);
        }
        ranking_free(r);
    }
    unbind(&m);
}

static void test_layer_scope_counts_each_layer(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    struct strategy s = {.scope = SCOPE_LAYER};
    struct ranking *r = rank(&m, &s);
    struct cut out = cut_from(r, m.all, NULL, 0.98);
    assert_int_equal(mask_count(out.mask, 0), 4704);
    assert_int_equal(mask_count(out.mask, 1), 600);
    assert_int_equal(mask_count(out.mask, 2), 20);
    mask_unref(out.mask);
    ranking_free(r);
    unbind(&m);
}

/* The weights that go are the smallest: no kept one is smaller than the largest cut, which is the threshold. */
static void test_smallest_go_first(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(5));
    struct strategy s = {0};
    struct ranking *r = rank(&m, &s);
    struct cut out = cut_from(r, m.all, NULL, 0.7);
    double largest_cut = 0, smallest_kept = 1e9;
    for (int i = 0; i < m.l.n; i++)
        for (int64_t k = 0; k < m.l.v[i].weights; k++) {
            double w = fabs((double)layer_weights(m.g, &m.l.v[i])[k]);
            if (mask_kept(out.mask, i, k))
                smallest_kept = w < smallest_kept ? w : smallest_kept;
            else
                largest_cut = w > largest_cut ? w : largest_cut;
        }
    assert_true(largest_cut <= smallest_kept);
    assert_true(out.threshold == largest_cut);
    mask_unref(out.mask);
    ranking_free(r);
    unbind(&m);
}

static void tiny(struct model *m, const float *first, const float *second)
{
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 4));
    net_floats(s, "a.weight", DIMS(3, 4), first);
    net_floats(s, "b.weight", DIMS(2, 3), second);
    net_node(s, "Gemm", "x a.weight", "h");
    net_int(s, "transB", 1);
    net_node(s, "Gemm", "h b.weight", "y");
    net_int(s, "transB", 1);
    net_output(s, "y", 1);
    bind(m, s);
}

/* Ties: everything equal. Thresholds would cut all or nothing; ranks cut exactly, in index order, halves to even. */
static void test_ties_go_in_index_order(void **state)
{
    (void)state;
    static const float ones[12] = {1, -1, 1, 1, -1, 1, 1, 1, 1, 1, 1, -1};
    struct model m;
    tiny(&m, ones, ones);
    for (int scope = 0; scope < SCOPES; scope++) {
        struct strategy s = {.scope = (enum scope)scope};
        struct ranking *r = rank(&m, &s);
        for (int k = 0; k <= 36; k++) {
            struct cut out = cut_from(r, m.all, NULL, k / 36.0);
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
    unbind(&m);
}

static void test_zero_signs_and_small_numbers_rank_by_magnitude(void **state)
{
    (void)state;
    static const float w[12] = {-0.0f, 1e-45f, -1e-38f, 3, -2, 2, 1e38f, -1e38f, 0.5f, 0.25f, -0.125f, 0};
    static const int order[12] = {0, 11, 1, 2, 10, 9, 8, 4, 5, 3, 6, 7};
    struct model m;
    tiny(&m, w, w);
    bool only_a[2] = {true, false};
    struct strategy s = {.in_layers = only_a};
    struct ranking *r = rank(&m, &s);
    for (int k = 0; k <= 12; k++) {
        struct cut out = cut_from(r, m.all, NULL, k / 12.0);
        for (int i = 0; i < 12; i++)
            assert_int_equal(mask_weight(out.mask, 0, order[i]), i >= k);
        assert_int_equal(out.portions, 12);
        assert_int_equal(mask_count(out.mask, 1), 6);
        mask_unref(out.mask);
    }
    ranking_free(r);
    unbind(&m);
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

static bool superset(const struct model *m, const struct mask *small, const struct mask *large)
{
    for (int i = 0; i < m->l.n; i++) {
        for (int64_t k = 0; k < m->l.v[i].weights; k++)
            if (!mask_weight(small, i, k) && mask_weight(large, i, k))
                return false;
        for (int64_t u = 0; u < m->l.v[i].units; u++)
            if (mask_removed(small, i, u) && !mask_removed(large, i, u))
                return false;
    }
    return true;
}

/* Laws over random networks and all strategies: exact counts, larger amounts cut a superset, the mask before stays as it was,
 * the same command gives the same mask, every layer keeps a unit. */
static void test_laws_on_random_networks(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct model m;
        bind(&m, sketch_random(seed, seed % 2));
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
                    assert_int_equal(kept(&m, out.mask), m.l.prunable - out.cut_portions);
                assert_true(superset(&m, last, out.mask));
                for (int k = 0; s.structure == STRUCTURE_UNIT && k < m.l.n; k++)
                    assert_true(mask_count(out.mask, k) > 0);
                struct cut twice = cut_from(r, m.all, NULL, amounts[i]);
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
        unbind(&m);
    }
}

/* Rows of a: norms 5, 1, 3 (l2); b reads them. */
static const float rows[12] = {3, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, -3}, reads[6] = {1, 2, 3, 4, 5, 6};

static void test_units_go_by_their_norm(void **state)
{
    (void)state;
    struct model m;
    tiny(&m, rows, reads);
    struct strategy s = {.structure = STRUCTURE_UNIT};
    struct ranking *r = rank(&m, &s);
    struct cut out = cut_from(r, m.all, NULL, 1 / 3.0);
    assert_int_equal(out.portions, 3); /* b's units are outputs: pinned */
    assert_int_equal(out.cut_portions, 1);
    assert_true(mask_removed(out.mask, 0, 1));
    assert_true(fabs(out.threshold - 1 / 3.0) < 1e-12); /* divided by the layer's mean, 3 */
    assert_int_equal(kept(&m, out.mask), 8 + 4);
    assert_int_equal(mask_count(out.mask, 1), 6); /* its own bits stay: the column is read as cut */
    mask_unref(out.mask);
    assert_int_equal(refusal(r, m.all, NULL, 1), ERR_UNREACHABLE); /* one stays */
    ranking_free(r);
    unbind(&m);
}

static void test_l1_and_l2_differ(void **state)
{
    (void)state;
    static const float w[12] = {2, 2, 2, 0, 5, 0, 0, 0, 9, 9, 9, 9}; /* l2: 3.46 5; l1: 6 5 */
    struct model m;
    tiny(&m, w, reads);
    for (int n = 0; n < NORMS; n++) {
        struct strategy s = {.structure = STRUCTURE_UNIT, .norm = (enum norm)n, .scope = SCOPE_LAYER};
        struct ranking *r = rank(&m, &s);
        struct cut out = cut_from(r, m.all, NULL, 0.3);
        assert_true(mask_removed(out.mask, 0, n == NORM_L2 ? 0 : 1));
        mask_unref(out.mask);
        ranking_free(r);
    }
    unbind(&m);
}

/* a (2 units) and c (5 units) meet; b is apart. One portion a pair, scored by the mean over the pair's layers. */
static void paired(struct model *m)
{
    static const float a[6] = {1, 0, 0, 5, 0, 0}, b[6] = {9, 0, 0, 1, 0, 0}, c[4] = {1, 1, 1, 1};
    struct source *s = net_new(17);
    net_input(s, "x", 1, DIMS(FREE, 3));
    net_floats(s, "a.weight", DIMS(2, 3), a);
    net_floats(s, "b.weight", DIMS(2, 3), b);
    net_floats(s, "c.weight", DIMS(2, 2), c);
    net_node(s, "Gemm", "x a.weight", "p");
    net_int(s, "transB", 1);
    net_node(s, "Gemm", "x b.weight", "q");
    net_int(s, "transB", 1);
    net_node(s, "Add", "p q", "r");
    net_node(s, "Gemm", "r c.weight", "y");
    net_int(s, "transB", 1);
    net_output(s, "y", 1);
    bind(m, s);
}

static void test_a_coupled_set_is_one_portion(void **state)
{
    (void)state;
    struct model m;
    paired(&m);
    for (int scope = 0; scope < SCOPES; scope++) {
        struct strategy s = {.structure = STRUCTURE_UNIT, .scope = (enum scope)scope};
        struct ranking *r = rank(&m, &s);
        struct cut out = cut_from(r, m.all, NULL, 0.5);
        assert_int_equal(out.portions, 2);
        /* layer scope: means 5 and 3; global: a's mean is 3, b's 5: (1/3 + 9/5)/2 = 1.07 and (5/3 + 1/5)/2 = 0.93 */
        assert_true(mask_removed(out.mask, 0, 1));
        assert_true(mask_removed(out.mask, 1, 1));
        assert_true(fabs(out.threshold - (scope == SCOPE_LAYER ? 3 : 14 / 15.0)) < 1e-12);
        mask_unref(out.mask);
        ranking_free(r);
    }
    unbind(&m);
}

static void test_sets_that_reach_into_other_layers_stay(void **state)
{
    (void)state;
    struct model m;
    paired(&m);
    bool only_a[3] = {true, false, false};
    struct strategy s = {.structure = STRUCTURE_UNIT, .in_layers = only_a};
    struct err e = {0};
    assert_null(ranking_new(m.g, &m.l, &m.c, NULL, &s, &e));
    assert_int_equal(e.code, ERR_PINNED);
    assert_non_null(strstr(e.message, "a/0 and b/0 belong together because of Add_2"));
    err_release(&e);
    unbind(&m);
}

static void test_protected_weights_are_skipped_and_counted(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    struct strategy s = {0};
    struct ranking *r = rank(&m, &s);
    struct guards g = {.protected_weights = mask_new(&m.l)};
    guard_protect(&m.l, &(struct place){2, -1, -1, -1}, true, g.protected_weights);
    guard_protect(&m.l, &(struct place){0, 5, -1, -1}, true, g.protected_weights);
    guard_protect(&m.l, &(struct place){0, 7, 9, -1}, true, g.protected_weights);
    assert_true(guard_protect_input(m.g, &m.l, 0, 100, true, g.protected_weights, NULL));
    struct cut out = cut_from(r, m.all, &g, 0.98);
    assert_int_equal(out.cut_portions, 260876);
    assert_int_equal(kept(&m, out.mask), 5324);
    assert_int_equal(mask_count(out.mask, 2), 1000);
    for (int i = 0; i < 784; i++)
        assert_true(mask_kept(out.mask, 0, 5 * 784 + i));
    for (int u = 0; u < 300; u++)
        assert_true(mask_kept(out.mask, 0, u * 784 + 100));
    assert_true(mask_kept(out.mask, 0, 7 * 784 + 9));
    mask_unref(out.mask);
    /* protected: 1000 + 784 + 300 + 1 - 1 (unit 5's link to input 100 is both) */
    assert_int_equal(refusal(r, m.all, &g, 1), ERR_UNREACHABLE);
    out = cut_from(r, m.all, &g, (266200 - 2084) / 266200.0);
    assert_int_equal(kept(&m, out.mask), 2084);
    mask_unref(out.mask);
    guard_protect(&m.l, &(struct place){2, -1, -1, -1}, false, g.protected_weights);
    out = cut_from(r, m.all, &g, (266200 - 1084) / 266200.0);
    assert_int_equal(mask_count(out.mask, 2), 0);
    mask_unref(out.mask);
    mask_unref(g.protected_weights);
    ranking_free(r);
    unbind(&m);
}

static void test_protected_links_keep_both_their_units(void **state)
{
    (void)state;
    struct model m;
    tiny(&m, rows, reads);
    struct strategy s = {.structure = STRUCTURE_UNIT};
    struct ranking *r = rank(&m, &s);
    struct guards g = {.protected_weights = mask_new(&m.l)};
    guard_protect(&m.l, &(struct place){1, 0, 1, -1}, true,
                  g.protected_weights); /* b/0 reads a/1, the weakest */
    struct cut out = cut_from(r, m.all, &g, 1 / 3.0);
    assert_false(mask_removed(out.mask, 0, 1));
    assert_true(mask_removed(out.mask, 0, 2));
    mask_unref(out.mask);
    mask_unref(g.protected_weights);
    ranking_free(r);
    unbind(&m);
}

static void test_hand_cuts_count(void **state)
{
    (void)state;
    struct model m;
    tiny(&m, rows, reads);
    struct strategy s = {0};
    struct ranking *r = rank(&m, &s);
    struct guards g = {.hand_cuts = mask_new(&m.l)};
    assert_true(
        guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){1, 1, 2, -1}, g.hand_cuts, NULL)); /* weight 6 */
    assert_true(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 0, -1, -1}, g.hand_cuts, NULL));
    /* gone by hand: 4 of row a/0, 2 of its column in b, 1 link: 7 of 18 */
    struct cut out = cut_from(r, m.all, &g, 0.5);
    assert_int_equal(kept(&m, out.mask), 9);
    assert_true(mask_removed(out.mask, 0, 0));
    assert_false(mask_weight(out.mask, 1, 5));
    assert_true(mask_weight(out.mask, 0, 0));  /* the row is gone as a unit; its own bits are not touched */
    assert_false(mask_weight(out.mask, 0, 5)); /* two zeros of a/1 go */
    assert_false(mask_weight(out.mask, 0, 6));
    assert_true(mask_weight(out.mask, 0, 7));
    mask_unref(out.mask);
    assert_int_equal(refusal(r, m.all, &g, 6 / 18.0), ERR_UNREACHABLE);
    out = cut_from(r, m.all, &g, 7 / 18.0);
    assert_int_equal(kept(&m, out.mask), 11);
    assert_true(isnan(out.threshold));
    mask_unref(out.mask);
    ranking_free(r);
    /* as units: one of three is gone; the link cut by hand stays cut beside */
    s.structure = STRUCTURE_UNIT;
    r = rank(&m, &s);
    out = cut_from(r, m.all, &g, 2 / 3.0);
    assert_true(mask_removed(out.mask, 0, 0) && mask_removed(out.mask, 0, 1));
    assert_false(mask_weight(out.mask, 1, 5));
    mask_unref(out.mask);
    mask_unref(g.hand_cuts);
    ranking_free(r);
    unbind(&m);
}

static void test_within_kept_only_takes_away(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    struct strategy random = {.criterion = CRITERION_RANDOM, .seed = 9}, within = {.within_kept = true};
    struct ranking *a = rank(&m, &random), *b = rank(&m, &within);
    struct cut first = cut_from(a, m.all, NULL, 0.5), second = cut_from(b, first.mask, NULL, 0.8);
    assert_true(superset(&m, first.mask, second.mask));
    assert_int_equal(kept(&m, second.mask), 53240);
    assert_int_equal(kept(&m, first.mask), 133100);
    assert_int_equal(refusal(b, second.mask, NULL, 0.5), ERR_UNREACHABLE);
    /* another criterion without it starts afresh, also from fewer */
    struct cut third = cut_from(a, second.mask, NULL, 0.5);
    char x[HASH_HEX], y[HASH_HEX];
    mask_hash(first.mask, x);
    mask_hash(third.mask, y);
    assert_string_equal(x, y);
    mask_unref(first.mask);
    mask_unref(second.mask);
    mask_unref(third.mask);
    ranking_free(a);
    ranking_free(b);
    unbind(&m);
}

static void test_layers_limit_the_cut_and_the_denominator(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    bool second[3] = {false, true, false};
    struct strategy all = {0}, some = {.in_layers = second};
    struct ranking *a = rank(&m, &all), *b = rank(&m, &some);
    struct cut first = cut_from(a, m.all, NULL, 0.5), then = cut_from(b, first.mask, NULL, 0.25);
    assert_int_equal(then.portions, 30000);
    assert_int_equal(mask_count(then.mask, 1), 22500);
    assert_ptr_equal(mask_words(then.mask, 0), mask_words(first.mask, 0));
    assert_ptr_equal(mask_words(then.mask, 2), mask_words(first.mask, 2));
    mask_unref(first.mask);
    mask_unref(then.mask);
    ranking_free(a);
    ranking_free(b);
    unbind(&m);
}

/* Weights of fc2 that read removed units of fc1 are gone already and count. */
static void test_columns_of_removed_units_count_as_cut(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    bool first[3] = {true, false, false}, second[3] = {false, true, false};
    struct strategy units = {.structure = STRUCTURE_UNIT, .in_layers = first},
                    weights = {.in_layers = second};
    struct ranking *a = rank(&m, &units), *b = rank(&m, &weights);
    struct cut half = cut_from(a, m.all, NULL, 0.5), more = cut_from(b, half.mask, NULL, 0.6);
    int64_t by_layer[3];
    coupling_kept(m.g, &m.l, &m.c, more.mask, by_layer);
    assert_int_equal(by_layer[0], 150 * 784);
    assert_int_equal(by_layer[1], 12000);
    assert_int_equal(more.cut_portions, 18000);
    assert_int_equal(refusal(b, half.mask, NULL, 0.4), ERR_UNREACHABLE);
    mask_unref(half.mask);
    mask_unref(more.mask);
    ranking_free(a);
    ranking_free(b);
    unbind(&m);
}

static void test_amounts_out_of_range_are_usage(void **state)
{
    (void)state;
    struct model m;
    tiny(&m, rows, reads);
    struct strategy s = {0};
    struct ranking *r = rank(&m, &s);
    assert_int_equal(refusal(r, m.all, NULL, -0.1), ERR_USAGE);
    assert_int_equal(refusal(r, m.all, NULL, 1.1), ERR_USAGE);
    assert_int_equal(refusal(r, m.all, NULL, NAN), ERR_USAGE);
    ranking_free(r);
    unbind(&m);
}

static void test_random_depends_on_the_seed_alone(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    char hex[3][HASH_HEX];
    for (int i = 0; i < 3; i++) {
        struct strategy s = {.criterion = CRITERION_RANDOM, .seed = i == 2 ? 8 : 7};
        struct ranking *r = rank(&m, &s);
        struct cut out = cut_from(r, m.all, NULL, 0.5);
        mask_hash(out.mask, hex[i]);
        mask_unref(out.mask);
        ranking_free(r);
    }
    assert_string_equal(hex[0], hex[1]);
    assert_string_not_equal(hex[0], hex[2]);
    unbind(&m);
}

static int64_t measure_kept(void *data, const struct mask *mask)
{
    return kept(data, mask);
}

static void test_targets_take_the_smallest_amount(void **state)
{
    (void)state;
    struct model m;
    bind(&m, sketch_mlp(3));
    struct strategy s = {0};
    struct ranking *r = rank(&m, &s);
    struct cut out;
    double amount;
    assert_true(ranking_cut_to(r, m.all, NULL, measure_kept, &m, 12345, &amount, &out, NULL));
    assert_int_equal(kept(&m, out.mask), 12345);
    assert_true(fabs(amount - 1 + 12345 / 266200.0) < 1e-12);
    mask_unref(out.mask);
    assert_true(ranking_cut_to(r, m.all, NULL, measure_kept, &m, 1 << 20, &amount, &out, NULL));
    assert_true(amount == 0);
    mask_unref(out.mask);
    struct err e = {0};
    assert_false(ranking_cut_to(r, m.all, NULL, measure_kept, &m, -1, &amount, &out, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    err_release(&e);
    /* with guards: the fewest that protection leaves, and no less than was cut by hand */
    struct guards g = {mask_new(&m.l), mask_new(&m.l)};
    guard_protect(&m.l, &(struct place){2, -1, -1, -1}, true, g.protected_weights);
    assert_true(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 0, -1, -1}, g.hand_cuts, NULL));
    assert_true(ranking_cut_to(r, m.all, &g, measure_kept, &m, 1000, &amount, &out, NULL));
    assert_int_equal(kept(&m, out.mask), 1000);
    mask_unref(out.mask);
    assert_false(ranking_cut_to(r, m.all, &g, measure_kept, &m, 999, &amount, &out, &e));
    err_release(&e);
    assert_true(ranking_cut_to(r, m.all, &g, measure_kept, &m, 266200, &amount, &out, NULL));
    assert_int_equal(kept(&m, out.mask), 266200 - 784 - 100);
    mask_unref(out.mask);
    mask_unref(g.protected_weights);
    mask_unref(g.hand_cuts);
    ranking_free(r);
    s = (struct strategy){.structure = STRUCTURE_UNIT, .scope = SCOPE_LAYER};
    r = rank(&m, &s);
    assert_true(ranking_cut_to(r, m.all, NULL, measure_kept, &m, 100000, &amount, &out, NULL));
    int64_t reached = kept(&m, out.mask);
    mask_unref(out.mask);
    assert_true(reached <= 100000);
    out = cut_from(r, m.all, NULL, amount - 1 / 400.0);
    assert_true(kept(&m, out.mask) > 100000);
    mask_unref(out.mask);
    ranking_free(r);
    unbind(&m);
}

static void test_by_hand(void **state)
{
    (void)state;
    struct model m;
    paired(&m);
    struct mask *mask = mask_copy(m.all), *marks = mask_new(&m.l);
    struct err e = {0};
    assert_false(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){2, 0, -1, -1}, mask, &e));
    assert_int_equal(e.code, ERR_PINNED);
    assert_non_null(strstr(e.message, "output"));
    err_release(&e);
    guard_protect(&m.l, &(struct place){1, 1, -1, -1}, true, marks);
    assert_false(guard_cut(m.g, &m.l, &m.c, marks, &(struct place){0, 1, -1, -1}, mask, &e));
    assert_int_equal(e.code, ERR_PINNED);
    err_release(&e);
    assert_false(guard_cut(m.g, &m.l, &m.c, marks, &(struct place){1, 1, 0, -1}, mask, &e));
    err_release(&e);
    assert_true(guard_cut(m.g, &m.l, &m.c, marks, &(struct place){0, 0, -1, -1}, mask, NULL));
    assert_true(mask_removed(mask, 0, 0) && mask_removed(mask, 1, 0));
    assert_false(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 1, -1, -1}, mask, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    err_release(&e);
    assert_false(guard_restore(m.g, &m.l, &m.c, &(struct place){0, 0, 1, -1}, mask, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    err_release(&e);
    assert_false(guard_restore(m.g, &m.l, &m.c, &(struct place){2, 0, 0, -1}, mask, &e));
    err_release(&e);
    assert_true(guard_restore(m.g, &m.l, &m.c, &(struct place){1, 0, -1, -1}, mask, NULL));
    assert_int_equal(kept(&m, mask), 16);
    assert_true(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 0, 1, -1}, mask, NULL));
    assert_int_equal(kept(&m, mask), 15);
    assert_true(guard_restore(m.g, &m.l, &m.c, &(struct place){0, 0, 1, -1}, mask, NULL));
    assert_int_equal(kept(&m, mask), 16);
    mask_unref(mask);
    mask_unref(marks);
    unbind(&m);
}

/* What is computed with: masked weights 0, rows, biases, normalisation and read columns of removed units 0, all else as it was. */
static void test_overrides(void **state)
{
    (void)state;
    struct sketch k = sketch_new(2);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    const char *x = sketch_batch_norm(&k, "bn", sketch_linear(&k, "a", "x", 3, 4), 4);
    net_output(k.s, sketch_linear(&k, "b", x, 4, 2), 1);
    struct model m;
    bind(&m, k.s);
    struct mask *mask = mask_copy(m.all);
    struct overrides o;
    overrides_make(m.g, &m.l, &m.c, mask, NULL, &o);
    for (int v = 0; v < o.n_values; v++)
        assert_null(o.v[v]);
    overrides_release(&o);
    mask_set_removed(mask, 0, 2, true);
    mask_set(mask, 0, 1, false);
    overrides_make(m.g, &m.l, &m.c, mask, NULL, &o);
    static const char *const names[] = {"a.weight", "a.bias", "bn.weight", "bn.bias", "b.weight"};
    for (int i = 0; i < 5; i++) {
        int v = graph_value(m.g, names[i]);
        const struct tensor *now = o.v[v], *was = m.g->values[v].constant;
        assert_non_null(now);
        for (int64_t j = 0; j < shape_elements(&was->shape); j++) {
            bool gone = i == 0 ? j / 3 == 2 || j == 1 : i == 4 ? j % 4 == 2 : j == 2;
            assert_true(now->f[j] == (gone ? 0 : was->f[j]));
        }
    }
    assert_null(o.v[graph_value(m.g, "bn.running_mean")]);
    assert_null(o.v[graph_value(m.g, "b.bias")]);
    overrides_release(&o);
    mask_unref(mask);
    unbind(&m);
}

static void test_overrides_reach_folded_copies_and_new_weights(void **state)
{
    (void)state;
    struct sketch k = sketch_new(2);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_floats(&k, "w", DIMS(4, 3));
    net_node(k.s, "Transpose", "w", "wt");
    net_node(k.s, "MatMul", "x wt", "y");
    net_output(k.s, "y", 1);
    struct model m;
    bind(&m, k.s);
    int w = graph_value(m.g, "w"), wt = graph_value(m.g, "wt");
    assert_true(m.l.v[0].transposed[0]);
    struct tensor *tuned = tensor_copy(m.g->values[w].constant);
    tuned->f[4] = 77;
    const struct tensor **weights = mem_zero((size_t)m.g->n_values, sizeof *weights);
    weights[w] = tuned;
    struct mask *mask = mask_copy(m.all);
    struct overrides o;
    overrides_make(m.g, &m.l, &m.c, mask, weights, &o);
    assert_true(o.v[wt]->f[1 * 4 + 1] == 77); /* [1][1] of 4x3 is [1][1] of 3x4 */
    overrides_release(&o);
    mask_set(mask, 0, 4, false);
    overrides_make(m.g, &m.l, &m.c, mask, weights, &o);
    assert_true(o.v[wt]->f[5] == 0);
    assert_true(o.v[wt]->f[4] == tuned->f[1]);
    assert_true(tuned->f[4] == 77);
    overrides_release(&o);
    mask_unref(mask);
    free(weights);
    tensor_free(tuned);
    unbind(&m);
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
        cmocka_unit_test(test_protected_weights_are_skipped_and_counted),
        cmocka_unit_test(test_protected_links_keep_both_their_units),
        cmocka_unit_test(test_hand_cuts_count),
        cmocka_unit_test(test_within_kept_only_takes_away),
        cmocka_unit_test(test_layers_limit_the_cut_and_the_denominator),
        cmocka_unit_test(test_columns_of_removed_units_count_as_cut),
        cmocka_unit_test(test_amounts_out_of_range_are_usage),
        cmocka_unit_test(test_random_depends_on_the_seed_alone),
        cmocka_unit_test(test_targets_take_the_smallest_amount),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_overrides_reach_folded_copies_and_new_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
