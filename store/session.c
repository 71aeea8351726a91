/* session: opening, closing, looking from outside. The tree is steps.c and walk.c; what belongs to it events.c and measures.c;
 * trust and rescue audit.c. */
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

static void look_only(struct store *s, const char *why)
{
    struct buf text = {0};
    s->readonly = true;
    buf_printf(&text, "open for looking: %s", why);
    free(s->notice);
    s->notice = buf_take(&text);
}

bool store_may_write(const struct store *s, struct err *e)
{
    if (!s->readonly)
        return true;
    err_set(e, ERR_READONLY, "%s is %s", s->path, s->notice);
    return err_hint(e, "close it elsewhere, or work on a copy");
}

/* Something that can be opened stands at the path, made if need be. */
static bool find_file(const char *path, enum store_mode mode, bool *made, struct err *e)
{
    *made = false;
    if (!file_exists(path)) {
        if (mode != STORE_LOOK && path[0])
            return site_make(path, made, e);
        err_set(e, ERR_UNREADABLE, "%s: no such session", path);
        return err_hint(e, "'poda sessions' lists those that are there");
    }
    if (file_size(path) >= 0)
        return true;
    err_set(e, ERR_UNREADABLE, "%s is %s, not a session", path,
            file_is_directory(path) ? "a folder" : "no regular file");
    return err_hint(e, "give a file that --session made, or a new name");
}

/* May this process write? If not, the notice says why. */
static void take_lock(struct store *s, enum store_mode mode)
{
    const char *why = NULL;
    if (mode == STORE_LOOK) {
        look_only(s, "as asked");
    } else if (access(s->path, W_OK) != 0) {
        look_only(s, "the file may not be written");
    } else {
        s->lock = site_lock(s->path, &why);
        if (s->lock < 0)
            look_only(s, why);
    }
}

static bool start_writing(struct store *s, struct err *e)
{
    bool wal = !s->path || site_shares_memory(s->path);
    db_allow_writing(s->db);
    if (!schema_migrate(s->db, e) || !db_choose_journal(s->db, wal, e))
        return false;
    if (strcmp(db_journal(s->db), "delete") != 0)
        return true;
    free(s->notice);
    s->notice = mem_text("this file system has no shared memory: saving with a rollback journal");
    return true;
}

/* SQLite takes what is shorter than one of its pages for an empty database; only a file without a byte is. */
static bool really_empty(const char *path, bool empty, struct err *e)
{
    if (!empty || !path || file_size(path) == 0)
        return true;
    err_set(e, ERR_UNREADABLE, "%s is no session of poda", path);
    return err_hint(e, "give a file that --session made, or a new name");
}

/* First look, then lock, then write: what is no session is never changed. */
static bool open_database(struct store *s, enum store_mode mode, struct err *e)
{
    bool empty = true;
    s->db = db_open(s->path, DB_LOOK, e);
    if (!s->db || !schema_inspect(s->db, &empty, e) || !really_empty(s->path, empty, e))
        return false;
    if (s->path) {
        site_mark(s->path, &s->mark);
        take_lock(s, mode);
    }
    if (s->readonly && empty) {
        err_set(e, ERR_UNREADABLE, "%s is no session of poda: it is empty", s->path);
        return err_hint(e, "'poda sessions' lists those that are there");
    }
    if (!(s->readonly || start_writing(s, e)) || !own_load(s->db, &s->own, e) || !walk_load(s, e))
        return false;
    if (s->path && !s->readonly)
        hold_take(&s->hold, s->db, s->path);
    if (s->path)
        site_mark_beside(s->path, "-wal", &s->log);
    return true;
}

bool store_reopen(struct store *s, struct err *e)
{
    return open_database(s, STORE_OPEN, e);
}

struct store *store_open(const char *path, enum store_mode mode, int64_t (*now)(void), struct err *e)
{
    bool made = false;
    if (path && !find_file(path, mode, &made, e))
        return NULL;
    struct store *s = mem_zero(1, sizeof *s);
    s->now = now;
    s->path = mem_text(path);
    s->lock = s->hold.fd = s->hold.log = -1;
    if (open_database(s, mode, e))
        return s;
    store_close(s);
    if (made) /* nothing was stored in it */
        unlink(path);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    bool anew;
    if (s->db) {
        store_flush(s, NULL);
        store_keep(s, &anew, NULL);
    }
    measures_forget(s);
    blobs_forget(s);
    db_close(s->db);
    hold_release(&s->hold);
    site_unlock(s->path, s->lock);
    free(s->blobs);
    free(s->measures);
    free(s->moves);
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

static bool peek(struct db *d, int64_t *steps, int64_t *time, char **model_path, struct err *e)
{
    struct rows r;
    if (!db_number(d, "SELECT count(*) FROM step", 0, 0, steps, e) ||
        !db_number(d, "SELECT time FROM step ORDER BY id DESC LIMIT 1", 0, 0, time, e))
        return false;
    if (db_rows(d, &r, e, "SELECT model_path FROM step WHERE model_path IS NOT NULL ORDER BY id DESC LIMIT 1",
                "") &&
        db_next(&r, e))
        *model_path = mem_text(row_text(&r, 0));
    db_end(&r);
    return !r.failed;
}

bool store_peek(const char *path, int64_t *steps, int64_t *time, char **model_path, struct err *e)
{
    bool made, empty = true;
    *model_path = NULL;
    if (!find_file(path, STORE_LOOK, &made, e))
        return false;
    struct db *d = db_open(path, DB_LOOK, e);
    bool ok = d && schema_inspect(d, &empty, e) &&
              (!empty || err_set(e, ERR_UNREADABLE, "%s is no session of poda: it is empty", path)) &&
              peek(d, steps, time, model_path, e);
    db_close(d);
    return ok;
}
