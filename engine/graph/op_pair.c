/* op_pair: operators that compute element by element on two operands or more, with broadcasting. Which arithmetic each is stands
 * in a small table; the loops over broadcast positions are in op_lanes.c and op_nest.c, the integers in op_integer.c. */
#include <assert.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_integer.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

enum operand_kind { REALS_OR_INTEGERS, TRUTHS, ANY };

static const struct zip {
    const char *name;
    int f;
    enum operand_kind kind;
    bool tells; /* the result is true or false */
} zips[] = {
    {"Add", ZIP_ADD, REALS_OR_INTEGERS, false},
    {"Sub", ZIP_SUB, REALS_OR_INTEGERS, false},
    {"Mul", ZIP_MUL, REALS_OR_INTEGERS, false},
    {"Div", ZIP_DIV, REALS_OR_INTEGERS, false},
    {"Min", ZIP_MIN, REALS_OR_INTEGERS, false},
    {"Max", ZIP_MAX, REALS_OR_INTEGERS, false},
    {"Sum", ZIP_ADD, REALS_OR_INTEGERS, false},
    {"PRelu", ZIP_PRELU, REALS_OR_INTEGERS, false},
    {"And", ZIP_AND, TRUTHS, true},
    {"Or", ZIP_OR, TRUTHS, true},
    {"Equal", ZIP_EQUAL, ANY, true},
    {"Greater", ZIP_GREATER, REALS_OR_INTEGERS, true},
    {"Less", ZIP_LESS, REALS_OR_INTEGERS, true},
    {"GreaterOrEqual", ZIP_GREATER_EQUAL, REALS_OR_INTEGERS, true},
    {"LessOrEqual", ZIP_LESS_EQUAL, REALS_OR_INTEGERS, true},
};

static const struct zip *zip_find(const char *name)
{
    for (size_t i = 0; i < sizeof zips / sizeof *zips; i++)
        if (!strcmp(zips[i].name, name))
            return &zips[i];
    return NULL;
}

static bool broadcast_inputs(const struct graph *g, const struct node *n, int from, struct shape *out,
                             struct err *e)
{
    *out = op_input(g, n, from)->shape;
    for (int i = from + 1; i < n->n_inputs; i++) {
        struct shape joined;
        if (!shape_broadcast(out, &op_input(g, n, i)->shape, &joined))
            return op_fail(g, n, e, "the shapes of its inputs %s and %s cannot be broadcast",
                           op_input(g, n, i - 1)->name, op_input(g, n, i)->name);
        *out = joined;
    }
    return true;
}

static bool same_types(const struct graph *g, const struct node *n, int from, struct err *e)
{
    for (int i = from; i < n->n_inputs; i++) {
        if (!op_input(g, n, i))
            return op_fail(g, n, e, "its input %d is missing", i);
        if (op_input(g, n, i)->type != op_input(g, n, from)->type)
            return op_fail(g, n, e, "its inputs %s and %s have different types", op_input(g, n, from)->name,
                           op_input(g, n, i)->name);
    }
    return true;
}

static bool zip_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct zip *zip = zip_find(n->op->name);
    struct shape shape;
    assert(zip);
    if (!same_types(g, n, 0, e) || !broadcast_inputs(g, n, 0, &shape, e))
        return false;
    enum dtype type = op_input(g, n, 0)->type;
    if ((zip->kind == TRUTHS && type != DT_BOOL) || (zip->kind == REALS_OR_INTEGERS && type == DT_BOOL))
        return op_fail(g, n, e, "its inputs must hold %s", zip->kind == TRUTHS ? "truth values" : "numbers");
    return op_result(g, n, 0, zip->tells ? DT_BOOL : type, &shape, e);
}

static bool real_zip_shape(struct graph *g, struct node *n, struct err *e)
{
    return op_reals(g, n, e) && zip_shape(g, n, e);
}

static void zip_two(const struct op_call *c, const struct operand *x, const struct operand *z)
{
    const struct operand *y = &c->outputs[0];
    if (z->type == DT_I32)
        integer_zip(integer_find(c->node->op->name), c->lanes, x, z, y);
    else
        lanes_zip_broadcast(c->kernels, zip_find(c->node->op->name)->f, c->lanes, x, z, y);
}

/* Spread x over the positions and lanes of y. */
static void copy_broadcast(const struct op_call *c, const struct operand *x)
{
    const struct operand *y = &c->outputs[0];
    struct walk w;
    walk_begin(&w, y->shape);
    int from = walk_broadcast(&w, x->shape);
    for (int64_t i = 0, n = shape_elements(y->shape); i < n; i++, walk_step(&w))
        operand_copy(y, i, x, w.offset[from], 1, c->lanes);
}

static void zip_forward(const struct op_call *c)
{
    if (c->n_inputs == 1) {
        copy_broadcast(c, &c->inputs[0]);
        return;
    }
    zip_two(c, &c->inputs[0], &c->inputs[1]);
    for (int i = 2; i < c->n_inputs; i++)
        zip_two(c, &c->outputs[0], &c->inputs[i]);
}

static bool zip_part(const struct op_call *c, int64_t from, int64_t to)
{
    const struct operand *x = &c->inputs[0], *z = &c->inputs[1];
    return c->n_inputs == 2 && z->type == DT_F32 &&
           lanes_zip_part(c->kernels, zip_find(c->node->op->name)->f, c->lanes, x, z, &c->outputs[0], from,
                          to);
}

/* ---- Mod, Pow, Where ---- */

static bool mod_shape(struct graph *g, struct node *n, struct err *e)
{
    struct shape shape;
    if (op_input(g, n, 0)->type != DT_I32)
        return op_unsupported(g, n, e, "it computes on integers only");
    return same_types(g, n, 0, e) && broadcast_inputs(g, n, 0, &shape, e) &&
           op_result(g, n, 0, DT_I32, &shape, e);
}

static void mod_forward(const struct op_call *c)
{
    const char *name =
        node_int(c->node, "fmod", 0) ? "Fmod" : "Mod"; /* sign of the dividend or the divisor */
    integer_zip(integer_find(name), c->lanes, &c->inputs[0], &c->inputs[1], &c->outputs[0]);
}

static bool pow_shape(struct graph *g, struct node *n, struct err *e)
{
    struct shape shape;
    return broadcast_inputs(g, n, 0, &shape, e) && op_result(g, n, 0, op_input(g, n, 0)->type, &shape, e);
}

/* Mixed types go through reals: integers are turned into floats in scratch, first the inputs, then the result. */
static size_t pow_scratch(const struct graph *g, const struct node *n, int lanes)
{
    const struct value *x = op_input(g, n, 0), *z = op_input(g, n, 1), *y = &g->values[n->outputs[0]];
    if (x->type != DT_I32 && z->type != DT_I32)
        return 0;
    int64_t total = shape_elements(&x->shape) + shape_elements(&z->shape) + shape_elements(&y->shape);
    return (size_t)total * (size_t)lanes * sizeof(float);
}

static struct operand as_real(const struct operand *o, int lanes, float **scratch)
{
    struct operand real = *o;
    if (o->type != DT_I32)
        return real;
    int64_t n = shape_elements(o->shape) * (o->lane_stride ? lanes : 1);
    const int32_t *from = o->data;
    real.type = DT_F32;
    real.data = *scratch;
    for (int64_t i = 0; i < n; i++)
        (*scratch)[i] = (float)from[i];
    *scratch += n;
    return real;
}

/* The exponents that networks use are exact and fast without pow: 2 (variances), 0.5 and 1. */
static bool pow_simple(const struct op_call *c, const struct operand *x, const struct operand *z,
                       const struct operand *y)
{
    if (z->lane_stride || shape_elements(z->shape) != 1 || !shape_equal(x->shape, y->shape))
        return false;
    float exponent = *(const float *)z->data;
    if (!(x->lane_stride || c->lanes == 1) || (exponent != 2.0f && exponent != 1.0f))
        return false;
    if (exponent == 2.0f)
        lanes_zip_broadcast(c->kernels, ZIP_MUL, c->lanes, x, x, y);
    else
        operand_copy(y, 0, x, 0, shape_elements(y->shape), c->lanes);
    return true;
}

static void pow_forward(const struct op_call *c)
{
    const struct operand *y = &c->outputs[0];
    if (c->inputs[0].type == DT_I32 && c->inputs[1].type == DT_I32) {
        integer_zip(integer_find("Pow"), c->lanes, &c->inputs[0], &c->inputs[1], y);
        return;
    }
    float *scratch = c->scratch;
    struct operand x = as_real(&c->inputs[0], c->lanes, &scratch);
    struct operand z = as_real(&c->inputs[1], c->lanes, &scratch), out = *y;
    if (y->type == DT_I32)
        out.data = scratch;
    if (!pow_simple(c, &x, &z, &out))
        lanes_zip_broadcast(c->kernels, ZIP_POW, c->lanes, &x, &z, &out);
    if (y->type == DT_I32)
        integer_from_reals(out.data, shape_elements(y->shape) * c->lanes, y->data);
}

static bool where_shape(struct graph *g, struct node *n, struct err *e)
{
    struct shape shape;
    if (op_input(g, n, 0)->type != DT_BOOL)
        return op_fail(g, n, e, "its condition %s does not hold truth values", op_input(g, n, 0)->name);
    return same_types(g, n, 1, e) && broadcast_inputs(g, n, 0, &shape, e) &&
           op_result(g, n, 0, op_input(g, n, 1)->type, &shape, e);
}

/* One position: y[l] = condition[l] ? x[l] : z[l], each with its lane stride. */
#define CHOOSE(type)                                                                                         \
    do {                                                                                                     \
        const float *if_true = operand_at(&c->inputs[0], w.offset[condition], c->lanes);                     \
        const type *from_x = operand_at(&c->inputs[1], w.offset[x], c->lanes);                               \
        const type *from_z = operand_at(&c->inputs[2], w.offset[z], c->lanes);                               \
        type *to = operand_at(&c->outputs[0], i, c->lanes);                                                  \
        for (int l = 0; l < c->lanes; l++)                                                                   \
            to[l] = if_true[l * c->inputs[0].lane_stride] != 0 ? from_x[l * c->inputs[1].lane_stride]        \
                                                               : from_z[l * c->inputs[2].lane_stride];       \
    } while (0)

static void where_forward(const struct op_call *c)
{
    struct walk w;
    walk_begin(&w, c->outputs[0].shape);
    int condition = walk_broadcast(&w, c->inputs[0].shape);
    int x = walk_broadcast(&w, c->inputs[1].shape), z = walk_broadcast(&w, c->inputs[2].shape);
    for (int64_t i = 0, n = shape_elements(c->outputs[0].shape); i < n; i++, walk_step(&w)) {
        if (c->outputs[0].type == DT_I32)
            CHOOSE(int32_t);
        else
            CHOOSE(float);
    }
}

#define ROW(NAME, LEAST, MOST)                                                                               \
    .domain = "", .name = NAME, .min_inputs = LEAST, .max_inputs = MOST, .max_outputs = 1, .flow = FLOW_SAME
#define PLACE .in_place = true

const struct op op_pair_rows[] = {
    {ROW("Add", 2, 2), PLACE, .drift = DRIFT_SUM, .backward = &backward_pair, .shape = zip_shape,
     .forward = zip_forward, .part = zip_part, .couple = couple_same},
    {ROW("Sub", 2, 2), PLACE, .backward = &backward_pair, .shape = zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_same},
    {ROW("Mul", 2, 2), PLACE, .backward = &backward_pair, .shape = zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_same},
    {ROW("Div", 2, 2), PLACE, .backward = &backward_pair, .shape = zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_pole},
    {ROW("Min", 1, -1), .backward = &backward_many, .shape = zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_same},
    {ROW("Max", 1, -1), .backward = &backward_many, .shape = zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_same},
    {ROW("Sum", 1, -1), .backward = &backward_many, .shape = real_zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_same},
    {ROW("PRelu", 2, 2), PLACE, .backward = &backward_pair, .shape = real_zip_shape, .forward = zip_forward,
     .part = zip_part, .couple = couple_same},
    {ROW("And", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("Or", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("Equal", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("Greater", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("Less", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("GreaterOrEqual", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("LessOrEqual", 2, 2), PLACE, .shape = zip_shape, .forward = zip_forward, .part = zip_part,
     .couple = couple_same},
    {ROW("Mod", 2, 2), PLACE, .shape = mod_shape, .forward = mod_forward, .couple = couple_same},
    {ROW("Pow", 2, 2), PLACE, .backward = &backward_pair, .shape = pow_shape, .forward = pow_forward,
     .scratch = pow_scratch, .couple = couple_pole},
    {ROW("Where", 3, 3), .backward = &backward_where, .shape = where_shape, .forward = where_forward,
     .couple = couple_same},
};
const int op_pair_count = sizeof op_pair_rows / sizeof *op_pair_rows;
