/* walk: where one stands in the tree, going elsewhere, and finding steps by what people call them. What walks is not the tree
 * itself (steps.c): no step is added or changed. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"
#include "store/store_parts.h"

int64_t store_head(const struct store *s)
{
    return s->head;
}

bool walk_load(struct store *s, struct err *e)
{
    return db_number(s->db, "SELECT head FROM here", 0, 0, &s->head, e);
}

bool walk_stand(struct db *d, int64_t step, struct err *e)
{
    return db_do(d, e, "UPDATE here SET head = ?", "i", step) &&
           db_do(d, e,
                 "INSERT OR REPLACE INTO visited SELECT parent, id FROM step"
                 " WHERE id = ? AND parent IN (SELECT id FROM step)",
                 "i", step);
}

/* A step is visited when it is added; a move came after the step that was the newest then. */
bool walk_rebuild(struct db *d, struct err *e)
{
    struct rows r;
    bool ok = db_script(d, "UPDATE here SET head = NULL; DELETE FROM visited", e) &&
              db_rows(d, &r, e,
                      "SELECT id AS place, 0 AS moved, id AS number, id AS step FROM step UNION ALL"
                      " SELECT newest, 1, id, step FROM event WHERE kind IN ('goto', 'undo', 'redo')"
                      " AND step IN (SELECT id FROM step) ORDER BY place, moved, number",
                      "");
    if (!ok)
        return false;
    while (ok && db_next(&r, e))
        ok = walk_stand(d, row_int(&r, 3), e);
    db_end(&r);
    return ok && !r.failed;
}

/* The last move, where no step came after it; else the newest step. */
bool walk_led_to(struct db *d, int64_t *step, struct err *e)
{
    return db_number(d,
                     "SELECT coalesce((SELECT step FROM (SELECT step, newest FROM event WHERE"
                     " kind IN ('goto', 'undo', 'redo') AND step IN (SELECT id FROM step)"
                     " ORDER BY newest DESC, id DESC LIMIT 1)"
                     " WHERE newest >= (SELECT max(id) FROM step)), (SELECT max(id) FROM step), 0)",
                     0, 0, step, e);
}

bool store_rebuild(struct store *s, struct err *e)
{
    return store_may_write(s, e) && store_begin(s, e) && store_finish(s, walk_rebuild(s->db, e), e) &&
           walk_load(s, e);
}

static bool parent_of(struct store *s, int64_t step, int64_t *parent, struct err *e)
{
    return db_number(s->db, "SELECT parent FROM step WHERE id = ?", step, 0, parent, e);
}

/* Looking leaves no trace: the move is remembered here and not in the file. */
static bool move_in_memory(struct store *s, int64_t step, struct err *e)
{
    struct move m = {.child = step};
    if (!parent_of(s, step, &m.parent, e))
        return false;
    s->moves = mem_grow(s->moves, s->n_moves, &s->moves_capacity, sizeof *s->moves);
    s->moves[s->n_moves++] = m;
    s->head = step;
    return true;
}

static bool move(struct store *s, int64_t step, const char *kind, struct err *e)
{
    if (s->readonly)
        return move_in_memory(s, step, e);
    if (!store_begin(s, e) ||
        !store_finish(s, walk_stand(s->db, step, e) && event_add(s, step, kind, NULL, e), e))
        return false;
    s->head = step;
    return true;
}

bool store_goto(struct store *s, int64_t step, struct err *e)
{
    return store_ready(s, e) && step_is_there(s, step, e) && move(s, step, "goto", e);
}

bool store_undo(struct store *s, struct err *e)
{
    int64_t parent = 0;
    if (!store_ready(s, e) || !parent_of(s, s->head, &parent, e))
        return false;
    if (parent > 0)
        return move(s, parent, "undo", e);
    err_set(e, ERR_NOTHING_TO_UNDO,
            s->head ? "nothing to undo: this is where the model was opened"
                    : "nothing to undo: there is no step yet");
    return err_hint(e, "'history' shows the tree, 'goto STEP' goes anywhere");
}

static bool visited_last(struct store *s, int64_t *child, struct err *e)
{
    for (size_t i = s->n_moves; i-- > 0;)
        if (s->moves[i].parent == s->head) {
            *child = s->moves[i].child;
            return true;
        }
    return db_number(s->db, "SELECT child FROM visited WHERE parent = ?", s->head, 0, child, e);
}

bool store_redo(struct store *s, struct err *e)
{
    int64_t child = 0;
    if (!store_ready(s, e) || (s->head > 0 && !visited_last(s, &child, e)))
        return false;
    if (child > 0)
        return move(s, child, "redo", e);
    err_set(e, ERR_NOTHING_TO_UNDO, "nothing to redo: no step follows this one");
    return err_hint(e, "'history' shows the tree, 'goto STEP' goes anywhere");
}

static bool by_tag(struct store *s, const char *tag, int64_t *step, struct err *e)
{
    struct rows r;
    *step = 0;
    if (db_rows(s->db, &r, e,
                "SELECT step FROM event WHERE kind = 'tag' AND text = ? ORDER BY id DESC LIMIT 1", "t",
                tag) &&
        db_next(&r, e))
        *step = row_int(&r, 0);
    db_end(&r);
    return !r.failed;
}

/* The known tags, NULL-ended; free_tags() it. */
static char **known_tags(struct store *s)
{
    struct rows r;
    char **tags = NULL;
    size_t n = 0, capacity = 0;
    if (db_rows(s->db, &r, NULL, "SELECT DISTINCT text FROM event WHERE kind = 'tag' ORDER BY text", ""))
        while (db_next(&r, NULL)) {
            tags = mem_grow(tags, n, &capacity, sizeof *tags);
            tags[n++] = mem_text(row_text(&r, 0) ? row_text(&r, 0) : "");
        }
    db_end(&r);
    tags = mem_grow(tags, n, &capacity, sizeof *tags);
    tags[n] = NULL;
    return tags;
}

static void free_tags(char **tags)
{
    for (size_t i = 0; tags[i]; i++)
        free(tags[i]);
    free(tags);
}

bool store_find(struct store *s, const char *text, int64_t *step, struct err *e)
{
    const char *number = text[0] == '#' ? text + 1 : text;
    if (num_parse_int(number, step))
        return step_is_there(s, *step, e);
    if (!by_tag(s, text, step, e))
        return false;
    if (*step > 0)
        return true;
    char **tags = known_tags(s);
    const char *nearest = text_nearest(text, (const char *const *)tags);
    err_set(e, ERR_UNKNOWN, "no step or tag '%s'", text);
    if (nearest)
        err_hint(e, "did you mean %s?", nearest);
    else
        err_hint(e, "steps are 1 to %lld; 'history' shows them with their tags", (long long)store_last(s));
    free_tags(tags);
    return false;
}
