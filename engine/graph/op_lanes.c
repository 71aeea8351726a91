/* op_lanes: see op_lanes.h. Loops have a constant trip count of 16 where they can, which every compiler turns into vectors. */
#include "engine/graph/op_lanes.h"

#include <math.h>

#include "engine/graph/op_nest.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"

#define EACH_LANE(statement)                                                                                 \
    do {                                                                                                     \
        size_t at = 0;                                                                                       \
        for (; at + 16 <= n; at += 16)                                                                       \
            for (size_t j = 0; j < 16; j++) {                                                                \
                size_t i = at + j;                                                                           \
                statement;                                                                                   \
            }                                                                                                \
        for (size_t i = at; i < n; i++) {                                                                    \
            statement;                                                                                       \
        }                                                                                                    \
    } while (0)

void lanes_sum(double *restrict acc, const float *restrict x, size_t n)
{
    EACH_LANE(acc[i] += (double)x[i]);
}

void lanes_sum_rows(double *restrict acc, const float *restrict x, int64_t rows, size_t n)
{
    double alone = *acc;
    for (int64_t r = 0; n == 1 && r < rows; r++)
        alone += (double)x[r];
    if (n == 1)
        *acc = alone;
    for (int64_t r = 0; n > 1 && r < rows; r++)
        lanes_sum(acc, x + r * (int64_t)n, n);
}

void lanes_sum_squares(double *restrict acc, const float *restrict x, size_t n)
{
    EACH_LANE(acc[i] += (double)x[i] * (double)x[i]);
}

static void sum_scaled(double *restrict acc, const float *restrict x, double z, size_t n)
{
    EACH_LANE(acc[i] += (double)x[i] * z);
}

static void sum_products(double *restrict acc, const float *restrict x, const float *restrict z, size_t n)
{
    EACH_LANE(acc[i] += (double)x[i] * (double)z[i]);
}

void lanes_sum_products(double *acc, const float *x, int x_stride, const float *z, int z_stride, size_t lanes)
{
    if (lanes == 1)
        acc[0] += (double)*x * (double)*z;
    else if (x_stride && z_stride)
        sum_products(acc, x, z, lanes);
    else if (x_stride)
        sum_scaled(acc, x, *z, lanes);
    else
        sum_scaled(acc, z, *x, lanes);
}

void lanes_fill(double *acc, double value, size_t n)
{
    EACH_LANE(acc[i] = value);
}

void lanes_fill_reals(float *y, float value, size_t n)
{
    EACH_LANE(y[i] = value);
}

void lanes_divide(double *acc, double by, size_t n)
{
    EACH_LANE(acc[i] /= by);
}

void lanes_round(const double *restrict acc, float *restrict y, size_t n)
{
    EACH_LANE(y[i] = (float)acc[i]);
}

/* Rows of one number can go to the kernel as one long row: this many numbers at a time. */
enum { LONG_ROW = 1 << 20 };

static void zip_number(const struct kernels *k, int f, int64_t n, const float *x, const float *z, float *y,
                       bool swapped)
{
    for (int64_t at = 0; at < n; at += LONG_ROW) {
        int now = (int)(n - at < LONG_ROW ? n - at : LONG_ROW);
        if (swapped)
            k->own->zip(f, 1, now, z, 0, x + at, 1, y + at);
        else
            k->own->zip(f, 1, now, x + at, 1, z, 0, y + at);
    }
}

void lanes_zip_row(const struct kernels *k, int f, int64_t rows, int lanes, const float *x, const float *z,
                   int z_stride, float *y)
{
    if (!z_stride || lanes == 1) {
        zip_number(k, f, rows * lanes, x, z, y, false);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        k->own->zip(f, 1, lanes, x + r * lanes, 1, z, 1, y + r * lanes);
}

void lanes_affine(const struct kernels *k, int64_t rows, int lanes, const float *x, const float *scale,
                  const float *shift, bool by_lane, float *y)
{
    int64_t n = rows * lanes;
    for (int64_t at = 0; !by_lane && at < n; at += LONG_ROW) {
        int now = (int)(n - at < LONG_ROW ? n - at : LONG_ROW);
        k->own->affine(1, now, x + at, scale, shift, y + at);
    }
    for (int64_t at = 0; by_lane && at < n; at++)
        y[at] = fmaf(x[at], scale[at % lanes], shift[at % lanes]);
}

/* One run of n positions: a step of 0 stays at its position. */
struct side {
    const float *at;
    int64_t step;
    int lane_stride;
};

static bool is_number(const struct side *s, int lanes)
{
    return s->step == 0 && (!s->lane_stride || lanes == 1);
}

static bool is_long_row(const struct side *s, int lanes)
{
    return s->step == 1 && (s->lane_stride || lanes == 1);
}

static void zip_run(const struct kernels *k, int f, int64_t n, int lanes, struct side x, struct side z,
                    float *y)
{
    if (n == 1 || (x.step && z.step))
        k->own->zip(f, (size_t)n, lanes, x.at, x.lane_stride, z.at, z.lane_stride, y);
    else if (is_number(&z, lanes) && is_long_row(&x, lanes))
        zip_number(k, f, n * lanes, x.at, z.at, y, false);
    else if (is_number(&x, lanes) && is_long_row(&z, lanes))
        zip_number(k, f, n * lanes, z.at, x.at, y, true);
    else
        for (int64_t i = 0; i < n; i++)
            k->own->zip(f, 1, lanes, x.at + i * x.step * (x.lane_stride ? lanes : 1), x.lane_stride,
                        z.at + i * z.step * (z.lane_stride ? lanes : 1), z.lane_stride, y + i * lanes);
}

void lanes_zip_broadcast(const struct kernels *k, int f, int lanes, const struct operand *x,
                         const struct operand *z, const struct operand *y)
{
    struct nest nest = {0};
    int64_t n, step[NEST_OPERANDS];
    nest_over(&nest, y->shape, (const struct shape *[]){y->shape, x->shape, z->shape}, 3);
    if (nest_empty(&nest))
        return;
    nest_pop(&nest, &n, step);
    do {
        struct side a = {operand_at(x, nest.offset[1], lanes), step[1], x->lane_stride};
        struct side b = {operand_at(z, nest.offset[2], lanes), step[2], z->lane_stride};
        zip_run(k, f, n, lanes, a, b, operand_at(y, nest.offset[0], lanes));
    } while (nest_next(&nest));
}

/* Element i of the result hears element i / each % count of an operand. */
struct spread {
    int64_t each, count;
};

/* Dimensions that the operand has lie side by side; before and behind them it is repeated. */
static bool spread_of(const struct shape *x, const struct shape *y, struct spread *out)
{
    int ahead = y->rank - x->rank, d = y->rank - 1;
    *out = (struct spread){1, 1};
    for (; d >= ahead && x->dim[d - ahead] == 1; d--)
        out->each *= y->dim[d];
    for (; d >= ahead && x->dim[d - ahead] == y->dim[d]; d--)
        out->count *= y->dim[d];
    for (; d >= ahead; d--)
        if (x->dim[d - ahead] != 1)
            return false;
    return true;
}

/* The operand from element `at` on, and in *run how far it goes on so at most. */
static struct side side_at(const struct operand *o, const struct spread *s, int64_t at, int lanes,
                           int64_t *run)
{
    bool steps = s->each == 1 && s->count > 1;
    int64_t left = steps ? s->count - at % s->count : s->each - at % s->each;
    if (s->count > 1 && left < *run)
        *run = left;
    return (struct side){operand_at(o, at / s->each % s->count, lanes), steps, o->lane_stride};
}

bool lanes_zip_part(const struct kernels *k, int f, int lanes, const struct operand *x,
                    const struct operand *z, const struct operand *y, int64_t from, int64_t to)
{
    struct spread a, b;
    if (!spread_of(x->shape, y->shape, &a) || !spread_of(z->shape, y->shape, &b))
        return false;
    for (int64_t run; from < to; from += run) {
        run = to - from;
        struct side left = side_at(x, &a, from, lanes, &run), right = side_at(z, &b, from, lanes, &run);
        zip_run(k, f, run, lanes, left, right, operand_at(y, from, lanes));
    }
    return true;
}
