/* choice: which kernel computes a weight: a pure function of shape, density and this table. Thresholds are measured by
 * tests/bench/kernels on one core (AVX2, OpenBLAS 0.3.21): the highest density at which the sparse kernel is not slower. */
#include "engine/kernels/kernels.h"

#include <stddef.h>

struct rule {
    int64_t elements; /* of the weight, at most */
    double sparse;    /* density up to which the sparse kernel wins */
    bool blas;        /* OpenBLAS wins over the own dense kernel above that */
};

static const struct rule one_lane[] = {{INT64_MAX, 0.25, true}};
static const struct rule many_lanes[] = {
    {4096, 0.55, false}, /* a call costs more than it saves */
    {65536, 0.50, false},
    {INT64_MAX, 0.45, true},
};

enum kernel_choice kernels_for(const struct kernels *k, int64_t m, int64_t columns, int64_t kept, int lanes)
{
    const struct rule *rule = lanes > 1 ? many_lanes : one_lane;
    int64_t elements = m * columns;
    while (elements > rule->elements)
        rule++;
    if ((double)kept <= rule->sparse * (double)elements)
        return KERNEL_SPARSE;
    return k->blas && rule->blas ? KERNEL_BLAS : KERNEL_DENSE;
}
