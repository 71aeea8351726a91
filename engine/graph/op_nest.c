/* op_nest: see op_nest.h. Who visits what is in the operator families (op_math.c, op_reduce.c, op_einsum.c). */
#include "engine/graph/op_nest.h"

#include <assert.h>

void nest_push(struct nest *nest, int64_t dim, const int64_t stride[NEST_OPERANDS])
{
    if (dim == 1)
        return;
    int last = nest->rank - 1;
    bool merges = last >= 0;
    for (int k = 0; merges && k < NEST_OPERANDS; k++)
        merges = nest->stride[k][last] == stride[k] * dim;
    if (merges) {
        nest->dim[last] *= dim;
        for (int k = 0; k < NEST_OPERANDS; k++)
            nest->stride[k][last] = stride[k];
        return;
    }
    assert(nest->rank < NEST_RANK);
    nest->dim[nest->rank] = dim;
    for (int k = 0; k < NEST_OPERANDS; k++)
        nest->stride[k][nest->rank] = stride[k];
    nest->rank++;
}

void nest_pop(struct nest *nest, int64_t *n, int64_t stride[NEST_OPERANDS])
{
    *n = 1;
    for (int k = 0; k < NEST_OPERANDS; k++)
        stride[k] = 0;
    if (nest->rank == 0)
        return;
    nest->rank--;
    *n = nest->dim[nest->rank];
    for (int k = 0; k < NEST_OPERANDS; k++)
        stride[k] = nest->stride[k][nest->rank];
}

bool nest_empty(const struct nest *nest)
{
    for (int d = 0; d < nest->rank; d++)
        if (nest->dim[d] == 0)
            return true;
    return false;
}

bool nest_next(struct nest *nest)
{
    for (int d = nest->rank - 1; d >= 0; d--) {
        if (++nest->at[d] < nest->dim[d]) {
            for (int k = 0; k < NEST_OPERANDS; k++)
                nest->offset[k] += nest->stride[k][d];
            return true;
        }
        nest->at[d] = 0;
        for (int k = 0; k < NEST_OPERANDS; k++)
            nest->offset[k] -= nest->stride[k][d] * (nest->dim[d] - 1);
    }
    return false;
}

/* Row-major strides of a tensor that is broadcast to `to` (right-aligned; 0 where it repeats). */
static void broadcast_strides(const struct shape *s, const struct shape *to, int64_t strides[SHAPE_MAX])
{
    int64_t own[SHAPE_MAX];
    shape_strides(s, own);
    for (int d = 0; d < to->rank; d++) {
        int from = d - (to->rank - s->rank);
        strides[d] = from < 0 || s->dim[from] == 1 ? 0 : own[from];
    }
}

void nest_over(struct nest *nest, const struct shape *over, const struct shape *const *tensors, int n)
{
    int64_t strides[NEST_OPERANDS][SHAPE_MAX] = {{0}};
    assert(n <= NEST_OPERANDS);
    for (int k = 0; k < n; k++)
        broadcast_strides(tensors[k], over, strides[k]);
    for (int d = 0; d < over->rank; d++) {
        int64_t step[NEST_OPERANDS];
        for (int k = 0; k < NEST_OPERANDS; k++)
            step[k] = strides[k][d];
        nest_push(nest, over->dim[d], step);
    }
}
