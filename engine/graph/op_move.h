/* op_move: what op_move.c and op_slice.c share: elements that an output takes from evenly spaced places of input 0. */
#ifndef PODA_GRAPH_OP_MOVE_H
#define PODA_GRAPH_OP_MOVE_H

#include <stdint.h>

#include "engine/graph/op.h"

/* node->params of such an operator: position p of the output takes element start + sum p[d] * stride[d] of input 0. */
struct strided {
    int64_t start, stride[SHAPE_MAX];
};
void strided_forward(const struct op_call *c);

/* Elements before and after an axis: a tensor is [outer][dim[axis]][inner]. */
void axis_blocks(const struct shape *s, int axis, int64_t *outer, int64_t *inner);

#endif
