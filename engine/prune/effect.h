/* effect: the one place that says which weights a mask leaves. A weight is left if its own bit is 1, its unit is not removed, and
 * what it reads does not come from a removed unit (a coupled set whose units are all removed). What counts, shows, runs or writes
 * weights asks here; the bits of the mask alone are what somebody chose. */
#ifndef PODA_PRUNE_EFFECT_H
#define PODA_PRUNE_EFFECT_H

#include <stdint.h>

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

/* A mask whose weight bits are 1 for exactly the weights that m leaves (mask_weight, mask_words, mask_count); units as in m, with
 * which it shares what is the same. Of such a mask it is the same again. Owned. */
struct mask *effect_of(const struct layers *l, const struct coupling *c, const struct mask *m);

/* How many weights m leaves: what the contract calls kept. by_layer[layer]; NULL: only the sum. */
int64_t effect_kept(const struct layers *l, const struct coupling *c, const struct mask *m,
                    int64_t *by_layer);

/* From a to b, masks of one model. */
struct effect_difference {
    int64_t added, removed; /* weights that are left in b and not in a; the other way round */
    int64_t units;          /* removed whole in one of them only */
};
struct effect_difference effect_difference(const struct layers *l, const struct coupling *c,
                                           const struct mask *a, const struct mask *b);

#endif
