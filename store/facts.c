/* facts: what belongs to steps: notes, tags, events, measurements; and checking every row against its hash. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "store/store_parts.h"

enum { FLUSH_AFTER = 200000 }; /* microseconds */

void fact_hash(const char *const *parts, int n, char hash[HASH_HEX])
{
    struct hash *h = hash_new();
    for (int i = 0; i < n; i++) {
        if (parts[i])
            hash_add(h, parts[i], strlen(parts[i]));
        hash_add(h, parts[i] ? "\0" : "\0-", parts[i] ? 1 : 2); /* keeps neighbours apart, and NULL from "" */
    }
    hash_finish_free(h, hash);
}

static void event_hash(int64_t step, const char *kind, const char *text, int64_t time, char hash[HASH_HEX])
{
    struct buf numbers = {0};
    buf_printf(&numbers, "%lld %lld", (long long)step, (long long)time);
    const char *parts[] = {buf_text(&numbers), kind, text};
    fact_hash(parts, 3, hash);
    buf_release(&numbers);
}

bool fact_event(struct store *s, int64_t step, const char *kind, const char *text, struct err *e)
{
    char hash[HASH_HEX];
    int64_t time = s->now();
    event_hash(step, kind, text, time, hash);
    return db_do(s->db, e, "INSERT INTO event(step, kind, text, time, hash) VALUES(?,?,?,?,?)", "ittit", step,
                 kind, text, time, hash);
}

bool store_event(struct store *s, int64_t step, const char *kind, const char *text, struct err *e)
{
    if (s->readonly)
        return err_set(e, ERR_READONLY, "the session is open for reading only");
    if (step == 0)
        return err_set(e, ERR_NO_MODEL, "there is no step yet") ||
               err_hint(e, "open a model first: open MODEL.onnx");
    bool ok = db_begin(s->db, e) && fact_event(s, step, kind, text, e) && db_commit(s->db, e);
    if (!ok)
        db_rollback(s->db);
    return ok;
}

bool store_note(struct store *s, int64_t step, const char *text, struct err *e)
{
    return store_event(s, step, "note", text, e);
}

bool store_tag(struct store *s, int64_t step, const char *name, struct err *e)
{
    int64_t number;
    if (!*name || num_parse_int(name[0] == '#' ? name + 1 : name, &number)) {
        err_set(e, ERR_USAGE, "a tag must not read as a step's number: '%s'", name);
        return err_hint(e, "example: tag candidate");
    }
    return store_event(s, step, "tag", name, e);
}

bool store_hide(struct store *s, int64_t step, struct err *e)
{
    return store_event(s, step, "hide", NULL, e);
}

bool store_events(struct store *s, int64_t step, const char *kind,
                  void (*visit)(void *data, int64_t step, const char *kind, const char *text, int64_t time),
                  void *data, struct err *e)
{
    struct rows r;
    if (!db_rows(s->db, &r, e,
                 "SELECT step, kind, text, time FROM event WHERE (?1 = 0 OR step = ?1) AND (?2 IS NULL OR "
                 "kind = ?2) ORDER BY id",
                 "it", step, kind))
        return false;
    while (db_next(&r, e))
        visit(data, row_int(&r, 0), row_text(&r, 1), row_text(&r, 2), row_int(&r, 3));
    db_end(&r);
    return !r.failed;
}

static void put_number(struct buf *out, double v)
{
    buf_putc(out, ' ');
    if (isnan(v))
        buf_putc(out, '-');
    else
        num_exact(out, v);
}

static void measure_hash(const struct store_measure *m, int64_t time, char hash[HASH_HEX])
{
    struct buf numbers = {0};
    buf_printf(&numbers, "%lld %lld %d %lld", (long long)m->step, (long long)m->n, m->exact, (long long)time);
    put_number(&numbers, m->value);
    put_number(&numbers, m->low);
    put_number(&numbers, m->high);
    const char *parts[] = {buf_text(&numbers), m->metric, m->split, m->slice, m->environment};
    fact_hash(parts, 5, hash);
    buf_release(&numbers);
}

bool facts_write(struct store *s, struct err *e)
{
    char hash[HASH_HEX];
    for (size_t i = 0; i < s->n_measures; i++) {
        const struct store_measure *m = &s->measures[i].m;
        measure_hash(m, s->measures[i].time, hash);
        if (!db_do(s->db, e,
                   "INSERT INTO measurement(step, metric, split, slice, n, value, low, high, exact, "
                   "environment, time, hash)"
                   " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                   "itttidddit"
                   "it",
                   m->step, m->metric, m->split, m->slice, m->n, m->value, m->low, m->high, (int64_t)m->exact,
                   m->environment, s->measures[i].time, hash))
            return false;
    }
    return true;
}

void facts_forget(struct store *s)
{
    for (size_t i = 0; i < s->n_measures; i++) {
        struct store_measure *m = &s->measures[i].m;
        const char *texts[] = {m->metric, m->split, m->slice, m->environment};
        for (int k = 0; k < 4; k++)
            free((void *)(uintptr_t)texts[k]);
    }
    s->n_measures = 0;
}

bool store_flush(struct store *s, struct err *e)
{
    if (s->n_measures == 0 || s->readonly)
        return true;
    bool ok = db_begin(s->db, e) && facts_write(s, e) && db_commit(s->db, e);
    if (ok)
        facts_forget(s);
    else
        db_rollback(s->db);
    return ok;
}

bool store_measure(struct store *s, const struct store_measure *m, struct err *e)
{
    if (s->readonly || m->step == 0)
        return true;
    s->measures = mem_grow(s->measures, s->n_measures, &s->measures_capacity, sizeof *s->measures);
    struct waiting_measure *w = &s->measures[s->n_measures++];
    *w = (struct waiting_measure){.m = *m, .time = s->now()};
    w->m.metric = mem_text(m->metric);
    w->m.split = mem_text(m->split);
    w->m.slice = mem_text(m->slice);
    w->m.environment = mem_text(m->environment);
    return w->time - s->measures[0].time < FLUSH_AFTER || store_flush(s, e);
}

static void read_measure(const struct rows *r, struct store_measure *m)
{
    *m = (struct store_measure){.step = row_int(r, 0),
                                .metric = row_text(r, 1),
                                .split = row_text(r, 2),
                                .slice = row_text(r, 3),
                                .n = row_int(r, 4),
                                .value = row_double(r, 5),
                                .low = row_double(r, 6),
                                .high = row_double(r, 7),
                                .exact = row_int(r, 8) != 0,
                                .environment = row_text(r, 9)};
}

#define MEASURE_COLUMNS "step, metric, split, slice, n, value, low, high, exact, environment"

bool store_measures(struct store *s, int64_t step, void (*visit)(void *data, const struct store_measure *m),
                    void *data, struct err *e)
{
    struct rows r;
    struct store_measure m;
    if (!store_flush(s, e) ||
        !db_rows(s->db, &r, e,
                 "SELECT " MEASURE_COLUMNS
                 " FROM measurement WHERE id IN (SELECT max(id) FROM measurement WHERE step = ?"
                 " GROUP BY metric, split, slice) ORDER BY id",
                 "i", step))
        return false;
    while (db_next(&r, e)) {
        read_measure(&r, &m);
        visit(data, &m);
    }
    db_end(&r);
    return !r.failed;
}

static bool wrong_row(struct store *s, const char *table, int64_t id, struct err *e)
{
    err_set(e, ERR_UNREADABLE, "%s: row %lld of %s is not what its hash says", db_path(s->db), (long long)id,
            table);
    return err_hint(e, "the file was changed by something other than poda, or damaged");
}

static bool check_events(struct store *s, struct err *e)
{
    struct rows r;
    char hash[HASH_HEX];
    bool ok = db_rows(s->db, &r, e, "SELECT id, step, kind, text, time, hash FROM event", "");
    while (ok && db_next(&r, e)) {
        event_hash(row_int(&r, 1), row_text(&r, 2), row_text(&r, 3), row_int(&r, 4), hash);
        ok = strcmp(hash, row_text(&r, 5)) == 0 || wrong_row(s, "event", row_int(&r, 0), e);
    }
    db_end(&r);
    return ok && !r.failed;
}

static bool check_measures(struct store *s, struct err *e)
{
    struct rows r;
    struct store_measure m;
    char hash[HASH_HEX];
    bool ok = db_rows(s->db, &r, e, "SELECT " MEASURE_COLUMNS ", time, hash, id FROM measurement", "");
    while (ok && db_next(&r, e)) {
        read_measure(&r, &m);
        measure_hash(&m, row_int(&r, 10), hash);
        ok = strcmp(hash, row_text(&r, 11)) == 0 || wrong_row(s, "measurement", row_int(&r, 12), e);
    }
    db_end(&r);
    return ok && !r.failed;
}

bool store_check(struct store *s, struct err *e)
{
    for (int64_t id = 1, last = store_last(s); id <= last; id++) {
        struct store_step step;
        if (!store_get_step(s, id, &step, NULL))
            continue; /* a number that a failed step left unused */
        bool broken = step.broken;
        store_step_release(&step);
        if (broken)
            return wrong_row(s, "step", id, e);
    }
    return check_events(s, e) && check_measures(s, e);
}
