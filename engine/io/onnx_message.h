/* onnx_message: what onnx_proto.c, onnx_apart.c, onnx_edit.c and onnx_unread.c share. The only place that includes the types
 * generated from onnx.proto, and with them protobuf-c: for these four files alone. */
#ifndef PODA_IO_ONNX_MESSAGE_H
#define PODA_IO_ONNX_MESSAGE_H

#include <stdbool.h>

#include "onnx.pb-c.h"

#include "engine/io/onnx_external.h"
#include "engine/io/onnx_tensor.h"
#include "engine/io/wire.h"

struct body;
struct buf;
struct err;
struct externals;

/* A message that wire_skim checked; NULL if a field has the wrong type. */
Onnx__ModelProto *onnx_message_unpack(const struct buf *message);

/* Where raw_data lies that is not in the message. */
struct apart {
    const struct body *b;
    struct wire_cut cut;
    struct external_range range;
};

/* The plain view of a tensor wherever its data lie; `at` must live as long as it. */
bool onnx_view(const Onnx__TensorProto *t, const struct body *b, struct externals *x,
               struct onnx_tensor *plain, struct apart *at, struct err *e);

/* What the message takes with all data in it: their lengths tell. The message is good for nothing else afterwards. */
bool onnx_measure(Onnx__ModelProto *m, const struct body *b, struct externals *x, int64_t *bytes,
                  struct err *e);

/* The message with all data in it, from a model that was read before. NULL, ERR_UNREADABLE: a file was changed since. */
Onnx__ModelProto *onnx_message_whole(const struct body *b, struct externals *x, struct err *e);
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
