/* neuron: what one unit hears and who listens to it, dense beside pruned. Exact, from weights and masks. What it does on records
 * is activity.h. */
#ifndef PODA_EXPLAIN_NEURON_H
#define PODA_EXPLAIN_NEURON_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/explain/wiring.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

/* One connection. For a convolution, and for a unit whose positions are flattened: a kernel of several weights. */
struct link {
    int layer; /* incoming: the layer that makes the input; outgoing: the consumer. -1: an input of the model; -2: several */
    int64_t index; /* incoming: input number of this layer; outgoing: unit of the consumer */
    int64_t
        input; /* of the layer that holds the weights, this one's or the consumer's; outgoing: -1 where they belong to
                       several inputs, as a flattened unit's do */
    int64_t source; /* incoming: unit of `layer`, or element of the model's input */
    int64_t
        position; /* which of the source's positions, where a layer reads them as single inputs; -1 otherwise */
    double weight;    /* dense; of a kernel its L2 norm */
    double pruned;    /* the same under the mask; 0 when cut */
    int64_t kept, of; /* weights of the kernel; of is 1 for a dense connection */
    double share; /* |pruned| over the sum of it over this unit's links on this side; 0 when all are cut */
    bool
        live; /* incoming: an input of the model reaches its source; outgoing: the consumer reaches an output */
};

struct neuron {
    int layer;
    int64_t unit;
    double bias; /* NaN: none */
    bool removed, dead;
    int64_t n_in, n_out;
    struct link *in, *out; /* in index order */
    int64_t kept_in, kept_out;
};

/* now: the wiring under the mask. */
void neuron_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, const struct wiring *now, int layer, int64_t unit, struct neuron *out);
void neuron_release(struct neuron *n);

#endif
