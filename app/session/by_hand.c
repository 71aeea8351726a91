/* by_hand: see by_hand.h. */
#include "app/session/by_hand.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/prune/cost.h"
#include "engine/prune/guards.h"

/* A version of a mask that may be written; all kept where there is none. */
static struct mask *writable(const struct mask *m, const struct layers *l)
{
    return m ? mask_copy(m) : mask_new(l);
}

static void put(struct mask **slot, struct mask *m_take)
{
    mask_unref(*slot);
    *slot = m_take;
}

/* What hands work on are weights, whatever was pruned before: each that does not count any more is cut. */
static void count_portions(struct state *s)
{
    const struct model *m = s->current;
    struct cost c;
    cost_of(m->graph, &m->layers, &m->coupling, s->mask, &c);
    s->portions = m->layers.prunable;
    s->cut_portions = m->layers.prunable - c.kept;
    cost_release(&c);
}

/* The same to the model's mask and to the record of what was cut by hand: both or neither. */
static bool change(struct state *s, const struct place *p, bool away, struct err *e)
{
    const struct model *m = s->current;
    struct mask *both[2] = {writable(s->mask, &m->layers), writable(s->hand, &m->layers)};
    bool ok = true;
    for (int i = 0; ok && i < 2; i++)
        ok = away ? guard_cut(m->graph, &m->layers, &m->coupling, s->guarded, p, both[i], e)
                  : guard_restore(&m->layers, &m->coupling, p, both[i], e);
    if (ok) {
        put(&s->mask, both[0]);
        put(&s->hand, both[1]);
        count_portions(s);
    } else {
        mask_unref(both[0]);
        mask_unref(both[1]);
    }
    return ok;
}

bool by_hand_cut(struct state *s, const struct place *p, struct err *e)
{
    return change(s, p, true, e);
}

bool by_hand_restore(struct state *s, const struct place *p, struct err *e)
{
    return change(s, p, false, e);
}

/* The name that was meant, as far as that can be told, else the first names that there are. */
static void hint_inputs(const struct state *s, const char *name, struct err *e)
{
    enum { NAMED = 12 };
    int64_t n = s->current->wiring.n_inputs;
    char **names = mem_zero((size_t)n + 1, sizeof *names);
    struct buf known = {0};
    for (int64_t i = 0; i < n; i++) {
        names[i] = state_input_name(s, i);
        if (i < NAMED)
            buf_printf(&known, "%s%s", i ? "; " : "", names[i]);
    }
    const char *near = NULL;
    for (int64_t i = 0; !near && name[0] && i < n; i++)
        near = strstr(names[i], name) ? names[i] : NULL;
    if (!near)
        near = text_nearest(name, (const char *const *)names);
    if (near)
        err_hint(e, "did you mean \"input:%s\"?", near);
    else if (n > NAMED)
        err_hint(e, "known: %s; and %lld more", buf_text(&known), (long long)n - NAMED);
    else
        err_hint(e, "known: %s", buf_text(&known));
    for (int64_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    buf_release(&known);
}

/* The element of the model's first input that a feature's name or column means; -1 with e set. */
static int64_t input_named(const struct state *s, const char *name, struct err *e)
{
    const struct dataset *d = s->data ? s->data->set : NULL;
    for (int64_t i = 0; i < s->current->wiring.n_inputs; i++) {
        char *have = state_input_name(s, i);
        bool same = strcmp(have, name) == 0 ||
                    (d && d->features && i < d->n_features && strcmp(d->features[i].column, name) == 0);
        free(have);
        if (same)
            return i;
    }
    err_set(e, ERR_UNKNOWN, "no input %s", name);
    if (d)
        hint_inputs(s, name, e);
    else
        err_hint(e, "load the data set first: it names the inputs");
    return -1;
}

/* Mark in `marks` what one protection means; texts speak of the model as it was opened. */
static bool mark(const struct state *s, const char *what, struct mask *marks, struct err *e)
{
    enum what kind;
    const char *input, *colon = strchr(what, ':');
    struct place place;
    if (!what_parse(&s->opened->layers, what, &kind, &input, &place, e))
        return false;
    if (kind == WHAT_INPUT) {
        int64_t element = input_named(s, input, e);
        return element >= 0 &&
               guard_protect_input(s->current->graph, &s->current->layers, 0, element, true, marks, e);
    }
    if (kind != WHAT_LAYER && !state_place(s, colon + 1, &place, e))
        return false;
    guard_protect(&s->current->layers, &place, true, marks);
    return true;
}

/* All marks anew from the texts. */
static bool rebuild(struct state *s, struct err *e)
{
    struct mask *marks = s->n_protections ? mask_new(&s->current->layers) : NULL;
    for (int i = 0; i < s->n_protections; i++)
        if (!mark(s, s->protections[i], marks, e)) {
            mask_unref(marks);
            return false;
        }
    put(&s->guarded, marks);
    return true;
}

static int find_protection(const struct state *s, const char *what)
{
    for (int i = 0; i < s->n_protections; i++)
        if (strcmp(s->protections[i], what) == 0)
            return i;
    return -1;
}

bool by_hand_protect(struct state *s, const char *what, struct err *e)
{
    if (find_protection(s, what) >= 0)
        return true;
    s->protections = mem_resize(s->protections, (size_t)s->n_protections + 1, sizeof *s->protections);
    s->protections[s->n_protections++] = mem_text(what);
    return rebuild(s, e);
}

bool by_hand_release(struct state *s, const char *what, struct err *e)
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
