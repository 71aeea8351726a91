/* lanes_product: the product of two matrices that are both known at run time only, lane by lane: a tile of results stays in
 * registers while k runs. Sums with weights: lanes_dense.c. */
#include "engine/kernels/lanes.h"

#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

enum { TILE = 3 /* results each way: nine sums and what they need fill AVX2's sixteen registers */, FEW = 8 };

/* Steps in numbers; a side that is spread has one number for all lanes. */
struct job {
    int64_t m, n, k;
    const float *a, *b;
    ptrdiff_t a_i, a_k, b_k, b_j;
    float *y;
    ptrdiff_t y_i, y_j;
};

INLINE vec load(const float *p, bool spread)
{
    return spread ? vec_all(*p) : vec_load(p);
}

/* Results i.. i + h by j.. j + w of a vector of lanes; h, w and the spreads are constants where inlined. */
INLINE void tile(const struct job *t, int64_t i, int64_t j, int lane, int h, int w, bool spread_a,
                 bool spread_b)
{
    const float *a = t->a + i * t->a_i + (spread_a ? 0 : lane),
                *b = t->b + j * t->b_j + (spread_b ? 0 : lane);
    vec sum[TILE][TILE];
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++)
            sum[r][c] = vec_all(0);
    for (int64_t k = 0; k < t->k; k++, a += t->a_k, b += t->b_k) {
        vec right[TILE];
        for (int c = 0; c < w; c++)
            right[c] = load(b + c * t->b_j, spread_b);
        for (int r = 0; r < h; r++) {
            vec left = load(a + r * t->a_i, spread_a);
            for (int c = 0; c < w; c++)
                sum[r][c] = vec_fma(left, right[c], sum[r][c]);
        }
    }
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++)
            vec_store(t->y + (i + r) * t->y_i + (j + c) * t->y_j + lane, sum[r][c]);
}

/* All results of a vector of lanes. */
INLINE void all_tiles(const struct job *t, int lane, bool spread_a, bool spread_b)
{
    int64_t i = 0, j;
    for (; i + TILE <= t->m; i += TILE) {
        for (j = 0; j + TILE <= t->n; j += TILE)
            tile(t, i, j, lane, TILE, TILE, spread_a, spread_b);
        for (; j < t->n; j++)
            tile(t, i, j, lane, TILE, 1, spread_a, spread_b);
    }
    for (; i < t->m; i++) {
        for (j = 0; j + TILE <= t->n; j += TILE)
            tile(t, i, j, lane, 1, TILE, spread_a, spread_b);
        for (; j < t->n; j++)
            tile(t, i, j, lane, 1, 1, spread_a, spread_b);
    }
}

/* Lanes that fill no vector, and numbers side by side in none: some results of a row at a time. */
static void few_lanes(const struct job *t, int lane, bool spread_a, bool spread_b)
{
    for (int64_t i = 0; i < t->m; i++)
        for (int64_t j = 0; j < t->n; j += FEW) {
            const float *a = t->a + i * t->a_i + (spread_a ? 0 : lane);
            const float *b = t->b + j * t->b_j + (spread_b ? 0 : lane);
            int64_t w = t->n - j < FEW ? t->n - j : FEW;
            float sum[FEW] = {0};
            for (int64_t k = 0; k < t->k; k++, a += t->a_k, b += t->b_k)
                for (int64_t c = 0; c < w; c++)
                    sum[c] = __builtin_fmaf(*a, b[c * t->b_j], sum[c]);
            for (int64_t c = 0; c < w; c++)
                t->y[i * t->y_i + (j + c) * t->y_j + lane] = sum[c];
        }
}

static void all_lanes(const struct job *t, int lanes, bool spread_a, bool spread_b)
{
    int lane = 0;
    for (; lane < lanes && lanes >= VEC && !(spread_a && spread_b); lane += VEC) {
        if (lane > lanes - VEC) /* the last vector overlaps: the same sums again */
            lane = lanes - VEC;
        if (spread_a)
            all_tiles(t, lane, true, false);
        else if (spread_b)
            all_tiles(t, lane, false, true);
        else
            all_tiles(t, lane, false, false);
    }
    for (; lane < lanes; lane++)
        few_lanes(t, lane, spread_a, spread_b);
}

void AT_LEVEL(lanes_product)(int64_t m, int64_t n, int64_t k, int lanes, const struct lane_side *a,
                             const struct lane_side *b, float *y)
{
    ptrdiff_t left = a->lane_stride ? lanes : 1, right = b->lane_stride ? lanes : 1;
    struct job t = {.m = m,
                    .n = n,
                    .k = k,
                    .a = a->at,
                    .b = b->at,
                    .a_i = a->row * left,
                    .a_k = a->column * left,
                    .b_k = b->row * right,
                    .b_j = b->column * right,
                    .y = y,
                    .y_i = n * lanes,
                    .y_j = lanes};
    if (lanes == 1 && t.b_j == 1 && n <= INT32_MAX) { /* the columns are as good as lanes */
        t.n = 1;
        all_lanes(&t, (int)n, true, false);
    } else {
        all_lanes(&t, lanes, !a->lane_stride, !b->lane_stride);
    }
}
