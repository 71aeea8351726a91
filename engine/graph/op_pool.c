/* op_pool: MaxPool and AveragePool over one or two spatial axes, and the pools over a whole channel. Windows are parsed here;
 * those of convolutions, which also look at weights, are in op_conv.c. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

/* One spatial axis of a window. */
struct window {
    int64_t in, out; /* positions */
    int64_t kernel, stride, dilation;
    int64_t before, after; /* padding */
};

struct pool_params {
    int64_t channels;      /* batch times channels */
    struct window axis[2]; /* rows and columns; 1-D has one row */
    bool largest, count_padding;
};

enum {
    WINDOW_MAX = 1 << 20
}; /* kernels, strides, pads beyond this are no pooling but a mistake or an attack */

static bool window_attr(struct graph *g, struct node *n, const char *name, int count, int64_t least,
                        int64_t otherwise, int64_t *out, struct err *e)
{
    int found;
    if (!op_attr_ints(g, n, name, 4, out, &found, e))
        return false;
    if (found < 0)
        for (int i = 0; i < count; i++)
            out[i] = otherwise;
    else if (found != count)
        return op_fail(g, n, e, "its attribute '%s' holds %d numbers where %d are wanted", name, found,
                       count);
    for (int i = 0; i < count; i++)
        if (out[i] < least || out[i] > WINDOW_MAX)
            return op_fail(g, n, e, "its attribute '%s' holds %lld, which is out of range", name,
                           (long long)out[i]);
    return true;
}

/* auto_pad SAME: as many results as strides fit; what is missing is shared out, the odd one after (UPPER) or before. */
static void pad_same(struct window *w, bool upper)
{
    w->out = (w->in + w->stride - 1) / w->stride;
    int64_t pad = (w->out - 1) * w->stride + (w->kernel - 1) * w->dilation + 1 - w->in;
    if (pad < 0)
        pad = 0;
    w->before = upper ? pad / 2 : pad - pad / 2;
    w->after = pad - w->before;
}

static bool window_count(struct graph *g, struct node *n, struct window *w, bool ceil_mode, struct err *e)
{
    int64_t room = w->in + w->before + w->after - ((w->kernel - 1) * w->dilation + 1);
    if (w->in < 1 || room < 0)
        return op_fail(g, n, e, "its window does not fit into %lld positions", (long long)w->in);
    w->out = (room + (ceil_mode ? w->stride - 1 : 0)) / w->stride + 1;
    if (ceil_mode && (w->out - 1) * w->stride >= w->in + w->before) /* would begin in the padding behind */
        w->out--;
    return true;
}

static bool pool_windows(struct graph *g, struct node *n, const struct shape *x, struct pool_params *p,
                         struct err *e)
{
    int spatial = x->rank - 2;
    const char *pad = node_text(n, "auto_pad", "NOTSET");
    int64_t kernel[4], stride[4], dilation[4], pads[4];
    if (!node_attr(n, "kernel_shape"))
        return op_fail(g, n, e, "it has no kernel_shape");
    if (!window_attr(g, n, "kernel_shape", spatial, 1, 1, kernel, e) ||
        !window_attr(g, n, "strides", spatial, 1, 1, stride, e) ||
        !window_attr(g, n, "dilations", spatial, 1, 1, dilation, e) ||
        !window_attr(g, n, "pads", 2 * spatial, 0, 0, pads, e))
        return false;
    bool same = !strcmp(pad, "SAME_UPPER") || !strcmp(pad, "SAME_LOWER"), valid = !strcmp(pad, "VALID");
    if (!same && !valid && strcmp(pad, "NOTSET") != 0)
        return op_fail(g, n, e, "auto_pad '%s' is not known", pad);
    p->axis[0] = (struct window){1, 1, 1, 1, 1, 0, 0};
    for (int i = 0; i < spatial; i++) {
        struct window *w = &p->axis[2 - spatial + i];
        *w = (struct window){x->dim[2 + i], 0, kernel[i], stride[i], dilation[i], pads[i], pads[spatial + i]};
        if (valid)
            w->before = w->after = 0;
        if (same)
            pad_same(w, !strcmp(pad, "SAME_UPPER"));
        else if (!window_count(g, n, w, node_int(n, "ceil_mode", 0) != 0, e))
            return false;
    }
    return true;
}

static bool pool_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    if (!op_reals(g, n, e))
        return false;
    if (x->shape.rank < 3)
        return op_fail(g, n, e, "its input %s has rank %d; batch, channels and positions are wanted", x->name,
                       x->shape.rank);
    if (x->shape.rank > 4)
        return op_unsupported(g, n, e, "pooling over %d spatial axes is not supported", x->shape.rank - 2);
    if (n->n_outputs > 1 && n->outputs[1] >= 0)
        return op_unsupported(g, n, e, "its output of indices is not computed");
    struct pool_params *p = op_params(n, sizeof *p);
    struct shape y = x->shape;
    if (!pool_windows(g, n, &x->shape, p, e))
        return false;
    p->channels = y.dim[0] * y.dim[1];
    p->largest = !strcmp(n->op->name, "MaxPool");
    p->count_padding = node_int(n, "count_include_pad", 0) != 0;
    for (int i = 2; i < y.rank; i++)
        y.dim[i] = p->axis[4 - y.rank + i - 2].out;
    return op_result(g, n, 0, DT_F32, &y, e);
}

/* The part of a window that lies inside the input: taps [from, to) of the kernel. */
static void window_inside(const struct window *w, int64_t out, int64_t *from, int64_t *to)
{
    int64_t start = out * w->stride - w->before;
    *from = start >= 0 ? 0 : (-start + w->dilation - 1) / w->dilation;
    int64_t room = w->in - start; /* positions from the first tap to the end */
    *to = room <= 0 ? 0 : (room + w->dilation - 1) / w->dilation;
    if (*to > w->kernel)
        *to = w->kernel;
    if (*from > *to)
        *from = *to;
}

/* Taps of a window that count when padding counts: those before the end of the padded input. */
static int64_t window_padded(const struct window *w, int64_t out)
{
    int64_t room = w->in + w->before + w->after - out * w->stride;
    int64_t taps = (room + w->dilation - 1) / w->dilation;
    return taps < w->kernel ? taps : w->kernel;
}

static void pool_at(const struct op_call *c, const float *x, int64_t row, int64_t column, float *y)
{
    const struct pool_params *p = c->node->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    int64_t h_from, h_to, w_from, w_to;
    window_inside(h, row, &h_from, &h_to);
    window_inside(w, column, &w_from, &w_to);
    bool first = true;
    for (int64_t i = h_from; i < h_to; i++)
        for (int64_t j = w_from; j < w_to; j++, first = false) {
            int64_t at_row = row * h->stride - h->before + i * h->dilation;
            int64_t at_column = column * w->stride - w->before + j * w->dilation;
            const float *from = x + (at_row * w->in + at_column) * c->lanes;
            if (first)
                memcpy(y, from, (size_t)c->lanes * sizeof *y);
            else
                c->kernels->own->zip(p->largest ? ZIP_MAX : ZIP_ADD, 1, c->lanes, y, 1, from, 1, y);
        }
    for (int l = 0; first && l < c->lanes; l++) /* a window in the padding alone */
        y[l] = p->largest ? -INFINITY : 0;
    if (p->largest || first)
        return;
    float count = (float)(p->count_padding ? window_padded(h, row) * window_padded(w, column)
                                           : (h_to - h_from) * (w_to - w_from));
    c->kernels->own->zip(ZIP_DIV, 1, c->lanes, y, 1, &count, 0, y);
}

static void pool_forward(const struct op_call *c)
{
    const struct pool_params *p = c->node->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    float *y = c->outputs[0].data;
    for (int64_t ch = 0; ch < p->channels; ch++) {
        const float *x = operand_at(&c->inputs[0], ch * h->in * w->in, c->lanes);
        for (int64_t row = 0; row < h->out; row++)
            for (int64_t column = 0; column < w->out; column++, y += c->lanes)
                pool_at(c, x, row, column, y);
    }
}

/* ---- over a whole channel ---- */

struct global_params {
    int64_t channels, positions;
    bool largest;
};

static bool global_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    if (!op_reals(g, n, e))
        return false;
    if (x->shape.rank < 3)
        return op_fail(g, n, e, "its input %s has rank %d; batch, channels and positions are wanted", x->name,
                       x->shape.rank);
    struct shape y = x->shape;
    struct global_params *p = op_params(n, sizeof *p);
    *p = (struct global_params){y.dim[0] * y.dim[1], 1, !strcmp(n->op->name, "GlobalMaxPool")};
    for (int d = 2; d < y.rank; d++) {
        p->positions *= y.dim[d];
        y.dim[d] = 1;
    }
    if (p->positions == 0)
        return op_fail(g, n, e, "its input %s has no positions", x->name);
    return op_result(g, n, 0, DT_F32, &y, e);
}

static size_t global_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return (size_t)lanes * sizeof(double);
}

static void global_forward(const struct op_call *c)
{
    const struct global_params *p = c->node->params;
    size_t lanes = (size_t)c->lanes;
    for (int64_t ch = 0; ch < p->channels; ch++) {
        const float *x = operand_at(&c->inputs[0], ch * p->positions, c->lanes);
        float *y = operand_at(&c->outputs[0], ch, c->lanes);
        double *sum = c->scratch;
        memcpy(y, x, lanes * sizeof *y);
        lanes_fill(sum, 0, lanes);
        for (int64_t i = 0; i < p->positions; i++, x += lanes) {
            if (p->largest)
                c->kernels->own->zip(ZIP_MAX, 1, c->lanes, y, 1, x, 1, y);
            else
                lanes_sum(sum, x, lanes);
        }
        if (p->largest)
            continue;
        lanes_divide(sum, (double)p->positions, lanes);
        lanes_round(sum, y, lanes);
    }
}

#define ROW(NAME, OUTPUTS)                                                                                   \
    .domain = "", .name = NAME, .min_inputs = 1, .max_inputs = 1, .max_outputs = OUTPUTS, .weight_input = -1
#define GLOBAL .shape = global_shape, .forward = global_forward, .scratch = global_scratch

const struct op op_pool_rows[] = {
    {ROW("MaxPool", 2), .shape = pool_shape, .forward = pool_forward, .couple = couple_pool},
    {ROW("AveragePool", 1), .shape = pool_shape, .forward = pool_forward, .couple = couple_pool},
    {ROW("GlobalAveragePool", 1), GLOBAL, .couple = couple_pool},
    {ROW("GlobalMaxPool", 1), GLOBAL, .couple = couple_pool},
};
const int op_pool_count = sizeof op_pool_rows / sizeof *op_pool_rows;
