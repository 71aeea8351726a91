/* portion: structures: in what portions weights go, one row each: single weights, and units with all that is coupled to them.
 * How many go is decided in select.c. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/bits.h"
#include "engine/prune/effect.h"
#include "engine/prune/guards.h"
#include "engine/prune/ranking.h"
#include "engine/prune/score.h"
#include "engine/prune/select_stream.h"

const char *const structure_names[] = {[STRUCTURE_WEIGHT] = "weight", [STRUCTURE_UNIT] = "unit", NULL};

/* ---- weights ---- */

static void segment_add(struct ranking *r, int64_t first, int64_t n, int layer, int n_layers)
{
    r->segments[r->n_segments++] = (struct segment){first, n, layer, n_layers};
}

/* Scores of all of them, in the file's order, and their sorted order. */
static void sort_weights(struct ranking *r)
{
    double *scores = mem_alloc((size_t)r->n, sizeof *scores);
    int64_t at = 0;
    r->order = mem_alloc((size_t)r->n, sizeof *r->order);
    for (int i = 0; i < r->l->n; i++) {
        if (!r->in_layers[i])
            continue;
        score_weights(&r->strategy, i, 0, r->l->v[i].weights, r->weights[i], scores + at);
        for (int64_t k = 0; k < r->l->v[i].weights; k++)
            r->order[at++] = (uint32_t)(r->first[i] + k);
    }
    for (int i = 0; i < r->n_segments; i++)
        score_sort(scores + r->segments[i].first, r->order + r->segments[i].first, r->segments[i].n);
    free(scores);
}

static bool weights_build(struct ranking *r, struct err *e)
{
    const struct layers *l = r->l;
    bool global = r->strategy.scope == SCOPE_GLOBAL;
    (void)e;
    r->first = mem_alloc((size_t)l->n, sizeof *r->first);
    for (int i = 0; i < l->n; i++) {
        r->first[i] = r->n_ids;
        r->n_ids += (int64_t)bits_words(l->v[i].weights) * 64;
        if (!r->in_layers[i])
            continue;
        if (!global)
            segment_add(r, r->n, l->v[i].weights, i, 1);
        r->n += l->v[i].weights;
    }
    if (global)
        segment_add(r, 0, r->n, -1, l->n);
    if (r->n < STREAM_LEAST)
        sort_weights(r);
    return true;
}

/* Bits that are 0 in m, of layers that are cut, in the ranking's ids. */
static void mark_zero_bits(const struct ranking *r, const struct mask *m, uint64_t *marked)
{
    for (int i = 0; i < r->l->n; i++) {
        const uint64_t *words = mask_words(m, i);
        int64_t n = r->l->v[i].weights;
        uint64_t *to = marked + r->first[i] / 64;
        for (size_t k = 0; r->in_layers[i] && k < bits_words(n); k++)
            to[k] |= ~words[k];
        if (r->in_layers[i] && n & 63)
            to[n >> 6] &= ((uint64_t)1 << (n & 63)) - 1;
    }
}

/* The rows of units that are marked whole. */
static void mark_rows(const struct ranking *r, const struct mask *m, int layer, uint64_t *marked)
{
    const struct layer *l = &r->l->v[layer];
    for (int64_t u = 0; u < l->units; u++)
        for (int64_t i = 0; mask_removed(m, layer, u) && i < l->inputs; i++)
            for (int64_t t = 0; t < l->taps; t++)
                bits_on(marked, r->first[layer] + layer_index(l, u, i, t));
}

static void weights_mark(const struct ranking *r, const struct mask *start, const struct guards *g,
                         uint64_t *forced, uint64_t *blocked)
{
    struct mask *left = effect_of(r->l, r->c, start);
    mark_zero_bits(r, left, forced);
    mask_unref(left);
    if (!g || !g->protected_weights)
        return;
    mark_zero_bits(r, g->protected_weights, blocked);
    for (int i = 0; i < r->l->n; i++)
        if (r->in_layers[i])
            mark_rows(r, g->protected_weights, i, blocked);
}

static void weights_apply(const struct ranking *r, const uint64_t *cut, struct mask *m)
{
    for (int i = 0; i < r->l->n; i++) {
        if (!r->in_layers[i])
            continue;
        const uint64_t *from = cut + r->first[i] / 64;
        uint64_t *to = mask_edit(m, i);
        for (size_t k = 0; k < bits_words(r->l->v[i].weights); k++)
            to[k] &= ~from[k];
    }
}

static double weights_score(const struct ranking *r, uint32_t id)
{
    int layer = r->l->n - 1;
    while (r->first[layer] > id)
        layer--;
    int64_t index = id - r->first[layer];
    return score_weight(&r->strategy, layer, index, r->weights[layer][index]);
}

/* ---- units ---- */

/* Why no unit of the chosen layers can go, by the example of the first. */
static bool nothing_to_cut(const struct ranking *r, struct err *e)
{
    struct buf why = {0};
    for (int i = 0; i < r->l->n && !why.len; i++)
        if (r->in_layers[i])
            coupling_explain(r->g, r->l, r->c, i, 0, &why);
    err_set(e, ERR_PINNED, "no unit can be removed: %s", why.len ? buf_text(&why) : "no layer is chosen");
    buf_release(&why);
    return err_hint(e, "choose layers whose units are free, or structure=weight");
}

/* A set is a portion if it is free and leaves masks of layers that were not chosen alone. */
static bool is_portion(const struct ranking *r, const struct coupled_set *s)
{
    for (int i = 0; i < s->n_units; i++)
        if (!r->in_layers[s->units[i].layer])
            return false;
    return !s->pinned;
}

/* Mean over the set's layers of the mean over its units there. */
static double set_score(const struct coupled_set *s, double *const *scores)
{
    double sum = 0, own = 0;
    int layers = 0, units = 0;
    for (int i = 0; i < s->n_units; i++) {
        own += scores[s->units[i].layer][s->units[i].unit];
        units++;
        if (i + 1 < s->n_units && s->units[i + 1].layer == s->units[i].layer)
            continue;
        sum += own / units;
        layers++;
        own = 0;
        units = 0;
    }
    return sum / layers;
}

static int root_of(const int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i];
    return i;
}

/* Which layers share sets: by layer, the first layer of its company. */
static int *companies(const struct ranking *r)
{
    int *company = mem_alloc((size_t)r->l->n, sizeof *company);
    for (int i = 0; i < r->l->n; i++)
        company[i] = i;
    for (int64_t k = 0; k < r->n_ids; k++) {
        const struct coupled_set *s = &r->c->sets[r->set_of_id[k]];
        for (int i = 1; i < s->n_units; i++) {
            int a = root_of(company, s->units[0].layer), b = root_of(company, s->units[i].layer);
            company[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (int i = 0; i < r->l->n; i++)
        company[i] = root_of(company, i);
    return company;
}

static void unit_segments(struct ranking *r)
{
    int *company = companies(r);
    int64_t at = 0;
    for (int i = 0; i < r->l->n; i++) {
        int64_t first = at;
        int n_layers = 0;
        for (int k = 0; k < r->l->n; k++)
            n_layers += company[k] == i;
        for (int64_t k = 0; k < r->n_ids; k++)
            if (company[r->c->sets[r->set_of_id[k]].units[0].layer] == i)
                r->order[at++] = (uint32_t)k;
        if (at > first)
            segment_add(r, first, at - first, i, n_layers);
    }
    free(company);
}

static double **layer_scores(const struct ranking *r)
{
    double **scores = mem_alloc((size_t)r->l->n, sizeof *scores);
    for (int i = 0; i < r->l->n; i++) {
        scores[i] = mem_alloc((size_t)r->l->v[i].units, sizeof **scores);
        score_units(&r->strategy, i, &r->l->v[i], r->weights[i], scores[i]);
    }
    return scores;
}

static void sort_units(struct ranking *r)
{
    double *scores = mem_alloc((size_t)r->n, sizeof *scores);
    for (int64_t i = 0; i < r->n; i++)
        scores[i] = r->scores[r->order[i]];
    for (int i = 0; i < r->n_segments; i++)
        score_sort(scores + r->segments[i].first, r->order + r->segments[i].first, r->segments[i].n);
    free(scores);
}

static bool units_build(struct ranking *r, struct err *e)
{
    double **scores = layer_scores(r);
    r->set_of_id = mem_alloc((size_t)r->c->n_sets, sizeof *r->set_of_id);
    r->scores = mem_alloc((size_t)r->c->n_sets, sizeof *r->scores);
    for (int s = 0; s < r->c->n_sets; s++)
        if (is_portion(r, &r->c->sets[s])) {
            r->scores[r->n_ids] = set_score(&r->c->sets[s], scores);
            r->set_of_id[r->n_ids++] = s;
        }
    for (int i = 0; i < r->l->n; i++)
        free(scores[i]);
    free(scores);
    r->n = r->n_ids;
    if (r->n == 0)
        return nothing_to_cut(r, e);
    r->order = mem_alloc((size_t)r->n, sizeof *r->order);
    if (r->strategy.scope == SCOPE_GLOBAL) {
        for (int64_t i = 0; i < r->n; i++)
            r->order[i] = (uint32_t)i;
        segment_add(r, 0, r->n, -1, r->l->n);
    } else {
        unit_segments(r);
    }
    sort_units(r);
    return true;
}

static void units_mark(const struct ranking *r, const struct mask *start, const struct guards *g,
                       uint64_t *forced, uint64_t *blocked)
{
    bool *is = mem_alloc((size_t)r->c->n_sets, sizeof *is);
    coupling_removed(r->c, start, is);
    for (int64_t k = 0; k < r->n_ids; k++)
        if (is[r->set_of_id[k]])
            bits_on(forced, k);
    guard_sets(r->l, r->c, g ? g->protected_weights : NULL, is);
    for (int64_t k = 0; k < r->n_ids; k++)
        if (is[r->set_of_id[k]])
            bits_on(blocked, k);
    free(is);
}

/* At least one unit stays in every layer. */
static bool units_take(const struct ranking *r, uint32_t id, int64_t *room)
{
    const struct coupled_set *s = &r->c->sets[r->set_of_id[id]];
    bool fits = true;
    for (int i = 0; i < s->n_units; i++)
        room[s->units[i].layer]--;
    for (int i = 0; i < s->n_units; i++)
        fits = fits && room[s->units[i].layer] >= 1;
    for (int i = 0; !fits && i < s->n_units; i++)
        room[s->units[i].layer]++;
    return fits;
}

static void units_apply(const struct ranking *r, const uint64_t *cut, struct mask *m)
{
    for (int64_t k = 0; k < r->n_ids; k++) {
        const struct coupled_set *s = &r->c->sets[r->set_of_id[k]];
        for (int i = 0; bits_get(cut, k) && i < s->n_units; i++)
            mask_set_removed(m, s->units[i].layer, s->units[i].unit, true);
    }
}

static double units_score(const struct ranking *r, uint32_t id)
{
    return r->scores[id];
}

const struct portions portions_rows[] = {
    [STRUCTURE_WEIGHT] = {"weight", weights_build, weights_mark, NULL, weights_apply, weights_score},
    [STRUCTURE_UNIT] = {"unit", units_build, units_mark, units_take, units_apply, units_score},
};
_Static_assert(sizeof portions_rows / sizeof *portions_rows == STRUCTURES, "a row for each structure");
