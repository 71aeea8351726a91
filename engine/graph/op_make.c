/* op_make: operators whose results are known while binding, from constants or shapes alone: Constant, ConstantOfShape, Shape,
 * Size, Range. All of them fold; none is left in a graph. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"

/* ---- Constant ---- */

static const struct attr *constant_value(const struct node *n)
{
    static const char *const names[] = {"value", "value_float", "value_floats", "value_int", "value_ints"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (node_attr(n, names[i]))
            return node_attr(n, names[i]);
    return NULL;
}

static bool constant_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct attr *a = constant_value(n);
    struct shape list = {.rank = 1, .dim = {a ? a->n : 0}}, scalar = {0};
    if (!a)
        return op_unsupported(g, n, e, "it holds neither a tensor nor numbers");
    switch (a->kind) {
    case ATTR_TENSOR:
        return op_result(g, n, 0, a->tensor->type, &a->tensor->shape, e);
    case ATTR_FLOAT:
        return op_result(g, n, 0, DT_F32, &scalar, e);
    case ATTR_FLOATS:
        return op_result(g, n, 0, DT_F32, &list, e);
    case ATTR_INT:
        return op_result(g, n, 0, DT_I32, &scalar, e);
    case ATTR_INTS:
        return op_result(g, n, 0, DT_I32, &list, e);
    default:
        return op_unsupported(g, n, e, "its %s holds elements that poda does not compute with", a->name);
    }
}

static int32_t saturated(int64_t v)
{
    return (int32_t)(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
}

static void constant_forward(const struct op_call *c)
{
    const struct attr *a = constant_value(c->node);
    void *y = c->outputs[0].data;
    if (a->kind == ATTR_TENSOR)
        memcpy(y, a->tensor->data, (size_t)shape_elements(&a->tensor->shape) * 4);
    else if (a->kind == ATTR_FLOAT || a->kind == ATTR_FLOATS)
        memcpy(y, a->floats, (size_t)a->n * 4);
    else
        for (int64_t i = 0; i < a->n; i++)
            ((int32_t *)y)[i] = saturated(a->ints[i]);
}

/* ---- ConstantOfShape ---- */

static bool constant_of_shape_shape(struct graph *g, struct node *n, struct err *e)
{
    struct shape out = {0};
    const struct attr *a = node_attr(n, "value");
    if (!op_ints(g, n, 0, "shape", SHAPE_MAX, out.dim, &out.rank, e))
        return false;
    if (a && (a->kind != ATTR_TENSOR || shape_elements(&a->tensor->shape) != 1))
        return op_fail(g, n, e, "its attribute 'value' is no tensor of one element");
    return op_result(g, n, 0, a ? a->tensor->type : DT_F32, &out, e);
}

static void constant_of_shape_forward(const struct op_call *c)
{
    const struct attr *a = node_attr(c->node, "value");
    const uint32_t zero = 0;
    struct operand value = {.data = a ? a->tensor->data : (void *)&zero};
    for (int64_t i = 0; i < shape_elements(c->outputs[0].shape); i++)
        operand_copy(&c->outputs[0], i, &value, 0, 1, c->lanes);
}

/* ---- Shape, Size ---- */

/* start and end as in a Python slice, from opset 15 on. */
static void shape_range(const struct node *n, int rank, int64_t *start, int64_t *end)
{
    *start = node_int(n, "start", 0);
    *end = node_int(n, "end", rank);
    *start += *start < 0 ? rank : 0;
    *end += *end < 0 ? rank : 0;
    *start = *start < 0 ? 0 : *start > rank ? rank : *start;
    *end = *end < *start ? *start : *end > rank ? rank : *end;
}

static bool shape_shape(struct graph *g, struct node *n, struct err *e)
{
    int64_t start, end;
    shape_range(n, op_input(g, n, 0)->shape.rank, &start, &end);
    return op_result(g, n, 0, DT_I32, &(struct shape){.rank = 1, .dim = {end - start}}, e);
}

static void shape_forward(const struct op_call *c)
{
    int64_t start, end;
    int32_t *y = c->outputs[0].data;
    shape_range(c->node, c->inputs[0].shape->rank, &start, &end);
    for (int64_t d = start; d < end; d++)
        y[d - start] = saturated(c->inputs[0].shape->dim[d]);
}

static bool size_shape(struct graph *g, struct node *n, struct err *e)
{
    return op_result(g, n, 0, DT_I32, &(struct shape){0}, e);
}

static void size_forward(const struct op_call *c)
{
    *(int32_t *)c->outputs[0].data = saturated(shape_elements(c->inputs[0].shape));
}

/* ---- Range ---- */

static bool range_count(const struct tensor *const in[3], int64_t *count)
{
    double start = tensor_real(in[0], 0), limit = tensor_real(in[1], 0), delta = tensor_real(in[2], 0);
    double n = ceil((limit - start) / delta);
    if (!isfinite(n) || delta == 0.0 || n > (double)TENSOR_ELEMENTS_MAX)
        return false;
    *count = n > 0 ? (int64_t)n : 0;
    return true;
}

static bool range_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct tensor *in[3];
    int64_t count;
    for (int i = 0; i < 3; i++) {
        in[i] = op_constant(g, n, i);
        if (!in[i])
            return op_unsupported(g, n, e, "its length depends on the data");
        if (shape_elements(&in[i]->shape) != 1 || in[i]->type != in[0]->type)
            return op_fail(g, n, e, "start, limit and step must be single numbers of one type");
    }
    if (!range_count(in, &count))
        return op_fail(g, n, e, "its range has no length, or one above %" PRId64, TENSOR_ELEMENTS_MAX);
    return op_result(g, n, 0, in[0]->type, &(struct shape){.rank = 1, .dim = {count}}, e);
}

static void range_forward(const struct op_call *c)
{
    const struct operand *x = c->inputs, *y = &c->outputs[0];
    int64_t count = shape_elements(y->shape);
    if (y->type == DT_I32) {
        const int64_t start = *(int32_t *)x[0].data, step = *(int32_t *)x[2].data;
        for (int64_t i = 0; i < count; i++)
            ((int32_t *)y->data)[i] = (int32_t)(start + i * step);
        return;
    }
    const float start = *(float *)x[0].data, step = *(float *)x[2].data;
    for (int64_t i = 0; i < count; i++)
        ((float *)y->data)[i] = start + (float)i * step;
}

#define MAKE(word, n_inputs, shape_of, forward_of, shape_only)                                               \
    {                                                                                                        \
        .domain = "", .name = word, .min_inputs = n_inputs, .max_inputs = n_inputs, .max_outputs = 1,        \
        .reads_shape_only = shape_only, .shape = shape_of, .forward = forward_of                             \
    }

const struct op op_make_rows[] = {
    MAKE("Constant", 0, constant_shape, constant_forward, false),
    MAKE("ConstantOfShape", 1, constant_of_shape_shape, constant_of_shape_forward, false),
    MAKE("Shape", 1, shape_shape, shape_forward, true),
    MAKE("Size", 1, size_shape, size_forward, true),
    MAKE("Range", 3, range_shape, range_forward, false),
};
const int op_make_count = sizeof op_make_rows / sizeof *op_make_rows;
