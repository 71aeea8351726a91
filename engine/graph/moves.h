/* moves: where an operator that only moves elements takes each of its results' elements from. The operator says it itself: it runs once
 * on the numbers of its inputs' elements. What couples, traces or differentiates such operators derives from this. */
#ifndef PODA_GRAPH_MOVES_H
#define PODA_GRAPH_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/op.h"

enum { MOVES_MAX = 1 << 27 }; /* elements: four bytes each */

struct moves {
    int n_outputs;
    int32_t **from; /* by output: its elements' numbers; NULL: nobody reads it */
    int64_t *first; /* by input, and one more: the number of its element 0. 0 is what the operator makes up */
};

/* Where an output's elements stand in one input, where that is told axis by axis. By axis q of the output: the input's axis along
 * which its index runs (-1: none), and by index on q the index there (-1: nothing of this input stands there). */
struct moved_axes {
    int axis[SHAPE_MAX];
    int64_t *index[SHAPE_MAX];
};

/* Does the node move elements and nothing else: a row of FLOW_MOVE or one that moves nothing, whose other inputs are constants (those
 * of Concat are moved, too, and what Pad fills in)? */
bool moves_only(const struct graph *g, const struct node *n);

/* Are an input's elements moved? The others say where to: indexes, axes, shapes. */
bool moves_carries(const struct node *n, int input);

/* Only where moves_only says so. moves_release frees it. */
void moves_find(const struct graph *g, const struct node *n, struct moves *out);
void moves_release(struct moves *m);

/* The same, false for any other node, and for one that reads and writes more than MOVES_MAX elements. */
bool moves_try(const struct graph *g, const struct node *n, struct moves *out);

/* The input and its element that an element of an output comes from; false: from none (a margin of 0). */
bool moves_source(const struct moves *m, int output, int64_t at, int *input, int64_t *element);

/* False: nothing of the input is there, or where an element stands is not told by each axis for itself (a triangle, a split or merged
 * axis). An axis that has one index there alone is the one as far from the last: elements do not tell axes of length 1 apart.
 * moved_axes_release frees it, also after false. */
bool moves_axes(const struct graph *g, const struct node *n, const struct moves *m, int output, int input,
                struct moved_axes *out);
void moved_axes_release(struct moved_axes *a);

#endif
