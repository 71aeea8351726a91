/* couple_begin: how a coupling under construction starts and ends: for couple.c, which builds the sets, for shrink_axes.c, and for
 * couple_explain.c, which states again node by node to find who couples two units. */
#ifndef PODA_PRUNE_COUPLE_BEGIN_H
#define PODA_PRUNE_COUPLE_BEGIN_H

#include <stdbool.h>

struct couple;
struct err;
struct graph;
struct layers;

/* Variables for all values and layers; the model's inputs are pinned. g and l must outlive it. */
bool couple_begin(struct couple *c, const struct graph *g, const struct layers *l, struct err *e);
void couple_pin_outputs(struct couple *c);
void couple_end(struct couple *c);

#endif
