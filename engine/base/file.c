/* file: see file.h. */
#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"

enum { CHUNK = 1 << 16 };

int file_open(const char *path, int64_t *size, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        err_set(e, ERR_UNREADABLE, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        err_set(e, ERR_UNREADABLE, "%s: not a regular file", path);
        close(fd);
        return -1;
    }
    *size = st.st_size;
    return fd;
}

const char *file_read_at(int fd, int64_t offset, void *out, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (char *)out + done, n - done, (off_t)offset + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? strerror(errno) : "it became shorter";
        done += (size_t)got;
    }
    return NULL;
}

struct file_stamp file_stamp(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return (struct file_stamp){-1, -1};
    return (struct file_stamp){st.st_size, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->size == b->size && a->changed_ns == b->changed_ns;
}

bool file_read(const char *path, size_t limit, struct buf *out, struct err *e)
{
    int64_t size = 0;
    int fd = file_open(path, &size, e);
    if (fd < 0)
        return false;
    bool ok = (uint64_t)size <= limit;
    if (!ok)
        err_set(e, ERR_UNREADABLE, "%s: %lld bytes, more than the %zu that are read", path, (long long)size,
                limit);
    char *chunk = mem_alloc(CHUNK, 1);
    ssize_t n = 0;
    while (ok && (n = read(fd, chunk, CHUNK)) > 0)
        buf_add(out, chunk, (size_t)n);
    if (ok && n < 0)
        ok = err_set(e, ERR_UNREADABLE, "%s: %s", path, strerror(errno));
    free(chunk);
    close(fd);
    return ok;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* A rename would put a file in the place of a device or pipe, and leave the machine without it. */
static bool is_other_thing(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

bool file_write(const char *path, const void *bytes, size_t n, struct err *e)
{
    struct buf beside = {0};
    if (is_other_thing(path)) {
        err_set(e, ERR_IO, "%s: cannot be written: not a regular file", path);
        return err_hint(e, "name a file; devices, pipes and folders are never replaced");
    }
    char *target = realpath(path, NULL); /* a link stays one, /dev/stdout as well */
    if (!target)
        target = mem_text(path);
    buf_printf(&beside, "%s.XXXXXX", target);
    int fd = mkstemp(beside.data);
    bool ok = fd >= 0 && write_all(fd, bytes, n) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        reason = errno;
    }
    if (ok && rename(beside.data, target) != 0) {
        ok = false;
        reason = errno;
    }
    if (!ok) {
        if (fd >= 0)
            unlink(beside.data);
        err_set(e, ERR_IO, "%s: cannot be written: %s", path, strerror(reason));
        err_hint(e, "nothing was changed there; free space or name another place");
    }
    free(target);
    buf_release(&beside);
    return ok;
}

bool file_hint(const char *path, struct err *e)
{
    if (access(path, R_OK) == 0)
        return false;
    return err_hint(e,
                    errno == ENOENT || errno == ENOTDIR
                        ? "look whether the name is right; it counts from the folder that poda was started in"
                        : "look at the permissions of the file and its folder");
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool file_is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

bool file_same_place(const char *a, const char *b)
{
    if (file_same(a, b))
        return true;
    char *one = file_folder(a), *other = file_folder(b);
    bool same = strcmp(file_base(a), file_base(b)) == 0 && file_same(one, other);
    free(one);
    free(other);
    return same;
}

int64_t file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

bool file_hash(const char *path, char *hex, struct err *e)
{
    int64_t size = 0;
    int fd = file_open(path, &size, e);
    if (fd < 0)
        return false;
    struct hash *h = hash_new();
    char *chunk = mem_alloc(CHUNK, 1);
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK)) > 0)
        hash_add(h, chunk, (size_t)n);
    int reason = errno;
    free(chunk);
    close(fd);
    hash_finish_free(h, hex);
    return n == 0 || err_set(e, ERR_UNREADABLE, "%s: %s", path, strerror(reason));
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct buf b = {0};
    if (!slash)
        buf_putc(&b, '.');
    else
        buf_add(&b, path, slash == path ? 1 : (size_t)(slash - path));
    return buf_take(&b);
}

char *file_join(const char *folder, const char *path)
{
    struct buf b = {0};
    if (path[0] != '/' && strcmp(folder, ".") != 0)
        buf_printf(&b, "%s/", folder);
    buf_puts(&b, path);
    return buf_take(&b);
}

const char *file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *file_absolute(const char *path)
{
    char *real = realpath(path, NULL);
    if (real || path[0] == '/')
        return real ? real : mem_text(path);
    char *here = realpath(".", NULL);
    char *joined = file_join(here ? here : ".", path);
    free(here);
    return joined;
}

bool file_stays_inside(const char *path)
{
    if (path[0] == '/' || path[0] == '\0')
        return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}
