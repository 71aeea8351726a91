/* util_onnx: see util_onnx.h. */
#include "tests/unit/util_onnx.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/io/onnx.h"

struct model_file *read_model(const char *path)
{
    struct err e = {0};
    struct model_file *m = model_file_read(path, &e);
    if (!m)
        fail_msg("%s", e.message);
    return m;
}

const struct source_tensor *tensor_of(const struct model_file *m, const char *name)
{
    const struct source *s = model_file_source(m);
    for (int i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    fail_msg("no tensor %s", name);
    return NULL;
}

static void varint(struct buf *b, uint64_t v)
{
    for (; v > 127; v >>= 7)
        buf_putc(b, (char)((v & 127) | 128));
    buf_putc(b, (char)v);
}

void put_int(struct buf *b, int field, int64_t v)
{
    varint(b, (uint64_t)field << 3);
    varint(b, (uint64_t)v);
}

void put_bytes(struct buf *b, int field, const void *bytes, size_t n)
{
    varint(b, (uint64_t)field << 3 | 2);
    varint(b, n);
    buf_add(b, bytes, n);
}

void put_text(struct buf *b, int field, const char *text)
{
    put_bytes(b, field, text, strlen(text));
}

void put_message(struct buf *b, int field, struct buf *message)
{
    put_bytes(b, field, buf_text(message), message->len);
    buf_release(message);
}

void make_model(struct buf *model, struct buf *graph, int64_t opset)
{
    struct buf import = {0};
    put_int(model, 1, 7);
    put_message(model, 7, graph);
    put_int(&import, 2, opset);
    if (opset)
        put_message(model, 8, &import);
    buf_release(&import);
}
