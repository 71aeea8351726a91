/* op_pool: MaxPool and AveragePool over one or two spatial axes, and the pools over a whole channel. Windows that slide are
 * op_window's; sums with weights are op_conv's. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/graph/op_window.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

struct pool_params {
    int64_t channels;      /* batch times channels */
    struct window axis[2]; /* rows and columns; 1-D has one row */
    bool largest, count_padding;
};

static bool pool_input(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    return op_reals(g, n, e) &&
           (x->shape.rank >= 3 ||
            op_fail(g, n, e, "its input %s has rank %d; batch, channels and positions are wanted", x->name,
                    x->shape.rank));
}

static bool pool_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    if (!pool_input(g, n, e))
        return false;
    if (x->shape.rank > 4)
        return op_unsupported(g, n, e, "pooling over %d spatial axes is not supported", x->shape.rank - 2);
    if (n->n_outputs > 1 && n->outputs[1] >= 0)
        return op_unsupported(g, n, e, "its output of indices is not computed");
    struct pool_params *p = op_params(n, sizeof *p);
    struct shape y = x->shape;
    int64_t kernel[2];
    if (!node_attr(n, "kernel_shape"))
        return op_fail(g, n, e, "it has no kernel_shape");
    if (!window_attr(g, n, "kernel_shape", x->shape.rank - 2, 1, 1, kernel, e) ||
        !windows_read(g, n, &x->shape, kernel, p->axis, e))
        return false;
    p->channels = y.dim[0] * y.dim[1];
    p->largest = !strcmp(n->op->name, "MaxPool");
    p->count_padding = node_int(n, "count_include_pad", 0) != 0;
    for (int i = 2; i < y.rank; i++)
        y.dim[i] = p->axis[4 - y.rank + i - 2].out;
    return op_result(g, n, 0, DT_F32, &y, e) &&
           op_work(g, n, shape_elements(&y), p->axis[0].kernel * p->axis[1].kernel, e);
}

/* Taps of a window that count when padding counts: those before the end of the padded input. */
static int64_t window_padded(const struct window *w, int64_t out)
{
    int64_t room = w->in + w->before + w->after - out * w->stride;
    int64_t taps = (room + w->dilation - 1) / w->dilation;
    return taps < w->kernel ? taps : w->kernel;
}

/* Positions of the result, of one axis, for which a tap reads the input: *from up to *to. Returns what the first of them reads. */
static int64_t tap_inside(const struct window *w, int64_t tap, int64_t *from, int64_t *to)
{
    int64_t start = tap * w->dilation - w->before; /* what position 0 reads */
    int64_t room = w->in - start;
    *from = start >= 0 ? 0 : (-start + w->stride - 1) / w->stride;
    *to = room <= 0 ? 0 : (room + w->stride - 1) / w->stride;
    *to = *to < w->out ? *to : w->out;
    return start + *from * w->stride;
}

/* One channel: tap after tap over all positions, so that each adds up its window in the window's order. */
static void pool_channel(const struct op_call *c, const float *x, float *y)
{
    const struct pool_params *p = c->node->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    for (int64_t i = 0; i < h->kernel; i++)
        for (int64_t j = 0; j < w->kernel; j++) {
            int64_t row, row_end, column, column_end;
            int64_t in_row = tap_inside(h, i, &row, &row_end),
                    in_column = tap_inside(w, j, &column, &column_end);
            const struct lane_grid grid = {.rows = row_end - row,
                                           .columns = column_end - column,
                                           .lanes = c->lanes,
                                           .x_row = h->stride * w->in * c->lanes,
                                           .x_column = w->stride * c->lanes,
                                           .y_row = w->out * c->lanes};
            if (grid.rows > 0 && grid.columns > 0)
                c->kernels->own->slide(p->largest ? ZIP_MAX : ZIP_ADD, &grid,
                                       x + (in_row * w->in + in_column) * c->lanes,
                                       y + (row * w->out + column) * c->lanes);
        }
}

static int64_t taps_inside(const struct window *w, int64_t out)
{
    int64_t from, to;
    window_inside(w, out, &from, &to);
    return to - from;
}

/* A row of sums becomes means: stretches of positions with as many taps each go together. A window in the padding alone is 0. */
static void row_means(const struct op_call *c, int64_t row, float *y)
{
    const struct pool_params *p = c->node->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    for (int64_t column = 0, run; column < w->out; column += run) {
        int64_t rows = taps_inside(h, row), columns = taps_inside(w, column),
                padded = window_padded(w, column);
        for (run = 1; column + run < w->out && taps_inside(w, column + run) == columns &&
                      window_padded(w, column + run) == padded;)
            run++;
        float count = (float)(p->count_padding ? window_padded(h, row) * padded : rows * columns);
        float *first = y + column * c->lanes;
        if (rows * columns > 0)
            lanes_zip_row(c->kernels, ZIP_DIV, run, c->lanes, first, &count, 0, first);
        else
            memset(first, 0, (size_t)(run * c->lanes) * sizeof *first);
    }
}

/* What each position starts with is what changes no bit of the first that comes to it. */
static void pool_forward(const struct op_call *c)
{
    const struct pool_params *p = c->node->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    int64_t numbers = h->out * w->out * c->lanes;
    float *y = c->outputs[0].data;
    for (int64_t ch = 0; ch < p->channels; ch++, y += numbers) {
        lanes_fill_reals(y, p->largest ? -INFINITY : -0.0f, (size_t)numbers);
        pool_channel(c, operand_at(&c->inputs[0], ch * h->in * w->in, c->lanes), y);
        for (int64_t row = 0; !p->largest && row < h->out; row++)
            row_means(c, row, y + row * w->out * c->lanes);
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
    if (!pool_input(g, n, e))
        return false;
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
    const struct lane_grid all = {.rows = p->positions, .columns = 1, .lanes = c->lanes, .x_row = c->lanes};
    for (int64_t ch = 0; ch < p->channels; ch++) {
        const float *x = operand_at(&c->inputs[0], ch * p->positions, c->lanes);
        float *y = operand_at(&c->outputs[0], ch, c->lanes);
        double *sum = c->scratch;
        if (p->largest) {
            memcpy(y, x, lanes * sizeof *y);
            c->kernels->own->slide(ZIP_MAX, &all, x, y);
            continue;
        }
        lanes_fill(sum, 0, lanes);
        lanes_sum_rows(sum, x, p->positions, lanes);
        lanes_divide(sum, (double)p->positions, lanes);
        lanes_round(sum, y, lanes);
    }
}

static void pool_edges(const struct graph *g, const struct node *n, edge_visitor *visit, void *data)
{
    const struct pool_params *p = n->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    int64_t at = 0;
    (void)g;
    for (int64_t ch = 0; ch < p->channels; ch++)
        for (int64_t row = 0; row < h->out; row++)
            for (int64_t column = 0; column < w->out; column++, at++) {
                int64_t i, j, i_end, j_end;
                window_inside(h, row, &i, &i_end);
                window_inside(w, column, &j, &j_end);
                int64_t x = column * w->stride - w->before + j * w->dilation;
                for (; i < i_end; i++) {
                    int64_t y = row * h->stride - h->before + i * h->dilation;
                    const struct edge_run run = {.count = j_end - j,
                                                 .output = at,
                                                 .input = (ch * h->in + y) * w->in + x,
                                                 .input_step = w->dilation,
                                                 .weight = -1};
                    visit(data, &run);
                }
            }
}

static void pool_mark(const struct node *n, bool forward, uint8_t *const *inputs, uint8_t *output)
{
    const struct pool_params *p = n->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    uint8_t *x = inputs[0], *y = output;
    for (int64_t ch = 0; ch < p->channels; ch++, x += h->in * w->in)
        for (int64_t row = 0; row < h->out; row++)
            for (int64_t column = 0; column < w->out; column++, y++) {
                int64_t i, j, i_end, j_end;
                window_inside(h, row, &i, &i_end);
                window_inside(w, column, &j, &j_end);
                for (; i < i_end; i++)
                    for (int64_t t = j; t < j_end; t++) {
                        int64_t at = (row * h->stride - h->before + i * h->dilation) * w->in +
                                     column * w->stride - w->before + t * w->dilation;
                        if (forward)
                            *y |= x[at];
                        else
                            x[at] |= *y;
                    }
            }
}

static const struct window *pool_windows(const struct node *n)
{
    const struct pool_params *p = n->params;
    return p->axis;
}

/* ---- derivatives ---- */

/* One result and the input elements it was made of, visited in order. */
struct pooling {
    const struct backward_call *b;
    bool largest;
    float share; /* of each element in a mean */
    int64_t result;
    int64_t *best; /* by lane: the first largest element so far; -1: none yet */
};

typedef void pool_visitor(const struct pooling *s, int64_t element);

/* Every element of a result's window or channel. */
static void each_element(const struct pooling *s, pool_visitor *visit)
{
    const struct node *n = s->b->call->node;
    if (!n->op->windows) {
        const struct global_params *p = n->params;
        for (int64_t i = 0; i < p->positions; i++)
            visit(s, s->result * p->positions + i);
        return;
    }
    const struct pool_params *p = n->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    int64_t row = s->result / w->out % h->out, column = s->result % w->out,
            channel = s->result / (h->out * w->out);
    int64_t h_from, h_to, w_from, w_to;
    window_inside(h, row, &h_from, &h_to);
    window_inside(w, column, &w_from, &w_to);
    for (int64_t i = h_from; i < h_to; i++)
        for (int64_t j = w_from; j < w_to; j++)
            visit(s, (channel * h->in + row * h->stride - h->before + i * h->dilation) * w->in +
                         column * w->stride - w->before + j * w->dilation);
}

static float share_of(const struct backward_call *b, int64_t result)
{
    const struct pool_params *p = b->call->node->params;
    const struct window *h = &p->axis[0], *w = &p->axis[1];
    if (!b->call->node->op->windows)
        return 1 / (float)((const struct global_params *)b->call->node->params)->positions;
    int64_t row = result / w->out % h->out, column = result % w->out, h_from, h_to, w_from, w_to;
    if (p->count_padding)
        return 1 / (float)(window_padded(h, row) * window_padded(w, column));
    window_inside(h, row, &h_from, &h_to);
    window_inside(w, column, &w_from, &w_to);
    return 1 / (float)((h_to - h_from) * (w_to - w_from));
}

static void find_best(const struct pooling *s, int64_t element)
{
    const struct op_call *c = s->b->call;
    const float *x = operand_at(&c->inputs[0], element, c->lanes);
    for (int l = 0; l < c->lanes; l++)
        if (s->best[l] < 0 || x[l] > ((const float *)operand_at(&c->inputs[0], s->best[l], c->lanes))[l])
            s->best[l] = element;
}

static void add_share(const struct pooling *s, int64_t element)
{
    backward_product(s->b, 0, element, operand_at(&s->b->dy[0], s->result, s->b->call->lanes), &s->share, 0);
}

static void move_share(const struct pooling *s, int64_t element)
{
    int lanes = s->b->call->lanes;
    s->b->call->kernels->own->multiply_add(lanes, operand_at(&s->b->tx[0], element, lanes), 1, &s->share, 0,
                                           operand_at(&s->b->ty[0], s->result, lanes));
}

static void pool_each(const struct backward_call *b, bool tangent)
{
    const struct op_call *c = b->call;
    const struct operand *to = tangent ? &b->ty[0] : &b->dx[0], *from = tangent ? &b->tx[0] : &b->dy[0];
    struct pooling s = {.b = b, .best = b->scratch};
    s.largest = strcmp(c->node->op->name, "MaxPool") == 0 || strcmp(c->node->op->name, "GlobalMaxPool") == 0;
    if (tangent)
        backward_still(b, 0);
    if (!from->present || !to->present)
        return;
    for (s.result = 0; s.result < shape_elements(c->outputs[0].shape); s.result++) {
        if (!s.largest) {
            s.share = share_of(b, s.result);
            each_element(&s, tangent ? move_share : add_share);
            continue;
        }
        for (int l = 0; l < c->lanes; l++)
            s.best[l] = -1;
        each_element(&s, find_best);
        for (int l = 0; l < c->lanes; l++) {
            int64_t in = s.best[l];
            if (in >= 0)
                ((float *)operand_at(to, tangent ? s.result : in, c->lanes))[l * to->lane_stride] +=
                    ((const float *)operand_at(from, tangent ? in : s.result, c->lanes))[l];
        }
    }
}

static void pool_add(const struct backward_call *b)
{
    pool_each(b, false);
}

static void pool_tangent(const struct backward_call *b)
{
    pool_each(b, true);
}

static const struct backward pool_backward = {.add = pool_add, .tangent = pool_tangent};

#define ROW(NAME, OUTPUTS)                                                                                   \
    .domain = "", .name = NAME, .min_inputs = 1, .max_inputs = 1, .max_outputs = OUTPUTS
#define GLOBAL                                                                                               \
    .flow = FLOW_CHANNEL, .shape = global_shape, .forward = global_forward, .scratch = global_scratch,       \
    .backward = &pool_backward

const struct op op_pool_rows[] = {
    {ROW("MaxPool", 2), .flow = FLOW_EDGES, .edges = pool_edges, .mark = pool_mark, .windows = pool_windows,
     .shape = pool_shape, .forward = pool_forward, .backward = &pool_backward, .couple = couple_pool},
    {ROW("AveragePool", 1), .flow = FLOW_EDGES, .edges = pool_edges, .mark = pool_mark,
     .windows = pool_windows, .shape = pool_shape, .forward = pool_forward, .backward = &pool_backward,
     .couple = couple_pool},
    {ROW("GlobalAveragePool", 1), GLOBAL, .couple = couple_pool},
    {ROW("GlobalMaxPool", 1), GLOBAL, .couple = couple_pool},
};
const int op_pool_count = sizeof op_pool_rows / sizeof *op_pool_rows;
