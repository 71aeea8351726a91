/* look_diff: what differs between two steps, from what is stored. See look.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/look.h"
#include "app/session/look_rows.h"
#include "app/session/measure.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/prune/effect.h"

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
static void put_mask_difference(struct json *list, const struct model *m, const struct mask *a,
                                const struct mask *b)
{
    const struct effect_difference change = effect_difference(&m->layers, &m->coupling, a, b);
    if (change.added == 0 && change.removed == 0)
        return;
    struct json *one = json_push_object(list);
    json_put_text(one, "what", "weights");
    json_put_int(one, "added", change.added);
    json_put_int(one, "removed", change.removed);
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
    if (a->broken || b->broken || same_text(a->mask_after, b->mask_after))
        return;
    if (on_this_model(s, a) && on_this_model(s, b)) {
        struct mask *mask_a = stored_mask(s, a->mask_after), *mask_b = stored_mask(s, b->mask_after);
        if (mask_a && mask_b)
            put_mask_difference(list, s->state->current, mask_a, mask_b);
        if (mask_a)
            mask_unref(mask_a);
        if (mask_b)
            mask_unref(mask_b);
        return;
    }
    struct state *state_a = session_state_at(s, a->id, NULL),
                 *state_b = state_a ? session_state_at(s, b->id, NULL) : NULL;
    if (state_b && state_a->current && state_a->current == state_b->current)
        put_mask_difference(list, state_a->current, state_a->mask, state_b->mask);
}

/* The steps' rows as the history shows them, compared member by member. */
static void compare_rows(struct json *list, const struct json *a, const struct json *b)
{
    static const char *const members[] = {"command", "kept", "sparsity", "bytes", "accuracy",
                                          "mse",     "mask", "tags",     "notes"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        difference(list, members[i], json_copy(json_get(a, members[i])), json_copy(json_get(b, members[i])));
}

/* The one split that two steps are compared on: the one that both rows show; else another that both were measured on, training
 * records last; else that of the one that was measured. "": neither was. */
static const char *one_split(const struct gather *a, const struct gather *b)
{
    unsigned both = strcmp(a->split, b->split) != 0 ? a->measured & b->measured : 0;
    for (unsigned i = SPLIT_TRAIN + 1; i <= SPLITS; i++)
        if (both & 1u << i % SPLITS)
            return split_names[i % SPLITS];
    return b->split[0] ? b->split : a->split;
}

/* Change of accuracy, or of values of the mean squared error, from a to b on one split with its paired interval: of answers that
 * are still in memory, else as stored against dense, else the bare difference of two stored values. */
static void put_change(struct session *s, struct json *result, const struct store_step *a,
                       const struct store_step *b, const struct gather *ga, const struct gather *gb,
                       const struct json *row_a)
{
    struct comparison c = {.delta = gb->accuracy - ga->accuracy,
                           .low = NAN,
                           .high = NAN,
                           .mse = gb->mse - ga->mse,
                           .mse_low = NAN,
                           .mse_high = NAN,
                           .n = gb->n};
    const char *split = ga->only[0] ? ga->only : ga->live;
    bool same_data = same_text(a->data_hash, b->data_hash) && same_text(a->model_hash, b->model_hash);
    bool dense = json_num(json_get(row_a, "sparsity"), NAN) == 0;
    if (!same_data || a->broken || b->broken)
        c.delta = c.mse = NAN;
    bool values = isfinite(gb->mse);
    if (dense && !b->broken && same_text(a->model_hash, b->model_hash) && isfinite(gb->delta)) {
        *(values ? &c.mse : &c.delta) = gb->delta;
        *(values ? &c.mse_low : &c.low) = gb->low;
        *(values ? &c.mse_high : &c.high) = gb->high;
    }
    if (same_data && !a->broken && !b->broken && on_this_model(s, a) && on_this_model(s, b))
        measure_between(s, a->mask_after, b->mask_after, split, &c);
    bool known = isfinite(c.delta) || isfinite(c.mse);
    json_put_text(result, "split", known || ga->only[0] ? split : NULL);
    json_put_num(result, "delta", c.delta);
    json_put_num(result, "delta_low", c.low);
    json_put_num(result, "delta_high", c.high);
    json_put_num(result, "delta_mse", c.mse);
    json_put_num(result, "delta_mse_low", c.mse_low);
    json_put_num(result, "delta_mse_high", c.mse_high);
    json_put_num(result, "n", known ? (double)c.n : NAN);
}

/* only: the split of all numbers; NULL: the steps' own rows say first which it is. */
static bool fill_diff(struct session *s, struct json *result, const struct store_step *a,
                      const struct store_step *b, const char *only, struct err *e)
{
    struct gather ga, gb;
    struct json *rows_a = row_of(s, a, only, &ga, e), *rows_b = rows_a ? row_of(s, b, only, &gb, e) : NULL;
    bool ok = rows_b != NULL;
    if (ok && !only) {
        ok = fill_diff(s, result, a, b, one_split(&ga, &gb), e);
    } else if (ok) {
        struct json *list = json_put_array(result, "differences");
        compare_rows(list, json_first(rows_a), json_first(rows_b));
        json_put(result, "a_unverified", json_copy(json_get(json_first(rows_a), "unverified")));
        json_put(result, "b_unverified", json_copy(json_get(json_first(rows_b), "unverified")));
        mask_difference(s, list, a, b);
        if (a->mask_after && b->mask_after && !a->broken && !b->broken)
            json_put_bool(result, "same_mask", strcmp(a->mask_after, b->mask_after) == 0);
        else
            json_put_null(result, "same_mask");
        put_change(s, result, a, b, &ga, &gb, json_first(rows_a));
    }
    json_free(rows_a);
    json_free(rows_b);
    return ok;
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
    bool ok = fill_diff(s, result, &from, &to, NULL, e);
    store_step_release(&from);
    store_step_release(&to);
    if (ok)
        return result;
    json_free(result);
    return NULL;
}
