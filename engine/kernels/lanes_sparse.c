/* lanes_sparse: weighted sums of rows of lanes over the kept weights alone (CSR): a removed weight is a turn that does not
 * happen. Dense sums: lanes_dense.c. */
#include "engine/kernels/lanes.h"

#include <stddef.h>

enum { STRIP = 4 };

/* One output row over v vectors of lanes. */
static inline __attribute__((always_inline)) void row(int v, int32_t first, int32_t end,
                                                      const int32_t *column, const float *value, float bias,
                                                      const float *const *rows, int lane, float *y)
{
    vec sum[STRIP];
    for (int s = 0; s < v; s++)
        sum[s] = vec_all(bias);
    for (int32_t e = first; e < end; e++) {
        const float *x = rows[column[e]];
        if (!x)
            continue;
        vec weight = vec_all(value[e]);
        for (int s = 0; s < v; s++)
            sum[s] = vec_fma(weight, vec_load(x + lane + s * VEC), sum[s]);
    }
    for (int s = 0; s < v; s++)
        vec_store(y + lane + s * VEC, sum[s]);
}

/* Lanes that fill no vector, one by one: the same sums in the same order. */
static void single_lanes(int m, const int32_t *start, const int32_t *column, const float *value,
                         const float *bias, const float *const *rows, int lane, int lanes, float *const *y)
{
    for (; lane < lanes; lane++)
        for (int r = 0; r < m; r++) {
            float sum = bias ? bias[r] : 0;
            for (int32_t e = start[r]; e < start[r + 1]; e++)
                if (rows[column[e]])
                    sum = __builtin_fmaf(value[e], rows[column[e]][lane], sum);
            y[r][lane] = sum;
        }
}

void AT_LEVEL(lanes_sparse)(int m, const int32_t *start, const int32_t *column, const float *value,
                            const float *bias, const float *const *rows, int lanes, float *const *y)
{
    int lane = 0;
    for (; lane + STRIP * VEC <= lanes; lane += STRIP * VEC)
        for (int r = 0; r < m; r++)
            row(STRIP, start[r], start[r + 1], column, value, bias ? bias[r] : 0, rows, lane, y[r]);
    for (; lane + VEC <= lanes; lane += VEC)
        for (int r = 0; r < m; r++)
            row(1, start[r], start[r + 1], column, value, bias ? bias[r] : 0, rows, lane, y[r]);
    single_lanes(m, start, column, value, bias, rows, lane, lanes, y);
}
