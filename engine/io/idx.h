/* idx: the big-endian array format in which MNIST and its relatives are published. Read only. */
#ifndef PODA_IO_IDX_H
#define PODA_IO_IDX_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/io/array.h"

struct err;

/* Begins with two zero bytes, a known type (0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float, 0x0E double) and a rank
 * of 1..8. */
bool idx_is(const void *bytes, size_t n);

/* The sizes of the header must agree with the length of the file. path is for messages. ERR_UNREADABLE; out is untouched
 * then. */
bool idx_parse(const void *bytes, size_t n, const char *path, struct array *out, struct err *e);

#endif
