/* rescue: the file of an open session was deleted, renamed or replaced by another program. What is open still holds everything;
 * before the next write, or at the end, it goes to a file that has a name. Rescuing what can be read of a damaged file is audit.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "store/site.h"
#include "store/store_parts.h"

enum { NAMES = 100 };

/* A file that nobody has, beside the session's; free() it. */
static char *free_name(const char *path, struct err *e)
{
    bool made = false;
    for (int i = 1; i < NAMES; i++) {
        struct buf name = {0};
        buf_printf(&name, i == 1 ? "%s.saved" : "%s.saved%d", path, i);
        if (!site_make(buf_text(&name), &made, e)) {
            buf_release(&name);
            return NULL;
        }
        if (made)
            return buf_take(&name);
        buf_release(&name);
    }
    err_set(e, ERR_IO, "%s.saved and all names like it are taken", path);
    return NULL;
}

static void tell(struct store *s, const char *was, const char *is)
{
    struct buf text = {0};
    if (strcmp(was, is) == 0)
        buf_puts(&text, "another program deleted or renamed the session's file: all of it was written there "
                        "again");
    else
        buf_printf(&text, "another program put something else in the place of %s: this session goes on as %s",
                   was, is);
    free(s->notice);
    s->notice = buf_take(&text);
}

/* SQLite leaves the log of a file that is gone, and whoever opens what stands there now would take it for that one's. */
static void drop_log(const struct store *s, const char *path)
{
    struct site_mark log;
    struct buf name = {0};
    if (!site_mark_beside(path, "-wal", &log) || log.device != s->log.device || log.file != s->log.file)
        return;
    buf_printf(&name, "%s-wal", path);
    unlink(buf_text(&name));
    memcpy(name.data + name.len - 3, "shm", 3);
    unlink(buf_text(&name));
    buf_release(&name);
}

/* Go on with the copy, under the old name where that is free. */
static bool go_on(struct store *s, char *copy_take, struct err *e)
{
    char *was = s->path, *is = copy_take;
    db_close(s->db);
    site_unlock(was, s->lock);
    drop_log(s, was);
    if (!file_exists(was) && rename(is, was) == 0) {
        free(is);
        is = mem_text(was);
    }
    s->db = NULL;
    s->lock = -1;
    s->path = is;
    bool ok = store_reopen(s, e) && store_may_write(s, e);
    if (ok)
        tell(s, was, is);
    else
        err_place(e, "everything before this is in %s", is);
    if (!s->db)
        s->db = db_open(NULL, DB_LOOK, NULL); /* empty: whatever is asked of it fails in good order */
    free(was);
    return ok;
}

static bool save(struct store *s, struct err *e)
{
    struct err why = {0};
    char *copy = free_name(s->path, &why);
    if (copy && db_do(s->db, &why, "VACUUM INTO ?", "t", copy))
        return go_on(s, copy, e);
    if (copy)
        unlink(copy);
    free(copy);
    err_set(e, ERR_IO,
            "%s: another program deleted or replaced the session's file, and it cannot be saved anew (%s)",
            s->path, why.message);
    err_release(&why);
    return err_hint(e,
                    "leave this program open: it still holds every step; make room or the folder again, and "
                    "do it once more");
}

bool store_begin_at(struct store *s, const char *where, struct err *e)
{
    bool there = !s->path || site_is(s->path, &s->mark);
    return (there || save(s, e)) && db_begin_at(s->db, where, e);
}

bool store_keep(struct store *s, bool *anew, struct err *e)
{
    *anew = s->path && s->lock >= 0 && !site_is(s->path, &s->mark);
    return !*anew || save(s, e);
}
