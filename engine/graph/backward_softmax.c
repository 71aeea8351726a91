/* backward_softmax: derivatives of Softmax and LogSoftmax, from their results. With p the probabilities and S the sum over a group:
 *   Softmax     dx = p (dy - S(p dy)),  ty = p (tx - S(p tx)),  bend  ty (dy - S(p dy)) - p S(ty dy)
 *   LogSoftmax  dx = dy - p S(dy),      ty = tx - S(p tx),      bend  -p ty S(dy) */
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_norm.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"

/* One group: n rows of lanes, `step` elements apart. */
struct group {
    const struct backward_call *b;
    int64_t first, n, step;
    bool is_log;
    double *sum, *other;
    float *p, *out; /* rows of lanes */
};

static const float *row_at(const struct group *s, const struct operand *o, int64_t k)
{
    return operand_at(o, s->first + k * s->step, s->b->call->lanes);
}

/* The probabilities of one row: the results, or e to them. */
static const float *probabilities(const struct group *s, int64_t k)
{
    const float *y = row_at(s, &s->b->call->outputs[0], k);
    if (!s->is_log)
        return y;
    s->b->call->kernels->own->map(MAP_EXP, (size_t)s->b->call->lanes, y, 0, 0, s->p);
    return s->p;
}

/* sum = S(p a), or S(a) */
static void sum_over(const struct group *s, const struct operand *a, bool weigh, double *sum)
{
    size_t lanes = (size_t)s->b->call->lanes;
    lanes_fill(sum, 0, lanes);
    for (int64_t k = 0; k < s->n; k++)
        if (weigh)
            lanes_sum_products(sum, probabilities(s, k), 1, row_at(s, a, k), 1, lanes);
        else
            lanes_sum(sum, row_at(s, a, k), lanes);
}

static void group_add(const struct group *s)
{
    sum_over(s, &s->b->dy[0], !s->is_log, s->sum);
    for (int64_t k = 0; k < s->n; k++) {
        const float *p = probabilities(s, k), *dy = row_at(s, &s->b->dy[0], k);
        for (int l = 0; l < s->b->call->lanes; l++)
            s->out[l] = (float)(s->is_log ? (double)dy[l] - (double)p[l] * s->sum[l]
                                          : (double)p[l] * ((double)dy[l] - s->sum[l]));
        backward_row(s->b, 0, s->first + k * s->step, s->out);
    }
}

static void group_tangent(const struct group *s)
{
    int lanes = s->b->call->lanes;
    sum_over(s, &s->b->tx[0], true, s->sum);
    for (int64_t k = 0; k < s->n; k++) {
        const float *p = probabilities(s, k), *tx = row_at(s, &s->b->tx[0], k);
        float *ty = operand_at(&s->b->ty[0], s->first + k * s->step, lanes);
        for (int l = 0; l < lanes; l++)
            ty[l] = (float)(((double)tx[l] - s->sum[l]) * (s->is_log ? 1 : (double)p[l]));
    }
}

static void group_bend(const struct group *s)
{
    int lanes = s->b->call->lanes;
    sum_over(s, &s->b->dy[0], !s->is_log, s->sum);
    lanes_fill(s->other, 0, (size_t)lanes);
    for (int64_t k = 0; k < s->n; k++)
        lanes_sum_products(s->other, row_at(s, &s->b->ty[0], k), 1, row_at(s, &s->b->dy[0], k), 1,
                           (size_t)lanes);
    for (int64_t k = 0; k < s->n; k++) {
        const float *p = probabilities(s, k), *dy = row_at(s, &s->b->dy[0], k),
                    *ty = row_at(s, &s->b->ty[0], k);
        for (int l = 0; l < lanes; l++)
            s->out[l] =
                (float)(s->is_log ? -(double)p[l] * (double)ty[l] * s->sum[l]
                                  : (double)ty[l] * ((double)dy[l] - s->sum[l]) - (double)p[l] * s->other[l]);
        backward_row(s->b, 0, s->first + k * s->step, s->out);
    }
}

static void each_group(const struct backward_call *b, void (*visit)(const struct group *s))
{
    const struct groups *p = b->call->node->params;
    double *sum = b->scratch;
    float *rows = (void *)(sum + 2 * b->call->lanes);
    struct group s = {.b = b,
                      .n = p->n,
                      .step = p->inner,
                      .is_log = strcmp(b->call->node->op->name, "LogSoftmax") == 0,
                      .sum = sum,
                      .other = sum + b->call->lanes,
                      .p = rows,
                      .out = rows + b->call->lanes};
    for (int64_t at = 0; at < p->outer * p->inner; at++) {
        s.first = at / p->inner * p->n * p->inner + at % p->inner;
        visit(&s);
    }
}

static void softmax_add(const struct backward_call *b)
{
    each_group(b, group_add);
}

static void softmax_tangent(const struct backward_call *b)
{
    if (b->tx[0].present)
        each_group(b, group_tangent);
    else
        backward_still(b, 0);
}

static void softmax_bend(const struct backward_call *b)
{
    if (b->tx[0].present)
        each_group(b, group_bend);
}

const struct backward backward_softmax = {
    .add = softmax_add, .tangent = softmax_tangent, .bend = softmax_bend};
