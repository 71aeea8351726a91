/* prune with guards: protected and hand-cut places, within=kept, targets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/prune/guards.h"
#include "engine/prune/prune.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"

/* Rows of a: norms 5, 1, 3 (l2); b reads them. */
static const float rows[12] = {3, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, -3}, reads[6] = {1, 2, 3, 4, 5, 6};

static void test_protected_weights_are_skipped_and_counted(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    struct strategy s = {0};
    struct ranking *r = model_rank(&m, &s);
    struct guards g = {.protected_weights = mask_new(&m.l)};
    guard_protect(&m.l, &(struct place){2, -1, -1, -1}, true, g.protected_weights);
    guard_protect(&m.l, &(struct place){0, 5, -1, -1}, true, g.protected_weights);
    guard_protect(&m.l, &(struct place){0, 7, 9, -1}, true, g.protected_weights);
    assert_true(guard_protect_input(m.g, &m.l, 0, 100, true, g.protected_weights, NULL));
    struct cut out = model_cut(r, m.all, &g, 0.98);
    assert_int_equal(out.cut_portions, 260876);
    assert_int_equal(model_kept(&m, out.mask), 5324);
    assert_int_equal(mask_count(out.mask, 2), 1000);
    for (int i = 0; i < 784; i++)
        assert_true(mask_weight(out.mask, 0, 5 * 784 + i));
    for (int u = 0; u < 300; u++)
        assert_true(mask_weight(out.mask, 0, u * 784 + 100));
    assert_true(mask_weight(out.mask, 0, 7 * 784 + 9));
    mask_unref(out.mask);
    /* protected: 1000 + 784 + 300 + 1 - 1 (unit 5's link to input 100 is both) */
    assert_int_equal(model_refusal(r, m.all, &g, 1), ERR_UNREACHABLE);
    out = model_cut(r, m.all, &g, (266200 - 2084) / 266200.0);
    assert_int_equal(model_kept(&m, out.mask), 2084);
    mask_unref(out.mask);
    guard_protect(&m.l, &(struct place){2, -1, -1, -1}, false, g.protected_weights);
    out = model_cut(r, m.all, &g, (266200 - 1084) / 266200.0);
    assert_int_equal(mask_count(out.mask, 2), 0);
    mask_unref(out.mask);
    mask_unref(g.protected_weights);
    ranking_free(r);
    model_release(&m);
}

static void test_protected_links_keep_both_their_units(void **state)
{
    (void)state;
    struct model m;
    model_tiny(&m, rows, reads);
    struct strategy s = {.structure = STRUCTURE_UNIT};
    struct ranking *r = model_rank(&m, &s);
    struct guards g = {.protected_weights = mask_new(&m.l)};
    guard_protect(&m.l, &(struct place){1, 0, 1, -1}, true,
                  g.protected_weights); /* b/0 reads a/1, the weakest */
    struct cut out = model_cut(r, m.all, &g, 1 / 3.0);
    assert_false(mask_removed(out.mask, 0, 1));
    assert_true(mask_removed(out.mask, 0, 2));
    mask_unref(out.mask);
    mask_unref(g.protected_weights);
    ranking_free(r);
    model_release(&m);
}

static void test_hand_cuts_count(void **state)
{
    (void)state;
    struct model m;
    model_tiny(&m, rows, reads);
    struct strategy s = {0};
    struct ranking *r = model_rank(&m, &s);
    struct guards g = {.hand_cuts = mask_new(&m.l)};
    assert_true(
        guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){1, 1, 2, -1}, g.hand_cuts, NULL)); /* weight 6 */
    assert_true(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 0, -1, -1}, g.hand_cuts, NULL));
    /* gone by hand: 4 of row a/0, 2 of its column in b, 1 link: 7 of 18 */
    struct cut out = model_cut(r, m.all, &g, 0.5);
    assert_int_equal(model_kept(&m, out.mask), 9);
    assert_true(mask_removed(out.mask, 0, 0));
    assert_false(mask_weight(out.mask, 1, 5));
    assert_true(mask_weight(out.mask, 0, 0));  /* the row is gone as a unit; its own bits are not touched */
    assert_false(mask_weight(out.mask, 0, 5)); /* two zeros of a/1 go */
    assert_false(mask_weight(out.mask, 0, 6));
    assert_true(mask_weight(out.mask, 0, 7));
    mask_unref(out.mask);
    assert_int_equal(model_refusal(r, m.all, &g, 6 / 18.0), ERR_UNREACHABLE);
    out = model_cut(r, m.all, &g, 7 / 18.0);
    assert_int_equal(model_kept(&m, out.mask), 11);
    assert_true(isnan(out.threshold));
    mask_unref(out.mask);
    ranking_free(r);
    /* as units: one of three is gone; the link cut by hand stays cut beside */
    s.structure = STRUCTURE_UNIT;
    r = model_rank(&m, &s);
    out = model_cut(r, m.all, &g, 2 / 3.0);
    assert_true(mask_removed(out.mask, 0, 0) && mask_removed(out.mask, 0, 1));
    assert_false(mask_weight(out.mask, 1, 5));
    mask_unref(out.mask);
    mask_unref(g.hand_cuts);
    ranking_free(r);
    model_release(&m);
}

static void test_within_kept_only_takes_away(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    struct strategy random = {.criterion = CRITERION_RANDOM, .seed = 9}, within = {.within_kept = true};
    struct ranking *a = model_rank(&m, &random), *b = model_rank(&m, &within);
    struct cut first = model_cut(a, m.all, NULL, 0.5), second = model_cut(b, first.mask, NULL, 0.8);
    assert_true(model_superset(&m, first.mask, second.mask));
    assert_int_equal(model_kept(&m, second.mask), 53240);
    assert_int_equal(model_kept(&m, first.mask), 133100);
    assert_int_equal(model_refusal(b, second.mask, NULL, 0.5), ERR_UNREACHABLE);
    /* another criterion without it starts afresh, also from fewer */
    struct cut third = model_cut(a, second.mask, NULL, 0.5);
    char x[HASH_HEX], y[HASH_HEX];
    mask_hash(first.mask, x);
    mask_hash(third.mask, y);
    assert_string_equal(x, y);
    mask_unref(first.mask);
    mask_unref(second.mask);
    mask_unref(third.mask);
    ranking_free(a);
    ranking_free(b);
    model_release(&m);
}

static int64_t measure_kept(void *data, const struct mask *mask)
{
    return model_kept(data, mask);
}

static void test_targets_take_the_smallest_amount(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(3));
    struct strategy s = {0};
    struct ranking *r = model_rank(&m, &s);
    struct cut out;
    double amount;
    assert_true(ranking_cut_to(&(struct goal){r, m.all, NULL, measure_kept, &m, 12345}, &amount, &out, NULL));
    assert_int_equal(model_kept(&m, out.mask), 12345);
    assert_true(fabs(amount - 1 + 12345 / 266200.0) < 1e-12);
    mask_unref(out.mask);
    assert_true(
        ranking_cut_to(&(struct goal){r, m.all, NULL, measure_kept, &m, 1 << 20}, &amount, &out, NULL));
    assert_true(amount == 0);
    mask_unref(out.mask);
    struct err e = {0};
    assert_false(ranking_cut_to(&(struct goal){r, m.all, NULL, measure_kept, &m, -1}, &amount, &out, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    err_release(&e);
    /* with guards: the fewest that protection leaves, and no less than was cut by hand */
    struct guards g = {mask_new(&m.l), mask_new(&m.l)};
    guard_protect(&m.l, &(struct place){2, -1, -1, -1}, true, g.protected_weights);
    assert_true(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 0, -1, -1}, g.hand_cuts, NULL));
    assert_true(ranking_cut_to(&(struct goal){r, m.all, &g, measure_kept, &m, 1000}, &amount, &out, NULL));
    assert_int_equal(model_kept(&m, out.mask), 1000);
    mask_unref(out.mask);
    assert_false(ranking_cut_to(&(struct goal){r, m.all, &g, measure_kept, &m, 999}, &amount, &out, &e));
    err_release(&e);
    assert_true(ranking_cut_to(&(struct goal){r, m.all, &g, measure_kept, &m, 266200}, &amount, &out, NULL));
    assert_int_equal(model_kept(&m, out.mask), 266200 - 784 - 100);
    mask_unref(out.mask);
    mask_unref(g.protected_weights);
    mask_unref(g.hand_cuts);
    ranking_free(r);
    s = (struct strategy){.structure = STRUCTURE_UNIT, .scope = SCOPE_LAYER};
    r = model_rank(&m, &s);
    assert_true(
        ranking_cut_to(&(struct goal){r, m.all, NULL, measure_kept, &m, 100000}, &amount, &out, NULL));
    int64_t reached = model_kept(&m, out.mask);
    mask_unref(out.mask);
    assert_true(reached <= 100000);
    out = model_cut(r, m.all, NULL, amount - 1 / 400.0);
    assert_true(model_kept(&m, out.mask) > 100000);
    mask_unref(out.mask);
    ranking_free(r);
    model_release(&m);
}

static void test_by_hand(void **state)
{
    (void)state;
    struct model m;
    model_paired(&m);
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
    assert_false(guard_restore(&m.l, &m.c, &(struct place){0, 0, 1, -1}, mask, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    err_release(&e);
    assert_false(guard_restore(&m.l, &m.c, &(struct place){2, 0, 0, -1}, mask, &e));
    err_release(&e);
    assert_true(guard_restore(&m.l, &m.c, &(struct place){1, 0, -1, -1}, mask, NULL));
    assert_int_equal(model_kept(&m, mask), 16);
    assert_true(guard_cut(m.g, &m.l, &m.c, NULL, &(struct place){0, 0, 1, -1}, mask, NULL));
    assert_int_equal(model_kept(&m, mask), 15);
    assert_true(guard_restore(&m.l, &m.c, &(struct place){0, 0, 1, -1}, mask, NULL));
    assert_int_equal(model_kept(&m, mask), 16);
    mask_unref(mask);
    mask_unref(marks);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protected_weights_are_skipped_and_counted),
        cmocka_unit_test(test_protected_links_keep_both_their_units),
        cmocka_unit_test(test_hand_cuts_count),
        cmocka_unit_test(test_within_kept_only_takes_away),
        cmocka_unit_test(test_targets_take_the_smallest_amount),
        cmocka_unit_test(test_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
