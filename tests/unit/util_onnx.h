/* util_onnx: model files that must be readable, and protobuf messages put together byte by byte, so that tests can say what no
 * exporter writes. */
#ifndef PODA_TESTS_UTIL_ONNX_H
#define PODA_TESTS_UTIL_ONNX_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct model_file;
struct source_tensor;

/* Each fails the test where there is none. */
struct model_file *read_model(const char *path);
const struct source_tensor *tensor_of(const struct model_file *m, const char *name);

/* Append one field: a varint; bytes; text; a message, which is released. */
void put_int(struct buf *b, int field, int64_t v);
void put_bytes(struct buf *b, int field, const void *bytes, size_t n);
void put_text(struct buf *b, int field, const char *text);
void put_message(struct buf *b, int field, struct buf *message);

/* Append a ModelProto of a GraphProto, which is released, and the version of ai.onnx (0: no opset_import). */
void make_model(struct buf *model, struct buf *graph, int64_t opset);

#endif
