/* reach_sums: marks through one weighted sum. For reach.c alone. */
#ifndef PODA_EXPLAIN_REACH_SUMS_H
#define PODA_EXPLAIN_REACH_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/weighted.h"

/* kept: a bit for each weight, NULL for all of them; the steps say where weight (group, row, input, tap) has it, taps one apart.
 * Forward from the marks of the data to those of the result, else the other way. Marks that are there stay. */
struct sum_bits {
    const uint64_t *kept;
    int64_t group_step, row_step, input_step;
};
void reach_sums(const struct weighted *w, const struct sum_bits *bits, bool forward, uint8_t *data,
                uint8_t *result);

#endif
