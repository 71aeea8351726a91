/* engine/explain/activity: what units do on records, against plain loops over the same results; a layer's units kept for the next. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/pool.h"
#include "app/session/active.h"
#include "app/session/measure.h"
#include "engine/base/mem.h"
#include "engine/explain/wiring.h"

enum { RECORDS = 131 }; /* not a whole number of blocks */

struct seat {
    struct session session;
    struct pool *pool;
};

static double no_time(void)
{
    return 0;
}

static void run(struct seat *d, const char *line)
{
    struct answer a;
    struct err e = {0};
    bool ok = cmd_run(&d->session, line, &a, &e);
    if (!ok)
        print_message("%s: %s\n", line, e.message);
    assert_true(ok);
    answer_release(&a);
}

static void sit_down(struct seat *d, const char *model, const char *data)
{
    const struct session_options options = {.seed = 1};
    memset(d, 0, sizeof *d);
    d->pool = pool_new(2);
    assert_true(session_open(&d->session, &options, pool_runner(d->pool), no_time, NULL));
    run(d, model);
    run(d, data);
    run(d, "prune 0.8");
}

static void leave(struct seat *d)
{
    session_close(&d->session);
    pool_free(d->pool);
}

/* One side's activations of a unit, record by record, and how often it is silent. */
static double activations(const struct program *p, const struct dataset *set, const struct layer *l,
                          int value, int64_t unit, const int64_t *order, double *out)
{
    const struct graph *g = program_graph(p);
    int lanes = program_lanes(p);
    struct run *r = run_new(p);
    int silent = 0;
    for (int i = 0; i < RECORDS; i++) {
        double sum = 0, most = -INFINITY;
        int64_t positions = 0;
        dataset_fill(set, order + i, 1, lanes, run_input(r, 0));
        assert_true(run_forward(r, NULL));
        const float *y = run_value(r, value);
        for (int64_t e = 0; e < shape_elements(&g->values[value].shape); e++)
            if (wiring_unit(g, l, value, e) == unit) {
                sum += (double)y[e * lanes];
                most = fmax(most, (double)y[e * lanes]);
                positions++;
            }
        out[i] = sum / (double)positions;
        silent += most <= 0;
    }
    run_free(r);
    return (double)silent / RECORDS;
}

static double mean_of(const double *v)
{
    double sum = 0;
    for (int i = 0; i < RECORDS; i++)
        sum += v[i];
    return sum / RECORDS;
}

/* Pearson's r, by the definition. */
static double pearson(const double *x, const double *y)
{
    double xx = 0, yy = 0, xy = 0, mx = mean_of(x), my = mean_of(y);
    for (int i = 0; i < RECORDS; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

static void same(double got, double expected)
{
    assert_true(fabs(got - expected) < 1e-9 * fmax(1, fabs(expected)));
}

static void check_units(struct seat *d, int layer, const int64_t *units, int n_units)
{
    const struct state *at = d->session.state;
    const struct model *m = at->current;
    const struct layer *l = &m->layers.v[layer];
    struct bound_program dense, pruned;
    int64_t n;
    int value = activity_value(&m->layers, m->graph, layer);
    const int64_t *order = measure_order(&d->session, at, dataset_default_split(at->data->set), &n);
    struct activity *got = mem_zero((size_t)l->units, sizeof *got);
    assert_true(measure_program(&d->session, m, NULL, &value, 1, 0, &dense, NULL));
    assert_true(measure_program(&d->session, m, at->mask, &value, 1, 0, &pruned, NULL));
    assert_true(activity_measure(dense.program, pruned.program, at->data->set, l, value, order, RECORDS,
                                 d->session.runner, got, NULL));
    for (int k = 0; k < n_units; k++) {
        double x[RECORDS], y[RECORDS];
        const struct activity *a = &got[units[k]];
        same(a->dense_silent, activations(dense.program, at->data->set, l, value, units[k], order, x));
        same(a->silent, activations(pruned.program, at->data->set, l, value, units[k], order, y));
        same(a->dense_mean, mean_of(x));
        same(a->mean, mean_of(y));
        same(a->twin, pearson(x, y));
        assert_int_equal(a->n, RECORDS);
    }
    free(got);
    bound_program_release(&dense);
    bound_program_release(&pruned);
}

static void test_dense_layers(void **state)
{
    (void)state;
    struct seat d;
    sit_down(&d, "open samples/readmit/model.onnx", "data samples/readmit/dataset.json");
    check_units(&d, 0, (const int64_t[]){0, 80, 127}, 3);
    check_units(&d, 1, (const int64_t[]){57}, 1);
    leave(&d);
}

static void test_convolutions(void **state)
{
    (void)state;
    struct seat d;
    sit_down(&d, "open samples/digits-cnn/model.onnx", "data samples/digits-cnn/dataset.json");
    check_units(&d, 0, (const int64_t[]){0, 15}, 2);
    check_units(&d, 1, (const int64_t[]){3}, 1);
    leave(&d);
}

/* A unit that is only its bias has no twin to agree with, however its constant is rounded. */
static void test_constants_have_no_twin(void **state)
{
    (void)state;
    struct seat d;
    sit_down(&d, "open samples/readmit/model.onnx", "data samples/readmit/dataset.json");
    run(&d, "cut fc1/7");
    const struct activity *all = active_layer(&d.session, d.session.state, 0, NULL);
    assert_true(isnan(all[7].twin));
    assert_false(isnan(all[80].twin));
    leave(&d);
}

/* The next unit of the layer is there already; another layer or mask is measured anew. */
static void test_a_layer_is_measured_once(void **state)
{
    (void)state;
    struct seat d;
    sit_down(&d, "open samples/readmit/model.onnx", "data samples/readmit/dataset.json");
    const struct state *at = d.session.state;
    const struct activity *first = active_layer(&d.session, at, 0, NULL);
    double twin = first[80].twin;
    assert_ptr_equal(active_layer(&d.session, at, 0, NULL), first);
    run(&d, "prune 0.9");
    assert_true(active_layer(&d.session, d.session.state, 0, NULL)[80].twin != twin);
    run(&d, "undo");
    assert_true(active_layer(&d.session, d.session.state, 0, NULL)[80].twin == twin);
    assert_true(active_layer(&d.session, d.session.state, 2, NULL)[1].n == 4096);
    leave(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense_layers),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_constants_have_no_twin),
        cmocka_unit_test(test_a_layer_is_measured_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
