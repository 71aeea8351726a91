/* op_integer: see op_integer.h. Reals take the kernels' way (op_math.c, op_lanes.c). */
#include "engine/graph/op_integer.h"

#include <assert.h>
#include <string.h>

#include "engine/graph/op_util.h"

static int64_t int_add(int64_t x, int64_t z)
{
    return x + z;
}

static int64_t int_sub(int64_t x, int64_t z)
{
    return x - z;
}

static int64_t int_mul(int64_t x, int64_t z)
{
    return x * z;
}

/* Truncates. A divisor of 0 is the file's mistake without a right answer: 0. */
static int64_t int_div(int64_t x, int64_t z)
{
    return z == 0 ? 0 : x / z;
}

static int64_t int_fmod(int64_t x, int64_t z)
{
    return z == 0 ? 0 : x % z;
}

static int64_t int_mod(int64_t x, int64_t z)
{
    int64_t rest = int_fmod(x, z);
    return rest != 0 && (rest < 0) != (z < 0) ? rest + z : rest;
}

static int64_t int_min(int64_t x, int64_t z)
{
    return x < z ? x : z;
}

static int64_t int_max(int64_t x, int64_t z)
{
    return x > z ? x : z;
}

static int32_t saturate(int64_t v)
{
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

/* Factors beyond int32 saturate on the way: what they lead to is out of range anyway, or 0, 1 and -1 times themselves. */
static int64_t int_pow(int64_t x, int64_t z)
{
    if (z < 0)
        return x == 1 ? 1 : x == -1 ? (z % 2 ? -1 : 1) : 0;
    int64_t result = 1;
    for (int64_t base = x; z > 0; z /= 2, base = saturate(base * base))
        if (z % 2)
            result = saturate(result * base);
    return result;
}

static int64_t int_equal(int64_t x, int64_t z)
{
    return x == z;
}

static int64_t int_greater(int64_t x, int64_t z)
{
    return x > z;
}

static int64_t int_less(int64_t x, int64_t z)
{
    return x < z;
}

static int64_t int_greater_equal(int64_t x, int64_t z)
{
    return x >= z;
}

static int64_t int_less_equal(int64_t x, int64_t z)
{
    return x <= z;
}

static int64_t int_abs(int64_t x, int64_t z)
{
    (void)z;
    return x < 0 ? -x : x;
}

static int64_t int_neg(int64_t x, int64_t z)
{
    (void)z;
    return -x;
}

static int64_t int_sign(int64_t x, int64_t z)
{
    (void)z;
    return (x > 0) - (x < 0);
}

static const struct integer_op ops[] = {
    {"Add", int_add},
    {"Sub", int_sub},
    {"Mul", int_mul},
    {"Div", int_div},
    {"Mod", int_mod},
    {"Fmod", int_fmod},
    {"Min", int_min},
    {"Max", int_max},
    {"Pow", int_pow},
    {"Equal", int_equal},
    {"Greater", int_greater},
    {"Less", int_less},
    {"GreaterOrEqual", int_greater_equal},
    {"LessOrEqual", int_less_equal},
    {"Abs", int_abs},
    {"Neg", int_neg},
    {"Sign", int_sign},
};

const struct integer_op *integer_find(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (!strcmp(ops[i].name, name))
            return &ops[i];
    assert(!"an integer operation without a row");
    return NULL;
}

void integer_map(const struct integer_op *op, int64_t n, const int32_t *x, int32_t *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = saturate(op->f(x[i], 0));
}

void integer_zip(const struct integer_op *op, int lanes, const struct operand *x, const struct operand *z,
                 const struct operand *y)
{
    struct walk w;
    walk_begin(&w, y->shape);
    int from_x = walk_broadcast(&w, x->shape), from_z = walk_broadcast(&w, z->shape);
    for (int64_t i = 0, n = shape_elements(y->shape); i < n; i++, walk_step(&w)) {
        const int32_t *a = operand_at(x, w.offset[from_x], lanes);
        const int32_t *b = operand_at(z, w.offset[from_z], lanes);
        void *to = operand_at(y, i, lanes);
        for (int l = 0; l < lanes; l++) {
            int64_t v = op->f(a[l * x->lane_stride], b[l * z->lane_stride]);
            if (y->type == DT_BOOL)
                ((float *)to)[l] = v ? 1.0f : 0.0f;
            else
                ((int32_t *)to)[l] = saturate(v);
        }
    }
}

static int32_t bound_at(const struct operand *bound, int lane, int32_t otherwise)
{
    return bound ? ((const int32_t *)bound->data)[lane * bound->lane_stride] : otherwise;
}

void integer_clip(int lanes, const struct operand *x, const struct operand *low, const struct operand *high,
                  const struct operand *y)
{
    for (int64_t i = 0, n = shape_elements(y->shape); i < n; i++) {
        const int32_t *from = operand_at(x, i, lanes);
        int32_t *to = operand_at(y, i, lanes);
        for (int l = 0; l < lanes; l++) {
            int64_t raised = int_max(from[l * x->lane_stride], bound_at(low, l, INT32_MIN));
            to[l] = (int32_t)int_min(raised, bound_at(high, l, INT32_MAX));
        }
    }
}

void integer_from_reals(const float *x, int64_t n, int32_t *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] >= 2147483648.0f    ? INT32_MAX
               : x[i] <= -2147483648.0f ? INT32_MIN
               : x[i] == x[i]           ? (int32_t)x[i]
                                        : 0;
}
