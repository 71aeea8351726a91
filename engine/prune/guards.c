/* guards: see guards.h. */
#include "engine/prune/guards.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/bits.h"

/* Set the weights of a place: a whole unit, an input's kernel, or one tap. */
static void set_weights(const struct layer *l, int layer, const struct place *p, bool kept, struct mask *m)
{
    int64_t first_input = p->input < 0 ? 0 : p->input, inputs = p->input < 0 ? l->inputs : p->input + 1;
    int64_t first_tap = p->tap < 0 ? 0 : p->tap, taps = p->tap < 0 ? l->taps : p->tap + 1;
    for (int64_t i = first_input; i < inputs; i++)
        for (int64_t t = first_tap; t < taps; t++)
            mask_set(m, layer, layer_index(l, p->unit, i, t), kept);
}

void guard_protect(const struct layers *l, const struct place *p, bool protect, struct mask *marks)
{
    const struct layer *layer = &l->v[p->layer];
    if (p->unit >= 0 && p->input >= 0) {
        set_weights(layer, p->layer, p, !protect, marks);
        return;
    }
    int64_t first = p->unit < 0 ? 0 : p->unit, end = p->unit < 0 ? layer->units : p->unit + 1;
    for (int64_t u = first; u < end; u++) {
        const struct place unit = {p->layer, u, -1, -1};
        mask_set_removed(marks, p->layer, u, protect);
        if (p->unit < 0 || !protect)
            set_weights(layer, p->layer, &unit, !protect, marks);
    }
}

bool guard_protect_input(const struct graph *g, const struct layers *l, int input, int64_t index,
                         bool protect, struct mask *marks, struct err *e)
{
    bool found = false;
    for (int i = 0; i < l->n; i++) {
        if (layer_reads_input(g, &l->v[i]) != input || index >= l->v[i].inputs)
            continue;
        found = true;
        for (int64_t u = 0; u < l->v[i].units; u++)
            mask_set(marks, i, layer_index(&l->v[i], u, index, 0), !protect);
    }
    if (found)
        return true;
    err_set(e, ERR_UNSUPPORTED,
            "no layer reads single elements of the model's input, so there are no links to protect");
    return err_hint(e, "protect layers, units or links instead: protect layer:NAME");
}

void guard_sets(const struct layers *l, const struct coupling *c, const struct mask *marks,
                bool *protected_sets)
{
    memset(protected_sets, 0, (size_t)c->n_sets * sizeof *protected_sets);
    for (int i = 0; marks && i < l->n; i++) {
        const struct layer *layer = &l->v[i];
        for (int64_t u = 0; u < layer->units; u++)
            if (mask_removed(marks, i, u))
                protected_sets[c->set_of[i][u]] = true;
        if (bits_count(mask_words(marks, i), 0, layer->weights) == layer->weights)
            continue;
        for (int64_t k = 0; k < layer->weights; k++) {
            int64_t unit, input, tap;
            if (mask_weight(marks, i, k))
                continue;
            layer_position(layer, k, &unit, &input, &tap);
            protected_sets[c->set_of[i][unit]] = true;
            if (c->set_read[i][input] >= 0)
                protected_sets[c->set_read[i][input]] = true;
        }
    }
}

static bool is_protected(const struct layers *l, const struct coupling *c, const struct mask *marks, int set)
{
    bool *sets = mem_alloc((size_t)c->n_sets, sizeof *sets);
    guard_sets(l, c, marks, sets);
    bool is = sets[set];
    free(sets);
    return is;
}

static bool refuse(const struct layers *l, const struct place *p, enum err_code code, const char *why,
                   const char *hint, struct err *e)
{
    struct buf name = {0};
    place_print(l, p, &name);
    err_set(e, code, "%s %s", buf_text(&name), why);
    buf_release(&name);
    return hint ? err_hint(e, "%s", hint) : false;
}

/* Would a layer lose its last unit with this set? */
static bool empties_a_layer(const struct layers *l, const struct coupled_set *s, const struct mask *m)
{
    int64_t *left = mem_alloc((size_t)l->n, sizeof *left);
    bool empty = false;
    for (int i = 0; i < l->n; i++)
        left[i] = bits_count(mask_units(m, i), 0, l->v[i].units);
    for (int i = 0; i < s->n_units; i++)
        left[s->units[i].layer] -= !mask_removed(m, s->units[i].layer, s->units[i].unit);
    for (int i = 0; i < s->n_units; i++)
        empty = empty || left[s->units[i].layer] < 1;
    free(left);
    return empty;
}

static bool cut_unit(const struct graph *g, const struct layers *l, const struct coupling *c,
                     const struct mask *marks, const struct place *p, struct mask *m, struct err *e)
{
    int set = c->set_of[p->layer][p->unit];
    const struct coupled_set *s = &c->sets[set];
    if (s->pinned) {
        struct buf why = {0};
        coupling_explain(g, l, c, p->layer, p->unit, &why);
        err_set(e, ERR_PINNED, "%s", buf_text(&why));
        buf_release(&why);
        return err_hint(e, "its connections can be cut one by one: cut LAYER/UNIT/INPUT");
    }
    if (is_protected(l, c, marks, set))
        return refuse(l, p, ERR_PINNED, "is protected, or something is that leaves with it",
                      "release it first", e);
    if (empties_a_layer(l, s, m))
        return refuse(l, p, ERR_UNREACHABLE, "is the last unit of a layer, and one has to stay", NULL, e);
    for (int i = 0; i < s->n_units; i++)
        mask_set_removed(m, s->units[i].layer, s->units[i].unit, true);
    return true;
}

/* Is one of the place's weights protected? */
static bool link_protected(const struct layer *l, const struct mask *marks, const struct place *p)
{
    int64_t first = p->tap < 0 ? 0 : p->tap, end = p->tap < 0 ? l->taps : p->tap + 1;
    bool is = marks && mask_removed(marks, p->layer, p->unit);
    for (int64_t t = first; marks && !is && t < end; t++)
        is = !mask_weight(marks, p->layer, layer_index(l, p->unit, p->input, t));
    return is;
}

bool guard_cut(const struct graph *g, const struct layers *l, const struct coupling *c,
               const struct mask *marks, const struct place *p, struct mask *m, struct err *e)
{
    if (p->input < 0)
        return cut_unit(g, l, c, marks, p, m, e);
    if (link_protected(&l->v[p->layer], marks, p))
        return refuse(l, p, ERR_PINNED, "is protected", "release it first", e);
    set_weights(&l->v[p->layer], p->layer, p, false, m);
    return true;
}

bool guard_restore(const struct layers *l, const struct coupling *c, const struct place *p, struct mask *m,
                   struct err *e)
{
    const struct coupled_set *s = &c->sets[c->set_of[p->layer][p->unit]];
    if (p->input < 0) {
        for (int i = 0; i < s->n_units; i++)
            mask_set_removed(m, s->units[i].layer, s->units[i].unit, false);
    } else {
        int read = c->set_read[p->layer][p->input];
        const struct unit *from = read >= 0 ? &c->sets[read].units[0] : NULL;
        if (mask_removed(m, p->layer, p->unit) || (from && mask_removed(m, from->layer, from->unit)))
            return refuse(l, p, ERR_UNREACHABLE, "belongs to a unit that is removed, or reads one",
                          "restore the unit first", e);
    }
    set_weights(&l->v[p->layer], p->layer, p, true, m);
    return true;
}
