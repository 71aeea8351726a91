/* state: see state.h. */
#include "app/session/state.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"

void data_unref(struct data *d)
{
    if (!d || --d->refs > 0)
        return;
    dataset_free(d->set);
    free(d);
}

struct state *state_new(void)
{
    struct state *s = mem_zero(1, sizeof *s);
    s->refs = 1;
    s->portions = s->cut_portions = -1;
    s->wiring = mem_zero(1, sizeof *s->wiring);
    s->routes = mem_zero(1, sizeof *s->routes);
    return s;
}

struct state *state_ref(struct state *s)
{
    s->refs++;
    return s;
}

static void release_protections(struct state *s)
{
    for (int i = 0; i < s->n_protections; i++)
        free(s->protections[i]);
    free(s->protections);
    s->protections = NULL;
    s->n_protections = 0;
}

static void release_masks(struct state *s)
{
    struct mask **masks[] = {&s->mask, &s->hand, &s->guarded};
    for (int i = 0; i < 3; i++) {
        mask_unref(*masks[i]);
        *masks[i] = NULL;
    }
}

void state_unref(struct state *s)
{
    if (!s || --s->refs > 0)
        return;
    state_rest(s);
    release_masks(s);
    release_protections(s);
    model_unref(s->opened);
    model_unref(s->current);
    data_unref(s->data);
    free(s->wiring);
    free(s->routes);
    free(s);
}

static struct mask *share(struct mask *m)
{
    return m ? mask_ref(m) : NULL;
}

struct state *state_copy(const struct state *s)
{
    struct state *copy = mem_copy(s, 1, sizeof *s);
    copy->refs = 1;
    copy->wiring = mem_zero(1, sizeof *copy->wiring);
    copy->routes = mem_zero(1, sizeof *copy->routes);
    if (s->opened) {
        model_ref(copy->opened);
        model_ref(copy->current);
    }
    if (s->data)
        copy->data->refs++;
    copy->mask = share(s->mask);
    copy->hand = share(s->hand);
    copy->guarded = share(s->guarded);
    copy->protections = mem_zero((size_t)s->n_protections, sizeof *copy->protections);
    for (int i = 0; i < s->n_protections; i++)
        copy->protections[i] = mem_text(s->protections[i]);
    return copy;
}

void state_set_mask(struct state *s, struct mask *mask_take)
{
    assert(mask_over(mask_take, &s->current->layers)); /* which the state keeps alive for it */
    state_rest(s);
    mask_unref(s->mask);
    s->mask = mask_take;
}

void state_set_data(struct state *s, struct data *data_take)
{
    data_unref(s->data);
    s->data = data_take;
}

void state_set_model(struct state *s, struct model *model_take)
{
    state_rest(s);
    release_masks(s);
    release_protections(s);
    model_unref(s->opened);
    model_unref(s->current);
    state_set_data(s, NULL);
    s->opened = model_take;
    s->current = model_ref(model_take);
    s->mask = mask_new(&model_take->layers);
    s->portions = s->cut_portions = -1;
}

/* Does the mask keep everything? */
static bool is_dense(const struct state *s)
{
    const struct layers *l = &s->current->layers;
    for (int i = 0; i < l->n; i++) {
        if (mask_count(s->mask, i) != l->v[i].weights)
            return false;
        for (int64_t u = 0; u < l->v[i].units; u++)
            if (mask_removed(s->mask, i, u))
                return false;
    }
    return true;
}

const struct wiring *state_wiring(const struct state *s)
{
    if (is_dense(s))
        return &s->current->wiring;
    if (!s->wiring->alive_in)
        wiring_find(s->current->graph, &s->current->layers, &s->current->coupling, s->mask, s->wiring);
    return s->wiring;
}

static bool count_routes(const struct model *m, const struct mask *mask, const atomic_bool *stop,
                         struct routes *into)
{
    return into->unit_log10 || routes_find(m->graph, &m->layers, &m->coupling, mask, stop, into);
}

bool state_routes(const struct state *s, const atomic_bool *stop, struct route_counts *out)
{
    struct model *m = s->current;
    *out = (struct route_counts){is_dense(s) ? &m->routes : s->routes, &m->routes};
    return count_routes(m, NULL, stop, &m->routes) &&
           (out->now == out->dense || count_routes(m, s->mask, stop, s->routes));
}

bool state_routes_at_once(const struct state *s, struct route_counts *out)
{
    enum { FEW_PRODUCTS = 1 << 19 }; /* counted in about 10 ms */
    const struct model *m = s->current;
    bool known = m->routes.unit_log10 && (is_dense(s) || s->routes->unit_log10);
    return (known || m->dense_macs < FEW_PRODUCTS) && state_routes(s, NULL, out);
}

void state_rest(struct state *s)
{
    wiring_release(s->wiring);
    routes_release(s->routes);
}

struct guards state_guards(const struct state *s)
{
    return (struct guards){.protected_weights = s->guarded, .hand_cuts = s->hand};
}

void state_base(const struct state *s, char hex[HASH_HEX])
{
    const struct mask *masks[] = {s->guarded, s->hand};
    struct buf text = {0};
    hex[0] = '\0';
    if (!s->current)
        return;
    buf_printf(&text, "%s %s", s->current->id, s->data ? s->data->set->hash : "-");
    for (int i = 0; i < 2; i++) {
        char hash[HASH_HEX] = "-";
        if (masks[i])
            mask_hash(masks[i], hash);
        buf_printf(&text, " %s", hash);
    }
    hash_bytes(text.data, text.len, hex);
    buf_release(&text);
}

void state_subject(const struct state *s, char hex[HASH_HEX])
{
    struct buf text = {0};
    hex[0] = '\0';
    if (!s->opened)
        return;
    buf_printf(&text, "%s %s", s->opened->id, s->data ? s->data->set->hash : "-");
    hash_bytes(text.data, text.len, hex);
    buf_release(&text);
}

/* Where a number for life stands now; -1: it left. */
static int64_t index_now(const int64_t *numbers, int64_t n, int64_t number)
{
    for (int64_t i = 0; numbers && i < n; i++)
        if (numbers[i] == number)
            return i;
    return numbers ? -1 : number;
}

bool state_place(const struct state *s, const char *text, struct place *out, struct err *e)
{
    const struct model *m = s->current;
    if (!place_parse(&s->opened->layers, text, out, e))
        return false;
    if (!m->numbers)
        return true;
    const struct layer *l = &m->layers.v[out->layer];
    int64_t unit = out->unit < 0 ? out->unit : index_now(m->numbers[out->layer], l->units, out->unit);
    int64_t input =
        out->input < 0 ? out->input : index_now(m->input_numbers[out->layer], l->inputs, out->input);
    if ((out->unit >= 0 && unit < 0) || (out->input >= 0 && input < 0)) {
        err_set(e, ERR_UNKNOWN, "%s left when the model was shrunk", text);
        return err_hint(e, "go back to a step before the shrink: history, goto STEP");
    }
    out->unit = unit;
    out->input = input;
    return true;
}

void state_place_print(const struct state *s, const struct place *p, struct buf *out)
{
    const struct model *m = s->current;
    struct place named = *p;
    if (p->unit >= 0)
        named.unit = model_unit(m, p->layer, p->unit);
    if (p->input >= 0)
        named.input = model_input(m, p->layer, p->input);
    place_print(&s->opened->layers, &named, out);
}

char *state_input_name(const struct state *s, int64_t element)
{
    const struct dataset *d = s->data ? s->data->set : NULL;
    if (d && d->features && element < d->n_features)
        return mem_text(d->features[element].name);
    struct buf name = {0};
    const struct graph *g = s->opened->graph;
    const struct shape *shape = &g->values[g->inputs[0]].shape;
    int64_t strides[SHAPE_MAX];
    shape_strides(shape, strides);
    buf_puts(&name, "x");
    for (int k = 0; k < shape->rank; k++)
        if (shape->dim[k] > 1)
            buf_printf(&name, ".%lld", (long long)(element / strides[k] % shape->dim[k]));
    return buf_take(&name);
}
