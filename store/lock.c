/* lock: one writer a session. A lock on a file of its own beside the session: SQLite's locks come and go with each transaction. */
#include "store/store_parts.h"

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/buf.h"

static void lock_name(const char *path, struct buf *out)
{
    buf_printf(out, "%s-lock", path);
}

int lock_take(const char *path)
{
    struct buf name = {0};
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    lock_name(path, &name);
    int fd = open(buf_text(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    buf_release(&name);
    if (fd >= 0 && fcntl(fd, F_SETLK, &whole) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void lock_drop(int lock, const char *path)
{
    struct buf name = {0};
    if (lock < 0)
        return;
    lock_name(path, &name);
    unlink(buf_text(&name));
    close(lock);
    buf_release(&name);
}
