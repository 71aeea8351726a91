/* tensor: shapes, broadcasting and constant tensors. See tensor.h; what reads them from files is io/onnx. */
#include "engine/graph/tensor.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

bool shape_count(const struct shape *s, int64_t *count)
{
    if (s->rank < 0 || s->rank > SHAPE_MAX)
        return false;
    /* A zero dimension makes the product 0 whatever the others are, but the others must still be sane. */
    int64_t n = 1;
    bool empty = false;
    for (int d = 0; d < s->rank; d++) {
        if (s->dim[d] < 0 || s->dim[d] > TENSOR_ELEMENTS_MAX)
            return false;
        if (s->dim[d] == 0) {
            empty = true;
            continue;
        }
        if (n > TENSOR_ELEMENTS_MAX / s->dim[d])
            return false;
        n *= s->dim[d];
    }
    *count = empty ? 0 : n;
    return true;
}

int64_t shape_elements(const struct shape *s)
{
    int64_t n = 0;
    bool fits = shape_count(s, &n);
    assert(fits);
    (void)fits;
    return n;
}

bool shape_equal(const struct shape *a, const struct shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (int d = 0; d < a->rank; d++)
        if (a->dim[d] != b->dim[d])
            return false;
    return true;
}

void shape_print(const struct shape *s, struct buf *out)
{
    if (s->rank == 0)
        buf_puts(out, "scalar");
    for (int d = 0; d < s->rank; d++)
        buf_printf(out, d ? "x%" PRId64 : "%" PRId64, s->dim[d]);
}

void shape_strides(const struct shape *s, int64_t strides[SHAPE_MAX])
{
    int64_t step = 1;
    for (int d = s->rank - 1; d >= 0; d--) {
        strides[d] = step;
        step *= s->dim[d];
    }
}

bool shape_broadcast(const struct shape *a, const struct shape *b, struct shape *out)
{
    struct shape r = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int d = 0; d < r.rank; d++) {
        int da = d - (r.rank - a->rank), db = d - (r.rank - b->rank);
        int64_t x = da >= 0 ? a->dim[da] : 1, y = db >= 0 ? b->dim[db] : 1;
        if (x != y && x != 1 && y != 1)
            return false;
        r.dim[d] = x == 1 ? y : x;
    }
    *out = r;
    return true;
}

struct tensor *tensor_new(enum dtype type, const struct shape *shape)
{
    struct tensor *t = mem_zero(1, sizeof *t);
    t->type = type;
    t->shape = *shape;
    t->data = mem_lanes((size_t)shape_elements(shape), 4);
    return t;
}

struct tensor *tensor_copy(const struct tensor *t)
{
    struct tensor *copy = mem_copy(t, 1, sizeof *t);
    copy->data = mem_lanes_copy(t->data, (size_t)shape_elements(&t->shape), 4);
    atomic_init(&copy->others, 0);
    return copy;
}

struct tensor *tensor_ref(const struct tensor *t)
{
    struct tensor *shared = (struct tensor *)(uintptr_t)t;
    atomic_fetch_add(&shared->others, 1);
    return shared;
}

void tensor_free(struct tensor *t)
{
    if (!t || atomic_fetch_sub(&t->others, 1) > 0)
        return;
    free(t->data);
    free(t);
}

bool tensor_equal(const struct tensor *a, const struct tensor *b)
{
    return a->type == b->type && shape_equal(&a->shape, &b->shape) &&
           memcmp(a->data, b->data, (size_t)shape_elements(&a->shape) * 4) == 0;
}

/* Towards zero, as Cast does; what lies outside int32 saturates and NaN becomes 0, where Cast leaves it undefined. */
static int64_t whole(float v)
{
    if (isnan(v))
        return 0;
    if (v >= 2147483648.0f)
        return INT32_MAX;
    return v <= -2147483648.0f ? INT32_MIN : (int64_t)v;
}

int64_t tensor_int(const struct tensor *t, int64_t index)
{
    if (t->type == DT_I32)
        return t->i[index];
    return t->type == DT_BOOL ? t->f[index] != 0.0f : whole(t->f[index]);
}

double tensor_real(const struct tensor *t, int64_t index)
{
    if (t->type == DT_I32)
        return t->i[index];
    return t->type == DT_BOOL ? (double)(t->f[index] != 0.0f) : (double)t->f[index];
}
