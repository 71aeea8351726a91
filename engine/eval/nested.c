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
#include "engine/prune/bits.h"

enum { FEWEST = 3 /* variants for which it pays */ };

/* Does a variant from.. of the group replace a constant that the node reads? */
static bool differs_at(const struct group *g, int from, const struct node *n)
{
    for (int i = from; i < g->n; i++)
        for (int k = 0; k < n->n_inputs; k++)
            if (n->inputs[k] >= 0 && g->v[i].made.v[n->inputs[k]])
                return true;
    return false;
}

/* The first node that differs; n_nodes: none. */
static int first_difference(const struct group *g, int from)
{
    const struct graph *graph = g->asked->g;
    int i = 0;
    while (i < graph->n_nodes && !differs_at(g, from, &graph->nodes[i]))
        i++;
    return i;
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

/* NULL where sums of a node's weight cannot be shared. */
static struct nested *layer_at(const struct graph *graph, int node)
{
    const struct weighted *w = op_weighted(&graph->nodes[node]);
    if (!w || !is_single_sum(graph, &graph->nodes[node], w))
        return NULL;
    struct nested *n = mem_zero(1, sizeof *n);
    n->node = node;
    n->w = w;
    n->weight = graph->nodes[node].inputs[w->weight];
    n->data = graph->nodes[node].inputs[w->data];
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
        ok = is_behind[i] || !differs_at(g, 0, &graph->nodes[i]);
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

/* Does a node read one of the values that a tensor stands for, other than the layer its weight? */
static bool is_read(const struct group *g, const struct one *v, const struct tensor *t)
{
    const struct graph *graph = g->asked->g;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int k = 0; k < graph->nodes[i].n_inputs; k++) {
            int value = graph->nodes[i].inputs[k];
            bool own = i == g->nested->node && k == g->nested->w->weight;
            if (!own && value >= 0 && v->made.v[value] == t)
                return true;
        }
    return false;
}

/* Tensors that nobody needs once the bits are known. */
static void give_back(const struct group *g, struct one *v)
{
    for (int i = 0; i < v->made.n_owned; i++) {
        struct tensor *t = v->made.owned[i];
        if (is_read(g, v, t))
            continue;
        for (int value = 0; value < v->made.n_values; value++)
            if (v->made.v[value] == t)
                v->made.v[value] = NULL;
        tensor_free(t);
        v->made.owned[i] = v->made.owned[--v->made.n_owned];
        i--;
    }
}

/* Which weights of a variant are kept; the others must be 0. */
static bool bits_slice(void *work, int64_t slice, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    struct nested *n = g->nested;
    int64_t i = n->first_new + slice, count = weights_of(n->w), kept;
    const struct tensor *made = g->v[i].made.v[n->weight];
    const float *own = own_weight(g), *w = made ? made->f : own;
    (void)scratch, (void)stop;
    n->bits[i] = mem_alloc(bits_words(count), sizeof *n->bits[i]);
    bool masked = g->asked->kernels->own->kept((size_t)count, w, own, n->bits[i]);
    kept = bits_count(n->bits[i], 0, count);
    n->kept[i] = masked ? kept : -1;
    if (masked)
        give_back(g, &g->v[i]);
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

/* The elements that are in `with` and not in `without` (NULL: nothing). */
struct difference {
    const struct weighted *w;
    const uint64_t *with, *without;
    const float *weight;
};

/* Where elements lie that are asked for in rising order. */
struct walker {
    const struct weighted *w;
    int64_t line, first, length; /* of a row, or of an input's column, in the file's order */
};

static struct walker walker_new(const struct weighted *w)
{
    return (struct walker){w, 0, 0, w->input_step == 1 ? w->inputs : w->rows};
}

static inline void walk_to(struct walker *at, int64_t element, int32_t *row, int32_t *column)
{
    while (element >= at->first + at->length) {
        at->first += at->length;
        at->line++;
    }
    int32_t line = (int32_t)at->line, within = (int32_t)(element - at->first);
    *row = at->w->input_step == 1 ? line : within;
    *column = at->w->input_step == 1 ? within : line;
}

/* start[r + 1] counts the elements of row r. */
static bool count_rows(const struct difference *d, int32_t *start)
{
    int64_t words = (int64_t)bits_words(weights_of(d->w));
    struct walker at = walker_new(d->w);
    for (int64_t i = 0; i < words; i++) {
        uint64_t without = d->without ? d->without[i] : 0;
        if (without & ~d->with[i])
            return false;
        for (uint64_t more = d->with[i] & ~without; more; more &= more - 1) {
            int32_t row, column;
            walk_to(&at, i * 64 + __builtin_ctzll(more), &row, &column);
            start[row + 1]++;
        }
    }
    return true;
}

static void fill_rows(const struct difference *d, int32_t *next, struct sparse *s)
{
    int64_t words = (int64_t)bits_words(weights_of(d->w));
    struct walker at = walker_new(d->w);
    for (int64_t i = 0; i < words; i++)
        for (uint64_t more = d->with[i] & ~(d->without ? d->without[i] : 0); more; more &= more - 1) {
            int64_t element = i * 64 + __builtin_ctzll(more);
            int32_t row, column;
            walk_to(&at, element, &row, &column);
            s->column[next[row]] = column;
            s->value[next[row]++] = d->w->scale * d->weight[element];
        }
}

/* The elements of a difference, of which start counts how many stand in each row: start[r + 1]. */
static void sparse_fill(const struct difference *d, int32_t *start_take, struct sparse *s)
{
    int m = (int)d->w->rows;
    *s = (struct sparse){.m = m, .bands = 1, .start = start_take};
    for (int r = 0; r < m; r++)
        s->start[r + 1] += s->start[r];
    s->column = mem_alloc((size_t)s->start[m], sizeof *s->column);
    s->value = mem_alloc((size_t)s->start[m], sizeof *s->value);
    int32_t *next = mem_copy(s->start, (size_t)m + 1, sizeof *next);
    fill_rows(d, next, s);
    free(next);
}

static bool band_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    struct group *g = work;
    struct nested *n = g->nested;
    const struct difference d = {n->w, n->bits[n->rank[i]], i > 0 ? n->bits[n->rank[i - 1]] : NULL,
                                 own_weight(g)};
    (void)scratch, (void)stop;
    int32_t *start = mem_zero((size_t)n->w->rows + 1, sizeof *start);
    if (count_rows(&d, start)) {
        sparse_fill(&d, start, &n->bands[i]);
    } else {
        n->kept[n->rank[i]] = -1;
        free(start);
    }
    return true;
}

static void make_room(struct nested *n, size_t variants)
{
    n->bits = mem_zero(variants, sizeof(uint64_t *));
    n->kept = mem_zero(variants, sizeof *n->kept);
    n->rank = mem_alloc(variants, sizeof *n->rank);
    n->bands = mem_zero(variants, sizeof *n->bands);
    n->reach = mem_zero(variants, sizeof *n->reach);
    n->doubt = mem_zero(variants, sizeof(uint8_t *));
}

bool nested_take(struct group *g, int from, struct runner *r)
{
    const struct graph *graph = g->asked->g;
    int node = first_difference(g, from);
    if (!g->nests || (node == graph->n_nodes && !g->nested))
        return true;
    if (!g->nested) {
        g->nested = layer_at(graph, node);
        g->nests = g->nested != NULL;
        if (!g->nests)
            return true;
        make_room(g->nested, (size_t)(g->asked->n - g->first));
        from = 0;
    }
    g->broken |= node < g->nested->node;
    g->nested->first_new = from;
    const struct plan bits = {.slices = g->n - from, .work = g, .slice = bits_slice};
    bool whole = plan_run(r, &bits);
    for (int i = from; i < g->n; i++)
        g->broken |= g->nested->kept[i] < 0;
    return whole;
}

int64_t nested_bytes(const struct nested *n)
{
    return weights_of(n->w) / 8 + n->w->rows * (int64_t)(sizeof(int32_t) * 2 + sizeof(double));
}

int64_t nested_band_bytes(const struct nested *n)
{
    return weights_of(n->w) * (int64_t)(sizeof(int32_t) + sizeof(float));
}

bool nested_find(struct group *g, struct runner *r)
{
    struct nested *n = g->nested;
    if (!n)
        return true;
    g->broken |= g->n < FEWEST || !has_bound(g, n) || !rank(g);
    if (g->broken)
        return true;
    const struct plan bands = {.slices = g->n, .work = g, .slice = band_slice};
    bool whole = plan_run(r, &bands);
    for (int i = 0; i < g->n; i++)
        g->broken |= n->kept[i] < 0;
    return whole;
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
    free(n->row_kept);
    free(n->doubt);
    free(n);
}

/* ---- how far rounding reaches ---- */

/* Of every row by rank, one variant on top of the other: |w_row|^2 and how many weights. */
struct rows {
    struct group *g;
    double *squares; /* [rank][row] */
    int32_t *kept;   /* [rank][row], the nested's */
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
    g->nested->row_kept = s.kept;
    sum_rows(&s);
    const struct plan plan = {.slices = g->n, .work = &s, .slice = reach_slice};
    bool whole = plan_run(r, &plan);
    run_free(s.first);
    free(s.squares);
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
    int32_t *start = mem_zero((size_t)n->w->rows + 1, sizeof *start);
    int at = 0;
    while (n->rank[at] != variant)
        at++;
    memcpy(start + 1, n->row_kept + at * n->w->rows, (size_t)n->w->rows * sizeof *start);
    sparse_fill(&d, start, p->sparse);
    return p;
}

void nested_form_free(struct prepared *p)
{
    prepared_free(p);
}
