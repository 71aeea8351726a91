/* audit: are all rows what they were, and what can be saved from a file that is damaged. */
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "store/site.h"
#include "store/schema.h"
#include "store/store_parts.h"

struct audit {
    void (*visit)(void *data, const char *table, int64_t row, const char *what);
    void *data;
};

/* Numbers have no gaps, because a row that is taken back gives its number back, and the last one given is known. */
static bool check_table(struct store *s, enum fact_table t, const struct audit *a, struct err *e)
{
    struct rows r;
    int64_t next = 1, end = 0;
    if (!fact_next_number(s->db, t, &end, e) || !fact_rows(s->db, &r, e, t, "ORDER BY id", 0))
        return false;
    for (; db_next(&r, e); next++) {
        int64_t id = row_int(&r, 0);
        if (t != FACT_BLOB && id > next)
            a->visit(a->data, facts[t].table, next, "is missing");
        if (!fact_agrees(t, &r))
            a->visit(a->data, facts[t].table, id, "is not what its hash says");
        next = id;
    }
    db_end(&r);
    if (t != FACT_BLOB && !r.failed && next < end)
        a->visit(a->data, facts[t].table, next, "is missing");
    return !r.failed;
}

bool store_faults(struct store *s,
                  void (*visit)(void *data, const char *table, int64_t row, const char *what), void *data,
                  struct err *e)
{
    const struct audit a = {visit, data};
    bool ok = store_flush(s, e) && db_check(s->db, e);
    for (int t = 0; ok && t < FACT_TABLES; t++)
        ok = check_table(s, (enum fact_table)t, &a, e);
    return ok;
}

struct first_fault {
    struct store *store;
    struct err *e;
    bool found;
};

static void take_first(void *data, const char *table, int64_t row, const char *what)
{
    struct first_fault *f = data;
    if (f->found)
        return;
    f->found = true;
    err_set(f->e, ERR_UNREADABLE, "%s: row %lld of %s %s", db_path(f->store->db), (long long)row, table,
            what);
    err_hint(f->e, "the file was changed by something other than poda, or damaged");
}

bool store_check(struct store *s, struct err *e)
{
    struct first_fault f = {s, e, false};
    return store_faults(s, take_first, &f, e) && !f.found;
}

/* The present row of the damaged table into the new one, as it is: a hash that does not fit stays so. */
static void save_row(struct db *to, enum fact_table t, const struct rows *r, int64_t *saved)
{
    struct value all[16];
    int n = facts[t].n;
    for (int i = 0; i < n; i++)
        all[i] = row_value(r, i);
    all[n] = row_value(r, n + 1);
    if (db_do_values(to, NULL, facts[t].insert, all, n + 1))
        ++*saved;
}

/* All rows after id, until one cannot be read; false then. *id is the last that could. */
static bool save_run(struct db *from, struct db *to, enum fact_table t, int64_t *id, int64_t *saved)
{
    struct rows r;
    if (fact_rows(from, &r, NULL, t, "WHERE id > ? ORDER BY id", *id))
        while (db_next(&r, NULL)) {
            *id = row_int(&r, 0);
            save_row(to, t, &r, saved);
        }
    bool whole = !r.failed;
    db_end(&r);
    return whole;
}

static bool save_one(struct db *from, struct db *to, enum fact_table t, int64_t id, int64_t *saved)
{
    struct rows r;
    bool found = fact_rows(from, &r, NULL, t, "WHERE id = ?", id) && db_next(&r, NULL);
    if (found)
        save_row(to, t, &r, saved);
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

enum {
    PROBE_MAX = 100000
}; /* numbers tried after the last one known, where the table's end cannot be read */

/* Row by row over what is damaged, so that a bad page costs its own rows only. */
static int64_t save_table(struct db *from, struct db *to, enum fact_table t)
{
    int64_t id = 0, saved = 0, next = 0, last = 0;
    struct buf sql = {0};
    buf_printf(&sql, "SELECT max(id) FROM %s", facts[t].table);
    db_number(from, buf_text(&sql), 0, 0, &last, NULL);
    buf_release(&sql);
    if (t != FACT_BLOB && fact_next_number(from, t, &next, NULL) && next - 1 > last)
        last = next - 1;
    while (!save_run(from, to, t, &id, &saved)) {
        int64_t end = last > id && last - id < PROBE_MAX ? last : id + PROBE_MAX;
        do
            id++;
        while (id <= end && !save_one(from, to, t, id, &saved));
        if (id > end)
            break;
    }
    if (t != FACT_BLOB && next > 1)
        keep_numbers(to, t, next - 1);
    return saved;
}

static bool salvage(struct db *from, struct db *to, int64_t *steps, struct err *e)
{
    int64_t saved[FACT_TABLES], all = 0;
    db_allow_writing(to);
    if (!schema_migrate(to, e) || !db_script(to, "PRAGMA foreign_keys=OFF", e) || !db_begin(to, e))
        return false;
    for (int t = 0; t < FACT_TABLES; t++)
        all += saved[t] = save_table(from, to, (enum fact_table)t);
    *steps = saved[FACT_STEP];
    bool ok = all > 0 || err_set(e, ERR_UNREADABLE, "%s: nothing in it can be read", db_path(from));
    return db_finish(to, ok && walk_rebuild(to, e), e);
}

bool store_repair(const char *path, const char *new_path, int64_t *steps, struct err *e)
{
    bool made = false;
    if (file_size(path) < 0)
        return err_set(e, ERR_UNREADABLE, "%s: no such session", path);
    if (file_exists(new_path)) {
        err_set(e, ERR_IO, "%s is there already", new_path);
        return err_hint(e, "name a new file");
    }
    struct db *from = db_open(path, DB_SALVAGE, e);
    struct db *to = from && site_make(new_path, &made, e) ? db_open(new_path, DB_LOOK, e) : NULL;
    bool ok = to && salvage(from, to, steps, e);
    db_close(to);
    db_close(from);
    if (!ok && made)
        unlink(new_path);
    return ok;
}
