/* op_ml: what scikit-learn's exporter puts around a network (domain ai.onnx.ml): scaling before it, picking columns and
 * naming classes behind it. Labels themselves are no numbers: graph_bind cuts an unused label output off. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_lanes.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"

/* ---- Scaler: y = (x - offset) * scale ---- */

static bool scaler_list(struct graph *g, struct node *n, const char *name, int64_t features, struct err *e)
{
    const struct attr *a = node_attr(n, name);
    if (!a || a->kind != ATTR_FLOATS || a->n < 1)
        return op_fail(g, n, e, "it has no list of numbers '%s'", name);
    if (a->n != 1 && a->n != features)
        return op_fail(g, n, e, "its '%s' holds %lld numbers for %lld features", name, (long long)a->n,
                       (long long)features);
    return true;
}

static bool scaler_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct shape *x = &op_input(g, n, 0)->shape;
    if (x->rank < 1)
        return op_fail(g, n, e, "its input is a single number");
    int64_t features = x->dim[x->rank - 1];
    return scaler_list(g, n, "offset", features, e) && scaler_list(g, n, "scale", features, e) &&
           op_result(g, n, 0, DT_F32, x, e);
}

static void to_real(const struct operand *x, int64_t n, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = x->type == DT_I32 ? (float)((const int32_t *)x->data)[i] : ((const float *)x->data)[i];
}

static void scaler_forward(const struct op_call *c)
{
    const struct shape *shape = c->outputs[0].shape;
    const struct attr *lists[] = {node_attr(c->node, "offset"), node_attr(c->node, "scale")};
    float *y = c->outputs[0].data;
    int64_t features = shape->dim[shape->rank - 1], n = shape_elements(shape);
    to_real(&c->inputs[0], n * c->lanes, y);
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) {
            const float *z = lists[k]->floats + (lists[k]->n == 1 ? 0 : i % features);
            float *row = y + i * c->lanes;
            c->kernels->own->zip(k == 0 ? ZIP_SUB : ZIP_MUL, 1, c->lanes, row, 1, z, 0, row);
        }
}

/* ---- ArrayFeatureExtractor: columns of the last axis ---- */

struct extractor_params {
    int64_t rows, features, n;
    int64_t column[]; /* n of them */
};

static bool extractor_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    const struct tensor *index = op_constant(g, n, 1);
    if (!index)
        return op_unsupported(g, n, e, "its columns depend on the data; they must be constant");
    if (index->type != DT_I32 || x->shape.rank < 1)
        return op_fail(g, n, e, "it wants a tensor with columns and a list of whole numbers");
    int64_t count = shape_elements(&index->shape), features = x->shape.dim[x->shape.rank - 1];
    struct extractor_params *p = op_params(n, sizeof *p + (size_t)count * sizeof *p->column);
    p->rows = features ? shape_elements(&x->shape) / features : 0;
    p->features = features;
    p->n = count;
    for (int64_t k = 0; k < count; k++) {
        p->column[k] = tensor_int(index, k);
        if (p->column[k] < 0 || p->column[k] >= features)
            return op_fail(g, n, e, "column %lld does not exist among %lld", (long long)p->column[k],
                           (long long)features);
    }
    struct shape y = x->shape;
    if (y.rank == 1) /* a single record comes back as a row */
        y = (struct shape){2, {1, 0}};
    y.dim[y.rank - 1] = count;
    return op_result(g, n, 0, x->type, &y, e);
}

static void extractor_forward(const struct op_call *c)
{
    const struct extractor_params *p = c->node->params;
    for (int64_t r = 0; r < p->rows; r++)
        for (int64_t k = 0; k < p->n; k++)
            operand_copy(&c->outputs[0], r * p->n + k, &c->inputs[0], r * p->features + p->column[k], 1,
                         c->lanes);
}

/* ---- ZipMap: names for the columns of a probability table; the numbers stay ---- */

static bool zip_map_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    return op_result(g, n, 0, x->type, &x->shape, e);
}

static void zip_map_forward(const struct op_call *c)
{
    operand_copy(&c->outputs[0], 0, &c->inputs[0], 0, shape_elements(c->outputs[0].shape), c->lanes);
}

/* ---- Normalizer: each row divided by its largest value, sum of magnitudes, or length; rows of 0 stay ---- */

static const char *const norms[] = {"MAX", "L1", "L2"};
enum { NORM_MAX, NORM_L1, NORM_L2, NORMS };

static bool normalizer_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    const char *name = node_text(n, "norm", "MAX");
    int *p = op_params(n, sizeof *p);
    while (*p < NORMS && strcmp(norms[*p], name) != 0)
        (*p)++;
    if (*p == NORMS)
        return op_unsupported(g, n, e, "norm '%s' is not known (MAX, L1, L2)", name);
    if (x->shape.rank < 1)
        return op_fail(g, n, e, "its input is a single number");
    return op_result(g, n, 0, DT_F32, &x->shape, e);
}

static void normalise(float *y, int64_t n, int64_t step, int norm)
{
    double sum = norm == NORM_MAX ? -INFINITY : 0;
    for (int64_t k = 0; k < n; k++) {
        double v = y[k * step];
        if (norm == NORM_MAX)
            sum = v > sum ? v : sum;
        else
            sum += norm == NORM_L1 ? fabs(v) : v * v;
    }
    double by = norm == NORM_L2 ? sqrt(sum) : sum;
    for (int64_t k = 0; by != 0 && k < n; k++)
        y[k * step] = (float)(y[k * step] / by);
}

static void normalizer_forward(const struct op_call *c)
{
    const struct shape *shape = c->outputs[0].shape;
    int64_t columns = shape->dim[shape->rank - 1], n = shape_elements(shape);
    float *y = c->outputs[0].data;
    to_real(&c->inputs[0], n * c->lanes, y);
    for (int64_t at = 0; at < n; at += columns)
        for (int l = 0; l < c->lanes; l++)
            normalise(y + at * c->lanes + l, columns, c->lanes, *(const int *)c->node->params);
}

/* ---- derivatives ---- */

/* dy or tx times each column's scale. */
static void scale_rows(const struct backward_call *b, bool tangent)
{
    const struct op_call *c = b->call;
    const struct shape *shape = c->outputs[0].shape;
    const struct attr *scale = node_attr(c->node, "scale");
    int64_t features = shape->dim[shape->rank - 1];
    if (tangent)
        backward_still(b, 0);
    for (int64_t i = 0; (!tangent || b->tx[0].present) && i < shape_elements(shape); i++) {
        const float *by = scale->floats + (scale->n == 1 ? 0 : i % features);
        if (tangent)
            c->kernels->own->multiply_add(c->lanes, operand_at(&b->tx[0], i, c->lanes), 1, by, 0,
                                          operand_at(&b->ty[0], i, c->lanes));
        else
            backward_product(b, 0, i, operand_at(&b->dy[0], i, c->lanes), by, 0);
    }
}

static void scaler_add(const struct backward_call *b)
{
    scale_rows(b, false);
}

static void scaler_tangent(const struct backward_call *b)
{
    scale_rows(b, true);
}

static const struct backward scaler_backward = {.add = scaler_add, .tangent = scaler_tangent};

/* One row of one lane of a Normalizer, y = x / N(x): numbers `step` apart, NULL for none. n_k is the derivative of N by x_k. */
struct normed {
    int norm;
    int64_t n, step, largest; /* of NORM_MAX: which it is */
    const float *x, *t, *d;
    double by, moves; /* N, and how it moves along t */
};

static double normed_slope(const struct normed *s, int64_t k)
{
    double x = (double)s->x[k * s->step];
    return s->norm == NORM_MAX ? k == s->largest : s->norm == NORM_L1 ? (x > 0) - (x < 0) : x / s->by;
}

/* false: a row of 0, which stays. */
static bool normed_begin(struct normed *s)
{
    double sum = 0;
    s->largest = 0;
    for (int64_t k = 0; k < s->n; k++) {
        double x = (double)s->x[k * s->step];
        s->largest = s->x[k * s->step] > s->x[s->largest * s->step] ? k : s->largest;
        sum += s->norm == NORM_L1 ? fabs(x) : x * x;
    }
    s->by = s->norm == NORM_MAX ? (double)s->x[s->largest * s->step] : s->norm == NORM_L2 ? sqrt(sum) : sum;
    s->moves = 0;
    for (int64_t k = 0; s->t && s->by != 0 && k < s->n; k++)
        s->moves += normed_slope(s, k) * (double)s->t[k * s->step];
    return s->by != 0;
}

static double dot(const struct normed *s, const float *a)
{
    double sum = 0;
    for (int64_t k = 0; k < s->n; k++)
        sum += (double)s->d[k * s->step] * (double)a[k * s->step];
    return sum;
}

static double normed_add(const struct normed *s, int64_t k)
{
    return (double)s->d[k * s->step] / s->by - dot(s, s->x) / (s->by * s->by) * normed_slope(s, k);
}

static double normed_tangent(const struct normed *s, int64_t k)
{
    return (double)s->t[k * s->step] / s->by - (double)s->x[k * s->step] / (s->by * s->by) * s->moves;
}

static double normed_bend(const struct normed *s, int64_t k)
{
    double n2 = s->by * s->by, slope = normed_slope(s, k), sum = dot(s, s->x), bend = 0;
    if (s->norm == NORM_L2)
        bend = (double)s->t[k * s->step] / s->by - (double)s->x[k * s->step] * s->moves / n2;
    return -(double)s->d[k * s->step] * s->moves / n2 -
           (dot(s, s->t) * slope + sum * bend - 2 * sum * slope * s->moves / s->by) / n2;
}

static const float *lane_row(const struct operand *o, int64_t element, int lanes, int lane)
{
    return o->present ? (const float *)operand_at(o, element, lanes) + lane : NULL;
}

/* to[k] += f(row, k) for all rows and lanes; a row of 0 passes what comes, and does not bend. */
static void each_normed(const struct backward_call *b, const struct operand *to, bool along,
                        double (*f)(const struct normed *s, int64_t k))
{
    const struct op_call *c = b->call;
    const struct shape *shape = c->outputs[0].shape;
    int64_t columns = shape->dim[shape->rank - 1], n = shape_elements(shape);
    if (!to->present || (along && !b->tx[0].present))
        return;
    for (int64_t at = 0; at < n; at += columns)
        for (int l = 0; l < c->lanes; l++) {
            struct normed s = {.norm = *(const int *)c->node->params,
                               .n = columns,
                               .step = c->lanes,
                               .x = lane_row(&c->inputs[0], at, c->lanes, l),
                               .t = along ? lane_row(&b->tx[0], at, c->lanes, l) : NULL,
                               .d = f == normed_tangent ? NULL : lane_row(&b->dy[0], at, c->lanes, l)};
            bool still = !normed_begin(&s);
            const float *passes = f == normed_add ? s.d : f == normed_tangent ? s.t : NULL;
            for (int64_t k = 0; k < columns; k++)
                ((float *)operand_at(to, at + k, c->lanes))[l] +=
                    (float)(!still   ? f(&s, k)
                            : passes ? (double)passes[k * c->lanes]
                                     : 0);
        }
}

static void normalizer_add(const struct backward_call *b)
{
    each_normed(b, &b->dx[0], false, normed_add);
}

static void normalizer_tangent(const struct backward_call *b)
{
    backward_still(b, 0);
    each_normed(b, &b->ty[0], true, normed_tangent);
}

static void normalizer_bend(const struct backward_call *b)
{
    each_normed(b, &b->dx[0], true, normed_bend);
}

static const struct backward normalizer_backward = {
    .add = normalizer_add, .tangent = normalizer_tangent, .bend = normalizer_bend};

#define ROW(NAME, INPUTS)                                                                                    \
    .domain = "ai.onnx.ml", .name = NAME, .min_inputs = INPUTS, .max_inputs = INPUTS, .max_outputs = 1

const struct op op_ml_rows[] = {
    {ROW("Scaler", 1), .flow = FLOW_SAME, .shape = scaler_shape, .forward = scaler_forward,
     .backward = &scaler_backward},
    {ROW("ArrayFeatureExtractor", 2), .flow = FLOW_MOVE, .shape = extractor_shape,
     .forward = extractor_forward, .backward = &backward_move},
    {ROW("ZipMap", 1), .flow = FLOW_SAME, .shape = zip_map_shape, .forward = zip_map_forward,
     .backward = &backward_view},
    {ROW("Normalizer", 1), .shape = normalizer_shape, .forward = normalizer_forward,
     .backward = &normalizer_backward},
};
const int op_ml_count = sizeof op_ml_rows / sizeof *op_ml_rows;
