/* activity: see activity.h. */
#include "engine/explain/activity.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/explain/wiring.h"

struct work {
    const struct program *dense, *pruned;
    const struct dataset *data;
    const struct layer *layer;
    int value;
    int64_t *elements, n_elements; /* of the value: those that are the unit's */
    const int64_t *order;
    int64_t n;
    int lanes;
    double *mean[2]; /* by record, dense and pruned */
    double *most[2]; /* largest over positions */
};

struct runs {
    struct run *of[2];
};

static void *new_runs(const void *work)
{
    const struct work *w = work;
    struct runs *r = mem_zero(1, sizeof *r);
    r->of[0] = run_new(w->dense);
    r->of[1] = run_new(w->pruned);
    return r;
}

static void free_runs(void *scratch)
{
    struct runs *r = scratch;
    run_free(r->of[0]);
    run_free(r->of[1]);
    free(r);
}

/* One record's mean and maximum over the unit's positions. */
static void read_lane(const struct work *w, const float *y, int lane, int which, int64_t at)
{
    double sum = 0, most = -INFINITY;
    for (int64_t i = 0; i < w->n_elements; i++) {
        double v = y[w->elements[i] * w->lanes + lane];
        sum += v;
        most = v > most ? v : most;
    }
    w->mean[which][at] = w->n_elements ? sum / (double)w->n_elements : 0;
    w->most[which][at] = most;
}

static bool measure_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    struct runs *r = scratch;
    int64_t first = i * w->lanes, left = w->n - first;
    int n = left < w->lanes ? (int)left : w->lanes;
    for (int which = 0; which < 2; which++) {
        dataset_fill(w->data, w->order + first, n, w->lanes, run_input(r->of[which], 0));
        if (!run_until(r->of[which], w->value, stop))
            return false;
        const float *y = run_value(r->of[which], w->value);
        for (int lane = 0; lane < n; lane++)
            read_lane(w, y, lane, which, first + lane);
    }
    return true;
}

static void find_elements(const struct graph *g, int64_t unit, struct work *w)
{
    int64_t all = shape_elements(&g->values[w->value].shape);
    w->elements = mem_alloc((size_t)all, sizeof *w->elements);
    for (int64_t e = 0; e < all; e++)
        if (wiring_unit(g, w->layer, w->value, e) == unit)
            w->elements[w->n_elements++] = e;
}

static double mean_of(const double *v, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

static double silent_share(const double *most, int64_t n)
{
    int64_t silent = 0;
    for (int64_t i = 0; i < n; i++)
        silent += most[i] <= 0;
    return (double)silent / (double)n;
}

/* Pearson's r; NaN where one side does not vary. */
static double correlation(const double *x, const double *y, int64_t n)
{
    double mx = mean_of(x, n), my = mean_of(y, n), xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

int activity_value(const struct layers *l, const struct graph *g, int layer)
{
    const struct layer *at = &l->v[layer];
    return g->nodes[at->bias_node >= 0 ? at->bias_node : at->node].outputs[0];
}

bool activity_measure(const struct program *dense, const struct program *pruned, const struct dataset *d,
                      const struct layer *layer, int value, int64_t unit, const int64_t *order, int64_t n,
                      struct runner *r, struct activity *out, struct err *e)
{
    struct work w = {.dense = dense,
                     .pruned = pruned,
                     .data = d,
                     .layer = layer,
                     .value = value,
                     .order = order,
                     .n = n,
                     .lanes = program_lanes(dense)};
    find_elements(program_graph(dense), unit, &w);
    double *block = mem_zero((size_t)n * 4, sizeof *block);
    for (int which = 0; which < 2; which++) {
        w.mean[which] = block + which * n;
        w.most[which] = block + (2 + which) * n;
    }
    const struct plan plan = {.slices = (n + w.lanes - 1) / w.lanes,
                              .work = &w,
                              .scratch_new = new_runs,
                              .scratch_free = free_runs,
                              .slice = measure_slice};
    bool whole = plan_run(r, &plan);
    if (whole) {
        *out = (struct activity){.n = n, .twin = correlation(w.mean[0], w.mean[1], n)};
        out->mean = mean_of(w.mean[1], n);
        out->dense_mean = mean_of(w.mean[0], n);
        out->silent = silent_share(w.most[1], n);
        out->dense_silent = silent_share(w.most[0], n);
    }
    free(block);
    free(w.elements);
    return whole || err_set(e, ERR_CANCELLED, "the unit's activity was not measured to the end");
}
