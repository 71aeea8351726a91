/* gzip: the seam to zlib. Expands gzipped bytes; writes none. */
#ifndef PODA_IO_GZIP_H
#define PODA_IO_GZIP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;

bool gzip_is(const void *bytes, size_t n); /* begins with the magic bytes */

/* Append what the bytes expand to, all members of the file. ERR_UNREADABLE if they are damaged, cut short, followed by
 * something else, or expand to more than limit. path is for messages. */
bool gzip_expand(const void *bytes, size_t n, size_t limit, const char *path, struct buf *out, struct err *e);

#endif
