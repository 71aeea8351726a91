/* fold: values that depend on constants only are computed while binding, by the operator's own forward in one lane. Shapes are
 * constant once the batch is fixed, so Shape and Size fold whatever they read. What is left of the origin of a weight (a
 * transposed copy, a cast) is remembered, so that tied weights are recognised. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/bind.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"

bool fold_possible(const struct graph *g, const struct node *n)
{
    if (n->op->reads_shape_only)
        return true;
    for (int i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] >= 0 && !g->values[n->inputs[i]].constant)
            return false;
    return true;
}

static struct operand operand_of(const struct graph *g, int value, int lane_stride)
{
    if (value < 0)
        return (struct operand){0};
    struct value *v = &g->values[value];
    return (struct operand){.data = v->constant ? v->constant->data : NULL,
                            .shape = &v->shape,
                            .type = v->type,
                            .lane_stride = lane_stride,
                            .present = true};
}

static bool make_constants(struct binder *b, struct node *n)
{
    for (int i = 0; i < n->n_outputs; i++) {
        if (n->outputs[i] < 0)
            continue;
        struct value *v = &b->g->values[n->outputs[i]];
        int64_t bytes = shape_elements(&v->shape) * 4;
        if (bytes > b->constants_left)
            return op_unsupported(b->g, n, b->e,
                                  "its constant result takes %" PRId64
                                  " bytes, more than the limit leaves (%" PRId64 ")",
                                  bytes, b->constants_left);
        b->constants_left -= bytes;
        v->constant = tensor_new(v->type, &v->shape);
        v->producer = -1;
    }
    return true;
}

/* Products of large constants take time that a few bytes of a file can ask for: nobody can stop a binding. */
static bool within_work(struct binder *b, const struct node *n)
{
    struct op_cost cost;
    op_costs(b->g, n, &cost);
    b->work_left -= (double)cost.macs_fixed; /* of constants alone: no weight is counted apart */
    return b->work_left >= 0 || op_unsupported(b->g, n, b->e,
                                               "its constant result takes %.3g multiply-adds, more than are "
                                               "spent on constants while a model is opened",
                                               (double)cost.macs_fixed);
}

static void compute(struct binder *b, const struct node *n)
{
    struct operand *operands = mem_zero((size_t)(n->n_inputs + n->n_outputs), sizeof *operands);
    struct operand *outputs = operands + n->n_inputs;
    for (int i = 0; i < n->n_inputs; i++)
        operands[i] = operand_of(b->g, n->inputs[i], 0);
    for (int i = 0; i < n->n_outputs; i++)
        outputs[i] = operand_of(b->g, n->outputs[i], 1);
    size_t scratch = op_scratch(b->g, n, 1);
    struct op_call call = {.node = n,
                           .kernels = &b->kernels,
                           .lanes = 1,
                           .n_inputs = n->n_inputs,
                           .n_outputs = n->n_outputs,
                           .inputs = operands,
                           .outputs = outputs,
                           .scratch = scratch ? mem_lanes(scratch, 1) : NULL};
    n->op->forward(&call);
    free(call.scratch);
    free(operands);
}

/* What a Transpose does to the order of elements: nothing, the swap of the axes of a matrix that still has the shape of the
 * origin, or something else, which makes the copy a constant of its own. */
enum reorder { KEEPS, SWAPS, MIXES };

static enum reorder reorder_of(const struct graph *g, const struct node *n, const struct shape *origin)
{
    const struct shape *x = &g->values[n->inputs[0]].shape, *y = &g->values[n->outputs[0]].shape;
    const struct attr *perm = node_attr(n, "perm");
    bool same = perm != NULL;
    for (int d = 0; d < x->rank && same; d++)
        same = perm->ints[d] == d;
    if (same)
        return KEEPS;
    bool matrix = x->rank == 2 && origin->rank == 2;
    return matrix && (shape_equal(x, origin) || shape_equal(y, origin)) ? SWAPS : MIXES;
}

static void keep_origin(const struct graph *g, const struct node *n)
{
    if (n->n_inputs < 1 || n->inputs[0] < 0 || n->n_outputs < 1 || n->outputs[0] < 0)
        return;
    const struct value *x = &g->values[n->inputs[0]];
    struct value *y = &g->values[n->outputs[0]];
    int origin = x->initializer >= 0 ? n->inputs[0] : x->origin;
    if (origin < 0 || y->type != DT_F32 || x->type != DT_F32)
        return;
    enum reorder how = MIXES;
    if (n->op->moves_nothing || !strcmp(n->op->name, "Cast"))
        how = KEEPS;
    else if (!strcmp(n->op->name, "Transpose"))
        how = reorder_of(g, n, &g->values[origin].shape);
    if (how == MIXES)
        return;
    y->origin = origin;
    y->origin_transposed = x->origin_transposed != (how == SWAPS);
}

bool fold_node(struct binder *b, struct node *n)
{
    if (!within_work(b, n) || !make_constants(b, n))
        return false;
    compute(b, n);
    keep_origin(b->g, n);
    return true;
}
