/* rebuild: see rebuild.h. A table says what each STEP command leaves besides its mask. */
#include "app/session/rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/words.h"
#include "app/session/by_hand.h"
#include "app/session/load.h"
#include "app/session/shrunk.h"
#include "engine/base/err.h"
#include "engine/base/json.h"

struct past {
    struct session *s;
    const struct store_step *step;
    const struct words *w;
};

static bool again_open(const struct past *p, struct state **at, struct err *e)
{
    struct model *m = load_model(p->s, p->w, e);
    if (m)
        state_set_model(*at, m);
    return m != NULL;
}

static bool again_data(const struct past *p, struct state **at, struct err *e)
{
    struct data *data = load_data(*at, p->w, e);
    if (data)
        state_set_data(*at, data);
    return data != NULL;
}

static bool again_protect(const struct past *p, struct state **at, struct err *e)
{
    return by_hand_protect(*at, p->w->args[0], e);
}

static bool again_release(const struct past *p, struct state **at, struct err *e)
{
    return by_hand_release(*at, p->w->args[0], e);
}

static bool again_by_hand(const struct past *p, struct state **at, struct err *e)
{
    struct place place;
    if (!state_place(*at, p->w->args[0], &place, e))
        return false;
    return strcmp(p->w->verb, "cut") == 0 ? by_hand_cut(*at, &place, e) : by_hand_restore(*at, &place, e);
}

/* A stored count; -1: unknown, or none that can be. */
static int64_t stored_count(const struct json *result, const char *name)
{
    double v = json_num(json_get(result, name), -1);
    return v >= 0 && v <= 9007199254740991.0 ? (int64_t)v : -1;
}

/* The counts of the last prune are part of what a step shows; unknown where its row is not what its hash says. */
static bool again_prune(const struct past *p, struct state **at, struct err *e)
{
    const char *text = p->step->broken || !p->step->result ? "{}" : p->step->result;
    struct json *result = json_parse(text, strlen(text), "stored result", e);
    (*at)->portions = stored_count(result, "portions");
    (*at)->cut_portions = stored_count(result, "cut_portions");
    json_free(result);
    return result != NULL;
}

/* The smaller model as it was stored; what became of each unit is worked out again. */
static bool again_shrink(const struct past *p, struct state **at, struct err *e)
{
    struct buf stored = {0};
    if (p->step->weights && !store_get_blob(p->s->store, p->step->weights, &stored, e))
        return false;
    struct state *next = shrunk_state(p->s, *at, p->step->weights ? &stored : NULL, NULL, NULL, e);
    buf_release(&stored);
    if (!next)
        return false;
    state_unref(*at);
    *at = next;
    return true;
}

static const struct row {
    const char *verb;
    bool (*again)(const struct past *p, struct state **at, struct err *e);
} rows[] = {{"open", again_open},       {"data", again_data},    {"protect", again_protect},
            {"release", again_release}, {"cut", again_by_hand},  {"restore", again_by_hand},
            {"prune", again_prune},     {"shrink", again_shrink}};

static const struct row *row_of(const char *verb)
{
    for (size_t i = 0; verb && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].verb, verb) == 0)
            return &rows[i];
    return NULL;
}

/* The mask as it was stored; checked against the step's hash. */
static bool take_mask(const struct past *p, struct state *at, struct err *e)
{
    struct buf bytes = {0};
    char hash[HASH_HEX];
    bool ok = p->step->mask_after && store_get_blob(p->s->store, p->step->mask_after, &bytes, e);
    struct mask *m = ok ? mask_read(&at->current->layers, buf_text(&bytes), bytes.len, e) : NULL;
    buf_release(&bytes);
    if (!m)
        return false;
    state_set_mask(at, m);
    mask_hash(m, hash);
    return strcmp(hash, p->step->mask_after) == 0 ||
           err_set(e, ERR_UNREADABLE, "the stored mask is not what its hash says");
}

static bool apply(struct session *s, const struct store_step *step, struct state **at, struct err *e)
{
    struct words w;
    if (!words_parse(step->command, &w, e))
        return false;
    const struct past p = {s, step, &w};
    const struct row *row = row_of(w.verb);
    bool ok =
        row ? row->again(&p, at, e) && take_mask(&p, *at, e)
            : err_set(e, ERR_UNREADABLE, "step %lld holds a command that this program does not know: %s",
                      (long long)step->id, step->command);
    words_release(&w);
    return ok;
}

struct state *rebuild_state(struct session *s, const struct store_step *step, const struct state *before,
                            struct err *e)
{
    struct state *at = before ? state_copy(before) : state_new();
    if (apply(s, step, &at, e))
        return at;
    err_place(e, "step %lld", (long long)step->id);
    state_unref(at);
    return NULL;
}
