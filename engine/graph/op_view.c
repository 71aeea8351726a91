/* op_view: operators that keep every element where it is and change the shape or the type: Reshape, Flatten, Squeeze,
 * Unsqueeze, Identity, Dropout, Cast. Elements change place in op_move.c and op_slice.c. */
#include <inttypes.h>
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_rules.h"

/* Shared forward of all views; called for constants only, and for Dropout whose mask somebody reads. */
static void view_forward(const struct op_call *c)
{
    if (c->outputs[0].present && c->outputs[0].data != c->inputs[0].data)
        operand_copy(&c->outputs[0], 0, &c->inputs[0], 0, shape_elements(c->inputs[0].shape), c->lanes);
}

/* A view has as many elements as its input. */
static bool view_result(struct graph *g, struct node *n, const struct shape *shape, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    int64_t count;
    if (!op_result(g, n, 0, x->type, shape, e) || !shape_count(shape, &count))
        return false;
    if (count == shape_elements(&x->shape))
        return true;
    return op_fail(g, n, e, "%" PRId64 " elements do not fit a shape of %" PRId64, shape_elements(&x->shape),
                   count);
}

/* 0 copies the input's dimension unless allowzero, -1 is what is left. */
static bool fill_target(const struct graph *g, const struct node *n, const int64_t *want, struct shape *out,
                        struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape;
    bool allow_zero = node_int(n, "allowzero", 0) != 0;
    int open = -1;
    int64_t rest = 1, total = shape_elements(x);
    for (int d = 0; d < out->rank; d++) {
        out->dim[d] = want[d];
        if (want[d] == 0 && !allow_zero) {
            if (d >= x->rank)
                return op_fail(g, n, e, "its target copies dimension %d, but the input has rank %d", d,
                               x->rank);
            out->dim[d] = x->dim[d];
        } else if (want[d] == -1) {
            if (open >= 0)
                return op_fail(g, n, e, "its target leaves two dimensions open");
            open = d;
            continue;
        } else if (want[d] < -1) {
            return op_fail(g, n, e, "its target has the dimension %" PRId64, want[d]);
        }
        if (__builtin_mul_overflow(rest, out->dim[d], &rest))
            return op_fail(g, n, e, "its target is too large");
    }
    if (open < 0)
        return true;
    if (rest == 0 || total % rest != 0)
        return op_fail(g, n, e, "%" PRId64 " elements cannot be parted into blocks of %" PRId64, total, rest);
    out->dim[open] = total / rest;
    return true;
}

static bool reshape_shape(struct graph *g, struct node *n, struct err *e)
{
    int64_t want[SHAPE_MAX];
    struct shape out = {0};
    return op_ints(g, n, 1, "shape", SHAPE_MAX, want, &out.rank, e) && fill_target(g, n, want, &out, e) &&
           view_result(g, n, &out, e);
}

static bool flatten_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape;
    int64_t axis = node_int(n, "axis", 1);
    if (axis < -x->rank || axis > x->rank)
        return op_fail(g, n, e, "axis %" PRId64 " is out of range for rank %d", axis, x->rank);
    if (axis < 0)
        axis += x->rank;
    struct shape before = {.rank = (int)axis}, after = {.rank = x->rank - (int)axis}, out = {.rank = 2};
    memcpy(before.dim, x->dim, (size_t)before.rank * sizeof *x->dim);
    memcpy(after.dim, x->dim + axis, (size_t)after.rank * sizeof *x->dim);
    return (shape_count(&before, &out.dim[0]) && shape_count(&after, &out.dim[1]) &&
            view_result(g, n, &out, e)) ||
           op_fail(g, n, e, "the flat shape is too large");
}

static bool squeeze_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape;
    int axes[SHAPE_MAX], count;
    bool gone[SHAPE_MAX] = {false};
    if (!op_axes(g, n, 1, x->rank, axes, &count, e))
        return false;
    for (int k = 0; k < count; k++) {
        if (x->dim[axes[k]] != 1)
            return op_fail(g, n, e, "axis %d has %" PRId64 " elements and cannot be squeezed", axes[k],
                           x->dim[axes[k]]);
        gone[axes[k]] = true;
    }
    struct shape out = {0};
    for (int d = 0; d < x->rank; d++)
        if (count < 0 ? x->dim[d] != 1 : !gone[d])
            out.dim[out.rank++] = x->dim[d];
    return view_result(g, n, &out, e);
}

static bool unsqueeze_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape;
    int64_t raw[SHAPE_MAX];
    int axes[SHAPE_MAX], count;
    bool fresh[SHAPE_MAX] = {false};
    if (!op_ints_or_attr(g, n, 1, "axes", SHAPE_MAX, raw, &count, e))
        return false;
    if (count < 0)
        return op_fail(g, n, e, "it has no axes");
    if (x->rank + count > SHAPE_MAX)
        return op_fail(g, n, e, "its result has more than %d dimensions", SHAPE_MAX);
    if (!op_axes(g, n, 1, x->rank + count, axes, &count, e))
        return false;
    for (int k = 0; k < count; k++)
        fresh[axes[k]] = true;
    struct shape out = {.rank = x->rank + count};
    for (int d = 0, from = 0; d < out.rank; d++)
        out.dim[d] = fresh[d] ? 1 : x->dim[from++];
    return view_result(g, n, &out, e);
}

static bool identity_shape(struct graph *g, struct node *n, struct err *e)
{
    return view_result(g, n, &op_input(g, n, 0)->shape, e);
}

/* ---- Dropout ---- */

/* In inference: the identity, and a mask of ones. */
static bool dropout_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0), *training = op_input(g, n, 2);
    if (training && (!training->constant || shape_elements(&training->shape) != 1 ||
                     tensor_int(training->constant, 0) != 0))
        return op_unsupported(g, n, e, "it is in training mode");
    return op_result(g, n, 0, x->type, &x->shape, e) && op_result(g, n, 1, DT_BOOL, &x->shape, e);
}

static void dropout_forward(const struct op_call *c)
{
    view_forward(c);
    if (c->n_outputs < 2 || !c->outputs[1].present)
        return;
    float *mask = c->outputs[1].data;
    int64_t count = shape_elements(c->outputs[1].shape) * c->lanes;
    for (int64_t i = 0; i < count; i++)
        mask[i] = 1.0f;
}

/* ---- Cast ---- */

/* TensorProto.DataType. Narrow integers keep the range of int32: what does not fit them ONNX leaves undefined. */
static bool cast_type(const struct graph *g, const struct node *n, enum dtype *type, struct err *e)
{
    int64_t to = node_int(n, "to", 0);
    if (to == 1 || to == 10 || to == 11 || to == 16)
        *type = DT_F32;
    else if ((to >= 2 && to <= 7) || to == 12 || to == 13)
        *type = DT_I32;
    else if (to == 9)
        *type = DT_BOOL;
    else
        return op_unsupported(g, n, e, "it casts to type %" PRId64 " of the file format", to);
    return true;
}

static bool cast_shape(struct graph *g, struct node *n, struct err *e)
{
    enum dtype type = DT_F32;
    return cast_type(g, n, &type, e) && op_result(g, n, 0, type, &op_input(g, n, 0)->shape, e);
}

static void cast_element(const struct tensor *from, enum dtype to, float *f, int32_t *i)
{
    if (to == DT_I32)
        *i = (int32_t)tensor_int(from, 0);
    else if (to == DT_BOOL)
        *f = tensor_real(from, 0) != 0.0 ? 1.0f : 0.0f;
    else
        *f = (float)tensor_real(from, 0);
}

static void cast_forward(const struct op_call *c)
{
    const struct operand *x = &c->inputs[0], *y = &c->outputs[0];
    int64_t count = shape_elements(y->shape);
    if (x->data != y->data)
        operand_copy(y, 0, x, 0, count, c->lanes);
    if (x->type == y->type || (x->type == DT_BOOL && y->type == DT_F32))
        return;
    for (int64_t k = 0; k < count * c->lanes; k++) {
        struct tensor element = {.type = x->type, .data = (char *)y->data + 4 * k};
        cast_element(&element, y->type, element.f, element.i);
    }
}

#define VIEW(word, inputs_min, inputs_max, n_outputs_max, shape_of, forward_of, couple_of)                   \
    {                                                                                                        \
        .domain = "", .name = word, .min_inputs = inputs_min, .max_inputs = inputs_max,                      \
        .max_outputs = n_outputs_max, .moves_nothing = true, .shape = shape_of, .forward = forward_of,       \
        .couple = couple_of, .backward = &backward_view                                                      \
    }

const struct op op_view_rows[] = {
    VIEW("Reshape", 2, 2, 1, reshape_shape, view_forward, couple_reshape),
    VIEW("Flatten", 1, 1, 1, flatten_shape, view_forward, couple_reshape),
    VIEW("Squeeze", 1, 2, 1, squeeze_shape, view_forward, couple_reshape),
    VIEW("Unsqueeze", 1, 2, 1, unsqueeze_shape, view_forward, couple_reshape),
    VIEW("Identity", 1, 1, 1, identity_shape, view_forward, couple_same),
    VIEW("Dropout", 1, 3, 2, dropout_shape, dropout_forward, couple_same),
    {.domain = "",
     .name = "Cast",
     .min_inputs = 1,
     .max_inputs = 1,
     .max_outputs = 1,
     .in_place = true,
     .flow = FLOW_SAME,
     .shape = cast_shape,
     .forward = cast_forward,
     .backward = &backward_view,
     .couple = couple_same},
};
const int op_view_count = sizeof op_view_rows / sizeof *op_view_rows;
