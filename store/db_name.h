/* db_name: a session's path as a name for SQLite, which gives some names a meaning (":memory:", "file:..."); a path has none. */
#ifndef PODA_STORE_DB_NAME_H
#define PODA_STORE_DB_NAME_H

#include <stdbool.h>

struct buf;

void db_plain_name(const char *path, struct buf *out);
/* Of a file nobody can write to, not even its folder: read without the shared memory that the log would need. */
void db_immutable_name(const char *path, struct buf *out);

/* Does a log stand beside it? What was in it when a program died belongs to the file; it is moved there only by one who may write. */
bool db_log_waits(const char *path);

#endif
