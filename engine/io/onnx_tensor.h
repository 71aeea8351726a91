/* onnx_tensor: the elements of a TensorProto in any of ONNX's types and fields, to poda's tensors and back. Works on a plain view
 * of the message, so that only onnx_proto.c knows the generated types. */
#ifndef PODA_IO_ONNX_TENSOR_H
#define PODA_IO_ONNX_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/graph/tensor.h"

struct buf;
struct err;

/* Which field of TensorProto carries a type where raw_data does not. */
enum onnx_field { FIELD_FLOATS, FIELD_INT32S, FIELD_INT64S, FIELD_DOUBLES, FIELD_UINT64S };

/* One row per element type that poda computes with. */
struct onnx_type {
    int code; /* TensorProto.DataType */
    const char *name;
    size_t bytes; /* of an element in raw_data */
    enum dtype dtype;
    enum onnx_field field;
};

const struct onnx_type *onnx_type_find(int code); /* NULL for strings, complex numbers and the like */

/* A TensorProto as plain pointers into it: borrowed. */
struct onnx_tensor {
    int type;
    size_t rank;
    const int64_t *dim;
    const uint8_t *raw; /* NULL: the typed fields hold the elements, or read() brings them */
    size_t raw_bytes;
    /* All of raw_data from where it lies; NULL: it is here. */
    bool (*read)(const void *from, void *out, size_t n, struct err *e);
    const void *from;
    const float *floats;
    const int32_t *int32s;
    const int64_t *int64s;
    const double *doubles;
    const uint64_t *uint64s;
    size_t n_floats, n_int32s, n_int64s, n_doubles, n_uint64s;
};

/* Shape and number of elements, checked against limits alone: no dimension is negative, at most SHAPE_MAX of them, at most
 * TENSOR_ELEMENTS_MAX elements. */
bool onnx_tensor_shape(const struct onnx_tensor *t, struct shape *shape, int64_t *count, struct err *e);

/* The elements in four bytes each (tensor.h). The shape must agree with the data there are; nothing is allocated before. Floats that
 * lie elsewhere are read into their place, without a copy between. Errors speak of "it": the caller puts the place before. */
struct tensor *onnx_tensor_decode(const struct onnx_tensor *t, struct err *e);

/* Append the elements as raw_data of the type `code` has. Exactly one of floats and integers is given, n elements. Floats are
 * rounded to the type (to nearest, ties to even), integers saturate. Where old (may be NULL) has n elements that read as the same
 * number, its bytes are kept: a double or int64 that nobody changed loses nothing. */
void onnx_tensor_encode(int code, const float *floats, const int64_t *integers, int64_t n,
                        const struct onnx_tensor *old, struct buf *raw);

/* Element i of raw_data as the bits of its type, zero-extended; and sign-extended for the int8, int16, int32 and int64. */
uint64_t onnx_raw_bits(const struct onnx_type *type, const uint8_t *raw, int64_t i);
int64_t onnx_raw_signed(const struct onnx_type *type, const uint8_t *raw, int64_t i);

#endif
