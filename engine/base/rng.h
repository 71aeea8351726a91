/* rng: random numbers that are functions of (seed, stream, index): no state, so that any worker may draw any number.
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"); SplitMix64 (Steele et al. 2014) where a
 * contract names it. */
#ifndef PODA_BASE_RNG_H
#define PODA_BASE_RNG_H

#include <stdint.h>

/* The four 32-bit words of one Philox4x32-10 block. */
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

uint64_t rng_u64(uint64_t seed, uint64_t stream, uint64_t index);
double rng_unit(uint64_t seed, uint64_t stream, uint64_t index); /* uniform in [0, 1), 53 bits */

/* The output function of SplitMix64 after one step from state x. */
uint64_t rng_splitmix64(uint64_t x);

/* A uniform random order of 0..n-1 into order[n] (Fisher-Yates over rng_u64, without modulo bias). */
void rng_permutation(uint64_t seed, uint64_t stream, int64_t n, int64_t *order);

#endif
