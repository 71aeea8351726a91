/* op_math: operators that compute each element of one tensor by itself. Which arithmetic each is stands in a small table. Those
 * of several operands are in op_pair.c, those that only move elements in op_move.c. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_integer.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

/* ---- one operand ---- */

/* y = f(x; a, b) with a and b from attributes. */
static const struct map {
    const char *name;
    int f;
    const char *attr_a;
    float a;
    const char *attr_b;
    float b;
} maps[] = {
    {"Relu", MAP_RELU, NULL, 0, NULL, 0},
    {"LeakyRelu", MAP_LEAKY_RELU, "alpha", 0.01f, NULL, 0},
    {"Elu", MAP_ELU, "alpha", 1, NULL, 0},
    {"Selu", MAP_SELU, "alpha", 1.67326319217681884765625f, "gamma", 1.05070102214813232421875f},
    {"Sigmoid", MAP_SIGMOID, NULL, 0, NULL, 0},
    {"HardSigmoid", MAP_HARD_SIGMOID, "alpha", 0.2f, "beta", 0.5f},
    {"HardSwish", MAP_HARD_SWISH, NULL, 0, NULL, 0},
    {"Tanh", MAP_TANH, NULL, 0, NULL, 0},
    {"Softplus", MAP_SOFTPLUS, NULL, 0, NULL, 0},
    {"Softsign", MAP_SOFTSIGN, NULL, 0, NULL, 0},
    {"Erf", MAP_ERF, NULL, 0, NULL, 0},
    {"Gelu", MAP_GELU, NULL, 0, NULL, 0},
    {"Exp", MAP_EXP, NULL, 0, NULL, 0},
    {"Log", MAP_LOG, NULL, 0, NULL, 0},
    {"Sqrt", MAP_SQRT, NULL, 0, NULL, 0},
    {"Reciprocal", MAP_RECIPROCAL, NULL, 0, NULL, 0},
    {"Not", MAP_NOT, NULL, 0, NULL, 0},
    {"Ceil", MAP_CEIL, NULL, 0, NULL, 0},
    {"Floor", MAP_FLOOR, NULL, 0, NULL, 0},
    {"Round", MAP_ROUND, NULL, 0, NULL, 0},
    {"Abs", MAP_ABS, NULL, 0, NULL, 0},
    {"Neg", MAP_NEG, NULL, 0, NULL, 0},
};

struct map_params {
    int f;
    float a, b;
};

static const struct map *map_find(const char *name)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (!strcmp(maps[i].name, name))
            return &maps[i];
    return NULL;
}

static bool same_result(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    return op_result(g, n, 0, x->type, &x->shape, e);
}

static bool map_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct map *map = map_find(n->op->name);
    assert(map);
    struct map_params *p = op_params(n, sizeof *p);
    *p = (struct map_params){map->f, map->a, map->b};
    if (map->attr_a)
        p->a = node_float(n, map->attr_a, map->a);
    if (map->attr_b)
        p->b = node_float(n, map->attr_b, map->b);
    return op_reals(g, n, e) && same_result(g, n, e);
}

static bool gelu_shape(struct graph *g, struct node *n, struct err *e)
{
    const char *approximate = node_text(n, "approximate", "none");
    if (!map_shape(g, n, e))
        return false;
    if (!strcmp(approximate, "tanh"))
        ((struct map_params *)n->params)->f = MAP_GELU_TANH;
    else if (strcmp(approximate, "none") != 0)
        return op_unsupported(g, n, e, "approximation '%s' is not known (none, tanh)", approximate);
    return true;
}

static size_t numbers(const struct op_call *c)
{
    assert(c->inputs[0].lane_stride || c->lanes == 1);
    return (size_t)shape_elements(c->outputs[0].shape) * (size_t)c->lanes;
}

static void map_forward(const struct op_call *c)
{
    const struct map_params *p = c->node->params;
    c->kernels->own->map(p->f, numbers(c), c->inputs[0].data, p->a, p->b, c->outputs[0].data);
}

static bool map_part(const struct op_call *c, int64_t from, int64_t to)
{
    const struct map_params *p = c->node->params;
    const float *x = c->inputs[0].data;
    float *y = c->outputs[0].data;
    c->kernels->own->map(p->f, (size_t)((to - from) * c->lanes), x + from * c->lanes, p->a, p->b,
                         y + from * c->lanes);
    return c->inputs[0].lane_stride || c->lanes == 1;
}

/* Abs, Neg and Sign exist for integers, too: shape arithmetic uses them. */
static bool signed_shape(struct graph *g, struct node *n, struct err *e)
{
    return op_input(g, n, 0)->type == DT_I32 || !map_find(n->op->name) ? same_result(g, n, e)
                                                                       : map_shape(g, n, e);
}

static void signed_forward(const struct op_call *c)
{
    if (c->inputs[0].type == DT_I32)
        integer_map(integer_find(c->node->op->name), (int64_t)numbers(c), c->inputs[0].data,
                    c->outputs[0].data);
    else
        map_forward(c);
}

static void sign_forward(const struct op_call *c)
{
    if (c->inputs[0].type == DT_I32) {
        signed_forward(c);
        return;
    }
    const float *x = c->inputs[0].data;
    float *y = c->outputs[0].data;
    for (size_t i = 0, n = numbers(c); i < n; i++)
        y[i] = x[i] > 0 ? 1.0f : x[i] < 0 ? -1.0f : x[i]; /* keeps 0 and NaN */
}

/* ---- Clip ---- */

static bool clip_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    for (int i = 1; i < n->n_inputs; i++) {
        const struct value *bound = op_input(g, n, i);
        if (!bound)
            continue;
        if (bound == x)
            return op_unsupported(g, n, e, "%s is clipped by itself", x->name);
        if (bound->type != x->type)
            return op_fail(g, n, e, "its bound %s has another type than its input", bound->name);
        if (shape_elements(&bound->shape) != 1 || bound->shape.rank > x->shape.rank)
            return op_fail(g, n, e, "its bound %s is not one number", bound->name);
    }
    struct map_params *p = op_params(n, sizeof *p);
    *p = (struct map_params){MAP_CLIP, node_float(n, "min", -FLT_MAX), node_float(n, "max", FLT_MAX)};
    if (n->opset >= 11) { /* there the attributes are gone and no bound is no bound */
        p->a = -INFINITY;
        p->b = INFINITY;
    }
    return same_result(g, n, e);
}

/* Bound i of a Clip is there and depends on the record. */
static bool moving_bound(const struct op_call *c, int i)
{
    return i < c->n_inputs && c->inputs[i].present && c->inputs[i].lane_stride && c->lanes > 1;
}

static const struct operand *bound(const struct op_call *c, int i)
{
    return i < c->n_inputs && c->inputs[i].present ? &c->inputs[i] : NULL;
}

static void clip_forward(const struct op_call *c)
{
    const struct map_params *p = c->node->params;
    const struct operand *low = bound(c, 1), *high = bound(c, 2), *x = &c->inputs[0], *y = &c->outputs[0];
    if (x->type == DT_I32) {
        integer_clip(c->lanes, x, low, high, y);
    } else if (moving_bound(c, 1) || moving_bound(c, 2)) {
        if (low)
            lanes_zip_broadcast(c->kernels, ZIP_MAX, c->lanes, x, low, y);
        if (high)
            lanes_zip_broadcast(c->kernels, ZIP_MIN, c->lanes, low ? y : x, high, y);
    } else {
        float a = low ? *(const float *)low->data : p->a, b = high ? *(const float *)high->data : p->b;
        c->kernels->own->map(MAP_CLIP, numbers(c), x->data, a, b, y->data);
    }
}

/* ---- derivatives ---- */

/* to[i] += f'(x[i]) (or f'') * z[i] [* u[i]], a stretch of the scratch at a time. */
static void slope_times(const struct backward_call *b, int order, const struct operand *dx,
                        const struct operand *z, const struct operand *u)
{
    const struct map_params *p = b->call->node->params;
    const float *x = b->call->inputs[0].data, *from = z->data, *by = u ? u->data : NULL;
    float *to = dx->data, *slope = b->scratch;
    size_t n = numbers(b->call), most = (size_t)BACKWARD_ROWS * (size_t)b->call->lanes;
    for (size_t at = 0; at < n; at += most) {
        size_t now = n - at < most ? n - at : most;
        b->call->kernels->own->slope(p->f, order, now, x + at, p->a, p->b, slope);
        for (size_t i = 0; by && i < now; i++)
            slope[i] *= by[at + i];
        for (size_t i = 0; i < now; i++)
            to[at + i] += slope[i] * from[at + i];
    }
}

static void map_add(const struct backward_call *b)
{
    if (b->dx[0].present)
        slope_times(b, 1, &b->dx[0], &b->dy[0], NULL);
}

static void map_tangent(const struct backward_call *b)
{
    backward_still(b, 0);
    if (b->tx[0].present)
        slope_times(b, 1, &b->ty[0], &b->tx[0], NULL);
}

static void map_bend(const struct backward_call *b)
{
    if (b->dx[0].present && b->tx[0].present)
        slope_times(b, 2, &b->dx[0], &b->dy[0], &b->tx[0]);
}

static const struct backward map_backward = {.add = map_add, .tangent = map_tangent, .bend = map_bend};

static float bound_of(const struct backward_call *b, int i, int64_t lane, float otherwise)
{
    const struct operand *o = bound(b->call, i);
    return o ? ((const float *)o->data)[lane * o->lane_stride] : otherwise;
}

/* Which input a lane of an element's result is: 0 itself, 1 and 2 the bounds; the upper one has the last word. */
static int clip_source(const struct backward_call *b, int64_t element, int lane)
{
    const struct map_params *p = b->call->node->params;
    const struct operand *x = &b->call->inputs[0];
    float v = ((const float *)operand_at(x, element, b->call->lanes))[lane * x->lane_stride];
    float low = bound_of(b, 1, lane, p->a), high = bound_of(b, 2, lane, p->b);
    return (v < low ? low : v) > high ? 2 : v < low ? 1 : 0;
}

static void clip_add(const struct backward_call *b)
{
    int lanes = b->call->lanes;
    float *part = b->scratch;
    for (int64_t e = 0, n = shape_elements(b->dy[0].shape); e < n; e++) {
        const float *dy = operand_at(&b->dy[0], e, lanes);
        for (int i = 0; i < b->call->n_inputs; i++) {
            for (int l = 0; l < lanes; l++)
                part[l] = clip_source(b, e, l) == i ? dy[l] : 0;
            backward_row(b, i, i == 0 ? e : 0, part);
        }
    }
}

static void clip_tangent(const struct backward_call *b)
{
    int lanes = b->call->lanes;
    for (int64_t e = 0, n = shape_elements(b->ty[0].shape); e < n; e++)
        for (int l = 0; l < lanes; l++) {
            int i = clip_source(b, e, l);
            const struct operand *t = i < b->call->n_inputs && b->tx[i].present ? &b->tx[i] : NULL;
            ((float *)operand_at(&b->ty[0], e, lanes))[l] =
                t ? ((const float *)operand_at(t, i == 0 ? e : 0, lanes))[l * t->lane_stride] : 0;
        }
}

static const struct backward clip_backward = {.add = clip_add, .tangent = clip_tangent};

#define ROW(NAME, LEAST, MOST)                                                                               \
    .domain = "", .name = NAME, .min_inputs = LEAST, .max_inputs = MOST, .max_outputs = 1, .flow = FLOW_SAME
#define PLACE .in_place = true

const struct op op_math_rows[] = {
    {ROW("Relu", 1, 1), PLACE, .drift = DRIFT_SAME, .backward = &map_backward, .shape = map_shape,
     .forward = map_forward, .part = map_part, .couple = couple_same},
    {ROW("LeakyRelu", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Elu", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Selu", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Sigmoid", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("HardSigmoid", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("HardSwish", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Tanh", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Softplus", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Softsign", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Erf", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Gelu", 1, 1), PLACE, .backward = &map_backward, .shape = gelu_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Exp", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Log", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_pole},
    {ROW("Sqrt", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_same},
    {ROW("Reciprocal", 1, 1), PLACE, .backward = &map_backward, .shape = map_shape, .forward = map_forward,
     .part = map_part, .couple = couple_pole},
    {ROW("Not", 1, 1), PLACE, .shape = map_shape, .forward = map_forward, .part = map_part,
     .couple = couple_same},
    {ROW("Ceil", 1, 1), PLACE, .shape = map_shape, .forward = map_forward, .part = map_part,
     .couple = couple_same},
    {ROW("Floor", 1, 1), PLACE, .shape = map_shape, .forward = map_forward, .part = map_part,
     .couple = couple_same},
    {ROW("Round", 1, 1), PLACE, .shape = map_shape, .forward = map_forward, .part = map_part,
     .couple = couple_same},
    {ROW("Abs", 1, 1), PLACE, .backward = &map_backward, .shape = signed_shape, .forward = signed_forward,
     .couple = couple_same},
    {ROW("Neg", 1, 1), PLACE, .backward = &map_backward, .shape = signed_shape, .forward = signed_forward,
     .couple = couple_same},
    {ROW("Sign", 1, 1), PLACE, .shape = signed_shape, .forward = sign_forward, .couple = couple_same},
    {ROW("Clip", 1, 3), .spreads_input = true, PLACE, .backward = &clip_backward, .shape = clip_shape,
     .forward = clip_forward, .couple = couple_same},
};
const int op_math_count = sizeof op_math_rows / sizeof *op_math_rows;
