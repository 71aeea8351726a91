/* facts: see facts.h. */
#include "app/facts.h"

#include <math.h>
#include <stdlib.h>

#include "app/cmd/cmd.h"
#include "app/cmd/eval_json.h"
#include "app/cmd/report_json.h"
#include "app/session/edges.h"
#include "app/session/look.h"
#include "app/session/measure.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/prune/cost.h"
#include "engine/stats/sequence.h"

static bool head_is_broken(const struct session *s)
{
    struct store_step head;
    if (!store_get_step(s->store, store_head(s->store), &head, NULL))
        return false;
    bool broken = head.broken;
    store_step_release(&head);
    return broken;
}

struct json *facts_status(struct session *s)
{
    struct json *r = json_object();
    char *command = session_command_at(s, store_head(s->store));
    json_put_int(r, "step", store_head(s->store));
    json_put_text(r, "command", command);
    json_put_bool(r, "broken", head_is_broken(s));
    json_put_text(r, "path", store_path(s->store));
    json_put_num(r, "bytes", store_path(s->store) ? (double)file_size(store_path(s->store)) : NAN);
    json_put_bool(r, "readonly", store_is_readonly(s->store));
    json_put_text(r, "notice", store_notice(s->store) ? store_notice(s->store) : s->kernels.notice);
    json_put_text(r, "missing", s->missing.message);
    json_put_bool(r, "look", s->options.look);
    char base[HASH_HEX], subject[HASH_HEX];
    state_base(s->state, base);
    state_subject(s->state, subject);
    json_put_text(r, "base", base);
    json_put_text(r, "subject", subject);
    json_put_text(r, "model_hash", s->state->opened ? model_file_hash(s->state->opened->file) : NULL);
    json_put_text(r, "data_hash", s->state->data ? s->state->data->set->hash : NULL);
    json_put_text(r, "model", s->state->opened ? model_file_name(s->state->opened->file) : NULL);
    json_put_text(r, "split",
                  s->state->data ? split_names[dataset_default_split(s->state->data->set)] : NULL);
    struct json *protected = json_put_array(r, "protected");
    for (int i = 0; i < s->state->n_protections; i++)
        json_push_text(protected, s->state->protections[i]);
    free(command);
    return r;
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
    struct json *r = mask_json(dense);
    state_unref(dense);
    return r;
}

static const struct state *what(const struct session *s, bool draft)
{
    return draft ? s->draft : s->state;
}

/* Where it cannot be read, what is shown stays. */
void facts_history(struct session *s, facts_post *post, void *data)
{
    bool whole;
    struct json *r = look_news(s, &whole, NULL);
    if (r && (whole || json_count(json_get(r, "steps")) > 0))
        post(data, whole ? BOARD_HISTORY : BOARD_STEPS, r);
    else
        json_free(r);
}

/* How many records of the default split are measured for the state. */
static int64_t measured(struct session *s, const struct state *at, int64_t *total)
{
    enum split split = dataset_default_split(at->data->set);
    double seconds;
    *total = at->data->set->n_split[split];
    return measure_known(s, at, split, &seconds);
}

static void put_ends(struct json *r, const char *low_name, double low, const char *high_name, double high)
{
    json_put_num(r, low_name, low);
    json_put_num(r, high_name, high);
}

/* While records are missing, the ends are those of what all of them will say, true at every look (sequence.h). The interval for
 * other records of the kind, which eval gives, comes back when all are in. */
static void put_partial(struct json *r, const struct outcome *pruned, const struct comparison *c,
                        int64_t total)
{
    double low, high;
    sequence_share(c->changed, c->n, total, prior_rare, &low, &high);
    put_ends(r, "changed_low", low, "changed_high", high);
    if (json_get(r, "mse")) /* no interval of these holds at every look */
        put_ends(r, "delta_mse_low", NAN, "delta_mse_high", NAN);
    if (!pruned->right)
        return;
    sequence_share(pruned->n_right, pruned->n, total, prior_right, &low, &high);
    put_ends(r, "accuracy_low", low, "accuracy_high", high);
    sequence_change(c->newly_wrong, c->newly_right, c->n, total, &low, &high);
    put_ends(r, "delta_low", low, "delta_high", high);
}

/* Measure up to n records and post what they say. */
static bool post_measured(struct session *s, bool draft, int64_t n, facts_post *post, void *data, bool *more,
                          struct err *e)
{
    const struct state *at = what(s, draft);
    const struct outcome *dense, *pruned;
    struct comparison c;
    enum split split = dataset_default_split(at->data->set);
    int64_t total = at->data->set->n_split[split];
    double seconds;
    if (!measure_pair(s, at, split, n, &c, &dense, &pruned, e))
        return false;
    struct json *r = eval_json(at, split, dense, pruned, &c);
    json_put_int(r, "total", total);
    measure_known(s, at, split, &seconds);
    json_put_num(r, "seconds", seconds);
    *more = c.n < total;
    if (*more)
        put_partial(r, pruned, &c, total);
    if (!draft && !*more) {
        eval_keep(s, r);
        facts_history(s, post, data); /* its step has a metric now */
    }
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

int64_t facts_measured(struct session *s, bool draft, int64_t *total)
{
    const struct state *at = what(s, draft);
    *total = 0;
    return at && at->data && at->current ? measured(s, at, total) : 0;
}

bool facts_wanted(struct session *s, bool draft)
{
    int64_t total, known = facts_measured(s, draft, &total);
    bool routes = !draft && s->state->opened && !s->routes_told;
    return known < total || (draft && s->draft && !s->draft_told) || routes;
}

/* Last, as it takes a few dozen cuts: what the draft loses on its way. One short step. */
static bool post_edges(struct session *s, facts_post *post, void *data)
{
    struct json *found = NULL;
    if (!s->edges)
        s->edges = edges_new(s);
    s->draft_told = !s->edges || edges_step(s->edges, s, &found);
    if (found)
        post(data, BOARD_DRAFT_EDGES, found);
    return true;
}

/* What is cut, and the same of the dense model. routes NULL: they are not counted yet. */
static void find_masks(struct session *s, const struct route_counts *routes, struct json **mask,
                       struct json **dense)
{
    *mask = mask_json(s->state);
    *dense = dense_mask(s->state);
    json_put_bool(*mask, "routes_known", routes != NULL);
    if (routes) {
        json_put_num(*mask, "routes_log10", routes->now->total_log10);
        json_put_num(*dense, "routes_log10", routes->dense->total_log10);
    }
    s->routes_told = routes != NULL;
}

/* Last, as large models take long. false: stopped. */
static bool post_routes(struct session *s, facts_post *post, void *data, struct err *e)
{
    struct route_counts routes;
    struct json *mask, *dense;
    if (!state_routes(s->state, s->runner->stop, &routes))
        return err_set(e, ERR_CANCELLED, "the routes were not counted to the end");
    find_masks(s, &routes, &mask, &dense);
    post(data, BOARD_MASK, mask);
    post(data, BOARD_DENSE, dense);
    return true;
}

/* What takes a while is found before the first is posted, as the board may be empty between them. */
static void post_model(struct session *s, facts_post *post, void *data)
{
    struct route_counts routes;
    struct json *mask, *dense, *layers = asked(s, "layers");
    find_masks(s, state_routes_at_once(s->state, &routes) ? &routes : NULL, &mask, &dense);
    post(data, BOARD_STATUS, facts_status(s));
    post(data, BOARD_MODEL, model_json(s->state->opened));
    post(data, BOARD_MASK, mask);
    post(data, BOARD_DENSE, dense);
    post(data, BOARD_LAYERS, layers);
}

void facts_head(struct session *s, facts_post *post, void *data)
{
    if (s->state->opened)
        post_model(s, post, data);
    else
        post(data, BOARD_STATUS, facts_status(s));
    if (s->state->data)
        post(data, BOARD_DATA, data_json(s->state->data->set));
    facts_history(s, post, data);
    post_known(s, false, post, data);
}

/* The layers' names and counts alone: what else `layers` tells needs the wiring, which the draft's costs have looked at already. */
static struct json *kept_by_layer(const struct state *at)
{
    const struct model *m = at->current;
    struct json *r = json_object(), *list = json_put_array(r, "layers");
    struct cost c;
    cost_of(m->graph, &m->layers, &m->coupling, at->mask, &c);
    for (int i = 0; i < c.n_layers; i++) {
        struct json *one = json_push_object(list);
        json_put_text(one, "name", m->layers.v[i].name);
        json_put_int(one, "weights", c.layers[i].weights);
        json_put_int(one, "kept", c.layers[i].kept);
        look_protection(at, i, one);
    }
    cost_release(&c);
    return r;
}

void facts_draft(struct session *s, facts_post *post, void *data)
{
    if (!s->draft)
        return;
    post_known(s, true, post, data);
    post(data, BOARD_DRAFT_LAYERS, kept_by_layer(s->draft));
}

bool facts_measure(struct session *s, bool draft, facts_post *post, void *data, bool *more, struct err *e)
{
    static const int64_t steps[] = {64, 256, 1024, 4096};
    const struct state *at = what(s, draft);
    int64_t total, known, next;
    *more = false;
    known = at && at->data ? measured(s, at, &total) : (total = 0);
    if (known >= total && !draft)
        return at && at->opened && !s->routes_told && post_routes(s, post, data, e);
    if (known >= total)
        return s->draft && !s->draft_told && post_edges(s, post, data);
    next = total;
    for (int i = 3; i >= 0; i--)
        if (steps[i] > known && steps[i] < total)
            next = steps[i];
    return post_measured(s, draft, next, post, data, more, e);
}
