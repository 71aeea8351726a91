/* moves: where an operator that only moves elements takes each of its results' elements from. The operator says it itself: it runs once
 * on the numbers of its inputs' elements. What couples, traces or differentiates such operators derives from this. */
#ifndef PODA_GRAPH_MOVES_H
#define PODA_GRAPH_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/op.h"

enum { MOVES_MAX = 64 }; /* inputs, and outputs */

struct moves {
    int32_t *from[MOVES_MAX];     /* by output: its elements' numbers; NULL: nobody reads it */
    int64_t first[MOVES_MAX + 1]; /* by input: the number of its element 0. Those of constants are 0 */
};

/* Does the node move elements and nothing else: a row of FLOW_MOVE or one that moves nothing, whose other inputs are constants (those
 * of Concat are moved, too)? */
bool moves_only(const struct graph *g, const struct node *n);

/* Only where moves_only says so. moves_release frees it. */
void moves_find(const struct graph *g, const struct node *n, struct moves *out);
void moves_release(struct moves *m);

/* The input and its element that an element of an output comes from; false: a constant. */
bool moves_source(const struct moves *m, int output, int64_t at, int *input, int64_t *element);

#endif
