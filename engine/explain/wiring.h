/* wiring: what is connected at all. Exact statements from masks alone: a unit, input or output with no route proves that there
 * is no influence; a route proves nothing (a unit may never fire, routes may cancel). A route is a path of kept connections
 * from an element of an input to an element of an output, a convolution's positions each counting (flow.h). */
#ifndef PODA_EXPLAIN_WIRING_H
#define PODA_EXPLAIN_WIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct wiring {
    int n_layers;
    uint8_t **alive_in;  /* [layer][unit]: some input of the model reaches it */
    uint8_t **alive_out; /* [layer][unit]: it reaches some output */
    int64_t *dead;       /* [layer]: units of which either fails */
    int64_t dead_total, units_total;
    int64_t n_inputs;     /* elements of the model's first input */
    uint8_t *input_alive; /* by input element: reaches some output */
    int64_t *
        input_links; /* by input element: kept connections of the layers that read it before any other layer does */
    int64_t cut_inputs;
    double routes,
        routes_log10; /* from any input to any output; routes is NaN above 2^53, log10 -INFINITY for none */
    double **unit_routes_log10; /* [layer][unit]: through it */
    double *input_routes_log10; /* by input element */
};

/* m NULL: the dense model (weights that are exactly 0 count as kept). */
void wiring_find(const struct graph *g, const struct layers *l, const struct mask *m, struct wiring *out);
void wiring_release(struct wiring *w);

/* The unit that an element of a value with the layer's results belongs to: units lie on axis 1 behind convolutions, on the last
 * axis behind the others. */
int64_t wiring_unit(const struct graph *g, const struct layer *l, int value, int64_t element);

#endif
