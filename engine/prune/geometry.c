/* geometry: see geometry.h. What a weighted sum says of its axes (weighted.h), and tables of embeddings. */
#include "engine/prune/geometry.h"

#include <string.h>

#include "engine/graph/op.h"
#include "engine/graph/weighted.h"
#include "engine/prune/constants.h"

static bool refuse(struct geometry *out, const char *reason)
{
    out->reason = reason;
    return false;
}

/* Gather looks rows of a table up: no sum, but its columns are units. */
static bool is_table(const struct node *n)
{
    return !n->op->domain[0] && strcmp(n->op->name, "Gather") == 0;
}

static bool table_axes(const struct node *n, const struct shape *s, struct geometry *out)
{
    if (s->rank > 2 || node_int(n, "axis", 0) % s->rank != 0)
        return refuse(out, "it is no table of embeddings");
    out->input_axis = 0;
    out->unit_axis = s->rank == 1 ? -1 : 1;
    return true;
}

/* Taps lie behind units and inputs. */
static bool sum_axes(const struct weighted *w, const struct shape *s, struct geometry *out)
{
    if (w->unfit)
        return refuse(out, w->unfit);
    out->unit_axis = w->axes.unit;
    out->input_axis = w->axes.input;
    out->groups = w->groups;
    out->taps = w->taps;
    for (int d = 1 + (w->axes.unit > w->axes.input ? w->axes.unit : w->axes.input); d < s->rank; d++)
        out->taps_shape[out->taps_rank++] = (int)s->dim[d];
    return true;
}

/* Let axes speak of the file's tensor where the node reads a copy of it. */
static bool back_to_file(const struct graph *g, int value, struct geometry *out)
{
    const struct value *v = &g->values[value];
    if (v->origin < 0)
        return constant_name(g, value) || refuse(out, "it is computed from other constants of the file");
    const struct shape *file = &g->values[v->origin].shape, *here = &v->shape;
    if (g->values[v->origin].type != DT_F32)
        return refuse(out, "the file does not store it as real numbers");
    out->transposed = v->origin_transposed;
    if (!out->transposed)
        return shape_equal(file, here) || refuse(out, "it is a rearranged copy of the file's tensor");
    if (file->rank != 2 || here->rank != 2 || file->dim[0] != here->dim[1] || file->dim[1] != here->dim[0])
        return refuse(out, "it is a rearranged copy of the file's tensor");
    out->unit_axis = 1 - out->unit_axis;
    out->input_axis = 1 - out->input_axis;
    return true;
}

static void sizes(const struct shape *file, struct geometry *out)
{
    int64_t strides[SHAPE_MAX];
    shape_strides(file, strides);
    out->inputs = file->dim[out->input_axis];
    out->input_stride = strides[out->input_axis];
    out->units = 1;
    out->unit_stride = out->inputs * out->taps; /* of the one unit of a vector */
    if (out->unit_axis >= 0) {
        out->units = file->dim[out->unit_axis];
        out->unit_stride = strides[out->unit_axis];
    }
    if (out->unit_axis > out->input_axis) { /* ConvTranspose: the first axis holds the inputs of all groups */
        out->units *= out->groups;
        out->inputs /= out->groups;
    }
}

bool geometry_find(const struct graph *g, int node, struct geometry *out)
{
    const struct node *n = &g->nodes[node];
    const struct weighted *w = op_described(n);
    *out = (struct geometry){.taps = 1, .groups = 1, .taps_shape = {1, 1, 1}};
    if (!is_table(n) && (!w || w->axes.data < 0))
        return false;
    out->slot = w ? w->weight : 0;
    int value = node_input(n, out->slot);
    const struct value *v = value < 0 ? NULL : &g->values[value];
    if (!v || !v->constant || v->type != DT_F32)
        return false;
    if (v->shape.rank < 1 || shape_elements(&v->shape) == 0)
        out->reason = "it is empty";
    else if ((w ? sum_axes(w, &v->shape, out) : table_axes(n, &v->shape, out)) && back_to_file(g, value, out))
        sizes(&g->values[v->origin >= 0 ? v->origin : value].shape, out);
    return true;
}
