/* db: see db.h. The only file that knows sqlite3.h. */
#include "store/db.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "store/db_name.h"

enum {
    KEPT_STATEMENTS = 48,
    WAIT_MS = 2000,              /* for a transaction of another program; ours last about a millisecond */
    QUERY_STEPS = 1000,          /* machine steps of a person's statement between two looks at the counter, */
    QUERY_ROUNDS = 20000,        /* and how many looks it gets: some seconds */
    QUERY_VALUE_BYTES = 4000000, /* the largest value it may make */
    QUERY_TOTAL_BYTES = 64000000, /* and all that it may show */
};

struct kept {
    char *sql;
    sqlite3_stmt *statement;
    bool busy;
};

struct db {
    sqlite3 *handle, *pin; /* pin: reads since the file was opened; NULL */
    char *path;
    char journal[16];
    int frames;              /* in the log, see db_log_frames */
    const char *transaction; /* file:line of who opened the one that is open; NULL */
    struct kept kept[KEPT_STATEMENTS];
    int n_kept;
};

/* What SQLite's result codes mean to a person; the last row stands for all others. */
static const struct reason {
    int code;
    enum err_code means;
    const char *words, *hint;
} reasons[] = {
    {SQLITE_NOTADB, ERR_UNREADABLE, "not a session of poda",
     "give a file that --session made, or a new name"},
    {SQLITE_CORRUPT, ERR_UNREADABLE, "the session is damaged",
     "'poda sessions repair FILE' saves what can still be read"},
    {SQLITE_FULL, ERR_IO, "the disk is full", "free some space and do it again"},
    {SQLITE_IOERR, ERR_IO, "the disk cannot be read or written", "look after the disk, then do it again"},
    {SQLITE_CANTOPEN, ERR_IO, "a file of the session cannot be made or opened",
     "look at the permissions of its folder, and whether the disk is full"},
    {SQLITE_PERM, ERR_UNREADABLE, "the session may not be opened", "look at the permissions of the file"},
    {SQLITE_READONLY, ERR_READONLY, "the session may not be written",
     "look at the permissions of the file and its folder"},
    {SQLITE_BUSY, ERR_IO, "another program is writing to the session",
     "close it there, or open it with --readonly"},
    {SQLITE_CONSTRAINT, ERR_INTERNAL, "this does not fit what the session holds", NULL},
    {SQLITE_TOOBIG, ERR_IO, "this is too large for a session", NULL},
    {0, ERR_IO, "the session cannot be used", NULL},
};

static bool fail(struct db *d, struct err *e)
{
    const struct reason *r = reasons;
    int code = sqlite3_errcode(d->handle), system = sqlite3_system_errno(d->handle);
    while (r->code && r->code != (code & 0xff))
        r++;
    if (system && system != ENOENT && (r->code == SQLITE_IOERR || r->code == SQLITE_CANTOPEN))
        err_set(e, r->means, "%s: %s: %s", d->path, r->words, strerror(system));
    else
        err_set(e, r->means, "%s: %s (%s)", d->path, r->words, sqlite3_errmsg(d->handle));
    return r->hint ? err_hint(e, "%s", r->hint) : false;
}

/* A file of another person can do nothing but be read: what its schema holds is neither run nor trusted. */
static const struct {
    int option, on;
} guards[] = {
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
};

static bool connect(struct db *d, const char *name, int flags)
{
    sqlite3_close_v2(d->handle);
    d->handle = NULL;
    if (sqlite3_open_v2(name, &d->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return false;
    sqlite3_busy_timeout(d->handle, WAIT_MS);
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++)
        sqlite3_db_config(d->handle, guards[i].option, guards[i].on, NULL);
    return sqlite3_exec(d->handle, "PRAGMA cell_size_check=ON", NULL, NULL, NULL) == SQLITE_OK;
}

static bool readable(struct db *d)
{
    return sqlite3_exec(d->handle, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK;
}

static bool open_file(struct db *d, const char *path, enum db_mode mode, struct err *e)
{
    struct buf name = {0};
    db_plain_name(path, &name);
    bool waits = db_log_waits(path);
    bool ok = connect(d, buf_text(&name), SQLITE_OPEN_READWRITE) ||
              connect(d, buf_text(&name), SQLITE_OPEN_READONLY);
    if (ok && waits)
        sqlite3_db_config(d->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (ok && mode == DB_SALVAGE) {
        sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
        sqlite3_exec(d->handle, "PRAGMA writable_schema=ON", NULL, NULL, NULL);
    }
    ok = ok && readable(d);
    int code = ok ? SQLITE_OK : sqlite3_errcode(d->handle);
    if ((code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && !waits) {
        buf_clear(&name);
        db_immutable_name(path, &name);
        ok = connect(d, buf_text(&name), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) && readable(d);
    }
    buf_release(&name);
    if (ok)
        return sqlite3_exec(d->handle, "PRAGMA query_only=ON", NULL, NULL, NULL) == SQLITE_OK || fail(d, e);
    if (code == SQLITE_CANTOPEN) {
        err_set(e, ERR_UNREADABLE, "%s: the session may not be read%s", path,
                waits ? ", because what its -wal file holds cannot be taken in here" : "");
        return err_hint(e, "look at the permissions, or copy it to a folder that may be written");
    }
    return fail(d, e);
}

/* SQLite does not notice when the last page is cut. A log that waits may hold pages that the file does not have yet; asked in
 * this order, one who writes meanwhile cannot make a whole file look short. */
static bool is_whole(struct db *d, struct err *e)
{
    int64_t pages, bytes;
    if (!db_number(d, "PRAGMA page_count", 0, 0, &pages, e) ||
        !db_number(d, "PRAGMA page_size", 0, 0, &bytes, e))
        return false;
    if (db_log_waits(d->path) || file_size(d->path) >= pages * bytes)
        return true;
    err_set(e, ERR_UNREADABLE, "%s: the session is damaged: it is cut short", d->path);
    return err_hint(e, "'poda sessions repair FILE' saves what can still be read");
}

struct db *db_open(const char *path, enum db_mode mode, struct err *e)
{
    struct db *d = mem_zero(1, sizeof *d);
    d->path = mem_text(path ? path : ":memory:");
    bool ok = path ? open_file(d, path, mode, e) && (mode == DB_SALVAGE || is_whole(d, e))
                   : connect(d, d->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) || fail(d, e);
    if (ok)
        return d;
    db_close(d);
    return NULL;
}

void db_allow_writing(struct db *d)
{
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    sqlite3_exec(d->handle, "PRAGMA query_only=OFF", NULL, NULL, NULL);
}

static void ask_journal(struct db *d, const char *pragma)
{
    struct rows r;
    if (db_rows(d, &r, NULL, pragma, "") && db_next(&r, NULL) && row_text(&r, 0)) {
        strncpy(d->journal, row_text(&r, 0), sizeof d->journal - 1);
        d->journal[sizeof d->journal - 1] = '\0';
    }
    db_end(&r);
}

bool db_choose_journal(struct db *d, bool wal, struct err *e)
{
    ask_journal(d, wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
    if (wal && strcmp(d->journal, "wal") != 0 && strcmp(d->journal, "memory") != 0)
        ask_journal(d, "PRAGMA journal_mode=DELETE");
    return db_script(d, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0", e);
}

const char *db_journal(const struct db *d)
{
    return d->journal;
}

static bool db_unpin(struct db *d)
{
    sqlite3_close_v2(d->pin);
    d->pin = NULL;
    return false;
}

/* A reader that stands where the log is empty keeps all others from emptying it. */
static int count_frames(void *data, sqlite3 *handle, const char *name, int frames)
{
    *(int *)data = frames;
    return handle && name ? SQLITE_OK : SQLITE_MISUSE;
}

bool db_pin(struct db *d)
{
    struct buf name = {0};
    if (strcmp(d->journal, "wal") != 0)
        return false;
    db_unpin(d);
    sqlite3_wal_hook(d->handle, count_frames, &d->frames);
    db_plain_name(d->path, &name);
    bool ok =
        sqlite3_open_v2(buf_text(&name), &d->pin, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(d->pin, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK;
    buf_release(&name);
    return ok || db_unpin(d);
}

void db_checkpoint(struct db *d)
{
    db_unpin(d);
    sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, &d->frames, NULL);
}

int64_t db_log_frames(const struct db *d)
{
    return d->frames;
}

size_t db_bytes(struct db *d, bool log, int64_t at, void *out, size_t n)
{
    sqlite3_file *f = NULL;
    sqlite3_int64 size = 0;
    sqlite3_file_control(d->handle, "main", log ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER,
                         &f);
    if (!f || !f->pMethods || f->pMethods->xFileSize(f, &size) != SQLITE_OK || at >= size)
        return 0;
    n = size - at < (sqlite3_int64)n ? (size_t)(size - at) : n;
    return f->pMethods->xRead(f, out, (int)n, at) == SQLITE_OK ? n : 0;
}

void db_abandon(struct db *d)
{
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

void db_close(struct db *d)
{
    if (!d)
        return;
    db_unpin(d);
    for (int i = 0; i < d->n_kept; i++) {
        sqlite3_finalize(d->kept[i].statement);
        free(d->kept[i].sql);
    }
    sqlite3_close_v2(d->handle);
    free(d->path);
    free(d);
}

const char *db_path(const struct db *d)
{
    return d->path;
}

bool db_script(struct db *d, const char *sql, struct err *e)
{
    return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(d, e);
}

/* Statements: kept ones are found by their text; one that is in use already, or one too many, is made for once. */
static sqlite3_stmt *statement_take(struct db *d, const char *sql, struct err *e)
{
    struct kept *k = d->kept, *end = d->kept + d->n_kept;
    while (k < end && (k->busy || strcmp(k->sql, sql) != 0))
        k++;
    if (k < end) {
        k->busy = true;
        return k->statement;
    }
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL) != SQLITE_OK) {
        fail(d, e);
        return NULL;
    }
    if (d->n_kept < KEPT_STATEMENTS)
        d->kept[d->n_kept++] = (struct kept){mem_text(sql), s, true};
    return s;
}

static void statement_give(struct db *d, sqlite3_stmt *s)
{
    for (struct kept *k = d->kept; s && k < d->kept + d->n_kept; k++)
        if (k->statement == s) {
            sqlite3_reset(s);
            sqlite3_clear_bindings(s);
            k->busy = false;
            return;
        }
    sqlite3_finalize(s);
}

/* Borrowed values stay where they are until the statement is given back, so SQLite need not copy them. */
static void bind_one(sqlite3_stmt *s, int i, const struct value *v)
{
    if (v->kind == VALUE_INT)
        sqlite3_bind_int64(s, i, v->i);
    else if (v->kind == VALUE_REAL)
        sqlite3_bind_double(s, i, v->d);
    else if (v->kind == VALUE_TEXT)
        sqlite3_bind_text64(s, i, v->bytes, v->n, SQLITE_STATIC, SQLITE_UTF8);
    else if (v->kind == VALUE_BYTES)
        sqlite3_bind_blob64(s, i, v->bytes ? v->bytes : "", v->n, SQLITE_STATIC);
}

static void bind_list(sqlite3_stmt *s, const char *format, va_list args)
{
    for (int i = 1; *format; format++, i++) {
        struct value v = {0};
        if (*format == 'i') {
            v = value_int(va_arg(args, int64_t));
        } else if (*format == 't') {
            v = value_text(va_arg(args, const char *));
        } else {
            v.kind = VALUE_BYTES;
            v.bytes = va_arg(args, const void *);
            v.n = va_arg(args, size_t);
        }
        bind_one(s, i, &v);
    }
}

static bool run(struct db *d, sqlite3_stmt *s, struct err *e)
{
    int code = sqlite3_step(s);
    bool ok = code == SQLITE_DONE || code == SQLITE_ROW || fail(d, e);
    statement_give(d, s);
    return ok;
}

bool db_do(struct db *d, struct err *e, const char *sql, const char *format, ...)
{
    sqlite3_stmt *s = statement_take(d, sql, e);
    if (!s)
        return false;
    va_list args;
    va_start(args, format);
    bind_list(s, format, args);
    va_end(args);
    return run(d, s, e);
}

bool db_do_values(struct db *d, struct err *e, const char *sql, const struct value *values, int n)
{
    sqlite3_stmt *s = statement_take(d, sql, e);
    if (!s)
        return false;
    for (int i = 0; i < n; i++)
        bind_one(s, i + 1, &values[i]);
    return run(d, s, e);
}

bool db_rows(struct db *d, struct rows *r, struct err *e, const char *sql, const char *format, ...)
{
    *r = (struct rows){.db = d, .statement = statement_take(d, sql, e)};
    r->failed = !r->statement;
    if (r->failed)
        return false;
    va_list args;
    va_start(args, format);
    bind_list(r->statement, format, args);
    va_end(args);
    return true;
}

bool db_next(struct rows *r, struct err *e)
{
    if (!r->statement)
        return false;
    int code = sqlite3_step(r->statement);
    if (code == SQLITE_ROW)
        return true;
    r->failed = code != SQLITE_DONE;
    return r->failed && fail(r->db, e);
}

void db_end(struct rows *r)
{
    statement_give(r->db, r->statement);
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
    return bytes ? bytes : "";
}

struct value row_value(const struct rows *r, int column)
{
    struct value v = {0};
    switch (sqlite3_column_type(r->statement, column)) {
    case SQLITE_INTEGER:
        return value_int(row_int(r, column));
    case SQLITE_FLOAT:
        return value_real(row_double(r, column));
    case SQLITE_NULL:
        return v;
    case SQLITE_TEXT:
        v.kind = VALUE_TEXT;
        break;
    default:
        v.kind = VALUE_BYTES;
    }
    v.bytes = row_bytes(r, column, &v.n);
    return v;
}

bool db_number(struct db *d, const char *sql, int64_t argument, int64_t otherwise, int64_t *out,
               struct err *e)
{
    struct rows r;
    *out = otherwise;
    if (db_rows(d, &r, e, sql, strchr(sql, '?') ? "i" : "", argument) && db_next(&r, e))
        *out = row_int(&r, 0);
    db_end(&r);
    return !r.failed;
}

bool db_begin_at(struct db *d, const char *where, struct err *e)
{
    if (d->transaction)
        return err_set(e, ERR_INTERNAL, "%s: %s begins a transaction inside the one of %s", d->path, where,
                       d->transaction);
    if (!db_do(d, e, "BEGIN IMMEDIATE", ""))
        return false;
    d->transaction = where;
    return true;
}

static void roll_back(struct db *d)
{
    if (!sqlite3_get_autocommit(d->handle)) /* some failures have ended the transaction already */
        sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* A commit that failed in the log's sync stands whole in the log, and whoever reads that anew would take it for done: it is
 * written over by one that changes nothing. */
static void write_over(struct db *d)
{
    int64_t version;
    struct buf same = {0};
    if (strcmp(d->journal, "wal") != 0 || !db_number(d, "PRAGMA user_version", 0, 0, &version, NULL))
        return;
    buf_printf(&same, "BEGIN IMMEDIATE; PRAGMA user_version=%lld; COMMIT", (long long)version);
    sqlite3_exec(d->handle, buf_text(&same), NULL, NULL, NULL);
    roll_back(d);
    buf_release(&same);
}

bool db_finish(struct db *d, bool ok, struct err *e)
{
    bool committed = ok && db_do(d, e, "COMMIT", "");
    roll_back(d);
    if (ok && !committed)
        write_over(d);
    d->transaction = NULL;
    return committed;
}

bool db_check(struct db *d, struct err *e)
{
    struct rows r;
    const char *found = NULL;
    if (db_rows(d, &r, e, "PRAGMA integrity_check(1)", "") && db_next(&r, e))
        found = row_text(&r, 0);
    if (found && strcmp(found, "ok") != 0) {
        r.failed = true;
        err_set(e, ERR_UNREADABLE, "%s: the session is damaged: %s", d->path, found);
        err_hint(e, "'poda sessions repair FILE' saves what can still be read");
    }
    db_end(&r);
    return !r.failed;
}

/* Reading is all that a person's statement may do. */
static int allow_reading(void *data, int action, const char *first, const char *second, const char *schema,
                         const char *where)
{
    (void)data, (void)first, (void)schema, (void)where;
    bool extension = action == SQLITE_FUNCTION && second && strcmp(second, "load_extension") == 0;
    bool reads = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                 action == SQLITE_RECURSIVE;
    return reads && !extension ? SQLITE_OK : SQLITE_DENY;
}

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

static int take_rows(sqlite3_stmt *s, int limit, struct json *result)
{
    struct json *columns = json_put_array(result, "columns"), *rows = json_put_array(result, "rows");
    int n = sqlite3_column_count(s), code;
    size_t bytes = 0;
    for (int i = 0; i < n; i++)
        json_push_text(columns, sqlite3_column_name(s, i));
    while ((code = sqlite3_step(s)) == SQLITE_ROW && limit-- > 0 && bytes < QUERY_TOTAL_BYTES) {
        struct json *row = json_array();
        for (int i = 0; i < n; i++) {
            json_push(row, cell(s, i));
            bytes += (size_t)sqlite3_column_bytes(s, i);
        }
        json_push(rows, row);
    }
    json_put_bool(result, "more", code == SQLITE_ROW);
    return code;
}

static struct json *ask(struct db *d, const char *sql, int limit, const int *rounds, struct err *e)
{
    sqlite3_stmt *s = NULL;
    const char *rest = "";
    int code = sqlite3_prepare_v2(d->handle, sql, -1, &s, &rest);
    struct json *result = NULL;
    bool one = code == SQLITE_OK && s && rest[strspn(rest, " \t\r\n;")] == '\0';
    if (one) {
        result = json_object();
        code = take_rows(s, limit, result);
    }
    if (!one || (code != SQLITE_ROW && code != SQLITE_DONE)) {
        err_set(e, ERR_USAGE, "sql: %s",
                *rounds > QUERY_ROUNDS ? "stopped, it took too long"
                : code == SQLITE_OK    ? "one SELECT is expected"
                                       : sqlite3_errmsg(d->handle));
        err_hint(e, "only SELECT is allowed; tables: step note tag event measurement blob");
        json_free(result);
        result = NULL;
    }
    sqlite3_finalize(s);
    return result;
}

struct json *db_query(struct db *d, const char *sql, int limit, struct err *e)
{
    int rounds = 0, longest = sqlite3_limit(d->handle, SQLITE_LIMIT_LENGTH, QUERY_VALUE_BYTES);
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL); /* ours: note and tag */
    sqlite3_set_authorizer(d->handle, allow_reading, NULL);
    sqlite3_progress_handler(d->handle, QUERY_STEPS, count_rounds, &rounds);
    struct json *result = ask(d, sql, limit, &rounds, e);
    sqlite3_progress_handler(d->handle, 0, NULL, NULL);
    sqlite3_set_authorizer(d->handle, NULL, NULL);
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(d->handle, SQLITE_LIMIT_LENGTH, longest);
    return result;
}
