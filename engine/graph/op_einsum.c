/* op_einsum: Einsum of one or two operands: products, transposes, diagonals and sums named by letters (equation.h). Each letter is
 * a loop; a letter that the result has is a loop over results, any other a sum, in order of first appearance and in double. With a
 * matrix that is a weight it is a weighted sum (weighted.c), as in op_gemm.c. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/equation.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_nest.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

struct einsum_params {
    struct nest over; /* offsets: result, first, second operand */
    struct nest sum;  /* offsets: -, first, second operand */
    int64_t results, terms;
    bool weighs;            /* the constant is a matrix that is a weight, */
    struct weighted sum_of; /* and this its sum; apart where its loops over the data do not fit one */
};

static bool refuse(struct graph *g, struct node *n, struct err *e)
{
    return op_fail(g, n, e, "equation '%s' does not fit its inputs", node_text(n, "equation", ""));
}

/* How far a step along a label moves in a term: the sum of the strides of the axes that bear it (two: the diagonal). */
static int64_t label_stride(const struct equation *q, int term, const struct shape *s, int label)
{
    int64_t own[SHAPE_MAX], stride = 0;
    shape_strides(s, own);
    for (int d = 0; d < s->rank; d++)
        if (q->label[term][d] == label && s->dim[d] != 1)
            stride += own[d];
    return stride;
}

/* Loops over the result in the result's order, then those of the sums. false: their number overflows. */
static bool plan(const struct graph *g, const struct node *n, const struct equation *q, const struct shape *y,
                 struct einsum_params *p)
{
    const struct shape *shapes[TERMS] = {y, &op_input(g, n, 0)->shape,
                                         n->n_inputs > 1 ? &op_input(g, n, 1)->shape : NULL};
    p->results = p->terms = 1;
    for (int i = 0; i < q->rank[RESULT] + q->n_labels; i++) {
        bool over = i < q->rank[RESULT];
        int label = over ? q->label[RESULT][i] : q->order[i - q->rank[RESULT]];
        int64_t stride[NEST_OPERANDS] = {0}, *count = over ? &p->results : &p->terms;
        if (!over && equation_keeps(q, label))
            continue;
        for (int t = 0; t <= n->n_inputs; t++)
            stride[t] = label_stride(q, t, shapes[t], label);
        nest_push(over ? &p->over : &p->sum, q->dim[label], stride);
        if (q->dim[label] > 0 && *count > INT64_MAX / q->dim[label])
            return false;
        *count *= q->dim[label];
    }
    return true;
}

/* A loop over axes of the data that the result has, too. */
struct loop {
    int64_t n, x, y; /* steps in data and result */
};

/* The other axes of the data, outermost first; those that are one run in both are one loop. */
static int find_loops(const struct weighted_axes *a, const struct shape *x, const struct shape *y,
                      struct loop loops[SHAPE_MAX])
{
    int n = 0;
    int64_t x_steps[SHAPE_MAX], y_steps[SHAPE_MAX];
    shape_strides(x, x_steps);
    shape_strides(y, y_steps);
    for (int d = 0; d < x->rank; d++) {
        if (d == a->data || x->dim[d] == 1)
            continue;
        struct loop l = {x->dim[d], x_steps[d], y_steps[a->same[d]]}, *last = n ? &loops[n - 1] : NULL;
        if (last && last->x == l.n * l.x && last->y == l.n * l.y)
            *last = (struct loop){last->n * l.n, l.x, l.y};
        else
            loops[n++] = l;
    }
    return n;
}

/* A product with a matrix: each position of the data's other axes gives one sum for each unit. */
static void plan_sum(const struct shape *matrix, const struct shape *x, const struct shape *y,
                     struct weighted *w)
{
    struct loop loops[SHAPE_MAX];
    const struct window still = {1, 1, 1, 1, 1, 0, 0};
    int count = find_loops(&w->axes, x, y, loops);
    const struct loop once = {1, 1, 1}, block = count > 1 ? loops[0] : once,
                      position = count > 0 ? loops[count - 1] : once;
    w->apart = count > 2;
    w->constant = true;
    w->groups = w->taps = 1;
    w->rows = matrix->dim[w->axes.unit];
    w->inputs = matrix->dim[w->axes.input];
    w->scale = 1;
    w->blocks = block.n;
    w->axis[0] = w->axis[1] = still;
    w->axis[1].in = w->axis[1].out = position.n;
    w->x_block = block.x;
    w->x_position = position.x;
    w->y_block = block.y;
    w->y_position = position.y;
    weighted_lay(w, matrix, x, y);
}

static void plan_weight(const struct graph *g, const struct node *n, const struct shape *y,
                        struct einsum_params *p)
{
    struct equation_weight e;
    struct weighted *w = &p->sum_of;
    bool weighs = equation_weight(g, n, &e);
    int slot = op_constant(g, n, 1) ? 1 : op_constant(g, n, 0) ? 0 : -1;
    *w = (struct weighted){.weight = slot, .data = 1 - slot, .bias = -1, .apart = true};
    w->axes = e.axes;
    w->unfit = weighs ? e.reason : "no data are multiplied by it";
    p->weighs = weighs && !e.reason;
    if (p->weighs)
        plan_sum(&op_input(g, n, slot)->shape, &op_input(g, n, 1 - slot)->shape, y, w);
}

static const struct weighted *einsum_weighted(const struct node *n)
{
    const struct einsum_params *p = n->params;
    return p->sum_of.weight >= 0 ? &p->sum_of : NULL;
}

static bool einsum_shape(struct graph *g, struct node *n, struct err *e)
{
    struct equation q = {0};
    struct shape y = {0};
    if (!op_reals(g, n, e))
        return false;
    if (n->n_inputs > 2)
        return op_unsupported(g, n, e, "more than two operands are not supported");
    if (n->n_inputs > 1 && !op_input(g, n, 1))
        return op_fail(g, n, e, "its input 1 is missing");
    struct einsum_params *p = op_params(n, sizeof *p);
    if (!equation_parse(g, n, &q, &y))
        return refuse(g, n, e);
    if (!op_result(g, n, 0, DT_F32, &y, e))
        return false;
    plan_weight(g, n, &y, p);
    return (plan(g, n, &q, &y, p) || op_fail(g, n, e, "it asks for too many products")) &&
           op_work(g, n, p->results, p->terms, e);
}

static size_t einsum_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return (size_t)lanes * sizeof(double);
}

/* acc[l] += a[l] * b[l]; b NULL is 1. */
static void add_term(const struct op_call *c, const struct nest *over, const struct nest *sum, double *acc)
{
    const struct operand *x = &c->inputs[0], *z = c->n_inputs > 1 ? &c->inputs[1] : NULL;
    const float *a = operand_at(x, over->offset[1] + sum->offset[1], c->lanes);
    if (!z) {
        lanes_sum(acc, a, (size_t)c->lanes);
        return;
    }
    const float *b = operand_at(z, over->offset[2] + sum->offset[2], c->lanes);
    lanes_sum_products(acc, a, x->lane_stride, b, z->lane_stride, (size_t)c->lanes);
}

static void einsum_forward(const struct op_call *c)
{
    const struct einsum_params *p = c->node->params;
    if (c->prepared) {
        weighted_forward(c, &p->sum_of, NULL);
        return;
    }
    struct nest over = p->over;
    double *acc = c->scratch;
    if (nest_empty(&over))
        return;
    do {
        struct nest sum = p->sum;
        lanes_fill(acc, 0, (size_t)c->lanes);
        if (!nest_empty(&sum))
            do
                add_term(c, &over, &sum, acc);
            while (nest_next(&sum));
        lanes_round(acc, operand_at(&c->outputs[0], over.offset[RESULT], c->lanes), (size_t)c->lanes);
    } while (nest_next(&over));
}

/* Where there is no weighted sum. A weight counts as often as it is used; products of two activations, and with a constant that is no layer's, in full. A scale,
 * which nothing is summed over, is element-wise work. */
static void einsum_cost(const struct graph *g, const struct node *n, struct op_cost *out)
{
    const struct einsum_params *p = n->params;
    struct equation_weight w;
    bool constant = equation_weight(g, n, &w);
    if (n->n_inputs < 2 || (constant && !w.summed))
        return;
    if (p->weighs)
        out->macs_per_weight = p->sum_of.rows ? p->results / p->sum_of.rows : 0;
    else
        out->macs_fixed = p->results * p->terms;
}

/* The innermost sum at a time, for each operand that is no constant. */
static void einsum_edges(const struct graph *g, const struct node *n, edge_visitor *visit, void *data)
{
    const struct einsum_params *p = n->params;
    struct nest over = p->over, outer = p->sum;
    int64_t count, step[NEST_OPERANDS];
    if (nest_empty(&p->over) || nest_empty(&p->sum))
        return;
    nest_pop(&outer, &count, step);
    do {
        struct nest sum = outer;
        do
            for (int slot = 0; slot < n->n_inputs; slot++) {
                bool weighed = p->weighs && slot != p->sum_of.weight;
                struct edge_run run = {.slot = slot, .count = count, .output = over.offset[RESULT]};
                run.input = over.offset[1 + slot] + sum.offset[1 + slot];
                run.input_step = step[1 + slot];
                run.weight =
                    weighed ? over.offset[1 + p->sum_of.weight] + sum.offset[1 + p->sum_of.weight] : -1;
                run.weight_step = weighed ? step[1 + p->sum_of.weight] : 0;
                if (!op_constant(g, n, slot))
                    visit(data, &run);
            }
        while (nest_next(&sum));
    } while (nest_next(&over));
}

/* ---- derivatives: each product of the sums once more ---- */

typedef void product_visitor(const struct backward_call *b, const int64_t at[TERMS]);

static void each_product(const struct backward_call *b, product_visitor *visit)
{
    const struct einsum_params *p = b->call->node->params;
    struct nest over = p->over;
    if (nest_empty(&over))
        return;
    do {
        struct nest sum = p->sum;
        if (nest_empty(&sum))
            return;
        do {
            const int64_t at[TERMS] = {over.offset[RESULT], over.offset[1] + sum.offset[1],
                                       over.offset[2] + sum.offset[2]};
            visit(b, at);
        } while (nest_next(&sum));
    } while (nest_next(&over));
}

static const float one = 1;

/* dx[i] += dy * the other factor of `factors`. */
static void add_factors(const struct backward_call *b, const struct operand *factors, const int64_t at[TERMS])
{
    int lanes = b->call->lanes;
    const float *dy = operand_at(&b->dy[0], at[RESULT], lanes);
    if (b->call->n_inputs == 1)
        backward_product(b, 0, at[1], dy, &one, 0);
    for (int i = 0; b->call->n_inputs == 2 && i < 2; i++)
        if (factors[1 - i].present)
            backward_product(b, i, at[1 + i], dy, operand_at(&factors[1 - i], at[2 - i], lanes),
                             factors[1 - i].lane_stride);
}

static void add_product(const struct backward_call *b, const int64_t at[TERMS])
{
    add_factors(b, b->call->inputs, at);
}

static void bend_product(const struct backward_call *b, const int64_t at[TERMS])
{
    add_factors(b, b->tx, at);
}

static void move_product(const struct backward_call *b, const int64_t at[TERMS])
{
    int lanes = b->call->lanes, n = b->call->n_inputs;
    for (int i = 0; i < n; i++) {
        const struct operand *t = &b->tx[i], *other = &b->call->inputs[1 - i];
        if (t->present)
            b->call->kernels->own->multiply_add(lanes, operand_at(t, at[1 + i], lanes), t->lane_stride,
                                                n == 2 ? operand_at(other, at[2 - i], lanes) : &one,
                                                n == 2 ? other->lane_stride : 0,
                                                operand_at(&b->ty[0], at[RESULT], lanes));
    }
}

static void einsum_add(const struct backward_call *b)
{
    const struct weighted *w = op_weighted(b->call->node);
    if (w) {
        weighted_back_add(b, w);
        return;
    }
    each_product(b, add_product);
}

static void einsum_tangent(const struct backward_call *b)
{
    const struct weighted *w = op_weighted(b->call->node);
    if (w) {
        weighted_back_tangent(b, w);
        return;
    }
    backward_still(b, 0);
    each_product(b, move_product);
}

static void einsum_bend(const struct backward_call *b)
{
    const struct weighted *w = op_weighted(b->call->node);
    if (w)
        weighted_back_bend(b, w);
    else if (b->call->n_inputs == 2)
        each_product(b, bend_product);
}

static const struct backward einsum_backward = {
    .add = einsum_add, .tangent = einsum_tangent, .bend = einsum_bend};

const struct op op_einsum_rows[] = {
    {.domain = "",
     .name = "Einsum",
     .min_inputs = 1,
     .max_inputs = -1,
     .max_outputs = 1,
     .flow = FLOW_EDGES,
     .edges = einsum_edges,
     .shape = einsum_shape,
     .forward = einsum_forward,
     .weighted = einsum_weighted,
     .backward = &einsum_backward,
     .scratch = einsum_scratch,
     .cost = einsum_cost,
     .couple = couple_einsum},
};
const int op_einsum_count = sizeof op_einsum_rows / sizeof *op_einsum_rows;
