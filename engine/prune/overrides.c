/* overrides: how a mask enters a computation: constants that replace the graph's own. Masked weights are 0, and so are the biases
 * and normalisation entries of removed units and what consumers read from them. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/tensor.h"
#include "engine/prune/bits.h"
#include "engine/prune/effect.h"
#include "engine/prune/prune.h"

static struct tensor *own(struct overrides *o, struct tensor *t)
{
    o->owned = mem_resize(o->owned, (size_t)o->n_owned + 1, sizeof *o->owned);
    return o->owned[o->n_owned++] = t;
}

/* The constant of a value as it stands: replaced already, given, or the graph's. */
static const struct tensor *now(const struct graph *g, const struct overrides *o, int value)
{
    return o->v[value] ? o->v[value] : g->values[value].constant;
}

/* left: effect_of the mask. Words of kept weights, or of cut ones, need no look at every bit. */
static void mask_tensor(const struct layer *l, const struct mask *left, int layer, float *w)
{
    const uint64_t *bits = mask_words(left, layer);
    for (int64_t first = 0; first < l->weights; first += 64) {
        int64_t end = l->weights - first < 64 ? l->weights - first : 64;
        uint64_t word = bits[first / 64];
        for (uint64_t cut = ~word; cut && word; cut &= cut - 1) {
            int i = __builtin_ctzll(cut);
            if (i >= end)
                break;
            w[first + i] = 0;
        }
        if (!word)
            memset(w + first, 0, (size_t)end * sizeof *w);
    }
}

static struct tensor *transposed(const struct tensor *t)
{
    int64_t rows = t->shape.dim[0], columns = t->shape.dim[1];
    const struct shape shape = {.rank = 2, .dim = {columns, rows}};
    struct tensor *out = tensor_new(DT_F32, &shape);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            out->f[k * rows + i] = t->f[i * columns + k];
    return out;
}

/* Nodes that read a folded copy of the weight get a copy of the new one. */
static void pass_on(const struct graph *g, const struct layer *l, struct overrides *o)
{
    for (int i = 0; i < l->n_nodes; i++) {
        int copy = layer_copy(g, l, i);
        if (copy == l->value || o->v[copy])
            continue;
        o->v[copy] = l->transposed[i] ? own(o, transposed(o->v[l->value])) : o->v[l->value];
    }
}

static void zero_entry(const struct member *m, struct tensor *t)
{
    int64_t strides[SHAPE_MAX], n = shape_elements(&t->shape), length = t->shape.dim[m->axis];
    shape_strides(&t->shape, strides);
    for (int64_t i = 0; i < n; i++)
        if (i / strides[m->axis] % length == m->index)
            t->f[i] = 0;
}

static void zero_members(const struct graph *g, const struct coupling *c, const bool *removed,
                         struct overrides *o)
{
    int64_t n;
    struct member *members = coupling_zeroed(c, removed, &n);
    struct tensor *t = NULL;
    for (int64_t i = 0; i < n; i++) { /* sorted by value */
        if (i == 0 || members[i].value != members[i - 1].value) {
            t = own(o, tensor_copy(now(g, o, members[i].value)));
            o->v[members[i].value] = t;
        }
        zero_entry(&members[i], t);
    }
    free(members);
}

void overrides_make(const struct graph *g, const struct layers *l, const struct coupling *c,
                    const struct mask *m, const struct tensor *const *weights, struct overrides *out)
{
    bool *removed = mem_alloc((size_t)c->n_sets, sizeof *removed);
    *out = (struct overrides){.n_values = g->n_values};
    out->v = mem_zero((size_t)g->n_values, sizeof *out->v);
    for (int v = 0; weights && v < g->n_values; v++)
        out->v[v] = weights[v];
    coupling_removed(c, m, removed);
    struct mask *left = effect_of(l, c, m);
    for (int i = 0; i < l->n; i++) {
        const struct layer *layer = &l->v[i];
        bool whole = mask_count(left, i) == layer->weights;
        if (whole && !out->v[layer->value])
            continue;
        if (!whole) {
            struct tensor *t = own(out, tensor_copy(now(g, out, layer->value)));
            mask_tensor(layer, left, i, t->f);
            out->v[layer->value] = t;
        }
        pass_on(g, layer, out);
    }
    zero_members(g, c, removed, out);
    mask_unref(left);
    free(removed);
}

void overrides_release(struct overrides *o)
{
    for (int i = 0; i < o->n_owned; i++)
        tensor_free(o->owned[i]);
    free(o->owned);
    free(o->v);
    *o = (struct overrides){0};
}
