/* bits: rows of bits in 64-bit words, least significant bit first; tail bits are 0. The arithmetic under mask.h and select.c,
 * inline because it runs once a weight. */
#ifndef PODA_PRUNE_BITS_H
#define PODA_PRUNE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t bits_words(int64_t n)
{
    return (size_t)((n + 63) / 64);
}

static inline bool bits_get(const uint64_t *w, int64_t i)
{
    return w[i >> 6] >> (i & 63) & 1;
}

static inline void bits_on(uint64_t *w, int64_t i)
{
    w[i >> 6] |= (uint64_t)1 << (i & 63);
}

static inline void bits_off(uint64_t *w, int64_t i)
{
    w[i >> 6] &= ~((uint64_t)1 << (i & 63));
}

/* All n bits 1. */
static inline void bits_fill(uint64_t *w, int64_t n)
{
    for (size_t i = 0; i < bits_words(n); i++)
        w[i] = ~(uint64_t)0;
    if (n & 63)
        w[n >> 6] = ((uint64_t)1 << (n & 63)) - 1;
}

/* The n bits from `from` on become 0. */
static inline void bits_clear(uint64_t *w, int64_t from, int64_t n)
{
    for (int64_t end = from + n; from < end;) {
        int shift = (int)(from & 63);
        int64_t take = 64 - shift < end - from ? 64 - shift : end - from;
        w[from >> 6] &= ~(UINT64_MAX >> (64 - take) << shift);
        from += take;
    }
}

/* Bits that are 1 in [from, from + n). */
static inline int64_t bits_count(const uint64_t *w, int64_t from, int64_t n)
{
    int64_t total = 0, end = from + n;
    while (from < end) {
        int shift = (int)(from & 63);
        int64_t take = 64 - shift < end - from ? 64 - shift : end - from;
        uint64_t word = w[from >> 6] >> shift;
        if (take < 64)
            word &= ((uint64_t)1 << take) - 1;
        total += __builtin_popcountll(word);
        from += take;
    }
    return total;
}

#endif
