/* layers: finds the weights that can be pruned and who reads them. Names are made in names.c, the constants that are no
 * weights are listed in constants.c, places in layers are parsed in place.c. */
#include "engine/prune/layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/prune/constants.h"
#include "engine/prune/geometry.h"
#include "engine/prune/names.h"

/* The tensor of the file that a constant is or is a copy of. */
static int root_of(const struct graph *g, int value)
{
    return g->values[value].origin >= 0 ? g->values[value].origin : value;
}

static struct layer *layer_add(const struct graph *g, struct layers *out, size_t *capacity, int root,
                               const struct geometry *m)
{
    out->v = mem_grow(out->v, (size_t)out->n, capacity, sizeof *out->v);
    struct layer *l = &out->v[out->n++];
    const struct value *v = &g->values[root];
    *l = (struct layer){
        .value = root, .tensor = mem_text(v->name), .tensor_index = v->initializer, .bias = -1};
    l->bias_node = -1;
    l->units = m->units;
    l->inputs = m->inputs;
    l->taps = m->taps;
    l->groups = m->groups;
    l->unit_axis = m->unit_axis;
    l->input_axis = m->input_axis;
    l->unit_stride = m->unit_stride;
    l->input_stride = m->input_stride;
    l->taps_rank = m->taps_rank;
    memcpy(l->taps_shape, m->taps_shape, sizeof l->taps_shape);
    l->weights = m->units * m->inputs * m->taps;
    l->first = out->prunable;
    out->prunable += l->weights;
    return l;
}

static void reader_add(const struct graph *g, struct layer *l, int node, const struct geometry *m)
{
    size_t n = (size_t)l->n_nodes + 1;
    l->nodes = mem_resize(l->nodes, n, sizeof *l->nodes);
    l->slots = mem_resize(l->slots, n, sizeof *l->slots);
    l->transposed = mem_resize(l->transposed, n, sizeof *l->transposed);
    l->swapped = mem_resize(l->swapped, n, sizeof *l->swapped);
    if (!l->n_nodes) {
        l->node = node;
        l->op = g->nodes[node].op->name;
    }
    l->nodes[l->n_nodes] = node;
    l->slots[l->n_nodes] = m->slot;
    l->transposed[l->n_nodes] = m->transposed;
    l->swapped[l->n_nodes] = m->unit_axis != l->unit_axis;
    l->n_nodes++;
}

static void collect(const struct graph *g, struct layers *out)
{
    size_t capacity = 0;
    int *layer_of = mem_alloc((size_t)g->n_values, sizeof *layer_of);
    for (int v = 0; v < g->n_values; v++)
        layer_of[v] = -1;
    for (int i = 0; i < g->n_nodes; i++) {
        struct geometry m;
        if (!geometry_find(g, i, &m) || m.reason)
            continue;
        int root = root_of(g, g->nodes[i].inputs[m.slot]);
        struct layer *l;
        if (layer_of[root] < 0) {
            layer_of[root] = out->n;
            l = layer_add(g, out, &capacity, root, &m);
        } else {
            l = &out->v[layer_of[root]];
        }
        reader_add(g, l, i, &m);
    }
    free(layer_of);
}

static void name_all(const struct graph *g, struct layers *out)
{
    struct name_parts *parts = mem_alloc((size_t)out->n, sizeof *parts);
    char **names = mem_alloc((size_t)out->n, sizeof *names);
    for (int i = 0; i < out->n; i++) {
        const struct layer *l = &out->v[i];
        const struct node *node = &g->nodes[l->node];
        parts[i] = (struct name_parts){.tensor = l->tensor,
                                       .tensor_made_up = l->n_nodes > 1 || l->tensor_index < 0,
                                       .node = node->name ? node->name : "",
                                       .scope = node->scope ? node->scope : "",
                                       .bias = l->bias >= 0 ? g->values[l->bias].name : "",
                                       .bias_made_up = l->bias < 0 || constant_readers(g, l->bias) > 1,
                                       .op = l->op,
                                       .number = node->source_node};
        names[i] = name_of_layer(&parts[i]);
    }
    names_without_model(names, parts, out->n);
    for (int i = 0; i < out->n; i++)
        out->v[i].name = names[i] = name_unique(names[i], names, i);
    free(parts);
    free(names);
}

static bool check_finite(const struct graph *g, const struct layer *l, struct err *e)
{
    const float *w = layer_weights(g, l);
    for (int64_t i = 0; i < l->weights; i++) {
        if (isfinite(w[i]))
            continue;
        int64_t unit, input, tap;
        layer_position(l, i, &unit, &input, &tap);
        err_set(e, ERR_UNREADABLE, "weight of %s (tensor %s) at unit %lld, input %lld is %s, not a number",
                l->name, l->tensor, (long long)unit, (long long)input, isnan(w[i]) ? "NaN" : "infinite");
        return err_hint(e,
                        "train or export the model again: a pruned model cannot be better than its weights");
    }
    return true;
}

bool layers_find(const struct graph *g, struct layers *out, struct err *e)
{
    *out = (struct layers){0};
    collect(g, out);
    for (int i = 0; i < out->n; i++)
        bias_find(g, &out->v[i]);
    name_all(g, out);
    constants_find(g, out);
    for (int i = 0; i < out->n; i++)
        if (!check_finite(g, &out->v[i], e)) {
            layers_release(out);
            return false;
        }
    return true;
}

void layers_release(struct layers *l)
{
    for (int i = 0; i < l->n; i++) {
        free(l->v[i].name);
        free(l->v[i].tensor);
        free(l->v[i].nodes);
        free(l->v[i].slots);
        free(l->v[i].transposed);
        free(l->v[i].swapped);
    }
    for (int i = 0; i < l->n_unprunable; i++) {
        free(l->unprunable[i].name);
        free(l->unprunable[i].op);
        free(l->unprunable[i].reason);
    }
    free(l->v);
    free(l->extras);
    free(l->unprunable);
    *l = (struct layers){0};
}

int64_t layer_index(const struct layer *l, int64_t unit, int64_t input, int64_t tap)
{
    if (l->groups == 1)
        return unit * l->unit_stride + input * l->input_stride + tap;
    int64_t per = l->units / l->groups;
    return unit / per * (l->weights / l->groups) + unit % per * l->unit_stride + input * l->input_stride +
           tap;
}

void layer_position(const struct layer *l, int64_t index, int64_t *unit, int64_t *input, int64_t *tap)
{
    int64_t block = l->weights / l->groups, group = index / block, within = index % block;
    int64_t matrix = within / l->taps, per = l->units / l->groups;
    *tap = within % l->taps;
    if (l->unit_stride > l->input_stride) {
        *unit = group * per + matrix / l->inputs;
        *input = matrix % l->inputs;
    } else {
        *unit = group * per + matrix % per;
        *input = matrix / per;
    }
}

const float *layer_weights(const struct graph *g, const struct layer *l)
{
    return g->values[l->value].constant->f;
}

int layer_copy(const struct graph *g, const struct layer *l, int i)
{
    return g->nodes[l->nodes[i]].inputs[l->slots[i]];
}
