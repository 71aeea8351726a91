/* select_stream: which weights go where there are too many to keep them sorted. Scores are looked at in a stream, a few times:
 * histograms of their digits, from the highest down (radix selection), find the score at which the cut falls; equal ones go in
 * index order. The same weights go as by select.c's sorted order. */
#ifndef PODA_PRUNE_SELECT_STREAM_H
#define PODA_PRUNE_SELECT_STREAM_H

#include <stdint.h>

#include "engine/prune/ranking.h"

/* From so many weights on a ranking has no order: sorting them would take longer than some dozen streams. */
enum { STREAM_LEAST = 1 << 20 };

/* Cut up to `want` more of a segment, the lowest first: sets bits in cut. Those forced or blocked are passed over. How many it were;
 * *threshold is raised to the highest score among them (NaN: none yet). */
int64_t stream_select(const struct ranking *r, const struct segment *s, const uint64_t *forced,
                      const uint64_t *blocked, int64_t want, uint64_t *cut, double *threshold);

/* Bits that are 1 among a segment's weights. */
int64_t stream_count(const struct ranking *r, const struct segment *s, const uint64_t *bits);

#endif
