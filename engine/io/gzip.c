/* gzip: see gzip.h. The only file that includes zlib. */
#include "engine/io/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"

enum { CHUNK = 1 << 16, GZIP_ONLY = 15 + 16 /* window bits: the largest window, gzip headers alone */ };

bool gzip_is(const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    return n >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

static bool damaged(const char *path, const z_stream *z, struct err *e)
{
    return err_set(e, ERR_UNREADABLE, "%s: damaged gzip data%s%s", path, z->msg ? ": " : "",
                   z->msg ? z->msg : "");
}

/* Expand one member; z stands behind it afterwards. */
static bool expand_member(z_stream *z, size_t limit, const char *path, struct buf *out, struct err *e)
{
    uint8_t chunk[CHUNK];
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        z->next_out = chunk;
        z->avail_out = CHUNK;
        code = inflate(z, Z_NO_FLUSH);
        if (code == Z_BUF_ERROR || (code == Z_OK && z->avail_in == 0 && z->avail_out > 0))
            return err_set(e, ERR_UNREADABLE, "%s: the gzip data end early; is the file cut short?", path);
        if (code != Z_OK && code != Z_STREAM_END)
            return damaged(path, z, e);
        size_t n = CHUNK - z->avail_out;
        if (n > limit - out->len)
            return err_set(e, ERR_UNREADABLE, "%s: it expands to more than the %zu bytes that are read", path,
                           limit);
        buf_add(out, chunk, n);
    }
    return true;
}

bool gzip_expand(const void *bytes, size_t n, size_t limit, const char *path, struct buf *out, struct err *e)
{
    struct buf expanded = {0};
    z_stream z;
    memset(&z, 0, sizeof z);
    if (n > UINT_MAX)
        return err_set(e, ERR_UNREADABLE, "%s: more than 4 GiB of gzip data", path);
    if (!gzip_is(bytes, n))
        return err_set(e, ERR_UNREADABLE, "%s: not a gzip file", path);
    if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
        return err_set(e, ERR_INTERNAL, "%s: zlib does not start", path);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    bool ok = expand_member(&z, limit, path, &expanded, e);
    while (ok && z.avail_in > 0) {
        ok = inflateReset(&z) == Z_OK && gzip_is(z.next_in, z.avail_in);
        if (!ok)
            err_set(e, ERR_UNREADABLE, "%s: %u bytes that are no gzip data follow", path, z.avail_in);
        ok = ok && expand_member(&z, limit, path, &expanded, e);
    }
    inflateEnd(&z);
    if (ok && out->len == 0) { /* the usual case, without a second copy */
        buf_release(out);
        *out = expanded;
        return true;
    }
    if (ok)
        buf_add(out, expanded.data, expanded.len);
    buf_release(&expanded);
    return ok;
}
