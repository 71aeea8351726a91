/* routes: how many paths of kept connections there are, from an element of an input to an element of an output, a convolution's
 * positions each counting. Time grows with multiply-adds, so it is counted where somebody wants the number: what is reached at all
 * is wiring.h's. */
#ifndef PODA_EXPLAIN_ROUTES_H
#define PODA_EXPLAIN_ROUTES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct routes {
    int n_layers;
    int64_t n_inputs;    /* elements of the model's first input */
    double total_log10;  /* from any input to any output; -INFINITY: none */
    double **unit_log10; /* [layer][unit]: through it */
    double *input_log10; /* by input element */
    int64_t *
        input_links; /* by input element: kept connections of the layers that read it before any other layer does */
};

/* m NULL: the dense model (weights that are exactly 0 count as kept; c is not asked then). false: *stop became true on the way (stop may be NULL), and
 * there is nothing to release. */
bool routes_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, const atomic_bool *stop, struct routes *out);
void routes_release(struct routes *r);

#endif
