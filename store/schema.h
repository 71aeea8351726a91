/* schema: the tables of a session file, making them, and telling a session from anything else. */
#ifndef PODA_STORE_SCHEMA_H
#define PODA_STORE_SCHEMA_H

#include <stdbool.h>

struct db;
struct err;

/* The highest number of a row: whole in every program that reads JSON. */
#define NUMBER_MAX 9007199254740991

/* Is this a session of a version that is known: every table, index and view to the letter, none more (a trigger or view of a
 * stranger would run in our name), numbers in order? An empty file is one that is still to be made (*empty). ERR_UNREADABLE for
 * anything else. Reads only: a newer version is refused untouched. */
bool schema_inspect(struct db *d, bool *empty, struct err *e);

/* An empty session in memory, to compare with. */
struct db *schema_example(struct err *e);

/* Make the tables of a new session, or bring those of an older version up to this one, in one transaction. */
bool schema_migrate(struct db *d, struct err *e);

#endif
