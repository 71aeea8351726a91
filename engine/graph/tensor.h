/* tensor: shapes and constant tensors. Every element takes four bytes whatever its type, so that operators which only move
 * elements (Reshape, Transpose, Gather, Concat, Slice, Pad ...) need not know the type. Row-major, last dimension innermost. */
#ifndef PODA_GRAPH_TENSOR_H
#define PODA_GRAPH_TENSOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum { SHAPE_MAX = 8 }; /* dimensions */

struct shape {
    int rank; /* 0 is a scalar */
    int64_t dim[SHAPE_MAX];
};

enum dtype {
    DT_F32,  /* float; float16, bfloat16 and double of a file are converted when it is read */
    DT_I32,  /* int32_t; the file's int64 saturates, so that "to the end" (INT64_MAX) stays "to the end" */
    DT_BOOL, /* float 0 or 1 */
};

/* Elements, at most TENSOR_ELEMENTS_MAX; false if a dimension is negative or the product is larger. */
#define TENSOR_ELEMENTS_MAX ((int64_t)1 << 31)
bool shape_count(const struct shape *s, int64_t *count);
int64_t shape_elements(const struct shape *s); /* of a shape that was checked before */
bool shape_equal(const struct shape *a, const struct shape *b);
void shape_print(const struct shape *s, struct buf *out); /* 1x3x28x28; a scalar is "scalar" */

/* Row-major strides in elements. */
void shape_strides(const struct shape *s, int64_t strides[SHAPE_MAX]);

/* NumPy broadcasting of a and b into *out; false if they do not fit. */
bool shape_broadcast(const struct shape *a, const struct shape *b, struct shape *out);

struct tensor {
    atomic_int others; /* owners beside the one who made it */
    enum dtype type;
    struct shape shape;
    union {
        void *data; /* owned; 64-byte aligned */
        float *f;   /* DT_F32, DT_BOOL */
        int32_t *i; /* DT_I32 */
    };
};

struct tensor *tensor_new(enum dtype type,
                          const struct shape *shape); /* zeroed; the shape was checked before */
struct tensor *tensor_copy(const struct tensor *t);
struct tensor *
tensor_ref(const struct tensor *t); /* another owner of what nobody changes any more; tensor_free */
void tensor_free(struct tensor *t); /* NULL is allowed */
bool tensor_equal(const struct tensor *a, const struct tensor *b); /* type, shape, and every bit */

/* Elements of a constant as integers (DT_I32) or reals, with the type conversion that ONNX Cast defines. */
int64_t tensor_int(const struct tensor *t, int64_t index);
double tensor_real(const struct tensor *t, int64_t index);

#endif
