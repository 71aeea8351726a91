/* array: an n-dimensional array of numbers as an IDX, NPY or NPZ file holds it, and the one call that reads any of those files.
 * Not a tensor (graph/tensor.h): element types stay as small as in the file, so that images take one byte a value. */
#ifndef PODA_IO_ARRAY_H
#define PODA_IO_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum array_type {
    ARRAY_U8,   /* uint8_t */
    ARRAY_BOOL, /* uint8_t 0 or 1 */
    ARRAY_I32,  /* int32_t; also int8, int16 and uint16 of a file */
    ARRAY_I64,  /* int64_t; also uint32 and uint64, where above INT64_MAX is an error */
    ARRAY_F32,  /* float; also float16 */
    ARRAY_F64,  /* double */
    ARRAY_TYPES
};

enum { ARRAY_RANK_MAX = 8 };

#define ARRAY_FILE_MAX ((size_t)1 << 32) /* bytes of a file, also once expanded */

/* What a compressed file of so many bytes may expand to: 16 times as much, but at least 512 MiB and at most ARRAY_FILE_MAX. A
 * small file must not eat the machine. */
size_t array_expanded_max(size_t file_bytes);

/* Embedded by the caller, zero-initialised. Row-major, last dimension innermost, whatever order the file has. */
struct array {
    enum array_type type;
    int rank; /* 0 is a scalar: one element */
    int64_t dim[ARRAY_RANK_MAX];
    int64_t n; /* elements: the product of dim */
    union {
        void *data; /* owned */
        uint8_t *u8;
        int32_t *i32;
        int64_t *i64;
        float *f32;
        double *f64;
    };
};

/* Read a .npy or IDX file, gzipped or not, told apart by their first bytes and never by the name. ERR_UNREADABLE with path and
 * reason; out is untouched then. */
bool array_read(const char *path, struct array *out, struct err *e);

/* The same for bytes in memory; path is for messages. */
bool array_parse(const void *bytes, size_t n, const char *path, struct array *out, struct err *e);

void array_release(struct array *a);

size_t array_element_size(enum array_type type);
double array_real(const struct array *a, int64_t index); /* element in row-major order, as a double */
bool array_is_integer(const struct array *a);            /* anything but F32 and F64 */

/* For readers: check rank and dimensions (not negative, product and bytes in range), fill in rank, dim and n and allocate data.
 * available is what the file still holds, per element file_size bytes; false if the two do not agree: then *count has the
 * elements stated, or -1 if that number is out of range. */
bool array_make(struct array *a, enum array_type type, int rank, const int64_t *dim, size_t available,
                size_t file_size, int64_t *count);

#endif
