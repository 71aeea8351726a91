/* engine/learn on whole models: the samples and exported residual, depthwise and transformer nets against PyTorch in double precision
 * (tests/oracle/gradients.py): derivatives by weights and inputs, summed and per record, products with the Hessian and the Gauss-Newton
 * matrix, and what layers read. Within 1e-4 of the largest. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/io/onnx.h"
#include "engine/kernels/kernels.h"
#include "engine/learn/activation.h"
#include "engine/learn/gradient.h"
#include "tests/unit/util_run.h"

#define TOLERANCE 1e-4
enum { MOST_RECORDS = 100, EACH = 3 };

struct subject {
    struct model_file *file;
    struct graph *g;
    struct layers l;
    struct dataset *data;
    struct json *oracle;
    const struct json *tensors; /* of the oracle */
    struct kernels k;
    struct gradient_of of;
    int *values, n; /* asked: all constants that the oracle knows, and copies of layers' weights */
    const struct tensor **direction;
    struct runner runner;
};

static void must(bool ok, const struct err *e)
{
    if (!ok)
        print_error("%s\n", e->message ? e->message : "failed");
    assert_true(ok);
}

/* Constants that stand for parameters: the file's own, and what was folded from them. */
static bool is_parameter(const struct graph *g, int v)
{
    const struct value *value = &g->values[v];
    return value->constant && value->type == DT_F32 &&
           (value->initializer >= 0 || shape_elements(&value->shape) > 1);
}

static void choose_values(struct subject *s)
{
    s->values = mem_alloc((size_t)s->g->n_values + 1, sizeof *s->values);
    s->direction = mem_zero((size_t)s->g->n_values, sizeof *s->direction);
    for (int v = 0; v < s->g->n_values; v++)
        if (is_parameter(s->g, v)) {
            s->values[s->n++] = v;
            s->direction[v] = s->g->values[v].constant;
        }
    s->values[s->n++] = s->g->inputs[0];
}

static void subject_open(struct subject *s, const char *name)
{
    struct err e = {0};
    struct buf text = {0};
    char path[160];
    *s = (struct subject){.k = plain_kernels()};
    snprintf(path, sizeof path, "tests/oracle/gradients/%s.json", name);
    must(file_read(path, 1 << 24, &text, &e), &e);
    s->oracle = json_parse(text.data, text.len, name, &e);
    must(s->oracle != NULL, &e);
    buf_release(&text);
    s->tensors = json_get(s->oracle, "tensors");
    snprintf(path, sizeof path, "samples/%s/model.onnx", name);
    if (!file_exists(path))
        snprintf(path, sizeof path, "tests/data/foreign/%s.onnx", name);
    s->file = model_file_read(path, &e);
    must(s->file != NULL, &e);
    s->g = graph_bind(model_file_source(s->file), 0, &e);
    must(s->g != NULL, &e);
    must(layers_find(s->g, &s->l, &e), &e);
    snprintf(path, sizeof path, "samples/%s/dataset.json", name);
    if (!file_exists(path))
        snprintf(path, sizeof path, "tests/oracle/gradients/%s.data.json", name);
    s->data = dataset_open(path, &(struct dataset_options){0}, &e);
    must(s->data != NULL, &e);
    s->of = (struct gradient_of){.g = s->g, .kernels = &s->k, .data = s->data};
    must(reading_make(s->g, s->data, &s->of.loss.how, &e), &e);
    enum split split = s->data->n_split[SPLIT_TEST] ? SPLIT_TEST : SPLIT_ALL;
    s->of.order = s->data->rows[split];
    s->of.n = s->data->n_split[split] < MOST_RECORDS ? s->data->n_split[split] : MOST_RECORDS;
    choose_values(s);
    runner_serial(&s->runner, NULL);
}

static void subject_close(struct subject *s)
{
    free(s->values);
    free(s->direction);
    dataset_free(s->data);
    layers_release(&s->l);
    graph_free(s->g);
    model_file_free(s->file);
    json_free(s->oracle);
}

/* ---- comparing ---- */

static const struct json *nth(const struct json *array, int k)
{
    const struct json *at = json_first(array);
    while (k-- > 0)
        at = json_next(at);
    return at;
}

/* An array against its kept elements and norm. */
static void compare(const char *what, const char *which, const struct json *want, const double *got,
                    int64_t n)
{
    double most = json_num(json_get(want, "most"), NAN), norm = json_num(json_get(want, "norm"), NAN),
           own = 0;
    const struct json *at = json_first(json_get(want, "at"));
    for (int64_t i = 0; i < n; i++)
        own += got[i] * got[i];
    if (!(fabs(sqrt(own) - norm) <= TOLERANCE * norm + 1e-30))
        fail_msg("%s of %s: norm %.9g instead of %.9g", which, what, sqrt(own), norm);
    for (int64_t k = 0; at; at = json_next(at), k++) {
        int64_t place = (k * 2654435761 + 12345) % n;
        if (!(fabs(got[place] - json_num(at, NAN)) <= TOLERANCE * most))
            fail_msg("%s of %s: element %lld is %.9g instead of %.9g, the largest %.9g", which, what,
                     (long long)place, got[place], json_num(at, NAN), most);
    }
}

static const struct json *known(const struct subject *s, const char *tensor)
{
    const struct json *row = json_get(s->tensors, tensor);
    if (!row)
        fail_msg("the oracle has no %s", tensor);
    return row;
}

/* Every parameter of the file that the graph reads as it is, or of which it reads copies. */
static void compare_all(const struct subject *s, const double *const *sums, const char *which)
{
    int compared = 0, layers = 0;
    for (int v = 0; v < s->g->n_values; v++) {
        const struct value *value = &s->g->values[v];
        const struct json *row =
            value->constant && value->initializer >= 0 ? json_get(s->tensors, value->name) : NULL;
        if (!row)
            continue;
        int64_t n = shape_elements(&value->shape);
        double *own = mem_alloc((size_t)n, sizeof *own);
        gradient_of_tensor(s->g, v, s->values, s->n, sums, own);
        compare(value->name, which, json_get(row, which), own, n);
        free(own);
        compared++;
        for (int i = 0; i < s->l.n; i++)
            layers += s->l.v[i].value == v;
    }
    assert_int_equal(layers, s->l.n);
    assert_true(compared > layers);
}

static void summed(const char *name, const char *kernels)
{
    struct subject s;
    struct gradient g;
    struct err e = {0};
    subject_open(&s, name);
    must(kernels_choose(kernels, &s.k, &e), &e);
    int64_t n = shape_elements(&s.g->values[s.g->inputs[0]].shape);
    float *each = mem_alloc((size_t)(n * s.of.n), sizeof *each);
    float **by_value = mem_zero((size_t)s.n, sizeof *by_value);
    by_value[s.n - 1] = each;
    const struct gradient_options o = {.values = s.values, .n_values = s.n, .each = by_value};
    must(gradient_measure(&s.of, &o, &s.runner, &g, &e), &e);
    assert_true(fabs(g.loss - json_num(json_get(s.oracle, "loss"), NAN)) <= TOLERANCE * fabs(g.loss));
    compare_all(&s, (const double *const *)g.sum, "sum");
    for (int r = 0; r < EACH; r++) {
        int64_t record = (int64_t)json_num(nth(json_get(s.oracle, "records"), r), NAN);
        double *one = mem_alloc((size_t)n, sizeof *one);
        for (int64_t i = 0; i < n; i++)
            one[i] = (double)each[record * n + i];
        compare("input", "record", nth(json_get(s.oracle, "input"), r), one, n);
        free(one);
    }
    gradient_release(&g);
    free(each);
    free(by_value);
    subject_close(&s);
}

/* With the own kernels alone, and with OpenBLAS where the table of choice.c prefers it. */
static void sums(void **state)
{
    summed(*state, "noblas");
    summed(*state, "auto");
}

static void curvature(void **state)
{
    struct subject s;
    struct err e = {0};
    subject_open(&s, *state);
    for (int gauss = 0; gauss < 2; gauss++) {
        struct gradient g;
        const struct gradient_options o = {
            .values = s.values, .n_values = s.n, .direction = s.direction, .gauss_newton = gauss};
        must(gradient_measure(&s.of, &o, &s.runner, &g, &e), &e);
        compare_all(&s, (const double *const *)g.curved, gauss ? "gauss" : "curved");
        gradient_release(&g);
    }
    subject_close(&s);
}

/* ---- record by record ---- */

struct picked {
    const struct layers *l;
    int64_t records[EACH];
    double *g[EACH]; /* [prunable] */
};

struct slot {
    float *g[EACH]; /* NULL: the record is not in this slice */
};

static void *slot_new(const void *data)
{
    (void)data;
    return mem_zero(1, sizeof(struct slot));
}

static void take_row(const void *data, void *slot, const struct record_rows *rows)
{
    const struct picked *p = data;
    struct slot *s = slot;
    const struct layer *l = &p->l->v[rows->layer];
    for (int r = 0; r < EACH; r++) {
        int64_t lane = p->records[r] - rows->first;
        if (lane < 0 || lane >= rows->n)
            continue;
        if (!s->g[r])
            s->g[r] = mem_zero((size_t)p->l->prunable, sizeof *s->g[r]);
        for (int64_t k = 0; k < l->inputs * l->taps; k++)
            s->g[r][l->first + layer_index(l, rows->unit, k / l->taps, k % l->taps)] =
                rows->g[k * rows->lanes + lane];
    }
}

static void slot_free(void *slot)
{
    struct slot *s = slot;
    for (int r = 0; r < EACH; r++)
        free(s->g[r]);
    free(s);
}

static void take_slot(void *data, void *slot)
{
    struct picked *p = data;
    struct slot *s = slot;
    for (int r = 0; r < EACH; r++)
        for (int64_t i = 0; s->g[r] && i < p->l->prunable; i++)
            p->g[r][i] += (double)s->g[r][i];
    slot_free(s);
}

static void records(void **state)
{
    struct subject s;
    struct err e = {0};
    subject_open(&s, *state);
    struct picked p = {.l = &s.l};
    for (int r = 0; r < EACH; r++) {
        p.records[r] = (int64_t)json_num(nth(json_get(s.oracle, "records"), r), NAN);
        p.g[r] = mem_zero((size_t)s.l.prunable, sizeof *p.g[r]);
    }
    const struct record_visitor v = {
        .data = &p, .slot_new = slot_new, .row = take_row, .fold = take_slot, .slot_free = slot_free};
    must(gradient_records(&s.of, &s.l, NULL, &v, &s.runner, &e), &e);
    for (int r = 0; r < EACH; r++)
        for (int i = 0; i < s.l.n; i++) {
            const struct layer *l = &s.l.v[i];
            compare(l->tensor, "record", nth(json_get(known(&s, l->tensor), "each"), r), p.g[r] + l->first,
                    l->weights);
        }
    for (int r = 0; r < EACH; r++)
        free(p.g[r]);
    subject_close(&s);
}

/* ---- what layers read ---- */

static void inputs_of(const struct activation *a, const struct layer *l, const struct json *row)
{
    const struct json *want = json_get(row, "columns");
    assert_int_equal(a->in.count, (int64_t)json_num(json_get(row, "looks"), NAN));
    compare(l->tensor, "sum of inputs", nth(want, 0), a->in.sum, a->in.n);
    compare(l->tensor, "squares of inputs", nth(want, 1), a->in.squares, a->in.n);
    compare(l->tensor, "zeros of inputs", nth(want, 2), a->in.zeros, a->in.n);
    compare(l->tensor, "products of inputs", nth(want, 3), a->products, a->in.n * a->columns);
}

static void activations(void **state)
{
    struct subject s;
    struct err e = {0};
    int compared = 0;
    subject_open(&s, *state);
    const struct activation_of of = {
        .g = s.g, .kernels = &s.k, .data = s.data, .order = s.of.order, .n = s.of.n};
    struct activation *a = mem_zero((size_t)s.l.n, sizeof *a);
    must(activation_measure(&of, &s.l, NULL, true, &s.runner, a, &e), &e);
    for (int i = 0; i < s.l.n; i++) {
        const struct json *row = known(&s, s.l.v[i].tensor);
        if (!json_get(row, "columns"))
            continue; /* of the initializer's copy */
        inputs_of(&a[i], &s.l.v[i], row);
        compared++;
    }
    assert_true(compared > 0);
    activation_release(a, s.l.n);
    free(a);
    subject_close(&s);
}

int main(void)
{
    static char *names[] = {"breast-cancer", "credit",       "readmit",    "digits-mlp",
                            "digits-cnn",    "resnet-small", "script-cnn", "dynamo-cnn",
                            "script-vit",    "dynamo-vit",   "vit-2block", "vit-2block-op14"};
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } checks[] = {
        {"sums", sums}, {"curvature", curvature}, {"records", records}, {"activations", activations}};
    enum { NAMES = sizeof names / sizeof *names, CHECKS = sizeof checks / sizeof *checks };
    static char titles[NAMES * CHECKS][64];
    struct CMUnitTest tests[NAMES * CHECKS] = {{0}};
    for (int i = 0; i < NAMES * CHECKS; i++) {
        snprintf(titles[i], sizeof titles[i], "%s of %s", checks[i % CHECKS].name, names[i / CHECKS]);
        tests[i] = (struct CMUnitTest){
            .name = titles[i], .test_func = checks[i % CHECKS].run, .initial_state = names[i / CHECKS]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
