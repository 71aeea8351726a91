/* couple: coupled sets from what operators state (couple_rules.c, couple_weights.c), and what they mean for a mask. */
#include "engine/prune/couple.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/couple_begin.h"
#include "engine/prune/couple_build.h"
#include "engine/prune/mask.h"

/* Number the classes that hold units, by their first unit; set_of_root[var] is -1 elsewhere. */
static int number_sets(struct couple *b, struct coupling *out, int *set_of_root)
{
    int n = 0;
    for (int i = 0; i < b->n; i++)
        set_of_root[i] = -1;
    for (int i = 0; i < b->l->n; i++) {
        const struct layer *l = &b->l->v[i];
        out->set_of[i] = mem_alloc((size_t)l->units, sizeof(int));
        for (int u = 0; u < l->units; u++) {
            int root = couple_find(b, b->units_first[i] + u);
            if (set_of_root[root] < 0)
                set_of_root[root] = n++;
            out->set_of[i][u] = set_of_root[root];
        }
    }
    return n;
}

static void fill_units(const struct couple *b, struct coupling *c)
{
    int64_t total = 0;
    for (int i = 0; i < b->l->n; i++)
        for (int u = 0; u < b->l->v[i].units; u++, total++)
            c->sets[c->set_of[i][u]].n_units++;
    c->units = mem_alloc((size_t)total, sizeof *c->units);
    struct unit *at = c->units;
    for (int s = 0; s < c->n_sets; s++) {
        c->sets[s].units = at;
        at += c->sets[s].n_units;
        c->sets[s].n_units = 0;
    }
    for (int i = 0; i < b->l->n; i++)
        for (int u = 0; u < b->l->v[i].units; u++) {
            struct coupled_set *s = &c->sets[c->set_of[i][u]];
            s->units[s->n_units++] = (struct unit){i, u};
        }
}

static void fill_pins(struct couple *b, struct coupling *c)
{
    for (int s = 0; s < c->n_sets; s++) {
        const struct unit *u = &c->sets[s].units[0];
        int pin = b->pinned[couple_find(b, b->units_first[u->layer] + (int)u->unit)];
        c->sets[s].pinned = pin >= 0;
        c->sets[s].pinned_node = pin >= 0 ? b->pins[pin].node : -1;
        c->sets[s].why = pin >= 0 ? b->pins[pin].why : NULL;
    }
}

static void fill_reads(struct couple *b, struct coupling *c, const int *set_of_root)
{
    for (int i = 0; i < b->l->n; i++) {
        const struct layer *l = &b->l->v[i];
        c->set_read[i] = mem_alloc((size_t)l->inputs, sizeof(int));
        for (int k = 0; k < l->inputs; k++)
            c->set_read[i][k] = l->groups > 1 ? -1 : set_of_root[couple_find(b, b->inputs_first[i] + k)];
    }
}

/* Calls visit for every member: entries of constants by use, then columns of layers. */
static void each_member(struct couple *b, const struct coupling *c, const int *set_of_root,
                        void (*visit)(void *data, int set, const struct member *m), void *data)
{
    for (int i = 0; i < b->n_uses; i++) {
        const struct use *u = &b->uses[i];
        for (int k = 0; k < b->g->values[u->value].shape.dim[u->axis]; k++) {
            int set = set_of_root[couple_find(b, u->first + k)];
            struct member m = {u->value, u->axis, k, u->node, u->slot, b->readers[u->value], u->zeroed};
            if (set >= 0)
                visit(data, set, &m);
        }
    }
    for (int i = 0; i < b->l->n; i++)
        for (int k = 0; k < b->l->v[i].inputs; k++) {
            const struct layer *l = &b->l->v[i];
            struct member m = {l->value, l->input_axis, k, l->node, l->slots[0], b->readers[l->value], false};
            if (c->set_read[i][k] >= 0)
                visit(data, c->set_read[i][k], &m);
        }
}

static void count_member(void *data, int set, const struct member *m)
{
    struct coupling *c = data;
    (void)m;
    c->member_first[set + 1]++;
}

static void put_member(void *data, int set, const struct member *m)
{
    struct coupling *c = data;
    c->members[c->member_first[set]++] = *m;
}

static void fill_members(struct couple *b, struct coupling *c, const int *set_of_root)
{
    size_t n = (size_t)c->n_sets;
    c->member_first = mem_zero(n + 1, sizeof *c->member_first);
    each_member(b, c, set_of_root, count_member, c);
    for (size_t s = 0; s < n; s++)
        c->member_first[s + 1] += c->member_first[s];
    c->members = mem_alloc((size_t)c->member_first[n], sizeof *c->members);
    each_member(b, c, set_of_root, put_member, c);
    for (size_t s = n; s > 0; s--) /* each start has moved to its end */
        c->member_first[s] = c->member_first[s - 1];
    c->member_first[0] = 0;
}

bool coupling_find(const struct graph *g, const struct layers *l, struct coupling *out, struct err *e)
{
    struct couple b;
    *out = (struct coupling){0};
    if (!couple_begin(&b, g, l, e))
        return false;
    for (int i = 0; i < g->n_nodes; i++)
        couple_state(&b, i);
    couple_pin_outputs(&b);
    int *set_of_root = mem_alloc((size_t)b.n, sizeof *set_of_root);
    out->n_layers = l->n;
    out->set_of = mem_alloc((size_t)l->n, sizeof *out->set_of);
    out->set_read = mem_alloc((size_t)l->n, sizeof *out->set_read);
    out->n_sets = number_sets(&b, out, set_of_root);
    out->sets = mem_zero((size_t)out->n_sets, sizeof *out->sets);
    fill_units(&b, out);
    fill_pins(&b, out);
    fill_reads(&b, out, set_of_root);
    fill_members(&b, out, set_of_root);
    free(set_of_root);
    couple_end(&b);
    return true;
}

void coupling_release(struct coupling *c)
{
    for (int i = 0; i < c->n_layers; i++) {
        free(c->set_of[i]);
        free(c->set_read[i]);
    }
    free(c->set_of);
    free(c->set_read);
    free(c->sets);
    free(c->units);
    free(c->members);
    free(c->member_first);
    *c = (struct coupling){0};
}

void coupling_removed(const struct coupling *c, const struct mask *m, bool *removed)
{
    for (int s = 0; s < c->n_sets; s++) {
        removed[s] = true;
        for (int i = 0; i < c->sets[s].n_units && removed[s]; i++)
            removed[s] = mask_removed(m, c->sets[s].units[i].layer, c->sets[s].units[i].unit);
    }
}

static int by_entry(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    if (x->axis != y->axis)
        return x->axis < y->axis ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

struct member *coupling_zeroed(const struct coupling *c, const bool *removed, int64_t *n)
{
    struct member *all = NULL;
    size_t count = 0, capacity = 0, kept = 0;
    for (int s = 0; s < c->n_sets; s++)
        for (int64_t i = c->member_first[s]; removed[s] && i < c->member_first[s + 1]; i++)
            if (c->members[i].zeroed) {
                all = mem_grow(all, count, &capacity, sizeof *all);
                all[count++] = c->members[i];
            }
    if (count)
        qsort(all, count, sizeof *all, by_entry);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && by_entry(&all[i], &all[end]) == 0; end++)
            ;
        if (end - i == (size_t)all[i].readers)
            all[kept++] = all[i];
    }
    *n = (int64_t)kept;
    return all;
}
