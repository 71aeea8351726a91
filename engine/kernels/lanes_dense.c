/* lanes_dense: weighted sums of rows of lanes, dense: a tile of outputs by a strip of lanes stays in registers while k runs.
 * Where many outputs read the same rows, a strip of the rows is first copied side by side, and rows that are 0 in the whole
 * strip are left out: images have many. Sparse sums: lanes_sparse.c. */
#include "engine/kernels/lanes.h"

#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

/* Outputs in registers: of AVX2's sixteen 12 sums, 2 loads and a weight; of AVX-512's 32 there are more. */
enum { TILE = VEC == 16 ? 8 : 6 };
enum {
    STRIP = 2,         /* vectors of lanes in registers */
    FEW = 3,           /* outputs that are all there are take wider strips: */
    WIDE = 8,          /* vectors */
    CHUNK = 256,       /* rows copied at a time: with their weights they stay in the first cache */
    COPY_OUTPUTS = 24, /* outputs and rows from which copying pays, */
    COPY_ROWS = 100,
    COPY_LANES = 1024 /* or lanes, since rows as far apart as that fight for the same places of the cache */
};

/* What stays the same for all tiles of a strip. */
struct job {
    const float *w; /* [m][w_stride] */
    ptrdiff_t w_stride;
    const float *bias; /* NULL: 0 */
    float *const *y;
    int lane; /* the strip's first */
    int n;    /* rows: */
    const float *const *rows;
    const float *copies; /* [n][strip], of the rows that are left of a chunk, and */
    const int *column;   /* [n] their columns in w */
    bool more;           /* a later chunk: go on with the sums in y */
};

/* Outputs i.. i + m by v vectors of lanes; m, v and copied are constants where inlined. A sum starts at 0 or bias + 0, never
 * at -0, so that leaving out a row of zeros changes no bit. */
INLINE void tile(const struct job *j, int i, int m, int v, bool copied)
{
    const float *w = j->w + i * j->w_stride;
    vec sum[TILE][STRIP];
    for (int o = 0; o < m; o++)
        for (int s = 0; s < v; s++)
            sum[o][s] = copied && j->more ? vec_load(j->y[i + o] + j->lane + s * VEC)
                                          : vec_all(j->bias ? j->bias[i + o] + 0.0f : 0.0f);
    for (int r = 0; r < j->n; r++) {
        if (!copied && !j->rows[r])
            continue;
        const float *from = copied ? j->copies + (ptrdiff_t)r * v * VEC : j->rows[r] + j->lane;
        ptrdiff_t column = copied ? j->column[r] : r;
        vec x[STRIP];
        for (int s = 0; s < v; s++)
            x[s] = vec_load(from + s * VEC);
        for (int o = 0; o < m; o++) {
            vec weight = vec_all(w[o * j->w_stride + column]);
            for (int s = 0; s < v; s++)
                sum[o][s] = vec_fma(weight, x[s], sum[o][s]);
        }
    }
    for (int o = 0; o < m; o++)
        for (int s = 0; s < v; s++)
            vec_store(j->y[i + o] + j->lane + s * VEC, sum[o][s]);
}

/* How many of the outputs that are left go together: the last two tiles are of one height, since a narrow one makes the processor
 * wait for its own sums. */
INLINE int tile_height(int left)
{
    return left <= TILE ? left : left < 2 * TILE ? (left + 1) / 2 : TILE;
}

INLINE void all_outputs(const struct job *j, int m, int v, bool copied)
{
    for (int i = 0, height; i < m; i += height) {
        height = tile_height(m - i);
        switch (height) {
        case 8:
            tile(j, i, TILE, v, copied);
            break;
        case 7:
            tile(j, i, TILE < 7 ? TILE : 7, v, copied);
            break;
        case 6:
            tile(j, i, 6, v, copied);
            break;
        case 5:
            tile(j, i, 5, v, copied);
            break;
        case 4:
            tile(j, i, 4, v, copied);
            break;
        case 3:
            tile(j, i, 3, v, copied);
            break;
        case 2:
            tile(j, i, 2, v, copied);
            break;
        default:
            tile(j, i, 1, v, copied);
        }
    }
}

/* One strip, its rows copied a chunk at a time without those that are 0 in all its lanes. */
static void copied_strip(struct job *j, int m, int k, const float *const *rows)
{
    float copies[CHUNK * STRIP * VEC] __attribute__((aligned(64)));
    int column[CHUNK];
    j->copies = copies;
    j->column = column;
    j->more = false;
    for (int first = 0; first < k || first == 0; first += CHUNK) {
        int end = k - first < CHUNK ? k : first + CHUNK;
        j->n = 0;
        for (int r = first; r < end; r++) {
            vec a = rows[r] ? vec_load(rows[r] + j->lane) : vec_all(0);
            vec b = rows[r] ? vec_load(rows[r] + j->lane + VEC) : vec_all(0);
            vec_store(copies + j->n * STRIP * VEC, a);
            vec_store(copies + (j->n * STRIP + 1) * VEC, b);
            column[j->n] = r;
            j->n += vec_any(a) || vec_any(b);
        }
        if (j->n || !j->more)
            all_outputs(j, m, STRIP, true);
        j->more = true;
    }
}

/* Lanes that fill no vector. */
static void few_lanes(const struct job *j, int m)
{
    for (int i = 0; i < m; i++) {
        float sum = j->bias ? j->bias[i] + 0.0f : 0.0f;
        for (int r = 0; r < j->n; r++)
            if (j->rows[r])
                sum = __builtin_fmaf(j->w[i * j->w_stride + r], j->rows[r][j->lane], sum);
        j->y[i][j->lane] = sum;
    }
}

/* All outputs, at most FEW, by v vectors of lanes, v at most WIDE: a tile of two vectors had too few sums under way. */
INLINE void wide_tile(const struct job *j, int m, int v)
{
    vec sum[FEW][WIDE];
    for (int o = 0; o < m; o++)
        for (int s = 0; s < v; s++)
            sum[o][s] = vec_all(j->bias ? j->bias[o] + 0.0f : 0.0f);
    for (int r = 0; r < j->n; r++) {
        if (!j->rows[r])
            continue;
        for (int o = 0; o < m; o++) {
            vec weight = vec_all(j->w[o * j->w_stride + r]);
            for (int s = 0; s < v; s++)
                sum[o][s] = vec_fma(weight, vec_load(j->rows[r] + j->lane + s * VEC), sum[o][s]);
        }
    }
    for (int o = 0; o < m; o++)
        for (int s = 0; s < v; s++)
            vec_store(j->y[o] + j->lane + s * VEC, sum[o][s]);
}

static void few_outputs(struct job *j, int m, int lanes)
{
    for (; m == 1 && j->lane + WIDE * VEC <= lanes; j->lane += WIDE * VEC)
        wide_tile(j, 1, WIDE);
    for (; m == 2 && j->lane + WIDE / 2 * VEC <= lanes; j->lane += WIDE / 2 * VEC)
        wide_tile(j, 2, WIDE / 2);
    for (; m == 3 && j->lane + WIDE / 2 * VEC <= lanes; j->lane += WIDE / 2 * VEC)
        wide_tile(j, 3, WIDE / 2);
}

void AT_LEVEL(lanes_dense)(int m, int k, const float *w, int w_stride, const float *bias,
                           const float *const *rows, int lanes, float *const *y)
{
    struct job j = {.w = w, .w_stride = w_stride, .bias = bias, .y = y, .n = k, .rows = rows};
    few_outputs(&j, m, lanes);
    for (; j.lane + STRIP * VEC <= lanes; j.lane += STRIP * VEC) {
        if (m >= COPY_OUTPUTS && (k >= COPY_ROWS || lanes >= COPY_LANES))
            copied_strip(&j, m, k, rows);
        else
            all_outputs(&j, m, STRIP, false);
    }
    for (j.n = k; j.lane < lanes && lanes >= VEC; j.lane += VEC) {
        if (j.lane > lanes - VEC) /* the last vector overlaps: the same sums again */
            j.lane = lanes - VEC;
        all_outputs(&j, m, 1, false);
    }
    for (; j.lane < lanes; j.lane++)
        few_lanes(&j, m);
}
