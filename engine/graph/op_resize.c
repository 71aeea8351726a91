/* op_resize: Resize and Upsample by nearest neighbour and by linear interpolation along any axes. Where a result lies in the
 * input is worked out axis by axis in float, as ONNX Runtime does, so that halves fall to the same side. Cubic interpolation,
 * cropping and antialiasing are refused by name. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/backward.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/couple_rules.h"

enum coordinates {
    HALF_PIXEL,
    HALF_PIXEL_SYMMETRIC,
    PYTORCH_HALF_PIXEL,
    ALIGN_CORNERS,
    ASYMMETRIC,
    TF_HALF_PIXEL_FOR_NN
};
static const char *const coordinate_names[] = {"half_pixel",
                                               "half_pixel_symmetric",
                                               "pytorch_half_pixel",
                                               "align_corners",
                                               "asymmetric",
                                               "tf_half_pixel_for_nn",
                                               NULL};

enum nearest {
    ROUND_PREFER_FLOOR,
    ROUND_PREFER_CEIL,
    FLOOR,
    CEIL,
    BEFORE_11 /* floor; ceil when shrinking */
};
static const char *const nearest_names[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};

enum policy { STRETCH, NOT_LARGER, NOT_SMALLER };
static const char *const policy_names[] = {"stretch", "not_larger", "not_smaller", NULL};

enum {
    LINEAR_AXES = 3,    /* that may change size at once: 2^3 corners */
    AXIS_MAX = 1 << 22, /* positions along an axis: beyond that it is no image but a mistake or an attack */
};

struct resize_params {
    int rank;
    int64_t in[SHAPE_MAX], out[SHAPE_MAX];
    float scale[SHAPE_MAX];
    int coordinates, nearest;
    bool linear;
};

/* Where one result along an axis comes from: w * x[low] + (1 - w) * x[high]. */
struct tap {
    int64_t low, high;
    float w;
};

/* ---- shape ---- */

static int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}

static bool modes(struct graph *g, struct node *n, struct resize_params *p, struct err *e)
{
    bool old = n->opset < 11; /* Upsample and the first Resize */
    const char *mode = node_text(n, "mode", "nearest");
    const char *where = node_text(n, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    const char *near = node_text(n, "nearest_mode", "round_prefer_floor");
    if (strcmp(mode, "nearest") != 0 && strcmp(mode, "linear") != 0)
        return op_unsupported(g, n, e, "mode '%s' is not supported (nearest, linear)", mode);
    if (node_int(n, "antialias", 0))
        return op_unsupported(g, n, e, "antialias=1 is not supported");
    p->linear = !strcmp(mode, "linear");
    p->coordinates = word_index(coordinate_names, where);
    if (p->coordinates < 0)
        return op_unsupported(g, n, e, "coordinate_transformation_mode '%s' is not supported", where);
    p->nearest = old ? BEFORE_11 : word_index(nearest_names, near);
    if (p->nearest < 0)
        return op_unsupported(g, n, e, "nearest_mode '%s' is not known", near);
    return true;
}

static bool scale_attr(struct graph *g, struct node *n, float *scales, int *count, struct err *e)
{
    const struct attr *a = node_attr(n, "scales");
    if (!a || a->kind != ATTR_FLOATS || a->n > SHAPE_MAX)
        return op_fail(g, n, e, "it has no list of numbers 'scales'");
    for (int64_t i = 0; i < a->n; i++)
        scales[i] = a->floats[i];
    *count = (int)a->n;
    return true;
}

static bool scale_input(struct graph *g, struct node *n, int input, float *scales, int *count, struct err *e)
{
    const struct tensor *t = op_constant(g, n, input);
    if (!t)
        return op_unsupported(g, n, e, "its scales depend on the data; they must be constant");
    int64_t elements = shape_elements(&t->shape);
    if (elements > SHAPE_MAX || t->type != DT_F32)
        return op_fail(g, n, e, "its scales are no short list of numbers");
    for (int64_t i = 0; i < elements; i++)
        scales[i] = t->f[i];
    *count = (int)elements;
    return true;
}

/* The axes that scales or sizes speak of: all, or from opset 18 those of the attribute. */
static bool axes_of(struct graph *g, struct node *n, int rank, int count, int axes[SHAPE_MAX], struct err *e)
{
    int listed;
    if (!op_axes(g, n, -1, rank, axes, &listed, e))
        return false;
    for (int d = 0; listed < 0 && d < rank; d++)
        axes[d] = d;
    if (count != (listed < 0 ? rank : listed))
        return op_fail(g, n, e, "it has %d scales or sizes for %d axes", count, listed < 0 ? rank : listed);
    return true;
}

static bool by_scales(struct graph *g, struct node *n, struct resize_params *p, const float *scales,
                      int count, struct err *e)
{
    int axes[SHAPE_MAX];
    if (!axes_of(g, n, p->rank, count, axes, e))
        return false;
    for (int i = 0; i < count; i++) {
        float out = scales[i] * (float)p->in[axes[i]];
        if (!(scales[i] > 0) || !(out <= AXIS_MAX))
            return op_fail(g, n, e, "scale %g of axis %d is out of range", (double)scales[i], axes[i]);
        p->scale[axes[i]] = scales[i];
        p->out[axes[i]] = (int64_t)out;
    }
    return true;
}

static bool by_sizes(struct graph *g, struct node *n, struct resize_params *p, struct err *e)
{
    int64_t sizes[SHAPE_MAX];
    int axes[SHAPE_MAX], count;
    const char *word = node_text(n, "keep_aspect_ratio_policy", "stretch");
    int policy = word_index(policy_names, word);
    float all = policy == NOT_LARGER ? INFINITY : 0;
    if (policy < 0)
        return op_fail(g, n, e, "keep_aspect_ratio_policy '%s' is not known", word);
    if (!op_ints(g, n, 3, "sizes", SHAPE_MAX, sizes, &count, e) || !axes_of(g, n, p->rank, count, axes, e))
        return false;
    for (int i = 0; i < count; i++) {
        if (sizes[i] < 1 || sizes[i] > AXIS_MAX || p->in[axes[i]] < 1)
            return op_fail(g, n, e, "size %lld of axis %d is out of range", (long long)sizes[i], axes[i]);
        float scale = (float)sizes[i] / (float)p->in[axes[i]];
        p->scale[axes[i]] = scale;
        p->out[axes[i]] = sizes[i];
        all = policy == NOT_LARGER ? fminf(all, scale) : fmaxf(all, scale);
    }
    for (int i = 0; policy != STRETCH && i < count; i++) {
        float out = roundf(all * (float)p->in[axes[i]]);
        if (!(out <= AXIS_MAX))
            return op_fail(g, n, e, "axis %d would become too large", axes[i]);
        p->scale[axes[i]] = all;
        p->out[axes[i]] = (int64_t)out;
    }
    return true;
}

static bool sizes_of(struct graph *g, struct node *n, struct resize_params *p, struct err *e)
{
    float scales[SHAPE_MAX];
    int count = 0, input = n->opset < 11 ? 1 : 2;
    const struct value *v = op_input(g, n, input);
    if (!strcmp(n->op->name, "Upsample") && n->opset < 9)
        return scale_attr(g, n, scales, &count, e) && by_scales(g, n, p, scales, count, e);
    if (v && shape_elements(&v->shape) > 0)
        return scale_input(g, n, input, scales, &count, e) && by_scales(g, n, p, scales, count, e);
    return by_sizes(g, n, p, e);
}

static bool resize_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    struct resize_params *p = op_params(n, sizeof *p);
    struct shape y = x->shape;
    int changing = 0;
    p->rank = x->shape.rank;
    for (int d = 0; d < p->rank; d++) {
        p->in[d] = p->out[d] = x->shape.dim[d];
        p->scale[d] = 1;
    }
    if (!modes(g, n, p, e) || !sizes_of(g, n, p, e))
        return false;
    if (p->linear && x->type != DT_F32)
        return op_unsupported(g, n, e, "linear interpolation of integers is not supported");
    for (int d = 0; d < p->rank; d++) {
        y.dim[d] = p->out[d];
        changing += p->scale[d] != 1;
        if (p->in[d] < 1)
            return op_fail(g, n, e, "axis %d of its input %s is empty", d, x->name);
    }
    if (p->linear && changing > LINEAR_AXES)
        return op_unsupported(g, n, e, "linear interpolation along %d axes at once is not supported",
                              changing);
    return op_result(g, n, 0, x->type, &y, e);
}

/* ---- forward ---- */

static float coordinate(const struct resize_params *p, int d, int64_t at)
{
    float in = (float)p->in[d], out = (float)p->out[d], scale = p->scale[d], x = (float)at;
    switch ((enum coordinates)p->coordinates) {
    case HALF_PIXEL:
        return (x + 0.5f) / scale - 0.5f;
    case HALF_PIXEL_SYMMETRIC: {
        float adjusted = out / (scale * in), center = in / 2;
        return center * (1 - adjusted) + (x + 0.5f) / scale - 0.5f;
    }
    case PYTORCH_HALF_PIXEL:
        return p->out[d] > 1 ? (x + 0.5f) / scale - 0.5f : 0;
    case ALIGN_CORNERS:
        return p->out[d] > 1 ? x * (in - 1) / (out - 1) : 0;
    case ASYMMETRIC:
        return x / scale;
    case TF_HALF_PIXEL_FOR_NN:
        return (x + 0.5f) / scale;
    }
    return x;
}

static float nearest_to(const struct resize_params *p, int d, float x)
{
    switch ((enum nearest)p->nearest) {
    case ROUND_PREFER_FLOOR:
        return x - floorf(x) == 0.5f ? floorf(x) : roundf(x);
    case ROUND_PREFER_CEIL:
        return x - floorf(x) == 0.5f ? ceilf(x) : roundf(x);
    case FLOOR:
        return floorf(x);
    case CEIL:
        return ceilf(x);
    case BEFORE_11:
        return p->scale[d] < 1 ? ceilf(x) : floorf(x);
    }
    return x;
}

static struct tap tap_at(const struct resize_params *p, int d, int64_t at)
{
    float last = (float)(p->in[d] - 1);
    if (p->scale[d] == 1 && p->in[d] == p->out[d])
        return (struct tap){at, at, 1};
    float x = coordinate(p, d, at);
    if (!p->linear)
        x = nearest_to(p, d, x);
    x = !(x > 0) ? 0 : x > last ? last : x; /* beyond the edge the edge goes on */
    int64_t low = (int64_t)x, high = low + 1 < p->in[d] ? low + 1 : low;
    return (struct tap){low, high, 1 - (x - (float)low)};
}

static int64_t tap_count(const struct resize_params *p)
{
    int64_t n = 0;
    for (int d = 0; d < p->rank; d++)
        n += p->out[d];
    return n;
}

static size_t resize_scratch(const struct graph *g, const struct node *n, int lanes)
{
    (void)g, (void)lanes;
    return (size_t)tap_count(n->params) * sizeof(struct tap);
}

/* The up to 2^LINEAR_AXES input positions around a result, and their weights; those of weight 0 are left out. */
static int corners(const struct resize_params *p, const struct tap *const *tap, const int64_t *at,
                   const int64_t *stride, int64_t *position, float *weight)
{
    int n = 1;
    position[0] = 0;
    weight[0] = 1;
    for (int d = 0; d < p->rank; d++) {
        const struct tap *t = &tap[d][at[d]];
        bool two = t->w < 1 && t->high != t->low;
        for (int i = 0; two && i < n; i++) {
            position[n + i] = position[i] + t->high * stride[d];
            weight[n + i] = weight[i] * (1 - t->w);
        }
        for (int i = 0; i < n; i++) {
            position[i] += t->low * stride[d];
            weight[i] *= two ? t->w : 1;
        }
        n += two ? n : 0;
    }
    return n;
}

/* A line of results along the last axis, each the one number of the line of the input that its tap names. */
static void copy_line(const struct tap *tap, int64_t n, int lanes, const uint32_t *x, uint32_t *y)
{
    for (int64_t i = 0; lanes == 1 && i < n; i++)
        y[i] = x[tap[i].low];
    for (int64_t i = 0; lanes > 1 && i < n; i++)
        memcpy(y + i * lanes, x + tap[i].low * lanes, (size_t)lanes * sizeof *y);
}

/* Every result is one number of the input. */
static void resize_nearest(const struct op_call *c, const struct tap *const *tap, const int64_t *stride)
{
    const struct operand *x = &c->inputs[0], *y = &c->outputs[0];
    struct walk w;
    struct shape lines = *y->shape;
    int last = lines.rank - 1;
    int64_t columns = lines.dim[last];
    lines.dim[last] = 1;
    walk_begin(&w, &lines);
    for (int64_t i = 0, n = shape_elements(&lines); i < n; i++, walk_step(&w)) {
        int64_t from = 0;
        for (int d = 0; d < last; d++)
            from += tap[d][w.at[d]].low * stride[d];
        copy_line(tap[last], columns, c->lanes, operand_at(x, from, c->lanes),
                  operand_at(y, i * columns, c->lanes));
    }
}

static void list_taps(const struct resize_params *p, struct tap *taps, const struct tap *tap[SHAPE_MAX])
{
    for (int d = 0; d < p->rank; taps += p->out[d], d++) {
        tap[d] = taps;
        for (int64_t i = 0; i < p->out[d]; i++)
            taps[i] = tap_at(p, d, i);
    }
}

static void resize_forward(const struct op_call *c)
{
    const struct resize_params *p = c->node->params;
    const struct operand *x = &c->inputs[0], *y = &c->outputs[0];
    const struct tap *tap[SHAPE_MAX] = {0};
    int64_t stride[SHAPE_MAX];
    shape_strides(x->shape, stride);
    list_taps(p, c->scratch, tap);
    if (!p->linear && p->rank > 0 && (x->lane_stride || c->lanes == 1)) {
        resize_nearest(c, tap, stride);
        return;
    }
    struct walk w;
    walk_begin(&w, y->shape);
    for (int64_t i = 0, n = shape_elements(y->shape); i < n; i++, walk_step(&w)) {
        int64_t position[1 << LINEAR_AXES];
        float weight[1 << LINEAR_AXES], *to = operand_at(y, i, c->lanes);
        const float *rows[1 << LINEAR_AXES];
        int count = corners(p, tap, w.at, stride, position, weight);
        if (count == 1) {
            operand_copy(y, i, x, position[0], 1, c->lanes);
            continue;
        }
        for (int k = 0; k < count; k++)
            rows[k] = operand_at(x, position[k], c->lanes);
        c->kernels->own->dense(1, count, weight, count, NULL, rows, c->lanes, &to);
    }
}

/* ---- derivatives ---- */

static void resize_add(const struct backward_call *b)
{
    const struct op_call *c = b->call;
    const struct resize_params *p = c->node->params;
    const struct tap *tap[SHAPE_MAX] = {0};
    int64_t stride[SHAPE_MAX];
    struct walk w;
    shape_strides(c->inputs[0].shape, stride);
    list_taps(p, b->scratch, tap);
    walk_begin(&w, c->outputs[0].shape);
    for (int64_t i = 0, n = shape_elements(c->outputs[0].shape); i < n; i++, walk_step(&w)) {
        int64_t position[1 << LINEAR_AXES];
        float weight[1 << LINEAR_AXES];
        int count = corners(p, tap, w.at, stride, position, weight);
        for (int k = 0; k < count; k++)
            backward_product(b, 0, position[k], operand_at(&b->dy[0], i, c->lanes), &weight[k], 0);
    }
}

static const struct backward resize_backward = {.add = resize_add, .tangent = backward_linear_tangent};

#define ROW(NAME, MOST)                                                                                      \
    .domain = "", .name = NAME, .min_inputs = 1, .max_inputs = MOST, .max_outputs = 1, .flow = FLOW_CHANNEL

const struct op op_resize_rows[] = {
    {ROW("Resize", 4), .shape = resize_shape, .forward = resize_forward, .scratch = resize_scratch,
     .backward = &resize_backward, .couple = couple_stretch},
    {ROW("Upsample", 2), .shape = resize_shape, .forward = resize_forward, .scratch = resize_scratch,
     .backward = &resize_backward, .couple = couple_stretch},
};
const int op_resize_count = sizeof op_resize_rows / sizeof *op_resize_rows;
