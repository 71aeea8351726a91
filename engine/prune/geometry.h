/* geometry: how one node sees the weight that it reads: which axis holds its units and which its inputs. */
#ifndef PODA_PRUNE_GEOMETRY_H
#define PODA_PRUNE_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"

struct geometry {
    int slot;           /* which input of the node is the weight */
    const char *reason; /* why this constant is no prunable weight after all; NULL: it is one */
    bool
        transposed; /* the node reads a transposed copy of the file's tensor; the rest is in the file's order */
    int64_t units, inputs, taps, groups;
    int unit_axis, input_axis; /* -1: the tensor has no such axis */
    int64_t unit_stride, input_stride;
    int taps_rank, taps_shape[3];
};

/* false: the operator takes no weight, or its weight is no constant. */
bool geometry_find(const struct graph *g, int node, struct geometry *out);

#endif
