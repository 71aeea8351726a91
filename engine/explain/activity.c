/* activity: see activity.h. */
#include "engine/explain/activity.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/explain/wiring.h"

enum { DENSE, PRUNED, BOTH };

/* A unit's activations on some records: means, and sums of products of what they differ from them by. */
struct moments {
    double n, mean[BOTH], square[BOTH], product, first[BOTH];
    int64_t silent[BOTH];
    bool varies[BOTH]; /* exactly: a rounded mean makes squares of what is constant, too */
};

struct work {
    const struct program *of[BOTH];
    const struct dataset *data;
    int value;
    int64_t units, n_elements;
    int64_t *unit, *positions; /* by element: whose it is; by unit: how many */
    const int64_t *order;
    int64_t n;
    int lanes;
    struct moments **slices, *all; /* [units]; a slice's until it is folded */
};

struct runs {
    struct run *of[BOTH];
    double *mean[BOTH], *most[BOTH]; /* [units][lanes] */
};

static void *new_runs(const void *work)
{
    const struct work *w = work;
    struct runs *r = mem_zero(1, sizeof *r);
    for (int which = 0; which < BOTH; which++) {
        r->of[which] = run_new(w->of[which]);
        r->mean[which] = mem_alloc((size_t)(w->units * w->lanes), sizeof **r->mean);
        r->most[which] = mem_alloc((size_t)(w->units * w->lanes), sizeof **r->most);
    }
    return r;
}

static void free_runs(void *scratch)
{
    struct runs *r = scratch;
    for (int which = 0; which < BOTH; which++) {
        run_free(r->of[which]);
        free(r->mean[which]);
        free(r->most[which]);
    }
    free(r);
}

/* Every record's mean and maximum over each unit's positions. */
static void read_block(const struct work *w, const float *y, double *mean, double *most)
{
    int64_t lanes = w->lanes;
    for (int64_t i = 0; i < w->units * lanes; i++) {
        mean[i] = 0;
        most[i] = -INFINITY;
    }
    for (int64_t e = 0; e < w->n_elements; e++, y += lanes) {
        double *sum = mean + w->unit[e] * lanes, *top = most + w->unit[e] * lanes;
        for (int64_t l = 0; l < lanes; l++) {
            sum[l] += (double)y[l];
            top[l] = (double)y[l] > top[l] ? (double)y[l] : top[l];
        }
    }
    for (int64_t u = 0; u < w->units; u++)
        for (int64_t l = 0; w->positions[u] > 0 && l < lanes; l++)
            mean[u * lanes + l] /= (double)w->positions[u];
}

/* Of n records of one block. */
static struct moments moments_of(const struct work *w, const struct runs *r, int64_t unit, int n)
{
    struct moments m = {.n = n};
    int64_t at = unit * w->lanes;
    for (int which = 0; which < BOTH; which++) {
        m.first[which] = r->mean[which][at];
        for (int l = 0; l < n; l++) {
            m.varies[which] |= r->mean[which][at + l] != m.first[which];
            m.mean[which] += r->mean[which][at + l];
            m.silent[which] += r->most[which][at + l] <= 0;
        }
        m.mean[which] /= n;
    }
    for (int l = 0; l < n; l++) {
        double x = r->mean[DENSE][at + l] - m.mean[DENSE], y = r->mean[PRUNED][at + l] - m.mean[PRUNED];
        m.square[DENSE] += x * x;
        m.square[PRUNED] += y * y;
        m.product += x * y;
    }
    return m;
}

static void merge(struct moments *into, const struct moments *m)
{
    if (into->n == 0) {
        *into = *m;
        return;
    }
    double n = into->n + m->n, by[BOTH], weight = into->n * m->n / n;
    for (int which = 0; which < BOTH; which++) {
        by[which] = m->mean[which] - into->mean[which];
        into->mean[which] += by[which] * m->n / n;
        into->square[which] += m->square[which] + by[which] * by[which] * weight;
        into->silent[which] += m->silent[which];
        into->varies[which] |= m->varies[which] || m->first[which] != into->first[which];
    }
    into->product += m->product + by[DENSE] * by[PRUNED] * weight;
    into->n = n;
}

static bool measure_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    struct runs *r = scratch;
    int64_t first = i * w->lanes, left = w->n - first;
    int n = left < w->lanes ? (int)left : w->lanes;
    for (int which = 0; which < BOTH; which++) {
        dataset_fill(w->data, w->order + first, n, w->lanes, run_input(r->of[which], 0));
        if (!run_until(r->of[which], w->value, stop))
            return false;
        read_block(w, run_value(r->of[which], w->value), r->mean[which], r->most[which]);
    }
    w->slices[i] = mem_alloc((size_t)w->units, sizeof **w->slices);
    for (int64_t u = 0; u < w->units; u++)
        w->slices[i][u] = moments_of(w, r, u, n);
    return true;
}

static void fold_slice(void *work, int64_t i)
{
    struct work *w = work;
    for (int64_t u = 0; u < w->units; u++)
        merge(&w->all[u], &w->slices[i][u]);
    free(w->slices[i]);
    w->slices[i] = NULL;
}

static void find_elements(const struct graph *g, const struct layer *layer, struct work *w)
{
    w->n_elements = shape_elements(&g->values[w->value].shape);
    w->unit = mem_alloc((size_t)w->n_elements, sizeof *w->unit);
    w->positions = mem_zero((size_t)w->units, sizeof *w->positions);
    for (int64_t e = 0; e < w->n_elements; e++) {
        w->unit[e] = wiring_unit(g, layer, w->value, e);
        w->positions[w->unit[e]]++;
    }
}

int activity_value(const struct layers *l, const struct graph *g, int layer)
{
    const struct layer *at = &l->v[layer];
    return g->nodes[at->bias_node >= 0 ? at->bias_node : at->node].outputs[0];
}

static struct activity activity_of(const struct moments *m)
{
    bool vary = m->varies[DENSE] && m->varies[PRUNED] && m->square[DENSE] > 0 && m->square[PRUNED] > 0;
    return (struct activity){.n = (int64_t)m->n,
                             .twin = vary ? m->product / sqrt(m->square[DENSE] * m->square[PRUNED]) : NAN,
                             .silent = (double)m->silent[PRUNED] / m->n,
                             .dense_silent = (double)m->silent[DENSE] / m->n,
                             .mean = m->mean[PRUNED],
                             .dense_mean = m->mean[DENSE]};
}

bool activity_measure(const struct program *dense, const struct program *pruned, const struct dataset *d,
                      const struct layer *layer, int value, const int64_t *order, int64_t n, struct runner *r,
                      struct activity *out, struct err *e)
{
    struct work w = {.of = {dense, pruned},
                     .data = d,
                     .value = value,
                     .units = layer->units,
                     .order = order,
                     .n = n,
                     .lanes = program_lanes(dense)};
    const struct plan plan = {.slices = (n + w.lanes - 1) / w.lanes,
                              .work = &w,
                              .scratch_new = new_runs,
                              .scratch_free = free_runs,
                              .slice = measure_slice,
                              .fold = fold_slice};
    find_elements(program_graph(dense), layer, &w);
    w.slices = mem_zero((size_t)plan.slices, sizeof *w.slices);
    w.all = mem_zero((size_t)w.units, sizeof *w.all);
    bool whole = plan_run(r, &plan);
    for (int64_t u = 0; whole && u < w.units; u++)
        out[u] = activity_of(&w.all[u]);
    for (int64_t i = 0; i < plan.slices; i++)
        free(w.slices[i]);
    free(w.slices);
    free(w.all);
    free(w.unit);
    free(w.positions);
    return whole || err_set(e, ERR_CANCELLED, "what the layer does was not measured to the end");
}
