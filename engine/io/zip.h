/* zip: the seam to libzip. Archives read entry by entry with a limit for each, and written. Names start with archive_, because
 * zip_ is libzip's. Who wants arrays: npz.h. */
#ifndef PODA_IO_ZIP_H
#define PODA_IO_ZIP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;

struct archive; /* one that is read */

/* Open a regular file. ERR_UNREADABLE if it is none or no zip archive. */
struct archive *archive_open(const char *path, struct err *e);
void archive_close(struct archive *a); /* NULL is allowed */

int archive_count(const struct archive *a);
const char *archive_name(const struct archive *a, int index); /* borrowed; bytes of the file */
int archive_find(const struct archive *a, const char *name);  /* -1 if there is none */

/* Append the entry to out. ERR_UNREADABLE if it is damaged (its checksum is compared), encrypted, or larger than limit,
 * whatever size the archive states. */
bool archive_read(struct archive *a, int index, size_t limit, struct buf *out, struct err *e);

struct archive_writer; /* one that is written */

struct archive_writer *archive_writer_new(void);

/* Add an entry, stored uncompressed; bytes must live until the end. */
void archive_writer_add(struct archive_writer *w, const char *name, const void *bytes, size_t n);

/* Append the archive to out and free w. The same entries give the same bytes (the time of every entry is 1980-01-01). */
bool archive_writer_finish_free(struct archive_writer *w, struct buf *out, struct err *e);

#endif
