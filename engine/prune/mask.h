/* mask: which weights of each layer are kept, a bit each, and which units are removed whole, a bit each. Masks are shared and
 * copied on write: mask_ref gives another owner, mask_edit a version of one layer that nobody else sees.
 * Only a mask with one owner is edited. */
#ifndef PODA_PRUNE_MASK_H
#define PODA_PRUNE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"
#include "engine/prune/layers.h"

struct buf;
struct err;
struct
    mask; /* of a whole model; reference-counted, layer by layer; counts are atomic so that workers may hold masks */

struct mask *mask_new(const struct layers *l); /* everything kept; l must outlive it */
struct mask *mask_ref(const struct mask *m);
void mask_unref(struct mask *m);                              /* NULL is allowed */
bool mask_over(const struct mask *m, const struct layers *l); /* are these the layers it was made for? */
struct mask *
mask_copy(const struct mask *m); /* a mask of one's own to edit; layers stay shared until written */

/* The weight's own bit alone, index in file order. Whether the weight is left is effect.h's to say. */
bool mask_weight(const struct mask *m, int layer, int64_t index);
bool mask_removed(const struct mask *m, int layer, int64_t unit);
void mask_set(struct mask *m, int layer, int64_t index, bool kept);
void mask_set_removed(struct mask *m, int layer, int64_t unit, bool removed);

/* Words of 64 bits, least significant bit first, for loops over many weights; tail bits are 0. */
const uint64_t *mask_words(const struct mask *m, int layer);
uint64_t *mask_edit(struct mask *m, int layer);
const uint64_t *mask_units(const struct mask *m, int layer); /* 1: kept */

/* The layer of m becomes the same as in `from`, and is shared with it. */
void mask_share(struct mask *m, const struct mask *from, int layer);

/* Weights of a layer with their own bit set and their unit there; that others read from removed units is effect.h's business. */
int64_t mask_count(const struct mask *m, int layer);

/* SHA-256 over both kinds, layers in file order, units first, least significant bit first, each row of bits padded to a byte.
 * The unit bit is 1 for a unit that is kept; a layer's weights are one row, in file order. */
void mask_hash(const struct mask *m, char hex[HASH_HEX]);

/* For storing: bytes of exactly what the hash is taken over; and back (ERR_UNREADABLE if the length does not fit). */
void mask_write(const struct mask *m, struct buf *out);
struct mask *mask_read(const struct layers *l, const void *bytes, size_t n, struct err *e);

#endif
