/* sequence: what a running count says about the whole, at any look. Records are visited in one uniformly random order without
 * replacement; an ordinary interval, looked at after every batch, misses the final value in half of all runs. This one holds at
 * all looks at once (Waudby-Smith and Ramdas 2020, arXiv:2006.04347): K of N stays possible after s of n were seen while
 *
 *     log BB(K; N, a, b) - log BB(K - s; N - n, a + s, b + n - s) < log(1 / alpha),
 *
 * the ratio of prior to posterior of a beta-binomial, BB(k; n, a, b) = C(n, k) B(k + a, n - k + b) / B(a, b). When all records are
 * in, one K is left. The prior is chosen before anything is seen; it moves widths, never the guarantee. Pure functions. */
#ifndef PODA_STATS_SEQUENCE_H
#define PODA_STATS_SEQUENCE_H

#include <stdint.h>

struct prior {
    double a, b; /* as if a hits and b misses had been seen */
};

extern const struct prior prior_right; /* of answers that are right: 17 to 3 */
extern const struct prior prior_rare;  /* of answers that changed: 1 to 19 */

/* Least and most hits among all N, after s hits in the first n; missed at any look with a chance of at most alpha. */
void sequence_bounds(int64_t s, int64_t n, int64_t N, struct prior prior, double alpha, int64_t *low,
                     int64_t *high);

/* The share of all N that are right, at 95 %. */
void sequence_share(int64_t s, int64_t n, int64_t N, struct prior prior, double *low, double *high);

/* The accuracy change over all N after b newly wrong and c newly right in the first n, at 95 %: one sequence for each of the two at
 * alpha/2, [c_low - b_high, c_high - b_low] / N. */
void sequence_change(int64_t b, int64_t c, int64_t n, int64_t N, double *low, double *high);

#endif
