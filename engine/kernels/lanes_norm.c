/* lanes_norm: means and variances over rows, lane by lane, in double: sums stay in registers while the rows run. Every sum is in
 * the order of its rows, so that all levels give the same bits. */
#include "engine/kernels/lanes.h"

#include <math.h>
#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

#if defined __AVX512F__
enum { WIDE = 8 }; /* lanes in a vector of doubles */
typedef __m512d wide;
INLINE wide wide_of(const float *p)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
INLINE void wide_round(float *p, wide v)
{
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(v));
}
INLINE void wide_store(double *p, wide v)
{
    _mm512_storeu_pd(p, v);
}
INLINE wide wide_all(double v)
{
    return _mm512_set1_pd(v);
}
INLINE wide wide_root(wide v)
{
    return _mm512_sqrt_pd(v);
}
#elif defined __AVX2__ && defined __FMA__
enum { WIDE = 4 };
typedef __m256d wide;
INLINE wide wide_of(const float *p)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
INLINE void wide_round(float *p, wide v)
{
    _mm_storeu_ps(p, _mm256_cvtpd_ps(v));
}
INLINE void wide_store(double *p, wide v)
{
    _mm256_storeu_pd(p, v);
}
INLINE wide wide_all(double v)
{
    return _mm256_set1_pd(v);
}
INLINE wide wide_root(wide v)
{
    return _mm256_sqrt_pd(v);
}
#else
enum { WIDE = 1 };
typedef double wide;
INLINE wide wide_of(const float *p)
{
    return (double)*p;
}
INLINE void wide_round(float *p, wide v)
{
    *p = (float)v;
}
INLINE void wide_store(double *p, wide v)
{
    *p = v;
}
INLINE wide wide_all(double v)
{
    return v;
}
INLINE wide wide_root(wide v)
{
    return sqrt(v);
}
#endif

enum { TOGETHER = 4 /* vectors of sums that are under way at once */ };

struct job {
    int64_t rows;
    int lanes;
    double epsilon;
    const float *x;
    double *mean, *factor;
    float *y;
};

/* n vectors of lanes; a constant where inlined. */
INLINE void columns(const struct job *j, int lane, int n)
{
    wide mean[TOGETHER], factor[TOGETHER], count = wide_all((double)j->rows);
    for (int v = 0; v < n; v++)
        mean[v] = factor[v] = wide_all(0);
    for (int64_t r = 0; r < j->rows; r++)
        for (int v = 0; v < n; v++)
            mean[v] += wide_of(j->x + r * j->lanes + lane + v * WIDE);
    for (int v = 0; v < n; v++)
        mean[v] /= count;
    for (int64_t r = 0; r < j->rows; r++)
        for (int v = 0; v < n; v++) {
            wide d = wide_of(j->x + r * j->lanes + lane + v * WIDE) - mean[v];
            factor[v] += d * d;
        }
    for (int v = 0; v < n; v++)
        factor[v] = wide_all(1) / wide_root(factor[v] / count + wide_all(j->epsilon));
    for (int64_t r = 0; r < j->rows; r++)
        for (int v = 0; v < n; v++) {
            ptrdiff_t at = r * j->lanes + lane + v * WIDE;
            wide_round(j->y + at, (wide_of(j->x + at) - mean[v]) * factor[v]);
        }
    for (int v = 0; v < n; v++) {
        wide_store(j->mean + lane + v * WIDE, mean[v]);
        wide_store(j->factor + lane + v * WIDE, factor[v]);
    }
}

static void few_lanes(const struct job *j, int lane)
{
    const float *x = j->x + lane;
    double mean = 0, spread = 0;
    for (int64_t r = 0; r < j->rows; r++)
        mean += (double)x[r * j->lanes];
    mean /= (double)j->rows;
    for (int64_t r = 0; r < j->rows; r++) {
        double d = (double)x[r * j->lanes] - mean;
        spread += d * d;
    }
    double factor = 1 / sqrt(spread / (double)j->rows + j->epsilon);
    for (int64_t r = 0; r < j->rows; r++)
        j->y[r * j->lanes + lane] = (float)(((double)x[r * j->lanes] - mean) * factor);
    j->mean[lane] = mean;
    j->factor[lane] = factor;
}

void AT_LEVEL(lanes_standardise)(int64_t rows, int lanes, float epsilon, const float *x, double *mean,
                                 double *factor, float *y)
{
    const struct job j = {rows, lanes, (double)epsilon, x, mean, factor, y};
    int lane = 0;
    for (; lane + TOGETHER * WIDE <= lanes; lane += TOGETHER * WIDE)
        columns(&j, lane, TOGETHER);
    for (; lane + WIDE <= lanes; lane += WIDE)
        columns(&j, lane, 1);
    for (; lane < lanes; lane++)
        few_lanes(&j, lane);
}
