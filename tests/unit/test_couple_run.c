/* prune/couple against computation: on random networks, nobody hears a removed set, and a network from which it is really
 * taken out has valid shapes and computes the same. */
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
#include "engine/base/rng.h"
#include "engine/graph/op.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/prune.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"

enum { NETWORKS = 200, SETS = 4, OUTPUTS = 3 };

static void compute(const struct graph *g, const struct tensor *const *overrides, uint64_t seed,
                    float out[OUTPUTS])
{
    struct kernels kernels;
    struct err e = {0};
    assert_true(kernels_choose("noblas", &kernels, &e));
    const struct program_options options = {.kernels = &kernels, .lanes = 1};
    struct program *p = program_new(g, overrides, &options, &e);
    if (!p)
        fail_msg("%s", e.message);
    struct run *r = run_new(p);
    float *x = run_input(r, 0);
    for (int64_t i = 0; i < shape_elements(&g->values[g->inputs[0]].shape); i++)
        x[i] = (float)(rng_unit(seed, 9, (uint64_t)i) * 2 - 1);
    assert_true(run_forward(r, NULL));
    memcpy(out, run_output(r, 0), OUTPUTS * sizeof *out);
    run_free(r);
    program_free(p);
}

static void check_equal(const float *a, const float *b)
{
    float largest = 1;
    for (int i = 0; i < OUTPUTS; i++)
        largest = fmaxf(largest, fabsf(a[i]));
    for (int i = 0; i < OUTPUTS; i++)
        assert_true(fabsf(a[i] - b[i]) <= 1e-5f * largest);
}

/* Some set that may leave, SETS of them a network; -1 if none may. */
static int choose_set(const struct model *m, uint64_t seed, int k)
{
    int free_sets = 0, *list = mem_alloc((size_t)m->c.n_sets, sizeof *list), set = -1;
    for (int s = 0; s < m->c.n_sets; s++)
        if (!m->c.sets[s].pinned)
            list[free_sets++] = s;
    if (free_sets)
        set = list[rng_u64(seed, 8, (uint64_t)k) % (uint64_t)free_sets];
    free(list);
    return set;
}

static struct mask *without(const struct model *m, int set)
{
    struct mask *mask = mask_new(&m->l);
    for (int i = 0; i < m->c.sets[set].n_units; i++)
        mask_set_removed(mask, m->c.sets[set].units[i].layer, m->c.sets[set].units[i].unit, true);
    return mask;
}

static float garbage(uint64_t i)
{
    return (float)(rng_unit(77, 0, i) * 6 - 3);
}

/* Write garbage wherever the set has entries of its own: rows, biases, scales. */
static void disturb(const struct model *m, int set, struct overrides *o)
{
    uint64_t n = 0;
    for (int i = 0; i < m->c.sets[set].n_units; i++) {
        const struct layer *l = &m->l.v[m->c.sets[set].units[i].layer];
        float *w = (float *)(uintptr_t)o->v[l->value]->f;
        for (int64_t k = 0; k < l->inputs; k++)
            for (int64_t t = 0; t < l->taps; t++)
                w[layer_index(l, m->c.sets[set].units[i].unit, k, t)] = garbage(n++);
    }
    for (int64_t i = m->c.member_first[set]; i < m->c.member_first[set + 1]; i++)
        if (m->c.members[i].zeroed)
            ((float *)(uintptr_t)o->v[m->c.members[i].value]->f)[m->c.members[i].index] = garbage(n++);
}

static void test_nobody_hears_a_removed_set(void **state)
{
    (void)state;
    int tried = 0;
    for (uint64_t seed = 0; seed < NETWORKS; seed++) {
        struct model m;
        model_bind(&m, sketch_random(seed, 1));
        for (int k = 0; k < SETS; k++) {
            int set = choose_set(&m, seed, k);
            if (set < 0)
                continue;
            struct mask *mask = without(&m, set);
            struct overrides o;
            float quiet[OUTPUTS], loud[OUTPUTS];
            overrides_make(m.g, &m.l, &m.c, mask, NULL, &o);
            compute(m.g, o.v, seed, quiet);
            disturb(&m, set, &o);
            compute(m.g, o.v, seed, loud);
            check_equal(quiet, loud);
            overrides_release(&o);
            mask_unref(mask);
            tried++;
        }
        model_release(&m);
    }
    assert_true(tried > NETWORKS * 2);
}

/* Entries of one axis of one tensor of the file that leave. */
struct loss {
    int tensor, axis;
    bool *gone; /* by index */
};

struct losses {
    struct loss *v;
    size_t n, capacity;
};

static void lose(struct losses *all, const struct model *m, int value, int axis, int64_t index)
{
    size_t i = 0;
    int tensor = m->g->values[value].initializer;
    while (i < all->n && (all->v[i].tensor != tensor || all->v[i].axis != axis))
        i++;
    if (i == all->n) {
        all->v = mem_grow(all->v, all->n, &all->capacity, sizeof *all->v);
        all->v[all->n++] = (struct loss){tensor, axis, NULL};
        all->v[i].gone = mem_zero((size_t)m->g->values[value].shape.dim[axis], sizeof(bool));
    }
    all->v[i].gone[index] = true;
}

static struct losses losses_of(const struct model *m, int set)
{
    struct losses all = {0};
    for (int i = 0; i < m->c.sets[set].n_units; i++) {
        const struct unit *u = &m->c.sets[set].units[i];
        lose(&all, m, m->l.v[u->layer].value, m->l.v[u->layer].unit_axis, u->unit);
    }
    for (int64_t i = m->c.member_first[set]; i < m->c.member_first[set + 1]; i++)
        lose(&all, m, m->c.members[i].value, m->c.members[i].axis, m->c.members[i].index);
    return all;
}

static void take_out(struct tensor *t, const struct loss *l)
{
    int64_t strides[SHAPE_MAX], length = t->shape.dim[l->axis], n = shape_elements(&t->shape), kept = 0,
                                at = 0;
    shape_strides(&t->shape, strides);
    for (int64_t i = 0; i < n; i++)
        if (!l->gone[i / strides[l->axis] % length])
            t->f[at++] = t->f[i];
    for (int64_t i = 0; i < length; i++)
        kept += !l->gone[i];
    t->shape.dim[l->axis] = kept;
}

/* Groups of convolutions that lose some of them whole. */
static void fewer_groups(const struct model *m, int set)
{
    for (int i = 0; i < m->l.n; i++) {
        const struct layer *l = &m->l.v[i];
        int64_t lost = 0;
        for (int k = 0; k < m->c.sets[set].n_units; k++)
            lost += m->c.sets[set].units[k].layer == i;
        struct source_node *n = &m->s->nodes[m->g->nodes[l->node].source_node];
        for (int k = 0; l->groups > 1 && k < n->n_attrs; k++)
            if (strcmp(n->attrs[k].name, "group") == 0)
                n->attrs[k].ints[0] -= lost / (l->units / l->groups);
    }
}

static bool empties(const struct model *m, int set)
{
    for (int i = 0; i < m->l.n; i++) {
        int64_t left = m->l.v[i].units;
        for (int k = 0; k < m->c.sets[set].n_units; k++)
            left -= m->c.sets[set].units[k].layer == i;
        if (left < 1)
            return true;
    }
    return false;
}

static void test_a_network_without_the_set_computes_the_same(void **state)
{
    (void)state;
    int tried = 0;
    for (uint64_t seed = 0; seed < NETWORKS; seed++)
        for (int k = 0; k < SETS; k++) {
            struct model m;
            model_bind(&m, sketch_random(seed, 0));
            int set = choose_set(&m, seed, k);
            if (set >= 0 && !empties(&m, set)) {
                struct mask *mask = without(&m, set);
                struct overrides o;
                float masked[OUTPUTS], smaller[OUTPUTS];
                overrides_make(m.g, &m.l, &m.c, mask, NULL, &o);
                compute(m.g, o.v, seed, masked);
                overrides_release(&o);
                mask_unref(mask);
                struct losses all = losses_of(&m, set);
                fewer_groups(&m, set);
                for (size_t i = 0; i < all.n; i++) {
                    take_out(m.s->tensors[all.v[i].tensor].tensor, &all.v[i]);
                    free(all.v[i].gone);
                }
                free(all.v);
                struct model small;
                model_bind(&small, m.s);
                compute(small.g, NULL, seed, smaller);
                check_equal(masked, smaller);
                small.s = NULL; /* m has it */
                model_release(&small);
                tried++;
            }
            model_release(&m);
        }
    assert_true(tried > NETWORKS * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_hears_a_removed_set),
        cmocka_unit_test(test_a_network_without_the_set_computes_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
