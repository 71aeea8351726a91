/* gradient: sums and blocks. Layers: gradient_layers.c; record by record: gradient_records.c. See gradient.h. */
#include "engine/learn/gradient.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/learn/slices.h"
#include "engine/learn/tape.h"

/* What a slice has added up until it is folded. */
struct part {
    float *first, *second; /* all values asked, one after the other; second NULL without a direction */
    double loss;
};

struct work {
    struct slices at;
    const struct gradient_options *o;
    struct gradient *out;
    int64_t total;             /* elements of all values asked */
    struct part *parts;        /* by slice */
    double *block, **block_of; /* the present block's sums, and where each value's begin */
};

static void *new_run(const void *work)
{
    return tape_run_new(((const struct work *)work)->at.tape);
}

static void free_run(void *run)
{
    tape_run_free(run);
}

/* A record's own derivatives, out of the lanes. */
static void keep_each(const struct work *w, int i, const float *d, int64_t first, int n)
{
    int64_t elements = w->out->elements[i], lanes = w->at.lanes;
    float *to = w->o->each ? w->o->each[i] : NULL;
    for (int64_t k = 0; to && k < elements; k++)
        for (int l = 0; l < n; l++)
            to[(first + l) * elements + k] = d[k * lanes + l];
}

/* Values of lanes are added up in their order. */
static void sum_value(const struct work *w, int i, const float *d, float *to)
{
    bool constant = w->at.of->g->values[w->o->values[i]].constant != NULL;
    for (int64_t k = 0; k < w->out->elements[i]; k++) {
        double sum = constant ? (double)d[k] : 0;
        for (int l = 0; !constant && l < w->at.lanes; l++)
            sum += (double)d[k * w->at.lanes + l];
        to[k] = (float)sum;
    }
}

static bool slice(void *work, int64_t s, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    struct part *p = &w->parts[s];
    bool curved = w->o->direction != NULL;
    int64_t first, at = 0;
    int n;
    slice_records(&w->at, s, &first, &n);
    if (!slice_run(&w->at, s, scratch, &p->loss, stop))
        return false;
    p->first = mem_alloc((size_t)w->total, sizeof *p->first);
    p->second = curved ? mem_alloc((size_t)w->total, sizeof *p->second) : NULL;
    for (int i = 0; i < w->o->n_values; at += w->out->elements[i++]) {
        const float *d = tape_derivative(scratch, w->o->values[i], false);
        keep_each(w, i, d, first, n);
        sum_value(w, i, d, p->first + at);
        if (curved)
            sum_value(w, i, tape_derivative(scratch, w->o->values[i], true), p->second + at);
    }
    return true;
}

static void add(double *to, const float *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += (double)from[i];
}

/* A block is handed over when its last slice has come. */
static void add_to_block(struct work *w, int64_t s, const struct part *p)
{
    int64_t first, block = w->o->block;
    int n;
    slice_records(&w->at, s, &first, &n);
    add(w->block, p->first, w->total);
    if ((first + n) % block != 0 && first + n < w->at.of->n)
        return;
    int64_t begin = (first + n - 1) / block * block;
    w->o->visit(w->o->visit_data, begin, first + n - begin, (const double *const *)w->block_of);
    memset(w->block, 0, (size_t)w->total * sizeof *w->block);
}

static void fold(void *work, int64_t s)
{
    struct work *w = work;
    struct part *p = &w->parts[s];
    w->out->loss += p->loss;
    for (int64_t i = 0, at = 0; i < w->out->n; at += w->out->elements[i++]) {
        add(w->out->sum[i], p->first + at, w->out->elements[i]);
        if (p->second)
            add(w->out->curved[i], p->second + at, w->out->elements[i]);
    }
    if (w->block)
        add_to_block(w, s, p);
    free(p->first);
    free(p->second);
    *p = (struct part){0};
}

static void make_result(struct work *w, const struct graph *g)
{
    const struct gradient_options *o = w->o;
    struct gradient *out = w->out;
    *out = (struct gradient){.n = o->n_values};
    out->elements = mem_alloc((size_t)o->n_values, sizeof *out->elements);
    out->sum = mem_zero((size_t)o->n_values, sizeof *out->sum);
    out->curved = o->direction ? mem_zero((size_t)o->n_values, sizeof *out->curved) : NULL;
    for (int i = 0; i < o->n_values; i++) {
        out->elements[i] = shape_elements(&g->values[o->values[i]].shape);
        out->sum[i] = mem_zero((size_t)out->elements[i], sizeof **out->sum);
        if (out->curved)
            out->curved[i] = mem_zero((size_t)out->elements[i], sizeof **out->curved);
        w->total += out->elements[i];
    }
    if (o->block <= 0)
        return;
    w->block = mem_zero((size_t)w->total, sizeof *w->block);
    w->block_of = mem_alloc((size_t)o->n_values, sizeof *w->block_of);
    double *at = w->block;
    for (int i = 0; i < o->n_values; at += out->elements[i++])
        w->block_of[i] = at;
}

bool gradient_measure(const struct gradient_of *of, const struct gradient_options *o, struct runner *r,
                      struct gradient *out, struct err *e)
{
    const struct tape_options to = {.wanted = o->values,
                                    .n_wanted = o->n_values,
                                    .direction = o->direction,
                                    .linearised = o->gauss_newton};
    struct work w = {.o = o, .out = out};
    *out = (struct gradient){0};
    if (!slices_init(&w.at, of, &to, o->block, e))
        return false;
    make_result(&w, of->g);
    w.parts = mem_zero((size_t)w.at.n, sizeof *w.parts);
    const struct plan plan = {.slices = w.at.n,
                              .work = &w,
                              .scratch_new = new_run,
                              .scratch_free = free_run,
                              .slice = slice,
                              .fold = fold};
    bool whole = plan_run(r, &plan);
    for (int64_t s = 0; s < w.at.n; s++) {
        free(w.parts[s].first);
        free(w.parts[s].second);
    }
    free(w.parts);
    free(w.block);
    free(w.block_of);
    slices_release(&w.at);
    if (!whole)
        gradient_release(out);
    return whole || err_set(e, ERR_CANCELLED, "the derivatives were stopped before their end");
}

void gradient_release(struct gradient *g)
{
    for (int i = 0; i < g->n; i++) {
        free(g->sum[i]);
        if (g->curved)
            free(g->curved[i]);
    }
    free(g->sum);
    free(g->curved);
    free(g->elements);
    *g = (struct gradient){0};
}
