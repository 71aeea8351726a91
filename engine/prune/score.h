/* score: what a criterion thinks of each weight and each unit: the lowest go first. Double precision, fixed order, no BLAS:
 * the same on every machine. */
#ifndef PODA_PRUNE_SCORE_H
#define PODA_PRUNE_SCORE_H

#include <stdint.h>
#include <string.h>

#include "engine/prune/layers.h"
#include "engine/prune/prune.h"

/* Of one weight (index in file order). magnitude: |w|; random: a draw by (seed, layer, index). */
double score_weight(const struct strategy *s, int layer, int64_t index, float w);

/* The same of n weights from index `first` on, w being the first one's value, into out. */
void score_weights(const struct strategy *s, int layer, int64_t first, int64_t n, const float *w,
                   double *out);

/* Of each unit of a layer into out[units]. magnitude: the norm (l2, l1) of its own weight row; random: a draw by (seed, layer,
 * unit). With scope=global divided by the layer's mean, so that layers of different scale compare; not for random. */
void score_units(const struct strategy *s, int layer, const struct layer *l, const float *w, double *out);

/* Bits that order as scores do, positive ones after negative ones, -0 counting as 0; and the score back. */
static inline uint64_t score_key(double score)
{
    uint64_t bits;
    score += 0.0;
    memcpy(&bits, &score, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}
static inline double score_of_key(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    double score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

/* Stable order by score: ids[0..n) are put in ascending order of scores[i] (score of ids[i] on entry), equal ones in the order in
 * which they stand. n is at most UINT32_MAX. */
void score_sort(const double *scores, uint32_t *ids, int64_t n);

#endif
