/* look_tree: the session tree and the difference of two of its steps, from what is stored. See look.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/look.h"
#include "app/session/measure.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

struct gather {
    struct store *store;
    struct json *notes, *noted, *tags; /* noted: when */
    bool hidden;
    double accuracy;
    double delta, low, high; /* against dense, paired */
    int64_t n;
    char split[16]; /* of the accuracy; "": none */
};

/* A tag may have moved to another step since, or been given to this one before. */
static bool stands_at(const struct gather *g, const char *tag, int64_t step)
{
    int64_t at = 0;
    for (const struct json *t = json_first(g->tags); t; t = json_next(t))
        if (strcmp(json_str(t), tag) == 0)
            return false;
    return store_find(g->store, tag, &at, NULL) && at == step;
}

static void take_event(void *data, int64_t step, const char *kind, const char *text, int64_t time)
{
    struct gather *g = data;
    (void)step;
    if (strcmp(kind, "note") == 0) {
        json_push_text(g->notes, text);
        json_push_int(g->noted, time);
    }
    if (strcmp(kind, "tag") == 0 && stands_at(g, text, step))
        json_push_text(g->tags, text);
    if (strcmp(kind, "hide") == 0 || strcmp(kind, "unhide") == 0)
        g->hidden = kind[0] == 'h';
}

static void take_measure(void *data, const struct store_measure *m)
{
    struct gather *g = data;
    if (strcmp(m->metric, "accuracy") == 0 && !m->slice) {
        g->accuracy = m->value;
        g->n = m->n;
        g->split[0] = '\0';
        strncat(g->split, m->split ? m->split : "", sizeof g->split - 1);
    } else if (strcmp(m->metric, "delta") == 0 && !m->slice) {
        g->delta = m->value;
        g->low = m->low;
        g->high = m->high;
    }
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

static void gather_init(const struct session *s, struct gather *g)
{
    *g = (struct gather){.store = s->store,
                         .notes = json_array(),
                         .noted = json_array(),
                         .tags = json_array(),
                         .accuracy = NAN,
                         .delta = NAN,
                         .low = NAN,
                         .high = NAN};
}

/* The step's row; the lists of g are handed over. */
static void push_step(struct session *s, struct json *steps, const struct store_step *step,
                      const struct gather *g)
{
    struct json *one = json_push_object(steps), *result = stored_result(step);
    json_put_int(one, "step", step->id);
    json_put_int(one, "parent", step->parent);
    json_put_text(one, "command", step->command);
    json_put_text(one, "mask", step->mask_after);
    put_kept(s, one, step, result);
    json_put_num(one, "bytes", smallest(json_get(result, "sizes")));
    json_put(one, "tags", g->tags);
    json_put(one, "notes", g->notes);
    json_put(one, "noted", g->noted);
    json_put_num(one, "accuracy", g->accuracy);
    json_put_bool(one, "here", step->id == store_head(s->store));
    json_put_bool(one, "hidden", g->hidden);
    json_put_bool(one, "broken", step->broken);
    json_put_int(one, "time", step->time);
    json_put_text(one, "hash", step->hash);
    json_free(result);
}

/* What belongs to each step, by its number: asked for all at once, as sessions have thousands. */
struct all_steps {
    struct session *session;
    struct gather *by_id; /* [last + 1] */
    int64_t last;
    struct json *steps;
};

static void all_events(void *data, int64_t step, const char *kind, const char *text, int64_t time)
{
    struct all_steps *all = data;
    if (step >= 0 && step <= all->last)
        take_event(&all->by_id[step], step, kind, text, time);
}

static void all_measures(void *data, const struct store_measure *m)
{
    struct all_steps *all = data;
    if (m->step >= 0 && m->step <= all->last)
        take_measure(&all->by_id[m->step], m);
}

static void all_push(void *data, const struct store_step *step)
{
    struct all_steps *all = data;
    if (step->id < 0 || step->id > all->last)
        return;
    struct gather *g = &all->by_id[step->id];
    push_step(all->session, all->steps, step, g);
    g->notes = g->noted = g->tags = NULL;
}

struct json *look_history(struct session *s, struct err *e)
{
    struct json *result = json_object();
    struct all_steps all = {s, NULL, store_last(s->store), json_put_array(result, "steps")};
    all.by_id = mem_zero((size_t)all.last + 1, sizeof *all.by_id);
    for (int64_t i = 0; i <= all.last; i++)
        gather_init(s, &all.by_id[i]);
    bool ok = store_events(s->store, 0, NULL, all_events, &all, e) &&
              store_measures(s->store, 0, all_measures, &all, e) && store_steps(s->store, all_push, &all, e);
    for (int64_t i = 0; i <= all.last; i++) {
        json_free(all.by_id[i].notes);
        json_free(all.by_id[i].noted);
        json_free(all.by_id[i].tags);
    }
    free(all.by_id);
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

/* How many weights differ. */
static void put_mask_difference(struct json *list, const struct layers *layers, const struct mask *a,
                                const struct mask *b)
{
    int64_t added = 0, removed = 0;
    for (int i = 0; i < layers->n; i++)
        for (int64_t k = 0; k < layers->v[i].weights; k++) {
            bool in_a = mask_kept(a, i, k), in_b = mask_kept(b, i, k);
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

static bool same_text(const char *a, const char *b)
{
    return a ? b && strcmp(a, b) == 0 : !b;
}

/* Does the step's mask lie over the layers of the model that the session has in hand? */
static bool on_this_model(struct session *s, const struct store_step *step)
{
    struct store_step head;
    if (!s->state->current || !store_get_step(s->store, store_head(s->store), &head, NULL))
        return false;
    bool same = same_text(step->model_hash, head.model_hash) && same_text(step->weights, head.weights);
    store_step_release(&head);
    return same && step->mask_after;
}

static struct mask *stored_mask(struct session *s, const char *hash)
{
    struct buf bytes = {0};
    bool there = store_get_blob(s->store, hash, &bytes, NULL);
    struct mask *m = there ? mask_read(&s->state->current->layers, buf_text(&bytes), bytes.len, NULL) : NULL;
    buf_release(&bytes);
    return m;
}

/* Masks of the model at hand are compared as they are stored; only others need their states rebuilt, which a walk along the
 * history must not do at every step. */
static void mask_difference(struct session *s, struct json *list, const struct store_step *a,
                            const struct store_step *b)
{
    if (same_text(a->mask_after, b->mask_after))
        return;
    if (on_this_model(s, a) && on_this_model(s, b)) {
        struct mask *mask_a = stored_mask(s, a->mask_after), *mask_b = stored_mask(s, b->mask_after);
        if (mask_a && mask_b)
            put_mask_difference(list, &s->state->current->layers, mask_a, mask_b);
        if (mask_a)
            mask_unref(mask_a);
        if (mask_b)
            mask_unref(mask_b);
        return;
    }
    struct state *state_a = session_state_at(s, a->id, NULL),
                 *state_b = state_a ? session_state_at(s, b->id, NULL) : NULL;
    if (state_b && state_a->current && state_a->current == state_b->current)
        put_mask_difference(list, &state_a->current->layers, state_a->mask, state_b->mask);
}

/* The steps' rows as the history shows them, compared member by member. */
static void compare_rows(struct json *list, const struct json *a, const struct json *b)
{
    static const char *const members[] = {"command",  "kept", "sparsity", "bytes",
                                          "accuracy", "mask", "tags",     "notes"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        difference(list, members[i], json_copy(json_get(a, members[i])), json_copy(json_get(b, members[i])));
}

/* The step's row; what was measured there in *g. */
static struct json *one_row(struct session *s, const struct store_step *step, struct gather *g, struct err *e)
{
    gather_init(s, g);
    if (store_events(s->store, step->id, NULL, take_event, g, e) &&
        store_measures(s->store, step->id, take_measure, g, e)) {
        struct json *rows = json_array();
        push_step(s, rows, step, g);
        return rows;
    }
    json_free(g->notes);
    json_free(g->noted);
    json_free(g->tags);
    return NULL;
}

/* Change of accuracy from a to b with its paired interval: of answers that are still in memory, else as stored against dense,
 * else the bare difference of two stored values. */
static void put_change(struct session *s, struct json *result, const struct store_step *a,
                       const struct store_step *b, const struct gather *ga, const struct gather *gb,
                       const struct json *row_a)
{
    struct comparison c = {.delta = gb->accuracy - ga->accuracy, .low = NAN, .high = NAN, .n = gb->n};
    bool same_data = same_text(a->data_hash, b->data_hash) && same_text(a->model_hash, b->model_hash);
    bool dense = json_num(json_get(row_a, "sparsity"), NAN) == 0;
    if (!same_data || (ga->split[0] && gb->split[0] && strcmp(ga->split, gb->split) != 0))
        c.delta = NAN;
    if (dense && same_text(a->model_hash, b->model_hash) && isfinite(gb->delta)) {
        c.delta = gb->delta;
        c.low = gb->low;
        c.high = gb->high;
    }
    if (same_data && on_this_model(s, a) && on_this_model(s, b))
        measure_between(s, a->mask_after, b->mask_after, &c);
    json_put_num(result, "delta", c.delta);
    json_put_num(result, "delta_low", c.low);
    json_put_num(result, "delta_high", c.high);
    json_put_num(result, "n", isfinite(c.delta) ? (double)c.n : NAN);
}

static bool fill_diff(struct session *s, struct json *result, const struct store_step *a,
                      const struct store_step *b, struct err *e)
{
    struct gather ga, gb;
    struct json *rows_a = one_row(s, a, &ga, e), *rows_b = rows_a ? one_row(s, b, &gb, e) : NULL;
    if (rows_b) {
        struct json *list = json_put_array(result, "differences");
        compare_rows(list, json_first(rows_a), json_first(rows_b));
        mask_difference(s, list, a, b);
        if (a->mask_after && b->mask_after)
            json_put_bool(result, "same_mask", strcmp(a->mask_after, b->mask_after) == 0);
        else
            json_put_null(result, "same_mask");
        put_change(s, result, a, b, &ga, &gb, json_first(rows_a));
    }
    json_free(rows_a);
    json_free(rows_b);
    return rows_b != NULL;
}

struct json *look_diff(struct session *s, int64_t a, int64_t b, struct err *e)
{
    struct store_step from, to;
    if (!store_get_step(s->store, a, &from, e))
        return NULL;
    if (!store_get_step(s->store, b, &to, e)) {
        store_step_release(&from);
        return NULL;
    }
    struct json *result = json_object();
    json_put_int(result, "a", a);
    json_put_int(result, "b", b);
    bool ok = fill_diff(s, result, &from, &to, e);
    store_step_release(&from);
    store_step_release(&to);
    if (ok)
        return result;
    json_free(result);
    return NULL;
}
