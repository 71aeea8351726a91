/* reach: what is reached at all, without counting routes (routes.h): a mark for each element of each value, forward from the inputs or
 * backward from the outputs. Exact, and quick: a weighted sum is looked at by words of its mask, and channels whose positions are
 * reached alike are looked at once. Time grows with weights / 64 and with elements. */
#ifndef PODA_EXPLAIN_REACH_H
#define PODA_EXPLAIN_REACH_H

#include <stdint.h>

#include "engine/explain/flow.h"

/* By value and element, 1 where some input of the model comes to it; or where it comes to some output. NULL for constants.
 * reach_free frees them. */
uint8_t **reach_from_inputs(const struct flow *f);
uint8_t **reach_to_outputs(const struct flow *f);

/* Marks that the caller sets where it wants to begin, all 0; carried on from there. */
uint8_t **reach_marks(const struct flow *f);
void reach_forward(const struct flow *f, uint8_t **marks);
void reach_free(const struct flow *f, uint8_t **marks);

#endif
