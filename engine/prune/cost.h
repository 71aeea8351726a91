/* cost: honest accounting: what a mask leaves of parameters, multiply-adds and bytes. Formulas: sizes in bytes per layer and
 * summed: dense = 4 (weights + biases); bitmask = ceil(weights / 8) + 4 kept + 4 biases; csr = kept (4 + i) + 4 (rows + 1) +
 * 4 biases with i = 2 where columns < 65,536, else 4; other = 4 x all remaining float elements. */
#ifndef PODA_PRUNE_COST_H
#define PODA_PRUNE_COST_H

#include <stdint.h>

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct layer_cost {
    int64_t kept, weights, macs, dense_macs, biases;
    int64_t dense_bytes, bitmask_bytes, csr_bytes;
};

struct cost {
    int n_layers;
    struct layer_cost *layers; /* owned */
    int64_t kept, prunable;
    int64_t parameters,
        dense_parameters; /* parameters of the pruned model: kept weights, and biases and normalisation of units
                                             that are not removed */
    int64_t macs, dense_macs;
    int64_t dense_bytes, bitmask_bytes, csr_bytes,
        other_bytes;        /* beside the three sums of the layers: all other float elements */
    int64_t smallest_bytes; /* the smallest listed storage */
    const char *smallest;   /* its name: "dense", "bitmask" or "csr" */
};

void cost_of(const struct graph *g, const struct layers *l, const struct coupling *c, const struct mask *m,
             struct cost *out);
void cost_release(struct cost *c);

#endif
