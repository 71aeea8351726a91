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

/* Where the `bytes` bytes lie that a tensor's shape asks for. Errors name the file: ERR_UNREADABLE where it is missing, outside, no
 * regular file, too short, or where length disagrees with bytes; ERR_UNSUPPORTED where tensors ask for more in all than 2 GiB and
 * than the files hold, by lying over each other. */
#define EXTERNALS_MAX ((size_t)INT32_MAX)
struct external_range {
    const struct externals *x;
    size_t file;
    int64_t offset;
};
bool externals_find(struct externals *x, const struct external_place *p, size_t bytes,
                    struct external_range *out, struct err *e);

/* Ranges are asked for anew from here on. */
void externals_restart(struct externals *x);

/* `from` is a struct external_range: as struct onnx_tensor wants it. */
bool external_read(const void *from, void *out, size_t n, struct err *e);

/* Are all files as they were opened, by size and time? ERR_UNREADABLE. */
bool externals_unchanged(const struct externals *x, struct err *e);

/* Add name and SHA-256 of each file, in order of first use; nothing if there are none. */
bool externals_hash(const struct externals *x, struct hash *h, struct err *e);

/* The files, in order of first use, with links followed: path i, borrowed; NULL behind the last. */
const char *externals_path(const struct externals *x, size_t i);

#endif
