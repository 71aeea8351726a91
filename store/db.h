/* db: the only gate to SQLite: opening, statements, transactions that remember who opened them. What is stored is schema.c's
 * business, and what it means session.h's. Every failure names the file, the reason and the next step. */
#ifndef PODA_STORE_DB_H
#define PODA_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct json;
struct db;

enum db_mode {
    DB_LOOK,   /* nothing in the file changes, not even by clearing up after a program that died */
    DB_SALVAGE /* as DB_LOOK, and reads on where the file is shorter than it says */
};

/* Open a file that is there; path NULL: in memory, and writable at once. ERR_UNREADABLE if it is no database. */
struct db *db_open(const char *path, enum db_mode mode, struct err *e);

/* From here on it may be written. With shared memory (wal) as a write-ahead log, where the file system can; else with a rollback
 * journal; both with synchronous=FULL: what is committed is on the disk. db_journal tells which: "wal", "delete", "memory". */
void db_allow_writing(struct db *d);
bool db_choose_journal(struct db *d, bool wal, struct err *e);
const char *db_journal(const struct db *d);

/* With a log: from here on nobody, no other program either, moves what is in the log to the file, so that whatever changes the file
 * is not SQLite. False: it cannot be. db_checkpoint moves what it can and takes the pin away. */
bool db_pin(struct db *d);
void db_checkpoint(struct db *d);

/* Bytes of the file, or of its log, as they are now, past every cache: how many there were, at most n. */
size_t db_bytes(struct db *d, bool log, int64_t at, void *out, size_t n);
int64_t db_log_frames(const struct db *d); /* at the last commit or db_checkpoint, where it is pinned */

void db_abandon(struct db *d);           /* from here on the file is not written, closing neither */
void db_close(struct db *d);             /* NULL is allowed */
const char *db_path(const struct db *d); /* ":memory:" */

/* Several statements without results or arguments. */
bool db_script(struct db *d, const char *sql, struct err *e);

/* A value of a row. Text and bytes are borrowed. */
struct value {
    enum { VALUE_NULL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_BYTES } kind;
    int64_t i;
    double d;
    const void *bytes;
    size_t n;
};
struct value value_int(int64_t i);
struct value value_real(double d);         /* NaN gives VALUE_NULL */
struct value value_text(const char *text); /* NULL gives VALUE_NULL */

/* One statement with arguments by a format: i int64_t, t text (NULL is NULL), b bytes and size_t; or with n values. Statements
 * are prepared once and kept. */
bool db_do(struct db *d, struct err *e, const char *sql, const char *format, ...);
bool db_do_values(struct db *d, struct err *e, const char *sql, const struct value *values, int n);

/* Reading: db_rows, then db_next until it is false, then db_end, which is allowed in every state. */
struct rows {
    struct db *db;
    void *statement;
    bool failed; /* something went wrong; the err says what */
};
bool db_rows(struct db *d, struct rows *r, struct err *e, const char *sql, const char *format, ...);
bool db_next(struct rows *r, struct err *e);
void db_end(struct rows *r);

/* Columns of the present row, from 0. Text and bytes are valid until the next row. */
int64_t row_int(const struct rows *r, int column);      /* NULL is 0 */
double row_double(const struct rows *r, int column);    /* NULL is NaN */
const char *row_text(const struct rows *r, int column); /* NULL is NULL */
const void *row_bytes(const struct rows *r, int column, size_t *n);
struct value row_value(const struct rows *r, int column);

/* First column of the first row of a statement with one number as its argument, if it has a '?'; `otherwise` if there is no
 * row. False if it cannot be read. */
bool db_number(struct db *d, const char *sql, int64_t argument, int64_t otherwise, int64_t *out,
               struct err *e);

/* Transactions: db_begin notes its caller (file:line), who is named when another one starts before the end (ERR_INTERNAL).
 * db_finish commits if ok, else (or if that fails) takes everything back; it returns what became of it. */
#define DB_TEXT_OF(x) #x
#define DB_LINE(x) DB_TEXT_OF(x)
#define db_begin(d, e) db_begin_at(d, __FILE__ ":" DB_LINE(__LINE__), e)
bool db_begin_at(struct db *d, const char *where, struct err *e);
bool db_finish(struct db *d, bool ok, struct err *e);

/* A reading statement of a person: {"columns", "rows" (at most limit), "more"}. Nothing can be written, attached or switched,
 * and it is stopped when it works too long. NULL: ERR_USAGE with SQLite's words. */
struct json *db_query(struct db *d, const char *sql, int limit, struct err *e);

/* SQLite's own look at pages and keys; ERR_UNREADABLE with the first thing that is wrong. */
bool db_check(struct db *d, struct err *e);

#endif
