/* guards: what a person does by hand: protect, release, cut and restore single places. prune.h says how pruning honours it. */
#ifndef PODA_PRUNE_GUARDS_H
#define PODA_PRUNE_GUARDS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct err;

/* Protect (or release) a layer, unit or connection in guards->protected_weights, where a 0 bit protects. A unit's mark is its
 * unit bit; a layer's are all its weights and units. */
void guard_protect(const struct layers *l, const struct place *p, bool protect, struct mask *marks);

/* The same for element `index` of input `input` of the model: all connections that read it. ERR_UNSUPPORTED if no layer reads
 * it directly. */
bool guard_protect_input(const struct graph *g, const struct layers *l, int input, int64_t index,
                         bool protect, struct mask *marks, struct err *e);

/* Cut a unit (with its whole coupled set) or a connection in m: the caller does it to the model's mask and to
 * guards->hand_cuts. ERR_PINNED with the reason if the unit cannot leave or something of it is protected (marks may be NULL);
 * ERR_UNREACHABLE if it is the last of a layer; nothing is changed then. */
bool guard_cut(const struct graph *g, const struct layers *l, const struct coupling *c,
               const struct mask *marks, const struct place *p, struct mask *m, struct err *e);

/* Put back a unit (with its set, and all weights of its own row) or a connection. ERR_UNREACHABLE for a connection of a unit
 * that is removed, or that reads one. */
bool guard_restore(const struct layers *l, const struct coupling *c, const struct place *p, struct mask *m,
                   struct err *e);

/* protected_sets[set]: a unit of it is protected, a connection of its rows, or one that reads it. marks NULL: nothing is. */
void guard_sets(const struct layers *l, const struct coupling *c, const struct mask *marks,
                bool *protected_sets);

#endif
