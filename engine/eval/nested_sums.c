/* nested_sums: nested variants evaluated, block by block. Whether they are nested: nested.c. See nested.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/eval/nested.h"
#include "engine/graph/op.h"
#include "engine/graph/prepared.h"

static const float slack = 1 + 1e-5f, most_size = 1e15f; /* floats of a record's bound are rounded, too */

struct sums {
    const struct group *g;
    int n;                          /* records of the block */
    float *sums;                    /* [rows][lanes] of the layer */
    float **y;                      /* its rows */
    const float **rows;             /* the layer's inputs; those that are 0 for all records are one row: */
    float *nothing;                 /* [lanes] */
    float *size;                    /* [COLUMNS_MAX][lanes] of each column of bound.h by record */
    float *squares, *used, *margin; /* [lanes]; margin [outputs][lanes] */
    struct prepared given;
};

struct sums *sums_new(const struct group *g)
{
    const struct weighted *w = g->nested->w;
    size_t lanes = (size_t)program_lanes(g->base), rows = (size_t)w->rows, inputs = (size_t)w->inputs;
    struct sums *t = mem_zero(1, sizeof *t);
    t->g = g;
    t->sums = mem_lanes(rows * lanes, sizeof *t->sums);
    t->y = mem_alloc(rows, sizeof(float *));
    t->rows = mem_alloc(inputs, sizeof(float *));
    t->nothing = mem_lanes(lanes * (size_t)(COLUMNS_MAX + 3 + g->asked->how->n_outputs), sizeof *t->nothing);
    t->size = t->nothing + lanes;
    t->squares = t->size + COLUMNS_MAX * lanes;
    t->used = t->squares + lanes;
    t->margin = t->used + lanes;
    for (size_t r = 0; r < rows; r++)
        t->y[r] = t->sums + r * lanes;
    t->given = (struct prepared){.groups = 1, .rows = w->rows, .columns = w->inputs, .given = t->sums};
    return t;
}

void sums_free(struct sums *t)
{
    if (!t)
        return;
    free(t->sums);
    free(t->y);
    free(t->rows);
    free(t->nothing);
    free(t);
}

/* squares and used of [elements][lanes]. */
static void measure(struct sums *t, const float *x, int64_t elements)
{
    int lanes = program_lanes(t->g->base);
    memset(t->squares, 0, 2 * (size_t)lanes * sizeof *t->squares);
    t->g->asked->kernels->own->sizes((size_t)elements, lanes, x, t->squares, t->used);
}

/* At least |(x, 1)|: sums of squares are rounded like any other; what they lose of small ones is less than that of 1. */
static float size_of(const struct sums *t, int64_t elements, int record)
{
    double lost = 2 * ((double)elements + 2) * 0x1p-24;
    return lost < 0.5 ? (float)sqrt((t->squares[record] + 1.0) * (1 + 2 * lost)) * slack : INFINITY;
}

static float *column(const struct sums *t, int c)
{
    return t->size + (ptrdiff_t)c * program_lanes(t->g->base);
}

void sums_begin(struct sums *t, const struct run *once, int n)
{
    const struct nested *nested = t->g->nested;
    const struct weighted *w = nested->w;
    const struct lane_kernels *own = t->g->asked->kernels->own;
    int lanes = program_lanes(t->g->base);
    const float *x = run_value(once, nested->data);
    t->n = n;
    for (int64_t i = 0; i < w->inputs; i++) {
        const float *row = x + i * w->x_input * lanes;
        t->rows[i] = own->count(1, &row, lanes) > 0 ? row : t->nothing;
    }
    measure(t, x, nested->bound.v[0].elements);
    for (int record = 0; record < lanes; record++) {
        column(t, 0)[record] = 2 * size_of(t, nested->bound.v[0].elements, record);
        column(t, 1)[record] = column(t, 0)[record] * (float)bound_gamma(t->used[record] + 1.0) * slack;
    }
    memset(t->sums, 0, (size_t)(w->rows * lanes) * sizeof *t->sums);
}

int sums_next(struct sums *t, int rank, struct run *const *each)
{
    const struct nested *n = t->g->nested;
    int variant = n->rank[rank];
    t->g->asked->kernels->own->add(&n->bands[rank], t->rows, program_lanes(t->g->base), t->y);
    run_form(each[variant], n->node, &t->given);
    return variant;
}

/* What sources 0.. of a bound, of which there are n, add up to by record: of[column] for each of size 1. */
static void add_up(const struct sums *t, const float *of, int n, float *to)
{
    int lanes = program_lanes(t->g->base);
    const float *known = column(t, 0), *used = column(t, 1);
    for (int l = 0; l < lanes; l++) {
        float a = of[0] * known[l], b = of[1] * used[l];
        to[l] = a < b ? a : b;
    }
    for (int c = 2; c <= n; c++)
        t->g->asked->kernels->own->multiply_add(lanes, column(t, c), 1, &of[c], 0, to);
}

/* A source behind the layer: twice its size here, and what the other evaluation's may be more. */
static void take_size(struct sums *t, int variant, int source, const float *x)
{
    const struct nested *n = t->g->nested;
    int64_t elements = n->bound.v[source].elements;
    float *to = column(t, source + 1);
    measure(t, x, elements);
    add_up(t, n->reach[variant].within[source], source, to);
    for (int record = 0; record < t->n; record++)
        to[record] = to[record] * slack + 2 * size_of(t, elements, record);
}

bool sums_run(struct sums *t, int variant, struct run *r, const atomic_bool *stop)
{
    const struct bound *b = &t->g->nested->bound;
    const struct one *one = &t->g->v[variant];
    int source = 0;
    for (int i = 0; i < one->n_nodes; i++) {
        const struct rounding *s = source < b->n && b->v[source].node == one->nodes[i] ? &b->v[source] : NULL;
        if (s && source > 0 && !s->sum)
            take_size(t, variant, source, run_result(r, s->maker));
        if (!run_some(r, &one->nodes[i], 1, stop))
            return false;
        if (s && source > 0 && s->sum)
            take_size(t, variant, source, run_result(r, one->nodes[i]));
        source += s != NULL;
    }
    return true;
}

/* Could the answer be another one? Written so that what is no number is in doubt. */
static bool in_doubt(const struct sums *t, const float *y, int lanes, int record)
{
    const struct reading *how = t->g->asked->how;
    const float *v = y + record, *margin = t->margin + record;
    if (how->n_outputs == 1)
        return !(fabs(v[0] - (how->output == OUTPUT_PROBABILITIES ? 0.5 : 0.0)) > margin[0]);
    int best = 0;
    for (int k = 1; k < how->n_outputs; k++)
        best = v[k * lanes] > v[best * lanes] ? k : best;
    double least = (double)v[best * lanes] - margin[best * lanes];
    bool sure = true;
    for (int k = 0; k < how->n_outputs; k++)
        sure &= k == best || least > (double)v[k * lanes] + margin[k * lanes];
    return !sure;
}

static bool too_large(const struct sums *t, int record)
{
    bool fits = true;
    for (int c = 0; c <= t->g->nested->bound.n; c++)
        fits &= c == 1 || column(t, c)[record] < most_size;
    return !fits;
}

void sums_doubt(struct sums *t, int variant, int64_t first, const float *y)
{
    const struct nested *n = t->g->nested;
    const struct reach *reach = &n->reach[variant];
    int lanes = program_lanes(t->g->base), outputs = t->g->asked->how->n_outputs;
    for (int k = 0; k < outputs; k++) {
        float *margin = t->margin + (ptrdiff_t)k * lanes;
        add_up(t, reach->of + (ptrdiff_t)k * COLUMNS_MAX, n->bound.n, margin);
        for (int record = 0; record < t->n; record++)
            margin[record] *= slack;
    }
    for (int record = 0; record < t->n; record++)
        n->doubt[variant][first + record] =
            !reach->proven || too_large(t, record) || in_doubt(t, y, lanes, record);
}
