/* bound: how far apart two evaluations of a model can come out that add up the sums of one layer in different orders, and do
 * all that follows in the same way. Proven, so that a record whose best output leads by more has the same answer in both.
 *
 * Let u = 2^-24 and gamma(k) = k u / (1 - k u). A sum of products that takes k roundings (each a fused multiply-add; one more for a
 * bias) differs from the exact one, in whatever order it is added, by at most gamma(k) times the sum of the magnitudes (Higham 2002,
 * Accuracy and Stability of Numerical Algorithms, 3.1 and 4.2); terms that are 0 round nothing. That sum is at most
 * n s with n = |(w_row, b)| and s = |(x, 1)|, Euclidean norms (Cauchy and Schwarz).
 *
 * Let y' be what was computed here, y what the other evaluation gives. A node that rounds is a source:
 *   the layer, whose input both share   both are rounded: together at most 2 gamma(k) n s, k = 1 + the row's weights that are not
 *                                       0, or 1 + the inputs that are not 0: the smaller
 *   a weighted sum behind it            gamma(k) n (2 s' + |x - x'|), k = 1 + the row's weights that are not 0
 *   an addition                         u (2 |y'| + |y - y'|)
 * A difference at a source reaches an output through sums, by the magnitudes of their weights, through additions, by adding up,
 * and through what moves no element further than its input (Relu, views). All that is linear in the sources, so that one pass
 * in magnitudes, a lane for each source that starts at gamma(k) n (k known) or n, tells `of`: the output's difference for a source of size
 * 1; and `within`: |x - x'| at a later source. What a block has itself are the sizes s', by record.
 *
 * The pass is rounded, too: its terms are at least 0, so that dividing by the product of all (1 - gamma) makes up for it. It starts
 * 2^60 times as large, weights that are not 0 count as 1e-7 at least, and what is not 0 must lie within 1e-30 .. 1e30: then
 * no term gets lost. n is at least 1e-20 and s at least 1, so that what either evaluation loses below 2^-126 (2^-150 an operation) is
 * less than a thousandth, which is added; n and s are at most 1e15, so that no sum overflows. Weights are finite. */
#ifndef PODA_EVAL_BOUND_H
#define PODA_EVAL_BOUND_H

#include "engine/eval/variants_parts.h"

enum { SOURCES_MAX = 15 };

/* Of nodes[0..n), what the layer nodes[0] reaches, in order. */
struct bound {
    int n; /* sources; the layer is the first */
    struct rounding {
        int node;
        int maker; /* of what its size is of: the node whose output 0 that is, -1: not this variant's */
        int64_t elements;
        bool sum; /* an addition: the size is its own result's */
    } v[SOURCES_MAX];
    double factor; /* what the pass is multiplied by */
};

/* false where a node has no bound. */
bool bound_plan(const struct graph *g, const int *nodes, int n, struct bound *out);

/* Column 0 is the layer with k known by row, 1 with k still to be multiplied with, 1 + i source i. */
enum { COLUMNS_MAX = SOURCES_MAX + 1 };
struct reach {
    bool proven;
    float *of;                              /* [outputs][COLUMNS_MAX] */
    float within[SOURCES_MAX][COLUMNS_MAX]; /* row i: of source i */
};

/* The pass of one variant. rows[r] = |w_row| of the layer and kept[r] its weights that are not 0; first: a run of g->base. */
struct run;
void bound_reach(const struct group *g, const struct bound *b, const struct one *v, const double *rows,
                 const int32_t *kept, const struct run *first, struct reach *out);

double bound_gamma(double k);

#endif
