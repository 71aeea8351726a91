/* neuron: what one unit hears and who listens to it, dense beside pruned. Exact, from weights and masks; activity needs data. */
#ifndef PODA_EXPLAIN_NEURON_H
#define PODA_EXPLAIN_NEURON_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/plan.h"
#include "engine/explain/wiring.h"
#include "engine/io/dataset.h"
#include "engine/graph/program.h"

struct err;

/* One connection. For a convolution: an input channel with its kernel. */
struct link {
    int layer; /* incoming: the layer that makes the input, -1 for the model's input; outgoing: the consumer */
    int64_t index; /* incoming: input number of this layer; outgoing: unit of the consumer */
    int64_t
        source; /* incoming: unit of `layer`, or element of the model's input; -1 where several positions of one channel
                       are read (Flatten): then position says which */
    int64_t position; /* position of the channel for flattened inputs; -1 otherwise */
    double weight;    /* dense weight; a kernel's L2 norm */
    double pruned;    /* the same under the mask (0 when cut) */
    int64_t kept, of; /* weights of the kernel: 1 of 1 for a dense connection */
    double
        share; /* |pruned| over the sum of |pruned| of this unit's kept incoming (outgoing) links; NaN if that is 0 */
    bool
        live; /* outgoing: the consumer's unit still reaches an output; incoming: the source is still reached by an input */
};

struct neuron {
    int layer;
    int64_t unit;
    double bias; /* NaN: none */
    bool removed;
    int64_t n_in, n_out;
    struct link *in, *out; /* in index order */
    int64_t kept_in, kept_out;
    bool dead;
    double routes, routes_log10, dense_routes_log10; /* through this unit; routes NaN above 2^53 */
    const char *pinned; /* NULL, or that it cannot leave (the reason is coupling_explain's) */
};

void neuron_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, const struct tensor *const *weights, int layer, int64_t unit,
                 struct neuron *out);
void neuron_release(struct neuron *n);

/* The graph value that holds a layer's outputs after its bias: what activity looks at. */
int neuron_value(const struct layers *l, const struct graph *g, int layer);

/* A unit's activity on records: dense beside pruned. For a convolution a record's activation is the mean over positions, and it
 * is silent where no position is above 0. */
struct activity {
    int64_t n;
    double twin; /* Pearson correlation of dense and pruned activations; NaN if one is constant */
    double silent, dense_silent; /* share of records with activation <= 0 */
    double mean, dense_mean;
};
/* Both programs must keep neuron_value (program_options.keep). */
bool activity_measure(const struct program *dense, const struct program *pruned, const struct dataset *d,
                      int value, int64_t unit, int64_t units, const int64_t *order, int64_t n,
                      struct runner *r, struct activity *out, struct err *e);

#endif
