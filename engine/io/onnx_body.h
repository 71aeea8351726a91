/* onnx_body: the bytes of a model, where they lie: a file that is kept open, or memory. The message is kept without its large
 * tensors (wire.h); these are read where they are wanted, each into its one place. A file that is changed while it is open is
 * noticed, never trusted. */
#ifndef PODA_IO_ONNX_BODY_H
#define PODA_IO_ONNX_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/file.h"
#include "engine/io/wire.h"

struct err;
struct hash;

struct body {
    int fd;            /* -1: memory */
    struct buf memory; /* owned */
    size_t size;
    struct file_stamp opened; /* the file, as it was then */
    struct wire_skim skim;
};

/* ERR_UNREADABLE where there is no regular file, or it is larger than `most`. body_release in any case. */
bool body_open(struct body *b, const char *path, size_t most, struct err *e);
void body_take(struct body *b, struct buf *bytes_take);
void body_release(struct body *b);

/* n bytes from offset on. ERR_UNREADABLE where the file has become shorter. */
bool body_read(const struct body *b, size_t offset, void *out, size_t n, struct err *e);
bool body_hash(const struct body *b, struct hash *h, struct err *e);

/* Is the file as it was opened, by its size and time? ERR_UNREADABLE, with the next step. */
bool body_unchanged(const struct body *b, struct err *e);

#endif
