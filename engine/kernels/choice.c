/* choice: which kernel computes a weight: pure functions of shape, density and the tables here, measured by
 * tests/bench/kernels on one core (AMD EPYC of 2021 with AVX2, OpenBLAS 0.3.21). */
#include "engine/kernels/kernels.h"

#include <limits.h>
#include <stddef.h>

struct rule {
    int lanes;        /* at most */
    int64_t elements; /* of the weight, at most */
    double sparse;    /* density up to which the sparse kernel wins */
    bool blas;        /* above that OpenBLAS wins over the own dense kernel */
};

/* The first rule that fits holds. */
static const struct rule rules[] = {
    {1, INT64_MAX, 0.25, false},  /* as wide blocks compute it, so that a record alone gets the same bits */
    {16, INT64_MAX, 0.30, false}, /* two vectors of lanes hide little of what looking up an input takes */
    {64, INT64_MAX, 0.50, false},     {128, INT64_MAX, 0.42, false}, {INT_MAX, (int64_t)1 << 17, 0.38, false},
    {INT_MAX, INT64_MAX, 0.38, true}, /* OpenBLAS blocks large layers over many lanes better */
};

static const struct rule *rule_for(int64_t elements, int lanes)
{
    const struct rule *rule = rules;
    while (lanes > rule->lanes || elements > rule->elements)
        rule++;
    return rule;
}

enum kernel_choice kernels_for(const struct kernels *k, int64_t m, int64_t columns, int64_t kept, int lanes)
{
    const struct rule *rule = rule_for(m * columns, lanes);
    if ((double)kept <= rule->sparse * (double)(m * columns))
        return KERNEL_SPARSE;
    return k->blas && rule->blas ? KERNEL_BLAS : KERNEL_DENSE;
}

/* Time of the turned kernel for one input of one lane, in units of one multiply-add of the dense kernel over many lanes: */
static const double turned_sum = 1.8, /* for each output, where the input is not 0 */
    turned_look = 24,                 /* for looking whether it is */
    turned_result = 45;               /* for each result, shared out over the inputs */

/* Below a vector of lanes the others take so much longer. */
enum { FEW_LANES = 8, FEW_LANES_COST = 7 };

bool kernels_turned_wins(int64_t m, int64_t columns, int64_t kept, int lanes, int64_t used)
{
    double outputs = (double)m, inputs = (double)columns, share = (double)used / (inputs * lanes);
    double other = (double)kept / (outputs * inputs * rule_for(m * columns, lanes)->sparse);
    other = (other < 1 ? other : 1) * (lanes < FEW_LANES ? FEW_LANES_COST : 1);
    return turned_sum * share * outputs + turned_look + turned_result * outputs / inputs < other * outputs;
}

/* Weights that no cache holds are read anew for each lane: only few lanes are worth that. */
enum { TURNED_MOST = 1 << 22 };

bool kernels_turned_may_win(int64_t m, int64_t columns, int64_t kept, int lanes)
{
    if (lanes >= FEW_LANES && m * columns > TURNED_MOST)
        return false;
    return m > 0 && columns > 0 && kernels_turned_wins(m, columns, kept, lanes, columns * lanes / 8);
}
