/* lanes_map: functions of one value, element by element. Every function is straight-line arithmetic that the compiler may spread over
 * vectors without changing a bit; the own exp, log, tanh and erf are in lanes_math.h, derivatives in lanes_slope.c. */
#include "engine/kernels/lanes.h"

#include <math.h>

#include "engine/kernels/lanes_math.h"

/* One loop a function, so that each can be spread over vectors. */
#define EACH(expression)                                                                                     \
    for (size_t i = 0; i < n; i++) {                                                                         \
        float v = x[i];                                                                                      \
        y[i] = (expression);                                                                                 \
    }                                                                                                        \
    break

void AT_LEVEL(lanes_map)(int f, size_t n, const float *x, float a, float b, float *y)
{
    switch ((enum lane_map)f) {
    case MAP_RELU:
        EACH(v < 0 ? 0 : v);
    case MAP_LEAKY_RELU:
        EACH(v < 0 ? a * v : v);
    case MAP_ELU:
        EACH(v < 0 ? a * (own_exp(v) - 1.0f) : v);
    case MAP_SELU:
        EACH(v < 0 ? b * (a * (own_exp(v) - 1.0f)) : b * v);
    case MAP_SIGMOID:
        EACH(own_sigmoid(v));
    case MAP_HARD_SIGMOID:
        EACH(clipped(FMA(a, v, b), 0, 1));
    case MAP_HARD_SWISH:
        EACH(v * clipped(FMA(v, 1.0f / 6.0f, 0.5f), 0, 1));
    case MAP_TANH:
        EACH(own_tanh(v));
    case MAP_SOFTPLUS:
        EACH(own_softplus(v));
    case MAP_SOFTSIGN:
        EACH(v / (1.0f + (v < 0 ? -v : v)));
    case MAP_ERF:
        EACH(own_erf(v));
    case MAP_GELU:
        EACH(0.5f * v * (1.0f + own_erf(v * 0.70710678f)));
    case MAP_GELU_TANH:
        EACH(own_gelu_tanh(v));
    case MAP_CLIP:
        EACH(clipped(v, a, b));
    case MAP_EXP:
        EACH(own_exp(v));
    case MAP_LOG:
        EACH(own_log(v));
    case MAP_SQRT:
        EACH(sqrtf(v));
    case MAP_ABS:
        EACH(fabsf(v));
    case MAP_NEG:
        EACH(-v);
    case MAP_RECIPROCAL:
        EACH(1.0f / v);
    case MAP_NOT:
        EACH(v == 0 ? 1.0f : 0.0f);
    case MAP_CEIL:
        EACH(ceilf(v));
    case MAP_FLOOR:
        EACH(floorf(v));
    case MAP_ROUND:
        EACH(rintf(v));
    case MAP_COUNT:
        break;
    }
}
