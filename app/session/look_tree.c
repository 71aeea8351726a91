/* look_tree: the session tree and the difference of two of its steps, from what is stored. See look.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/look.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

struct gather {
    struct json *notes, *tags;
    bool hidden;
    double accuracy;
};

static void take_event(void *data, int64_t step, const char *kind, const char *text, int64_t time)
{
    struct gather *g = data;
    (void)step;
    (void)time;
    if (strcmp(kind, "note") == 0)
        json_push_text(g->notes, text);
    else if (strcmp(kind, "tag") == 0)
        json_push_text(g->tags, text);
    else if (strcmp(kind, "hide") == 0)
        g->hidden = true;
}

static void take_measure(void *data, const struct store_measure *m)
{
    struct gather *g = data;
    if (strcmp(m->metric, "accuracy") == 0 && !m->slice)
        g->accuracy = m->value;
}

/* Numbers of a stored result; null where the step has none. */
static void copy_number(struct json *to, const char *name, const struct json *from, const char *member)
{
    const struct json *v = json_get(from, member);
    json_put_num(to, name, json_num(v, NAN));
}

static double smallest(const struct json *sizes)
{
    static const char *const storages[] = {"dense", "bitmask", "csr"};
    double least = NAN;
    for (int i = 0; i < 3; i++)
        least = fmin(least, json_num(json_get(sizes, storages[i]), NAN));
    return least;
}

/* NULL: none, or it cannot be read. */
static struct json *stored_result(const struct store_step *step)
{
    return step->result ? json_parse(step->result, strlen(step->result), "stored result", NULL) : NULL;
}

/* The count of kept weights and its share at a step that changed no mask: those of the step before; at an open all are kept. */
static void put_kept(struct session *s, struct json *one, const struct store_step *step,
                     const struct json *result)
{
    if (json_is_number(json_get(result, "kept"))) {
        copy_number(one, "kept", result, "kept");
        copy_number(one, "sparsity", result, "sparsity");
        return;
    }
    struct store_step before;
    if (step->parent > 0 && store_get_step(s->store, step->parent, &before, NULL)) {
        struct json *r = stored_result(&before);
        put_kept(s, one, &before, r);
        json_free(r);
        store_step_release(&before);
        return;
    }
    bool zeros_cut = strstr(step->command, "zeros=cut") != NULL;
    copy_number(one, "kept", result, zeros_cut ? "kept" : "prunable");
    json_put_num(one, "sparsity", zeros_cut ? NAN : 0);
}

static bool push_step(struct session *s, struct json *steps, const struct store_step *step, struct err *e)
{
    struct json *one = json_push_object(steps), *result = stored_result(step);
    struct gather g = {.accuracy = NAN};
    json_put_int(one, "step", step->id);
    json_put_int(one, "parent", step->parent);
    json_put_text(one, "command", step->command);
    json_put_text(one, "mask", step->mask_after);
    put_kept(s, one, step, result);
    json_put_num(one, "bytes", smallest(json_get(result, "sizes")));
    g.tags = json_put_array(one, "tags");
    g.notes = json_put_array(one, "notes");
    bool ok = store_events(s->store, step->id, NULL, take_event, &g, e) &&
              store_measures(s->store, step->id, take_measure, &g, e);
    json_put_num(one, "accuracy", g.accuracy);
    json_put_bool(one, "here", step->id == store_head(s->store));
    json_put_bool(one, "hidden", g.hidden);
    json_put_bool(one, "broken", step->broken);
    json_put_int(one, "time", step->time);
    json_put_text(one, "hash", step->hash);
    json_free(result);
    return ok;
}

struct json *look_history(struct session *s, struct err *e)
{
    struct json *result = json_object(), *steps = json_put_array(result, "steps");
    bool ok = true;
    for (int64_t id = 1, last = store_last(s->store); ok && id <= last; id++) {
        struct store_step step;
        if (!store_get_step(s->store, id, &step, NULL))
            continue; /* a number that was given and not used */
        ok = push_step(s, steps, &step, e);
        store_step_release(&step);
    }
    if (ok)
        return result;
    json_free(result);
    return NULL;
}

static void difference(struct json *list, const char *what, struct json *a_take, struct json *b_take)
{
    struct buf a = {0}, b = {0};
    json_print(a_take, &a);
    json_print(b_take, &b);
    if (strcmp(buf_text(&a), buf_text(&b)) != 0) {
        struct json *one = json_push_object(list);
        json_put_text(one, "what", what);
        json_put(one, "a", a_take);
        json_put(one, "b", b_take);
    } else {
        json_free(a_take);
        json_free(b_take);
    }
    buf_release(&a);
    buf_release(&b);
}

/* How many weights and units differ; only where both steps have the same layers. */
static void mask_difference(struct json *list, const struct state *a, const struct state *b)
{
    int64_t added = 0, removed = 0;
    if (a->current != b->current)
        return;
    for (int i = 0; i < a->current->layers.n; i++)
        for (int64_t k = 0; k < a->current->layers.v[i].weights; k++) {
            bool in_a = mask_kept(a->mask, i, k), in_b = mask_kept(b->mask, i, k);
            added += in_b && !in_a;
            removed += in_a && !in_b;
        }
    if (added == 0 && removed == 0)
        return;
    struct json *one = json_push_object(list);
    json_put_text(one, "what", "weights");
    json_put_int(one, "added", added);
    json_put_int(one, "removed", removed);
    json_put_null(one, "a");
    json_put_null(one, "b");
}

/* The steps' rows as the history shows them, compared member by member. */
static void compare_rows(struct json *list, const struct json *a, const struct json *b)
{
    static const char *const members[] = {"command",  "kept", "sparsity", "bytes",
                                          "accuracy", "mask", "tags",     "notes"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        difference(list, members[i], json_copy(json_get(a, members[i])), json_copy(json_get(b, members[i])));
}

static struct json *one_row(struct session *s, int64_t id, struct err *e)
{
    struct store_step step;
    struct json *rows = json_array();
    bool ok = store_get_step(s->store, id, &step, e);
    if (ok) {
        ok = push_step(s, rows, &step, e);
        store_step_release(&step);
    }
    if (ok)
        return rows;
    json_free(rows);
    return NULL;
}

struct json *look_diff(struct session *s, int64_t a, int64_t b, struct err *e)
{
    struct json *rows_a = one_row(s, a, e), *rows_b = rows_a ? one_row(s, b, e) : NULL, *result = NULL;
    if (rows_b) {
        result = json_object();
        json_put_int(result, "a", a);
        json_put_int(result, "b", b);
        struct json *list = json_put_array(result, "differences");
        compare_rows(list, json_first(rows_a), json_first(rows_b));
        struct state *state_a = session_state_at(s, a, NULL),
                     *state_b = state_a ? session_state_at(s, b, NULL) : NULL;
        if (state_b && state_a->current && state_b->current)
            mask_difference(list, state_a, state_b);
    }
    json_free(rows_a);
    json_free(rows_b);
    return result;
}
