/* file: whole files in, whole files out, and the arithmetic of paths. Errors name the path and the reason. */
#ifndef PODA_BASE_FILE_H
#define PODA_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

/* Append the whole regular file to out; ERR_UNREADABLE if it is missing, no regular file, or larger than limit bytes. */
bool file_read(const char *path, size_t limit, struct buf *out, struct err *e);

/* A descriptor of a regular file for reading, and its size; never blocks on a pipe or device. -1: ERR_UNREADABLE. */
int file_open(const char *path, int64_t *size, struct err *e);

/* n bytes of an open file from offset on. NULL: they are in out; else why not. */
const char *file_read_at(int fd, int64_t offset, void *out, size_t n);

/* Size and time of the last change, in ns, of an open file: what tells that it is as it was. -1 each where it cannot be asked. */
struct file_stamp {
    int64_t size, changed_ns;
};
struct file_stamp file_stamp(int fd);
bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b);

/* Write beside the target, sync, then rename: the target is complete or untouched. Where path is a link, the target is what it
 * leads to. ERR_IO, also where the target is there and no regular file: a device, pipe or folder is never replaced. */
bool file_write(const char *path, const void *bytes, size_t n, struct err *e);

/* The next step after a file that could not be read, where none is named yet: by whether it is there. Returns false. */
bool file_hint(const char *path, struct err *e);

bool file_exists(const char *path);
bool file_is_directory(const char *path);
bool file_same(const char *a,
               const char *b); /* one file, whatever it is called: links followed, both are there */
bool file_same_place(const char *a,
                     const char *b); /* or would be one if it were there: that name in one folder */
int64_t file_size(const char *path); /* -1 if there is no such regular file */

/* SHA-256 of a file's bytes; hex has 65 bytes. */
bool file_hash(const char *path, char *hex, struct err *e);

char *file_folder(const char *path);                   /* of "a/b.c" is "a", of "b.c" is "."; free() it */
char *file_join(const char *folder, const char *path); /* an absolute path stays as it is; free() it */
const char *file_base(const char *path);               /* last part; borrowed */
char *file_absolute(const char *path); /* without '.', '..' and links where it exists; free() it */

/* Is path (relative) inside the folder it is relative to: not absolute, no ".." part? */
bool file_stays_inside(const char *path);

#endif
