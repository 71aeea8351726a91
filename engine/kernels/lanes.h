/* lanes: what the lanes*.c sources share. Each is compiled once per instruction set with KERNEL_LEVEL set to plain, avx2 or
 * avx512; the vector below is the only thing that differs (vec_any: is any of its lanes not 0?), and a multiply-add is always one fused operation per element in the
 * same order, so that all levels give the same bits. */
#ifndef PODA_KERNELS_LANES_H
#define PODA_KERNELS_LANES_H

#include "engine/kernels/kernels.h"

#define LEVEL_JOIN(name, level) name##_##level
#define LEVEL_NAME(name, level) LEVEL_JOIN(name, level)
#define AT_LEVEL(name) LEVEL_NAME(name, KERNEL_LEVEL)

#if defined __AVX512F__
#include <immintrin.h>
enum { VEC = 16 }; /* lanes in a vector */
typedef __m512 vec;
static inline vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
static inline void vec_store(float *p, vec v)
{
    _mm512_storeu_ps(p, v);
}
static inline vec vec_all(float v)
{
    return _mm512_set1_ps(v);
}
static inline vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline bool vec_any(vec v)
{
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ) != 0;
}
static inline unsigned vec_differs(vec a, vec b) /* a bit each: is it another number? */
{
    return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ);
}
static inline vec vec_used(vec v) /* 1 where it is not 0 */
{
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ), vec_all(1));
}
#elif defined __AVX2__ && defined __FMA__
#include <immintrin.h>
enum { VEC = 8 };
typedef __m256 vec;
static inline vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
static inline void vec_store(float *p, vec v)
{
    _mm256_storeu_ps(p, v);
}
static inline vec vec_all(float v)
{
    return _mm256_set1_ps(v);
}
static inline vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}
static inline bool vec_any(vec v)
{
    return _mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ)) != 0;
}
static inline unsigned vec_differs(vec a, vec b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_NEQ_UQ));
}
static inline vec vec_used(vec v)
{
    return _mm256_and_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ), vec_all(1));
}
#else
enum { VEC = 1 };
typedef float vec;
static inline vec vec_load(const float *p)
{
    return *p;
}
static inline void vec_store(float *p, vec v)
{
    *p = v;
}
static inline vec vec_all(float v)
{
    return v;
}
static inline vec vec_fma(vec a, vec b, vec c)
{
    return __builtin_fmaf(a, b, c);
}
static inline bool vec_any(vec v)
{
    return v != 0;
}
static inline unsigned vec_differs(vec a, vec b)
{
    return a != b;
}
static inline vec vec_used(vec v)
{
    return v != 0;
}
#endif

/* The members of struct lane_kernels at this level, each in its own source. */
void AT_LEVEL(lanes_dense)(int m, int k, const float *w, int w_stride, const float *bias,
                           const float *const *rows, int lanes, float *const *y);
void AT_LEVEL(lanes_sparse)(const struct sparse *w, const float *bias, const float *const *rows, int lanes,
                            float *const *y);
void AT_LEVEL(lanes_add)(const struct sparse *w, const float *const *rows, int lanes, float *const *y);
void AT_LEVEL(lanes_turned)(int m, int k, const float *wt, int wt_stride, const float *bias,
                            const float *const *rows, int lanes, float *const *y, float *sums);
int64_t AT_LEVEL(lanes_count)(int k, const float *const *rows, int lanes);
bool AT_LEVEL(lanes_kept)(size_t n, const float *w, const float *own, uint64_t *bits);
void AT_LEVEL(lanes_sizes)(size_t n, int lanes, const float *x, float *squares, float *used);
void AT_LEVEL(lanes_map)(int f, size_t n, const float *x, float a, float b, float *y);
void AT_LEVEL(lanes_slope)(int f, int order, size_t n, const float *x, float a, float b, float *y);
void AT_LEVEL(lanes_zip)(int f, size_t n, int lanes, const float *x, int x_stride, const float *z,
                         int z_stride, float *y);
void AT_LEVEL(lanes_affine)(size_t n, int lanes, const float *x, const float *scale, const float *shift,
                            float *y);
void AT_LEVEL(lanes_multiply_add)(int lanes, const float *a, int a_stride, const float *b, int b_stride,
                                  float *y);
void AT_LEVEL(lanes_slide)(int f, const struct lane_grid *grid, const float *x, float *y);
void AT_LEVEL(lanes_product)(int64_t m, int64_t n, int64_t k, int lanes, const struct lane_side *a,
                             const struct lane_side *b, float *y);
void AT_LEVEL(lanes_standardise)(int64_t rows, int lanes, float epsilon, const float *x, double *mean,
                                 double *factor, float *y);

#endif
