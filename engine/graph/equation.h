/* equation: what an Einsum's letters say: which axes of its operands and of its result are one, and whether it multiplies data by a
 * matrix, so that the matrix is the weight of a layer. The computation is op_einsum.c's. */
#ifndef PODA_GRAPH_EQUATION_H
#define PODA_GRAPH_EQUATION_H

#include "engine/graph/weighted.h"

enum {
    ELLIPSIS = 52, /* labels: a-z A-Z, then the axes that "..." stands for, the last one last */
    LABELS = ELLIPSIS + SHAPE_MAX,
    RESULT = 0, /* terms: the result's, the first operand's, the second's */
    TERMS = 3,
};

/* The equation, label by label. */
struct equation {
    int rank[TERMS], label[TERMS][SHAPE_MAX];
    int64_t dim[LABELS]; /* 0: not used */
    int order[LABELS];   /* labels in order of first appearance */
    int n_labels;
};

/* The equation of a node of one or two operands whose shapes are known, and the result's shape; both zeroed before. false: it does
 * not fit them. */
bool equation_parse(const struct graph *g, const struct node *n, struct equation *q, struct shape *y);

/* Does the result have this label? */
bool equation_keeps(const struct equation *q, int label);

/* One operand is a constant, the other is not: the constant may be a weight. It is the weight of a layer if it is a matrix, one of
 * whose axes is summed with an axis of the data and the other of which only the result has; every other axis of the data is one of
 * the result. "...i,oi->...o" is such a layer. */
struct equation_weight {
    int slot;           /* of the constant; the data are the other */
    bool summed;        /* it has an axis that the result lacks: products are summed, so that it weighs */
    const char *reason; /* why it is no layer's weight; NULL: it is one, and the rest holds */
    struct weighted_axes axes;
};

/* false: no operand, or each, is a constant; or the equation does not fit. */
bool equation_weight(const struct graph *g, const struct node *n, struct equation_weight *out);

#endif
