/* wiring: what is connected at all. Exact statements from masks alone: a unit, input or output with no route proves that there
 * is no influence; a route proves nothing (a unit may never fire, routes may cancel). How many routes there are: routes.h. */
#ifndef PODA_EXPLAIN_WIRING_H
#define PODA_EXPLAIN_WIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/couple.h"
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
    int64_t cut_inputs;
};

/* m NULL: the dense model (weights that are exactly 0 count as kept; c is not asked then). */
void wiring_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, struct wiring *out);
void wiring_release(struct wiring *w);

/* The unit that an element of a value with the layer's results belongs to: units lie on axis 1 behind convolutions, on the last
 * axis behind the others. */
int64_t wiring_unit(const struct graph *g, const struct layer *l, int value, int64_t element);

#endif
