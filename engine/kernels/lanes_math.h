/* lanes_math: exp, log, tanh and erf of one lane, as lanes_map.c and lanes_slope.c share them. Straight-line arithmetic that the compiler
 * may spread over vectors without changing a bit; coefficients are least-squares fits in double precision at 400 Chebyshev nodes,
 * rounded to float. */
#ifndef PODA_KERNELS_LANES_MATH_H
#define PODA_KERNELS_LANES_MATH_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define FMA __builtin_fmaf

static inline float from_bits(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline uint32_t to_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2. 2^n is applied in two halves, so that results below the normal
 * range are rounded once. Above 88.73 infinity, below -103.98 zero. */
static inline float own_exp(float x)
{
    float c = x > 89.0f ? 89.0f : x;
    c = c < -104.0f ? -104.0f : c;
    float shifted = FMA(c, 0x1.715476p+0f, 0x1.8p23f); /* adding 1.5 * 2^23 rounds to a whole number */
    float n = shifted - 0x1.8p23f;
    float r = FMA(n, -0x1.62e4p-1f, c);
    r = FMA(n, -0x1.7f7d1cp-20f, r);
    float p = FMA(r, 1.3933653e-3f, 8.3631817e-3f);
    p = FMA(p, r, 4.1666463e-2f);
    p = FMA(p, r, 1.6666577e-1f);
    p = FMA(p, r, 0.5f);
    p = FMA(p, r * r, r) + 1.0f;
    int32_t e = (int32_t)n, half = e >> 1;
    p = p * from_bits((uint32_t)(half + 127) << 23) * from_bits((uint32_t)(e - half + 127) << 23);
    return x != x ? x : p;
}

/* The same where -80 < x <= 0: nothing has to be cut off, and 2^n is one factor. */
static inline float exp_below(float x)
{
    float shifted = FMA(x, 0x1.715476p+0f, 0x1.8p23f);
    float n = shifted - 0x1.8p23f;
    float r = FMA(n, -0x1.62e4p-1f, x);
    r = FMA(n, -0x1.7f7d1cp-20f, r);
    float p = FMA(r, 1.3933653e-3f, 8.3631817e-3f);
    p = FMA(p, r, 4.1666463e-2f);
    p = FMA(p, r, 1.6666577e-1f);
    p = FMA(p, r, 0.5f);
    p = FMA(p, r * r, r) + 1.0f;
    return p * from_bits((to_bits(shifted) + 127u - 0x4b400000u) << 23);
}

/* log(x) = e ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)). */
static inline float own_log(float x)
{
    float scaled = x < FLT_MIN ? x * 0x1p25f : x; /* denormals */
    float bias = x < FLT_MIN ? 25.0f : 0.0f;
    uint32_t bits = to_bits(scaled) - 0x3f3504f3u; /* sqrt(1/2) */
    float e = (float)((int32_t)bits >> 23) - bias;
    float f = from_bits((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float p = FMA(f, 0.071497537f, -0.11571201f);
    p = FMA(p, f, 0.11661511f);
    p = FMA(p, f, -0.1241105f);
    p = FMA(p, f, 0.14249937f);
    p = FMA(p, f, -0.1666848f);
    p = FMA(p, f, 0.20000708f);
    p = FMA(p, f, -0.2499999f);
    p = FMA(p, f, 0.33333331f);
    float f2 = f * f;
    float tail = FMA(e, 0x1.7f7d1cp-20f, FMA(f2 * f, p, -0.5f * f2));
    float v = FMA(e, 0x1.62e4p-1f, f + tail);
    v = x == INFINITY ? INFINITY : v;
    v = x == 0 ? -INFINITY : v;
    return x < 0 || x != x ? NAN : v;
}

/* Below 0.625 a polynomial, above 1 - 2 / (exp(2|x|) + 1). */
static inline float own_tanh(float x)
{
    float a = x < 0 ? -x : x, u = x * x;
    float p = FMA(u, -6.1049457e-3f, 2.1003639e-2f);
    p = FMA(p, u, -5.3852499e-2f);
    p = FMA(p, u, 0.13332783f);
    p = FMA(p, u, -0.33333328f);
    float small = FMA(p * u, x, x);
    float large = 1.0f - 2.0f / (own_exp(2.0f * a) + 1.0f);
    large = x < 0 ? -large : large;
    return a < 0.625f || x != x ? small : large;
}

/* Below 1 a polynomial in x^2, up to 4 by 1 - exp(-q(|x|)), from there 1. */
static inline float own_erf(float x)
{
    float a = x < 0 ? -x : x, u = x * x;
    float p = FMA(u, -0x1.449748p-17f, 0x1.d89ff4p-14f);
    p = FMA(p, u, -0x1.bcd3a4p-11f);
    p = FMA(p, u, 0x1.562abep-8f);
    p = FMA(p, u, -0x1.b829dp-6f);
    p = FMA(p, u, 0x1.ce2f0ap-4f);
    p = FMA(p, u, -0x1.812746p-2f);
    p = FMA(p, u, 0x1.20dd76p+0f);
    float c = a > 4.0f ? 4.0f : a;
    float q = FMA(c, 6.5828580e-8f, -3.0952046e-6f);
    q = FMA(q, c, 6.0068796e-5f);
    q = FMA(q, c, -6.7333755e-4f);
    q = FMA(q, c, 5.0210450e-3f);
    q = FMA(q, c, -2.6999498e-2f);
    q = FMA(q, c, 0.11090742f);
    q = FMA(q, c, 0.63108885f);
    q = FMA(q, c, 1.1306045f);
    q = FMA(q, c, -4.0050049e-4f);
    float large = 1.0f - exp_below(-q);
    large = x < 0 ? -large : large;
    return a < 1.0f || x != x ? x * p : large;
}

static inline float clipped(float x, float low, float high)
{
    float v = x < low ? low : x;
    return v > high ? high : v;
}

static inline float own_sigmoid(float x)
{
    return 1.0f / (1.0f + own_exp(-x));
}

static inline float own_softplus(float x)
{
    float a = x < 0 ? x : -x;
    return (x > 0 ? x : 0) + own_log(1.0f + own_exp(a));
}

static inline float own_gelu_tanh(float x)
{
    float inner = 0.7978845608f * FMA(0.044715f * x * x, x, x);
    return 0.5f * x * (1.0f + own_tanh(inner));
}

#endif
