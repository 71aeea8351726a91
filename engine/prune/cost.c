/* cost: counts what a mask leaves, by the formulas of cost.h. */
#include "engine/prune/cost.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/prune/effect.h"
#include "engine/prune/geometry.h"

static void storage(const struct layer *l, struct layer_cost *c)
{
    int64_t index = l->inputs * l->taps < 65536 ? 2 : 4;
    c->dense_bytes = 4 * (c->weights + c->biases);
    c->bitmask_bytes = (c->weights + 7) / 8 + 4 * c->kept + 4 * c->biases;
    c->csr_bytes = c->kept * (4 + index) + 4 * (l->units + 1) + 4 * c->biases;
}

/* Products of layers use each kept weight so often; others are counted once for all. */
static void count_macs(const struct graph *g, const struct layers *l, struct cost *out)
{
    bool *is_layer = mem_zero((size_t)g->n_nodes, sizeof *is_layer);
    for (int i = 0; i < l->n; i++)
        for (int k = 0; k < l->v[i].n_nodes; k++) {
            int node = l->v[i].nodes[k];
            struct op_cost c;
            op_costs(g, &g->nodes[node], &c);
            is_layer[node] = true;
            out->layers[i].macs += c.macs_per_weight * out->layers[i].kept + c.macs_fixed;
            out->layers[i].dense_macs += c.macs_per_weight * out->layers[i].weights + c.macs_fixed;
        }
    for (int i = 0; i < g->n_nodes; i++) {
        if (is_layer[i])
            continue;
        struct op_cost c;
        struct geometry m;
        op_costs(g, &g->nodes[i], &c);
        int weight = geometry_find(g, i, &m) ? node_input(&g->nodes[i], m.slot) : -1;
        int64_t weights = weight >= 0 ? shape_elements(&g->values[weight].shape) : 0;
        out->macs += c.macs_fixed + c.macs_per_weight * weights;
        out->dense_macs += c.macs_fixed + c.macs_per_weight * weights;
    }
    free(is_layer);
}

/* Float elements of the file that are neither weights nor biases of layers; copies that were folded count as what they are
 * copies of. */
static int64_t other_elements(const struct graph *g, const struct layers *l)
{
    bool *counted = mem_zero((size_t)g->n_values, sizeof *counted);
    int64_t n = 0;
    for (int i = 0; i < l->n; i++) {
        counted[l->v[i].value] = true;
        if (l->v[i].bias >= 0)
            counted[l->v[i].bias] = true;
    }
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++) {
            int v = g->nodes[i].inputs[k];
            if (v >= 0 && g->values[v].origin >= 0)
                v = g->values[v].origin;
            if (v < 0 || counted[v] || !g->values[v].constant || g->values[v].type != DT_F32)
                continue;
            counted[v] = true;
            if (g->values[v].initializer >= 0)
                n += shape_elements(&g->values[v].shape);
        }
    free(counted);
    return n;
}

/* Biases and normalisation entries that left with units. */
static int64_t left_with_units(const struct graph *g, const struct layers *l, const struct coupling *c,
                               const struct mask *m)
{
    bool *removed = mem_alloc((size_t)c->n_sets, sizeof *removed);
    bool *extra = mem_zero((size_t)g->n_values, sizeof *extra);
    int64_t n, left = 0;
    for (int i = 0; i < l->n_extras; i++)
        extra[l->extras[i]] = true;
    coupling_removed(c, m, removed);
    struct member *members = coupling_zeroed(c, removed, &n);
    for (int64_t i = 0; i < n; i++) {
        const struct shape *s = &g->values[members[i].value].shape;
        if (extra[members[i].value])
            left += shape_elements(s) / s->dim[members[i].axis];
    }
    free(members);
    free(extra);
    free(removed);
    return left;
}

static void sum_storage(struct cost *out)
{
    for (int i = 0; i < out->n_layers; i++) {
        const struct layer_cost *c = &out->layers[i];
        out->macs += c->macs;
        out->dense_macs += c->dense_macs;
        out->dense_bytes += c->dense_bytes;
        out->bitmask_bytes += c->bitmask_bytes;
        out->csr_bytes += c->csr_bytes;
    }
    out->smallest = "dense";
    out->smallest_bytes = out->dense_bytes;
    if (out->bitmask_bytes < out->smallest_bytes) {
        out->smallest = "bitmask";
        out->smallest_bytes = out->bitmask_bytes;
    }
    if (out->csr_bytes < out->smallest_bytes) {
        out->smallest = "csr";
        out->smallest_bytes = out->csr_bytes;
    }
}

void cost_of(const struct graph *g, const struct layers *l, const struct coupling *c, const struct mask *m,
             struct cost *out)
{
    int64_t *kept = mem_alloc((size_t)l->n, sizeof *kept);
    *out = (struct cost){.n_layers = l->n, .prunable = l->prunable, .dense_parameters = l->parameters};
    out->layers = mem_zero((size_t)l->n, sizeof *out->layers);
    out->kept = effect_kept(l, c, m, kept);
    for (int i = 0; i < l->n; i++) {
        out->layers[i].kept = kept[i];
        out->layers[i].weights = l->v[i].weights;
        out->layers[i].biases = l->v[i].bias >= 0 ? l->v[i].units : 0;
        storage(&l->v[i], &out->layers[i]);
    }
    free(kept);
    count_macs(g, l, out);
    out->parameters = out->kept + l->parameters - l->prunable - left_with_units(g, l, c, m);
    out->other_bytes = 4 * other_elements(g, l);
    sum_storage(out);
}

void cost_release(struct cost *c)
{
    free(c->layers);
    *c = (struct cost){0};
}
