/* tradeoff: points of cost and quality: which are on the front, where a curve bends, which differ at all. Pure functions of
 * numbers; a better quality is a larger one here, a better cost a smaller one. */
#ifndef PODA_STATS_TRADEOFF_H
#define PODA_STATS_TRADEOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tradeoff {
    double cost, quality; /* NaN: not known, such a point beats nothing and is on no front */
};

/* Is p on the front: has none of the points cost <= and quality >= p's, one of them strictly? */
bool tradeoff_front(const struct tradeoff *points, size_t n, struct tradeoff p);

/* The knee: the point farthest above the chord between the first and the last point, in (x, quality), both scaled to 0..1. x rises;
 * take the logarithm of a size. SIZE_MAX where no point lies above the chord. */
size_t tradeoff_knee(const double *x, const double *quality, size_t n);

/* The height at x of the line through the nearest points on both sides of it (a point at x itself is both): what lies between two
 * measurements, guessed. Points in any order; NaN where nothing encloses x. A NaN point encloses nothing. */
double tradeoff_between(const struct tradeoff *points, size_t n, double x);

/* Two lists of right answers, one hexadecimal digit for four records, the first record its lowest bit: how many the second got
 * wrong that the first had right (b), and the other way round (c). False if the lists are not of the same records. */
bool tradeoff_disagree(const char *first, const char *second, int64_t *b, int64_t *c);

/* Is the difference between two models on the same n records within what chance alone gives: does the paired interval (paired.h)
 * hold 0? */
bool tradeoff_tie(int64_t b, int64_t c, int64_t n, double *low, double *high);

#endif
