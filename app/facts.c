/* facts: see facts.h. */
#include "app/facts.h"

#include <math.h>
#include <stdlib.h>

#include "app/cmd/cmd.h"
#include "app/cmd/eval_json.h"
#include "app/cmd/report_json.h"
#include "app/session/look.h"
#include "app/session/measure.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"

struct json *facts_status(struct session *s)
{
    struct json *r = json_object();
    char *command = session_command_at(s, store_head(s->store));
    json_put_int(r, "step", store_head(s->store));
    json_put_text(r, "command", command);
    json_put_text(r, "path", store_path(s->store));
    json_put_num(r, "bytes", store_path(s->store) ? (double)file_size(store_path(s->store)) : NAN);
    json_put_bool(r, "readonly", store_is_readonly(s->store));
    json_put_text(r, "notice", store_notice(s->store));
    json_put_text(r, "missing", s->missing.message);
    json_put_bool(r, "look", s->options.look);
    json_put_text(r, "model", s->state->opened ? model_file_name(s->state->opened->file) : NULL);
    json_put_text(r, "split", s->state->data ? split_names[dataset_live_split(s->state->data->set)] : NULL);
    json_put_int(r, "protections", s->state->n_protections);
    free(command);
    return r;
}

struct json *facts_data(struct session *s)
{
    return data_json(s->state->data->set);
}

/* A query's result; NULL if it cannot be answered now. */
static struct json *asked(struct session *s, const char *line)
{
    struct answer a;
    struct err e = {0};
    struct json *result = NULL;
    if (cmd_run(s, line, &a, &e)) {
        result = a.result;
        a.result = NULL;
        answer_release(&a);
    }
    err_release(&e);
    return result;
}

static struct json *dense_mask(const struct state *at)
{
    struct state *dense = state_copy(at);
    state_set_mask(dense, mask_new(&at->current->layers));
    struct json *r = mask_json(dense, at->current);
    state_unref(dense);
    return r;
}

static void put_routes(struct json *r, const struct model *m, const struct mask *mask)
{
    struct wiring w;
    wiring_find(m->graph, &m->layers, mask, &w);
    json_put_num(r, "routes_log10", w.routes_log10);
    wiring_release(&w);
}

static const struct state *what(const struct session *s, bool draft)
{
    return draft ? s->draft : s->state;
}

/* How many records of the live split are measured for the state. */
static int64_t measured(struct session *s, const struct state *at, int64_t *total)
{
    enum split split = dataset_live_split(at->data->set);
    *total = at->data->set->n_split[split];
    return measure_known(s, at, split);
}

/* Measure up to n records and post what they say. */
static bool post_measured(struct session *s, bool draft, int64_t n, facts_post *post, void *data, bool *more,
                          struct err *e)
{
    const struct state *at = what(s, draft);
    const struct outcome *dense, *pruned;
    struct comparison c;
    enum split split = dataset_live_split(at->data->set);
    int64_t total = at->data->set->n_split[split];
    if (!measure_pair(s, at, split, n, &c, &dense, &pruned, e))
        return false;
    struct json *r = eval_json(at, split, dense, pruned, &c);
    json_put_int(r, "total", total);
    *more = c.n < total;
    if (!draft && !*more)
        eval_keep(s, r);
    post(data, draft ? BOARD_DRAFT_EVAL : BOARD_EVAL, r);
    return true;
}

/* What was measured before for the same mask is known at once. */
static void post_known(struct session *s, bool draft, facts_post *post, void *data)
{
    const struct state *at = what(s, draft);
    int64_t total;
    bool more;
    if (at && at->data && measured(s, at, &total) > 0)
        post_measured(s, draft, measured(s, at, &total), post, data, &more, NULL);
}

bool facts_wanted(struct session *s, bool draft)
{
    const struct state *at = what(s, draft);
    int64_t total;
    return at && at->data && at->current && measured(s, at, &total) < total;
}

void facts_head(struct session *s, facts_post *post, void *data)
{
    post(data, BOARD_STATUS, facts_status(s));
    if (s->state->opened) {
        const struct model *m = s->state->current;
        struct json *mask = mask_json(s->state, m), *dense = dense_mask(s->state);
        put_routes(mask, m, s->state->mask);
        json_put_num(dense, "routes_log10", m->wiring.routes_log10);
        post(data, BOARD_MODEL, model_json(s->state->opened));
        post(data, BOARD_MASK, mask);
        post(data, BOARD_DENSE, dense);
        post(data, BOARD_LAYERS, asked(s, "layers"));
    }
    if (s->state->data)
        post(data, BOARD_DATA, facts_data(s));
    post(data, BOARD_HISTORY, look_history(s, NULL));
    post_known(s, false, post, data);
}

void facts_draft(struct session *s, facts_post *post, void *data)
{
    if (!s->draft)
        return;
    post_known(s, true, post, data);
    bool before = s->preview;
    s->preview = true;
    post(data, BOARD_DRAFT_LAYERS, asked(s, "layers"));
    s->preview = before;
}

bool facts_measure(struct session *s, bool draft, facts_post *post, void *data, bool *more, struct err *e)
{
    static const int64_t steps[] = {256, 1024, 4096};
    const struct state *at = what(s, draft);
    int64_t total, known, next;
    *more = false;
    if (!at || !at->data)
        return false;
    known = measured(s, at, &total);
    next = total;
    for (int i = 2; i >= 0; i--)
        if (steps[i] > known && steps[i] < total)
            next = steps[i];
    return post_measured(s, draft, next, post, data, more, e);
}
