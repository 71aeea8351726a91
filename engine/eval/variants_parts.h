/* variants_parts: what variants that are evaluated together consist of, for variants.c, nested.c and bound.c; everybody else
 * includes variants.h. */
#ifndef PODA_EVAL_VARIANTS_PARTS_H
#define PODA_EVAL_VARIANTS_PARTS_H

#include "engine/eval/variants.h"
#include "engine/graph/weighted.h"

struct nested;

/* One variant: */
struct one {
    struct overrides made;
    struct program *program;
    bool *vary; /* by value: may differ from the graph's own */
    int *nodes; /* that its differences reach */
    int n_nodes;
};

/* vary and nodes of what the node's results and the constants that are made reach; node -1: the latter alone. */
void one_reaches(const struct graph *g, int node, struct one *one);

/* Variants that are evaluated together. */
struct group {
    const struct variants *asked;
    int first, n;
    struct one *v;
    bool nests;            /* sums may be shared, as far as is known */
    bool broken;           /* that turned out wrong too late: make the group again without */
    struct nested *nested; /* nested.h; NULL: every variant is computed as alone */
    struct program *base;  /* under the graph's own constants */
    bool *needed;          /* by value: as the graph's own constants make it, some variant reads it */
    int *once, n_once;     /* the nodes that make those */
    int blocks;            /* that a worker takes at a time */
    struct outcome **out;  /* by variant of the group */
};

#endif
