/* eval/variants: what is evaluated together is what is evaluated one at a time, whatever differs and however many fit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/eval/variants.h"
#include "engine/kernels/kernels.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_records.h"
#include "tests/unit/util_source.h"

enum { RECORDS = 150, NETWORKS = 50, MASKS_MAX = 40 };

/* A model, records for it and masks. */
struct trial {
    struct model m;
    struct dataset *d;
    struct reading how;
    struct kernels k;
    struct mask *masks[MASKS_MAX];
    int n;
    bool any_order;
    int near; /* outcomes so far whose sums were shared */
    atomic_int made;
};

static void trial_begin(struct trial *t, struct source *s_take, int classes, uint64_t seed)
{
    struct err e = {0};
    memset(t, 0, sizeof *t);
    model_bind(&t->m, s_take);
    int64_t features = shape_elements(&t->m.g->values[t->m.g->inputs[0]].shape);
    t->d = records_drawn(RECORDS, (int)features, classes, seed);
    if (!reading_make(t->m.g, t->d, &t->how, &e) || !kernels_choose(NULL, &t->k, &e))
        fail_msg("%s", e.message);
}

static void trial_end(struct trial *t)
{
    for (int i = 0; i < t->n; i++)
        mask_unref(t->masks[i]);
    dataset_free(t->d);
    model_release(&t->m);
}

static void add_mask(struct trial *t, struct mask *mask_take)
{
    assert_true(t->n < MASKS_MAX);
    t->masks[t->n++] = mask_take;
}

/* n nested masks of a strategy, the densest first. */
static void add_curve(struct trial *t, const struct strategy *s, int n)
{
    struct err e = {0};
    struct ranking *r = ranking_new(t->m.g, &t->m.l, &t->m.c, NULL, s, &e);
    struct cut cut;
    for (int i = 0; r && i < n; i++)
        if (ranking_cut(r, t->m.all, NULL, (double)i / n, &cut, NULL))
            add_mask(t, cut.mask);
    ranking_free(r);
    err_release(&e);
}

/* Each layer's cuts of a mask alone. */
static void add_single_layers(struct trial *t, const struct mask *of)
{
    for (int i = 0; i < t->m.l.n && t->n < MASKS_MAX; i++) {
        struct mask *one = mask_new(&t->m.l);
        mask_share(one, of, i);
        add_mask(t, one);
    }
}

static void make(void *data, int i, struct overrides *out)
{
    struct trial *t = data;
    atomic_fetch_add(&t->made, 1);
    overrides_make(t->m.g, &t->m.l, &t->m.c, t->masks[i], NULL, out);
}

static struct variants asked(struct trial *t, int64_t memory)
{
    return (struct variants){.g = t->m.g,
                             .kernels = &t->k,
                             .memory = memory,
                             .any_order = t->any_order,
                             .n = t->n,
                             .make = make,
                             .data = t,
                             .set = t->d,
                             .how = &t->how,
                             .order = t->d->rows[SPLIT_ALL],
                             .records = t->d->n,
                             .total = t->d->n};
}

static struct outcome *alone(struct trial *t, int i, int64_t memory)
{
    struct err e = {0};
    struct overrides o;
    struct runner serial;
    runner_serial(&serial, NULL);
    overrides_make(t->m.g, &t->m.l, &t->m.c, t->masks[i], NULL, &o);
    const struct program_options options = {.kernels = &t->k, .memory = memory};
    struct program *p = program_new(t->m.g, o.v, &options, &e);
    if (!p)
        fail_msg("%s", e.message);
    struct outcome *out =
        outcome_measure(p, t->d, &t->how, t->d->rows[SPLIT_ALL], t->d->n, t->d->n, &serial, &e);
    assert_non_null(out);
    program_free(p);
    overrides_release(&o);
    return out;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    size_t n = (size_t)a->n, outputs = n * (size_t)a->n_outputs;
    assert_true(a->n == b->n && a->total == b->total && a->n_right == b->n_right);
    assert_memory_equal(a->output, b->output, outputs * sizeof *a->output);
    assert_true(!a->answer == !b->answer && !a->right == !b->right && !a->losses == !b->losses);
    if (a->answer)
        assert_memory_equal(a->answer, b->answer, n * sizeof *a->answer);
    if (a->right)
        assert_memory_equal(a->right, b->right, n);
    if (a->losses)
        assert_memory_equal(a->losses, b->losses, n * sizeof *a->losses);
    assert_true(a->losses == NULL || a->loss == b->loss);
}

/* Answers are the same, losses to 1e-6 of the outputs, which in drawn networks may be large. */
static void check_near(const struct outcome *a, const struct outcome *b)
{
    assert_true(a->n == b->n && a->total == b->total && a->n_right == b->n_right);
    assert_memory_equal(a->answer, b->answer, (size_t)a->n * sizeof *a->answer);
    assert_memory_equal(a->right, b->right, (size_t)a->n);
    double least = 1e-6 * fmax(1, fmax(fabs(a->max_output), fabs(a->min_output)));
    for (int64_t i = 0; i < a->n; i++)
        assert_true(fabs(a->losses[i] - b->losses[i]) <= least);
    assert_true(fabs(a->loss - b->loss) <= least);
    assert_null(b->output);
}

/* *together: how many at a time. */
static void check_all(struct trial *t, int64_t memory, int *together)
{
    struct err e = {0};
    struct runner serial;
    struct outcome *out[MASKS_MAX];
    const struct variants v = asked(t, memory);
    runner_serial(&serial, NULL);
    if (!variants_measure(&v, &serial, out, together, &e))
        fail_msg("%s", e.message);
    for (int i = 0; i < t->n; i++) {
        struct outcome *one = alone(t, i, memory);
        t->near += out[i]->near;
        (out[i]->near ? check_near : check_same)(one, out[i]);
        outcome_free(one);
        outcome_free(out[i]);
    }
}

static void test_random_networks(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < NETWORKS; seed++) {
        struct trial t;
        int together;
        trial_begin(&t, sketch_random(seed, 1), 3, seed);
        add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL, .seed = seed}, 7);
        add_curve(&t, &(struct strategy){.structure = STRUCTURE_UNIT, .scope = SCOPE_GLOBAL}, 5);
        add_single_layers(&t, t.masks[4]);
        add_mask(&t, mask_ref(t.m.all));
        check_all(&t, 0, &together);
        assert_int_equal(together, t.n);
        assert_int_equal(atomic_load(&t.made), t.n);
        t.any_order = true;
        check_all(&t, 0, &together);
        trial_end(&t);
    }
}

static struct source *layered(uint64_t seed, int outputs)
{
    struct sketch k = sketch_new(seed);
    net_input(k.s, "x", 1, DIMS(FREE, 40));
    const char *x = sketch_op(&k, "Relu", sketch_linear(&k, "a", "x", 40, 30));
    x = sketch_op(&k, "Relu", sketch_linear(&k, "b", x, 30, 20));
    net_output(k.s, sketch_linear(&k, "c", x, 20, outputs), 1);
    return k.s;
}

/* ---- shared sums ---- */

/* Dense layers of drawn widths, with joins and views between them. */
static struct source *deep(uint64_t seed, int outputs)
{
    struct sketch k = sketch_new(seed);
    int inputs = 5 + (int)(seed * 37 % 150), width = 8 + (int)(seed * 11 % 60);
    net_input(k.s, "x", 1, DIMS(FREE, inputs));
    const char *x = sketch_linear(&k, "a", "x", inputs, width);
    for (uint64_t i = 0; i < seed % 4; i++) {
        char name[8], joined[200];
        const char *h = sketch_op(&k, "Relu", x);
        snprintf(name, sizeof name, "b%d", (int)i);
        snprintf(joined, sizeof joined, "%s %s", h, sketch_linear(&k, name, h, width, width));
        x = seed % 3 ? sketch_op(&k, "Add", joined)
                     : sketch_op(&k, "Identity", sketch_op(&k, "Relu", strchr(joined, ' ') + 1));
    }
    net_output(k.s, sketch_linear(&k, "c", x, width, outputs), 1);
    return k.s;
}

static void test_shared_sums_change_no_answer(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < NETWORKS; seed++) {
        struct trial t;
        int together, outputs = seed % 5 == 0 ? 1 : 2 + (int)(seed % 9);
        trial_begin(&t, deep(seed, outputs), outputs == 1 ? 2 : outputs, seed);
        t.any_order = true;
        if (seed % 3 == 1)
            add_curve(&t, &(struct strategy){.structure = STRUCTURE_UNIT, .scope = SCOPE_LAYER}, 12);
        else
            add_curve(&t,
                      &(struct strategy){.scope = seed % 2 ? SCOPE_LAYER : SCOPE_GLOBAL,
                                         .criterion = (enum criterion)(seed % 4 == 0)},
                      12);
        check_all(&t, 0, &together);
        assert_int_equal(t.near, t.n);
        trial_end(&t);
    }
}

enum { HALVES = 40 };

/* y = (u + v) x - u x - v x: nothing, but for how its sums are rounded. The weights of u and v are multiples of 2^-10. */
static struct source *all_rounding(bool relu)
{
    struct source *s = net_new(OPSET);
    float w[3 * HALVES], head[3] = {1, -1, -1};
    for (int i = 0; i < HALVES; i++) {
        w[i] = (float)((i * 389 + 17) % 1024) / 1024;
        w[HALVES + i] = (float)((i * 601 + 5) % 1024) / 1024;
        w[2 * HALVES + i] = w[i] + w[HALVES + i];
    }
    head[0] = -1, head[2] = 1;
    net_input(s, "x", 1, DIMS(FREE, HALVES));
    net_floats(s, "a.weight", DIMS(3, HALVES), w);
    net_floats(s, "c.weight", DIMS(1, 3), head);
    net_node(s, "Gemm", "x a.weight", "h");
    net_int(s, "transB", 1);
    if (relu)
        net_node(s, "Relu", "h", "g");
    net_node(s, "Gemm", relu ? "g c.weight" : "h c.weight", "y");
    net_int(s, "transB", 1);
    net_output(s, "y", 1);
    return s;
}

/* More and more whole inputs, in no order. */
static void add_inputs(struct trial *t, int n)
{
    for (int i = 0; i < n; i++) {
        struct mask *m = mask_new(&t->m.l);
        for (int c = 0; c < HALVES; c++)
            for (int r = 0; c * 23 % HALVES > (i + 1) * HALVES / n && r < 3; r++)
                mask_set(m, 0, r * HALVES + c, false);
        add_mask(t, m);
    }
}

static void test_answers_that_hang_on_rounding(void **state)
{
    (void)state;
    for (int relu = 0; relu < 2; relu++) {
        struct trial t;
        int together;
        trial_begin(&t, all_rounding(relu), 2, 11);
        t.any_order = true;
        add_inputs(&t, 12);
        check_all(&t, 0, &together);
        assert_int_equal(t.near, t.n);
        trial_end(&t);
    }
}

/* Variants that are not nested, and values no bound is known for, are computed as alone. */
static void test_no_shared_sums_without_a_proof(void **state)
{
    (void)state;
    struct trial t;
    int together;
    trial_begin(&t, deep(6, 3), 3, 6);
    t.any_order = true;
    add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL}, 5);
    add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL, .criterion = CRITERION_RANDOM}, 5);
    check_all(&t, 0, &together);
    assert_int_equal(t.near, 0);
    trial_end(&t);
    struct source *s = deep(6, 3);
    net_node(s, "Softmax", s->outputs[0].name, "p");
    free(s->outputs[0].name);
    s->n_outputs = 0;
    net_output(s, "p", 1);
    trial_begin(&t, s, 3, 6);
    t.any_order = true;
    add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL}, 5);
    check_all(&t, 0, &together);
    assert_int_equal(t.near, 0);
    trial_end(&t);
}

static void test_regression_too(void **state)
{
    (void)state;
    struct trial t;
    int together;
    trial_begin(&t, layered(3, 1), 0, 3);
    add_curve(&t, &(struct strategy){.scope = SCOPE_LAYER}, 12);
    t.any_order = true;
    check_all(&t, 0, &together);
    assert_int_equal(t.near, 0);
    trial_end(&t);
}

/* Room for the constants of some variants, of one, and for no values beside those of a single run. */
static void test_fewer_at_a_time(void **state)
{
    (void)state;
    struct trial t;
    int together;
    trial_begin(&t, layered(5, 4), 4, 5);
    add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL}, 12);
    check_all(&t, 100000, &together);
    assert_true(together > 1 && together < t.n);
    check_all(&t, 20000, &together);
    assert_int_equal(together, 1);
    check_all(&t, 2000, &together);
    assert_int_equal(together, 1);
    t.any_order = true; /* what is given back leaves room for more */
    check_all(&t, 100000, &together);
    assert_true(together > 4 && t.near > 0);
    trial_end(&t);
}

static void test_no_room_at_all_is_told(void **state)
{
    (void)state;
    struct trial t;
    struct err e = {0};
    struct runner serial;
    struct outcome *out[MASKS_MAX];
    int together;
    trial_begin(&t, layered(5, 4), 4, 5);
    add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL}, 3);
    const struct variants v = asked(&t, 50);
    runner_serial(&serial, NULL);
    assert_false(variants_measure(&v, &serial, out, &together, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_null(out[0]);
    err_release(&e);
    trial_end(&t);
}

/* Stopped at once, and after some slices. */
static struct countdown {
    struct runner r;
    int left;
    atomic_bool stop;
} countdown;

static void count_down(void *data, int64_t done, int64_t total)
{
    struct countdown *c = data;
    (void)done, (void)total;
    if (--c->left <= 0)
        atomic_store(&c->stop, true);
}

static void test_it_stops(void **state)
{
    (void)state;
    struct trial t;
    struct outcome *out[MASKS_MAX];
    int together;
    trial_begin(&t, layered(7, 4), 4, 7);
    add_curve(&t, &(struct strategy){.scope = SCOPE_GLOBAL}, 6);
    const struct variants v = asked(&t, 0);
    bool whole = false;
    for (int left = 0; !whole; left++) {
        struct err e = {0};
        countdown = (struct countdown){.left = left};
        atomic_init(&countdown.stop, left == 0);
        runner_serial(&countdown.r, &countdown.stop);
        countdown.r.progress = count_down;
        countdown.r.progress_data = &countdown;
        whole = variants_measure(&v, &countdown.r, out, &together, &e);
        assert_int_equal(e.code, whole ? ERR_NONE : ERR_CANCELLED);
        for (int i = 0; i < t.n; i++) {
            assert_true(whole == (out[i] != NULL));
            outcome_free(out[i]);
        }
        err_release(&e);
        assert_true(left < 100);
    }
    trial_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_sums_change_no_answer),
        cmocka_unit_test(test_answers_that_hang_on_rounding),
        cmocka_unit_test(test_no_shared_sums_without_a_proof),
        cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_regression_too),
        cmocka_unit_test(test_fewer_at_a_time),
        cmocka_unit_test(test_no_room_at_all_is_told),
        cmocka_unit_test(test_it_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
