/* db: the only gate to SQLite: opening, statements, transactions that remember who opened them. What is stored is schema.c's and
 * session.c's business. */
#ifndef PODA_STORE_DB_H
#define PODA_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct buf;
struct json;
struct db;

enum db_mode { DB_CREATE, DB_WRITE, DB_READ };

/* path NULL: in memory. ERR_UNREADABLE names path and reason. WAL with synchronous=NORMAL where the file system can, else a
 * rollback journal with FULL; db_journal tells which. */
struct db *db_open(const char *path, enum db_mode mode, struct err *e);
void db_close(struct db *d);             /* NULL is allowed */
const char *db_path(const struct db *d); /* ":memory:" */
const char *db_journal(const struct db *d);
bool db_is_readonly(const struct db *d);

/* Several statements without results. */
bool db_script(struct db *d, const char *sql, struct err *e);

/* One statement with arguments by a format: i int64_t, t text (NULL is NULL), d double (NaN is NULL), b bytes and size_t.
 * db_do runs it; db_begin_rows starts reading rows: db_next until it is false, then db_end. Statements do not nest deeper than
 * four. */
bool db_do(struct db *d, struct err *e, const char *sql, const char *format, ...);

struct rows {
    struct db *db;
    void *statement;
    bool failed;
};
bool db_rows(struct db *d, struct rows *r, struct err *e, const char *sql, const char *format, ...);
bool db_next(struct rows *r, struct err *e); /* false at the end; r->failed if something went wrong */
void db_end(struct rows *r);

/* Columns of the present row, from 0. Text and bytes are valid until the next row. */
int64_t row_int(const struct rows *r, int column);
double row_double(const struct rows *r, int column); /* NULL is NaN */
const char *row_text(const struct rows *r, int column);
const void *row_bytes(const struct rows *r, int column, size_t *n);

/* First column of the first row; `otherwise` if there is none. */
int64_t db_int(struct db *d, int64_t otherwise, const char *sql);

/* Transactions: where names the caller (file:line) for the message of a mistake. Rolling back never fails. */
bool db_begin_at(struct db *d, const char *where, struct err *e);
bool db_commit(struct db *d, struct err *e);
void db_rollback(struct db *d);
#define DB_TEXT_OF(x) #x
#define DB_LINE(x) DB_TEXT_OF(x)
#define db_begin(d, e) db_begin_at(d, __FILE__ ":" DB_LINE(__LINE__), e)

/* Any reading statement of a person: columns and rows (at most limit). Nothing can be written, attached or switched. ERR_USAGE
 * with SQLite's words. */
struct json *db_query(struct db *d, const char *sql, int limit, struct err *e);

#endif
