/* prepared: a constant weight in the forms its kernels want, made once for a program: rows of outputs by columns of inputs, dense
 * for OpenBLAS or the own kernel, or the kept elements alone. Const once made. Which form is used is choice.c's. */
#ifndef PODA_GRAPH_PREPARED_H
#define PODA_GRAPH_PREPARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/sparse.h"

/* How a node sees its weight: element (group, row, column) lies at group * group_step + row * row_step + the column's place,
 * where a column is (input, tap) with taps innermost. */
struct weight_view {
    int input; /* which input of the node the weight is */
    int64_t groups, rows, inputs, taps;
    int64_t group_step, row_step, input_step, tap_step;
    float scale;       /* factor of every element (Gemm's alpha) */
    bool side_by_side; /* the input rows lie evenly spaced, as OpenBLAS wants them */
    bool
        turned; /* a call computes one row of lanes, so that inputs that are 0 can be left out lane by lane */
};

struct prepared {
    enum kernel_choice choice;
    int64_t groups, rows, columns;
    int64_t kept;          /* elements that are not 0, of groups * rows * columns */
    float *dense;          /* [groups][rows][columns]; NULL where sparse */
    struct sparse *sparse; /* [groups]; NULL where dense */
    float *turned;         /* [columns][turned_stride], besides one of the others; NULL where it cannot win */
    int turned_stride;
};

/* weight: the constant as the file stores it, under the node's view (op->view). */
struct prepared *prepared_new(const struct kernels *k, const struct weight_view *view, const float *weight,
                              int lanes);
void prepared_free(struct prepared *p); /* NULL is allowed */

/* Bytes of scratch that prepared_apply may use for a weight seen like this. */
size_t prepared_scratch(const struct weight_view *view, int lanes);

/* y[r][0..lanes) = bias[r] + sum over columns of weight (group, r, column) * rows[column][0..lanes). Rows that are NULL count as
 * zeros. Where the view says side_by_side, rows and results must be evenly spaced and none NULL. */
void prepared_apply(const struct prepared *p, const struct kernels *k, int64_t group, const float *bias,
                    const float *const *rows, int lanes, float *const *y, void *scratch);

#endif
