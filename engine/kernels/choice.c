/* choice: which kernel computes a weight: pure functions of shape, density and the tables here, measured by
 * tests/bench/kernels on one core (AMD EPYC of 2021 with AVX2, OpenBLAS 0.3.21). */
#include "engine/kernels/kernels.h"

#include <stddef.h>

struct rule {
    int lanes;        /* at most */
    int64_t elements; /* of the weight, at most */
    double sparse;    /* density up to which the sparse kernel wins */
    bool blas;        /* above that OpenBLAS wins over the own dense kernel */
};

/* The first rule that fits holds. */
static const struct rule rules[] = {
    {1, INT64_MAX, 0.25, true},
    {16, INT64_MAX, 0.20,
     false}, /* two vectors of lanes are too few to hide what looking up an input takes */
    {64, INT64_MAX, 0.50, false},
    {INT32_MAX, (int64_t)1 << 18, 0.45, false},
    {INT32_MAX, INT64_MAX, 0.45, true}, /* OpenBLAS blocks large layers over many lanes better */
};

enum kernel_choice kernels_for(const struct kernels *k, int64_t m, int64_t columns, int64_t kept, int lanes)
{
    const struct rule *rule = rules;
    int64_t elements = m * columns;
    while (lanes > rule->lanes || elements > rule->elements)
        rule++;
    if ((double)kept <= rule->sparse * (double)elements)
        return KERNEL_SPARSE;
    return k->blas && rule->blas ? KERNEL_BLAS : KERNEL_DENSE;
}

/* Time in units of one dense multiply-add: what the other kernel takes for an element of weight and lane, ... */
static double other_cost(int64_t m, int64_t columns, int64_t kept, int lanes)
{
    double sparse = 2.0 * (double)kept / (double)(m * columns);
    return (sparse < 1 ? sparse : 1) * (lanes < 8 ? 16 : 1);
}

/* ... and the turned one for an input that is not 0 and an output, and for looking whether an input is 0. */
static const double turned_sum = 2.6, turned_look = 60;

bool kernels_turned_wins(int64_t m, int64_t columns, int64_t kept, int lanes, int64_t used)
{
    double share = (double)used / ((double)columns * lanes), outputs = (double)m;
    return turned_sum * share * outputs + turned_look < other_cost(m, columns, kept, lanes) * outputs;
}

bool kernels_turned_may_win(int64_t m, int64_t columns, int64_t kept, int lanes)
{
    return m * columns > 0 && kernels_turned_wins(m, columns, kept, lanes, columns * lanes / 8);
}
