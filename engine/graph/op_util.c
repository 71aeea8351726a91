/* op_util: see op_util.h. Nothing here knows a particular operator. */
#include "engine/graph/op_util.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"

static bool fail(const struct graph *g, const struct node *n, struct err *e, enum err_code code,
                 const char *format, va_list args)
{
    struct buf text = {0};
    node_print(g, (int)(n - g->nodes), &text);
    buf_puts(&text, ": ");
    buf_vprintf(&text, format, args);
    err_set(e, code, "%s", buf_text(&text));
    buf_release(&text);
    return false;
}

bool op_fail(const struct graph *g, const struct node *n, struct err *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(g, n, e, ERR_UNREADABLE, format, args);
    va_end(args);
    return false;
}

bool op_unsupported(const struct graph *g, const struct node *n, struct err *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(g, n, e, ERR_UNSUPPORTED, format, args);
    va_end(args);
    return false;
}

const struct value *op_input(const struct graph *g, const struct node *n, int i)
{
    int value = node_input(n, i);
    return value >= 0 ? &g->values[value] : NULL;
}

const struct tensor *op_constant(const struct graph *g, const struct node *n, int i)
{
    const struct value *v = op_input(g, n, i);
    return v ? v->constant : NULL;
}

bool op_ints(const struct graph *g, const struct node *n, int i, const char *what, int max, int64_t *out,
             int *count, struct err *e)
{
    const struct value *v = op_input(g, n, i);
    if (!v)
        return op_fail(g, n, e, "its input '%s' is missing", what);
    if (!v->constant)
        return op_unsupported(g, n, e, "its input '%s' (%s) depends on the data; it must be constant", what,
                              v->name);
    if (v->constant->type != DT_I32)
        return op_fail(g, n, e, "its input '%s' (%s) must hold integers", what, v->name);
    if (v->shape.rank > 1)
        return op_fail(g, n, e, "its input '%s' (%s) has rank %d where a list is wanted", what, v->name,
                       v->shape.rank);
    int64_t elements = shape_elements(&v->shape);
    if (elements > max)
        return op_fail(g, n, e, "its input '%s' (%s) holds %" PRId64 " numbers, at most %d make sense", what,
                       v->name, elements, max);
    for (int64_t k = 0; k < elements; k++)
        out[k] = tensor_int(v->constant, k);
    *count = (int)elements;
    return true;
}

bool op_attr_ints(const struct graph *g, const struct node *n, const char *name, int max, int64_t *out,
                  int *count, struct err *e)
{
    const struct attr *a = node_attr(n, name);
    *count = -1;
    if (!a)
        return true;
    if (a->kind != ATTR_INTS && a->kind != ATTR_INT)
        return op_fail(g, n, e, "its attribute '%s' is no list of integers", name);
    if (a->n > max)
        return op_fail(g, n, e, "its attribute '%s' holds %" PRId64 " numbers, at most %d make sense", name,
                       a->n, max);
    for (int64_t k = 0; k < a->n; k++)
        out[k] = a->ints[k];
    *count = (int)a->n;
    return true;
}

bool op_ints_or_attr(const struct graph *g, const struct node *n, int i, const char *name, int max,
                     int64_t *out, int *count, struct err *e)
{
    if (op_input(g, n, i))
        return op_ints(g, n, i, name, max, out, count, e);
    return op_attr_ints(g, n, name, max, out, count, e);
}

bool op_axis(const struct graph *g, const struct node *n, int64_t axis, int rank, int *out, struct err *e)
{
    if (axis < -rank || axis >= rank)
        return op_fail(g, n, e, "axis %" PRId64 " is out of range for rank %d", axis, rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return true;
}

bool op_axes(const struct graph *g, const struct node *n, int i, int rank, int axes[SHAPE_MAX], int *count,
             struct err *e)
{
    int64_t raw[SHAPE_MAX];
    bool seen[SHAPE_MAX] = {false};
    if (!op_ints_or_attr(g, n, i, "axes", SHAPE_MAX, raw, count, e))
        return false;
    for (int k = 0; k < *count; k++) {
        if (!op_axis(g, n, raw[k], rank, &axes[k], e))
            return false;
        if (seen[axes[k]])
            return op_fail(g, n, e, "axis %d stands twice in its axes", axes[k]);
        seen[axes[k]] = true;
    }
    return true;
}

bool op_reals(const struct graph *g, const struct node *n, struct err *e)
{
    for (int i = 0; i < n->n_inputs; i++) {
        const struct value *v = op_input(g, n, i);
        if (v && v->type == DT_I32)
            return op_unsupported(g, n, e, "its input %s is an integer tensor; it computes on reals only",
                                  v->name);
    }
    return true;
}

bool op_result(struct graph *g, struct node *n, int i, enum dtype type, const struct shape *shape,
               struct err *e)
{
    if (i >= n->n_outputs || n->outputs[i] < 0)
        return true;
    int64_t count;
    if (!shape_count(shape, &count)) {
        struct buf text = {0};
        shape_print(shape, &text);
        op_fail(g, n, e, "a result of shape %s is negative or too large (limit %" PRId64 " elements)",
                buf_text(&text), TENSOR_ELEMENTS_MAX);
        buf_release(&text);
        return false;
    }
    struct value *v = &g->values[n->outputs[i]];
    v->type = type;
    v->shape = *shape;
    return true;
}

bool op_work(const struct graph *g, const struct node *n, int64_t results, int64_t terms, struct err *e)
{
    bool folds = true;
    for (int i = 0; i < n->n_inputs; i++)
        folds = folds && (!op_input(g, n, i) || op_constant(g, n, i));
    int64_t limit = (int64_t)1 << (folds ? 30 : 42);
    return results == 0 || terms <= limit / results ||
           op_fail(g, n, e, "%" PRId64 " results of %" PRId64 " terms each are too much work", results,
                   terms);
}

void *op_params(struct node *n, size_t size)
{
    free(n->params);
    return n->params = mem_zero(1, size);
}

void walk_begin(struct walk *w, const struct shape *over)
{
    *w = (struct walk){.over = *over};
}

int walk_strided(struct walk *w, int64_t start, const int64_t *strides)
{
    assert(w->n < WALK_MAX);
    for (int d = 0; d < w->over.rank; d++)
        w->step[w->n][d] = strides[d];
    w->offset[w->n] = start;
    return w->n++;
}

int walk_broadcast(struct walk *w, const struct shape *operand)
{
    int64_t own[SHAPE_MAX] = {0}, strides[SHAPE_MAX] = {0};
    int ahead = w->over.rank - operand->rank;
    assert(ahead >= 0);
    shape_strides(operand, own);
    for (int d = 0; d < operand->rank; d++)
        strides[d + ahead] = operand->dim[d] == 1 ? 0 : own[d];
    return walk_strided(w, 0, strides);
}

void walk_step(struct walk *w)
{
    for (int d = w->over.rank - 1; d >= 0; d--) {
        w->at[d]++;
        for (int k = 0; k < w->n; k++)
            w->offset[k] += w->step[k][d];
        if (w->at[d] < w->over.dim[d])
            return;
        for (int k = 0; k < w->n; k++)
            w->offset[k] -= w->step[k][d] * w->at[d];
        w->at[d] = 0;
    }
}

void operand_copy(const struct operand *to, int64_t to_at, const struct operand *from, int64_t at,
                  int64_t count, int lanes)
{
    uint32_t *y = operand_at(to, to_at, lanes);
    const uint32_t *x = operand_at(from, at, lanes);
    if (count <= 0)
        return;
    if (from->lane_stride || lanes == 1) {
        memcpy(y, x, (size_t)count * (size_t)lanes * 4);
        return;
    }
    for (int64_t i = 0; i < count; i++, y += lanes)
        for (int l = 0; l < lanes; l++)
            y[l] = x[i];
}
