/* op_nest: a nest of loops over positions of up to four tensors at once, each with strides of its own. A stride of 0 repeats a
 * position: that is broadcasting. Neighbouring loops that are one are merged, so that the innermost can go to a kernel as a
 * whole; walk in op_util.h is the simpler one that visits each position. Pure arithmetic on shapes; knows no lanes. */
#ifndef PODA_GRAPH_OP_NEST_H
#define PODA_GRAPH_OP_NEST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/tensor.h"

enum { NEST_OPERANDS = 4, NEST_RANK = 2 * SHAPE_MAX };

struct nest {
    int rank;
    int64_t dim[NEST_RANK];
    int64_t stride[NEST_OPERANDS][NEST_RANK]; /* elements of each operand a step along the dimension takes */
    int64_t at[NEST_RANK];
    int64_t offset[NEST_OPERANDS]; /* of the present position */
};

/* Append a dimension, innermost last. Dimensions of 1 are dropped, and one that continues the dimension before it in every
 * operand is merged into it. */
void nest_push(struct nest *nest, int64_t dim, const int64_t stride[NEST_OPERANDS]);

/* Split off the innermost dimension as a run of *n steps (1 with stride 0 if nothing is left). */
void nest_pop(struct nest *nest, int64_t *n, int64_t stride[NEST_OPERANDS]);

/* Is there no position at all (a dimension of 0)? */
bool nest_empty(const struct nest *nest);

/* On to the next position; false after the last, and then at the first again. */
bool nest_next(struct nest *nest);

/* Over all positions of a shape, with the positions of n tensors that are broadcast to it. */
void nest_over(struct nest *nest, const struct shape *over, const struct shape *const *tensors, int n);

#endif
