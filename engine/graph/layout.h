/* layout: which place in the arena each value of a graph takes during a run: lifetimes, values that share one place (views,
 * in-place operators), scratch. The packing itself is arena.h's. */
#ifndef PODA_GRAPH_LAYOUT_H
#define PODA_GRAPH_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"

struct layout {
    int64_t
        *value; /* byte offset by value index; -1 where it needs no place (constants that nobody asks for) */
    int64_t *scratch; /* byte offset by node; -1 for none */
    int64_t bytes;    /* of the whole arena */
};

/* kept[v]: readable after the run, constants included; graph outputs are kept anyway. Graph inputs keep their place and
 * content throughout. */
void layout_plan(const struct graph *g, const bool *kept, int lanes, struct layout *out);

/* Bytes of the values of one record alone, at the moment when they are most: what a device has to hold beside the weights, whatever
 * this program's kernels need for themselves. */
int64_t layout_values(const struct graph *g);
void layout_release(struct layout *l);

#endif
