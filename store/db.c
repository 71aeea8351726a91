/* db: see db.h. */
#include "store/db.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

struct db {
    sqlite3 *handle;
    char *path;
    char journal[16];
    bool readonly;
    const char *transaction; /* who opened the one that is open; NULL */
};

static bool fail(struct db *d, enum err_code code, const char *doing, struct err *e)
{
    int reason = sqlite3_errcode(d->handle);
    err_set(e, code, "%s: %s: %s", d->path, doing, sqlite3_errmsg(d->handle));
    if (reason == SQLITE_FULL || reason == SQLITE_IOERR)
        return err_hint(e,
                        "nothing of this step was stored, everything before it is; free space and try again");
    if (reason == SQLITE_BUSY || reason == SQLITE_LOCKED)
        return err_hint(e, "another program holds the session; close it there or open it with --readonly");
    return false;
}

static const char *text_pragma(struct db *d, const char *sql, char *out, size_t n)
{
    sqlite3_stmt *s = NULL;
    out[0] = '\0';
    if (sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        strncpy(out, text ? text : "", n - 1);
        out[n - 1] = '\0';
    }
    sqlite3_finalize(s);
    return out;
}

/* WAL needs shared memory beside the file; network file systems have none. */
static bool choose_journal(struct db *d, struct err *e)
{
    if (!d->readonly &&
        strcmp(text_pragma(d, "PRAGMA journal_mode=WAL", d->journal, sizeof d->journal), "wal") == 0)
        return db_script(d, "PRAGMA synchronous=NORMAL", e);
    if (!d->readonly)
        text_pragma(d, "PRAGMA journal_mode=DELETE", d->journal, sizeof d->journal);
    return d->readonly || db_script(d, "PRAGMA synchronous=FULL", e);
}

static void make_private(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        struct buf name = {0};
        buf_printf(&name, "%s%s", path, tails[i]);
        chmod(buf_text(&name), 0600);
        buf_release(&name);
    }
}

struct db *db_open(const char *path, enum db_mode mode, struct err *e)
{
    static const int flags[] = {[DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                [DB_WRITE] = SQLITE_OPEN_READWRITE,
                                [DB_READ] = SQLITE_OPEN_READONLY};
    struct db *d = mem_zero(1, sizeof *d);
    d->path = mem_text(path ? path : ":memory:");
    d->readonly = mode == DB_READ;
    bool ok = sqlite3_open_v2(d->path, &d->handle, flags[mode] | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK ||
              fail(d, ERR_UNREADABLE, "cannot be opened", e);
    if (ok && path && mode == DB_CREATE)
        make_private(path);
    if (ok) {
        sqlite3_busy_timeout(d->handle, 2000);
        ok =
            db_script(d, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON", e) &&
            choose_journal(d, e);
    }
    if (!ok) {
        db_close(d);
        return NULL;
    }
    return d;
}

void db_close(struct db *d)
{
    if (!d)
        return;
    sqlite3_close_v2(d->handle);
    free(d->path);
    free(d);
}

const char *db_path(const struct db *d)
{
    return d->path;
}

const char *db_journal(const struct db *d)
{
    return d->journal;
}

bool db_is_readonly(const struct db *d)
{
    return d->readonly || sqlite3_db_readonly(d->handle, "main") == 1;
}

bool db_script(struct db *d, const char *sql, struct err *e)
{
    return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail(d, ERR_IO, "the session cannot be used", e);
}

static void bind(sqlite3_stmt *s, const char *format, va_list args)
{
    for (int i = 1; *format; format++, i++) {
        if (*format == 'i') {
            sqlite3_bind_int64(s, i, va_arg(args, int64_t));
        } else if (*format == 't') {
            const char *text = va_arg(args, const char *);
            sqlite3_bind_text(s, i, text, -1, SQLITE_TRANSIENT);
        } else if (*format == 'd') {
            double v = va_arg(args, double);
            if (isnan(v))
                sqlite3_bind_null(s, i);
            else
                sqlite3_bind_double(s, i, v);
        } else {
            const void *bytes = va_arg(args, const void *);
            sqlite3_bind_blob64(s, i, bytes, va_arg(args, size_t), SQLITE_TRANSIENT);
        }
    }
}

static sqlite3_stmt *prepare(struct db *d, const char *sql, const char *format, va_list args, struct err *e)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL) != SQLITE_OK) {
        fail(d, ERR_IO, "the session cannot be read", e);
        return NULL;
    }
    bind(s, format, args);
    return s;
}

bool db_do(struct db *d, struct err *e, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *s = prepare(d, sql, format, args, e);
    va_end(args);
    if (!s)
        return false;
    int code = sqlite3_step(s);
    bool ok =
        code == SQLITE_DONE || code == SQLITE_ROW || fail(d, ERR_IO, "the session cannot be written", e);
    sqlite3_finalize(s);
    return ok;
}

bool db_rows(struct db *d, struct rows *r, struct err *e, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *r = (struct rows){.db = d, .statement = prepare(d, sql, format, args, e)};
    va_end(args);
    r->failed = !r->statement;
    return r->statement != NULL;
}

bool db_next(struct rows *r, struct err *e)
{
    if (!r->statement)
        return false;
    int code = sqlite3_step(r->statement);
    if (code == SQLITE_ROW)
        return true;
    r->failed = code != SQLITE_DONE;
    return r->failed && fail(r->db, ERR_UNREADABLE, "the session cannot be read", e);
}

void db_end(struct rows *r)
{
    sqlite3_finalize(r->statement);
    r->statement = NULL;
}

int64_t row_int(const struct rows *r, int column)
{
    return sqlite3_column_int64(r->statement, column);
}

double row_double(const struct rows *r, int column)
{
    return sqlite3_column_type(r->statement, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(r->statement, column);
}

const char *row_text(const struct rows *r, int column)
{
    return (const char *)sqlite3_column_text(r->statement, column);
}

const void *row_bytes(const struct rows *r, int column, size_t *n)
{
    const void *bytes = sqlite3_column_blob(r->statement, column);
    *n = (size_t)sqlite3_column_bytes(r->statement, column);
    return bytes;
}

int64_t db_int(struct db *d, int64_t otherwise, const char *sql)
{
    struct rows r;
    int64_t v = otherwise;
    if (db_rows(d, &r, NULL, sql, "") && db_next(&r, NULL))
        v = row_int(&r, 0);
    db_end(&r);
    return v;
}

bool db_begin_at(struct db *d, const char *where, struct err *e)
{
    assert(!d->transaction); /* d->transaction names who left one open */
    if (!db_script(d, "BEGIN IMMEDIATE", e))
        return false;
    d->transaction = where;
    return true;
}

bool db_commit(struct db *d, struct err *e)
{
    assert(d->transaction);
    if (sqlite3_exec(d->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        fail(d, ERR_IO, "the session cannot be written", e);
        db_rollback(d);
        return false;
    }
    d->transaction = NULL;
    return true;
}

void db_rollback(struct db *d)
{
    sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
    d->transaction = NULL;
}

/* Reading is all that a person's statement may do. */
static int allow_reading(void *data, int action, const char *a, const char *b, const char *c,
                         const char *where)
{
    (void)data, (void)a, (void)c, (void)where;
    bool extension = action == SQLITE_FUNCTION && b && strcmp(b, "load_extension") == 0;
    bool reads = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                 action == SQLITE_RECURSIVE;
    return reads && !extension ? SQLITE_OK : SQLITE_DENY;
}

enum { QUERY_STEPS = 1000, QUERY_ROUNDS = 20000 }; /* some seconds of a statement that never ends */

static int count_rounds(void *data)
{
    int *rounds = data;
    return ++*rounds > QUERY_ROUNDS;
}

static struct json *cell(sqlite3_stmt *s, int column)
{
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        return json_number(sqlite3_column_double(s, column));
    case SQLITE_TEXT:
        return json_text((const char *)sqlite3_column_text(s, column));
    case SQLITE_BLOB: {
        struct buf text = {0};
        buf_printf(&text, "(%d bytes)", sqlite3_column_bytes(s, column));
        struct json *j = json_text(buf_text(&text));
        buf_release(&text);
        return j;
    }
    default:
        return json_text(NULL);
    }
}

static void take_rows(sqlite3_stmt *s, int limit, struct json *result, int *code)
{
    struct json *columns = json_put_array(result, "columns"), *rows = json_put_array(result, "rows");
    int n = sqlite3_column_count(s), taken = 0;
    for (int i = 0; i < n; i++)
        json_push_text(columns, sqlite3_column_name(s, i));
    while ((*code = sqlite3_step(s)) == SQLITE_ROW && taken++ < limit) {
        struct json *row = json_array();
        for (int i = 0; i < n; i++)
            json_push(row, cell(s, i));
        json_push(rows, row);
    }
    json_put_bool(result, "more", *code == SQLITE_ROW);
}

struct json *db_query(struct db *d, const char *sql, int limit, struct err *e)
{
    sqlite3_stmt *s = NULL;
    struct json *result = NULL;
    const char *rest = "";
    int rounds = 0, code = SQLITE_OK;
    sqlite3_set_authorizer(d->handle, allow_reading, NULL);
    sqlite3_progress_handler(d->handle, QUERY_STEPS, count_rounds, &rounds);
    bool ok = sqlite3_prepare_v2(d->handle, sql, -1, &s, &rest) == SQLITE_OK && s &&
              rest[strspn(rest, " \t\n;")] == '\0';
    if (ok) {
        result = json_object();
        take_rows(s, limit, result, &code);
        ok = code == SQLITE_ROW || code == SQLITE_DONE;
    }
    if (!ok) {
        err_set(e, ERR_USAGE, "sql: %s",
                rounds > QUERY_ROUNDS                     ? "stopped, it took too long"
                : sqlite3_errcode(d->handle) == SQLITE_OK ? "one SELECT is expected"
                                                          : sqlite3_errmsg(d->handle));
        err_hint(e, "only SELECT is allowed; tables: step note tag event measurement blob");
        json_free(result);
        result = NULL;
    }
    sqlite3_finalize(s);
    sqlite3_progress_handler(d->handle, 0, NULL, NULL);
    sqlite3_set_authorizer(d->handle, NULL, NULL);
    return result;
}
