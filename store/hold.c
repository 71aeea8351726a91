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
    LOG_BYTES = 16 << 20, /* that the log may grow to, or to the file's size, before they are one again */
    LOG_HEAD = 32,        /* SQLite's: bytes before the first frame, and before the page in each */
    FRAME_HEAD = 24
};

void hold_release(struct hold *h)
{
    if (h->fd >= 0)
        close(h->fd);
    if (h->log >= 0)
        close(h->log);
    h->fd = h->log = -1;
    h->log_lost = false;
}

/* The bytes from `at` to `end`, or to where there are no more, behind those that fd holds. */
static bool copy_in(int fd, struct db *d, bool log, int64_t *at, int64_t end)
{
    char bytes[CHUNK];
    size_t n;
    while (*at < end &&
           (n = db_bytes(d, log, *at, bytes, end - *at < CHUNK ? (size_t)(end - *at) : CHUNK)) > 0) {
        if (write(fd, bytes, n) != (ssize_t)n)
            return false;
        *at += (int64_t)n;
    }
    return true;
}

static void stamp_log(const char *path, struct site_stamp *out)
{
    struct buf log = {0};
    buf_printf(&log, "%s-wal", path);
    site_stamp(buf_text(&log), out);
    buf_release(&log);
}

static int64_t four_bytes(const unsigned char *at)
{
    return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* Of a frame and its page; 0: the log is empty. */
static int64_t frame_bytes(struct db *d)
{
    unsigned char head[LOG_HEAD];
    return db_bytes(d, true, 0, head, LOG_HEAD) < LOG_HEAD ? 0 : FRAME_HEAD + four_bytes(head + 8);
}

/* Is there a commit behind this many bytes? What was given up may stand there, too, which ends in none. */
static bool commits_behind(struct db *d, int64_t at)
{
    unsigned char head[FRAME_HEAD];
    int64_t frame = frame_bytes(d);
    for (at = at > 0 ? at : LOG_HEAD; frame && db_bytes(d, true, at, head, FRAME_HEAD) == FRAME_HEAD;
         at += frame)
        if (four_bytes(head + 4) != 0) /* the pages that the file has from here on */
            return true;
    return false;
}

/* Another number wherever another program wrote by way of SQLite, which tells it so in the memory that they share. */
static int64_t version_of(struct db *d)
{
    int64_t version = 0;
    db_number(d, "PRAGMA data_version", 0, 0, &version, NULL);
    return version;
}

void hold_log(struct hold *h, struct db *d, const char *path)
{
    if (h->fd < 0)
        return;
    h->version = version_of(d);
    int64_t frames = db_log_frames(d), end = frames > 0 ? LOG_HEAD + frames * frame_bytes(d) : 0;
    if (copy_in(h->log, d, true, &h->log_size, end) && h->log_size == end)
        stamp_log(path, &h->log_stamp);
    else
        hold_release(h);
}

void hold_gave_up(struct hold *h, const char *path)
{
    if (h->fd >= 0)
        stamp_log(path, &h->log_stamp);
}

void hold_take(struct hold *h, struct db *d, const char *path)
{
    hold_release(h);
    db_checkpoint(d); /* where a reader is in the way, some stays in the log, which is held as well */
    bool rests = db_pin(d);
    site_stamp(path, &h->stamp);
    if (!rests)
        return;
    h->fd = site_nameless(path);
    h->log = site_nameless(path);
    h->size = h->log_size = 0;
    if (h->fd < 0 || h->log < 0 || !copy_in(h->fd, d, false, &h->size, INT64_MAX) || h->size != h->stamp.size)
        hold_release(h);
    hold_log(h, d, path);
}

/* How many of the first n bytes are as they are held. */
static int64_t equal_bytes(int fd, struct db *d, bool log, int64_t size)
{
    char now[CHUNK], then[CHUNK];
    int64_t at = 0;
    size_t n;
    while (at < size &&
           (n = db_bytes(d, log, at, now, size - at < CHUNK ? (size_t)(size - at) : CHUNK)) > 0) {
        if (pread(fd, then, n, at) != (ssize_t)n || memcmp(now, then, n) != 0)
            break;
        at += (int64_t)n;
    }
    return at;
}

/* The log has its name, and begins with what was confirmed in it. Commits follow only where SQLite knows of them. */
static bool log_is_ours(struct hold *h, struct db *d, const char *path)
{
    struct site_stamp now;
    stamp_log(path, &now);
    if (site_stamp_equal(&now, &h->log_stamp))
        return true;
    if (now.mark.device != h->log_stamp.mark.device || now.mark.file != h->log_stamp.mark.file ||
        equal_bytes(h->log, d, true, h->log_size) < h->log_size ||
        (commits_behind(d, h->log_size) && version_of(d) == h->version))
        return false;
    h->log_stamp = now;
    return true;
}

enum hold_state hold_compare(struct hold *h, struct db *d, const char *path)
{
    struct site_stamp now;
    char one;
    if (h->fd < 0)
        return HOLD_SAME;
    h->log_lost = !log_is_ours(h, d, path);
    site_stamp(path, &now);
    if (site_stamp_equal(&now, &h->stamp))
        return h->log_lost ? HOLD_CUT : HOLD_SAME;
    int64_t equal = equal_bytes(h->fd, d, false, h->size);
    if (db_bytes(d, false, equal, &one, 1) > 0)
        return HOLD_OTHER;
    if (equal < h->size || h->log_lost)
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

static bool write_held(int fd, int64_t size, const char *to, struct err *e)
{
    char bytes[CHUNK];
    ssize_t n;
    int64_t at = 0;
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while (out >= 0 && (n = pread(fd, bytes, sizeof bytes, at)) > 0 && write(out, bytes, (size_t)n) == n)
        at += n;
    bool ok = out >= 0 && at == size && fsync(out) == 0;
    if (!ok)
        err_set(e, ERR_IO, "%s cannot be written: %s", to, strerror(errno));
    if (out >= 0)
        close(out);
    return ok;
}

bool hold_write(const struct hold *h, const char *to, struct err *e)
{
    struct buf log = {0};
    buf_printf(&log, "%s-wal", to);
    bool ok = write_held(h->fd, h->size, to, e) &&
              (h->log_size == 0 || write_held(h->log, h->log_size, buf_text(&log), e));
    buf_release(&log);
    return ok;
}
