/* onnx_proto: the seam to protobuf-c, seen by onnx_file.c only: bytes of a ModelProto to a source. The edits of onnx.h are done
 * there too. */
#ifndef PODA_IO_ONNX_PROTO_H
#define PODA_IO_ONNX_PROTO_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct externals;
struct model_file;

/* Check, unpack, convert. Where the model has external data, *bytes is replaced by a message that holds them itself, so that
 * whoever edits it later needs no other file. Errors name the place in the model, not the file. NULL on error. */
struct source *onnx_proto_source(struct buf *bytes, struct externals *x, struct err *e);

/* Can a file of `total` bytes that begins with these n be a model? Errors as above. */
bool onnx_proto_head(const void *bytes, size_t n, size_t total, struct err *e);

/* The message of a model, external data included: what edits start from. Borrowed. */
const struct buf *model_file_bytes(const struct model_file *m);

#endif
