/* op_math: the rows of operators that compute element by element. */
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"

static bool relu_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    return op_reals(g, n, e) && op_result(g, n, 0, x->type, &x->shape, e);
}

static void relu_forward(const struct op_call *c)
{
    size_t elements = (size_t)shape_elements(c->outputs[0].shape) * (size_t)c->lanes;
    c->kernels->own->map(MAP_RELU, elements, c->inputs[0].data, 0, 0, c->outputs[0].data);
}

const struct op op_math_rows[] = {
    {.name = "Relu",
     .domain = "",
     .min_inputs = 1,
     .max_inputs = 1,
     .max_outputs = 1,
     .weight_input = -1,
     .shape = relu_shape,
     .forward = relu_forward},
};
const int op_math_count = sizeof op_math_rows / sizeof *op_math_rows;
