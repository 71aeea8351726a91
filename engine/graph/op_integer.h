/* op_integer: element-by-element arithmetic on integer tensors: shape arithmetic that is folded, token ids and masks at run
 * time. Results saturate at the ends of int32, as the file's int64 does when it is read. Speed does not matter here. */
#ifndef PODA_GRAPH_OP_INTEGER_H
#define PODA_GRAPH_OP_INTEGER_H

#include <stdint.h>

#include "engine/graph/op.h"

/* z is not used by operations of one operand. */
struct integer_op {
    const char *name; /* of the operator; Fmod is Mod with fmod=1 */
    int64_t (*f)(int64_t x, int64_t z);
};

const struct integer_op *integer_find(const char *name); /* asserts that there is one */

void integer_map(const struct integer_op *op, int64_t n, const int32_t *x, int32_t *y);

/* y = x op z with broadcasting; y holds int32, or float 0 or 1 where its type is DT_BOOL. y may be x if it has y's shape. */
void integer_zip(const struct integer_op *op, int lanes, const struct operand *x, const struct operand *z,
                 const struct operand *y);

/* Bounds of one element each; NULL is no bound. */
void integer_clip(int lanes, const struct operand *x, const struct operand *low, const struct operand *high,
                  const struct operand *y);

/* Towards zero, saturating; NaN gives 0. */
void integer_from_reals(const float *x, int64_t n, int32_t *y);

#endif
