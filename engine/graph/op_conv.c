/* op_conv: Conv and ConvTranspose over one or two spatial axes: what their attributes and shapes say, as a weighted sum (weighted.c).
 * ConvTranspose is the same sum with its windows turned round. Windows: op_window.c. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/graph/op_window.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

enum { CONV_TAPS_MAX = 1 << 20 };

static bool conv_ranks(struct graph *g, struct node *n, int *spatial, struct err *e)
{
    const struct value *x = op_input(g, n, 0), *w = op_input(g, n, 1), *b = op_input(g, n, 2);
    if (!op_reals(g, n, e))
        return false;
    if (x->shape.rank < 3 || w->shape.rank != x->shape.rank)
        return op_fail(g, n, e, "its input %s has rank %d and its weight %s rank %d", x->name, x->shape.rank,
                       w->name, w->shape.rank);
    if (x->shape.rank > 4)
        return op_unsupported(g, n, e, "convolutions over %d spatial axes are not supported",
                              x->shape.rank - 2);
    if (b && b->shape.rank != 1)
        return op_fail(g, n, e, "its bias %s must be a list", b->name);
    *spatial = x->shape.rank - 2;
    return true;
}

/* Channels and groups; out_axis is the weight's axis of results. */
static bool conv_channels(struct graph *g, struct node *n, struct weighted *p, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape, *w = &op_input(g, n, 1)->shape;
    const struct value *b = op_input(g, n, 2);
    p->blocks = x->dim[0];
    p->groups = node_int(n, "group", 1);
    if (p->groups < 1 || x->dim[1] % p->groups != 0)
        return op_fail(g, n, e, "%lld groups do not divide its %lld channels", (long long)p->groups,
                       (long long)x->dim[1]);
    p->inputs = x->dim[1] / p->groups;
    int64_t other = p->turned ? w->dim[0] : w->dim[1], wanted = p->turned ? x->dim[1] : p->inputs;
    if (other != wanted)
        return op_fail(g, n, e, "its weight is made for %lld channels, its input has %lld", (long long)other,
                       (long long)wanted);
    if (!p->turned && w->dim[0] % p->groups != 0)
        return op_fail(g, n, e, "%lld groups do not divide its %lld results", (long long)p->groups,
                       (long long)w->dim[0]);
    p->rows = p->turned ? w->dim[1] : w->dim[0] / p->groups;
    if (b && b->shape.dim[0] != p->rows * p->groups)
        return op_fail(g, n, e, "its bias has %lld entries for %lld channels", (long long)b->shape.dim[0],
                       (long long)(p->rows * p->groups));
    return true;
}

/* The kernel's sides are the weight's; an attribute must say the same. */
static bool conv_kernel(struct graph *g, struct node *n, int spatial, int64_t *kernel, int64_t *taps,
                        struct err *e)
{
    const struct shape *w = &op_input(g, n, 1)->shape;
    int64_t stated[2] = {0, 0};
    if (node_attr(n, "kernel_shape") && !window_attr(g, n, "kernel_shape", spatial, 1, 0, stated, e))
        return false;
    *taps = 1;
    for (int i = 0; i < spatial; i++) {
        kernel[i] = w->dim[2 + i];
        if (kernel[i] < 1 || kernel[i] > CONV_TAPS_MAX || (stated[i] && stated[i] != kernel[i]))
            return op_fail(g, n, e, "its kernel_shape differs from its weight's %lld", (long long)kernel[i]);
        *taps *= kernel[i];
    }
    return *taps <= CONV_TAPS_MAX || op_fail(g, n, e, "its kernel is too large");
}

/* Where weights, inputs and results lie: channels of positions, row by row. */
static void conv_places(struct weighted *p, const struct shape *weight, const struct shape *x,
                        const struct shape *y)
{
    p->data = 0;
    p->weight = 1;
    p->bias = 2;
    p->scale = p->bias_scale = 1;
    p->axes = (struct weighted_axes){.unit = p->turned, .input = !p->turned, .data = 1, .result = 1};
    for (int d = 1; d < x->rank; d++)
        p->axes.same[d] = -1;
    weighted_lay(p, weight, x, y);
    p->x_position = p->y_position = 1;
    p->x_group = p->inputs * p->x_input;
    p->x_block = p->groups * p->x_group;
    p->y_group = p->rows * p->y_row;
    p->y_block = p->groups * p->y_group;
}

static bool conv_result(struct graph *g, struct node *n, struct weighted *p, int spatial, struct err *e)
{
    struct shape y = {2 + spatial, {p->blocks, p->rows * p->groups}};
    for (int i = 0; i < spatial; i++)
        y.dim[2 + i] = p->axis[2 - spatial + i].out;
    if (!op_result(g, n, 0, DT_F32, &y, e))
        return false;
    p->constant = op_constant(g, n, 1) && !op_constant(g, n, 0);
    conv_places(p, &op_input(g, n, 1)->shape, &op_input(g, n, 0)->shape, &y);
    return op_work(g, n, shape_elements(&y), p->taps * p->inputs, e);
}

static bool conv_shape(struct graph *g, struct node *n, struct err *e)
{
    int spatial;
    int64_t kernel[2];
    struct weighted *p = op_params(n, sizeof *p);
    return conv_ranks(g, n, &spatial, e) && conv_channels(g, n, p, e) &&
           conv_kernel(g, n, spatial, kernel, &p->taps, e) &&
           windows_read(g, n, &op_input(g, n, 0)->shape, kernel, p->axis, e) &&
           conv_result(g, n, p, spatial, e);
}

/* Padding from a wanted size: total = stride (in - 1) + output_padding + reach - out, shared out as the ONNX text says. */
static void turned_pads(struct window *w, int64_t extra, int64_t wanted, bool upper)
{
    int64_t reach = (w->kernel - 1) * w->dilation + 1,
            total = w->stride * (w->in - 1) + extra + reach - wanted;
    if (total < 0)
        total = 0;
    w->before = upper ? total / 2 : total - total / 2;
    w->after = total - w->before;
}

static bool turned_windows(struct graph *g, struct node *n, int spatial, const int64_t *kernel,
                           struct weighted *p, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape;
    const char *pad = window_auto_pad(g, n, e);
    int64_t stride[2], dilation[2], pads[4], extra[2], wanted[2];
    if (!pad || !window_attr(g, n, "strides", spatial, 1, 1, stride, e) ||
        !window_attr(g, n, "dilations", spatial, 1, 1, dilation, e) ||
        !window_attr(g, n, "pads", 2 * spatial, 0, 0, pads, e) ||
        !window_attr(g, n, "output_padding", spatial, 0, 0, extra, e) ||
        !window_attr(g, n, "output_shape", spatial, 1, 0, wanted, e))
        return false;
    p->axis[0] = (struct window){1, 1, 1, 1, 1, 0, 0};
    for (int i = 0; i < spatial; i++) {
        struct window *w = &p->axis[2 - spatial + i];
        *w = (struct window){x->dim[2 + i], 0, kernel[i], stride[i], dilation[i], pads[i], pads[spatial + i]};
        if (strncmp(pad, "SAME", 4) == 0 && !wanted[i])
            wanted[i] = w->in * w->stride;
        if (wanted[i])
            turned_pads(w, extra[i], wanted[i], strcmp(pad, "SAME_UPPER") == 0);
        w->out =
            w->stride * (w->in - 1) + extra[i] + (w->kernel - 1) * w->dilation + 1 - w->before - w->after;
        if (wanted[i]) /* also where it is larger: what no window reaches holds the bias */
            w->out = wanted[i];
        if (w->out < 1)
            return op_fail(g, n, e, "its padding leaves nothing");
    }
    return true;
}

static bool turned_shape(struct graph *g, struct node *n, struct err *e)
{
    int spatial;
    int64_t kernel[2];
    struct weighted *p = op_params(n, sizeof *p);
    p->turned = true;
    return conv_ranks(g, n, &spatial, e) && conv_channels(g, n, p, e) &&
           conv_kernel(g, n, spatial, kernel, &p->taps, e) && turned_windows(g, n, spatial, kernel, p, e) &&
           conv_result(g, n, p, spatial, e);
}

static void add_bias(const struct op_call *c, const struct weighted *p)
{
    const struct operand *b = &c->inputs[2];
    float *y = c->outputs[0].data;
    int64_t positions = p->y_row, channels = p->groups * p->rows;
    for (int64_t at = 0; at < p->blocks * channels; at++, y += positions * c->lanes)
        lanes_zip_row(c->kernels, ZIP_ADD, positions, c->lanes, y, operand_at(b, at % channels, c->lanes),
                      b->lane_stride, y);
}

static void conv_forward(const struct op_call *c)
{
    const struct weighted *p = c->node->params;
    const struct operand *b = c->n_inputs > 2 && c->inputs[2].present ? &c->inputs[2] : NULL;
    bool at_once = b && c->prepared && !b->lane_stride; /* a sum starts at its bias */
    weighted_forward(c, p, at_once ? b->data : NULL);
    if (b && !at_once)
        add_bias(c, p);
}

static const struct weighted *conv_weighted(const struct node *n)
{
    return n->params;
}

static const struct window *conv_windows(const struct node *n)
{
    return conv_weighted(n)->axis;
}

/* ---- derivatives ---- */

static void conv_add(const struct backward_call *b)
{
    const struct weighted *p = b->call->node->params;
    int64_t positions = p->y_row, channels = p->groups * p->rows;
    weighted_back_add(b, p);
    if (b->call->n_inputs < 3 || !b->dx[2].present)
        return;
    for (int64_t at = 0; at < p->blocks * channels * positions; at++)
        backward_row(b, 2, at / positions % channels, operand_at(&b->dy[0], at, b->call->lanes));
}

static void conv_tangent(const struct backward_call *b)
{
    const struct weighted *p = b->call->node->params;
    struct op_call along = *b->call;
    struct operand in[3];
    weighted_back_tangent(b, p);
    if (b->call->n_inputs < 3 || !b->tx[2].present)
        return;
    memcpy(in, along.inputs, sizeof in);
    in[2] = b->tx[2];
    along.inputs = in;
    along.outputs = b->ty;
    add_bias(&along, p);
}

static void conv_bend(const struct backward_call *b)
{
    weighted_back_bend(b, b->call->node->params);
}

static const struct backward conv_backward = {.add = conv_add, .tangent = conv_tangent, .bend = conv_bend};

const struct op op_conv_rows[] = {
    {.domain = "",
     .name = "Conv",
     .min_inputs = 2,
     .max_inputs = 3,
     .max_outputs = 1,
     .spreads_input = true,
     .flow = FLOW_EDGES,
     .windows = conv_windows,
     .shape = conv_shape,
     .forward = conv_forward,
     .weighted = conv_weighted,
     .backward = &conv_backward,
     .couple = couple_weights},
    {.domain = "",
     .name = "ConvTranspose",
     .min_inputs = 2,
     .max_inputs = 3,
     .max_outputs = 1,
     .spreads_input = true,
     .flow = FLOW_EDGES,
     .shape = turned_shape,
     .forward = conv_forward,
     .weighted = conv_weighted,
     .backward = &conv_backward,
     .couple = couple_weights},
};
const int op_conv_count = sizeof op_conv_rows / sizeof *op_conv_rows;
