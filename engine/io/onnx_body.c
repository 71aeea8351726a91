/* onnx_body: see onnx_body.h. */
#include "engine/io/onnx_body.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"

bool body_open(struct body *b, const char *path, size_t most, struct err *e)
{
    int64_t size = 0;
    *b = (struct body){.fd = file_open(path, &size, e)};
    if (b->fd < 0)
        return false;
    if ((uint64_t)size > most)
        return err_set(e, ERR_UNREADABLE, "%s: %lld bytes, more than the %zu that are read", path,
                       (long long)size, most);
    b->size = (size_t)size;
    b->opened = file_stamp(b->fd);
    return true;
}

void body_take(struct body *b, struct buf *bytes_take)
{
    *b = (struct body){.fd = -1, .memory = *bytes_take, .size = bytes_take->len};
    *bytes_take = (struct buf){0};
}

void body_release(struct body *b)
{
    if (b->fd >= 0)
        close(b->fd);
    buf_release(&b->memory);
    wire_skim_release(&b->skim);
    *b = (struct body){.fd = -1};
}

bool body_read(const struct body *b, size_t offset, void *out, size_t n, struct err *e)
{
    if (b->fd < 0) {
        memcpy(out, (const char *)b->memory.data + offset, n);
        return true;
    }
    const char *why = file_read_at(b->fd, (int64_t)offset, out, n);
    return !why || err_set(e, ERR_UNREADABLE, "%s", why);
}

bool body_hash(const struct body *b, struct hash *h, struct err *e)
{
    enum { CHUNK = 1 << 16 };
    uint8_t chunk[CHUNK];
    if (b->fd < 0) {
        hash_add(h, b->memory.data, b->memory.len);
        return true;
    }
    for (size_t at = 0, n; at < b->size; at += n) {
        n = b->size - at < CHUNK ? b->size - at : CHUNK;
        if (!body_read(b, at, chunk, n, e))
            return false;
        hash_add(h, chunk, n);
    }
    return true;
}

bool body_unchanged(const struct body *b, struct err *e)
{
    const struct file_stamp now = b->fd < 0 ? b->opened : file_stamp(b->fd);
    if (file_stamp_same(&now, &b->opened))
        return true;
    err_set(e, ERR_UNREADABLE, "the file was changed since it was opened");
    return err_hint(e, "bring back the file as it was, or open it again as it is now");
}
