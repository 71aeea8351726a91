/* session: see session.h. Rebuilding a state from stored steps is rebuild.c's business, measuring measure.c's. */
#include "app/session/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/session/edges.h"
#include "app/session/measure.h"
#include "app/session/rebuild.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

static int64_t microseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool session_open(struct session *s, const struct session_options *o, struct runner *r,
                  double (*seconds)(void), struct err *e)
{
    bool look = o->path && (o->look || o->readonly);
    *s = (struct session){.runner = r,
                          .options = *o,
                          .seconds = seconds,
                          .visited.size = sizeof(struct state *),
                          .kept.size = sizeof(struct kept)};
    if (!kernels_choose(o->kernels, &s->kernels, e))
        return false;
    kernels_callers(&s->kernels, r->threads);
    s->store = store_open(o->path, look ? STORE_LOOK : STORE_OPEN, microseconds, e);
    if (!s->store)
        return false;
    s->outcomes = outcomes_new();
    s->state = state_new();
    if (store_head(s->store) > 0 && !o->look && !session_stand(s, 0, &s->missing))
        err_hint(&s->missing, "looking at what is stored works: history, sql");
    return true;
}

static void drop_ranking(struct session *s)
{
    ranking_free(s->ranking);
    model_unref(s->ranked);
    free(s->ranked_by);
    s->ranking = NULL;
    s->ranked = NULL;
    s->ranked_by = NULL;
}

void session_close(struct session *s)
{
    for (size_t i = 0; i < s->visited.n; i++)
        state_unref(*(struct state **)by_step_nth(&s->visited, i));
    by_step_release(&s->visited);
    by_step_release(&s->kept);
    state_unref(s->state);
    state_unref(s->draft);
    free(s->draft_command);
    edges_free(s->edges);
    drop_ranking(s);
    free(s->active);
    free(s->active_key);
    outcomes_free(s->outcomes);
    own_files_release(&s->own);
    store_close(s->store);
    err_release(&s->missing);
    *s = (struct session){0};
}

char *session_farewell(struct session *s)
{
    struct err e = {0};
    struct buf text = {0};
    bool anew = false;
    if (!s->store)
        return NULL;
    if (!store_keep(s->store, &anew, &e))
        buf_printf(&text, "the session is lost: %s", e.message);
    else if (anew)
        buf_printf(&text, "%s: %s", store_path(s->store), store_notice(s->store));
    err_release(&e);
    return text.len ? buf_take(&text) : NULL;
}

/* Keep a state by its step. */
static void remember(struct session *s, int64_t step, struct state *state)
{
    struct state **at = by_step_add(&s->visited, step);
    state_unref(*at);
    *at = state_ref(state);
}

static void set_state(struct session *s, struct state *state_take)
{
    if (s->state != state_take)
        state_rest(s->state);
    state_unref(s->state);
    s->state = state_take;
}

static void set_draft(struct session *s, struct state *draft_take)
{
    state_unref(s->draft);
    s->draft = draft_take;
    free(s->draft_command);
    s->draft_command = NULL;
    edges_free(s->edges);
    s->edges = NULL;
    s->draft_told = false;
}

void session_drop_draft(struct session *s)
{
    set_draft(s, NULL);
}

/* The mask's bytes as a blob; their hash is the mask's. */
static bool put_mask(struct session *s, const struct state *state, char hash[HASH_HEX], struct err *e)
{
    struct buf bytes = {0};
    mask_write(state->mask, &bytes);
    bool ok = store_put_blob(s->store, buf_text(&bytes), bytes.len, hash, e);
    buf_release(&bytes);
    return ok;
}

/* Fill in what a step says of its files. */
static void describe_files(const struct state *at, struct store_step *step)
{
    step->model_path = file_absolute(model_file_path(at->opened->file));
    step->model_hash = mem_text(model_file_hash(at->opened->file));
    step->data_path = at->data ? file_absolute(at->data->set->path) : NULL;
    step->data_hash = at->data ? mem_text(at->data->set->hash) : NULL;
}

static bool store_state(struct session *s, const char *canonical, const struct json *result,
                        const struct state *next, const struct buf *blob, struct err *e)
{
    char before[HASH_HEX], after[HASH_HEX], weights[HASH_HEX];
    struct buf text = {0};
    bool root = strncmp(canonical, "open ", 5) == 0;
    json_print(result, &text);
    struct store_step step = {
        .parent = root ? 0 : -1, .command = mem_text(canonical), .result = buf_take(&text)};
    bool ok = put_mask(s, next, after, e) &&
              (!blob || store_put_blob(s->store, buf_text(blob), blob->len, weights, e));
    if (ok) {
        if (s->state->mask && !root) {
            mask_hash(s->state->mask, before);
            step.mask_before = mem_text(before);
        }
        step.mask_after = mem_text(after);
        step.weights = blob ? mem_text(weights) : NULL;
        describe_files(next, &step);
        ok = store_add_step(s->store, &step, e);
    }
    store_step_release(&step);
    return ok;
}

bool session_commit(struct session *s, const char *canonical, const struct json *result,
                    struct state *state_take, const struct buf *blob, struct err *e)
{
    if (s->preview) {
        set_draft(s, state_take);
        s->draft_command = mem_text(canonical);
        return true;
    }
    if (!store_state(s, canonical, result, state_take, blob, e)) {
        state_unref(state_take);
        return false;
    }
    remember(s, store_head(s->store), state_take);
    set_state(s, state_take);
    set_draft(s, NULL);
    return true;
}

static struct state *visited(const struct session *s, int64_t step)
{
    struct state **at = by_step_at(&s->visited, step);
    return at ? *at : NULL;
}

/* Up to the nearest step whose state is at hand, then down again: a branch may be very long. */
struct state *session_state_at(struct session *s, int64_t step, struct err *e)
{
    struct store_step *path = NULL;
    size_t n = 0, capacity = 0;
    bool ok = true;
    for (int64_t id = step; ok && id > 0 && !visited(s, id); id = ok ? path[n - 1].parent : 0) {
        path = mem_grow(path, n, &capacity, sizeof *path);
        ok = store_get_step(s->store, id, &path[n], e);
        n += ok;
    }
    for (; n > 0; n--) {
        const struct store_step *one = &path[n - 1];
        struct state *state =
            ok ? rebuild_state(s, one, one->parent > 0 ? visited(s, one->parent) : NULL, e) : NULL;
        ok = state != NULL;
        if (ok)
            remember(s, one->id, state);
        state_unref(state);
        store_step_release(&path[n - 1]);
    }
    free(path);
    return ok ? visited(s, step) : NULL;
}

bool session_stand(struct session *s, int64_t before, struct err *e)
{
    if (s->options.look)
        return true;
    struct state *state = session_state_at(s, store_head(s->store), e);
    if (!state) {
        if (before > 0)
            store_goto(s->store, before, NULL);
        return false;
    }
    set_state(s, state_ref(state));
    set_draft(s, NULL);
    return true;
}

bool session_need_model(const struct session *s, struct err *e)
{
    if (s->state->opened)
        return true;
    if (s->missing.code != ERR_NONE) {
        err_set(e, s->missing.code, "%s", s->missing.message);
        return err_hint(e, "%s", s->missing.hint ? s->missing.hint : "open the model again");
    }
    err_set(e, ERR_NO_MODEL, "no model is open");
    return err_hint(e, "open MODEL.onnx");
}

bool session_need_data(const struct session *s, struct err *e)
{
    if (s->state->data)
        return true;
    err_set(e, ERR_NO_DATA, "no data set is loaded");
    return err_hint(e, "data DATASET.json, or data FILE.csv label=COLUMN");
}

/* Everything that the scores depend on beside the model, as text. */
static char *strategy_key(const struct strategy *strategy, int n_layers)
{
    struct buf key = {0};
    buf_printf(&key, "%d %d %d %d %llu %d ", (int)strategy->criterion, (int)strategy->structure,
               (int)strategy->scope, (int)strategy->norm, (unsigned long long)strategy->seed,
               strategy->within_kept);
    for (int i = 0; i < n_layers; i++)
        buf_putc(&key, !strategy->in_layers || strategy->in_layers[i] ? '1' : '0');
    return buf_take(&key);
}

struct ranking *session_ranking(struct session *s, const struct strategy *strategy, struct err *e)
{
    struct model *m = s->state->current;
    char *key = strategy_key(strategy, m->layers.n);
    if (s->ranking && s->ranked == m && strcmp(key, s->ranked_by) == 0) {
        free(key);
        return s->ranking;
    }
    drop_ranking(s);
    s->ranked = model_ref(m);
    s->ranked_by = key;
    s->ranking = ranking_new(m->graph, &m->layers, &m->coupling, NULL, strategy, e);
    return s->ranking;
}

void session_environment(const struct session *s, struct buf *out)
{
    buf_printf(out, "%s; %s", s->kernels.own->name, s->kernels.blas ? blas_version() : "no BLAS");
}

void session_measure(struct session *s, const char *metric, const char *split, int64_t n, double value,
                     double low, double high, bool exact)
{
    struct buf environment = {0};
    session_environment(s, &environment);
    const struct store_measure m = {.step = store_head(s->store),
                                    .metric = metric,
                                    .split = split,
                                    .n = n,
                                    .value = value,
                                    .low = low,
                                    .high = high,
                                    .exact = exact,
                                    .environment = buf_text(&environment)};
    store_measure(s->store, &m, NULL); /* a full disk costs the record of it, not the answer */
    buf_release(&environment);
}

bool session_event_file(struct session *s, const char *kind, const char *path, struct err *e)
{
    char hash[HASH_HEX];
    struct buf text = {0};
    if (!file_hash(path, hash, e))
        return false;
    struct json *fact = json_object();
    json_put_text(fact, "path", path);
    json_put_text(fact, "sha256", hash);
    json_print(fact, &text);
    json_free(fact);
    bool ok = store_event(s->store, store_head(s->store), kind, buf_text(&text), e);
    buf_release(&text);
    return ok;
}

char *session_command_at(struct session *s, int64_t step)
{
    struct store_step found;
    if (!store_get_step(s->store, step, &found, NULL))
        return NULL;
    char *command = mem_text(found.command);
    store_step_release(&found);
    return command;
}

const struct state *session_now(const struct session *s)
{
    return s->preview && s->draft ? s->draft : s->state;
}
