/* lanes_turned: weighted sums for inputs that are mostly 0 and for a single lane: each lane adds, for its own inputs that are
 * not 0, a row of turned weights to all outputs at once, so that vectors run over outputs. In each sum the order is that of
 * lanes_dense.c, and so are the bits. */
#include "engine/kernels/lanes.h"

#include <stddef.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    SQUARE = 8, /* lanes by inputs that are turned at once */
    LANES = 64, /* handled together */
    BAND = 96,  /* inputs at a time: the weights they reach stay in the first cache */
    GROUP = 13, /* vectors of outputs in registers */
    SIZES = 4   /* vectors of lanes whose sums of squares are */
};

#if defined __AVX2__
/* of[mask]: the numbers of the bits that are set in mask, ascending. */
struct ranks {
    uint8_t of[1 << SQUARE][SQUARE];
};

static void ranks_init(struct ranks *r)
{
    for (int mask = 0; mask < 1 << SQUARE; mask++)
        for (int bit = 0, n = 0; bit < SQUARE; bit++) {
            r->of[mask][n] = (uint8_t)bit;
            n += mask >> bit & 1;
        }
}

INLINE unsigned not_zero(__m256 v)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}

/* Rows of eight become columns of eight. */
INLINE void turn_square(__m256 v[SQUARE])
{
    __m256 pairs[SQUARE], fours[SQUARE];
    for (int i = 0; i < SQUARE; i += 2) {
        pairs[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        pairs[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
    for (int i = 0; i < SQUARE; i += 4)
        for (int k = 0; k < 2; k++) {
            fours[i + 2 * k] = _mm256_shuffle_ps(pairs[i + k], pairs[i + k + 2], 0x44);
            fours[i + 2 * k + 1] = _mm256_shuffle_ps(pairs[i + k], pairs[i + k + 2], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
    }
}
#else
struct ranks {
    char none;
};

static void ranks_init(struct ranks *r)
{
    r->none = 0;
}
#endif

/* The inputs of a band that are not 0, by lane, ascending. The rests of vectors may be written behind a list's end. */
struct band {
    float x[LANES][BAND + SQUARE];
    int32_t row[LANES][BAND + SQUARE]; /* within the band */
    int32_t count[LANES];
    struct ranks ranks;
};

INLINE void enter(struct band *b, int l, int32_t row, float x)
{
    b->x[l][b->count[l]] = x;
    b->row[l][b->count[l]] = row;
    b->count[l] += x != 0;
}

/* SQUARE rows, from row `first` of the band on, for the lanes l.. l + SQUARE. */
INLINE void list_square(struct band *b, const float *const rows[SQUARE], int first, int l)
{
#if defined __AVX2__
    __m256 v[SQUARE], any = _mm256_setzero_ps();
    for (int i = 0; i < SQUARE; i++) {
        v[i] = _mm256_loadu_ps(rows[i] + l);
        any = _mm256_or_ps(any, v[i]);
    }
    if (!not_zero(any))
        return;
    turn_square(v);
    for (int i = 0; i < SQUARE; i++) {
        unsigned mask = not_zero(v[i]);
        __m256i order = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)b->ranks.of[mask]));
        _mm256_storeu_ps(b->x[l + i] + b->count[l + i], _mm256_permutevar8x32_ps(v[i], order));
        _mm256_storeu_si256((void *)(b->row[l + i] + b->count[l + i]),
                            _mm256_add_epi32(order, _mm256_set1_epi32(first)));
        b->count[l + i] += __builtin_popcount(mask);
    }
#else
    for (int i = 0; i < SQUARE; i++)
        for (int o = 0; o < SQUARE; o++)
            enter(b, l + o, first + i, rows[i][l + o]);
#endif
}

static void list_band(struct band *b, const float *const *rows, int n, int lane, int lanes)
{
    static const float nothing[LANES] = {0};
    memset(b->count, 0, sizeof b->count);
    for (int r = 0; r < n; r += SQUARE) {
        const float *at[SQUARE];
        for (int i = 0; i < SQUARE; i++)
            at[i] = r + i < n && rows[r + i] ? rows[r + i] + lane : nothing;
        for (int l = 0; l + SQUARE <= lanes; l += SQUARE)
            list_square(b, at, r, l);
        for (int l = lanes / SQUARE * SQUARE; l < lanes; l++)
            for (int i = 0; i < SQUARE; i++)
                enter(b, l, r + i, at[i][l]);
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
            const float *w = wt + (ptrdiff_t)b->row[l][e] * stride;
            vec x = vec_all(b->x[l][e]);
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

/* sums[lane][output] into y[output][lane]. */
static void turn_back(int m, const float *sums, int stride, int lane, int lanes, float *const *y)
{
    for (int o = 0; o < m; o += SQUARE)
        for (int l = 0; l < lanes; l += SQUARE) {
            const float *from = sums + (ptrdiff_t)l * stride + o;
#if defined __AVX2__
            if (l + SQUARE <= lanes) {
                __m256 v[SQUARE];
                for (int i = 0; i < SQUARE; i++)
                    v[i] = _mm256_loadu_ps(from + (ptrdiff_t)i * stride);
                turn_square(v);
                for (int i = 0; i < SQUARE && o + i < m; i++)
                    _mm256_storeu_ps(y[o + i] + lane + l, v[i]);
                continue;
            }
#endif
            for (int i = 0; i < SQUARE && o + i < m; i++)
                for (int k = 0; k < SQUARE && l + k < lanes; k++)
                    y[o + i][lane + l + k] = from[(ptrdiff_t)k * stride + i];
        }
}

/* Each lane's sums start at the bias, or at 0. Filled once and copied: choosing for every element whether to load becomes a
 * masked load that also covers addresses with nothing behind them, for which AVX-512 takes hundreds of cycles. */
static void start_sums(int m, const float *bias, int stride, int lanes, float *sums)
{
    int known = bias ? m : 0;
    for (int i = 0; i < known; i++)
        sums[i] = bias[i] + 0.0f;
    for (int i = known; i < stride; i++)
        sums[i] = 0;
    for (int l = 1; l < lanes; l++)
        memcpy(sums + (ptrdiff_t)l * stride, sums, (size_t)stride * sizeof *sums);
}

static void some_lanes(int m, int k, const float *wt, int stride, const float *bias, const float *const *rows,
                       int lane, int lanes, float *const *y, float *sums)
{
    struct band b;
    if (lanes >= SQUARE)
        ranks_init(&b.ranks);
    int vectors = stride / VEC, groups = (vectors + GROUP - 1) / GROUP;
    start_sums(m, bias, stride, lanes, sums);
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

/* v vectors of lanes, a constant where inlined. */
INLINE void some_sizes(size_t n, int lanes, const float *x, float *squares, float *used, int v)
{
    vec s[SIZES], u[SIZES];
    for (int i = 0; i < v; i++) {
        s[i] = vec_load(squares + i * VEC);
        u[i] = vec_load(used + i * VEC);
    }
    for (size_t r = 0; r < n; r++, x += lanes)
        for (int i = 0; i < v; i++) {
            vec value = vec_load(x + i * VEC);
            s[i] = vec_fma(value, value, s[i]);
            u[i] = u[i] + vec_used(value); /* compilers add vectors, too */
        }
    for (int i = 0; i < v; i++) {
        vec_store(squares + i * VEC, s[i]);
        vec_store(used + i * VEC, u[i]);
    }
}

void AT_LEVEL(lanes_sizes)(size_t n, int lanes, const float *x, float *squares, float *used)
{
    int lane = 0;
    for (; lane + SIZES * VEC <= lanes; lane += SIZES * VEC)
        some_sizes(n, lanes, x + lane, squares + lane, used + lane, SIZES);
    for (; lane + VEC <= lanes; lane += VEC)
        some_sizes(n, lanes, x + lane, squares + lane, used + lane, 1);
    for (; lane < lanes; lane++)
        for (size_t r = 0; r < n; r++) {
            float value = x[r * (size_t)lanes + (size_t)lane];
            squares[lane] = __builtin_fmaf(value, value, squares[lane]);
            used[lane] += value != 0;
        }
}

bool AT_LEVEL(lanes_kept)(size_t n, const float *w, const float *own, uint64_t *bits)
{
    enum { WORD = 64 };
    unsigned other = 0;
    size_t i = 0;
    for (; i + WORD <= n; i += WORD) {
        uint64_t word = 0;
        for (int k = 0; k < WORD; k += VEC) {
            vec a = vec_load(w + i + k);
            unsigned kept = vec_differs(a, vec_all(0));
            word |= (uint64_t)kept << k;
            other |= kept & vec_differs(a, vec_load(own + i + k));
        }
        bits[i / WORD] = word;
    }
    for (; i < n; i++) {
        if (i % WORD == 0)
            bits[i / WORD] = 0;
        bits[i / WORD] |= (uint64_t)(w[i] != 0) << i % WORD;
        other |= w[i] != 0 && w[i] != own[i];
    }
    return other == 0;
}
