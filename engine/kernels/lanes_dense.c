/* lanes_dense: weighted sums of rows of lanes, dense: a tile of outputs by a strip of lanes stays in registers while k runs.
 * Sparse sums: lanes_sparse.c. */
#include "engine/kernels/lanes.h"

#include <stddef.h>

enum {
    TILE = 6,
    STRIP = 2
}; /* outputs and vectors in registers: 12 sums, 2 loads and a weight fill AVX2's sixteen */

/* m (a constant where inlined) outputs by v vectors of lanes starting at `lane`. */
static inline __attribute__((always_inline)) void tile(int m, int v, int k, const float *w, int w_stride,
                                                       const float *bias, const float *const *rows, int lane,
                                                       float *const *y)
{
    vec sum[TILE][STRIP];
    for (int i = 0; i < m; i++)
        for (int s = 0; s < v; s++)
            sum[i][s] = vec_all(bias ? bias[i] : 0);
    for (int j = 0; j < k; j++) {
        if (!rows[j])
            continue;
        vec x[STRIP];
        for (int s = 0; s < v; s++)
            x[s] = vec_load(rows[j] + lane + s * VEC);
        for (int i = 0; i < m; i++) {
            vec weight = vec_all(w[(ptrdiff_t)i * w_stride + j]);
            for (int s = 0; s < v; s++)
                sum[i][s] = vec_fma(weight, x[s], sum[i][s]);
        }
    }
    for (int i = 0; i < m; i++)
        for (int s = 0; s < v; s++)
            vec_store(y[i] + lane + s * VEC, sum[i][s]);
}

/* All outputs over one strip of v vectors. */
static inline __attribute__((always_inline)) void strip(int m, int v, int k, const float *w, int w_stride,
                                                        const float *bias, const float *const *rows, int lane,
                                                        float *const *y)
{
    int i = 0;
    for (; i + TILE <= m; i += TILE)
        tile(TILE, v, k, w + (ptrdiff_t)i * w_stride, w_stride, bias ? bias + i : NULL, rows, lane, y + i);
    for (; i + 2 <= m; i += 2)
        tile(2, v, k, w + (ptrdiff_t)i * w_stride, w_stride, bias ? bias + i : NULL, rows, lane, y + i);
    if (i < m)
        tile(1, v, k, w + (ptrdiff_t)i * w_stride, w_stride, bias ? bias + i : NULL, rows, lane, y + i);
}

/* Lanes that fill no vector, one by one: the same sums in the same order. */
static void single_lanes(int m, int k, const float *w, int w_stride, const float *bias,
                         const float *const *rows, int lane, int lanes, float *const *y)
{
    for (; lane < lanes; lane++)
        for (int i = 0; i < m; i++) {
            float sum = bias ? bias[i] : 0;
            for (int j = 0; j < k; j++)
                if (rows[j])
                    sum = __builtin_fmaf(w[(ptrdiff_t)i * w_stride + j], rows[j][lane], sum);
            y[i][lane] = sum;
        }
}

void AT_LEVEL(lanes_dense)(int m, int k, const float *w, int w_stride, const float *bias,
                           const float *const *rows, int lanes, float *const *y)
{
    int lane = 0;
    for (; lane + STRIP * VEC <= lanes; lane += STRIP * VEC)
        strip(m, STRIP, k, w, w_stride, bias, rows, lane, y);
    for (; lane + VEC <= lanes; lane += VEC)
        strip(m, 1, k, w, w_stride, bias, rows, lane, y);
    single_lanes(m, k, w, w_stride, bias, rows, lane, lanes, y);
}
