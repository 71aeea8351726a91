/* op_gemm: Gemm and MatMul. With a constant side they are weighted sums (weighted.c); products of two activations go lane by lane.
 * Convolutions: op_conv.c. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

/* y[batch][m][n] = sum over k of a[batch][m][k] b[batch][k][n]; the steps are in elements, 0 repeats. */
struct product {
    int64_t m, n, k;
    int64_t a_row, a_column, b_row, b_column;
    struct shape batch; /* leading dimensions of the result */
    struct shape a_batch, b_batch;
    bool turned[2];      /* left, right: it is transposed */
    float alpha, beta;   /* Gemm's */
    bool adds_plainly;   /* its third input has as many elements as the result, and beta is 1 */
    struct weighted sum; /* with a constant side */
};

static bool refuse_inner(struct graph *g, struct node *n, int64_t a, int64_t b, struct err *e)
{
    return op_fail(g, n, e, "its inputs do not fit: %lld columns on the left, %lld rows on the right",
                   (long long)a, (long long)b);
}

/* The axis of a side that is summed. */
static int summed_axis(const struct shape *s, bool left, bool turned)
{
    return s->rank == 1 ? 0 : s->rank - (left != turned ? 1 : 2);
}

/* Standing right, the weight's columns are units; standing left, its rows. */
static struct weighted_axes axes_of(const struct product *p, bool right, const struct shape *weight,
                                    const struct shape *data, const struct shape *y)
{
    struct weighted_axes a = {.input = summed_axis(weight, !right, p->turned[right]),
                              .data = summed_axis(data, right, p->turned[!right])};
    bool vector = weight->rank == 1;
    a.unit = vector ? -1 : 2 * weight->rank - 3 - a.input;
    a.result = vector ? -1 : y->rank - (right || data->rank == 1 ? 1 : 2);
    return a;
}

static const char *refuse_batch(const struct shape *weight)
{
    for (int d = 0; d < weight->rank - 2; d++)
        if (weight->dim[d] != 1)
            return "it is a batch of matrices, not one";
    return NULL;
}

/* A constant side is a weight, the right one first; the other side's rows or columns are positions. It is prepared where it is a
 * matrix and the only factor of its products. */
static void weigh(const struct graph *g, const struct node *n, const struct shape *y, struct product *p)
{
    bool right = op_constant(g, n, 1) != NULL;
    struct weighted *w = &p->sum;
    const struct window still = {1, 1, 1, 1, 1, 0, 0};
    *w = (struct weighted){.weight = right ? 1 : op_constant(g, n, 0) ? 0 : -1, .bias = -1};
    if (w->weight < 0)
        return;
    const struct shape *weight = &op_input(g, n, w->weight)->shape,
                       *x = &op_input(g, n, right ? 0 : 1)->shape;
    w->unfit = refuse_batch(weight);
    w->data = 1 - w->weight;
    w->constant = true;
    w->apart = weight->rank != 2 || op_constant(g, n, w->data) || (!right && x->rank < 2);
    w->axes = axes_of(p, right, weight, x, y);
    w->groups = w->taps = 1;
    w->rows = right ? p->n : p->m;
    w->inputs = p->k;
    w->scale = p->alpha;
    w->blocks = shape_elements(&p->batch);
    w->axis[0] = w->axis[1] = still;
    w->axis[1].in = w->axis[1].out = right ? p->m : p->n;
    w->x_block = right ? p->m * p->k : p->k * p->n;
    w->x_position = right ? p->a_row : p->b_column;
    w->y_block = p->m * p->n;
    w->y_position = right ? p->n : 1;
    weighted_lay(w, weight, x, y);
    weighted_keep(w, x->rank, y->rank);
}

static bool gemm_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *a = op_input(g, n, 0), *b = op_input(g, n, 1), *c = op_input(g, n, 2);
    if (!op_reals(g, n, e))
        return false;
    if (a->shape.rank != 2 || b->shape.rank != 2)
        return op_fail(g, n, e, "its inputs must be matrices");
    struct product *p = op_params(n, sizeof *p);
    bool ta = p->turned[0] = node_int(n, "transA", 0) != 0, tb = p->turned[1] = node_int(n, "transB", 0) != 0;
    int64_t inner = b->shape.dim[tb ? 1 : 0];
    p->m = a->shape.dim[ta ? 1 : 0];
    p->k = a->shape.dim[ta ? 0 : 1];
    p->n = b->shape.dim[tb ? 0 : 1];
    if (p->k != inner)
        return refuse_inner(g, n, p->k, inner, e);
    p->a_row = ta ? 1 : p->k;
    p->a_column = ta ? p->m : 1;
    p->b_row = tb ? 1 : p->n;
    p->b_column = tb ? p->k : 1;
    p->alpha = node_float(n, "alpha", 1);
    p->beta = node_float(n, "beta", 1);
    p->adds_plainly = c && p->beta == 1 && shape_elements(&c->shape) == p->m * p->n;
    struct shape y = {2, {p->m, p->n}}, joined;
    if (c && (!shape_broadcast(&c->shape, &y, &joined) || !shape_equal(&joined, &y)))
        return op_fail(g, n, e, "its third input %s cannot be added to the result", c->name);
    if (!op_result(g, n, 0, DT_F32, &y, e))
        return false;
    weigh(g, n, &y, p);
    p->sum.bias = 2;
    p->sum.bias_scale = !c && n->opset < 11 ? 0 : p->beta;
    if (p->sum.weight == 0)
        p->sum.axes.data = -1; /* its bias runs along the data's columns, not along its units */
    return op_work(g, n, shape_elements(&y), p->k, e);
}

/* The last two dimensions of a MatMul operand, a vector taken as a row (left) or a column (right). */
static void matrix_of(const struct shape *s, bool left, int64_t *rows, int64_t *columns, struct shape *batch)
{
    *batch = (struct shape){s->rank > 2 ? s->rank - 2 : 0, {0}};
    memcpy(batch->dim, s->dim, (size_t)batch->rank * sizeof *s->dim);
    *columns = s->rank > 1 || left ? s->dim[s->rank - 1] : 1;
    *rows = s->rank > 1 ? s->dim[s->rank - 2] : left ? 1 : s->dim[0];
}

static bool matmul_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *a = op_input(g, n, 0), *b = op_input(g, n, 1);
    if (!op_reals(g, n, e))
        return false;
    if (a->shape.rank == 0 || b->shape.rank == 0)
        return op_fail(g, n, e, "its inputs must not be scalars");
    struct product *p = op_params(n, sizeof *p);
    int64_t inner;
    matrix_of(&a->shape, true, &p->m, &p->k, &p->a_batch);
    matrix_of(&b->shape, false, &inner, &p->n, &p->b_batch);
    if (p->k != inner)
        return refuse_inner(g, n, p->k, inner, e);
    if (!shape_broadcast(&p->a_batch, &p->b_batch, &p->batch))
        return op_fail(g, n, e, "the leading dimensions of its inputs do not fit");
    p->a_row = p->k;
    p->a_column = p->b_column = 1;
    p->b_row = p->n;
    p->alpha = 1;
    struct shape y = p->batch;
    if (y.rank > SHAPE_MAX - 2)
        return op_fail(g, n, e, "its result has too many dimensions");
    if (a->shape.rank > 1)
        y.dim[y.rank++] = p->m;
    if (b->shape.rank > 1)
        y.dim[y.rank++] = p->n;
    if (!op_result(g, n, 0, DT_F32, &y, e))
        return false;
    weigh(g, n, &y, p);
    return op_work(g, n, shape_elements(&y), p->k, e);
}

static const struct weighted *product_weighted(const struct node *n)
{
    const struct product *p = n->params;
    return p->sum.weight >= 0 ? &p->sum : NULL;
}

/* The matrices of both sides, both known at run time only, one after the other; a side of fewer repeats. */
static void all_pairs(const struct op_call *c, const struct product *p)
{
    int64_t count = shape_elements(&p->batch);
    struct walk w;
    walk_begin(&w, &p->batch);
    int a = walk_broadcast(&w, &p->a_batch), b = walk_broadcast(&w, &p->b_batch);
    for (int64_t i = 0; i < count; i++, walk_step(&w)) {
        const struct lane_side left = {operand_at(&c->inputs[0], w.offset[a] * p->m * p->k, c->lanes),
                                       c->inputs[0].lane_stride, p->a_row, p->a_column};
        const struct lane_side right = {operand_at(&c->inputs[1], w.offset[b] * p->k * p->n, c->lanes),
                                        c->inputs[1].lane_stride, p->b_row, p->b_column};
        c->kernels->own->product(p->m, p->n, p->k, c->lanes, &left, &right,
                                 operand_at(&c->outputs[0], i * p->m * p->n, c->lanes));
    }
}

static void product_forward(const struct op_call *c)
{
    const struct product *p = c->node->params;
    if (c->prepared)
        weighted_forward(c, &p->sum, NULL);
    else
        all_pairs(c, p);
}

/* y = alpha a b + beta c; a prepared weight holds alpha already. */
static void gemm_forward(const struct op_call *c)
{
    const struct product *p = c->node->params;
    const struct operand *y = &c->outputs[0], *add = &c->inputs[2];
    size_t n = (size_t)(p->m * p->n * c->lanes);
    float *out = y->data;
    product_forward(c);
    for (size_t i = 0; !c->prepared && p->alpha != 1 && i < n; i++)
        out[i] *= p->alpha;
    if (c->n_inputs < 3 || !add->present || p->beta == 0)
        return;
    if (p->adds_plainly) { /* rounds once, as below */
        c->kernels->own->zip(ZIP_ADD, (size_t)(p->m * p->n), c->lanes, out, 1, add->data, add->lane_stride,
                             out);
        return;
    }
    struct walk w;
    walk_begin(&w, y->shape);
    int at = walk_broadcast(&w, add->shape);
    for (int64_t i = 0; i < p->m * p->n; i++, walk_step(&w)) {
        float *to = out + i * c->lanes;
        c->kernels->own->multiply_add(c->lanes, operand_at(add, w.offset[at], c->lanes), add->lane_stride,
                                      &p->beta, 0, to);
    }
}

/* Of two activations. */
static void product_cost(const struct graph *g, const struct node *n, struct op_cost *out)
{
    const struct product *p = n->params;
    (void)g;
    out->macs_fixed = shape_elements(&p->batch) * p->m * p->n * p->k;
}

/* One product's edges: both factors count in full. */
static void edges_of(const struct product *p, int64_t a_first, int64_t b_first, int64_t y_first,
                     edge_visitor *visit, void *data)
{
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            struct edge_run run = {.count = p->k, .output = y_first + i * p->n + j, .weight = -1};
            run.input = a_first + i * p->a_row, run.input_step = p->a_column;
            visit(data, &run);
            run.slot = 1;
            run.input = b_first + j * p->b_column, run.input_step = p->b_row;
            visit(data, &run);
        }
}

static void product_edges(const struct graph *g, const struct node *n, edge_visitor *visit, void *data)
{
    const struct product *p = n->params;
    int64_t count = shape_elements(&p->batch);
    struct walk w;
    (void)g;
    walk_begin(&w, &p->batch);
    int a = walk_broadcast(&w, &p->a_batch), b = walk_broadcast(&w, &p->b_batch);
    for (int64_t i = 0; i < count; i++, walk_step(&w))
        edges_of(p, w.offset[a] * p->m * p->k, w.offset[b] * p->k * p->n, i * p->m * p->n, visit, data);
}

/* ---- derivatives ---- */

/* Each product of one pair of elements: result at y, left factor at a, right factor at b. */
typedef void pair_visitor(const struct backward_call *b, int64_t left, int64_t right, int64_t result);

static void each_pair(const struct backward_call *b, pair_visitor *visit)
{
    const struct product *p = b->call->node->params;
    int64_t count = shape_elements(&p->batch);
    struct walk w;
    walk_begin(&w, &p->batch);
    int a_at = walk_broadcast(&w, &p->a_batch), b_at = walk_broadcast(&w, &p->b_batch);
    for (int64_t at = 0; at < count; at++, walk_step(&w))
        for (int64_t i = 0; i < p->m; i++)
            for (int64_t j = 0; j < p->n; j++)
                for (int64_t k = 0; k < p->k; k++)
                    visit(b, w.offset[a_at] * p->m * p->k + i * p->a_row + k * p->a_column,
                          w.offset[b_at] * p->k * p->n + k * p->b_row + j * p->b_column,
                          (at * p->m + i) * p->n + j);
}

/* dy * alpha as a row of lanes. */
static const float *scaled_row(const struct backward_call *b, int64_t result)
{
    const struct product *p = b->call->node->params;
    const float *dy = operand_at(&b->dy[0], result, b->call->lanes);
    float *row = b->scratch;
    if (p->alpha == 1)
        return dy;
    for (int l = 0; l < b->call->lanes; l++)
        row[l] = p->alpha * dy[l];
    return row;
}

/* With factors as they are (add) or as they move (bend). */
static void add_factors(const struct backward_call *b, const struct operand *factors, int64_t left,
                        int64_t right, int64_t result)
{
    const float *dy = scaled_row(b, result);
    int lanes = b->call->lanes;
    if (factors[1].present)
        backward_product(b, 0, left, dy, operand_at(&factors[1], right, lanes), factors[1].lane_stride);
    if (factors[0].present)
        backward_product(b, 1, right, dy, operand_at(&factors[0], left, lanes), factors[0].lane_stride);
}

static void add_pair(const struct backward_call *b, int64_t left, int64_t right, int64_t result)
{
    add_factors(b, b->call->inputs, left, right, result);
}

static void bend_pair(const struct backward_call *b, int64_t left, int64_t right, int64_t result)
{
    add_factors(b, b->tx, left, right, result);
}

static void move_pair(const struct backward_call *b, int64_t left, int64_t right, int64_t result)
{
    const struct operand *in = b->call->inputs, *tx = b->tx;
    int lanes = b->call->lanes;
    float *ty = operand_at(&b->ty[0], result, lanes);
    if (tx[0].present)
        b->call->kernels->own->multiply_add(lanes, operand_at(&tx[0], left, lanes), tx[0].lane_stride,
                                            operand_at(&in[1], right, lanes), in[1].lane_stride, ty);
    if (tx[1].present)
        b->call->kernels->own->multiply_add(lanes, operand_at(&in[0], left, lanes), in[0].lane_stride,
                                            operand_at(&tx[1], right, lanes), tx[1].lane_stride, ty);
}

/* Gemm's third input, which is added with broadcasting: its derivative, or its part of the tangent. */
static void add_third(const struct backward_call *b, bool tangent)
{
    const struct product *p = b->call->node->params;
    const struct operand *third = tangent ? b->tx : b->dx;
    int lanes = b->call->lanes;
    if (b->call->n_inputs < 3 || !third[2].present)
        return;
    struct walk w;
    walk_begin(&w, b->call->outputs[0].shape);
    int at = walk_broadcast(&w, b->call->inputs[2].shape);
    for (int64_t i = 0; i < p->m * p->n; i++, walk_step(&w))
        if (tangent)
            b->call->kernels->own->multiply_add(lanes, operand_at(&third[2], w.offset[at], lanes),
                                                third[2].lane_stride, &p->beta, 0,
                                                operand_at(&b->ty[0], i, lanes));
        else
            backward_product(b, 2, w.offset[at], operand_at(&b->dy[0], i, lanes), &p->beta, 0);
}

static void product_add(const struct backward_call *b)
{
    const struct weighted *w = op_weighted(b->call->node);
    if (w)
        weighted_back_add(b, w);
    else
        each_pair(b, add_pair);
    add_third(b, false);
}

static void product_tangent(const struct backward_call *b)
{
    const struct product *p = b->call->node->params;
    const struct weighted *w = op_weighted(b->call->node);
    if (w) {
        weighted_back_tangent(b, w);
    } else {
        float *ty = b->ty[0].data;
        backward_still(b, 0);
        each_pair(b, move_pair);
        for (int64_t i = 0; p->alpha != 1 && i < p->m * p->n * b->call->lanes; i++)
            ty[i] *= p->alpha;
    }
    add_third(b, true);
}

static void product_bend(const struct backward_call *b)
{
    const struct weighted *w = op_weighted(b->call->node);
    if (w)
        weighted_back_bend(b, w);
    else
        each_pair(b, bend_pair);
}

static const struct backward product_backward = {
    .add = product_add, .tangent = product_tangent, .bend = product_bend};

/* A row of the left side is heard by a row of the result, a column of the right side by a column. */
static void mark_product(const struct product *p, bool forward, uint8_t *a, uint8_t *b, uint8_t *y)
{
    for (int side = 0; side < 2; side++) {
        uint8_t *x = side ? b : a;
        int64_t lines = side ? p->n : p->m, across = side ? p->m : p->n;
        int64_t line = side ? p->b_column : p->a_row, along = side ? p->b_row : p->a_column;
        int64_t y_line = side ? 1 : p->n, y_along = side ? p->n : 1;
        for (int64_t i = 0; x && i < lines; i++) {
            uint8_t any = 0;
            for (int64_t k = 0; forward && k < p->k; k++)
                any |= x[i * line + k * along];
            for (int64_t j = 0; !forward && j < across; j++)
                any |= y[i * y_line + j * y_along];
            for (int64_t j = 0; forward && any && j < across; j++)
                y[i * y_line + j * y_along] = 1;
            for (int64_t k = 0; !forward && any && k < p->k; k++)
                x[i * line + k * along] = 1;
        }
    }
}

static void product_mark(const struct node *n, bool forward, uint8_t *const *inputs, uint8_t *output)
{
    const struct product *p = n->params;
    int64_t count = shape_elements(&p->batch);
    uint8_t *left = inputs[0], *right = inputs[1];
    struct walk w;
    walk_begin(&w, &p->batch);
    int a = walk_broadcast(&w, &p->a_batch), b = walk_broadcast(&w, &p->b_batch);
    for (int64_t i = 0; i < count; i++, walk_step(&w))
        mark_product(p, forward, left ? left + w.offset[a] * p->m * p->k : NULL,
                     right ? right + w.offset[b] * p->k * p->n : NULL, output + i * p->m * p->n);
}

const struct op op_gemm_rows[] = {
    {.domain = "",
     .name = "Gemm",
     .min_inputs = 2,
     .max_inputs = 3,
     .max_outputs = 1,
     .flow = FLOW_EDGES,
     .edges = product_edges,
     .mark = product_mark,
     .shape = gemm_shape,
     .forward = gemm_forward,
     .weighted = product_weighted,
     .backward = &product_backward,
     .cost = product_cost,
     .couple = couple_weights},
    {.domain = "",
     .name = "MatMul",
     .min_inputs = 2,
     .max_inputs = 2,
     .max_outputs = 1,
     .flow = FLOW_EDGES,
     .edges = product_edges,
     .mark = product_mark,
     .shape = matmul_shape,
     .forward = product_forward,
     .weighted = product_weighted,
     .backward = &product_backward,
     .cost = product_cost,
     .couple = couple_products},
};
const int op_gemm_count = sizeof op_gemm_rows / sizeof *op_gemm_rows;
