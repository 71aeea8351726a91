/* look: see look.h. The history and differences are in look_tree.c. */
#include "app/session/look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/active.h"
#include "app/session/measure.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/explain/field.h"
#include "engine/explain/neuron.h"
#include "engine/graph/layout.h"
#include "engine/prune/effect.h"

/* The first of the units that make an input together, and how many they are, 0: not known. NULL where one makes it alone. */
static const struct unit *first_maker(const struct state *at, int layer, const struct link *link, int *n)
{
    const struct coupling *c = &at->current->coupling;
    int set = link->layer == -2 ? c->set_read[layer][link->index] : -1;
    *n = link->layer != -2 ? 1 : set >= 0 ? c->sets[set].n_units : 0;
    return set >= 0 && *n > 0 ? &c->sets[set].units[0] : NULL;
}

/* What people call the other end of a link. */
static char *link_name(const struct state *at, int layer, const struct link *link, bool incoming)
{
    const struct layers *l = &at->current->layers;
    struct buf name = {0};
    if (link->layer == -1 && link->of == 1)
        return state_input_name(at, link->source);
    if (link->layer == -1) { /* a kernel over a whole channel of the input */
        buf_printf(&name, "input channel %lld", (long long)link->index);
        return buf_take(&name);
    }
    if (link->layer == -2) {
        look_input_name(at, layer, link->index, false, &name);
    } else {
        int64_t unit = incoming ? link->source : link->index;
        buf_printf(&name, "%s/%lld", l->v[link->layer].name,
                   (long long)model_unit(at->current, link->layer, unit));
        if (link->position >= 0)
            buf_printf(&name, " #%lld", (long long)link->position);
    }
    return buf_take(&name);
}

/* Is any of its weights protected? */
static bool link_protected(const struct state *at, const struct place *p)
{
    const struct layer *l = &at->current->layers.v[p->layer];
    for (int64_t t = 0; at->guarded && t < l->taps; t++)
        if (!mask_weight(at->guarded, p->layer, layer_index(l, p->unit, p->input, t)))
            return true;
    return false;
}

/* The protection that was asked for in so many words, and what `release` wants; NULL for none. */
static const char *asked_for(const struct state *at, const char *kind, const char *name)
{
    size_t n = strlen(kind);
    for (int i = 0; i < at->n_protections; i++)
        if (strncmp(at->protections[i], kind, n) == 0 && strcmp(at->protections[i] + n, name) == 0)
            return at->protections[i];
    return NULL;
}

/* The narrowest one that covers a place. */
static const char *protection_of(const struct state *at, const struct place *p)
{
    const char *layer = at->current->layers.v[p->layer].name;
    const struct place unit = {p->layer, p->unit, -1, -1};
    struct buf link_name = {0}, unit_name = {0};
    state_place_print(at, p, &link_name);
    state_place_print(at, &unit, &unit_name);
    const char *by = asked_for(at, "link:", buf_text(&link_name));
    by = by ? by : asked_for(at, "unit:", buf_text(&unit_name));
    by = by ? by : asked_for(at, "layer:", layer);
    buf_release(&link_name);
    buf_release(&unit_name);
    return by;
}

/* Its place in the command language, where it has one of its own, and what protects it. */
static void put_place(struct json *one, const struct state *at, const struct place *p)
{
    struct buf text = {0};
    json_put_null(one, "place");
    json_put_bool(one, "protected", false);
    json_put_null(one, "protected_by");
    if (p->input < 0)
        return;
    state_place_print(at, p, &text);
    json_put_text(one, "place", buf_text(&text));
    if (link_protected(at, p)) {
        json_put_bool(one, "protected", true);
        json_put_text(one, "protected_by", protection_of(at, p));
    }
    buf_release(&text);
}

static void put_links(struct json *result, const char *list, const struct state *at, const struct neuron *of,
                      bool incoming)
{
    const struct model *m = at->current;
    const struct link *links = incoming ? of->in : of->out;
    int64_t n = incoming ? of->n_in : of->n_out;
    struct json *array = json_put_array(result, list);
    for (int64_t i = 0; i < n; i++) {
        const struct link *link = &links[i];
        struct json *one = json_push_object(array);
        char *name = link_name(at, of->layer, link, incoming);
        int makers = 1;
        const struct unit *maker = incoming ? first_maker(at, of->layer, link, &makers) : NULL;
        int from = maker ? maker->layer : link->layer;
        const struct place place = {incoming ? of->layer : link->layer, incoming ? of->unit : link->index,
                                    link->input, -1};
        json_put_int(one, "index",
                     incoming ? model_input(m, of->layer, link->index)
                              : model_unit(m, link->layer, link->index));
        json_put_text(one, "name", name);
        json_put_text(one, "layer", from >= 0 ? m->layers.v[from].name : NULL);
        int64_t source = maker ? maker->unit : link->source;
        bool known = incoming && source >= 0;
        source = known && from >= 0 ? model_unit(m, from, source) : source;
        json_put_num(one, "source", known ? (double)source : NAN);
        json_put_int(one, "makers", makers);
        json_put_num(one, "weight", link->weight);
        json_put_num(one, "pruned", link->pruned);
        json_put_int(one, "kept", link->kept);
        json_put_int(one, "of", link->of);
        json_put_num(one, "share", link->share);
        json_put_bool(one, "live", link->live);
        put_place(one, at, &place);
        free(name);
    }
}

static bool put_activity(struct session *s, const struct state *at, int layer, int64_t unit, bool wanted,
                         struct json *result, struct err *e)
{
    struct activity a = {.twin = NAN, .silent = NAN, .dense_silent = NAN, .mean = NAN, .dense_mean = NAN};
    const char *split = NULL;
    if (wanted && at->data && at->current->graph->batch != BATCH_ABOVE_ONE) {
        const struct activity *all = active_layer(s, at, layer, e);
        if (!all)
            return false;
        a = all[unit];
        split = split_names[dataset_default_split(at->data->set)];
    }
    json_put_num(result, "twin", a.twin);
    json_put_num(result, "silent", a.silent);
    json_put_num(result, "dense_silent", a.dense_silent);
    json_put_num(result, "mean", a.mean);
    json_put_num(result, "dense_mean", a.dense_mean);
    json_put_num(result, "rows", a.n ? (double)a.n : NAN);
    json_put_text(result, "split", split);
    return true;
}

/* Of the unit as a whole. */
static void put_protection(struct json *result, const struct state *at, int layer, int64_t unit)
{
    const char *by = protection_of(at, &(const struct place){layer, unit, -1, -1});
    json_put_bool(result, "protected", by != NULL);
    json_put_text(result, "protected_by", by);
}

static void put_kernel(struct json *result, const struct state *at, int layer, int64_t unit)
{
    const struct layer *l = &at->current->layers.v[layer];
    if (l->taps_rank == 0)
        return;
    const struct model *m = at->current;
    const float *w = layer_weights(m->graph, l);
    struct mask *left = effect_of(&m->layers, &m->coupling, at->mask);
    struct json *sides = json_put_array(result, "kernel"), *values = json_put_array(result, "values");
    for (int d = 0; d < l->taps_rank; d++)
        json_push_int(sides, l->taps_shape[d]);
    for (int64_t i = 0; i < l->inputs; i++)
        for (int64_t t = 0; t < l->taps; t++) {
            int64_t index = layer_index(l, unit, i, t);
            struct json *pair = json_array();
            json_push(pair, json_number(w[index]));
            json_push(pair, json_number(mask_weight(left, layer, index) ? w[index] : 0));
            json_push(values, pair);
        }
    mask_unref(left);
}

/* Rows and columns, null where there is no such thing. */
static void put_field(struct json *result, const struct model *m, int layer)
{
    int64_t size[2];
    if (!field_find(m->graph, &m->layers.v[layer], size)) {
        json_put_null(result, "field");
        return;
    }
    struct json *sides = json_put_array(result, "field");
    json_push_int(sides, size[0]);
    json_push_int(sides, size[1]);
}

/* Through the unit; unknown where counting takes long and was not waited for. */
static bool put_routes(struct session *s, const struct state *at, int layer, int64_t unit, bool wait,
                       struct json *result, struct err *e)
{
    struct route_counts routes;
    bool known = state_routes_at_once(at, &routes);
    if (!known && wait && !(known = state_routes(at, s->runner->stop, &routes)))
        return err_set(e, ERR_CANCELLED, "the routes were not counted to the end");
    double now = known ? routes.now->unit_log10[layer][unit] : NAN, count = pow(10, now);
    json_put_num(result, "routes", count < 0x1p53 ? round(count) : NAN);
    json_put_num(result, "routes_log10", now);
    json_put_num(result, "dense_routes_log10", known ? routes.dense->unit_log10[layer][unit] : NAN);
    return true;
}

struct json *look_neuron(struct session *s, const struct state *at, int layer, int64_t unit, bool activity,
                         struct err *e)
{
    const struct model *m = at->current;
    struct neuron n;
    struct buf name = {0}, pinned = {0};
    neuron_find(m->graph, &m->layers, &m->coupling, at->mask, state_wiring(at), layer, unit, &n);
    struct json *result = json_object();
    buf_printf(&name, "%s/%lld", m->layers.v[layer].name, (long long)model_unit(m, layer, unit));
    coupling_explain(m->graph, &m->layers, &m->coupling, layer, unit, &pinned);
    json_put_text(result, "layer", m->layers.v[layer].name);
    json_put_int(result, "unit", unit);
    json_put_int(result, "original", model_unit(m, layer, unit));
    json_put_text(result, "name", buf_text(&name));
    json_put_num(result, "bias", n.bias);
    int64_t units = m->layers.v[layer].units;
    json_put_int(result, "next", model_unit(m, layer, (unit + 1) % units));
    json_put_int(result, "previous", model_unit(m, layer, (unit + units - 1) % units));
    put_links(result, "incoming", at, &n, true);
    put_links(result, "outgoing", at, &n, false);
    json_put_bool(result, "removed", n.removed);
    json_put_bool(result, "dead", n.dead);
    put_protection(result, at, layer, unit);
    json_put_text(result, "belongs", buf_text(&pinned));
    put_kernel(result, at, layer, unit);
    put_field(result, m, layer);
    bool ok = put_routes(s, at, layer, unit, activity, result, e) &&
              put_activity(s, at, layer, unit, activity, result, e);
    neuron_release(&n);
    buf_release(&name);
    buf_release(&pinned);
    if (ok)
        return result;
    json_free(result);
    return NULL;
}

void look_base(const struct state *at, struct json *out)
{
    char base[HASH_HEX], subject[HASH_HEX], mask[HASH_HEX];
    state_base(at, base);
    state_subject(at, subject);
    mask_hash(at->mask, mask);
    json_put_text(out, "base", base);
    json_put_text(out, "subject", subject);
    json_put_text(out, "from", mask);
}

void look_protection(const struct state *at, int layer, struct json *one)
{
    const struct layer *l = &at->current->layers.v[layer];
    int64_t units = 0, links = at->guarded ? l->weights - mask_count(at->guarded, layer) : 0;
    bool own =
        links > 0; /* a unit's mark is its bit alone; only a layer's protection marks every weight, too */
    for (int64_t u = 0; at->guarded && u < l->units; u++)
        units += mask_removed(at->guarded, layer, u);
    for (int64_t k = 0; own && k < l->weights; k++)
        own = !mask_weight(at->guarded, layer, k);
    json_put_bool(one, "protected", own && units == l->units);
    json_put_int(one, "protected_units", units);
    json_put_int(one, "protected_links", links);
}

/* The mask with only one layer's cuts. */
static struct mask *only_layer(const struct state *at, int layer)
{
    struct mask *m = mask_new(&at->current->layers);
    mask_share(m, at->mask, layer);
    return m;
}

static bool no_classes(const struct dataset *d, struct err *e)
{
    err_set(e, ERR_NO_LABELS, "what a layer costs alone is a change of accuracy, and %s has no class labels",
            d->name);
    return err_hint(e, d->task == TASK_REGRESSION
                           ? "its targets are values: 'curve layers=NAME' shows their squared error"
                           : "name them: data FILE.csv label=COLUMN, or \"label\" in the manifest");
}

bool look_alone(struct session *s, const struct state *at, struct json *result, struct err *e)
{
    if (!session_need_data(s, e))
        return false;
    if (at->data->reading.task != TASK_CLASSIFICATION)
        return no_classes(at->data->set, e);
    int n = at->current->layers.n;
    enum split split = dataset_default_split(at->data->set);
    struct mask **masks = mem_alloc((size_t)n, sizeof(struct mask *));
    struct measured m = {.n = n, .masks = masks, .pruned = mem_alloc((size_t)n, sizeof(struct outcome *))};
    for (int i = 0; i < n; i++)
        masks[i] = only_layer(at, i);
    bool ok = measure_masks(s, at, split, 0, &m, e);
    const struct json *one = json_first(json_get(result, "layers"));
    for (int i = 0; ok && i < n; i++, one = json_next(one)) {
        struct comparison c;
        outcome_compare(m.dense, m.pruned[i], &at->data->reading, &c);
        json_put_num((struct json *)(uintptr_t)one, "alone", c.delta);
    }
    for (int i = 0; i < n; i++)
        mask_unref(masks[i]);
    free(masks);
    free(m.pruned);
    json_put_text(result, "split", split_names[split]);
    if (ok)
        outcomes_trim(s->outcomes);
    return ok;
}

void look_activations(const struct state *at, struct json *result)
{
    json_put_int(result, "activation_bytes", layout_values(at->current->graph));
}
