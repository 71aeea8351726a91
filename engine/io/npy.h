/* npy: NumPy's file format for one array, versions 1.0 to 3.0, read and written (numpy.lib.format describes it). NPZ archives
 * of such files: npz.h. */
#ifndef PODA_IO_NPY_H
#define PODA_IO_NPY_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/io/array.h"

struct buf;
struct err;

bool npy_is(const void *bytes, size_t n); /* begins with the magic bytes */

/* Types bool, int8..int64, uint8..uint64, float16, float32, float64 in either byte order, C and Fortran order. The header is
 * parsed strictly: exactly the keys descr, fortran_order and shape. The data must fill the file to its end. path is for
 * messages. ERR_UNREADABLE; out is untouched then. */
bool npy_parse(const void *bytes, size_t n, const char *path, struct array *out, struct err *e);

/* Append a as a version 1.0 file in C order, little-endian, of its own type. */
void npy_write(const struct array *a, struct buf *out);

/* Append n values as float32 of the given shape: what `predict` writes. */
void npy_write_floats(const float *values, int rank, const int64_t *dim, struct buf *out);

#endif
