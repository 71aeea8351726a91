/* backward_norm: derivatives of the normalisations of op_norm.c: BatchNormalization, whose statistics are stored, and Layer- and
 * InstanceNormalization, whose statistics come from the record. Softmax: backward_softmax.c. */
#include <math.h>
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_norm.h"
#include "engine/graph/op_util.h"

enum { DOUBLES = 13 }; /* rows of doubles that a group or channel works with */

static size_t norm_back_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)n;
    return DOUBLES * (size_t)lanes * sizeof(double);
}

/* ---- BatchNormalization ----
 *
 * With u = x - mean, f = 1 / sqrt(variance + epsilon) and a = scale f the partial derivatives by x, scale, shift, mean and variance are
 * a, u f, 1, -a, -scale u f^3 / 2; along the tangents f' = -f^3 / 2 of the variance's. */

enum { X, SCALE, SHIFT, MEAN, VARIANCE, INPUTS };

/* One channel, with rows of lanes: */
struct channel {
    const struct backward_call *b;
    int64_t channel;
    double *v[INPUTS], *t[INPUTS]; /* what it has of each input, and their tangents; those of X unused */
    double *f, *t_f;
    float *a, *row; /* a, or how it moves; what one element has */
};

static void load_row(const struct operand *o, int64_t element, int lanes, double *row)
{
    const float *from = o->present ? operand_at(o, element, lanes) : NULL;
    for (int l = 0; l < lanes; l++)
        row[l] = from ? (double)from[l * o->lane_stride] : 0;
}

static void load_channel(struct channel *c, bool bend)
{
    const struct op_call *call = c->b->call;
    double epsilon = (double)((const struct batch_params *)call->node->params)->epsilon;
    for (int i = SCALE; i < INPUTS; i++) {
        load_row(&call->inputs[i], c->channel, call->lanes, c->v[i]);
        load_row(&c->b->tx[i], c->channel, call->lanes, c->t[i]);
    }
    for (int l = 0; l < call->lanes; l++) {
        double f = c->f[l] = 1 / sqrt(c->v[VARIANCE][l] + epsilon);
        c->t_f[l] = -f * f * f * c->t[VARIANCE][l] / 2;
        c->a[l] = (float)(bend ? c->t[SCALE][l] * f + c->v[SCALE][l] * c->t_f[l] : c->v[SCALE][l] * f);
    }
}

/* The partial derivative by an input of one element as a row of lanes, or how it moves. */
static const float *partial_row(const struct channel *c, int input, int64_t element, bool bend)
{
    int lanes = c->b->call->lanes;
    const struct operand *x = &c->b->call->inputs[X], *tx = &c->b->tx[X];
    const float *from = operand_at(x, element, lanes),
                *along = bend && tx->present ? operand_at(tx, element, lanes) : NULL;
    for (int l = 0; l < lanes; l++) {
        double u = (double)from[l * x->lane_stride] - c->v[MEAN][l], f = c->f[l], scale = c->v[SCALE][l];
        double du = (along ? (double)along[l * tx->lane_stride] : 0) - c->t[MEAN][l], df = c->t_f[l];
        double by_scale = bend ? du * f + u * df : u * f;
        double by_variance = bend ? c->t[SCALE][l] * u * f * f * f + scale * f * f * (du * f + 3 * u * df)
                                  : scale * u * f * f * f;
        c->row[l] = (float)(input == SCALE      ? by_scale
                            : input == SHIFT    ? !bend
                            : input == VARIANCE ? -by_variance / 2
                                                : -(double)c->a[l]);
    }
    return c->row;
}

static void channel_back(const struct channel *c, int64_t element, bool bend)
{
    const float *dy = operand_at(&c->b->dy[0], element, c->b->call->lanes);
    backward_product(c->b, X, element, dy, c->a, 1);
    for (int i = SCALE; i < INPUTS; i++)
        if (c->b->dx[i].present)
            backward_product(c->b, i, c->channel, dy, partial_row(c, i, element, bend), 1);
}

static void channel_tangent(const struct channel *c, int64_t element)
{
    int lanes = c->b->call->lanes;
    const struct operand *x = &c->b->call->inputs[X], *tx = &c->b->tx[X];
    const float *from = operand_at(x, element, lanes),
                *along = tx->present ? operand_at(tx, element, lanes) : NULL;
    float *ty = operand_at(&c->b->ty[0], element, lanes);
    for (int l = 0; l < lanes; l++) {
        double u = (double)from[l * x->lane_stride] - c->v[MEAN][l];
        double du = (along ? (double)along[l * tx->lane_stride] : 0) - c->t[MEAN][l];
        ty[l] = (float)(c->v[SCALE][l] * (du * c->f[l] + u * c->t_f[l]) + c->t[SCALE][l] * u * c->f[l] +
                        c->t[SHIFT][l]);
    }
}

static void each_channel(const struct backward_call *b, bool bend, bool tangent)
{
    const struct groups *at = &((const struct batch_params *)b->call->node->params)->at;
    int64_t lanes = b->call->lanes;
    double *rows = b->scratch;
    struct channel c = {.b = b, .f = rows, .t_f = rows + lanes, .a = (void *)(rows + 2 * lanes)};
    c.row = c.a + lanes;
    for (int i = SCALE; i < INPUTS; i++) {
        c.v[i] = rows + (1 + 2 * i) * lanes;
        c.t[i] = rows + (2 + 2 * i) * lanes;
    }
    for (c.channel = 0; c.channel < at->n; c.channel++) {
        load_channel(&c, bend);
        for (int64_t k = 0; k < at->outer * at->inner; k++) {
            int64_t element = (k / at->inner * at->n + c.channel) * at->inner + k % at->inner;
            if (tangent)
                channel_tangent(&c, element);
            else
                channel_back(&c, element, bend);
        }
    }
}

static void batch_norm_add(const struct backward_call *b)
{
    each_channel(b, false, false);
}

static void batch_norm_tangent(const struct backward_call *b)
{
    each_channel(b, false, true);
}

static void batch_norm_bend(const struct backward_call *b)
{
    each_channel(b, true, false);
}

const struct backward backward_batch_norm = {.add = batch_norm_add,
                                             .tangent = batch_norm_tangent,
                                             .bend = batch_norm_bend,
                                             .scratch = norm_back_scratch};

/* ---- LayerNormalization and InstanceNormalization ----
 *
 * With v = (x - mean) r, r = 1 / sqrt(variance + epsilon), y = v scale + shift, h = dy scale and M the mean over the group:
 *   dx = r (h - M h - v M(h v)),  dscale = dy v,  dshift = dy
 * and along tx: c = M(v tx), r' = -r^2 c, v' = r (tx - M tx - v c). All in double, lanes innermost. */

/* One group, with rows of lanes: */
struct standing {
    const struct backward_call *b;
    int64_t first, n, at; /* its elements, and which it is */
    int64_t channel;      /* whose scale and shift it has; -1: they are broadcast */
    double epsilon;
    double *mean, *r, *t_mean, *c; /* of x, and along tx */
    double *v, *t_v, *h, *t_h;     /* of one element; t_h: dy times the scale's tangent */
    double *sum[4];                /* M h, M(h v), M t_h, M(t_h v + h v') */
    float *out;
};

static const float no_tangent = 0, no_scale = 1;

/* Element k's row of an operand; a number where it is absent. */
static const float *row_of(const struct standing *s, const struct operand *o, int64_t element,
                           const float *otherwise, int *step)
{
    *step = o && o->present ? o->lane_stride : 0;
    return o && o->present ? operand_at(o, element, s->b->call->lanes) : otherwise;
}

static int64_t parameter_at(const struct standing *s, int input, int64_t k)
{
    const struct shape *over = s->b->call->inputs[0].shape, *own = s->b->call->inputs[input].shape;
    int64_t strides[SHAPE_MAX], flat = s->first + k, offset = 0;
    if (s->channel >= 0)
        return s->channel;
    shape_strides(own, strides);
    for (int d = over->rank - 1; d >= 0; flat /= over->dim[d], d--) {
        int from = d - (over->rank - own->rank);
        offset += from < 0 || own->dim[from] == 1 ? 0 : flat % over->dim[d] * strides[from];
    }
    return offset;
}

static const float *parameter_row(const struct standing *s, const struct operand *all, int input, int64_t k,
                                  const float *otherwise, int *step)
{
    bool there = input < s->b->call->n_inputs && all[input].present;
    return row_of(s, there ? &all[input] : NULL, there ? parameter_at(s, input, k) : 0, otherwise, step);
}

/* v, and v' along the tangent. */
static void load_v(const struct standing *s, int64_t k, bool along)
{
    int step, t_step, lanes = s->b->call->lanes;
    const float *x = row_of(s, &s->b->call->inputs[0], s->first + k, &no_tangent, &step);
    const float *t = row_of(s, along ? &s->b->tx[0] : NULL, s->first + k, &no_tangent, &t_step);
    for (int l = 0; l < lanes; l++)
        s->v[l] = ((double)x[l * step] - s->mean[l]) * s->r[l];
    for (int l = 0; along && l < lanes; l++)
        s->t_v[l] = s->r[l] * ((double)t[l * t_step] - s->t_mean[l] - s->v[l] * s->c[l]);
}

static const float *load_h(const struct standing *s, int64_t k, bool along)
{
    int step, t_step, d_step, lanes = s->b->call->lanes;
    const float *scale = parameter_row(s, s->b->call->inputs, 1, k, &no_scale, &step);
    const float *t =
        along ? parameter_row(s, s->b->tx, 1, k, &no_tangent, &t_step) : (t_step = 0, &no_tangent);
    const float *dy = row_of(s, &s->b->dy[0], s->first + k, &no_tangent, &d_step);
    for (int l = 0; l < lanes; l++) {
        s->h[l] = (double)dy[l * d_step] * (double)scale[l * step];
        s->t_h[l] = (double)dy[l * d_step] * (double)t[l * t_step];
    }
    return dy;
}

static void stand(const struct standing *s, bool along)
{
    int step, lanes = s->b->call->lanes;
    double n = (double)s->n;
    lanes_fill(s->mean, 0, (size_t)lanes);
    lanes_fill(s->t_mean, 0, (size_t)lanes);
    lanes_fill(s->r, 0, (size_t)lanes);
    lanes_fill(s->c, 0, (size_t)lanes);
    for (int64_t k = 0; k < s->n; k++) {
        const float *x = row_of(s, &s->b->call->inputs[0], s->first + k, &no_tangent, &step);
        for (int l = 0; l < lanes; l++)
            s->mean[l] += (double)x[l * step] / n;
    }
    for (int64_t k = 0; k < s->n; k++) {
        const float *x = row_of(s, &s->b->call->inputs[0], s->first + k, &no_tangent, &step);
        for (int l = 0; l < lanes; l++) {
            double u = (double)x[l * step] - s->mean[l];
            s->r[l] += u * u / n;
        }
    }
    for (int l = 0; l < lanes; l++)
        s->r[l] = 1 / sqrt(s->r[l] + s->epsilon);
    for (int64_t k = 0; along && k < s->n; k++) {
        const float *t = row_of(s, &s->b->tx[0], s->first + k, &no_tangent, &step);
        load_v(s, k, false);
        for (int l = 0; l < lanes; l++) {
            s->t_mean[l] += (double)t[l * step] / n;
            s->c[l] += s->v[l] * (double)t[l * step] / n;
        }
    }
}

static void add_means(const struct standing *s, bool along)
{
    int lanes = s->b->call->lanes;
    double n = (double)s->n;
    for (int i = 0; i < 4; i++)
        lanes_fill(s->sum[i], 0, (size_t)lanes);
    for (int64_t k = 0; k < s->n; k++) {
        load_v(s, k, along);
        load_h(s, k, along);
        for (int l = 0; l < lanes; l++) {
            s->sum[0][l] += s->h[l] / n;
            s->sum[1][l] += s->h[l] * s->v[l] / n;
            s->sum[2][l] += s->t_h[l] / n;
            s->sum[3][l] += (s->t_h[l] * s->v[l] + (along ? s->h[l] * s->t_v[l] : 0)) / n;
        }
    }
}

/* What the derivatives by the statistics, outputs 1 and 2, add to the row of one element. */
static void by_statistics(const struct standing *s, bool along)
{
    const struct backward_call *b = s->b;
    int step, r_step, outputs = b->call->n_outputs;
    const float *mean = row_of(s, outputs > 1 && !along ? &b->dy[1] : NULL, s->at, &no_tangent, &step);
    const float *r = row_of(s, outputs > 2 ? &b->dy[2] : NULL, s->at, &no_tangent, &r_step);
    for (int l = 0; l < b->call->lanes; l++) {
        double v = along ? s->t_v[l] - 2 * s->r[l] * s->c[l] * s->v[l] : s->v[l];
        s->out[l] +=
            (float)(((double)mean[l * step] - (double)r[l * r_step] * s->r[l] * s->r[l] * v) / (double)s->n);
    }
}

static void add_parameter(const struct standing *s, int input, int64_t k, const float *dy, const double *by)
{
    if (input >= s->b->call->n_inputs || !s->b->dx[input].present)
        return;
    for (int l = 0; l < s->b->call->lanes; l++)
        s->out[l] = by ? (float)((double)dy[l] * by[l]) : dy[l];
    backward_row(s->b, input, parameter_at(s, input, k), s->out);
}

static void stand_add(const struct standing *s)
{
    int lanes = s->b->call->lanes;
    stand(s, false);
    add_means(s, false);
    for (int64_t k = 0; k < s->n; k++) {
        load_v(s, k, false);
        const float *dy = load_h(s, k, false);
        for (int l = 0; l < lanes; l++)
            s->out[l] = (float)(s->r[l] * (s->h[l] - s->sum[0][l] - s->v[l] * s->sum[1][l]));
        by_statistics(s, false);
        backward_row(s->b, 0, s->first + k, s->out);
        if (s->b->dy[0].present) {
            add_parameter(s, 1, k, dy, s->v);
            add_parameter(s, 2, k, dy, NULL);
        }
    }
}

static void stand_tangent(const struct standing *s)
{
    const struct operand *ty = s->b->ty;
    int step, t_step, shift_step, lanes = s->b->call->lanes;
    stand(s, true);
    for (int64_t k = 0; ty[0].present && k < s->n; k++) {
        const float *scale = parameter_row(s, s->b->call->inputs, 1, k, &no_scale, &step);
        const float *t = parameter_row(s, s->b->tx, 1, k, &no_tangent, &t_step);
        const float *shift = parameter_row(s, s->b->tx, 2, k, &no_tangent, &shift_step);
        float *to = operand_at(&ty[0], s->first + k, lanes);
        load_v(s, k, true);
        for (int l = 0; l < lanes; l++)
            to[l] = (float)(s->t_v[l] * (double)scale[l * step] + s->v[l] * (double)t[l * t_step] +
                            (double)shift[l * shift_step]);
    }
    for (int i = 1; i < s->b->call->n_outputs; i++)
        for (int l = 0; ty[i].present && l < lanes; l++)
            ((float *)operand_at(&ty[i], s->at, lanes))[l] =
                (float)(i == 1 ? s->t_mean[l] : -s->r[l] * s->r[l] * s->c[l]);
}

static void stand_bend(const struct standing *s)
{
    int lanes = s->b->call->lanes;
    stand(s, true);
    add_means(s, true);
    for (int64_t k = 0; k < s->n; k++) {
        load_v(s, k, true);
        const float *dy = load_h(s, k, true);
        for (int l = 0; l < lanes; l++) {
            double dr = -s->r[l] * s->r[l] * s->c[l];
            s->out[l] = (float)(dr * (s->h[l] - s->sum[0][l] - s->v[l] * s->sum[1][l]) +
                                s->r[l] * (s->t_h[l] - s->sum[2][l] - s->t_v[l] * s->sum[1][l] -
                                           s->v[l] * s->sum[3][l]));
        }
        by_statistics(s, true);
        backward_row(s->b, 0, s->first + k, s->out);
        if (s->b->dy[0].present)
            add_parameter(s, 1, k, dy, s->t_v);
    }
}

static void each_standing(const struct backward_call *b, void (*visit)(const struct standing *s))
{
    bool by_channel = strcmp(b->call->node->op->name, "InstanceNormalization") == 0;
    const struct batch_params *instance = b->call->node->params;
    const struct layer_params *layer = b->call->node->params;
    int64_t groups = by_channel ? instance->at.outer * instance->at.n : layer->outer;
    int64_t lanes = b->call->lanes;
    double *row[DOUBLES];
    for (int i = 0; i < DOUBLES; i++)
        row[i] = (double *)b->scratch + i * lanes;
    struct standing s = {.b = b,
                         .n = by_channel ? instance->at.inner : layer->n,
                         .epsilon = (double)(by_channel ? instance->epsilon : layer->epsilon),
                         .mean = row[0],
                         .r = row[1],
                         .t_mean = row[2],
                         .c = row[3],
                         .v = row[4],
                         .t_v = row[5],
                         .h = row[6],
                         .t_h = row[7],
                         .sum = {row[8], row[9], row[10], row[11]},
                         .out = (void *)row[12]};
    for (s.at = 0; s.at < groups; s.at++) {
        s.first = s.at * s.n;
        s.channel = by_channel ? s.at % instance->at.n : -1;
        visit(&s);
    }
}

static void standing_add(const struct backward_call *b)
{
    each_standing(b, stand_add);
}

static void standing_tangent(const struct backward_call *b)
{
    each_standing(b, stand_tangent);
}

static void standing_bend(const struct backward_call *b)
{
    each_standing(b, stand_bend);
}

const struct backward backward_standing = {
    .add = standing_add, .tangent = standing_tangent, .bend = standing_bend, .scratch = norm_back_scratch};
