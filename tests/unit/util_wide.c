/* util_wide: see util_wide.h. Windows, weighted sums and index maps are those of the engine, the arithmetic is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/moves.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/graph/weighted.h"
#include "engine/kernels/kernels.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_wide.h"

/* One node's operands. */
struct wide_call {
    const struct wide *w;
    const struct node *n;
    const double *x[8];
    const struct shape *xs[8];
    double *y;
    const struct shape *ys;
    int64_t count; /* elements of y */
};

void wide_init(struct wide *w, const struct graph *g)
{
    *w = (struct wide){.g = g, .v = mem_zero((size_t)g->n_values, sizeof *w->v)};
    for (int v = 0; v < g->n_values; v++) {
        int64_t n = shape_elements(&g->values[v].shape);
        w->v[v] = mem_zero((size_t)n + 1, sizeof **w->v);
        for (int64_t i = 0; g->values[v].constant && i < n; i++)
            w->v[v][i] = tensor_real(g->values[v].constant, i);
    }
}

void wide_release(struct wide *w)
{
    for (int v = 0; v < w->g->n_values; v++)
        free(w->v[v]);
    free(w->v);
}

static bool is(const struct wide_call *c, const char *name)
{
    return strcmp(c->n->op->name, name) == 0;
}

static int64_t product(const struct shape *s, int from, int to)
{
    int64_t n = 1;
    for (int d = from; d < to; d++)
        n *= s->dim[d];
    return n;
}

/* Where element i of a shape reads an operand that is broadcast to it. */
static int64_t broadcast(const struct shape *over, int64_t i, const struct shape *s)
{
    int64_t strides[SHAPE_MAX], at = 0;
    shape_strides(s, strides);
    for (int d = over->rank - 1; d >= 0; i /= over->dim[d], d--) {
        int k = d - (over->rank - s->rank);
        at += k < 0 || s->dim[k] == 1 ? 0 : i % over->dim[d] * strides[k];
    }
    return at;
}

/* ---- one operand ---- */

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static bool map_of(const struct wide_call *c, double x, double *y)
{
    double a = (double)node_float(c->n, "alpha",
                                  is(c, "LeakyRelu")     ? 0.01f
                                  : is(c, "HardSigmoid") ? 0.2f
                                                         : 1);
    double b = (double)node_float(c->n, "beta", 0.5f), selu = 1.67326319217681884765625,
           gamma = 1.05070102214813232421875;
    bool rough = strcmp(node_text(c->n, "approximate", "none"), "tanh") == 0;
    *y = is(c, "Relu")            ? fmax(x, 0)
         : is(c, "LeakyRelu")     ? (x < 0 ? a * x : x)
         : is(c, "Elu")           ? (x < 0 ? a * expm1(x) : x)
         : is(c, "Selu")          ? gamma * (x < 0 ? selu * expm1(x) : x)
         : is(c, "Sigmoid")       ? sigmoid(x)
         : is(c, "HardSigmoid")   ? clamp(a * x + b, 0, 1)
         : is(c, "HardSwish")     ? x * clamp(x / 6 + 0.5, 0, 1)
         : is(c, "Tanh")          ? tanh(x)
         : is(c, "Softplus")      ? log1p(exp(x))
         : is(c, "Softsign")      ? x / (1 + fabs(x))
         : is(c, "Erf")           ? erf(x)
         : is(c, "Gelu") && rough ? 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)))
         : is(c, "Gelu")          ? 0.5 * x * (1 + erf(x / sqrt(2)))
         : is(c, "Exp")           ? exp(x)
         : is(c, "Log")           ? log(x)
         : is(c, "Sqrt")          ? sqrt(x)
         : is(c, "Reciprocal")    ? 1 / x
         : is(c, "Abs")           ? fabs(x)
         : is(c, "Neg")           ? -x
         : is(c, "Not")           ? x == 0
         : is(c, "Ceil")          ? ceil(x)
         : is(c, "Floor")         ? floor(x)
                                  : NAN;
    return !isnan(*y) || isnan(x);
}

static bool cast(const struct wide_call *c)
{
    enum dtype to = c->w->g->values[c->n->outputs[0]].type;
    for (int64_t i = 0; i < c->count; i++)
        c->y[i] = to == DT_I32 ? trunc(c->x[0][i]) : to == DT_BOOL ? c->x[0][i] != 0 : c->x[0][i];
    return true;
}

static bool clip(const struct wide_call *c)
{
    double low = c->x[1] ? c->x[1][0] : (double)node_float(c->n, "min", -FLT_MAX);
    double high = c->x[2] ? c->x[2][0] : (double)node_float(c->n, "max", FLT_MAX);
    for (int64_t i = 0; i < c->count; i++)
        c->y[i] = fmin(fmax(c->x[0][i], low), high);
    return true;
}

/* ---- several ---- */

static bool pair_of(const struct wide_call *c, double x, double z, double *y)
{
    *y = is(c, "Add") || is(c, "Sum") ? x + z
         : is(c, "Sub")               ? x - z
         : is(c, "Mul")               ? x * z
         : is(c, "Div")               ? x / z
         : is(c, "Min")               ? fmin(x, z)
         : is(c, "Max")               ? fmax(x, z)
         : is(c, "PRelu")             ? (x < 0 ? x * z : x)
         : is(c, "Pow")               ? pow(x, z)
         : is(c, "Greater")           ? x > z
         : is(c, "Less")              ? x < z
         : is(c, "GreaterOrEqual")    ? x >= z
         : is(c, "LessOrEqual")       ? x <= z
         : is(c, "Equal")             ? x == z
         : is(c, "And")               ? (x != 0 && z != 0)
         : is(c, "Or")                ? (x != 0 || z != 0)
                                      : NAN;
    return !isnan(*y);
}

static bool pairs(const struct wide_call *c)
{
    bool known = c->n->n_inputs > 1 || is(c, "Sum") || is(c, "Min") || is(c, "Max");
    for (int64_t i = 0; known && i < c->count; i++) {
        c->y[i] = c->x[0][broadcast(c->ys, i, c->xs[0])];
        for (int k = 1; known && k < c->n->n_inputs; k++)
            known = pair_of(c, c->y[i], c->x[k][broadcast(c->ys, i, c->xs[k])], &c->y[i]);
    }
    return known;
}

static bool where(const struct wide_call *c)
{
    for (int64_t i = 0; i < c->count; i++) {
        int k = c->x[0][broadcast(c->ys, i, c->xs[0])] != 0 ? 1 : 2;
        c->y[i] = c->x[k][broadcast(c->ys, i, c->xs[k])];
    }
    return true;
}

/* ---- moving ---- */

static bool move(const struct wide_call *c)
{
    const struct graph *g = c->w->g;
    struct moves m;
    moves_find(g, c->n, &m);
    for (int i = 0; i < c->n->n_outputs; i++)
        for (int64_t k = 0; m.from[i] && k < shape_elements(&g->values[c->n->outputs[i]].shape); k++) {
            int slot;
            int64_t from;
            bool comes = moves_source(&m, i, k, &slot, &from);
            c->w->v[c->n->outputs[i]][k] = comes ? c->w->v[c->n->inputs[slot]][from] : 0;
        }
    moves_release(&m);
    return true;
}

/* Gather whose indexes come with the data. */
static bool gather(const struct wide_call *c)
{
    int axis = (int)node_int(c->n, "axis", 0);
    axis += axis < 0 ? c->xs[0]->rank : 0;
    int64_t inner = product(c->xs[0], axis + 1, c->xs[0]->rank), size = c->xs[0]->dim[axis],
            picks = shape_elements(c->xs[1]);
    for (int64_t i = 0; i < c->count; i++) {
        int64_t index = (int64_t)c->x[1][i / inner % picks];
        index += index < 0 ? size : 0;
        c->y[i] =
            c->x[0][(i / inner / picks * size + (int64_t)clamp((double)index, 0, (double)size - 1)) * inner +
                    i % inner];
    }
    return true;
}

/* ---- sums ---- */

static bool weighted(const struct wide_call *c, const struct weighted *w)
{
    int64_t positions = weighted_positions(w), terms = w->inputs * w->taps;
    const double *bias = is(c, "Conv") || is(c, "ConvTranspose") ? c->x[2] : NULL;
    for (int64_t at = 0; at < w->blocks * w->groups * w->rows * positions; at++) {
        int64_t p = at % positions, r = at / positions % w->rows,
                group = at / positions / w->rows % w->groups, block = at / positions / w->rows / w->groups;
        double sum = bias ? bias[group * w->rows + r] : 0;
        for (int64_t k = 0; k < terms; k++) {
            int64_t from = weighted_source(w, p, k % w->taps);
            if (from >= 0)
                sum += (double)w->scale *
                       c->x[w->weight][group * w->group_step + r * w->row_step + k / w->taps * w->input_step +
                                       k % w->taps] *
                       c->x[w->data][block * w->x_block + group * w->x_group + k / w->taps * w->x_input +
                                     from * w->x_position];
        }
        c->y[block * w->y_block + group * w->y_group + r * w->y_row + p * w->y_position] = sum;
    }
    return true;
}

/* MatMul and Gemm of two activations; matrices of rank 2 and more. */
static bool matmul(const struct wide_call *c)
{
    bool ta = node_int(c->n, "transA", 0) != 0, tb = node_int(c->n, "transB", 0) != 0;
    const struct shape *a = c->xs[0], *b = c->xs[1];
    int64_t m = c->ys->dim[c->ys->rank - 2], n = c->ys->dim[c->ys->rank - 1];
    int64_t k = a->dim[a->rank - (ta ? 2 : 1)], alpha = 1;
    struct shape ab = *a, bb = *b, yb = *c->ys;
    ab.rank -= 2, bb.rank -= 2, yb.rank -= 2;
    for (int64_t at = 0; at < c->count; at++) {
        int64_t batch = at / (m * n), i = at / n % m, j = at % n;
        const double *left = c->x[0] + broadcast(&yb, batch, &ab) * m * k;
        const double *right = c->x[1] + broadcast(&yb, batch, &bb) * k * n;
        double sum = 0;
        for (int64_t t = 0; t < k; t++)
            sum += left[ta ? t * m + i : i * k + t] * right[tb ? j * k + t : t * n + j];
        c->y[at] = (double)alpha * sum;
    }
    return true;
}

static bool products(const struct wide_call *c)
{
    const struct weighted *w = op_weighted(c->n);
    if (!(w ? weighted(c, w) : matmul(c)) || !is(c, "Gemm"))
        return true;
    for (int64_t i = 0; i < c->count; i++) {
        c->y[i] *= w ? 1 : (double)node_float(c->n, "alpha", 1);
        if (c->x[2])
            c->y[i] += (double)node_float(c->n, "beta", 1) * c->x[2][broadcast(c->ys, i, c->xs[2])];
    }
    return true;
}

/* Letters alone, with an arrow. */
static bool einsum(const struct wide_call *c)
{
    const char *text = node_text(c->n, "equation", ""), *part[3] = {text, NULL, strstr(text, "->") + 2};
    int64_t dim[128] = {0}, at[128] = {0}, all = 1;
    char letters[32] = "";
    part[1] = strchr(text, ',') ? strchr(text, ',') + 1 : NULL;
    for (int k = 0; k < c->n->n_inputs; k++)
        for (int d = 0; d < c->xs[k]->rank; d++) {
            char letter = part[k][d];
            if (!strchr(letters, letter))
                strncat(letters, &letter, 1);
            dim[(int)letter] = c->xs[k]->dim[d];
        }
    for (const char *l = letters; *l; l++)
        all *= dim[(int)*l];
    memset(c->y, 0, (size_t)c->count * sizeof *c->y);
    for (int64_t i = 0; i < all; i++) {
        int64_t rest = i, y = 0;
        double term = 1;
        for (const char *l = letters; *l; rest /= dim[(int)*l], l++)
            at[(int)*l] = rest % dim[(int)*l];
        for (int k = 0; k < c->n->n_inputs; k++) {
            int64_t x = 0;
            for (int d = 0; d < c->xs[k]->rank; d++)
                x = x * c->xs[k]->dim[d] + at[(int)part[k][d]];
            term *= c->x[k][x];
        }
        for (int d = 0; d < c->ys->rank; d++)
            y = y * c->ys->dim[d] + at[(int)part[2][d]];
        c->y[y] += term;
    }
    return true;
}

/* ---- proportions ---- */

static bool batch_norm(const struct wide_call *c)
{
    int64_t channels = c->xs[0]->dim[1], inner = product(c->xs[0], 2, c->xs[0]->rank);
    for (int64_t i = 0; i < c->count; i++) {
        int64_t ch = i / inner % channels;
        c->y[i] = (c->x[0][i] - c->x[3][ch]) /
                      sqrt(c->x[4][ch] + (double)node_float(c->n, "epsilon", 1e-5f)) * c->x[1][ch] +
                  c->x[2][ch];
    }
    return true;
}

static bool standardise(const struct wide_call *c)
{
    bool layer = is(c, "LayerNormalization");
    int axis = layer ? (int)node_int(c->n, "axis", -1) : 2;
    axis += axis < 0 ? c->xs[0]->rank : 0;
    int64_t n = product(c->xs[0], axis, c->xs[0]->rank);
    for (int64_t g = 0; g < c->count / n; g++) {
        const double *x = c->x[0] + g * n;
        double mean = 0, spread = 0;
        for (int64_t k = 0; k < n; k++)
            mean += x[k] / (double)n;
        for (int64_t k = 0; k < n; k++)
            spread += (x[k] - mean) * (x[k] - mean) / (double)n;
        double r = 1 / sqrt(spread + (double)node_float(c->n, "epsilon", 1e-5f));
        for (int64_t k = 0; k < n; k++) {
            int64_t at[3] = {0};
            for (int i = 1; i < c->n->n_inputs; i++)
                at[i] = layer ? broadcast(c->ys, g * n + k, c->xs[i]) : g % c->xs[0]->dim[1];
            c->y[g * n + k] = (x[k] - mean) * r * c->x[1][at[1]] + (c->x[2] ? c->x[2][at[2]] : 0);
        }
        for (int i = 1; i < c->n->n_outputs; i++)
            if (c->n->outputs[i] >= 0)
                c->w->v[c->n->outputs[i]][g] = i == 1 ? mean : r;
    }
    return true;
}

static bool softmax(const struct wide_call *c)
{
    bool single = c->n->opset >= 13;
    int axis = (int)node_int(c->n, "axis", single ? -1 : 1);
    axis += axis < 0 ? c->xs[0]->rank : 0;
    int64_t n = single ? c->xs[0]->dim[axis] : product(c->xs[0], axis, c->xs[0]->rank);
    int64_t inner = single ? product(c->xs[0], axis + 1, c->xs[0]->rank) : 1;
    for (int64_t i = 0; i < c->count; i++) {
        double sum = 0;
        int64_t first = i / (n * inner) * n * inner + i % inner;
        for (int64_t k = 0; k < n; k++)
            sum += exp(c->x[0][first + k * inner] - c->x[0][i]);
        c->y[i] = is(c, "LogSoftmax") ? -log(sum) : 1 / sum;
    }
    return true;
}

/* ---- folding ---- */

/* The result that element i of the input goes into: the same position with the axes that are gone left out. */
static int64_t folded(const struct wide_call *c, int64_t i)
{
    bool gone[SHAPE_MAX] = {false};
    const struct attr *a = node_attr(c->n, "axes");
    int64_t n = a ? a->n : c->x[1] ? shape_elements(c->xs[1]) : 0, at = 0, step = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t axis = a ? a->ints[k] : (int64_t)c->x[1][k];
        gone[axis < 0 ? axis + c->xs[0]->rank : axis] = true;
    }
    for (int d = c->xs[0]->rank - 1; d >= 0; i /= c->xs[0]->dim[d], d--)
        if (n > 0 && !gone[d]) {
            at += i % c->xs[0]->dim[d] * step;
            step *= c->xs[0]->dim[d];
        }
    return at;
}

static bool reduce(const struct wide_call *c)
{
    const char *kind = c->n->op->name + strlen("Reduce");
    int64_t n = shape_elements(c->xs[0]);
    bool most = !strcmp(kind, "Max"), least = !strcmp(kind, "Min"), all = !strcmp(kind, "Prod");
    for (int64_t i = 0; i < c->count; i++)
        c->y[i] = most ? -INFINITY : least ? INFINITY : all;
    for (int64_t i = 0; i < n; i++) {
        double x = c->x[0][i], *y = &c->y[folded(c, i)];
        *y = most                    ? fmax(*y, x)
             : least                 ? fmin(*y, x)
             : all                   ? *y * x
             : !strcmp(kind, "L1")   ? *y + fabs(x)
             : !strcmp(kind, "Sum")  ? *y + x
             : !strcmp(kind, "Mean") ? *y + x / (double)(n / c->count)
                                     : *y + x * x;
    }
    for (int64_t i = 0; !strcmp(kind, "L2") && i < c->count; i++)
        c->y[i] = sqrt(c->y[i]);
    return true;
}

static bool pool(const struct wide_call *c)
{
    const struct window *h = c->n->op->windows(c->n), *w = h + 1;
    bool largest = is(c, "MaxPool"), padding = node_int(c->n, "count_include_pad", 0) != 0;
    for (int64_t at = 0; at < c->count; at++) {
        double sum = largest ? -INFINITY : 0, n = 0;
        for (int64_t k = 0; k < h->kernel * w->kernel; k++) {
            int64_t row = at / w->out % h->out * h->stride - h->before + k / w->kernel * h->dilation;
            int64_t column = at % w->out * w->stride - w->before + k % w->kernel * w->dilation;
            bool inside = row >= 0 && row < h->in && column >= 0 && column < w->in;
            bool padded = row < h->in + h->after && column < w->in + w->after;
            double x = inside ? c->x[0][(at / (h->out * w->out) * h->in + row) * w->in + column] : 0;
            n += inside || (padding && padded);
            sum = !inside ? sum : largest ? fmax(sum, x) : sum + x;
        }
        c->y[at] = largest ? sum : sum / n;
    }
    return true;
}

static bool global_pool(const struct wide_call *c)
{
    int64_t n = shape_elements(c->xs[0]) / c->count;
    for (int64_t at = 0; at < c->count; at++) {
        double sum = 0, most = -INFINITY;
        for (int64_t k = 0; k < n; k++) {
            sum += c->x[0][at * n + k] / (double)n;
            most = fmax(most, c->x[0][at * n + k]);
        }
        c->y[at] = is(c, "GlobalMaxPool") ? most : sum;
    }
    return true;
}

/* What is linear: the sum of what the operator makes of each element alone. */
static bool linear(const struct wide_call *c)
{
    const struct kernels k = plain_kernels();
    int64_t n = shape_elements(c->xs[0]);
    float *x = mem_zero((size_t)n, sizeof *x), *y = mem_zero((size_t)c->count, sizeof *y);
    size_t bytes = c->n->op->scratch ? c->n->op->scratch(c->w->g, c->n, 1) : 0;
    const struct operand in = {
        .data = x, .shape = c->xs[0], .type = DT_F32, .lane_stride = 1, .present = true};
    const struct operand out = {.data = y, .shape = c->ys, .type = DT_F32, .lane_stride = 1, .present = true};
    const struct op_call call = {.node = c->n,
                                 .kernels = &k,
                                 .lanes = 1,
                                 .n_inputs = 1,
                                 .n_outputs = 1,
                                 .inputs = &in,
                                 .outputs = &out,
                                 .scratch = mem_lanes(bytes + 1, 1)};
    memset(c->y, 0, (size_t)c->count * sizeof *c->y);
    for (int64_t i = 0; i < n; i++) {
        x[i] = 1;
        c->n->op->forward(&call);
        x[i] = 0;
        for (int64_t j = 0; j < c->count; j++)
            c->y[j] += c->x[0][i] * (double)y[j];
    }
    free(call.scratch);
    free(x);
    free(y);
    return true;
}

static bool scaler(const struct wide_call *c)
{
    const struct attr *offset = node_attr(c->n, "offset"), *scale = node_attr(c->n, "scale");
    for (int64_t i = 0; i < c->count; i++)
        c->y[i] = (c->x[0][i] - (double)offset->floats[i % offset->n]) * (double)scale->floats[i % scale->n];
    return true;
}

static bool normalizer(const struct wide_call *c)
{
    const char *norm = node_text(c->n, "norm", "MAX");
    int64_t n = c->ys->dim[c->ys->rank - 1];
    for (int64_t i = 0; i < c->count; i++) {
        const double *x = c->x[0] + i / n * n;
        double by = norm[0] == 'M' ? -INFINITY : 0;
        for (int64_t k = 0; k < n; k++)
            by = norm[0] == 'M' ? fmax(by, x[k]) : by + (norm[1] == '1' ? fabs(x[k]) : x[k] * x[k]);
        c->y[i] = c->x[0][i] / (norm[1] == '2' ? sqrt(by) : by);
    }
    return true;
}

static const struct {
    const char *name;
    bool (*run)(const struct wide_call *c);
} rows[] = {
    {"Cast", cast},
    {"Clip", clip},
    {"Where", where},
    {"Gemm", products},
    {"MatMul", products},
    {"Conv", products},
    {"ConvTranspose", products},
    {"Einsum", einsum},
    {"BatchNormalization", batch_norm},
    {"LayerNormalization", standardise},
    {"InstanceNormalization", standardise},
    {"Softmax", softmax},
    {"LogSoftmax", softmax},
    {"MaxPool", pool},
    {"AveragePool", pool},
    {"GlobalMaxPool", global_pool},
    {"GlobalAveragePool", global_pool},
    {"Resize", linear},
    {"Upsample", linear},
    {"Scaler", scaler},
    {"Normalizer", normalizer},
    {"ZipMap", cast},
};

static bool run_node(const struct wide_call *c)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (is(c, rows[i].name))
            return rows[i].run(c);
    if (strncmp(c->n->op->name, "Reduce", 6) == 0)
        return reduce(c);
    if (moves_only(c->w->g, c->n))
        return move(c);
    if (is(c, "Gather"))
        return gather(c);
    bool known = c->n->n_inputs == 1;
    for (int64_t i = 0; known && i < c->count; i++)
        known = map_of(c, c->x[0][i], &c->y[i]);
    return known || pairs(c);
}

void wide_run(struct wide *w)
{
    for (int i = 0; i < w->g->n_nodes; i++) {
        const struct node *n = &w->g->nodes[i];
        struct wide_call c = {.w = w, .n = n};
        for (int k = 0; k < n->n_inputs && k < 8; k++)
            if (n->inputs[k] >= 0) {
                c.x[k] = w->v[n->inputs[k]];
                c.xs[k] = &w->g->values[n->inputs[k]].shape;
            }
        if (n->outputs[0] >= 0) {
            c.y = w->v[n->outputs[0]];
            c.ys = &w->g->values[n->outputs[0]].shape;
            c.count = shape_elements(c.ys);
        }
        if (!run_node(&c))
            fail_msg("no double precision for %s", n->op->name);
    }
}
