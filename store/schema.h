/* schema: the tables of a session file, making them, and telling a session from anything else. */
#ifndef PODA_STORE_SCHEMA_H
#define PODA_STORE_SCHEMA_H

#include <stdbool.h>

struct db;
struct err;

/* Make the tables in an empty file, or check that the file is a session of a version that is known, and migrate an older one.
 * ERR_UNREADABLE for anything else; a newer version is refused untouched. */
bool schema_prepare(struct db *d, bool may_write, struct err *e);

#endif
