/* hold: see hold.h. */
#include "store/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "store/db.h"

enum {
    CHUNK = 65536,
    LOG_BYTES = 16 << 20 /* that the log may grow to, or to the file's size, before they are one again */
};

void hold_release(struct hold *h)
{
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
}

static bool copy_in(struct hold *h, struct db *d)
{
    char bytes[CHUNK];
    size_t n;
    h->size = 0;
    while ((n = db_file_bytes(d, h->size, bytes, sizeof bytes)) > 0) {
        if (write(h->fd, bytes, n) != (ssize_t)n)
            return false;
        h->size += (int64_t)n;
    }
    return true;
}

void hold_take(struct hold *h, struct db *d, const char *path)
{
    hold_release(h);
    db_checkpoint(d); /* where a reader is in the way, some stays in the log, which is kept as well */
    bool rests = db_pin(d);
    site_stamp(path, &h->stamp);
    if (!rests)
        return;
    h->fd = site_nameless(path);
    if (h->fd >= 0 && (!copy_in(h, d) || h->size != h->stamp.size))
        hold_release(h);
}

/* How many bytes of the file are as they are held; *all: it has no others. */
static int64_t equal_bytes(const struct hold *h, struct db *d, bool *all)
{
    char now[CHUNK], then[CHUNK];
    int64_t at = 0;
    size_t n;
    *all = true;
    while ((n = db_file_bytes(d, at, now, sizeof now)) > 0) {
        ssize_t held = pread(h->fd, then, n, at);
        *all = held == (ssize_t)n && memcmp(now, then, n) == 0;
        if (!*all)
            break;
        at += (int64_t)n;
    }
    return at;
}

enum hold_state hold_compare(struct hold *h, struct db *d, const char *path)
{
    struct site_stamp now;
    bool all;
    if (h->fd < 0)
        return HOLD_SAME;
    site_stamp(path, &now);
    if (site_stamp_equal(&now, &h->stamp))
        return HOLD_SAME;
    int64_t equal = equal_bytes(h, d, &all);
    if (!all)
        return HOLD_OTHER;
    if (equal < h->size)
        return HOLD_CUT;
    h->stamp = now;
    return HOLD_SAME;
}

static int64_t log_bytes(const char *path)
{
    struct buf log = {0};
    buf_printf(&log, "%s-wal", path);
    int64_t size = file_size(buf_text(&log));
    buf_release(&log);
    return size;
}

void hold_renew(struct hold *h, struct db *d, const char *path)
{
    int64_t size = h->fd < 0 ? 0 : log_bytes(path);
    if (size < LOG_BYTES || size < h->size || size < h->renew_at)
        return;
    hold_take(h, d, path);
    h->renew_at = 2 * log_bytes(path); /* not at once again where somebody keeps it long */
}

static bool write_held(const struct hold *h, const char *to, struct err *e)
{
    char bytes[CHUNK];
    ssize_t n;
    int64_t at = 0;
    int out = open(to, O_WRONLY | O_TRUNC | O_CLOEXEC);
    while (out >= 0 && (n = pread(h->fd, bytes, sizeof bytes, at)) > 0 && write(out, bytes, (size_t)n) == n)
        at += n;
    bool ok = out >= 0 && at == h->size && fsync(out) == 0;
    if (!ok)
        err_set(e, ERR_IO, "%s cannot be written: %s", to, strerror(errno));
    if (out >= 0)
        close(out);
    return ok;
}

bool hold_write(const struct hold *h, const char *path, const char *to, struct err *e)
{
    struct buf from = {0}, log = {0};
    buf_printf(&from, "%s-wal", path);
    buf_printf(&log, "%s-wal", to);
    bool ok = write_held(h, to, e) &&
              (file_size(buf_text(&from)) <= 0 || site_copy(buf_text(&from), buf_text(&log), e));
    buf_release(&from);
    buf_release(&log);
    return ok;
}
