/* op_conv: Conv and ConvTranspose over one or two spatial axes. An output position is a weighted sum of the input rows under the
 * kernel, which a list of pointers names (an indirection list; padding is NULL): nothing is copied. ConvTranspose is the same
 * sum with the list turned round. Windows: op_window.c. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/graph/op_window.h"
#include "engine/graph/prepared.h"
#include "engine/prune/couple_rules.h"

struct conv_params {
    int64_t batch, groups;
    int64_t inputs, outputs; /* channels a group */
    int64_t taps;
    bool turned;           /* ConvTranspose */
    bool constant;         /* the weight is prepared */
    bool pointwise;        /* one tap, no padding, no stride: all positions are one wide row of lanes */
    struct window axis[2]; /* of a turned one: in and out as they are, before as the file says */
};

enum { CONV_TAPS_MAX = 1 << 20, WIDTH_MAX = 1 << 30 };

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
static bool conv_channels(struct graph *g, struct node *n, struct conv_params *p, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape, *w = &op_input(g, n, 1)->shape;
    const struct value *b = op_input(g, n, 2);
    p->batch = x->dim[0];
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
    p->outputs = p->turned ? w->dim[1] : w->dim[0] / p->groups;
    if (b && b->shape.dim[0] != p->outputs * p->groups)
        return op_fail(g, n, e, "its bias has %lld entries for %lld channels", (long long)b->shape.dim[0],
                       (long long)(p->outputs * p->groups));
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

static bool is_pointwise(const struct conv_params *p)
{
    bool plain = p->taps == 1 && !p->turned;
    for (int i = 0; i < 2; i++)
        plain &= p->axis[i].stride == 1 && p->axis[i].before == 0 && p->axis[i].after == 0;
    return plain;
}

static bool conv_result(struct graph *g, struct node *n, struct conv_params *p, int spatial, struct err *e)
{
    struct shape y = {2 + spatial, {p->batch, p->outputs * p->groups}};
    for (int i = 0; i < spatial; i++)
        y.dim[2 + i] = p->axis[2 - spatial + i].out;
    p->constant = op_constant(g, n, 1) && !op_constant(g, n, 0);
    p->pointwise = is_pointwise(p);
    return op_result(g, n, 0, DT_F32, &y, e) && op_work(g, n, shape_elements(&y), p->taps * p->inputs, e);
}

static bool conv_shape(struct graph *g, struct node *n, struct err *e)
{
    int spatial;
    int64_t kernel[2];
    struct conv_params *p = op_params(n, sizeof *p);
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
                           struct conv_params *p, struct err *e)
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
    struct conv_params *p = op_params(n, sizeof *p);
    p->turned = true;
    return conv_ranks(g, n, &spatial, e) && conv_channels(g, n, p, e) &&
           conv_kernel(g, n, spatial, kernel, &p->taps, e) && turned_windows(g, n, spatial, kernel, p, e) &&
           conv_result(g, n, p, spatial, e);
}

static bool conv_view(const struct graph *g, const struct node *n, struct weight_view *out)
{
    const struct conv_params *p = n->params;
    int64_t each = p->inputs * p->taps;
    (void)g;
    *out = (struct weight_view){.input = 1,
                                .groups = p->groups,
                                .rows = p->outputs,
                                .inputs = p->inputs,
                                .taps = p->taps,
                                .tap_step = 1,
                                .scale = 1,
                                .side_by_side = p->pointwise};
    out->group_step = p->turned ? p->inputs * p->outputs * p->taps : p->outputs * each;
    out->row_step = p->turned ? p->taps : each;
    out->input_step = p->turned ? p->outputs * p->taps : p->taps;
    return p->constant;
}

static size_t conv_scratch(const struct graph *g, const struct node *n, int lanes)
{
    const struct conv_params *p = n->params;
    (void)g;
    (void)lanes;
    return (size_t)(p->inputs * p->taps + p->outputs) * sizeof(float *);
}

/* The input position that a tap of the kernel reads for an output position; -1: padding. */
static int64_t tap_reads(const struct conv_params *p, int axis, int64_t out, int64_t tap)
{
    const struct window *w = &p->axis[axis];
    int64_t at = out * w->stride - w->before + tap * w->dilation;
    if (p->turned) {
        at = out + w->before - tap * w->dilation;
        if (at % w->stride != 0)
            return -1;
        at /= w->stride;
    }
    return at >= 0 && at < w->in ? at : -1;
}

/* rows[input * taps + tap]: what one output position reads of a group whose first channel lies at x. */
static void list_rows(const struct conv_params *p, const float *x, int64_t row, int64_t column, int lanes,
                      const float **rows)
{
    int64_t plane = p->axis[0].in * p->axis[1].in * lanes;
    int64_t tap = 0;
    for (int64_t ky = 0; ky < p->axis[0].kernel; ky++) {
        int64_t y = tap_reads(p, 0, row, ky);
        for (int64_t kx = 0; kx < p->axis[1].kernel; kx++, tap++) {
            int64_t at = y < 0 ? -1 : tap_reads(p, 1, column, kx);
            const float *first = at < 0 ? NULL : x + (y * p->axis[1].in + at) * lanes;
            for (int64_t i = 0; i < p->inputs; i++)
                rows[i * p->taps + tap] = first ? first + i * plane : NULL;
        }
    }
}

/* Sums with a weight that is known at run time only. */
static void apply_running(const struct op_call *c, const struct conv_params *p, int64_t group,
                          const float *const *rows, float *const *y)
{
    const struct operand *w = &c->inputs[1];
    struct weight_view v;
    conv_view(NULL, c->node, &v);
    for (int64_t r = 0; r < p->outputs; r++) {
        memset(y[r], 0, (size_t)c->lanes * sizeof **y);
        for (int64_t j = 0; j < p->inputs * p->taps; j++) {
            int64_t at = group * v.group_step + r * v.row_step + j / p->taps * v.input_step + j % p->taps;
            if (rows[j])
                c->kernels->own->multiply_add(c->lanes, rows[j], 1, operand_at(w, at, c->lanes),
                                              w->lane_stride, y[r]);
        }
    }
}

/* Output columns from *first on whose windows lie inside the input and one lane's width apart: they are one wide row of lanes.
 * Their number; 1 where there are none. */
static int64_t run_of_columns(const struct conv_params *p, int64_t first)
{
    const struct window *w = &p->axis[1];
    int64_t reach = (w->kernel - 1) * w->dilation;
    if (p->turned || w->stride != 1 || first < w->before)
        return 1;
    int64_t end = w->in + w->before - reach; /* the first column whose window leaves the input */
    return end > first + 1 ? end - first : 1;
}

/* One group of one sample. x and y are its first channels; bias NULL: none. */
static void conv_group(const struct op_call *c, int64_t group, const float *x, const float *bias, float *y)
{
    const struct conv_params *p = c->node->params;
    const float **rows = c->scratch;
    float **sums = (float **)(rows + p->inputs * p->taps);
    int64_t columns = p->axis[1].out, positions = p->axis[0].out * columns;
    for (int64_t at = 0, run; at < positions; at += run) {
        run = p->pointwise ? positions : run_of_columns(p, at % columns);
        run = c->prepared && run * c->lanes <= WIDTH_MAX ? run : 1;
        list_rows(p, x, at / columns, at % columns, c->lanes, rows);
        for (int64_t r = 0; r < p->outputs; r++)
            sums[r] = y + (r * positions + at) * c->lanes;
        if (c->prepared)
            prepared_apply(c->prepared, c->kernels, group, bias, rows, (int)run * c->lanes, sums, NULL);
        else
            apply_running(c, p, group, rows, sums);
    }
}

static void add_bias(const struct op_call *c, const struct conv_params *p, int64_t positions, float *y)
{
    const struct operand *b = &c->inputs[2];
    for (int64_t ch = 0; ch < p->groups * p->outputs; ch++)
        lanes_zip_row(c->kernels, ZIP_ADD, positions, c->lanes, y + ch * positions * c->lanes,
                      operand_at(b, ch, c->lanes), b->lane_stride, y + ch * positions * c->lanes);
}

static void conv_forward(const struct op_call *c)
{
    const struct conv_params *p = c->node->params;
    int64_t in = p->inputs * p->axis[0].in * p->axis[1].in, positions = p->axis[0].out * p->axis[1].out;
    const struct operand *b = c->n_inputs > 2 && c->inputs[2].present ? &c->inputs[2] : NULL;
    bool at_once = b && c->prepared && !b->lane_stride; /* a sum starts at its bias */
    for (int64_t s = 0; s < p->batch; s++) {
        float *y = operand_at(&c->outputs[0], s * p->groups * p->outputs * positions, c->lanes);
        for (int64_t g = 0; g < p->groups; g++)
            conv_group(c, g, operand_at(&c->inputs[0], (s * p->groups + g) * in, c->lanes),
                       at_once ? (const float *)b->data + g * p->outputs : NULL,
                       y + g * p->outputs * positions * c->lanes);
        if (b && !at_once)
            add_bias(c, p, positions, y);
    }
}

/* Every output position counts, padding included; a turned one counts every input position. */
static void conv_cost(const struct graph *g, const struct node *n, struct op_cost *out)
{
    const struct conv_params *p = n->params;
    int64_t positions = p->turned ? p->axis[0].in * p->axis[1].in : p->axis[0].out * p->axis[1].out;
    int64_t each = p->batch * positions;
    (void)g;
    *out = (struct op_cost){0};
    if (p->constant)
        out->macs_per_weight = each;
    else
        out->macs_fixed = each * p->groups * p->outputs * p->inputs * p->taps;
}

/* The output positions of the second axis that read something through a tap: equally spaced, and what they read, too. */
static struct edge_run tap_run(const struct conv_params *p, int64_t tap)
{
    struct edge_run run = {0};
    for (int64_t out = 0; out < p->axis[1].out; out++) {
        int64_t in = tap_reads(p, 1, out, tap);
        if (in < 0)
            continue;
        if (run.count == 0)
            run.output = out, run.input = in;
        else if (run.count == 1)
            run.output_step = out - run.output, run.input_step = in - run.input;
        run.count++;
    }
    return run;
}

/* What one row of output positions reads of a group through one tap; run: of the second axis. */
static void edges_of(const struct conv_params *p, const struct edge_run *run, int64_t weight_first,
                     const struct weight_view *v, int64_t in_first, int64_t out_first, edge_visitor *visit,
                     void *data)
{
    int64_t positions = p->axis[0].out * p->axis[1].out, plane = p->axis[0].in * p->axis[1].in;
    for (int64_t i = 0; i < p->inputs; i++)
        for (int64_t r = 0; r < p->outputs; r++) {
            struct edge_run one = *run;
            int64_t weight = weight_first + r * v->row_step + i * v->input_step;
            one.output += out_first + r * positions;
            one.input += in_first + i * plane;
            one.weight = p->constant ? weight : -1;
            visit(data, &one);
            one.slot = 1;
            one.input = weight, one.input_step = 0;
            if (!p->constant)
                visit(data, &one);
        }
}

static void conv_edges(const struct graph *g, const struct node *n, edge_visitor *visit, void *data)
{
    const struct conv_params *p = n->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    struct weight_view v;
    conv_view(g, n, &v);
    for (int64_t tap = 0; tap < p->taps; tap++) {
        struct edge_run run = tap_run(p, tap % w->kernel);
        for (int64_t block = 0; run.count > 0 && block < p->batch * p->groups; block++)
            for (int64_t row = 0; row < h->out; row++) {
                int64_t y = tap_reads(p, 0, row, tap / w->kernel);
                if (y >= 0)
                    edges_of(p, &run, block % p->groups * v.group_step + tap, &v,
                             block * p->inputs * h->in * w->in + y * w->in,
                             block * p->outputs * h->out * w->out + row * w->out, visit, data);
            }
    }
}

static const struct window *conv_windows(const struct node *n)
{
    const struct conv_params *p = n->params;
    return p->axis;
}

const struct op op_conv_rows[] = {
    {.domain = "",
     .name = "Conv",
     .min_inputs = 2,
     .max_inputs = 3,
     .max_outputs = 1,
     .weight_input = 1,
     .spreads_input = true,
     .flow = FLOW_EDGES,
     .edges = conv_edges,
     .windows = conv_windows,
     .shape = conv_shape,
     .forward = conv_forward,
     .view = conv_view,
     .scratch = conv_scratch,
     .cost = conv_cost,
     .couple = couple_weights},
    {.domain = "",
     .name = "ConvTranspose",
     .min_inputs = 2,
     .max_inputs = 3,
     .max_outputs = 1,
     .weight_input = 1,
     .spreads_input = true,
     .flow = FLOW_EDGES,
     .edges = conv_edges,
     .shape = turned_shape,
     .forward = conv_forward,
     .view = conv_view,
     .scratch = conv_scratch,
     .cost = conv_cost,
     .couple = couple_weights},
};
const int op_conv_count = sizeof op_conv_rows / sizeof *op_conv_rows;
