/* geometry: one row an operator that has a prunable weight. */
#include "engine/prune/geometry.h"

#include <string.h>

#include "engine/graph/equation.h"
#include "engine/graph/op.h"
#include "engine/prune/constants.h"

/* Fill units, inputs and axes from the shape as the node reads it; false leaves a reason. */
typedef bool axes_fn(const struct graph *g, const struct node *n, const struct shape *s,
                     struct geometry *out);

static bool refuse(struct geometry *out, const char *reason)
{
    out->reason = reason;
    return false;
}

static bool gemm_axes(const struct graph *g, const struct node *n, const struct shape *s,
                      struct geometry *out)
{
    (void)g;
    if (s->rank != 2)
        return refuse(out, "it is no matrix");
    out->unit_axis = node_int(n, "transB", 0) ? 0 : 1;
    out->input_axis = 1 - out->unit_axis;
    return true;
}

static bool matmul_axes(const struct graph *g, const struct node *n, const struct shape *s,
                        struct geometry *out)
{
    (void)g, (void)n;
    for (int d = 0; d < s->rank - 2; d++)
        if (s->dim[d] != 1)
            return refuse(out, "it is a batch of matrices, not one");
    out->input_axis = s->rank == 1 ? 0 : s->rank - (out->slot == 1 ? 2 : 1);
    out->unit_axis = s->rank == 1 ? -1 : s->rank - (out->slot == 1 ? 1 : 2);
    return true;
}

static bool einsum_axes(const struct graph *g, const struct node *n, const struct shape *s,
                        struct geometry *out)
{
    struct equation_weight w;
    (void)s;
    if (!equation_weight(g, n, &w) || w.reason)
        return refuse(out, w.reason ? w.reason : "no data are multiplied by it");
    out->unit_axis = w.unit_axis;
    out->input_axis = w.input_axis;
    return true;
}

static bool gather_axes(const struct graph *g, const struct node *n, const struct shape *s,
                        struct geometry *out)
{
    (void)g;
    if (s->rank > 2 || node_int(n, "axis", 0) % s->rank != 0)
        return refuse(out, "it is no table of embeddings");
    out->input_axis = 0;
    out->unit_axis = s->rank == 1 ? -1 : 1;
    return true;
}

static void taps_of(const struct shape *s, struct geometry *out)
{
    out->taps_rank = s->rank - 2;
    for (int d = 2; d < s->rank; d++) {
        out->taps_shape[d - 2] = (int)s->dim[d];
        out->taps *= s->dim[d];
    }
}

static bool conv_axes(const struct graph *g, const struct node *n, const struct shape *s,
                      struct geometry *out)
{
    (void)g;
    if (s->rank < 3 || s->rank > 5)
        return refuse(out, "it is no convolution kernel");
    out->unit_axis = 0;
    out->input_axis = 1;
    out->groups = node_int(n, "group", 1);
    taps_of(s, out);
    return true;
}

static bool conv_transpose_axes(const struct graph *g, const struct node *n, const struct shape *s,
                                struct geometry *out)
{
    (void)g;
    if (!conv_axes(g, n, s, out))
        return false;
    out->unit_axis = 1;
    out->input_axis = 0;
    return true;
}

static const struct row {
    const char *op;
    int slots[2]; /* inputs that may be the weight; the first constant one is; -1: none */
    axes_fn *axes;
} rows[] = {
    {"Gemm", {1, -1}, gemm_axes},     {"MatMul", {1, 0}, matmul_axes},
    {"Conv", {1, -1}, conv_axes},     {"ConvTranspose", {1, -1}, conv_transpose_axes},
    {"Gather", {0, -1}, gather_axes}, {"Einsum", {1, 0}, einsum_axes},
};

static const struct row *row_of(const struct node *n)
{
    if (n->op->domain[0])
        return NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].op, n->op->name) == 0)
            return &rows[i];
    return NULL;
}

static int weight_slot(const struct graph *g, const struct node *n, const struct row *row)
{
    for (int k = 0; k < 2 && row->slots[k] >= 0; k++) {
        int slot = row->slots[k];
        int value = node_input(n, slot);
        if (value >= 0 && g->values[value].constant && g->values[value].type == DT_F32)
            return slot;
    }
    return -1;
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
    const struct row *row = row_of(n);
    *out = (struct geometry){.taps = 1, .groups = 1, .taps_shape = {1, 1, 1}};
    if (!row || (out->slot = weight_slot(g, n, row)) < 0)
        return false;
    int value = n->inputs[out->slot];
    const struct value *v = &g->values[value];
    if (v->shape.rank < 1 || shape_elements(&v->shape) == 0)
        out->reason = "it is empty";
    else if (row->axes(g, n, &v->shape, out) && back_to_file(g, value, out))
        sizes(&g->values[v->origin >= 0 ? v->origin : value].shape, out);
    return true;
}
