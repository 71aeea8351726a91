/* guard: see guard.h. */
#include "app/session/guard.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

/* Do something with every weight of a place. */
static void each_weight(const struct layers *l, const struct place *p, void (*visit)(void *, int, int64_t),
                        void *data)
{
    const struct layer *layer = &l->v[p->layer];
    int64_t units = p->unit < 0 ? 0 : p->unit, units_end = p->unit < 0 ? layer->units : p->unit + 1;
    int64_t inputs = p->input < 0 ? 0 : p->input, inputs_end = p->input < 0 ? layer->inputs : p->input + 1;
    int64_t taps = p->tap < 0 ? 0 : p->tap, taps_end = p->tap < 0 ? layer->taps : p->tap + 1;
    for (int64_t u = units; u < units_end; u++)
        for (int64_t i = inputs; i < inputs_end; i++)
            for (int64_t t = taps; t < taps_end; t++)
                visit(data, p->layer, layer_index(layer, u, i, t));
}

static void clear_bit(void *mask, int layer, int64_t index)
{
    mask_set(mask, layer, index, false);
}

static void set_bit(void *mask, int layer, int64_t index)
{
    mask_set(mask, layer, index, true);
}

struct held {
    const struct mask *guarded;
    bool any, all;
};

static void look_held(void *data, int layer, int64_t index)
{
    struct held *h = data;
    bool held = !mask_weight(h->guarded, layer, index);
    h->any |= held;
    h->all &= held;
}

static struct held held_at(const struct state *s, const struct place *p)
{
    struct held h = {s->guarded, false, true};
    if (s->guarded)
        each_weight(&s->current->layers, p, look_held, &h);
    h.all &= h.any;
    return h;
}

bool guard_holds(const struct state *s, const struct place *p)
{
    return held_at(s, p).all;
}

/* A mask of the state's own that may be written. */
static struct mask *own(struct mask **m, const struct layers *l)
{
    struct mask *copy = *m ? mask_copy(*m) : mask_new(l);
    if (*m)
        mask_unref(*m);
    return *m = copy;
}

static void name_place(const struct state *s, const struct place *p, struct buf *out)
{
    state_place_print(s, p, out);
}

/* Say no because of a place: "fc1/3 ...". */
static bool refuse(const struct state *s, const struct place *p, enum err_code code, const char *why,
                   const char *hint, struct err *e)
{
    struct buf name = {0};
    name_place(s, p, &name);
    err_set(e, code, "%s %s", buf_text(&name), why);
    buf_release(&name);
    return err_hint(e, "%s", hint);
}

static const struct coupled_set *set_of(const struct state *s, const struct place *p)
{
    const struct coupling *c = &s->current->coupling;
    int set = c->set_of[p->layer][p->unit];
    return set < 0 ? NULL : &c->sets[set];
}

static bool can_leave(const struct state *s, const struct place *p, struct err *e)
{
    const struct coupled_set *set = set_of(s, p);
    if (set && !set->pinned)
        return true;
    struct buf why = {0};
    coupling_explain(s->current->graph, &s->current->layers, &s->current->coupling, p->layer, p->unit, &why);
    err_set(e, ERR_PINNED, "%s", buf_text(&why));
    buf_release(&why);
    return err_hint(e, "its links can be cut one by one: cut LAYER/UNIT/INPUT");
}

static void mark_set(const struct state *s, const struct place *p, struct mask *m, bool removed)
{
    const struct coupled_set *set = set_of(s, p);
    for (int i = 0; set && i < set->n_units; i++)
        mask_set_removed(m, set->units[i].layer, set->units[i].unit, removed);
}

bool guard_cut(struct state *s, const struct place *p, struct err *e)
{
    bool unit = p->input < 0;
    if (held_at(s, p).any)
        return refuse(s, p, ERR_PINNED, "is protected",
                      "release it first; 'history' shows where it was protected", e);
    if (unit && !can_leave(s, p, e))
        return false;
    struct mask *mask = own(&s->mask, &s->current->layers), *hand = own(&s->hand, &s->current->layers);
    if (unit) {
        mark_set(s, p, mask, true);
        mark_set(s, p, hand, true);
    } else {
        each_weight(&s->current->layers, p, clear_bit, mask);
        each_weight(&s->current->layers, p, clear_bit, hand);
    }
    return true;
}

bool guard_restore(struct state *s, const struct place *p, struct err *e)
{
    bool unit = p->input < 0;
    if (!unit && mask_removed(s->mask, p->layer, p->unit))
        return refuse(s, p, ERR_USAGE, "belongs to a unit that is removed whole", "restore the unit first",
                      e);
    struct mask *mask = own(&s->mask, &s->current->layers), *hand = own(&s->hand, &s->current->layers);
    bool whole = unit && mask_removed(mask, p->layer, p->unit);
    if (whole) {
        mark_set(s, p, mask, false);
        mark_set(s, p, hand, false);
    } else {
        each_weight(&s->current->layers, p, set_bit, mask);
        each_weight(&s->current->layers, p, set_bit, hand);
    }
    return true;
}

static bool begins(const char *text, const char *prefix, const char **rest)
{
    size_t n = strlen(prefix);
    *rest = text + n;
    return strncmp(text, prefix, n) == 0;
}

/* Every link that reads one input of the model. */
static bool guard_input(const struct state *s, const char *name, struct mask *guarded, struct err *e)
{
    const struct model *m = s->current;
    int64_t n = m->wiring.n_inputs;
    for (int64_t i = 0; i < n; i++) {
        char *have = state_input_name(s, i);
        bool same = strcmp(have, name) == 0;
        free(have);
        if (!same && !(s->data && s->data->set->features && i < s->data->set->n_features &&
                       strcmp(s->data->set->features[i].column, name) == 0))
            continue;
        for (int l = 0; l < m->layers.n; l++)
            if (wiring_reads_input(m->graph, &m->layers, l)) {
                const struct place p = {l, -1, i, -1};
                each_weight(&m->layers, &p, clear_bit, guarded);
            }
        return true;
    }
    err_set(e, ERR_UNKNOWN, "no input %s", name);
    return err_hint(e,
                    s->data ? "'data' lists the features" : "load the data set first: it names the inputs");
}

/* Mark what WHAT means in a mask of protections. */
static bool guard_mark(const struct state *s, const char *what, struct mask *guarded, struct err *e)
{
    const struct layers *l = &s->current->layers;
    const char *rest;
    struct place p = {-1, -1, -1, -1};
    if (begins(what, "input:", &rest))
        return guard_input(s, rest, guarded, e);
    if (begins(what, "layer:", &rest)) {
        p.layer = layer_by_name(l, rest, e);
        if (p.layer < 0)
            return false;
    } else if (begins(what, "unit:", &rest) || begins(what, "link:", &rest)) {
        if (!state_place(s, rest, &p, e))
            return false;
        if ((what[0] == 'u') != (p.input < 0))
            return refuse(s, &p, ERR_USAGE, what[0] == 'u' ? "is a link" : "is a unit",
                          "unit:LAYER/UNIT, link:LAYER/UNIT/INPUT", e);
    } else {
        err_set(e, ERR_USAGE, "%s names nothing that can be protected", what);
        return err_hint(e, "input:NAME layer:NAME unit:LAYER/UNIT link:LAYER/UNIT/INPUT");
    }
    each_weight(l, &p, clear_bit, guarded);
    return true;
}

/* The protections' mask from their texts. */
static bool rebuild(struct state *s, struct err *e)
{
    struct mask *guarded = s->n_protections ? mask_new(&s->current->layers) : NULL;
    for (int i = 0; i < s->n_protections; i++)
        if (!guard_mark(s, s->protections[i], guarded, e)) {
            mask_unref(guarded);
            return false;
        }
    if (s->guarded)
        mask_unref(s->guarded);
    s->guarded = guarded;
    return true;
}

static int find_protection(const struct state *s, const char *what)
{
    for (int i = 0; i < s->n_protections; i++)
        if (strcmp(s->protections[i], what) == 0)
            return i;
    return -1;
}

bool guard_protect(struct state *s, const char *what, struct err *e)
{
    if (find_protection(s, what) >= 0)
        return true;
    s->protections = mem_resize(s->protections, (size_t)s->n_protections + 1, sizeof *s->protections);
    s->protections[s->n_protections++] = mem_text(what);
    return rebuild(s, e);
}

bool guard_release(struct state *s, const char *what, struct err *e)
{
    int at = find_protection(s, what);
    if (at < 0) {
        struct buf list = {0};
        for (int i = 0; i < s->n_protections; i++)
            buf_printf(&list, " %s", s->protections[i]);
        err_set(e, ERR_USAGE, "%s is not protected", what);
        err_hint(e, list.len ? "protected:%s" : "nothing is%s", buf_text(&list));
        buf_release(&list);
        return false;
    }
    free(s->protections[at]);
    for (int i = at + 1; i < s->n_protections; i++)
        s->protections[i - 1] = s->protections[i];
    s->n_protections--;
    return rebuild(s, e);
}
