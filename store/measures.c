/* measures: numbers that were measured at a step. They come in bursts, so they wait in memory and are written together. What
 * happens once, and must not be lost, is events.c. */
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "store/store_parts.h"

enum {
    FLUSH_AFTER = 200000, /* microseconds */
    WAITING_MAX = 65536   /* that wait for a disk that takes them */
};

static void free_text(const char *owned)
{
    free((void *)(uintptr_t)owned);
}

bool measures_write(struct store *s, struct err *e)
{
    char hash[HASH_HEX];
    for (size_t i = 0; i < s->n_measures; i++) {
        const struct store_measure *m = &s->measures[i];
        struct value values[] = {{0},
                                 value_int(m->step),
                                 value_text(m->metric),
                                 value_text(m->split),
                                 value_text(m->slice),
                                 value_int(m->n),
                                 value_real(m->value),
                                 value_real(m->low),
                                 value_real(m->high),
                                 value_int(m->exact),
                                 value_text(m->environment),
                                 value_int(m->time)};
        if (!fact_insert(s, FACT_MEASUREMENT, values, NULL, hash, e))
            return false;
    }
    return true;
}

void measures_forget(struct store *s)
{
    for (size_t i = 0; i < s->n_measures; i++) {
        const struct store_measure *m = &s->measures[i];
        free_text(m->metric);
        free_text(m->split);
        free_text(m->slice);
        free_text(m->environment);
    }
    s->n_measures = 0;
}

bool store_flush(struct store *s, struct err *e)
{
    if (s->n_measures == 0)
        return true;
    if (!store_begin(s, e) || !store_finish(s, measures_write(s, e), e))
        return err_place(e, "measurements are not stored yet");
    measures_forget(s);
    return true;
}

static void keep(struct store *s, const struct store_measure *m)
{
    s->measures = mem_grow(s->measures, s->n_measures, &s->measures_capacity, sizeof *s->measures);
    struct store_measure *w = &s->measures[s->n_measures++];
    *w = *m;
    w->time = s->now();
    w->metric = mem_text(m->metric);
    w->split = mem_text(m->split);
    w->slice = mem_text(m->slice);
    w->environment = mem_text(m->environment);
}

bool store_measure(struct store *s, const struct store_measure *m, struct err *e)
{
    if (s->readonly || m->step == 0)
        return true;
    if (!store_ready(s, e) || !step_is_there(s, m->step, e))
        return false;
    if (s->n_measures == WAITING_MAX && !store_flush(s, e))
        return false;
    keep(s, m);
    const struct store_measure *newest = &s->measures[s->n_measures - 1];
    return newest->time - s->measures[0].time < FLUSH_AFTER || store_flush(s, e);
}

static void read_measure(const struct store *s, const struct rows *r, struct store_measure *m)
{
    *m = (struct store_measure){.step = row_int(r, 1),
                                .metric = row_text(r, 2) ? row_text(r, 2) : "?",
                                .split = row_text(r, 3),
                                .slice = row_text(r, 4),
                                .n = row_int(r, 5),
                                .value = row_double(r, 6),
                                .low = row_double(r, 7),
                                .high = row_double(r, 8),
                                .exact = row_int(r, 9) != 0,
                                .environment = row_text(r, 10),
                                .time = row_int(r, 11),
                                .broken = !fact_agrees(&s->own, FACT_MEASUREMENT, r)};
}

bool store_measures(struct store *s, int64_t step, void (*visit)(void *data, const struct store_measure *m),
                    void *data, struct err *e)
{
    struct rows r;
    struct store_measure m;
    store_flush(s, NULL); /* looking works on a full disk, too */
    const char *newest = step ? "WHERE id IN (SELECT max(id) FROM measurement WHERE step = ?"
                                " GROUP BY metric, split, slice) ORDER BY id"
                              : "WHERE id IN (SELECT max(id) FROM measurement"
                                " GROUP BY step, metric, split, slice) ORDER BY id";
    if (fact_rows(s->db, &r, e, FACT_MEASUREMENT, newest, step))
        while (db_next(&r, e)) {
            read_measure(s, &r, &m);
            visit(data, &m);
        }
    db_end(&r);
    for (size_t i = 0; i < s->n_measures && !r.failed; i++)
        if (step == 0 || s->measures[i].step == step)
            visit(data, &s->measures[i]);
    return !r.failed;
}
