/* op_reduce: operators that fold axes into one number: ReduceSum and its kin, ArgMax. Sums run in index order in double and are
 * rounded once. Softmax and the normalisations, which give back as many numbers as they read, are in op_norm.c. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
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

/* ---- derivatives: one result is a function of the numbers at first + reduced.offset[0] ---- */

struct reducing {
    const struct backward_call *b;
    int64_t first, result;
    const char *kind;        /* the operator's name behind "Reduce" */
    double *product, *other; /* rows: product of the numbers that are not 0, and how many are; shares; sums */
    float *row;
};

static const float *number_at(const struct reducing *s, const struct operand *o, const struct nest *at)
{
    return operand_at(o, s->first + at->offset[0], s->b->call->lanes);
}

/* The numbers that become one; a rank of -1 is the end. */
static struct nest numbers_of(const struct reducing *s)
{
    struct nest at = ((const struct reduce_params *)s->b->call->node->params)->reduced;
    at.rank = nest_empty(&at) ? -1 : at.rank;
    return at;
}

static void number_next(struct nest *at)
{
    at->rank = nest_next(at) ? at->rank : -1;
}

#define EACH_NUMBER(at) for (struct nest at = numbers_of(s); at.rank >= 0; number_next(&at))

static bool is_kind(const struct reducing *s, const char *kind)
{
    return strcmp(s->kind, kind) == 0;
}

/* What partial() needs of all numbers together: how many equal the extreme, or the product of those that are not 0. */
static void look(const struct reducing *s)
{
    const struct op_call *c = s->b->call;
    const float *y = operand_at(&c->outputs[0], s->result, c->lanes);
    bool product = is_kind(s, "Prod");
    lanes_fill(s->product, 1, (size_t)c->lanes);
    lanes_fill(s->other, 0, (size_t)c->lanes);
    if (!product && !is_kind(s, "Max") && !is_kind(s, "Min"))
        return;
    EACH_NUMBER(at)
    {
        const float *x = number_at(s, &c->inputs[0], &at);
        for (int l = 0; l < c->lanes; l++) {
            s->other[l] += product ? x[l] == 0 : x[l] == y[l];
            s->product[l] *= x[l] == 0 ? 1 : (double)x[l];
        }
    }
}

/* The partial derivative by one of the numbers, as a row of lanes. */
static void partial(const struct reducing *s, const struct nest *at)
{
    const struct op_call *c = s->b->call;
    const struct reduce_params *p = c->node->params;
    const float *x = number_at(s, &c->inputs[0], at), *y = operand_at(&c->outputs[0], s->result, c->lanes);
    bool product = is_kind(s, "Prod"), squares = is_kind(s, "SumSquare"), length = is_kind(s, "L2"),
         size = is_kind(s, "L1"), extreme = is_kind(s, "Max") || is_kind(s, "Min");
    for (int l = 0; l < c->lanes; l++) {
        double v = (double)x[l], d = 1;
        if (p->fold->mean)
            d = 1 / (double)p->count;
        else if (extreme)
            d = x[l] == y[l] ? 1 / s->other[l] : 0;
        else if (product)
            d = s->other[l] == 0 ? s->product[l] / v : s->other[l] == 1 && v == 0 ? s->product[l] : 0;
        else if (squares)
            d = 2 * v;
        else if (length)
            d = y[l] > 0 ? v / (double)y[l] : 0;
        else if (size)
            d = (v > 0) - (v < 0);
        s->row[l] = (float)d;
    }
}

static void reducing_add(const struct reducing *s)
{
    const float *dy = operand_at(&s->b->dy[0], s->result, s->b->call->lanes);
    look(s);
    EACH_NUMBER(at)
    {
        partial(s, &at);
        backward_product(s->b, 0, s->first + at.offset[0], dy, s->row, 1);
    }
}

static void reducing_tangent(const struct reducing *s)
{
    float *ty = operand_at(&s->b->ty[0], s->result, s->b->call->lanes);
    look(s);
    memset(ty, 0, (size_t)s->b->call->lanes * sizeof *ty);
    if (!s->b->tx[0].present)
        return;
    EACH_NUMBER(at)
    {
        partial(s, &at);
        s->b->call->kernels->own->multiply_add(s->b->call->lanes, s->row, 1, number_at(s, &s->b->tx[0], &at),
                                               1, ty);
    }
}

/* How the partial derivative of a product moves: the sum over the others of their tangents times the product of all the rest. */
static void bend_product(const struct reducing *s, const struct nest *by, float *row)
{
    const struct op_call *c = s->b->call;
    lanes_fill(s->other, 0, (size_t)c->lanes);
    EACH_NUMBER(moved)
    {
        if (moved.offset[0] == by->offset[0])
            continue;
        lanes_fill(s->product, 1, (size_t)c->lanes);
        EACH_NUMBER(rest)
        {
            const float *x = number_at(s, &c->inputs[0], &rest);
            for (int l = 0;
                 rest.offset[0] != by->offset[0] && rest.offset[0] != moved.offset[0] && l < c->lanes; l++)
                s->product[l] *= (double)x[l];
        }
        const float *t = number_at(s, &s->b->tx[0], &moved);
        for (int l = 0; l < c->lanes; l++)
            s->other[l] += s->product[l] * (double)t[l];
    }
    lanes_round(s->other, row, (size_t)c->lanes);
}

static void reducing_bend(const struct reducing *s)
{
    const struct op_call *c = s->b->call;
    const float *dy = operand_at(&s->b->dy[0], s->result, c->lanes);
    const float *y = operand_at(&c->outputs[0], s->result, c->lanes);
    bool product = is_kind(s, "Prod"), squares = is_kind(s, "SumSquare"), length = is_kind(s, "L2");
    if ((!product && !squares && !length) || !s->b->tx[0].present)
        return;
    float *along = s->row + c->lanes; /* of L2: the sum of x tx */
    lanes_fill(s->other, 0, (size_t)c->lanes);
    EACH_NUMBER(sum)
    lanes_sum_products(s->other, number_at(s, &c->inputs[0], &sum), 1, number_at(s, &s->b->tx[0], &sum), 1,
                       (size_t)c->lanes);
    lanes_round(s->other, along, (size_t)c->lanes);
    EACH_NUMBER(at)
    {
        const float *x = number_at(s, &c->inputs[0], &at), *t = number_at(s, &s->b->tx[0], &at);
        if (product)
            bend_product(s, &at, s->row);
        for (int l = 0; !product && l < c->lanes; l++)
            s->row[l] = squares ? 2 * t[l] : y[l] > 0 ? (t[l] - x[l] * along[l] / (y[l] * y[l])) / y[l] : 0;
        backward_product(s->b, 0, s->first + at.offset[0], dy, s->row, 1);
    }
}

static void each_result(const struct backward_call *b, void (*visit)(const struct reducing *s))
{
    const struct reduce_params *p = b->call->node->params;
    double *rows = b->scratch;
    struct nest kept = p->kept;
    struct reducing s = {.b = b,
                         .kind = b->call->node->op->name + strlen("Reduce"),
                         .product = rows,
                         .other = rows + b->call->lanes,
                         .row = (void *)(rows + 2 * b->call->lanes)};
    if (nest_empty(&kept))
        return;
    do
        for (int64_t at = 0; at < p->run; at++) {
            s.first = kept.offset[0] + at;
            s.result = kept.offset[1] + at;
            visit(&s);
        }
    while (nest_next(&kept));
}

static void reduce_add(const struct backward_call *b)
{
    each_result(b, reducing_add);
}

static void reduce_tangent(const struct backward_call *b)
{
    each_result(b, reducing_tangent);
}

static void reduce_bend(const struct backward_call *b)
{
    each_result(b, reducing_bend);
}

static const struct backward reduce_backward = {
    .add = reduce_add, .tangent = reduce_tangent, .bend = reduce_bend};

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

#define ROW(NAME, MOST) .domain = "", .name = NAME, .min_inputs = 1, .max_inputs = MOST, .max_outputs = 1
#define REDUCE                                                                                               \
    .flow = FLOW_CHANNEL, .shape = reduce_shape, .forward = reduce_forward, .scratch = reduce_scratch,       \
    .backward = &reduce_backward

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
