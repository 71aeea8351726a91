/* session: opening, closing, looking from outside, saving what is left. The tree is steps.c, what belongs to it facts.c. */
#include "store/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "store/schema.h"
#include "store/store_parts.h"

enum { SQL_ROWS_MAX = 10000 };

/* May this process write, and if not, why? */
static void take_lock(struct store *s, const char *path, enum store_mode mode)
{
    s->lock = -1;
    if (mode == STORE_LOOK) {
        s->readonly = true;
        s->notice = mem_text("opened for looking");
        return;
    }
    if (!path)
        return;
    if (file_exists(path) && access(path, W_OK) != 0) {
        s->readonly = true;
        s->notice = mem_text("the session file may not be written");
        return;
    }
    s->lock = lock_take(path);
    if (s->lock < 0 && file_exists(path)) {
        s->readonly = true;
        s->notice = mem_text("another program has the session open, or its folder may not be written");
    }
}

static bool open_database(struct store *s, const char *path, struct err *e)
{
    if (path && file_exists(path) && file_size(path) < 0)
        return err_set(e, ERR_UNREADABLE, "%s: not a regular file", path);
    if (path && s->readonly && !file_exists(path))
        return err_set(e, ERR_UNREADABLE, "%s: no such session", path);
    s->db = db_open(path, s->readonly ? DB_READ : DB_CREATE, e);
    return s->db && schema_prepare(s->db, !s->readonly, e);
}

struct store *store_open(const char *path, enum store_mode mode, int64_t (*now)(void), struct err *e)
{
    struct store *s = mem_zero(1, sizeof *s);
    s->now = now;
    s->path = mem_text(path);
    take_lock(s, path, mode);
    if (!open_database(s, path, e)) {
        store_close(s);
        return NULL;
    }
    if (!s->readonly && path && strcmp(db_journal(s->db), "wal") != 0)
        s->notice = mem_text("this file system has no shared memory: saving with a rollback journal");
    s->head = db_int(s->db, 0, "SELECT head FROM session");
    return s;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->db)
        store_flush(s, NULL);
    facts_forget(s);
    for (size_t i = 0; i < s->n_blobs; i++)
        free(s->blobs[i].bytes);
    db_close(s->db);
    lock_drop(s->lock, s->path);
    free(s->blobs);
    free(s->measures);
    free(s->path);
    free(s->notice);
    free(s);
}

bool store_is_readonly(const struct store *s)
{
    return s->readonly;
}

const char *store_notice(const struct store *s)
{
    return s->notice;
}

const char *store_path(const struct store *s)
{
    return s->path;
}

struct json *store_sql(struct store *s, const char *select, struct err *e)
{
    return store_flush(s, e) ? db_query(s->db, select, SQL_ROWS_MAX, e) : NULL;
}

bool store_peek(const char *path, int64_t *steps, int64_t *time, char **model_path, struct err *e)
{
    struct db *d = db_open(path, DB_READ, e);
    bool ok = d && schema_prepare(d, false, e);
    struct rows r;
    *model_path = NULL;
    if (ok) {
        *steps = db_int(d, 0, "SELECT count(*) FROM step");
        *time = db_int(d, 0, "SELECT max(time) FROM step");
        if (db_rows(d, &r, NULL,
                    "SELECT model_path FROM step WHERE model_path IS NOT NULL ORDER BY id DESC LIMIT 1",
                    "") &&
            db_next(&r, NULL))
            *model_path = mem_text(row_text(&r, 0));
        db_end(&r);
    }
    db_close(d);
    return ok;
}

/* Copy rows one by one, so that a damaged page costs only its own rows. */
static bool salvage(struct db *to, const char *path, struct err *e)
{
    static const char *const tables[] = {"blob", "step", "visited", "measurement", "event", "session"};
    if (!db_do(to, e, "ATTACH DATABASE ? AS old", "t", path))
        return false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct buf all = {0};
        buf_printf(&all, "INSERT OR REPLACE INTO main.%s SELECT * FROM old.%s", tables[i], tables[i]);
        db_do(to, NULL, buf_text(&all), ""); /* what cannot be read stays behind */
        buf_release(&all);
    }
    return db_script(to, "DETACH DATABASE old", e);
}

bool store_repair(const char *path, const char *new_path, int64_t *steps, struct err *e)
{
    if (file_exists(new_path))
        return err_set(e, ERR_IO, "%s is there already", new_path) || err_hint(e, "name a new file");
    struct db *to = db_open(new_path, DB_CREATE, e);
    bool ok = to && schema_prepare(to, true, e) && db_script(to, "PRAGMA foreign_keys=OFF", e) &&
              salvage(to, path, e);
    if (ok)
        *steps = db_int(to, 0, "SELECT count(*) FROM step");
    db_close(to);
    return ok;
}
