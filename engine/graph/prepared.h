/* prepared: a constant weight in the forms its kernels want, made once for a program: rows of outputs by columns of inputs, dense
 * for OpenBLAS or the own kernel, or the kept elements alone. Const once made. Which form is used is choice.c's. */
#ifndef PODA_GRAPH_PREPARED_H
#define PODA_GRAPH_PREPARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/sparse.h"

struct weighted;

struct prepared {
    enum kernel_choice choice;
    int64_t groups, rows, columns;
    int64_t kept; /* elements that are not 0, of groups * rows * columns */
    const float
        *dense; /* [groups][rows][columns]; NULL where sparse. The constant itself where it lies so, */
    float *own; /* else this */
    struct sparse *sparse; /* [groups]; NULL where dense */
    float *turned;         /* [columns][turned_stride], besides one of the others; NULL where it cannot win */
    int turned_stride;
    const float *
        given; /* [rows][lanes] instead of all these: the sums themselves, kept by somebody else; NULL: none */
};

/* weight: the constant as the node reads it, which outlives the result; lanes: of the rows that calls will give (weighted_width). */
struct prepared *prepared_new(const struct kernels *k, const struct weighted *w, const float *weight,
                              int lanes);
void prepared_free(struct prepared *p); /* NULL is allowed */

/* Bytes of scratch that prepared_apply may use. */
size_t prepared_scratch(const struct weighted *w, int lanes);

/* y[r][0..lanes) = bias[r] + sum over columns of weight (group, r, column) * rows[column][0..lanes). Rows that are NULL count as
 * zeros. Of a pointwise sum, rows and results must be evenly spaced and none NULL. */
void prepared_apply(const struct prepared *p, const struct kernels *k, int64_t group, const float *bias,
                    const float *const *rows, int lanes, float *const *y, void *scratch);

#endif
