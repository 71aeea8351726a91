/* site: the file around a session: making it private, one writer a file, and what its file system can do. */
#ifndef PODA_STORE_SITE_H
#define PODA_STORE_SITE_H

#include <stdbool.h>

struct err;

/* Make an empty file of mode 0600 if there is none; *made tells. ERR_IO. */
bool site_make(const char *path, bool *made, struct err *e);

/* The bytes of one file as those of another, which is made (mode 0600) or replaced, and is on the disk then. ERR_IO. Never of a file
 * that SQLite has open: closing it here would drop SQLite's locks on it. */
bool site_copy(const char *from, const char *to, struct err *e);

/* Become the writer of this session. Returns a descriptor for site_unlock; -1: *why says who or what is in the way. A lock of
 * a program that died is free. */
int site_lock(const char *path, const char **why);
void site_unlock(const char *path, int lock); /* -1 is allowed */

/* Which file stands at the path, whatever its name was before; false: none. */
struct site_mark {
    unsigned long long device, file;
};
bool site_mark(const char *path, struct site_mark *out);
bool site_mark_beside(const char *path, const char *end, struct site_mark *out); /* of path and that end */
bool site_is(const char *path, const struct site_mark *mark);                    /* still the same one? */

/* What a stranger's write to a file changes, as far as the file system tells. All zero: there is no file. */
struct site_stamp {
    struct site_mark mark;
    long long size, seconds[2], nanoseconds[2]; /* of the last change of its bytes, and of anything else */
};
void site_stamp(const char *path, struct site_stamp *out);
bool site_stamp_equal(const struct site_stamp *a, const struct site_stamp *b);

/* A file without a name in the folder of path, gone when it is closed. -1: none can be made. */
int site_nameless(const char *path);

/* Can programs on this file system share memory through a file beside the session, which the write-ahead log needs? Those that
 * reach other machines cannot, though they may pretend to. */
bool site_shares_memory(const char *path);

#endif
