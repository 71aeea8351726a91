/* nested: finding out whether variants are nested, and their bands. Evaluating: nested_sums.c. See nested.h. */
#include "engine/eval/nested.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/eval/outcome_build.h"
#include "engine/graph/op.h"
#include "engine/graph/prepared.h"

enum { FEWEST = 3 /* variants for which it pays */ };

/* Does a variant of the group replace a constant that the node reads? */
static bool differs_at(const struct group *g, const struct node *n)
{
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < n->n_inputs; k++)
            if (n->inputs[k] >= 0 && g->v[i].made.v[n->inputs[k]])
                return true;
    return false;
}

static int64_t weights_of(const struct weighted *w)
{
    return w->rows * w->inputs;
}

/* A layer each of whose results is one sum over the whole input, its weight a matrix as it lies. */
static bool is_single_sum(const struct graph *g, const struct node *n, const struct weighted *w)
{
    bool by_rows = w->row_step == w->inputs && w->input_step == 1;
    bool by_inputs = w->row_step == 1 && w->input_step == w->rows;
    return w->constant && w->groups == 1 && w->blocks == 1 && w->taps == 1 && weighted_positions(w) == 1 &&
           weighted_sources(w) == 1 && (by_rows || by_inputs) && weights_of(w) <= INT32_MAX &&
           g->values[n->inputs[w->data]].type == DT_F32 && !g->values[n->inputs[w->data]].constant;
}

/* The first node that differs, if sums of its weight may be shared. */
static struct nested *first_layer(const struct group *g)
{
    const struct graph *graph = g->asked->g;
    int i = 0;
    while (i < graph->n_nodes && !differs_at(g, &graph->nodes[i]))
        i++;
    const struct weighted *w = i < graph->n_nodes ? op_weighted(&graph->nodes[i]) : NULL;
    if (!w || !is_single_sum(graph, &graph->nodes[i], w))
        return NULL;
    struct nested *n = mem_zero(1, sizeof *n);
    n->node = i;
    n->w = w;
    n->weight = graph->nodes[i].inputs[w->weight];
    n->data = graph->nodes[i].inputs[w->data];
    return n;
}

/* Everything that differs lies in the layer or behind it, and has a bound. */
static bool has_bound(const struct group *g, struct nested *n)
{
    const struct graph *graph = g->asked->g;
    struct one behind = {0};
    bool *is_behind = mem_zero((size_t)graph->n_nodes, sizeof *is_behind), ok = true;
    one_reaches(graph, n->node, &behind);
    for (int i = 0; i < behind.n_nodes; i++)
        is_behind[behind.nodes[i]] = true;
    for (int i = 0; ok && i < graph->n_nodes; i++)
        ok = is_behind[i] || !differs_at(g, &graph->nodes[i]);
    ok = ok && behind.vary[graph->outputs[0]] && bound_plan(graph, behind.nodes, behind.n_nodes, &n->bound);
    free(is_behind);
    free(behind.vary);
    free(behind.nodes);
    return ok;
}

static const float *own_weight(const struct group *g)
{
    return g->asked->g->values[g->nested->weight].constant->f;
}

/* Which weights of a variant are kept; the others must be 0. */
static bool bits_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    struct nested *n = g->nested;
    const struct tensor *made = g->v[i].made.v[n->weight];
    const float *own = own_weight(g), *w = made ? made->f : own;
    int64_t count = weights_of(n->w), kept = 0;
    bool masked = true;
    (void)scratch, (void)stop;
    uint64_t *bits = n->bits[i] = mem_zero((size_t)(count + 63) / 64, sizeof *bits);
    for (int64_t first = 0; first < count; first += 64) {
        uint64_t word = 0, other = 0;
        for (int64_t k = first; k < first + 64 && k < count; k++) {
            word |= (uint64_t)(w[k] != 0) << (k - first);
            other |= (uint64_t)((w[k] != 0) & (w[k] != own[k]));
        }
        bits[first / 64] = word;
        kept += __builtin_popcountll(word);
        masked &= !other;
    }
    n->kept[i] = masked ? kept : -1;
    return true;
}

/* Variants by rising number of kept weights. */
static bool rank(struct group *g)
{
    struct nested *n = g->nested;
    for (int i = 0; i < g->n; i++) {
        int at = i;
        if (n->kept[i] < 0)
            return false;
        for (; at > 0 && n->kept[n->rank[at - 1]] > n->kept[i]; at--)
            n->rank[at] = n->rank[at - 1];
        n->rank[at] = i;
    }
    return true;
}

/* Calls for every element that is in `with` and not in `without` (NULL: nothing), ascending; false if there is one the other way. */
struct difference {
    const struct weighted *w;
    const uint64_t *with, *without;
    const float *weight;
};

static int32_t row_of(const struct weighted *w, int64_t element)
{
    return (int32_t)(w->input_step == 1 ? element / w->inputs : element % w->rows);
}

/* start[r + 1] counts the elements of row r. */
static bool count_rows(const struct difference *d, int32_t *start)
{
    int64_t words = (weights_of(d->w) + 63) / 64;
    for (int64_t i = 0; i < words; i++) {
        uint64_t without = d->without ? d->without[i] : 0;
        if (without & ~d->with[i])
            return false;
        for (uint64_t more = d->with[i] & ~without; more; more &= more - 1)
            start[row_of(d->w, i * 64 + __builtin_ctzll(more)) + 1]++;
    }
    return true;
}

static void fill_rows(const struct difference *d, int32_t *next, struct sparse *s)
{
    int64_t words = (weights_of(d->w) + 63) / 64, step = d->w->input_step;
    for (int64_t i = 0; i < words; i++)
        for (uint64_t more = d->with[i] & ~(d->without ? d->without[i] : 0); more; more &= more - 1) {
            int64_t element = i * 64 + __builtin_ctzll(more);
            int32_t row = row_of(d->w, element), at = next[row]++;
            s->column[at] = (int32_t)(step == 1 ? element - row * d->w->inputs : element / d->w->rows);
            s->value[at] = d->w->scale * d->weight[element];
        }
}

static bool sparse_of(const struct difference *d, struct sparse *s)
{
    int m = (int)d->w->rows;
    *s = (struct sparse){.m = m, .bands = 1, .start = mem_zero((size_t)m + 1, sizeof *s->start)};
    if (!count_rows(d, s->start))
        return false;
    for (int r = 0; r < m; r++)
        s->start[r + 1] += s->start[r];
    s->column = mem_alloc((size_t)s->start[m], sizeof *s->column);
    s->value = mem_alloc((size_t)s->start[m], sizeof *s->value);
    int32_t *next = mem_copy(s->start, (size_t)m + 1, sizeof *next);
    fill_rows(d, next, s);
    free(next);
    return true;
}

static bool band_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    struct nested *n = g->nested;
    const struct difference d = {n->w, n->bits[n->rank[i]], i > 0 ? n->bits[n->rank[i - 1]] : NULL,
                                 own_weight(g)};
    (void)scratch, (void)stop;
    n->kept[n->rank[i]] = sparse_of(&d, &n->bands[i]) ? n->kept[n->rank[i]] : -1;
    return true;
}

static bool make_bands(struct group *g, struct runner *r)
{
    struct nested *n = g->nested;
    size_t count = (size_t)g->n;
    const struct plan bits = {.slices = g->n, .work = g, .slice = bits_slice};
    const struct plan bands = {.slices = g->n, .work = g, .slice = band_slice};
    n->bits = mem_zero(count, sizeof(uint64_t *));
    n->kept = mem_zero(count, sizeof *n->kept);
    n->rank = mem_alloc(count, sizeof *n->rank);
    n->bands = mem_zero(count, sizeof *n->bands);
    n->reach = mem_zero(count, sizeof *n->reach);
    n->doubt = mem_zero(count, sizeof(uint8_t *));
    if (!plan_run(r, &bits))
        return false;
    n->broken = !rank(g);
    if (n->broken)
        return true;
    if (!plan_run(r, &bands))
        return false;
    for (int i = 0; i < g->n; i++)
        n->broken |= n->kept[i] < 0;
    return true;
}

bool nested_find(struct group *g, struct runner *r)
{
    const struct reading *how = g->asked->how;
    if (!g->asked->any_order || g->n < FEWEST || how->task != TASK_CLASSIFICATION ||
        how->n_outputs > NEAR_OUTPUTS)
        return true;
    g->nested = first_layer(g);
    bool ok = true, is = g->nested && has_bound(g, g->nested);
    if (is)
        ok = make_bands(g, r);
    if (is && ok && !g->nested->broken)
        return true;
    nested_free(g->nested, g->n);
    g->nested = NULL;
    return ok;
}

void nested_free(struct nested *n, int variants)
{
    if (!n)
        return;
    for (int i = 0; n->bits && i < variants; i++) {
        free(n->bits[i]);
        free(n->reach[i].of);
        free(n->doubt[i]);
        sparse_release(&n->bands[i]);
    }
    free(n->bits);
    free(n->kept);
    free(n->rank);
    free(n->bands);
    free(n->reach);
    free(n->doubt);
    free(n);
}

/* ---- how far rounding reaches ---- */

/* Of every row by rank, one variant on top of the other: |w_row|^2 and how many weights. */
struct rows {
    struct group *g;
    double *squares; /* [rank][row] */
    int32_t *kept;
    struct run *first;
};

static void sum_rows(struct rows *s)
{
    const struct nested *n = s->g->nested;
    size_t rows = (size_t)n->w->rows;
    for (size_t at = 0; at < (size_t)s->g->n * rows; at++) {
        const struct sparse *band = &n->bands[at / rows];
        size_t r = at % rows;
        s->squares[at] = at < rows ? 0 : s->squares[at - rows];
        s->kept[at] = (at < rows ? 0 : s->kept[at - rows]) + band->start[r + 1] - band->start[r];
        for (int32_t e = band->start[r]; e < band->start[r + 1]; e++)
            s->squares[at] += (double)band->value[e] * band->value[e];
    }
}

static bool reach_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct rows *s = work;
    struct nested *n = s->g->nested;
    int variant = n->rank[i];
    double *norms = s->squares + i * n->w->rows;
    (void)scratch, (void)stop;
    for (int64_t r = 0; r < n->w->rows; r++)
        norms[r] = sqrt(norms[r]);
    n->doubt[variant] = mem_zero((size_t)s->g->asked->records, 1);
    bound_reach(s->g, &n->bound, &s->g->v[variant], norms, s->kept + i * n->w->rows, s->first,
                &n->reach[variant]);
    return true;
}

bool nested_bounds(struct group *g, struct runner *r)
{
    size_t rows = (size_t)g->n * (size_t)g->nested->w->rows;
    struct rows s = {g, mem_alloc(rows, sizeof(double)), mem_alloc(rows, sizeof(int32_t)), run_new(g->base)};
    sum_rows(&s);
    const struct plan plan = {.slices = g->n, .work = &s, .slice = reach_slice};
    bool whole = plan_run(r, &plan);
    run_free(s.first);
    free(s.squares);
    free(s.kept);
    return whole;
}

struct prepared *nested_form(const struct group *g, int variant)
{
    const struct nested *n = g->nested;
    const struct difference d = {n->w, n->bits[variant], NULL, own_weight(g)};
    struct prepared *p = mem_zero(1, sizeof *p);
    *p = (struct prepared){.choice = KERNEL_SPARSE, .groups = 1, .rows = n->w->rows, .columns = n->w->inputs};
    p->kept = n->kept[variant];
    p->sparse = mem_zero(1, sizeof *p->sparse);
    sparse_of(&d, p->sparse);
    return p;
}

void nested_form_free(struct prepared *p)
{
    prepared_free(p);
}
