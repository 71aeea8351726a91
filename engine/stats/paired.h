/* paired: two models on the same records. Pure functions. */
#ifndef PODA_STATS_PAIRED_H
#define PODA_STATS_PAIRED_H

#include <stdint.h>

/* 95 % interval of the accuracy change (c - b) / n, one formula for all n (Bonett and Price 2012,
 * doi 10.3102/1076998611411915): p = (b+1)/(n+2), q = (c+1)/(n+2); q - p +- 1.96 sqrt((p + q - (q-p)^2) / (n+2)).
 * b: newly wrong, c: newly right. */
void paired_interval(int64_t b, int64_t c, int64_t n, double *low, double *high);

/* 95 % interval of a mean paired difference d = b - a of n records: mean(d) +- 1.96 s / sqrt(n), s^2 the variance of d with n - 1
 * in the denominator (the large-sample interval of paired data: Altman, Machin, Bryant and Gardner 2000, Statistics with
 * Confidence, chapter 4, with the normal quantile in place of Student's). NaN where n is below 2. */
void paired_mean(const double *a, const double *b, int64_t n, double *mean, double *low, double *high);

/* Exact McNemar test, two-sided: the chance of a split of b + c at least as uneven under p = 1/2. 1 if b + c is 0. */
double paired_p(int64_t b, int64_t c);

/* Wilson 95 % interval of a share k of n (Wilson 1927). */
void share_interval(int64_t k, int64_t n, double *low, double *high);

#endif
