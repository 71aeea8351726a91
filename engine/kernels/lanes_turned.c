/* lanes_turned: weighted sums for inputs that are mostly 0 and for a single lane: each lane adds, for its own inputs that are
 * not 0, a row of turned weights to all outputs at once, so that vectors run over outputs. In each sum the order is that of
 * lanes_dense.c, and so are the bits. */
#include "engine/kernels/lanes.h"

#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    LANES = 64, /* handled together */
    BAND = 96,  /* inputs at a time: the weights they reach stay in the first cache */
    GROUP = 13  /* vectors of outputs in registers */
};

/* An input of one lane that is not 0. */
struct entry {
    int32_t row; /* within the band */
    float x;
};

struct band {
    struct entry list[LANES][BAND]; /* by lane, inputs ascending */
    int32_t count[LANES];
};

/* Branches on whole vectors only: within one, every lane is written and those with 0 are overwritten by the next. */
INLINE void enter(struct band *b, int l, int32_t row, float x)
{
    b->list[l][b->count[l]] = (struct entry){row, x};
    b->count[l] += x != 0;
}

static void list_band(struct band *b, const float *const *rows, int n, int lane, int lanes)
{
    for (int l = 0; l < lanes; l++)
        b->count[l] = 0;
    for (int r = 0; r < n; r++) {
        int l = 0;
        if (!rows[r])
            continue;
        const float *x = rows[r] + lane;
        for (; l + VEC <= lanes; l += VEC)
            if (vec_any(vec_load(x + l)))
                for (int i = l; i < l + VEC; i++)
                    enter(b, i, r, x[i]);
        for (; l < lanes; l++)
            enter(b, l, r, x[l]);
    }
}

/* v vectors of outputs, a constant where inlined, for each lane. */
INLINE void group(const struct band *b, int lanes, const float *wt, int stride, float *sums, int v)
{
    for (int l = 0; l < lanes; l++, sums += stride) {
        vec sum[GROUP];
        for (int s = 0; s < v; s++)
            sum[s] = vec_load(sums + s * VEC);
        for (int32_t e = 0; e < b->count[l]; e++) {
            const float *w = wt + (ptrdiff_t)b->list[l][e].row * stride;
            vec x = vec_all(b->list[l][e].x);
            for (int s = 0; s < v; s++)
                sum[s] = vec_fma(x, vec_load(w + s * VEC), sum[s]);
        }
        for (int s = 0; s < v; s++)
            vec_store(sums + s * VEC, sum[s]);
    }
}

static void any_group(const struct band *b, int lanes, const float *wt, int stride, float *sums, int v)
{
    switch (v) {
#define CASE(n)                                                                                              \
    case n:                                                                                                  \
        group(b, lanes, wt, stride, sums, n);                                                                \
        break
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
        CASE(13);
#undef CASE
    }
}

/* sums[lane][output] into y[output][lane], by small squares. */
static void turn_back(int m, const float *sums, int stride, int lane, int lanes, float *const *y)
{
    enum { SQUARE = 8 };
    for (int o = 0; o < m; o += SQUARE)
        for (int l = 0; l < lanes; l += SQUARE)
            for (int i = o; i < o + SQUARE && i < m; i++)
                for (int j = l; j < l + SQUARE && j < lanes; j++)
                    y[i][lane + j] = sums[(ptrdiff_t)j * stride + i];
}

static void some_lanes(int m, int k, const float *wt, int stride, const float *bias, const float *const *rows,
                       int lane, int lanes, float *const *y, float *sums)
{
    struct band b;
    int vectors = stride / VEC, groups = (vectors + GROUP - 1) / GROUP;
    for (int l = 0; l < lanes; l++)
        for (int i = 0; i < stride; i++)
            sums[(ptrdiff_t)l * stride + i] = bias && i < m ? bias[i] + 0.0f : 0.0f;
    for (int first = 0; first < k; first += BAND) {
        list_band(&b, rows + first, k - first < BAND ? k - first : BAND, lane, lanes);
        for (int g = 0; g < groups; g++) {
            int from = vectors * g / groups, to = vectors * (g + 1) / groups;
            any_group(&b, lanes, wt + (ptrdiff_t)first * stride + from * VEC, stride, sums + from * VEC,
                      to - from);
        }
    }
    turn_back(m, sums, stride, lane, lanes, y);
}

void AT_LEVEL(lanes_turned)(int m, int k, const float *wt, int wt_stride, const float *bias,
                            const float *const *rows, int lanes, float *const *y, float *sums)
{
    for (int lane = 0; lane < lanes; lane += LANES)
        some_lanes(m, k, wt, wt_stride, bias, rows, lane, lanes - lane < LANES ? lanes - lane : LANES, y,
                   sums);
}

int64_t AT_LEVEL(lanes_count)(int k, const float *const *rows, int lanes)
{
    int64_t count = 0;
    for (int r = 0; r < k; r++) {
        int32_t here = 0;
        for (int l = 0; rows[r] && l < lanes; l++)
            here += rows[r][l] != 0;
        count += here;
    }
    return count;
}
