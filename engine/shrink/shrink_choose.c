/* shrink_choose: which coupled sets leave. At first all that are removed or that do nothing and may leave; then those stay
 * without which the rest would not compute the same, until nothing changes any more. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/shrink/shrink_parts.h"

/* A set works if a connection leads from one of its channels, which an input reaches, to a row of another set which reaches an
 * output. */
static void find_working(struct shrinking *s, bool *works)
{
    for (int i = 0; i < s->n_readers; i++) {
        const struct reader *r = &s->readers[i];
        for (int64_t k = 0; k < r->columns; k++) {
            int set = reader_column_set(s, r, k);
            for (int64_t row = 0; set >= 0 && r->live[k] && !works[set] && row < r->rows; row++)
                works[set] =
                    r->linked[row * r->columns + k] && r->useful[row] && reader_row_set(s, r, row) != set;
        }
    }
}

/* Sets with a unit that no input reaches or that reaches no output. */
static void find_dead(const struct shrinking *s, bool *dead)
{
    for (int i = 0; i < s->n_readers; i++) {
        const struct reader *r = &s->readers[i];
        for (int64_t row = 0; row < r->rows; row++) {
            int set = reader_row_set(s, r, row);
            if (set >= 0 && (!r->fed[row] || !r->useful[row]))
                dead[set] = true;
        }
    }
}

static void stay_pinned(struct shrinking *s, int set)
{
    const struct coupled_set *p = &s->c->sets[set];
    struct buf name = {0};
    if (p->pinned_node >= 0) {
        node_print(s->g, p->pinned_node, &name);
        buf_putc(&name, ' ');
    }
    set_stay(s, set, "%s%s", buf_text(&name), p->why);
    buf_release(&name);
}

static void first_choice(struct shrinking *s)
{
    size_t n = (size_t)s->c->n_sets;
    bool *works = mem_zero(n, sizeof *works), *dead = mem_zero(n, sizeof *dead);
    find_working(s, works);
    find_dead(s, dead);
    for (int i = 0; i < s->c->n_sets; i++) {
        const struct coupled_set *set = &s->c->sets[i];
        s->leaves[i] = s->removed[i] || !works[i];
        if (set->pinned && (s->removed[i] || dead[i]))
            stay_pinned(s, i);
        if (set->pinned)
            s->leaves[i] = false;
    }
    free(works);
    free(dead);
}

/* One of these n variables stays: the first that the mask does not remove, if it can be. false if one does already. */
static bool keep_one(struct shrinking *s, int first, int64_t n, const char *why)
{
    int best = -1;
    for (int i = 0; i < n; i++) {
        int set = axes_set(s, first + i);
        if (set_stays(s, set))
            return false;
        if (best < 0 || (s->removed[best] && !s->removed[set]))
            best = set;
    }
    if (best >= 0)
        set_stay(s, best, "%s", why);
    return best >= 0;
}

static bool keep_axes(struct shrinking *s)
{
    bool changed = false;
    for (int i = 0; i < s->l->n; i++)
        changed |= keep_one(s, s->b.units_first[i], s->l->v[i].units, "it is the last unit of its layer");
    for (int v = 0; v < s->g->n_values; v++)
        for (int d = 0; !s->g->values[v].constant && d < s->g->values[v].shape.rank; d++)
            changed |= keep_one(s, axes_first(s, v, d), s->g->values[v].shape.dim[d],
                                "it is the last channel of a part of the network");
    return changed;
}

static bool keep_unfoldable(struct shrinking *s)
{
    bool changed = false;
    for (int i = 0; i < s->n_readers; i++) {
        const struct reader *r = &s->readers[i];
        for (int64_t k = 0; k < r->columns; k++) {
            int set = reader_column_set(s, r, k);
            if (set_stays(s, set) || s->removed[set])
                continue;
            const char *why = reader_refuses(r, k);
            if (!why || !reader_needs(s, r, k))
                continue;
            struct buf name = {0};
            node_print(s->g, r->node, &name);
            set_stay(s, set, "%s %s", buf_text(&name), why);
            buf_release(&name);
            changed = true;
        }
    }
    return changed;
}

bool choose_sets(struct shrinking *s, struct err *e)
{
    size_t n = (size_t)s->c->n_sets;
    s->removed = mem_alloc(n, sizeof *s->removed);
    s->leaves = mem_zero(n, sizeof *s->leaves);
    s->why = mem_zero(n, sizeof *s->why);
    coupling_removed(s->c, s->mask, s->removed);
    if (!readers_find(s, e))
        return false;
    first_choice(s);
    keep_unused(s);
    for (bool changed = true; changed;) {
        changed = keep_axes(s);
        changed |= keep_unfoldable(s);
        changed |= counts_check(s);
    }
    return true;
}

void choose_release(struct shrinking *s)
{
    for (int i = 0; s->why && i < s->c->n_sets; i++)
        free(s->why[i]);
    readers_release(s);
    free(s->removed);
    free(s->leaves);
    free(s->why);
}
