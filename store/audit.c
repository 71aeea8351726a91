/* audit: are all rows what they were? What can be saved from a file that is damaged: repair.c. */
#include "engine/base/err.h"
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
        if (!fact_agrees(&s->own, t, &r))
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

static bool count_missing(struct store *s, enum fact_table t, int64_t *missing, struct err *e)
{
    static const char *const counts[FACT_TABLES] = {[FACT_STEP] = "SELECT count(*) FROM step",
                                                    [FACT_EVENT] = "SELECT count(*) FROM event",
                                                    [FACT_MEASUREMENT] = "SELECT count(*) FROM measurement"};
    int64_t next, n;
    if (!fact_next_number(s->db, t, &next, e) || !db_number(s->db, counts[t], 0, 0, &n, e))
        return false;
    *missing = next - 1 - n;
    return true;
}

bool store_gaps(struct store *s, struct store_gaps *out, struct err *e)
{
    int64_t here = 0, led = 0;
    *out = (struct store_gaps){0};
    bool ok = count_missing(s, FACT_STEP, &out->steps, e) && count_missing(s, FACT_EVENT, &out->events, e) &&
              count_missing(s, FACT_MEASUREMENT, &out->measurements, e) &&
              db_number(s->db, "SELECT head FROM here", 0, 0, &here, e) && walk_led_to(s->db, &led, e);
    out->astray = here != led;
    return ok;
}
