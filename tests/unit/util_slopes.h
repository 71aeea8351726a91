/* util_slopes: derivatives of a network of the unit tests against numerical differences of its double precision (util_wide). Include
 * cmocka's headers first. */
#ifndef PODA_TESTS_UTIL_SLOPES_H
#define PODA_TESTS_UTIL_SLOPES_H

struct source;

/* For drawn inputs from low to high, integer ones 0, 1, 2: derivatives of a drawn combination of the first output's elements by all
 * real inputs and by the constants whose names begin with w or hold .weight, first and along a drawn direction of those constants, equal central
 * differences within 1e-4 of the largest. In 16 and 64 lanes every lane is as alone, byte for byte, and constants have the sums of the
 * lanes; every kernel level gives the same bytes. Frees s. */
void slopes_expect(struct source *s, double low, double high);

/* The differences alone. */
void slopes_differences(struct source *s, double low, double high);

/* Derivatives by all real inputs are refused with these words. Frees s. */
void slopes_refuse(struct source *s, const char *words);

#endif
