/* op_reduce: operators that fold axes into one number: ReduceSum and its kin, ArgMax. Sums run in index order in double and are
 * rounded once. Softmax and the normalisations, which give back as many numbers as they read, are in op_norm.c. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_nest.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

/* acc[i] = STEP of acc[i] and x[i], for reals and for integers. */
#define FOLD(name, STEP)                                                                                     \
    static void name(double *restrict acc, const float *restrict real, const int32_t *restrict integer,      \
                     size_t n)                                                                               \
    {                                                                                                        \
        for (size_t i = 0; i < n; i++) {                                                                     \
            double a = acc[i], x = integer ? integer[i] : (double)real[i];                                   \
            acc[i] = STEP;                                                                                   \
        }                                                                                                    \
    }
FOLD(fold_product, a *x)
FOLD(fold_largest, x > a || x != x ? x : a)
FOLD(fold_least, x < a || x != x ? x : a)
FOLD(fold_magnitudes, a + fabs(x))

static void fold_sum(double *acc, const float *real, const int32_t *integer, size_t n)
{
    if (!integer)
        lanes_sum(acc, real, n);
    for (size_t i = 0; integer && i < n; i++)
        acc[i] += integer[i];
}

static void fold_squares(double *acc, const float *real, const int32_t *integer, size_t n)
{
    if (!integer)
        lanes_sum_squares(acc, real, n);
    for (size_t i = 0; integer && i < n; i++)
        acc[i] += (double)integer[i] * integer[i];
}

static const struct fold {
    const char *name;
    double start;
    void (*step)(double *acc, const float *real, const int32_t *integer, size_t n);
    bool mean, root; /* afterwards: divide by the count, take the square root */
} folds[] = {
    {"ReduceSum", 0, fold_sum, false, false},
    {"ReduceMean", 0, fold_sum, true, false},
    {"ReduceMax", -INFINITY, fold_largest, false, false},
    {"ReduceMin", INFINITY, fold_least, false, false},
    {"ReduceProd", 1, fold_product, false, false},
    {"ReduceL1", 0, fold_magnitudes, false, false},
    {"ReduceL2", 0, fold_squares, false, true},
    {"ReduceSumSquare", 0, fold_squares, false, false},
};

struct reduce_params {
    const struct fold *fold;
    struct nest kept;    /* offsets 0: input, 1: output; without the innermost run of kept positions */
    struct nest reduced; /* offset 0: input */
    int64_t run;         /* kept positions that lie side by side in the input and the output */
    int64_t count;       /* positions that become one */
};

enum { WIDTH = 2048 }; /* sums under way at a time */

static const struct fold *fold_find(const char *name)
{
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
        if (!strcmp(folds[i].name, name))
            return &folds[i];
    return NULL;
}

/* Which axes go. From opset 18 (ReduceSum: 13) they are an input. None means all, or with noop_with_empty_axes none. */
static bool reduced_axes(const struct graph *g, const struct node *n, int rank, bool gone[SHAPE_MAX],
                         struct err *e)
{
    int axes[SHAPE_MAX], count;
    if (!op_axes(g, n, n->n_inputs > 1 ? 1 : -1, rank, axes, &count, e))
        return false;
    bool all = count <= 0 && !node_int(n, "noop_with_empty_axes", 0);
    for (int d = 0; d < rank; d++)
        gone[d] = all;
    for (int k = 0; k < count; k++)
        gone[axes[k]] = true;
    return true;
}

static struct shape reduced_shape(const struct shape *x, const bool gone[SHAPE_MAX], bool keep)
{
    struct shape y = {0};
    for (int d = 0; d < x->rank; d++)
        if (!gone[d])
            y.dim[y.rank++] = x->dim[d];
        else if (keep)
            y.dim[y.rank++] = 1;
    return y;
}

static void reduce_plan(struct reduce_params *p, const struct shape *x, const bool gone[SHAPE_MAX])
{
    int64_t stride[SHAPE_MAX], to[SHAPE_MAX], out = 1;
    shape_strides(x, stride);
    p->count = 1;
    for (int d = x->rank - 1; d >= 0; d--) {
        to[d] = gone[d] ? 0 : out;
        out *= gone[d] ? 1 : x->dim[d];
        p->count *= gone[d] ? x->dim[d] : 1;
    }
    for (int d = 0; d < x->rank; d++)
        nest_push(gone[d] ? &p->reduced : &p->kept, x->dim[d],
                  (const int64_t[NEST_OPERANDS]){stride[d], to[d]});
    p->run = 1;
    int last = p->kept.rank - 1;
    if (last >= 0 && p->kept.stride[0][last] == 1) {
        int64_t step[NEST_OPERANDS];
        nest_pop(&p->kept, &p->run, step);
    }
}

static bool reduce_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    bool gone[SHAPE_MAX];
    if (x->type == DT_BOOL)
        return op_unsupported(g, n, e, "its input %s holds truth values", x->name);
    if (!reduced_axes(g, n, x->shape.rank, gone, e))
        return false;
    struct reduce_params *p = op_params(n, sizeof *p);
    struct shape y = reduced_shape(&x->shape, gone, node_int(n, "keepdims", 1) != 0);
    p->fold = fold_find(n->op->name);
    assert(p->fold);
    reduce_plan(p, &x->shape, gone);
    return op_result(g, n, 0, x->type, &y, e);
}

static size_t reduce_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return (size_t)(lanes > WIDTH ? lanes : WIDTH) * sizeof(double);
}

static void reduce_finish(const struct reduce_params *p, double *acc, size_t n, bool integer, void *y)
{
    if (p->fold->mean)
        lanes_divide(acc, (double)p->count, n);
    for (size_t i = 0; p->fold->root && i < n; i++)
        acc[i] = sqrt(acc[i]);
    if (!integer)
        lanes_round(acc, y, n);
    for (size_t i = 0; integer && i < n; i++)
        ((int32_t *)y)[i] = acc[i] >= INT32_MAX   ? INT32_MAX
                            : acc[i] <= INT32_MIN ? INT32_MIN
                            : acc[i] == acc[i]    ? (int32_t)acc[i]
                                                  : 0;
}

/* Width sums at a time, from element x_at of the input on. */
static void reduce_tile(const struct op_call *c, int64_t x_at, int64_t y_at, size_t width)
{
    const struct reduce_params *p = c->node->params;
    bool integer = c->inputs[0].type == DT_I32;
    struct nest reduced = p->reduced;
    double *acc = c->scratch;
    lanes_fill(acc, p->fold->start, width);
    if (!nest_empty(&reduced))
        do {
            const void *x = operand_at(&c->inputs[0], x_at + reduced.offset[0], c->lanes);
            p->fold->step(acc, integer ? NULL : x, integer ? x : NULL, width);
        } while (nest_next(&reduced));
    reduce_finish(p, acc, width, integer, operand_at(&c->outputs[0], y_at, c->lanes));
}

static void reduce_forward(const struct op_call *c)
{
    const struct reduce_params *p = c->node->params;
    struct nest kept = p->kept;
    int64_t tile = c->lanes > WIDTH ? 1 : WIDTH / c->lanes;
    if (nest_empty(&kept))
        return;
    do
        for (int64_t at = 0; at < p->run; at += tile) {
            int64_t rows = p->run - at < tile ? p->run - at : tile;
            reduce_tile(c, kept.offset[0] + at, kept.offset[1] + at, (size_t)(rows * c->lanes));
        }
    while (nest_next(&kept));
}

/* ---- ArgMax ---- */

struct arg_params {
    int64_t outer, n, inner; /* positions before, along and after the axis */
    bool last;               /* of equal ones the last */
};

static bool arg_max_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    bool gone[SHAPE_MAX] = {false};
    int axis;
    if (!op_reals(g, n, e) || !op_axis(g, n, node_int(n, "axis", 0), x->shape.rank, &axis, e))
        return false;
    if (x->shape.dim[axis] == 0)
        return op_fail(g, n, e, "axis %d of its input %s is empty", axis, x->name);
    struct arg_params *p = op_params(n, sizeof *p);
    *p = (struct arg_params){1, x->shape.dim[axis], 1, node_int(n, "select_last_index", 0) != 0};
    for (int d = 0; d < x->shape.rank; d++)
        if (d != axis)
            *(d < axis ? &p->outer : &p->inner) *= x->shape.dim[d];
    gone[axis] = true;
    struct shape y = reduced_shape(&x->shape, gone, node_int(n, "keepdims", 1) != 0);
    return op_result(g, n, 0, DT_I32, &y, e);
}

static void arg_max_at(const float *x, int64_t n, int64_t step, bool last, int32_t *y)
{
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++)
        if (x[k * step] > x[best * step] || (last && x[k * step] == x[best * step]))
            best = k;
    *y = (int32_t)best;
}

static void arg_max_forward(const struct op_call *c)
{
    const struct arg_params *p = c->node->params;
    const float *x = c->inputs[0].data;
    int32_t *y = c->outputs[0].data;
    int64_t row = p->inner * c->lanes; /* numbers between two positions along the axis */
    for (int64_t o = 0; o < p->outer; o++)
        for (int64_t i = 0; i < row; i++)
            arg_max_at(x + o * p->n * row + i, p->n, row, p->last, y + o * row + i);
}

#define ROW(NAME, MOST)                                                                                      \
    .domain = "", .name = NAME, .min_inputs = 1, .max_inputs = MOST, .max_outputs = 1, .weight_input = -1
#define REDUCE                                                                                               \
    .flow = FLOW_CHANNEL, .shape = reduce_shape, .forward = reduce_forward, .scratch = reduce_scratch

const struct op op_reduce_rows[] = {
    {ROW("ReduceSum", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceMean", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceMax", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceMin", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceProd", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceL1", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceL2", 2), REDUCE, .couple = couple_reduce},
    {ROW("ReduceSumSquare", 2), REDUCE, .couple = couple_reduce},
    {ROW("ArgMax", 1), .shape = arg_max_shape, .forward = arg_max_forward, .couple = couple_reduce},
};
const int op_reduce_count = sizeof op_reduce_rows / sizeof *op_reduce_rows;
