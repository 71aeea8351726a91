/* sql: questions of a person to the session file. One SELECT, read-only: the statement may read tables and call functions and
 * nothing else (no writing, ATTACH, PRAGMA, extensions), and it is stopped when it works too long. */
#ifndef PODA_STORE_SQL_H
#define PODA_STORE_SQL_H

#include <stdint.h>

struct err;
struct json;
struct store;

/* {"columns": [names], "rows": [[values] ...], "more": true if there were more than max_rows rows}. Bytes that are no text are
 * told as "<N bytes>". Measurements that wait are written first where the session can be. json_free() it. NULL: ERR_USAGE with
 * SQLite's own words and the names of the tables. */
struct json *store_sql(struct store *s, const char *select, int64_t max_rows, struct err *e);

#endif
