/* gradient_records: derivatives of each record by weights, a unit's row at a time: the products of what the layer read and of the
 * derivative by its result, which are all that stays in memory. Tables that nodes look up in have no such products; of those the
 * derivatives of a whole block are kept. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/graph/weighted.h"
#include "engine/learn/slices.h"

struct work {
    struct slices at;
    const struct layers *l;
    const bool *in_layers;
    const struct record_visitor *v;
    int64_t most; /* weights of the longest row */
    void **slots; /* by slice, until folded */
};

struct scratch {
    struct tape_run *run;
    float *row; /* [most][lanes] */
};

static void *scratch_new(const void *work)
{
    const struct work *w = work;
    struct scratch *s = mem_zero(1, sizeof *s);
    s->run = tape_run_new(w->at.tape);
    s->row = mem_lanes((size_t)(w->most * w->at.lanes), sizeof *s->row);
    return s;
}

static void scratch_free(void *scratch)
{
    struct scratch *s = scratch;
    tape_run_free(s->run);
    free(s->row);
    free(s);
}

/* The sum that a reader of the layer computes with it; NULL: it computes none. */
static const struct weighted *sum_of(const struct graph *g, const struct layer *l, int reader)
{
    const struct weighted *w = op_weighted(&g->nodes[l->nodes[reader]]);
    return w && w->constant && w->weight == l->slots[reader] ? w : NULL;
}

/* Where the weight lies in the copy that a reader reads. */
static int64_t copy_index(const struct graph *g, const struct layer *l, int reader, int64_t index)
{
    const struct shape *file = &g->values[l->value].shape;
    int64_t columns = file->dim[file->rank - 1];
    return l->transposed[reader] ? index % columns * file->dim[0] + index / columns : index;
}

/* row += this unit's derivatives through a reader without a sum. */
static void add_looked_up(const struct work *w, const struct scratch *s, const struct layer *l, int reader,
                          int64_t unit)
{
    int64_t lanes = w->at.lanes;
    const float *d = tape_derivative(s->run, layer_copy(w->at.of->g, l, reader), false);
    for (int64_t i = 0; i < l->inputs; i++)
        for (int64_t tap = 0; tap < l->taps; tap++) {
            int64_t from = copy_index(w->at.of->g, l, reader, layer_index(l, unit, i, tap));
            for (int64_t lane = 0; lane < lanes; lane++)
                s->row[(i * l->taps + tap) * lanes + lane] += d[from * lanes + lane];
        }
}

static void make_row(const struct work *w, const struct scratch *s, const struct layer *l, int64_t unit)
{
    memset(s->row, 0, (size_t)(l->inputs * l->taps * w->at.lanes) * sizeof *s->row);
    for (int k = 0; k < l->n_nodes; k++) {
        const struct weighted *sum = sum_of(w->at.of->g, l, k);
        int64_t per = l->units / l->groups;
        bool once = true; /* readers of one copy without a sum share its derivative */
        for (int before = 0; before < k; before++)
            once &= sum || sum_of(w->at.of->g, l, before) ||
                    layer_copy(w->at.of->g, l, before) != layer_copy(w->at.of->g, l, k);
        if (!sum && once)
            add_looked_up(w, s, l, k, unit);
        else if (sum && l->swapped[k])
            tape_weight_row(s->run, l->nodes[k], 0, 0, unit, l->inputs, true, s->row);
        else if (sum)
            tape_weight_row(s->run, l->nodes[k], unit / per, unit % per, 0, l->inputs, false, s->row);
    }
}

static bool slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    const struct scratch *s = scratch;
    double loss;
    struct record_rows rows = {.lanes = w->at.lanes, .g = s->row};
    if (!slice_run(&w->at, i, s->run, &loss, stop))
        return false;
    slice_records(&w->at, i, &rows.first, &rows.n);
    void *slot = w->slots[i] = w->v->slot_new(w->v->data);
    for (int layer = 0; layer < w->l->n; layer++)
        for (int64_t unit = 0; (!w->in_layers || w->in_layers[layer]) && unit < w->l->v[layer].units;
             unit++) {
            if (atomic_load_explicit(stop, memory_order_relaxed))
                return false;
            rows.layer = layer;
            rows.unit = unit;
            make_row(w, s, &w->l->v[layer], unit);
            w->v->row(w->v->data, slot, &rows);
        }
    return true;
}

static void fold(void *work, int64_t i)
{
    struct work *w = work;
    w->v->fold(w->v->data, w->slots[i]);
    w->slots[i] = NULL;
}

/* What the tape has to keep: derivatives by results of sums, and by the tables themselves. */
static int *wanted_values(const struct graph *g, struct work *w, int *n)
{
    size_t most = 0;
    for (int i = 0; i < w->l->n; i++)
        most += (size_t)w->l->v[i].n_nodes;
    int *values = mem_alloc(most, sizeof *values);
    *n = 0;
    for (int i = 0; i < w->l->n; i++) {
        const struct layer *l = &w->l->v[i];
        if (w->in_layers && !w->in_layers[i])
            continue;
        w->most = l->inputs * l->taps > w->most ? l->inputs * l->taps : w->most;
        for (int k = 0; k < l->n_nodes; k++)
            values[(*n)++] = sum_of(g, l, k) ? g->nodes[l->nodes[k]].outputs[0] : layer_copy(g, l, k);
    }
    return values;
}

bool gradient_records(const struct gradient_of *of, const struct layers *l, const bool *in_layers,
                      const struct record_visitor *v, struct runner *r, struct err *e)
{
    struct work w = {.l = l, .in_layers = in_layers, .v = v};
    struct tape_options o = {.apart = true};
    int *values = wanted_values(of->g, &w, &o.n_wanted);
    o.wanted = values;
    bool ok = slices_init(&w.at, of, &o, 0, e);
    free(values);
    if (!ok)
        return false;
    w.slots = mem_zero((size_t)w.at.n, sizeof *w.slots);
    const struct plan plan = {.slices = w.at.n,
                              .work = &w,
                              .scratch_new = scratch_new,
                              .scratch_free = scratch_free,
                              .slice = slice,
                              .fold = fold};
    bool whole = plan_run(r, &plan);
    for (int64_t i = 0; i < w.at.n; i++)
        if (w.slots[i])
            v->slot_free(w.slots[i]);
    free(w.slots);
    slices_release(&w.at);
    return whole || err_set(e, ERR_CANCELLED, "the derivatives were stopped before their end");
}
