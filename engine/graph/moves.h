/* moves: where an operator that only moves elements takes each of its results' elements from. The operator says it itself: it runs once
 * on the numbers of its inputs' elements. What couples, traces or differentiates such operators derives from this. */
#ifndef PODA_GRAPH_MOVES_H
#define PODA_GRAPH_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/op.h"

struct moves {
    int n_outputs;
    int32_t **from; /* by output: its elements' numbers; NULL: nobody reads it */
    int64_t *first; /* by input, and one more: the number of its element 0. 0 is what the operator makes up */
};

/* Does the node move elements and nothing else: a row of FLOW_MOVE or one that moves nothing, whose other inputs are constants (those
 * of Concat are moved, too, and what Pad fills in)? */
bool moves_only(const struct graph *g, const struct node *n);

/* Only where moves_only says so. moves_release frees it. */
void moves_find(const struct graph *g, const struct node *n, struct moves *out);
void moves_release(struct moves *m);

/* The input and its element that an element of an output comes from; false: from none (a margin of 0). */
bool moves_source(const struct moves *m, int output, int64_t at, int *input, int64_t *element);

#endif
