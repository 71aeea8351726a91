/* site: see site.h. The lock is on a file of its own beside the session: SQLite's locks come and go with each transaction, and
 * closing a descriptor of the session itself would drop them. */
#include "store/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/statfs.h>
#endif

#include "engine/base/buf.h"
#include "engine/base/err.h"

bool site_make(const char *path, bool *made, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *made = fd >= 0;
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || errno == EEXIST)
        return true;
    err_set(e, ERR_IO, "%s: the session cannot be made: %s", path, strerror(errno));
    return err_hint(e, "name a file in a folder that is there and may be written");
}

static bool copy_bytes(int in, int out)
{
    char bytes[65536];
    ssize_t n;
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        for (ssize_t done = 0, w; done < n; done += w)
            if ((w = write(out, bytes + done, (size_t)(n - done))) < 0)
                return false;
    return n == 0 && fsync(out) == 0;
}

bool site_copy(const char *from, const char *to, struct err *e)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = out >= 0 && copy_bytes(in, out);
    if (!ok)
        err_set(e, ERR_IO, "%s cannot be copied to %s: %s", from, to, strerror(errno));
    if (out >= 0)
        ok = close(out) == 0 && ok;
    if (in >= 0)
        close(in);
    return ok;
}

/* Between opening the lock's file and locking it, its owner may have removed it: then it is another file now. */
static bool still_there(int fd, const char *name)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && stat(name, &there) == 0 && mine.st_ino == there.st_ino &&
           mine.st_dev == there.st_dev;
}

int site_lock(const char *path, const char **why)
{
    struct buf name = {0};
    int fd = -1;
    buf_printf(&name, "%s-lock", path);
    for (bool again = true; again;) {
        again = false;
        fd = open(buf_text(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) {
            *why = "its folder may not be written";
        } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            *why = errno == EWOULDBLOCK ? "another program has it open for writing"
                                        : "its file system has no locks";
            close(fd);
            fd = -1;
        } else if (!still_there(fd, buf_text(&name))) {
            close(fd);
            again = true;
        }
    }
    buf_release(&name);
    return fd;
}

void site_unlock(const char *path, int lock)
{
    if (lock < 0)
        return;
    struct buf name = {0};
    buf_printf(&name, "%s-lock", path);
    unlink(buf_text(&name));
    close(lock);
    buf_release(&name);
}

bool site_mark(const char *path, struct site_mark *out)
{
    struct stat there;
    bool ok = stat(path, &there) == 0;
    *out = (struct site_mark){0};
    if (ok)
        *out = (struct site_mark){(unsigned long long)there.st_dev, (unsigned long long)there.st_ino};
    return ok;
}

bool site_mark_beside(const char *path, const char *end, struct site_mark *out)
{
    struct buf name = {0};
    buf_printf(&name, "%s%s", path, end);
    bool ok = site_mark(buf_text(&name), out);
    buf_release(&name);
    return ok;
}

bool site_is(const char *path, const struct site_mark *mark)
{
    struct site_mark now;
    return site_mark(path, &now) && now.device == mark->device && now.file == mark->file;
}

void site_stamp(const char *path, struct site_stamp *out)
{
    struct stat st;
    *out = (struct site_stamp){.size = 0};
    if (stat(path, &st) != 0)
        return;
    out->mark = (struct site_mark){(unsigned long long)st.st_dev, (unsigned long long)st.st_ino};
    out->size = (long long)st.st_size;
    out->seconds[0] = (long long)st.st_mtim.tv_sec;
    out->seconds[1] = (long long)st.st_ctim.tv_sec;
    out->nanoseconds[0] = (long long)st.st_mtim.tv_nsec;
    out->nanoseconds[1] = (long long)st.st_ctim.tv_nsec;
}

bool site_stamp_equal(const struct site_stamp *a, const struct site_stamp *b)
{
    bool times = true;
    for (int i = 0; i < 2; i++)
        times = times && a->seconds[i] == b->seconds[i] && a->nanoseconds[i] == b->nanoseconds[i];
    return times && a->mark.device == b->mark.device && a->mark.file == b->mark.file && a->size == b->size;
}

int site_nameless(const char *path)
{
    struct buf name = {0};
    buf_printf(&name, "%s-XXXXXX", path);
    int fd = mkstemp(name.data);
    if (fd >= 0)
        unlink(buf_text(&name));
    buf_release(&name);
    return fd;
}

bool site_shares_memory(const char *path)
{
#ifdef __linux__
    /* NFS, SMB, CIFS, SMB2, 9P, FUSE (sshfs and others), Ceph, AFS, Lustre, GPFS: statfs(2) and the kernel's magic.h */
    static const unsigned long distant[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x01021997,
                                            0x65735546, 0x00c36400, 0x5346414f, 0x0bd00bd0, 0x47504653};
    struct statfs fs;
    if (statfs(path, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof distant / sizeof *distant; i++)
        if (((unsigned long)fs.f_type & 0xffffffffUL) == distant[i])
            return false;
#else
    (void)path;
#endif
    return true;
}
