/* op_slice: parts of tensors, and tensors with a margin: Slice, Split, Pad. Whole tensors move in op_move.c. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/graph/backward.h"
#include "engine/graph/op_move.h"
#include "engine/graph/op_rows.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_rules.h"

/* ---- Slice ---- */

/* Python's rules for start:end:step on an axis of `size`; the number of elements. */
static int64_t slice_axis(int64_t size, int64_t step, int64_t *start, int64_t end)
{
    *start += *start < 0 ? size : 0;
    end += end < 0 ? size : 0;
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    *start = *start < 0 ? 0 : *start > high ? high : *start;
    end = end < low ? low : end > high ? high : end;
    int64_t span = step > 0 ? end - *start : *start - end, pace = step > 0 ? step : -step;
    return span > 0 && size > 0 ? (span + pace - 1) / pace : 0;
}

struct slice_lists {
    int64_t start[SHAPE_MAX], end[SHAPE_MAX], step[SHAPE_MAX];
    int axes[SHAPE_MAX];
    int n;
};

static bool read_lists(const struct graph *g, const struct node *n, int rank, struct slice_lists *l,
                       struct err *e)
{
    int ends, axes, steps = -1;
    if (!op_ints_or_attr(g, n, 1, "starts", SHAPE_MAX, l->start, &l->n, e) ||
        !op_ints_or_attr(g, n, 2, "ends", SHAPE_MAX, l->end, &ends, e) ||
        !op_axes(g, n, 3, rank, l->axes, &axes, e) ||
        (op_input(g, n, 4) && !op_ints(g, n, 4, "steps", SHAPE_MAX, l->step, &steps, e)))
        return false;
    if (l->n < 0 || ends != l->n || (axes >= 0 && axes != l->n) || (steps >= 0 && steps != l->n) ||
        l->n > rank)
        return op_fail(g, n, e, "starts, ends, axes and steps do not belong together");
    for (int k = 0; k < l->n; k++) {
        if (axes < 0)
            l->axes[k] = k;
        if (steps < 0)
            l->step[k] = 1;
        if (l->step[k] == 0)
            return op_fail(g, n, e, "its step is 0");
    }
    return true;
}

static bool slice_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    struct slice_lists l;
    if (!read_lists(g, n, x->shape.rank, &l, e))
        return false;
    struct strided *s = op_params(n, sizeof *s);
    struct shape out = x->shape;
    shape_strides(&x->shape, s->stride);
    for (int k = 0; k < l.n; k++) {
        int d = l.axes[k];
        out.dim[d] = slice_axis(x->shape.dim[d], l.step[k], &l.start[k], l.end[k]);
        if (out.dim[d] > 0)
            s->start += l.start[k] * s->stride[d];
        s->stride[d] *=
            out.dim[d] > 1 ? l.step[k] : 1; /* a single element needs no step, which may be huge */
    }
    return op_result(g, n, 0, x->type, &out, e);
}

/* ---- Split ---- */

struct split {
    int axis;
    int64_t size[]; /* by output */
};

/* Equal parts, the last one smaller where opset 18's num_outputs does not divide the axis. */
static bool equal_parts(const struct graph *g, const struct node *n, int64_t whole, int64_t *size,
                        struct err *e)
{
    int64_t parts = node_int(n, "num_outputs", n->n_outputs);
    bool uneven = node_attr(n, "num_outputs") != NULL;
    if (parts != n->n_outputs)
        return op_fail(g, n, e, "it has %d outputs and num_outputs %" PRId64, n->n_outputs, parts);
    if (!uneven && whole % parts != 0)
        return op_fail(g, n, e, "%" PRId64 " elements cannot be split into %" PRId64 " equal parts", whole,
                       parts);
    int64_t part = (whole + parts - 1) / parts;
    for (int i = 0; i < n->n_outputs; i++, whole -= size[i - 1])
        size[i] = whole < part ? whole : part;
    return true;
}

static bool given_parts(const struct graph *g, const struct node *n, int64_t whole, int64_t *size, int *count,
                        struct err *e)
{
    int64_t left = whole;
    if (!op_ints_or_attr(g, n, 1, "split", n->n_outputs, size, count, e))
        return false;
    if (*count >= 0 && *count != n->n_outputs)
        return op_fail(g, n, e, "it has %d outputs and %d sizes", n->n_outputs, *count);
    for (int i = 0; i < *count; i++) {
        if (size[i] < 0 || size[i] > left)
            return op_fail(g, n, e, "its sizes do not add up to %" PRId64, whole);
        left -= size[i];
    }
    return *count < 0 || left == 0 || op_fail(g, n, e, "its sizes do not add up to %" PRId64, whole);
}

static bool split_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    struct split *s = op_params(n, sizeof *s + (size_t)n->n_outputs * sizeof *s->size);
    int count;
    if (!op_axis(g, n, node_int(n, "axis", 0), x->shape.rank, &s->axis, e) ||
        !given_parts(g, n, x->shape.dim[s->axis], s->size, &count, e) ||
        (count < 0 && !equal_parts(g, n, x->shape.dim[s->axis], s->size, e)))
        return false;
    for (int i = 0; i < n->n_outputs; i++) {
        struct shape out = x->shape;
        out.dim[s->axis] = s->size[i];
        if (!op_result(g, n, i, x->type, &out, e))
            return false;
    }
    return true;
}

static void split_forward(const struct op_call *c)
{
    const struct split *s = c->node->params;
    const struct operand *x = &c->inputs[0];
    int64_t outer, inner, at = 0;
    axis_blocks(x->shape, s->axis, &outer, &inner);
    for (int i = 0; i < c->n_outputs; i++) {
        int64_t part = s->size[i] * inner, whole = x->shape->dim[s->axis] * inner;
        for (int64_t o = 0; o < outer && c->outputs[i].present; o++)
            operand_copy(&c->outputs[i], o * part, x, o * whole + at, part, c->lanes);
        at += part;
    }
}

/* ---- Pad ---- */

enum pad_mode { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE, PAD_WRAP };

struct pad {
    enum pad_mode mode;
    int64_t begin[SHAPE_MAX]; /* negative: so many elements are cut off */
    float value;              /* before opset 11 an attribute */
};

static bool pad_mode(const struct graph *g, const struct node *n, enum pad_mode *mode, struct err *e)
{
    static const char *const words[] = {"constant", "reflect", "edge", "wrap"};
    const char *word = node_text(n, "mode", "constant");
    for (int i = 0; i < 4; i++)
        if (!strcmp(word, words[i])) {
            *mode = (enum pad_mode)i;
            return true;
        }
    return op_unsupported(g, n, e, "its mode '%s' is unknown", word);
}

/* Where does position i of a padded axis come from? -1: from nowhere, it is the constant. */
static int64_t pad_source(enum pad_mode mode, int64_t i, int64_t begin, int64_t size)
{
    int64_t j = i - begin;
    if (j >= 0 && j < size)
        return j;
    switch (mode) {
    case PAD_REFLECT:
        return j < 0 ? -j : 2 * (size - 1) - j;
    case PAD_EDGE:
        return j < 0 ? 0 : size - 1;
    case PAD_WRAP:
        return (j % size + size) % size;
    default:
        return -1;
    }
}

static bool pad_axis(const struct graph *g, const struct node *n, enum pad_mode mode, int64_t size,
                     int64_t begin, int64_t end, int64_t *out, struct err *e)
{
    const int64_t limit = TENSOR_ELEMENTS_MAX;
    if (begin < -limit || end < -limit || begin > limit || end > limit || size + begin + end < 0)
        return op_fail(g, n, e, "a margin of %" PRId64 " and %" PRId64 " does not fit %" PRId64 " elements",
                       begin, end, size);
    int64_t most = mode == PAD_REFLECT ? size - 1 : limit;
    if (mode != PAD_CONSTANT && (size == 0 || begin > most || end > most))
        return op_fail(g, n, e,
                       "a margin of %" PRId64 " and %" PRId64 " is wider than its %" PRId64 " elements allow",
                       begin, end, size);
    *out = size + begin + end;
    return true;
}

static bool pad_value(const struct graph *g, const struct node *n, struct pad *p, struct err *e)
{
    const struct value *x = op_input(g, n, 0), *value = op_input(g, n, 2);
    p->value = node_float(n, "value", 0.0f);
    if (value && (value->type != x->type || shape_elements(&value->shape) != 1))
        return op_fail(g, n, e, "its constant is no single number of the input's type");
    return true;
}

static bool pad_shape(struct graph *g, struct node *n, struct err *e)
{
    const struct value *x = op_input(g, n, 0);
    int64_t margin[2 * SHAPE_MAX];
    int axes[SHAPE_MAX], n_axes = -1, count;
    struct pad *p = op_params(n, sizeof *p);
    struct shape out = x->shape;
    if (!pad_mode(g, n, &p->mode, e) || !pad_value(g, n, p, e) ||
        !op_ints_or_attr(g, n, 1, "pads", 2 * SHAPE_MAX, margin, &count, e) ||
        (op_input(g, n, 3) && !op_axes(g, n, 3, x->shape.rank, axes, &n_axes, e)))
        return false;
    int padded = n_axes < 0 ? x->shape.rank : n_axes;
    if (count != 2 * padded)
        return op_fail(g, n, e, "it has %d margins for %d axes", count < 0 ? 0 : count, padded);
    for (int k = 0; k < padded; k++) {
        int d = n_axes < 0 ? k : axes[k];
        p->begin[d] = margin[k];
        if (!pad_axis(g, n, p->mode, x->shape.dim[d], margin[k], margin[k + padded], &out.dim[d], e))
            return false;
    }
    return op_result(g, n, 0, x->type, &out, e);
}

/* Element index in the input of output position w->at, whose last axis is left out; -1: constant. */
static int64_t pad_row(const struct pad *p, const struct shape *x, const struct walk *w,
                       const int64_t *strides)
{
    int64_t from = 0;
    for (int d = 0; d < w->over.rank; d++) {
        int64_t j = pad_source(p->mode, w->at[d], p->begin[d], x->dim[d]);
        if (j < 0)
            return -1;
        from += j * strides[d];
    }
    return from;
}

static void pad_forward(const struct op_call *c)
{
    const struct pad *p = c->node->params;
    const struct operand *x = &c->inputs[0], *y = &c->outputs[0];
    struct operand fill = {.data = (void *)&p->value};
    if (c->n_inputs > 2 && c->inputs[2].present)
        fill = c->inputs[2];
    struct shape outer = *y->shape;
    const int last = outer.rank - 1;
    const int64_t width = last >= 0 ? outer.dim[last] : 1, count = shape_elements(y->shape);
    int64_t strides[SHAPE_MAX];
    shape_strides(x->shape, strides);
    outer.rank = last >= 0 ? last : 0;
    struct walk w;
    walk_begin(&w, &outer);
    for (int64_t at = 0; at < count; at += width, walk_step(&w)) {
        const int64_t row = pad_row(p, x->shape, &w, strides);
        for (int64_t i = 0; i < width; i++) {
            int64_t j =
                row < 0 || last < 0 ? row : pad_source(p->mode, i, p->begin[last], x->shape->dim[last]);
            if (j < 0)
                operand_copy(y, at + i, &fill, 0, 1, c->lanes);
            else
                operand_copy(y, at + i, x, row + (last < 0 ? 0 : j), 1, c->lanes);
        }
    }
}

#define PART(word, inputs_min, inputs_max, n_outputs_max, shape_of, forward_of, couple_of)                   \
    {                                                                                                        \
        .domain = "", .name = word, .min_inputs = inputs_min, .max_inputs = inputs_max,                      \
        .max_outputs = n_outputs_max, .flow = FLOW_MOVE, .shape = shape_of, .forward = forward_of,           \
        .couple = couple_of, .backward = &backward_move                                                      \
    }

const struct op op_slice_rows[] = {
    PART("Slice", 1, 5, 1, slice_shape, strided_forward, couple_slice),
    PART("Split", 1, 2, INT32_MAX, split_shape, split_forward, couple_split),
    PART("Pad", 1, 4, 1, pad_shape, pad_forward, couple_moves),
};
const int op_slice_count = sizeof op_slice_rows / sizeof *op_slice_rows;
