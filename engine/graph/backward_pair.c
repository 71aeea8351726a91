/* backward_pair: derivatives of the operators of op_pair.c: element by element on two operands or more, with broadcasting. Where an
 * operand repeats, what reaches it is summed over the positions that read it. */
#include <math.h>
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/power.h"

/* One position of a function f(x, z) of two operands: rows of lanes, those of x and z with strides of 0 or 1. */
struct point {
    int n, x_step, z_step;
    const float *x, *z;
};

#define EACH_LANE(statement)                                                                                 \
    for (int l = 0; l < p->n; l++) {                                                                         \
        float x = p->x[l * p->x_step], z = p->z[l * p->z_step];                                              \
        (void)x, (void)z;                                                                                    \
        statement;                                                                                           \
    }

static void slope_sum(const struct point *p, float *fx, float *fz)
{
    EACH_LANE(fx[l] = fz[l] = 1)
}

static void slope_difference(const struct point *p, float *fx, float *fz)
{
    EACH_LANE(fx[l] = 1; fz[l] = -1)
}

static void slope_product(const struct point *p, float *fx, float *fz)
{
    EACH_LANE(fx[l] = z; fz[l] = x)
}

static void bend_product(const struct point *p, float *fxx, float *fxz, float *fzz)
{
    EACH_LANE(fxx[l] = fzz[l] = 0; fxz[l] = 1)
}

static void slope_quotient(const struct point *p, float *fx, float *fz)
{
    EACH_LANE(fx[l] = 1 / z; fz[l] = -x / (z * z))
}

static void bend_quotient(const struct point *p, float *fxx, float *fxz, float *fzz)
{
    EACH_LANE(fxx[l] = 0; fxz[l] = -1 / (z * z); fzz[l] = 2 * x / (z * z * z))
}

static void slope_prelu(const struct point *p, float *fx, float *fz)
{
    EACH_LANE(fx[l] = x > 0 ? 1 : z; fz[l] = x < 0 ? x : 0)
}

static void bend_prelu(const struct point *p, float *fxx, float *fxz, float *fzz)
{
    EACH_LANE(fxx[l] = fzz[l] = 0; fxz[l] = x < 0)
}

/* x^z; by the exponent only where x is positive. */
static void slope_power(const struct point *p, float *fx, float *fz)
{
    EACH_LANE(fx[l] = z == 0 ? 0 : z * kernel_power(x, z - 1);
              fz[l] = x > 0 ? (float)(pow((double)x, (double)z) * log((double)x)) : 0)
}

static void bend_power(const struct point *p, float *fxx, float *fxz, float *fzz)
{
    EACH_LANE(double ln = x > 0 ? log((double)x) : 0; bool curved = z != 0 && z != 1;
              fxx[l] = curved ? z * (z - 1) * kernel_power(x, z - 2) : 0;
              fxz[l] = x > 0 ? (float)(pow((double)x, (double)z - 1) * (1 + (double)z * ln)) : 0;
              fzz[l] = x > 0 ? (float)(pow((double)x, (double)z) * ln * ln) : 0)
}

static const struct pair_slope {
    const char *name;
    void (*slope)(const struct point *p, float *fx, float *fz);
    void (*bend)(const struct point *p, float *fxx, float *fxz, float *fzz); /* NULL: 0 */
} pair_slopes[] = {
    {"Add", slope_sum, NULL},
    {"Sub", slope_difference, NULL},
    {"Mul", slope_product, bend_product},
    {"Div", slope_quotient, bend_quotient},
    {"PRelu", slope_prelu, bend_prelu},
    {"Pow", slope_power, bend_power},
};

static const struct pair_slope *slope_find(const struct backward_call *b)
{
    size_t i = 0;
    while (strcmp(pair_slopes[i].name, b->call->node->op->name) != 0)
        i++;
    return &pair_slopes[i];
}

/* A walk over the positions of a pair's result. */
struct pairing {
    const struct backward_call *b;
    struct walk w;
    struct point at;
    float *first, *second, *part; /* rows of lanes */
    float *bends[3];
};

static struct pairing pairing_begin(const struct backward_call *b)
{
    int64_t lanes = b->call->lanes;
    float *row = b->scratch;
    struct pairing p = {.b = b,
                        .first = row,
                        .second = row + lanes,
                        .part = row + 2 * lanes,
                        .bends = {row + 3 * lanes, row + 4 * lanes, row + 5 * lanes}};
    walk_begin(&p.w, b->call->outputs[0].shape);
    walk_broadcast(&p.w, b->call->inputs[0].shape);
    walk_broadcast(&p.w, b->call->inputs[1].shape);
    p.at = (struct point){.n = b->call->lanes,
                          .x_step = b->call->inputs[0].lane_stride,
                          .z_step = b->call->inputs[1].lane_stride};
    return p;
}

static const struct point *pairing_at(struct pairing *p)
{
    const struct op_call *c = p->b->call;
    p->at.x = operand_at(&c->inputs[0], p->w.offset[0], c->lanes);
    p->at.z = operand_at(&c->inputs[1], p->w.offset[1], c->lanes);
    return &p->at;
}

/* Input i's tangent at the present position; NULL: 0. */
static const float *tangent_at(const struct pairing *p, int i, int *step)
{
    const struct operand *t = &p->b->tx[i];
    *step = t->lane_stride;
    return t->present ? operand_at(t, p->w.offset[i], p->b->call->lanes) : NULL;
}

static void pair_add(const struct backward_call *b)
{
    const struct pair_slope *f = slope_find(b);
    struct pairing p = pairing_begin(b);
    for (int64_t i = 0, n = shape_elements(b->dy[0].shape); i < n; i++, walk_step(&p.w)) {
        const float *dy = operand_at(&b->dy[0], i, b->call->lanes);
        f->slope(pairing_at(&p), p.first, p.second);
        backward_product(b, 0, p.w.offset[0], dy, p.first, 1);
        backward_product(b, 1, p.w.offset[1], dy, p.second, 1);
    }
}

/* to += slope * t */
static void move_along(int lanes, float *to, const float *slope, const float *t, int step)
{
    for (int l = 0; t && l < lanes; l++)
        to[l] += slope[l] * t[l * step];
}

static void pair_tangent(const struct backward_call *b)
{
    const struct pair_slope *f = slope_find(b);
    struct pairing p = pairing_begin(b);
    int lanes = b->call->lanes, step;
    backward_still(b, 0);
    for (int64_t i = 0, n = shape_elements(b->ty[0].shape); i < n; i++, walk_step(&p.w)) {
        float *to = operand_at(&b->ty[0], i, lanes);
        f->slope(pairing_at(&p), p.first, p.second);
        for (int k = 0; k < 2; k++) {
            const float *t = tangent_at(&p, k, &step);
            move_along(lanes, to, k ? p.second : p.first, t, step);
        }
    }
}

static void pair_bend(const struct backward_call *b)
{
    const struct pair_slope *f = slope_find(b);
    struct pairing p = pairing_begin(b);
    int lanes = b->call->lanes, step;
    for (int64_t i = 0, n = f->bend ? shape_elements(b->dy[0].shape) : 0; i < n; i++, walk_step(&p.w)) {
        const float *dy = operand_at(&b->dy[0], i, lanes);
        f->bend(pairing_at(&p), p.bends[0], p.bends[1], p.bends[2]);
        for (int k = 0; k < 2; k++) {
            memset(p.part, 0, (size_t)lanes * sizeof *p.part);
            for (int other = 0; other < 2; other++) {
                const float *t = tangent_at(&p, other, &step);
                move_along(lanes, p.part, p.bends[k + other], t, step);
            }
            backward_product(b, k, p.w.offset[k], dy, p.part, 1);
        }
    }
}

const struct backward backward_pair = {.add = pair_add, .tangent = pair_tangent, .bend = pair_bend};

/* ---- Sum, Min and Max of any number of operands ---- */

static int64_t offset_at(const struct walk *w, const struct shape *s)
{
    int64_t own[SHAPE_MAX], offset = 0;
    shape_strides(s, own);
    for (int d = 0; d < s->rank; d++)
        offset += s->dim[d] == 1 ? 0 : own[d] * w->at[d + w->over.rank - s->rank];
    return offset;
}

/* 1 where the input is what the result is, at one position: of a sum always. */
static void part_of(const struct backward_call *b, const struct walk *w, int64_t at, int input, float *row)
{
    const struct op_call *c = b->call;
    const struct operand *x = &c->inputs[input];
    const float *y = operand_at(&c->outputs[0], at, c->lanes);
    const float *v = operand_at(x, offset_at(w, x->shape), c->lanes);
    bool adds = strcmp(c->node->op->name, "Sum") == 0;
    for (int l = 0; l < c->lanes; l++)
        row[l] = adds || v[l * x->lane_stride] == y[l] ? 1 : 0;
}

/* Each input's share at one position: equal extremes share equally. */
static void share_of(const struct backward_call *b, const struct walk *w, int64_t at, int input, float *row,
                     float *other)
{
    int lanes = b->call->lanes;
    float *equal = other + lanes;
    memset(equal, 0, (size_t)lanes * sizeof *equal);
    part_of(b, w, at, input, row);
    for (int k = 0; k < b->call->n_inputs; k++) {
        part_of(b, w, at, k, other);
        for (int l = 0; l < lanes; l++)
            equal[l] += other[l];
    }
    for (int l = 0; strcmp(b->call->node->op->name, "Sum") != 0 && l < lanes; l++)
        row[l] = row[l] > 0 ? 1 / equal[l] : 0;
}

static void many_add(const struct backward_call *b)
{
    const struct op_call *c = b->call;
    float *row = b->scratch, *other = row + c->lanes;
    struct walk w;
    walk_begin(&w, c->outputs[0].shape);
    for (int64_t i = 0, n = shape_elements(c->outputs[0].shape); i < n; i++, walk_step(&w))
        for (int k = 0; k < c->n_inputs; k++) {
            share_of(b, &w, i, k, row, other);
            backward_product(b, k, offset_at(&w, c->inputs[k].shape), operand_at(&b->dy[0], i, c->lanes), row,
                             1);
        }
}

static void many_tangent(const struct backward_call *b)
{
    const struct op_call *c = b->call;
    float *row = b->scratch, *other = row + c->lanes;
    struct walk w;
    backward_still(b, 0);
    walk_begin(&w, c->outputs[0].shape);
    for (int64_t i = 0, n = shape_elements(c->outputs[0].shape); i < n; i++, walk_step(&w))
        for (int k = 0; k < c->n_inputs; k++) {
            const struct operand *t = &b->tx[k];
            share_of(b, &w, i, k, row, other);
            if (t->present)
                move_along(c->lanes, operand_at(&b->ty[0], i, c->lanes), row,
                           operand_at(t, offset_at(&w, t->shape), c->lanes), t->lane_stride);
        }
}

const struct backward backward_many = {.add = many_add, .tangent = many_tangent};

/* ---- Where ---- */

static void where_add(const struct backward_call *b)
{
    const struct op_call *c = b->call;
    float *row = b->scratch;
    struct walk w;
    walk_begin(&w, c->outputs[0].shape);
    for (int i = 0; i < 3; i++)
        walk_broadcast(&w, c->inputs[i].shape);
    for (int64_t i = 0, n = shape_elements(c->outputs[0].shape); i < n; i++, walk_step(&w)) {
        const float *condition = operand_at(&c->inputs[0], w.offset[0], c->lanes);
        for (int k = 1; k < 3; k++) {
            for (int l = 0; l < c->lanes; l++)
                row[l] = (condition[l * c->inputs[0].lane_stride] != 0) == (k == 1);
            backward_product(b, k, w.offset[k], operand_at(&b->dy[0], i, c->lanes), row, 1);
        }
    }
}

static void where_tangent(const struct backward_call *b)
{
    const struct op_call *c = b->call;
    struct walk w;
    walk_begin(&w, c->outputs[0].shape);
    for (int i = 0; i < 3; i++)
        walk_broadcast(&w, c->inputs[i].shape);
    for (int64_t i = 0, n = shape_elements(c->outputs[0].shape); i < n; i++, walk_step(&w)) {
        const float *condition = operand_at(&c->inputs[0], w.offset[0], c->lanes);
        float *to = operand_at(&b->ty[0], i, c->lanes);
        for (int l = 0; l < c->lanes; l++) {
            int k = condition[l * c->inputs[0].lane_stride] != 0 ? 1 : 2;
            const struct operand *t = &b->tx[k];
            to[l] =
                t->present ? ((const float *)operand_at(t, w.offset[k], c->lanes))[l * t->lane_stride] : 0;
        }
    }
}

const struct backward backward_where = {.add = where_add, .tangent = where_tangent};
