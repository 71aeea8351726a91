/* engine/learn over data sets: losses of every kind are eval's; blocks; the memory limit; threads and kernel levels byte for byte; what
 * layers give; records of tied, turned and grouped layers; refusals. Whole models: test_gradient_models.c; losses: test_loss.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/pool.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/io/onnx.h"
#include "engine/kernels/kernels.h"
#include "engine/learn/activation.h"
#include "engine/learn/gradient.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

enum { RECORDS = 131, FEW = 67 }; /* no whole number of blocks */

struct subject {
    struct model_file *file;
    struct source *source; /* where there is no file */
    struct graph *g;
    struct layers l;
    struct dataset *data;
    struct kernels k;
    struct gradient_of of;
    int *values, n;
    struct runner serial, *runner;
};

static void must(bool ok, const struct err *e)
{
    if (!ok)
        print_error("%s\n", e->message ? e->message : "failed");
    assert_true(ok);
}

/* Model and data set; all records of the data set's own split, at most RECORDS. */
static void subject_bind(struct subject *s, const char *data)
{
    struct err e = {0};
    must(s->g != NULL, &e);
    must(layers_find(s->g, &s->l, &e), &e);
    s->data = dataset_open(data, &(struct dataset_options){0}, &e);
    must(s->data != NULL, &e);
    s->k = plain_kernels();
    s->of = (struct gradient_of){.g = s->g, .kernels = &s->k, .data = s->data};
    enum split split = s->data->n_split[SPLIT_TEST] ? SPLIT_TEST : SPLIT_ALL;
    s->of.order = s->data->rows[split];
    s->of.n = s->data->n_split[split] < RECORDS ? s->data->n_split[split] : RECORDS;
    s->values = gradient_values(s->g, &s->l, NULL, &s->n);
    runner_serial(&s->serial, NULL);
    s->runner = &s->serial;
}

static void subject_open(struct subject *s, const char *model, const char *data)
{
    struct err e = {0};
    *s = (struct subject){.file = model_file_read(model, &e)};
    must(s->file != NULL, &e);
    s->g = graph_bind(model_file_source(s->file), 0, &e);
    subject_bind(s, data);
    must(reading_make(s->g, s->data, &s->of.loss.how, &e), &e);
}

static void subject_close(struct subject *s)
{
    free(s->values);
    dataset_free(s->data);
    layers_release(&s->l);
    graph_free(s->g);
    if (s->file)
        model_file_free(s->file);
    if (s->source)
        source_free(s->source);
}

static struct gradient measured(struct subject *s, const struct gradient_options *o)
{
    struct err e = {0};
    struct gradient g;
    struct gradient_options own = o ? *o : (struct gradient_options){0};
    own.values = s->values;
    own.n_values = s->n;
    must(gradient_measure(&s->of, &own, s->runner, &g, &e), &e);
    return g;
}

/* ---- losses ---- */

/* The losses' sum is eval's. */
static void losses(void **state)
{
    static const char *const kinds[][2] = {{"logit", "logit"},
                                           {"probability", "probability"},
                                           {"values", "values"},
                                           {"two_values", "two_values"},
                                           {"classes", "classes"}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct subject s;
        struct err e = {0};
        char model[96], data[96];
        snprintf(model, sizeof model, "tests/data/kinds/%s.onnx", kinds[i][0]);
        snprintf(data, sizeof data, "tests/data/kinds/%s.json", kinds[i][1]);
        subject_open(&s, model, data);
        struct program *p = program_new(s.g, NULL, &(struct program_options){.kernels = &s.k}, &e);
        struct outcome *o =
            outcome_measure(p, s.data, &s.of.loss.how, s.of.order, s.of.n, s.of.n, s.runner, &e);
        must(o != NULL, &e);
        double sum = 0;
        for (int64_t r = 0; r < s.of.n; r++)
            sum += o->losses[r];
        struct gradient g = measured(&s, NULL);
        assert_true(fabs(g.loss - sum) <= 1e-9 * fabs(sum));
        gradient_release(&g);
        outcome_free(o);
        program_free(p);
        subject_close(&s);
    }
}

/* ---- other weights ---- */

/* Overrides: all weights times this. free_scaled. */
static const struct tensor **scaled(const struct subject *s, float by)
{
    const struct tensor **v = mem_zero((size_t)s->g->n_values, sizeof *v);
    for (int i = 0; i < s->n; i++) {
        struct tensor *t = tensor_copy(s->g->values[s->values[i]].constant);
        for (int64_t k = 0; k < shape_elements(&t->shape); k++)
            t->f[k] *= by;
        v[s->values[i]] = t;
    }
    return v;
}

static void free_scaled(const struct subject *s, const struct tensor **v)
{
    for (int i = 0; i < s->n; i++)
        tensor_free((struct tensor *)v[s->values[i]]);
    free(v);
}

/* At weights that are not the file's the derivatives are those of the loss there. */
static void other_weights(void **state)
{
    struct subject s;
    double loss[3], along = 0;
    const float by[] = {0.5f, 0.501f, 0.499f};
    (void)state;
    subject_open(&s, "samples/credit/model.onnx", "samples/credit/dataset.json");
    for (int i = 0; i < 3; i++) {
        const struct tensor **weights = scaled(&s, by[i]);
        s.of.weights = weights;
        struct gradient g = measured(&s, NULL);
        loss[i] = g.loss;
        for (int v = 0; i == 0 && v < s.n; v++)
            for (int64_t k = 0; k < g.elements[v]; k++)
                along += g.sum[v][k] * (double)s.g->values[s.values[v]].constant->f[k];
        gradient_release(&g);
        free_scaled(&s, weights);
    }
    double difference = (loss[1] - loss[2]) / ((double)by[1] - (double)by[2]);
    assert_true(fabs(difference) > 1);
    if (!(fabs(along - difference) <= 1e-3 * fabs(difference)))
        fail_msg("%.9g instead of %.9g", along, difference);
    subject_close(&s);
}

/* ---- blocks ---- */

struct blocks {
    struct subject *s;
    int64_t n, records, size;
    double first; /* element 0 of value 0, over all blocks */
};

/* The block is what its records alone have. */
static void take_block(void *data, int64_t first, int64_t n, const double *const *sums)
{
    struct blocks *b = data;
    struct subject alone = *b->s;
    assert_int_equal(first, b->records);
    assert_int_equal(n, b->s->of.n - first < b->size ? b->s->of.n - first : b->size);
    alone.of.order += first;
    alone.of.n = n;
    struct gradient g = measured(&alone, NULL);
    for (int i = 0; i < g.n; i++)
        assert_memory_equal(sums[i], g.sum[i], (size_t)g.elements[i] * sizeof *g.sum[i]);
    gradient_release(&g);
    b->first += sums[0][5];
    b->records += n;
    b->n++;
}

static void in_blocks(void **state)
{
    static const int64_t sizes[] = {64, 10, 100};
    struct subject s;
    (void)state;
    subject_open(&s, "samples/breast-cancer/model.onnx", "samples/breast-cancer/dataset.json");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct blocks b = {.s = &s, .size = sizes[i]};
        struct gradient g = measured(
            &s, &(struct gradient_options){.block = sizes[i], .visit = take_block, .visit_data = &b});
        assert_int_equal(b.records, s.of.n);
        assert_int_equal(b.n, (s.of.n + sizes[i] - 1) / sizes[i]);
        assert_true(fabs(b.first - g.sum[0][5]) <= 1e-9 * fabs(b.first));
        gradient_release(&g);
    }
    subject_close(&s);
}

/* ---- memory ---- */

static void near(const struct gradient *a, const struct gradient *b)
{
    for (int i = 0; i < a->n; i++) {
        double most = 0;
        for (int64_t k = 0; k < a->elements[i]; k++)
            most = fmax(most, fabs(a->sum[i][k]));
        for (int64_t k = 0; k < a->elements[i]; k++)
            assert_true(fabs(a->sum[i][k] - b->sum[i][k]) <= 1e-5 * most);
    }
}

static void memory(void **state)
{
    struct subject s;
    struct err e = {0};
    struct gradient wide, g;
    (void)state;
    subject_open(&s, "samples/digits-cnn/model.onnx", "samples/digits-cnn/dataset.json");
    wide = measured(&s, NULL);
    s.of.memory = 6 << 20; /* too little for 64 lanes */
    g = measured(&s, NULL);
    near(&wide, &g);
    gradient_release(&g);
    s.of.memory = 1000;
    assert_false(gradient_measure(&s.of, &(struct gradient_options){.values = s.values, .n_values = s.n},
                                  s.runner, &g, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.hint, "--memory"));
    err_release(&e);
    const struct activation_of of = {
        .g = s.g, .kernels = &s.k, .data = s.data, .order = s.of.order, .n = s.of.n, .memory = 1 << 20};
    struct activation *a = mem_zero((size_t)s.l.n, sizeof *a);
    assert_false(activation_measure(&of, &s.l, NULL, true, s.runner, a, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.message, "more than the limit of"));
    err_release(&e);
    free(a);
    gradient_release(&wide);
    subject_close(&s);
}

/* ---- the same bytes ---- */

/* Squares of each record's derivatives, summed, as Fisher's information has them. */
struct fisher {
    const struct layers *l;
    double *sum;
};

static void *fisher_slot(const void *data)
{
    return mem_zero((size_t)((const struct fisher *)data)->l->prunable, sizeof(double));
}

static void fisher_row(const void *data, void *slot, const struct record_rows *rows)
{
    const struct fisher *f = data;
    const struct layer *l = &f->l->v[rows->layer];
    double *sum = slot;
    for (int64_t k = 0; k < l->inputs * l->taps; k++) {
        double squares = 0;
        for (int lane = 0; lane < rows->n; lane++)
            squares += (double)rows->g[k * rows->lanes + lane] * (double)rows->g[k * rows->lanes + lane];
        sum[l->first + layer_index(l, rows->unit, k / l->taps, k % l->taps)] += squares;
    }
}

static void fisher_fold(void *data, void *slot)
{
    struct fisher *f = data;
    for (int64_t i = 0; i < f->l->prunable; i++)
        f->sum[i] += ((double *)slot)[i];
    free(slot);
}

/* All that can be asked for, one behind the other. */
struct answers {
    double *v;
    size_t n, capacity;
};

static void answer(struct answers *a, const double *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        a->v = mem_grow(a->v, a->n, &a->capacity, sizeof *a->v);
        a->v[a->n++] = from[i];
    }
}

static struct answers ask(struct subject *s)
{
    struct answers all = {0};
    struct err e = {0};
    const struct tensor **direction = mem_zero((size_t)s->g->n_values, sizeof *direction);
    for (int i = 0; i < s->n; i++)
        direction[s->values[i]] = s->g->values[s->values[i]].constant;
    struct gradient g = measured(s, &(struct gradient_options){.direction = direction});
    for (int i = 0; i < g.n; i++) {
        answer(&all, g.sum[i], g.elements[i]);
        answer(&all, g.curved[i], g.elements[i]);
    }
    gradient_release(&g);
    free(direction);
    struct fisher f = {&s->l, mem_zero((size_t)s->l.prunable, sizeof *f.sum)};
    const struct record_visitor v = {
        .data = &f, .slot_new = fisher_slot, .row = fisher_row, .fold = fisher_fold, .slot_free = free};
    must(gradient_records(&s->of, &s->l, NULL, &v, s->runner, &e), &e);
    answer(&all, f.sum, s->l.prunable);
    free(f.sum);
    const struct activation_of of = {
        .g = s->g, .kernels = &s->k, .data = s->data, .order = s->of.order, .n = s->of.n};
    struct activation *a = mem_zero((size_t)s->l.n, sizeof *a);
    must(activation_measure(&of, &s->l, NULL, true, s->runner, a, &e), &e);
    for (int i = 0; i < s->l.n; i++) {
        answer(&all, a[i].products, a[i].in.n * a[i].columns);
        answer(&all, a[i].out.squares, a[i].out.n);
    }
    activation_release(a, s->l.n);
    free(a);
    return all;
}

static void same_bytes(void **state)
{
    static const char *const names[][2] = {
        {"samples/digits-cnn/model.onnx", "samples/digits-cnn/dataset.json"},
        {"tests/data/foreign/vit-2block.onnx", "tests/oracle/gradients/vit-2block.data.json"},
        {"tests/data/foreign/script-cnn.onnx", "tests/oracle/gradients/script-cnn.data.json"}};
    static const char *const levels[] = {"plain", "avx2", "avx512"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct subject s;
        struct answers first = {0};
        subject_open(&s, names[i][0], names[i][1]);
        s.of.n = s.of.n < FEW ? s.of.n : FEW;
        for (int at = 0; at < 6; at++) {
            struct pool *pool = pool_new(1 + at % 2);
            bool again = at == 1; /* the plain level is slow: once is enough */
            if (!again && kernels_choose(levels[at / 2], &s.k, NULL)) { /* else this processor lacks it */
                s.k.blas = false;
                s.runner = pool_runner(pool);
                struct answers now = ask(&s);
                if (at == 0) {
                    first = now;
                } else {
                    assert_int_equal(now.n, first.n);
                    assert_memory_equal(now.v, first.v, now.n * sizeof *now.v);
                    free(now.v);
                }
            }
            pool_free(pool);
        }
        free(first.v);
        subject_close(&s);
    }
}

/* ---- what layers give ---- */

/* A layer's results, bias included, by plain loops. */
static void results(void **state)
{
    struct subject s;
    struct err e = {0};
    (void)state;
    subject_open(&s, "samples/breast-cancer/model.onnx", "samples/breast-cancer/dataset.json");
    const struct activation_of of = {
        .g = s.g, .kernels = &s.k, .data = s.data, .order = s.of.order, .n = s.of.n};
    const bool only[] = {false, true, false};
    struct activation a[3];
    must(activation_measure(&of, &s.l, only, false, s.runner, a, &e), &e);
    assert_true(a[0].out.n == 0 && a[2].out.n == 0 && !a[1].products);
    int value = s.g->nodes[s.l.v[1].node].outputs[0];
    struct program *p =
        program_new(s.g, NULL, &(struct program_options){.kernels = &s.k, .lanes = 1, .keep_all = true}, &e);
    struct run *r = run_new(p);
    double sum[16] = {0}, squares[16] = {0};
    assert_int_equal(a[1].out.n, 8);
    assert_int_equal(a[1].out.count, s.of.n);
    for (int64_t i = 0; i < s.of.n; i++) {
        dataset_fill(s.data, s.of.order + i, 1, 1, run_input(r, 0));
        assert_true(run_forward(r, NULL));
        const float *y = run_value(r, value);
        for (int u = 0; u < 8; u++) {
            sum[u] += (double)y[u];
            squares[u] += (double)y[u] * (double)y[u];
        }
    }
    for (int u = 0; u < 8; u++) {
        assert_true(fabs(sum[u] - a[1].out.sum[u]) <= 1e-5 * fabs(sum[u]) + 1e-4);
        assert_true(fabs(squares[u] - a[1].out.squares[u]) <= 1e-5 * squares[u]);
        assert_true(a[1].out.zeros[u] == 0);
    }
    for (int64_t c = 0; c < a[1].in.n; c++) /* behind a Relu */
        assert_true(a[1].in.zeros[c] > 0 || a[1].in.sum[c] > 0);
    run_free(r);
    program_free(p);
    activation_release(a, 3);
    subject_close(&s);
}

/* ---- record by record: a table that is looked up in, and multiplied with turned; sums of every kind ---- */

static struct source *tied(void)
{
    struct source *s = from_x(DIMS(1, 3));
    float table[20];
    for (int i = 0; i < 20; i++)
        table[i] = (float)(rng_unit(4, 4, (uint64_t)i) - 0.5);
    net_floats(s, "table", DIMS(5, 4), table);
    net_floats(s, "two", NO_DIMS, FLOATS(2));
    net_node(s, "Mul", "x two", "a");
    net_node(s, "Cast", "a", "ids");
    net_int(s, "to", INT64);
    net_node(s, "Gather", "table ids", "rows");
    net_node(s, "ReduceMean", "rows", "mean");
    net_int_list(s, "axes", DIMS(1));
    net_int(s, "keepdims", 0);
    net_node(s, "Tanh", "mean", "t");
    net_node(s, "Transpose", "table", "turned");
    net_node(s, "MatMul", "t turned", "y");
    return s;
}

/* A turned convolution in groups, a convolution of one axis in groups, and a weight that stands left. */
static struct source *mixed(void)
{
    struct source *s = from_x(DIMS(1, 3));
    float w[400];
    for (int i = 0; i < 400; i++)
        w[i] = (float)(rng_unit(4, 5, (uint64_t)i) - 0.5);
    net_floats(s, "first.weight", DIMS(3, 24), w);
    net_floats(s, "turned.weight", DIMS(4, 3, 2, 2), w + 72);
    net_floats(s, "line.weight", DIMS(4, 3, 3), w + 120);
    net_floats(s, "left.weight", DIMS(5, 4), w + 156);
    net_ints(s, "image", DIMS(4), INTS(1, 4, 2, 3));
    net_ints(s, "row", DIMS(3), INTS(1, 6, 24));
    net_node(s, "MatMul", "x first.weight", "a");
    net_node(s, "Reshape", "a image", "b");
    net_node(s, "ConvTranspose", "b turned.weight", "c");
    net_int(s, "group", 2);
    net_int_list(s, "strides", DIMS(2, 2));
    net_node(s, "Tanh", "c", "d");
    net_node(s, "Reshape", "d row", "e");
    net_node(s, "Conv", "e line.weight", "f");
    net_int(s, "group", 2);
    net_int_list(s, "pads", DIMS(1, 0));
    net_node(s, "MatMul", "left.weight f", "y");
    return s;
}

/* What a record has alone: the squares of the sum over one record. */
static void check_alone(const struct subject *s, const struct layer *l, const struct gradient *g,
                        const double *squares)
{
    double *own = mem_alloc((size_t)l->weights, sizeof *own), whole = 0;
    gradient_of_tensor(s->g, l->value, s->values, s->n, (const double *const *)g->sum, own);
    for (int64_t i = 0; i < l->weights; i++) {
        whole += own[i] * own[i];
        assert_true(fabs(own[i] * own[i] - squares[l->first + i]) <= 1e-5 * squares[l->first + i] + 1e-12);
    }
    assert_true(whole > 0);
    free(own);
}

/* The weights themselves as a direction by layer: every copy gets what it holds. */
static void check_directions(const struct subject *s)
{
    const float **weights = mem_alloc((size_t)s->l.n, sizeof *weights);
    struct directions d;
    for (int i = 0; i < s->l.n; i++)
        weights[i] = layer_weights(s->g, &s->l.v[i]);
    directions_make(s->g, &s->l, weights, &d);
    assert_int_equal(d.n_owned, s->n);
    for (int i = 0; i < s->n; i++)
        assert_true(tensor_equal(d.v[s->values[i]], s->g->values[s->values[i]].constant));
    directions_release(&d);
    free(weights);
}

static void check_records(struct source *source, int layers, int outputs)
{
    struct subject s = {.source = source};
    struct err e = {0};
    s.g = bound(s.source);
    s.g->batch = BATCH_FREE;
    subject_bind(&s, "tests/data/kinds/values.json");
    s.of.loss = (struct loss){.kind = LOSS_OUTPUT, .output = 2, .how = {.n_outputs = outputs}};
    s.of.n = 1;
    assert_int_equal(s.l.n, layers);
    struct gradient g = measured(&s, NULL);
    struct fisher f = {&s.l, mem_zero((size_t)s.l.prunable, sizeof *f.sum)};
    const struct record_visitor v = {
        .data = &f, .slot_new = fisher_slot, .row = fisher_row, .fold = fisher_fold, .slot_free = free};
    must(gradient_records(&s.of, &s.l, NULL, &v, s.runner, &e), &e);
    for (int i = 0; i < s.l.n; i++)
        check_alone(&s, &s.l.v[i], &g, f.sum);
    check_directions(&s);
    free(f.sum);
    gradient_release(&g);
    subject_close(&s);
}

static void one_record(void **state)
{
    (void)state;
    check_records(tied(), 1, 5);
    check_records(mixed(), 4, 115);
}

/* ---- refusals ---- */

static void refusals(void **state)
{
    struct subject s;
    struct err e = {0};
    struct gradient g;
    (void)state;
    subject_open(&s, "tests/data/kinds/values.onnx", "tests/data/kinds/unlabelled.csv");
    const struct gradient_options o = {.values = s.values, .n_values = s.n};
    assert_false(gradient_measure(&s.of, &o, s.runner, &g, &e));
    assert_int_equal(e.code, ERR_NO_LABELS);
    err_release(&e);
    s.of.loss.kind = LOSS_OUTPUT;
    s.of.loss.output = 7;
    assert_false(gradient_measure(&s.of, &o, s.runner, &g, &e));
    assert_int_equal(e.code, ERR_USAGE);
    err_release(&e);
    s.of.loss.output = 0; /* an output needs no labels */
    must(gradient_measure(&s.of, &o, s.runner, &g, &e), &e);
    gradient_release(&g);
    const atomic_bool stop = true;
    runner_serial(&s.serial, &stop);
    assert_false(gradient_measure(&s.of, &o, s.runner, &g, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    err_release(&e);
    struct fisher f = {&s.l, mem_zero((size_t)s.l.prunable, sizeof *f.sum)};
    const struct record_visitor v = {
        .data = &f, .slot_new = fisher_slot, .row = fisher_row, .fold = fisher_fold, .slot_free = free};
    assert_false(gradient_records(&s.of, &s.l, NULL, &v, s.runner, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    err_release(&e);
    free(f.sum);
    subject_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses),     cmocka_unit_test(other_weights), cmocka_unit_test(in_blocks),
        cmocka_unit_test(memory),     cmocka_unit_test(same_bytes),    cmocka_unit_test(results),
        cmocka_unit_test(one_record), cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
