/* lanes_sparse: weighted sums of rows of lanes over the kept weights alone: a removed weight is a turn that does not happen.
 * Dense sums: lanes_dense.c. */
#include "engine/kernels/lanes.h"

#include <stddef.h>

#include "engine/kernels/sparse.h"

#define INLINE static inline __attribute__((always_inline))

enum { STRIP = 64 / VEC }; /* vectors of lanes whose sums stay in registers */

/* What stays the same for all outputs of a strip. */
struct job {
    const struct sparse *w;
    const float *bias; /* NULL: 0 */
    const float *const *rows;
    float *const *y;
};

/* Elements first..end of output r over v vectors of lanes, a constant where inlined. `more`: go on with the sums in y; else a
 * sum starts at 0 or bias + 0, never at -0, as the dense kernel's. */
INLINE void segment(const struct job *j, int r, int32_t first, int32_t end, bool more, int lane, int v)
{
    float *y = j->y[r] + lane;
    vec sum[STRIP];
    for (int s = 0; s < v; s++)
        sum[s] = more ? vec_load(y + s * VEC) : vec_all(j->bias ? j->bias[r] + 0.0f : 0.0f);
    for (int32_t e = first; e < end; e++) {
        const float *x = j->rows[j->w->column[e]];
        if (!x)
            continue;
        vec weight = vec_all(j->w->value[e]);
        for (int s = 0; s < v; s++)
            sum[s] = vec_fma(weight, vec_load(x + lane + s * VEC), sum[s]);
    }
    for (int s = 0; s < v; s++)
        vec_store(y + s * VEC, sum[s]);
}

INLINE void all_outputs(const struct job *j, bool add, int lane, int v)
{
    for (int band = 0; band < j->w->bands; band++) {
        const int32_t *start = j->w->start + (ptrdiff_t)band * (j->w->m + 1);
        for (int r = 0; r < j->w->m; r++)
            segment(j, r, start[r], start[r + 1], add || band > 0, lane, v);
    }
}

/* Lanes that fill no vector. */
static void few_lanes(const struct job *j, bool add, int lane)
{
    for (int r = 0; r < j->w->m; r++) {
        float sum = add ? j->y[r][lane] : j->bias ? j->bias[r] + 0.0f : 0.0f;
        for (int band = 0; band < j->w->bands; band++) {
            const int32_t *start = j->w->start + (ptrdiff_t)band * (j->w->m + 1);
            for (int32_t e = start[r]; e < start[r + 1]; e++)
                if (j->rows[j->w->column[e]])
                    sum = __builtin_fmaf(j->w->value[e], j->rows[j->w->column[e]][lane], sum);
        }
        j->y[r][lane] = sum;
    }
}

INLINE void all_lanes(const struct job *j, bool add, int lanes)
{
    int lane = 0;
    for (; lane + STRIP * VEC <= lanes; lane += STRIP * VEC)
        all_outputs(j, add, lane, STRIP);
    for (; lane + 2 * VEC <= lanes; lane += 2 * VEC)
        all_outputs(j, add, lane, 2);
    for (; lane + VEC <= lanes; lane += VEC)
        all_outputs(j, add, lane, 1);
    if (!add && lane < lanes && lanes >= VEC) { /* the last vector overlaps: the same sums again */
        all_outputs(j, add, lanes - VEC, 1);
        return;
    }
    for (; lane < lanes; lane++)
        few_lanes(j, add, lane);
}

void AT_LEVEL(lanes_sparse)(const struct sparse *w, const float *bias, const float *const *rows, int lanes,
                            float *const *y)
{
    const struct job j = {w, bias, rows, y};
    all_lanes(&j, false, lanes);
}

void AT_LEVEL(lanes_add)(const struct sparse *w, const float *const *rows, int lanes, float *const *y)
{
    const struct job j = {w, NULL, rows, y};
    all_lanes(&j, true, lanes);
}
