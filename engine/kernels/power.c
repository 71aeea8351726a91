/* power: see power.h. Compiled once, so that every instruction set gets the same bits. */
#include "engine/kernels/power.h"

#include <math.h>

float kernel_power(float x, float y)
{
    if (y == 2.0f)
        return x * x;
    if (y == 3.0f)
        return x * x * x;
    if (y == 0.5f)
        return sqrtf(x);
    if (y == 1.0f)
        return x;
    return (float)pow((double)x, (double)y);
}
