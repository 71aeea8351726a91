/* onnx_external: tensor data that lie beside a model file. A model may name regular files in its own folder or below, and
 * nothing else: no absolute path, no "..", no link that leads out. */
#ifndef PODA_IO_ONNX_EXTERNAL_H
#define PODA_IO_ONNX_EXTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct hash;

struct externals; /* the files that one model names, opened once each */

struct externals *externals_new(const char *model_path);
void externals_free(struct externals *x); /* NULL is allowed */

/* The entries of TensorProto.external_data; offset and length may be NULL (0; what the shape asks for). */
struct external_place {
    const char *location, *offset, *length;
};

/* Append `bytes` bytes, which the tensor's shape asks for, to out. Errors name the file: ERR_UNREADABLE where it is missing,
 * outside, no regular file, too short, or where length disagrees with bytes; ERR_UNSUPPORTED above EXTERNALS_MAX in all. */
#define EXTERNALS_MAX ((size_t)INT32_MAX)
bool externals_read(struct externals *x, const struct external_place *p, size_t bytes, struct buf *out,
                    struct err *e);

/* Add name and SHA-256 of each file, in order of first use; nothing if there are none. */
bool externals_hash(const struct externals *x, struct hash *h, struct err *e);

/* The files, in order of first use, with links followed: path i, borrowed; NULL behind the last. */
const char *externals_path(const struct externals *x, size_t i);

#endif
