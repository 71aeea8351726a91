/* op_move: operators that move elements without computing. Element-wise arithmetic is in op_math.c. */
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"

static bool identity_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    return op_result(g, n, 0, x->type, &x->shape, e);
}

static void same_forward(const struct op_call *c)
{
    operand_copy(&c->outputs[0], 0, &c->inputs[0], 0, shape_elements(c->outputs[0].shape), c->lanes);
}

const struct op op_move_rows[] = {
    {.name = "Identity",
     .domain = "",
     .min_inputs = 1,
     .max_inputs = 1,
     .max_outputs = 1,
     .weight_input = -1,
     .moves_nothing = true,
     .shape = identity_shape,
     .forward = same_forward},
};
const int op_move_count = sizeof op_move_rows / sizeof *op_move_rows;
