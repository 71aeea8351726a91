/* onnx_proto: the seam to protobuf-c, seen by onnx_file.c only: bytes of a ModelProto to a source. The edits of onnx.h are done
 * there too. */
#ifndef PODA_IO_ONNX_PROTO_H
#define PODA_IO_ONNX_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct body;
struct err;
struct externals;
struct model_file;

/* Check, unpack, convert. Large tensors stay where they lie until they are read, each into its one place; b->skim is filled.
 * *export_bytes: what the message takes with all data in it. Errors name the place in the model, not the file. NULL on error. */
struct source *onnx_proto_source(struct body *b, struct externals *x, int64_t *export_bytes, struct err *e);

/* Can a file of `total` bytes that begins with these n be a model? Errors as above. */
bool onnx_proto_head(const void *bytes, size_t n, size_t total, struct err *e);

/* What edits start from: the message and the files beside it. Borrowed. */
const struct body *model_file_body(const struct model_file *m, struct externals **beside);

#endif
