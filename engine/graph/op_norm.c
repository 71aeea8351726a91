/* op_norm: operators that put numbers into proportion with others: BatchNormalization (with stored ones), Layer- and
 * InstanceNormalization (with those of the same record), Softmax and LogSoftmax. Means, variances and denominators are summed
 * in index order in double. Normalizer of scikit-learn is in op_ml.c. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_norm.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

static int64_t product(const struct shape *s, int from, int to)
{
    int64_t n = 1;
    for (int d = from; d < to; d++)
        n *= s->dim[d];
    return n;
}

/* Input i must hold one number a channel. */
static bool per_channel(struct graph *g, struct node *n, int i, int64_t channels, struct err *e)
{
    const struct value *v = op_input(g, n, i);
    if (!v)
        return op_fail(g, n, e, "its input %d is missing", i);
    if (v->shape.rank != 1 || v->shape.dim[0] != channels)
        return op_fail(g, n, e, "its input %s does not hold one number for each of %lld channels", v->name,
                       (long long)channels);
    return true;
}

static bool channels_of(struct graph *g, struct node *n, struct groups *out, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    if (!op_reals(g, n, e))
        return false;
    if (x->shape.rank < 2)
        return op_fail(g, n, e, "its input %s has rank %d and so no channels", x->name, x->shape.rank);
    *out = (struct groups){x->shape.dim[0], x->shape.dim[1], product(&x->shape, 2, x->shape.rank)};
    return true;
}

/* ---- BatchNormalization: y = (x - mean) / sqrt(variance + epsilon) * scale + shift ---- */

static bool batch_norm_shape(struct graph *g, struct node *n, struct err *e)
{
    struct batch_params *p = op_params(n, sizeof *p);
    if (!channels_of(g, n, &p->at, e))
        return false;
    for (int i = 1; i < 5; i++)
        if (!per_channel(g, n, i, p->at.n, e))
            return false;
    p->epsilon = node_float(n, "epsilon", 1e-5f);
    if (node_int(n, "training_mode", 0))
        return op_unsupported(g, n, e,
                              "training_mode=1 is not supported; export the model in evaluation mode");
    if (n->opset < 9 && !node_int(n, "spatial", 1))
        return op_unsupported(g, n, e, "spatial=0 is not supported");
    for (int i = 1; i < n->n_outputs; i++)
        if (n->outputs[i] >= 0)
            return op_unsupported(g, n, e, "its output %d belongs to training and is not computed", i);
    return op_result(g, n, 0, DT_F32, &op_input(g, n, 0)->shape, e);
}

static bool moving_parameters(const struct op_call *c)
{
    bool moving = false;
    for (int i = 1; i < 5; i++)
        moving = moving || c->inputs[i].lane_stride;
    return moving && c->lanes > 1;
}

/* Scale and shift that scale, shift, mean and variance amount to, for each channel (and lane, where they depend on it). */
static size_t batch_norm_scratch(const struct graph *g, const struct node *n, int lanes)
{
    const struct batch_params *p = n->params;
    (void)g;
    return 2 * (size_t)p->at.n * (size_t)lanes * sizeof(float);
}

static void batch_norm_fold(const struct op_call *c, int64_t channel, int lane, float *scale, float *shift)
{
    const struct batch_params *p = c->node->params;
    double v[5];
    for (int i = 1; i < 5; i++)
        v[i] = ((const float *)operand_at(&c->inputs[i], channel, c->lanes))[lane * c->inputs[i].lane_stride];
    double factor = v[1] / sqrt(v[4] + (double)p->epsilon);
    *scale = (float)factor;
    *shift = (float)(v[2] - v[3] * factor);
}

static void batch_norm_forward(const struct op_call *c)
{
    const struct batch_params *p = c->node->params;
    const struct groups *at = &p->at;
    int width = moving_parameters(c) ? c->lanes : 1; /* parameters of a channel */
    float *scale = c->scratch, *shift = scale + at->n * width;
    for (int64_t ch = 0; ch < at->n; ch++)
        for (int l = 0; l < width; l++)
            batch_norm_fold(c, ch, l, scale + ch * width + l, shift + ch * width + l);
    for (int64_t o = 0; o < at->outer; o++) {
        const float *x = operand_at(&c->inputs[0], o * at->n * at->inner, c->lanes);
        float *y = operand_at(&c->outputs[0], o * at->n * at->inner, c->lanes);
        int64_t rows = at->inner, numbers = rows * c->lanes;
        if (width == 1 && rows == 1) {
            c->kernels->own->affine((size_t)at->n, c->lanes, x, scale, shift, y);
            continue;
        }
        for (int64_t ch = 0; ch < at->n; ch++)
            lanes_affine(c->kernels, rows, c->lanes, x + ch * numbers, scale + ch * width, shift + ch * width,
                         width > 1, y + ch * numbers);
    }
}

/* Channels of few positions are quicker as a whole. */
static bool batch_norm_part(const struct op_call *c, int64_t from, int64_t to)
{
    enum { POSITIONS = 16 };
    const struct batch_params *p = c->node->params;
    if (moving_parameters(c) || p->at.inner < POSITIONS)
        return false;
    for (int64_t run; from < to; from += run) {
        int64_t left = p->at.inner - from % p->at.inner;
        float scale, shift;
        run = left < to - from ? left : to - from;
        batch_norm_fold(c, from / p->at.inner % p->at.n, 0, &scale, &shift);
        lanes_affine(c->kernels, run, c->lanes, operand_at(&c->inputs[0], from, c->lanes), &scale, &shift,
                     false, operand_at(&c->outputs[0], from, c->lanes));
    }
    return true;
}

/* ---- LayerNormalization and InstanceNormalization ---- */

/* A mean and a factor a lane. */
static size_t standardise_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return 2 * (size_t)lanes * sizeof(double);
}

static bool layer_norm_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    struct layer_params *p = op_params(n, sizeof *p);
    struct shape joined, statistics = x->shape;
    int axis;
    if (!op_reals(g, n, e) || !op_axis(g, n, node_int(n, "axis", -1), x->shape.rank, &axis, e))
        return false;
    if (n->outputs[0] < 0)
        return op_unsupported(g, n, e, "only its statistics are read");
    for (int i = 1; i < n->n_inputs; i++) {
        const struct value *v = op_input(g, n, i);
        if (v && (!shape_broadcast(&x->shape, &v->shape, &joined) || !shape_equal(&joined, &x->shape)))
            return op_fail(g, n, e, "its input %s cannot be broadcast to the shape of %s", v->name, x->name);
    }
    *p = (struct layer_params){product(&x->shape, 0, axis), product(&x->shape, axis, x->shape.rank),
                               node_float(n, "epsilon", 1e-5f)};
    for (int d = axis; d < x->shape.rank; d++)
        statistics.dim[d] = 1;
    return op_result(g, n, 0, DT_F32, &x->shape, e) && op_result(g, n, 1, DT_F32, &statistics, e) &&
           op_result(g, n, 2, DT_F32, &statistics, e);
}

/* Scale and shift the elements from..to. false: not by parts. */
static bool scale_part(const struct op_call *c, int64_t from, int64_t to)
{
    const struct operand *y = &c->outputs[0];
    bool fits = true;
    for (int i = 1; fits && i < c->n_inputs; i++)
        fits = !c->inputs[i].present || lanes_zip_part(c->kernels, i == 1 ? ZIP_MUL : ZIP_ADD, c->lanes, y,
                                                       &c->inputs[i], y, from, to);
    return fits;
}

static void scale_all(const struct op_call *c)
{
    const struct operand *y = &c->outputs[0];
    for (int i = 1; i < c->n_inputs; i++)
        if (c->inputs[i].present)
            lanes_zip_broadcast(c->kernels, i == 1 ? ZIP_MUL : ZIP_ADD, c->lanes, y, &c->inputs[i], y);
}

static void layer_norm_forward(const struct op_call *c)
{
    const struct layer_params *p = c->node->params;
    const struct operand *y = &c->outputs[0];
    double *mean = c->scratch, *factor = mean + c->lanes;
    bool by_parts = scale_part(c, 0, 0);
    for (int64_t o = 0; o < p->outer; o++) {
        c->kernels->own->standardise(p->n, c->lanes, p->epsilon,
                                     operand_at(&c->inputs[0], o * p->n, c->lanes), mean, factor,
                                     operand_at(y, o * p->n, c->lanes));
        for (int i = 1; i < c->n_outputs; i++)
            if (c->outputs[i].present)
                lanes_round(i == 1 ? mean : factor, operand_at(&c->outputs[i], o, c->lanes),
                            (size_t)c->lanes);
        if (by_parts)
            scale_part(c, o * p->n, (o + 1) * p->n);
    }
    if (!by_parts)
        scale_all(c);
}

static bool instance_norm_shape(struct graph *g, struct node *n, struct err *e)
{
    struct batch_params *p = op_params(n, sizeof *p);
    p->epsilon = node_float(n, "epsilon", 1e-5f);
    return channels_of(g, n, &p->at, e) && per_channel(g, n, 1, p->at.n, e) &&
           per_channel(g, n, 2, p->at.n, e) && op_result(g, n, 0, DT_F32, &op_input(g, n, 0)->shape, e);
}

static void instance_norm_forward(const struct op_call *c)
{
    const struct batch_params *p = c->node->params;
    double *mean = c->scratch, *factor = mean + c->lanes;
    for (int64_t i = 0; i < p->at.outer * p->at.n; i++) {
        int64_t channel = i % p->at.n;
        float *y = operand_at(&c->outputs[0], i * p->at.inner, c->lanes);
        c->kernels->own->standardise(p->at.inner, c->lanes, p->epsilon,
                                     operand_at(&c->inputs[0], i * p->at.inner, c->lanes), mean, factor, y);
        for (int k = 1; k <= 2; k++)
            lanes_zip_row(c->kernels, k == 1 ? ZIP_MUL : ZIP_ADD, p->at.inner, c->lanes, y,
                          operand_at(&c->inputs[k], channel, c->lanes), c->inputs[k].lane_stride, y);
    }
}

/* ---- Softmax: e^(x - max) / sum;  LogSoftmax: x - max - log(sum) ---- */

/* Up to opset 12 the axis and all behind it are one. */
static bool softmax_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    int axis, rank = x->shape.rank;
    bool single = n->opset >= 13;
    int64_t wanted = node_int(n, "axis", single ? -1 : 1);
    struct groups *p = op_params(n, sizeof *p);
    if (!op_reals(g, n, e))
        return false;
    if (!single && wanted == rank) /* nothing behind: each number alone */
        axis = rank;
    else if (!op_axis(g, n, wanted, rank, &axis, e))
        return false;
    int end = single ? axis + 1 : rank;
    *p = (struct groups){product(&x->shape, 0, axis), product(&x->shape, axis, end),
                         product(&x->shape, end, rank)};
    return op_result(g, n, 0, DT_F32, &x->shape, e);
}

/* One sum of exponentials a lane, the largest number, and one row. */
static size_t softmax_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return (size_t)lanes * (sizeof(double) + 2 * sizeof(float));
}

/* x and y: n rows of lanes, `step` numbers apart. */
static void softmax_group(const struct op_call *c, int64_t n, int64_t step, const float *x, float *y)
{
    const struct lane_kernels *own = c->kernels->own;
    bool is_log = !strcmp(c->node->op->name, "LogSoftmax");
    size_t lanes = (size_t)c->lanes;
    double *sum = c->scratch;
    float *row = (void *)(sum + lanes), *exponential = row + lanes;
    memcpy(row, x, lanes * sizeof *row);
    for (int64_t k = 1; k < n; k++)
        own->zip(ZIP_MAX, 1, c->lanes, row, 1, x + k * step, 1, row);
    lanes_fill(sum, 0, lanes);
    for (int64_t k = 0; k < n; k++) {
        float *to = is_log ? exponential : y + k * step;
        own->zip(ZIP_SUB, 1, c->lanes, x + k * step, 1, row, 1, y + k * step);
        own->map(MAP_EXP, lanes, y + k * step, 0, 0, to);
        lanes_sum(sum, to, lanes);
    }
    lanes_round(sum, row, lanes);
    if (is_log)
        own->map(MAP_LOG, lanes, row, 0, 0, row);
    for (int64_t k = 0; k < n; k++)
        own->zip(is_log ? ZIP_SUB : ZIP_DIV, 1, c->lanes, y + k * step, 1, row, 1, y + k * step);
}

static void softmax_forward(const struct op_call *c)
{
    const struct groups *p = c->node->params;
    if (p->n == 0)
        return;
    for (int64_t o = 0; o < p->outer; o++)
        for (int64_t i = 0; i < p->inner; i++) {
            int64_t at = o * p->n * p->inner + i;
            softmax_group(c, p->n, p->inner * c->lanes, operand_at(&c->inputs[0], at, c->lanes),
                          operand_at(&c->outputs[0], at, c->lanes));
        }
}

#define ROW(NAME, LEAST, MOST, OUTPUTS)                                                                      \
    .domain = "", .name = NAME, .min_inputs = LEAST, .max_inputs = MOST, .max_outputs = OUTPUTS
#define BATCH                                                                                                \
    .spreads_input = true, .in_place = true, .flow = FLOW_SAME, .shape = batch_norm_shape,                   \
    .forward = batch_norm_forward, .part = batch_norm_part, .scratch = batch_norm_scratch,                   \
    .backward = &backward_batch_norm
#define LAYER                                                                                                \
    .spreads_input = true, .shape = layer_norm_shape, .forward = layer_norm_forward,                         \
    .scratch = standardise_scratch, .backward = &backward_standing
#define INSTANCE                                                                                             \
    .spreads_input = true, .flow = FLOW_CHANNEL, .shape = instance_norm_shape,                               \
    .forward = instance_norm_forward, .scratch = standardise_scratch, .backward = &backward_standing
#define SOFTMAX                                                                                              \
    .in_place = true, .shape = softmax_shape, .forward = softmax_forward, .scratch = softmax_scratch,        \
    .backward = &backward_softmax

const struct op op_norm_rows[] = {
    {ROW("BatchNormalization", 5, 5, 5), BATCH, .couple = couple_norm},
    {ROW("LayerNormalization", 2, 3, 3), LAYER, .couple = couple_layer_norm},
    {ROW("InstanceNormalization", 3, 3, 1), INSTANCE, .couple = couple_norm},
    {ROW("Softmax", 1, 1, 1), SOFTMAX, .couple = couple_softmax},
    {ROW("LogSoftmax", 1, 1, 1), SOFTMAX, .couple = couple_softmax},
};
const int op_norm_count = sizeof op_norm_rows / sizeof *op_norm_rows;
