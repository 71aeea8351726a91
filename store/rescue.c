/* rescue: the file of an open session was deleted, renamed, replaced, cut short or written over by another program. What is open still
 * holds everything; before the next write, or at the end, it goes to a file that has a name. Rescuing what can be read of a
 * damaged file is repair.c. */
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

/* What became of the file at s->path. */
enum fate { IT_STANDS, IT_IS_GONE, IT_IS_CUT, IT_IS_OVERWRITTEN };

static enum fate look_after(struct store *s)
{
    static const enum fate of[] = {
        [HOLD_SAME] = IT_STANDS, [HOLD_CUT] = IT_IS_CUT, [HOLD_OTHER] = IT_IS_OVERWRITTEN};
    if (!s->path || s->lock < 0)
        return IT_STANDS;
    enum fate fate = of[hold_compare(&s->hold, s->db, s->path)];
    return site_is(s->path, &s->mark) ? fate : IT_IS_GONE;
}

static void tell(struct store *s, const char *was, const char *is, enum fate fate, bool log_lost)
{
    struct buf text = {0};
    if (strcmp(was, is) == 0 && log_lost)
        buf_printf(&text,
                   "another program changed the session's log, %s-wal: all of it was written there again",
                   was);
    else if (strcmp(was, is) == 0 && fate == IT_IS_CUT)
        buf_puts(&text, "another program cut the session's file short: all of it was written there again");
    else if (strcmp(was, is) == 0)
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

/* Nothing that was confirmed is missing in the copy. */
static bool is_whole(const struct store *s, int64_t head, struct err *e)
{
    return s->head == head ||
           err_set(e, ERR_IO, "%s: what could be saved ends before step %lld", s->path, (long long)head);
}

/* Go on with the copy, under the old name where that is free. */
static bool go_on(struct store *s, char *copy_take, enum fate fate, struct err *e)
{
    char *was = s->path, *is = copy_take;
    int64_t head = s->head;
    bool log_lost = s->hold.log_lost, there_again = !file_exists(was) || fate == IT_IS_CUT;
    if (fate == IT_IS_GONE && !log_lost)
        db_checkpoint(s->db); /* it may only have another name now: it gets what the log holds */
    else
        db_abandon(s->db);
    db_close(s->db);
    hold_release(&s->hold);
    site_unlock(was, s->lock);
    if (there_again || !log_lost)
        drop_log(s, was); /* else it came with what stands there now */
    if (there_again && rename(is, was) == 0) {
        free(is);
        is = mem_text(was);
    }
    s->db = NULL;
    s->lock = -1;
    s->path = is;
    bool opened = store_reopen(s, e) && store_may_write(s, e), ok = opened && is_whole(s, head, e);
    if (ok)
        tell(s, was, is, fate, log_lost);
    else if (!opened)
        err_place(e, "everything before this is in %s", is);
    if (!s->db)
        s->db = db_open(NULL, DB_LOOK, NULL); /* empty: whatever is asked of it fails in good order */
    free(was);
    return ok;
}

static void drop_copy(const char *copy)
{
    struct buf log = {0};
    buf_printf(&log, "%s-wal", copy);
    unlink(copy);
    unlink(buf_text(&log));
    buf_release(&log);
}

/* From a file that is gone SQLite still reads; from one that was written over, or such a log, it would read what is there now. */
static bool fill(struct store *s, const char *copy, enum fate fate, struct err *e)
{
    if (fate == IT_IS_GONE && !s->hold.log_lost)
        return db_do(s->db, e, "VACUUM INTO ?", "t", copy);
    struct db *d = hold_write(&s->hold, copy, e) ? db_open(copy, DB_LOOK, e) : NULL;
    if (d) {
        db_allow_writing(d);
        db_checkpoint(d);
    }
    db_close(d);
    return d != NULL;
}

static bool save(struct store *s, enum fate fate, struct err *e)
{
    struct err why = {0};
    char *copy = free_name(s->path, &why);
    if (copy && fill(s, copy, fate, &why))
        return go_on(s, copy, fate, e);
    if (copy)
        drop_copy(copy);
    free(copy);
    err_set(e, ERR_IO,
            "%s: another program deleted or replaced the session's file, and it cannot be saved anew (%s)",
            s->path, why.message);
    err_release(&why);
    return err_hint(e,
                    "leave this program open: it still holds every step; make room or the folder again, and "
                    "do it once more");
}

bool store_ready(struct store *s, struct err *e)
{
    enum fate fate = look_after(s);
    if (fate != IT_STANDS)
        return save(s, fate, e);
    if (s->path && s->lock >= 0)
        hold_renew(&s->hold, s->db, s->path);
    return true;
}

/* Where nothing is held, as without a log, SQLite's own writes change the file, too: then it is asked whether it is still this
 * session, up to the step where it stands. */
static bool still_this_one(struct store *s, struct err *e)
{
    struct site_stamp stamp;
    struct own now;
    int64_t there = 0;
    if (!s->path || s->hold.fd >= 0)
        return true;
    site_stamp(s->path, &stamp);
    if (site_stamp_equal(&stamp, &s->hold.stamp))
        return true;
    struct db *d = db_open(s->path, DB_LOOK, NULL);
    bool same = d && own_read(d, &now) && strcmp(now.id, s->own.id) == 0 &&
                db_number(d, "SELECT 1 FROM step WHERE id = ?", s->head, s->head == 0, &there, NULL);
    db_close(d);
    if (same && there)
        return true;
    err_set(e, ERR_IO, "%s: another program put something else into the file, which was not touched",
            s->path);
    return err_hint(e, "what this program holds can still be exported; open the session again to go on");
}

bool store_begin_at(struct store *s, const char *where, struct err *e)
{
    return store_ready(s, e) && still_this_one(s, e) && db_begin_at(s->db, where, e);
}

bool store_finish(struct store *s, bool ok, struct err *e)
{
    ok = db_finish(s->db, ok, e);
    if (s->path && s->hold.fd < 0)
        site_stamp(s->path, &s->hold.stamp);
    else if (s->path && ok)
        hold_log(&s->hold, s->db, s->path);
    else if (s->path)
        hold_gave_up(&s->hold, s->path);
    return ok;
}

bool store_keep(struct store *s, bool *anew, struct err *e)
{
    enum fate fate = look_after(s);
    *anew = fate != IT_STANDS;
    return !*anew || save(s, fate, e);
}
