/* changes: what came to a session since one looked last, so that a list of ten thousand steps need not be read again for each.
 * The rows themselves are steps.c, events.c and measures.c. */
#include "engine/base/err.h"
#include "store/store_parts.h"

/* A tag that moved is news of the step that it left, too. */
static const char changed[] =
    "SELECT id FROM step WHERE id > ?1"
    " UNION SELECT step FROM event WHERE id > ?2 AND kind IN ('note', 'tag', 'hide', 'unhide')"
    " UNION SELECT step FROM event WHERE kind = 'tag' AND text IN"
    " (SELECT text FROM event WHERE id > ?2 AND kind = 'tag')"
    " UNION SELECT step FROM measurement WHERE id > ?3 ORDER BY 1";

static bool look_now(struct store *s, struct store_seen *now, struct err *e)
{
    return db_number(s->db, "PRAGMA data_version", 0, 0, &now->version, e) &&
           db_number(s->db, "SELECT max(id) FROM step", 0, 0, &now->step, e) &&
           db_number(s->db, "SELECT max(id) FROM event", 0, 0, &now->event, e) &&
           db_number(s->db, "SELECT max(id) FROM measurement", 0, 0, &now->measurement, e);
}

static bool came(const struct store_seen *seen, const struct store_seen *now)
{
    return now->step > seen->step || now->event > seen->event || now->measurement > seen->measurement;
}

static bool visit_changed(struct store *s, const struct store_seen *seen,
                          void (*visit)(void *data, int64_t step), void *data, struct err *e)
{
    struct rows r;
    if (db_rows(s->db, &r, e, changed, "iii", seen->step, seen->event, seen->measurement))
        while (db_next(&r, e))
            visit(data, row_int(&r, 0));
    db_end(&r);
    return !r.failed;
}

bool store_since(struct store *s, struct store_seen *seen, bool *elsewhere,
                 void (*visit)(void *data, int64_t step), void *data, struct err *e)
{
    struct store_seen now;
    store_flush(s, NULL); /* what the disk does not take now is told below */
    if (!look_now(s, &now, e) || (came(seen, &now) && !visit_changed(s, seen, visit, data, e)))
        return false;
    *elsewhere = seen->version != 0 && seen->version != now.version;
    for (size_t i = 0; i < s->n_measures; i++)
        if (i == 0 || s->measures[i].step != s->measures[i - 1].step)
            visit(data, s->measures[i].step);
    *seen = now;
    return true;
}
