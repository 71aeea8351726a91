/* activity: what the units of a layer do on records, dense beside pruned. */
#ifndef PODA_EXPLAIN_ACTIVITY_H
#define PODA_EXPLAIN_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/plan.h"
#include "engine/graph/program.h"
#include "engine/io/dataset.h"
#include "engine/prune/layers.h"

struct err;

/* A convolution's activation on a record is the mean over positions; it is silent where no position is above 0. */
struct activity {
    int64_t n;
    double twin; /* Pearson correlation of dense and pruned activations; NaN where one of them is constant */
    double silent, dense_silent; /* share of records with activation <= 0 */
    double mean, dense_mean;
};

/* The graph value that holds a layer's results, bias included: what both programs must keep (program_options.keep). */
int activity_value(const struct layers *l, const struct graph *g, int layer);

/* out[0..units): one a unit, as all of them take hardly longer than one. dense and pruned compute the same graph. Records
 * order[0..n). Moments are merged slice by slice (Chan, Golub and LeVeque 1983). ERR_CANCELLED. */
bool activity_measure(const struct program *dense, const struct program *pruned, const struct dataset *d,
                      const struct layer *layer, int value, const int64_t *order, int64_t n, struct runner *r,
                      struct activity *out, struct err *e);

#endif
