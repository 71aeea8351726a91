/* onnx_message: what onnx_proto.c, onnx_edit.c and onnx_unread.c share. The only place that includes the types generated from
 * onnx.proto, and with them protobuf-c: for these three files alone. */
#ifndef PODA_IO_ONNX_MESSAGE_H
#define PODA_IO_ONNX_MESSAGE_H

#include <stdbool.h>

#include "onnx.pb-c.h"

#include "engine/io/onnx_tensor.h"

struct buf;
struct err;

/* Unpack bytes that were checked by wire_check; NULL if a field has the wrong type. */
Onnx__ModelProto *onnx_message_unpack(const struct buf *bytes);
void onnx_message_free(Onnx__ModelProto *m); /* NULL is allowed */

/* Append the message; ERR_UNSUPPORTED above 2 GiB. */
bool onnx_message_pack(const Onnx__ModelProto *m, struct buf *out, struct err *e);

/* The plain view of a tensor message: borrowed. */
struct onnx_tensor onnx_message_tensor(const Onnx__TensorProto *t);

/* Drop nodes and initializers that nobody reads any more, starting from the names that lost a reader; "" counts for nothing. */
void onnx_drop_unread(Onnx__GraphProto *g, char *const *lost, size_t n_lost);

static inline const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

#endif
