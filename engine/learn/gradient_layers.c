/* gradient_layers: derivatives and directions by layer, in the file's order. See gradient.h. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/learn/gradient.h"

int *gradient_values(const struct graph *g, const struct layers *l, const bool *in_layers, int *n)
{
    size_t most = 0;
    for (int i = 0; i < l->n; i++)
        most += (size_t)l->v[i].n_nodes;
    int *values = mem_alloc(most, sizeof *values);
    *n = 0;
    for (int i = 0; i < l->n; i++)
        for (int k = 0; (!in_layers || in_layers[i]) && k < l->v[i].n_nodes; k++) {
            int v = layer_copy(g, &l->v[i], k);
            bool seen = false;
            for (int at = 0; at < *n; at++)
                seen |= values[at] == v;
            if (!seen)
                values[(*n)++] = v;
        }
    return values;
}

/* Element i of a matrix's transposed copy lies where in the matrix of the file? */
static int64_t turned_back(const struct shape *file, int64_t i)
{
    int64_t rows = file->dim[0], columns = file->dim[file->rank - 1];
    return i % rows * columns + i / rows;
}

void gradient_of_tensor(const struct graph *g, int tensor, const int *values, int n,
                        const double *const *sums, double *out)
{
    const struct shape *file = &g->values[tensor].shape;
    int64_t count = shape_elements(file);
    memset(out, 0, (size_t)count * sizeof *out);
    for (int at = 0; at < n; at++) {
        const struct value *v = &g->values[values[at]];
        bool copy = v->origin == tensor && shape_elements(&v->shape) == count;
        for (int64_t i = 0; (copy || values[at] == tensor) && i < count; i++)
            out[copy && v->origin_transposed ? turned_back(file, i) : i] += sums[at][i];
    }
}

void directions_make(const struct graph *g, const struct layers *l, const float *const *by_layer,
                     struct directions *out)
{
    int n;
    int *values = gradient_values(g, l, NULL, &n);
    *out = (struct directions){.v = mem_zero((size_t)g->n_values, sizeof *out->v),
                               .owned = mem_zero((size_t)n, sizeof *out->owned)};
    for (int i = 0; i < l->n; i++)
        for (int k = 0; by_layer[i] && k < l->v[i].n_nodes; k++) {
            const struct layer *layer = &l->v[i];
            int v = layer_copy(g, layer, k);
            if (out->v[v])
                continue;
            struct tensor *t = out->owned[out->n_owned++] = tensor_new(DT_F32, &g->values[v].shape);
            for (int64_t at = 0; at < layer->weights; at++)
                t->f[at] =
                    by_layer[i][layer->transposed[k] ? turned_back(&g->values[layer->value].shape, at) : at];
            out->v[v] = t;
        }
    free(values);
}

void directions_release(struct directions *d)
{
    for (int i = 0; i < d->n_owned; i++)
        tensor_free(d->owned[i]);
    free(d->owned);
    free(d->v);
    *d = (struct directions){0};
}
