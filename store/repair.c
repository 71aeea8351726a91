/* repair: what can be saved from a file that is damaged. Rows are read one by one, over what cannot be read; where the text of a table in
 * the schema is damaged, a copy of the file gets the right one first. */
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "store/schema.h"
#include "store/site.h"
#include "store/store_parts.h"

enum {
    PROBE_MAX = 100000
}; /* numbers tried after the last one known, where the table's end cannot be read */

struct repair {
    const char *path; /* of the damaged file */
    struct db *from, *to;
    struct own own; /* of the damaged session */
    struct store_saved *saved;
};

static struct store_count *count_of(struct store_saved *saved, enum fact_table t)
{
    return t == FACT_STEP    ? &saved->steps
           : t == FACT_EVENT ? &saved->events
           : t == FACT_BLOB  ? &saved->blobs
                             : &saved->measurements;
}

/* ---- rows ---- */

/* The present row of the damaged table into the new one, as it is: a hash that does not fit stays so. */
static void save_row(struct repair *p, enum fact_table t, const struct rows *r)
{
    struct value all[16];
    int n = facts[t].n;
    for (int i = 0; i < n; i++)
        all[i] = row_value(r, i);
    all[n] = row_value(r, n + 1);
    bool numbered = t == FACT_BLOB || (all[0].i > 0 && all[0].i <= NUMBER_MAX);
    if (!numbered || !db_do_values(p->to, NULL, facts[t].insert, all, n + 1))
        return;
    count_of(p->saved, t)->saved++;
    p->saved->broken += !fact_agrees(&p->own, t, r);
}

/* All rows after id, until one cannot be read; false then. *id is the last that could. It only grows: a damaged tree may lead back,
 * and that would have no end. */
static bool save_run(struct repair *p, enum fact_table t, int64_t *id)
{
    struct rows r;
    bool onward = true;
    if (fact_rows(p->from, &r, NULL, t, "WHERE id > ? ORDER BY id", *id))
        while (db_next(&r, NULL) && (onward = row_int(&r, 0) > *id)) {
            *id = row_int(&r, 0);
            save_row(p, t, &r);
        }
    bool whole = !r.failed && onward;
    db_end(&r);
    return whole;
}

static bool save_one(struct repair *p, enum fact_table t, int64_t id)
{
    struct rows r;
    bool found = fact_rows(p->from, &r, NULL, t, "WHERE id = ?", id) && db_next(&r, NULL);
    if (found)
        save_row(p, t, &r);
    db_end(&r);
    return found;
}

/* Numbers that were given once are not given again, also where their rows are lost. */
static void keep_numbers(struct db *to, enum fact_table t, int64_t last)
{
    db_do(to, NULL,
          "INSERT INTO sqlite_sequence SELECT ?1, 0 WHERE NOT EXISTS"
          " (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
          "t", facts[t].table);
    db_do(to, NULL, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", "it", last,
          facts[t].table);
}

/* The highest number that the table gave, as far as anything says so: its rows, or where they cannot be read, SQLite's own count. */
static int64_t last_given(struct repair *p, enum fact_table t)
{
    int64_t last = 0, counted = 0;
    struct buf sql = {0};
    buf_printf(&sql, "SELECT max(id) FROM %s WHERE id <= %lld", facts[t].table, (long long)NUMBER_MAX);
    db_number(p->from, buf_text(&sql), 0, 0, &last, NULL);
    buf_clear(&sql);
    buf_printf(&sql,
               "SELECT max(CAST(seq AS INTEGER)) FROM sqlite_sequence WHERE name = '%s' AND seq <= %lld",
               facts[t].table, (long long)NUMBER_MAX);
    if (t != FACT_BLOB && db_number(p->from, buf_text(&sql), 0, 0, &counted, NULL) && counted > last)
        last = counted;
    buf_release(&sql);
    return last;
}

/* Rows with numbers that no session gives: they are not saved. */
static int64_t misnumbered(struct repair *p, enum fact_table t)
{
    int64_t n = 0;
    struct buf sql = {0};
    buf_printf(&sql, "SELECT count(*) FROM %s WHERE id < 1 OR id > %lld", facts[t].table,
               (long long)NUMBER_MAX);
    db_number(p->from, buf_text(&sql), 0, 0, &n, NULL);
    buf_release(&sql);
    return n;
}

/* Row by row over what is damaged, so that a bad page costs its own rows only. */
static void save_table(struct repair *p, enum fact_table t)
{
    int64_t id = 0, last = last_given(p, t), end = 0;
    struct store_count *count = count_of(p->saved, t);
    while (!save_run(p, t, &id) && id < NUMBER_MAX) {
        end = last > id && last - id < PROBE_MAX ? last : id + PROBE_MAX;
        do
            id++;
        while (id <= end && !save_one(p, t, id));
        if (id > end)
            break;
    }
    if (t == FACT_BLOB)
        return;
    keep_numbers(p->to, t, last);
    int64_t missing = last - count->saved, odd = misnumbered(p, t);
    count->left = missing < 0 || missing > PROBE_MAX ? -1 : missing > odd ? missing : odd;
}

/* Contents that saved steps name and that are not there. */
static void count_blobs(struct repair *p)
{
    db_number(p->to,
              "SELECT count(*) FROM (SELECT mask_after AS hash FROM step UNION SELECT weights FROM step)"
              " WHERE hash IS NOT NULL AND hash NOT IN (SELECT hash FROM blob)",
              0, 0, &p->saved->blobs.left, NULL);
}

/* ---- which session it is ---- */

/* The new file is the same session: rows keep the hashes that they have, and those of before version 2 stay without id. */
static bool keep_own(struct repair *p, struct err *e)
{
    int64_t self = 0;
    int64_t *old = p->own.old;
    db_number(p->from, "SELECT count(*) FROM sqlite_schema WHERE name = 'self'", 0, 0, &self, NULL);
    if (self == 0)
        for (int t = 0; t < FACT_TABLES; t++)
            old[t] = t == FACT_BLOB ? 0 : last_given(p, (enum fact_table)t);
    else
        p->saved->id_lost = !own_read(p->from, &p->own);
    return db_do(p->to, e, "UPDATE self SET old_step = ?, old_event = ?, old_measurement = ?", "iii",
                 old[FACT_STEP], old[FACT_EVENT], old[FACT_MEASUREMENT]) &&
           (!p->own.id[0] || db_do(p->to, e, "UPDATE self SET id = ?", "t", p->own.id));
}

static bool salvage(struct repair *p, struct err *e)
{
    db_allow_writing(p->to);
    if (!schema_migrate(p->to, e) || !db_script(p->to, "PRAGMA foreign_keys=OFF", e) || !db_begin(p->to, e))
        return false;
    bool ok = keep_own(p, e);
    for (int t = 0; ok && t < FACT_TABLES; t++)
        save_table(p, (enum fact_table)t);
    count_blobs(p);
    if (ok && p->saved->steps.saved == 0)
        ok = err_set(e, ERR_UNREADABLE, "%s: no step in it can be read", p->path);
    return db_finish(p->to, ok && walk_rebuild(p->to, e), e);
}

/* ---- the schema ---- */

/* How unlike two texts are, in bytes. */
static int64_t distance(const char *a, const char *b)
{
    int64_t d = 0;
    for (; *a && *b; a++, b++)
        d += *a != *b;
    return d + (int64_t)strlen(a) + (int64_t)strlen(b);
}

/* The row of the damaged schema that was once this table's: by its name, else by the text that is most alike. 0: none. */
static int64_t row_of_table(struct db *d, const char *name, const char *sql)
{
    struct rows r;
    int64_t best = 0, least = (int64_t)strlen(sql) / 2;
    if (db_rows(d, &r, NULL, "SELECT rowid, name, sql FROM sqlite_schema WHERE rootpage > 0", ""))
        while (db_next(&r, NULL)) {
            const char *its_name = row_text(&r, 1), *its_sql = row_text(&r, 2);
            int64_t unlike = distance(sql, its_sql ? its_sql : "");
            if (its_name && strcmp(its_name, name) == 0)
                unlike -= (int64_t)strlen(sql);
            if (unlike < least) {
                least = unlike;
                best = row_int(&r, 0);
            }
        }
    db_end(&r);
    return best;
}

/* Does the damaged schema say what the example says of each table that it has? */
static bool schema_says_so(struct db *d, struct db *example)
{
    struct rows r, own;
    bool same = db_rows(example, &r, NULL, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'", "");
    while (same && db_next(&r, NULL)) {
        int64_t row = row_of_table(d, row_text(&r, 0), row_text(&r, 1));
        if (row == 0)
            continue;
        same = db_rows(d, &own, NULL, "SELECT 1 FROM sqlite_schema WHERE rowid = ? AND name = ? AND sql = ?",
                       "itt", row, row_text(&r, 0), row_text(&r, 1)) &&
               db_next(&own, NULL);
        db_end(&own);
    }
    db_end(&r);
    return same;
}

/* In the copy: our tables as they should be, and nothing else but the indexes that SQLite makes itself. */
static bool mend_schema(struct db *copy, struct db *example)
{
    struct rows r;
    struct buf keep = {0};
    bool ok = db_rows(example, &r, NULL, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'", "");
    while (ok && db_next(&r, NULL)) {
        int64_t row = row_of_table(copy, row_text(&r, 0), row_text(&r, 1));
        if (row == 0)
            continue;
        ok = db_do(copy, NULL,
                   "UPDATE sqlite_schema SET type = 'table', name = ?1, tbl_name = ?1, sql = ?2"
                   " WHERE rowid = ?3",
                   "tti", row_text(&r, 0), row_text(&r, 1), row);
        buf_printf(&keep, "%lld, ", (long long)row);
    }
    db_end(&r);
    struct buf sql = {0};
    buf_printf(&sql, "DELETE FROM sqlite_schema WHERE sql IS NOT NULL AND rowid NOT IN (%s0)",
               buf_text(&keep));
    ok = ok && db_script(copy, buf_text(&sql), NULL);
    buf_release(&sql);
    buf_release(&keep);
    return ok;
}

static const char *const tails[] = {"", "-wal", "-shm", "-journal"};

static void name_at(struct buf *out, const char *path, const char *tail)
{
    buf_clear(out);
    buf_printf(out, "%s%s", path, tail);
}

static void drop_copy(const char *copy)
{
    struct buf name = {0};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        name_at(&name, copy, tails[i]);
        unlink(buf_text(&name));
    }
    buf_release(&name);
}

/* The file and what waits in its log. */
static bool make_copy(const char *path, const char *copy, struct err *e)
{
    struct buf from = {0}, to = {0};
    name_at(&from, path, "-wal");
    name_at(&to, copy, "-wal");
    bool ok = site_copy(path, copy, e) &&
              (file_size(buf_text(&from)) <= 0 || site_copy(buf_text(&from), buf_text(&to), e));
    buf_release(&from);
    buf_release(&to);
    return ok;
}

/* Open a copy whose schema is mended; NULL: it cannot be. */
static struct db *open_mended(const char *path, const char *copy, struct db *example, struct err *e)
{
    struct db *d = make_copy(path, copy, e) ? db_open(copy, DB_SALVAGE, e) : NULL;
    if (d)
        db_allow_writing(d);
    if (d && !mend_schema(d, example))
        err_set(e, ERR_UNREADABLE, "%s: not even the names of its tables can be read", path);
    db_close(d);
    return d ? db_open(copy, DB_SALVAGE, e) : NULL;
}

static bool save_from(const char *path, struct db *from, const char *new_path, struct store_saved *saved,
                      struct err *e)
{
    bool made = false;
    struct db *to = site_make(new_path, &made, e) ? db_open(new_path, DB_LOOK, e) : NULL;
    struct repair p = {.path = path, .from = from, .to = to, .saved = saved};
    bool ok = to && salvage(&p, e);
    db_close(to);
    if (!ok && made)
        unlink(new_path);
    return ok;
}

bool store_repair(const char *path, const char *new_path, struct store_saved *saved, struct err *e)
{
    *saved = (struct store_saved){0};
    if (file_size(path) < 0)
        return err_set(e, ERR_UNREADABLE, "%s: no such session", path);
    if (file_exists(new_path)) {
        err_set(e, ERR_IO, "%s is there already", new_path);
        return err_hint(e, "keep it under another name, or remove it: a repair writes a new file");
    }
    struct buf copy = {0};
    buf_printf(&copy, "%s-copy", new_path);
    struct db *example = schema_example(e), *from = example ? db_open(path, DB_SALVAGE, e) : NULL;
    if (from && !schema_says_so(from, example)) {
        db_close(from);
        from = open_mended(path, buf_text(&copy), example, e);
    }
    bool ok = from && save_from(path, from, new_path, saved, e);
    db_close(from);
    db_close(example);
    drop_copy(buf_text(&copy));
    buf_release(&copy);
    return ok;
}
