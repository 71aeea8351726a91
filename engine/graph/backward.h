/* backward: what an operator's row says about derivatives, and what the families share to compute them. With J the matrix of a
 * node's partial derivatives at the values of a forward call, lane by lane:
 *
 *   add      dx += J^T dy            the reverse step: what the loss loses through the inputs
 *   tangent  ty  = J tx              the forward step: how the results move when the inputs move along tx
 *   bend     dx += (dJ/dt)^T dy      how J itself moves along tx: what R-operator passes need besides
 *                                    (Pearlmutter 1994, Fast exact multiplication by the Hessian)
 *
 * All three are sums over the same descriptions that forward uses: struct weighted, the index map of moves.h, windows, nests. At
 * kinks the side is that of the usual libraries: 0 for Relu and Abs at 0, the first of equal ones in a window, equal shares among
 * equal ones of a reduction; where a bound is met, Clip passes. */
#ifndef PODA_GRAPH_BACKWARD_H
#define PODA_GRAPH_BACKWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/graph/op.h"

struct moves;
struct prepared;
struct weighted;

/* What was made once for a node and is shared by all workers; members are NULL where the node has none. */
struct backward_plan {
    struct moves *moves;
    struct weighted *turned;        /* its weighted sum with the roles of inputs and results exchanged, */
    struct prepared *turned_weight; /* the weight for it, */
    struct prepared *along, *turned_along; /* and the weight's tangent for the sum and the turned sum */
};

/* One block of lanes. Of dx an operand that is not present is not wanted; one with lane_stride 0 belongs to a constant and gets
 * the sum over lanes, with lane_stride 1 each lane's own. Of dy and tx one that is not present is 0. */
struct backward_call {
    const struct op_call *call; /* as forward got it; inputs and outputs hold the block's values */
    const struct operand *dy;   /* by output */
    const struct operand *dx;   /* by input: add here */
    const struct operand *tx;   /* by input; lane_stride 0 for constants */
    const struct operand *ty;   /* by output: tangent writes here */
    const struct backward_plan *plan;
    void *scratch; /* backward_scratch bytes, 64-byte aligned */
};

struct backward {
    void (*add)(const struct backward_call *b);
    void (*tangent)(const struct backward_call *b);
    void (*bend)(const struct backward_call *b); /* NULL: J is the same everywhere */
    size_t (*scratch)(const struct graph *g, const struct node *n,
                      int lanes); /* beside a weighted sum; NULL: BACKWARD_ROWS rows */
};

/* Rows of lanes that every call has as scratch, at least. */
enum { BACKWARD_ROWS = 8 };

/* Bytes of scratch that a node's calls need: that of forward and of the row above. */
size_t backward_scratch(const struct graph *g, const struct node *n, int lanes);

/* Can a derivative pass between such values at all? Whole numbers and truth values have none. */
bool backward_carries(enum dtype type);

/* ---- for the families ---- */

/* dx[i][element] += row: lane by lane, or their sum in index order, in double. */
void backward_row(const struct backward_call *b, int i, int64_t element, const float *row);

/* dx[i][element] += row[l] * factor[l]; a stride of 0 is one factor for all lanes. */
void backward_product(const struct backward_call *b, int i, int64_t element, const float *row,
                      const float *factor, int stride);

/* dx[i][element ..+ count) += dy[0][at ..+ count), lane by lane or summed. */
void backward_copy(const struct backward_call *b, int i, int64_t element, const struct operand *dy,
                   int64_t at, int64_t count);

/* The tangent of an operator that is linear in input 0: forward of tx[0]. 0 where input 0 does not move. */
void backward_linear_tangent(const struct backward_call *b);

/* ty[output] = 0. */
void backward_still(const struct backward_call *b, int output);

/* Derivatives by the index map: elements that move, and elements that stay. */
extern const struct backward backward_move, backward_view;

/* Of op_pair.c's operators (backward_pair.c). */
extern const struct backward backward_pair, backward_many, backward_where;

/* Of op_norm.c's: batch normalisation, layer and instance normalisation (backward_norm.c), softmax (backward_softmax.c). */
extern const struct backward backward_batch_norm, backward_standing, backward_softmax;

#endif
