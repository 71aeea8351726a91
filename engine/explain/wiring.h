/* wiring: what is connected at all. Exact statements from masks alone: a unit, input or output with no route proves that there
 * is no influence; a route proves nothing (a unit may never fire, routes may cancel).
 *
 * Reachability and route counts run over the graph's element or channel axes, forward from inputs and backward from outputs.
 * Normalisation and softmax over an axis join all of it; both sides of a product of activations count in full. */
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
    double *routes_in_log10; /* unused unless asked: see wiring_routes */
    int64_t n_inputs;        /* elements of the model's first input */
    uint8_t *input_alive;    /* by input element: reaches some output */
    int64_t *
        input_links; /* by input element: kept weights of the layers that read it directly; -1 where a layer other than
                             Gemm/MatMul reads it */
    int64_t cut_inputs;
};

/* mask NULL: the dense model (weights that are exactly 0 count as kept). */
void wiring_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, struct wiring *out);
void wiring_release(struct wiring *w);

/* Does the layer read the model's first input element by element (through reshapes and per-element scaling only), so that its
 * input i is the model's input element i? */
bool wiring_reads_input(const struct graph *g, const struct layers *l, int layer);

/* Number of routes input->output as log10 (exact count too where it fits 2^53; else NaN): total, through one unit, from one
 * input. -INFINITY: none. A convolution counts its kernel positions; weights shared over positions count once per channel pair
 * and tap. */
struct routes {
    double total, total_log10;
    double **unit_log10; /* [layer][unit] */
    double *input_log10; /* by input element */
};
void routes_count(const struct graph *g, const struct layers *l, const struct coupling *c,
                  const struct mask *m, struct routes *out);
void routes_release(struct routes *r);

#endif
