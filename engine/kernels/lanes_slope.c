/* lanes_slope: first and second derivatives of the functions of lanes_map.c, element by element. At kinks the side is that of the
 * usual libraries; functions that are flat but for jumps have none and give 0. */
#include "engine/kernels/lanes.h"

#include <math.h>

#include "engine/kernels/lanes_math.h"

static inline float sigmoid_slope(float x)
{
    float s = own_sigmoid(x);
    return s * (1.0f - s);
}

static inline float sigmoid_bend(float x)
{
    float s = own_sigmoid(x);
    return s * (1.0f - s) * (1.0f - 2.0f * s);
}

static inline float tanh_slope(float x)
{
    float t = own_tanh(x);
    return FMA(-t, t, 1.0f);
}

static inline float tanh_bend(float x)
{
    float t = own_tanh(x);
    return -2.0f * t * FMA(-t, t, 1.0f);
}

static inline float erf_slope(float x)
{
    return 1.1283791671f * own_exp(-x * x); /* 2 / sqrt(pi) */
}

/* The normal density. */
static inline float density(float x)
{
    return 0.3989422804f * own_exp(-0.5f * x * x);
}

static inline float gelu_slope(float x)
{
    return FMA(x, density(x), 0.5f * (1.0f + own_erf(x * 0.70710678f)));
}

/* x / 2 (1 + tanh u), u = c (x + 0.044715 x^3) */
static inline float gelu_tanh_slope(float x)
{
    float u = 0.7978845608f * FMA(0.044715f * x * x, x, x), t = own_tanh(u);
    float du = 0.7978845608f * FMA(0.134145f * x, x, 1.0f);
    return 0.5f * (1.0f + t) + 0.5f * x * FMA(-t, t, 1.0f) * du;
}

static inline float gelu_tanh_bend(float x)
{
    float u = 0.7978845608f * FMA(0.044715f * x * x, x, x), t = own_tanh(u);
    float du = 0.7978845608f * FMA(0.134145f * x, x, 1.0f), ddu = 0.7978845608f * 0.26829f * x;
    return FMA(-t, t, 1.0f) * (du + 0.5f * x * (ddu - 2.0f * t * du * du));
}

static inline float magnitude(float x)
{
    return x < 0 ? -x : x;
}

static inline float sign(float x)
{
    return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f;
}

static inline float softsign_slope(float x)
{
    float d = 1.0f + magnitude(x);
    return 1.0f / (d * d);
}

static inline float softsign_bend(float x)
{
    float d = 1.0f + magnitude(x);
    return -2.0f * sign(x) / (d * d * d);
}

/* One loop a function, so that each can be spread over vectors. */
#define EACH(expression)                                                                                     \
    for (size_t i = 0; i < n; i++) {                                                                         \
        float v = x[i];                                                                                      \
        y[i] = (expression);                                                                                 \
    }                                                                                                        \
    break

static void first(int f, size_t n, const float *x, float a, float b, float *y)
{
    switch ((enum lane_map)f) {
    case MAP_RELU:
        EACH(v > 0 ? 1.0f : 0.0f);
    case MAP_LEAKY_RELU:
        EACH(v > 0 ? 1.0f : a);
    case MAP_ELU:
        EACH(v < 0 ? a * own_exp(v) : 1.0f);
    case MAP_SELU:
        EACH(v < 0 ? b * (a * own_exp(v)) : b);
    case MAP_SIGMOID:
        EACH(sigmoid_slope(v));
    case MAP_HARD_SIGMOID:
        EACH(FMA(a, v, b) > 0 && FMA(a, v, b) < 1 ? a : 0.0f);
    case MAP_HARD_SWISH:
        EACH(v < -3 ? 0.0f : v > 3 ? 1.0f : FMA(v, 1.0f / 3.0f, 0.5f));
    case MAP_TANH:
        EACH(tanh_slope(v));
    case MAP_SOFTPLUS:
        EACH(own_sigmoid(v));
    case MAP_SOFTSIGN:
        EACH(softsign_slope(v));
    case MAP_ERF:
        EACH(erf_slope(v));
    case MAP_GELU:
        EACH(gelu_slope(v));
    case MAP_GELU_TANH:
        EACH(gelu_tanh_slope(v));
    case MAP_CLIP:
        EACH(v >= a && v <= b ? 1.0f : 0.0f);
    case MAP_EXP:
        EACH(own_exp(v));
    case MAP_LOG:
        EACH(1.0f / v);
    case MAP_SQRT:
        EACH(0.5f / sqrtf(v));
    case MAP_ABS:
        EACH(sign(v));
    case MAP_NEG:
        EACH(v == v ? -1.0f : v);
    case MAP_RECIPROCAL:
        EACH(-1.0f / (v * v));
    default:
        EACH(v == v ? 0.0f : v);
    }
}

static void second(int f, size_t n, const float *x, float a, float b, float *y)
{
    switch ((enum lane_map)f) {
    case MAP_ELU:
        EACH(v < 0 ? a * own_exp(v) : 0.0f);
    case MAP_SELU:
        EACH(v < 0 ? b * (a * own_exp(v)) : 0.0f);
    case MAP_SIGMOID:
        EACH(sigmoid_bend(v));
    case MAP_HARD_SWISH:
        EACH(v < -3 || v > 3 ? 0.0f : 1.0f / 3.0f);
    case MAP_TANH:
        EACH(tanh_bend(v));
    case MAP_SOFTPLUS:
        EACH(sigmoid_slope(v));
    case MAP_SOFTSIGN:
        EACH(softsign_bend(v));
    case MAP_ERF:
        EACH(-2.0f * v * erf_slope(v));
    case MAP_GELU:
        EACH(density(v) * FMA(-v, v, 2.0f));
    case MAP_GELU_TANH:
        EACH(gelu_tanh_bend(v));
    case MAP_EXP:
        EACH(own_exp(v));
    case MAP_LOG:
        EACH(-1.0f / (v * v));
    case MAP_SQRT:
        EACH(-0.25f / (v * sqrtf(v)));
    case MAP_RECIPROCAL:
        EACH(2.0f / (v * v * v));
    default:
        EACH(v == v ? 0.0f : v);
    }
}

void AT_LEVEL(lanes_slope)(int f, int order, size_t n, const float *x, float a, float b, float *y)
{
    if (order == 1)
        first(f, n, x, a, b, y);
    else
        second(f, n, x, a, b, y);
}
