/* util_slopes: see util_slopes.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/graph/graph.h"
#include "engine/kernels/kernels.h"
#include "engine/learn/tape.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_slopes.h"
#include "tests/unit/util_wide.h"

#define TOLERANCE 1e-4
enum { WANTED_MAX = 64, CHECKED = 60 /* elements of a large array that are differenced */ };

struct trial {
    struct graph *g;
    struct wide w;
    double low, high;
    int wanted[WANTED_MAX], n;
    const struct tensor **direction; /* by value; NULL where no constant is wanted */
    struct kernels k;
    float *first[WANTED_MAX], *second[WANTED_MAX]; /* of one lane */
};

/* Between low and high; what a lane l gets is drawn for l. */
static float drawn(const struct trial *t, int input, int64_t i, int lane)
{
    double u = rng_unit(17 + (uint64_t)input, (uint64_t)lane, (uint64_t)i);
    if (t->g->values[t->g->inputs[input]].type != DT_F32)
        return (float)(int)(3 * u);
    return (float)(t->low + (t->high - t->low) * u);
}

static double weight_of(int64_t k)
{
    return rng_unit(5, 1, (uint64_t)k) - 0.4;
}

static void find_wanted(struct trial *t)
{
    for (int v = 0; v < t->g->n_values; v++) {
        const struct value *value = &t->g->values[v];
        bool constant = value->constant && (value->name[0] == 'w' || strstr(value->name, ".weight"));
        if (value->type != DT_F32 || !(value->is_input || constant))
            continue;
        assert_true(t->n < WANTED_MAX);
        t->wanted[t->n++] = v;
        if (!constant)
            continue;
        if (!t->direction)
            t->direction = mem_zero((size_t)t->g->n_values, sizeof *t->direction);
        struct tensor *along = tensor_new(DT_F32, &value->shape);
        for (int64_t i = 0; i < shape_elements(&value->shape); i++)
            along->f[i] = (float)(rng_unit(9, (uint64_t)v, (uint64_t)i) - 0.5);
        t->direction[v] = along;
    }
}

static void begin(struct trial *t, const struct source *s, double low, double high)
{
    *t = (struct trial){.g = bound(s), .low = low, .high = high, .k = plain_kernels()};
    t->g->batch = BATCH_FREE;
    find_wanted(t);
    wide_init(&t->w, t->g);
    for (int i = 0; i < t->g->n_inputs; i++)
        for (int64_t k = 0; k < shape_elements(&t->g->values[t->g->inputs[i]].shape); k++)
            t->w.v[t->g->inputs[i]][k] = (double)drawn(t, i, k, 0);
}

static void end(struct trial *t, struct source *s)
{
    for (int v = 0; t->direction && v < t->g->n_values; v++)
        tensor_free((struct tensor *)t->direction[v]);
    free(t->direction);
    for (int i = 0; i < t->n; i++) {
        free(t->first[i]);
        free(t->second[i]);
    }
    wide_release(&t->w);
    graph_free(t->g);
    source_free(s);
}

/* ---- the engine's ---- */

static int64_t elements(const struct trial *t, int i)
{
    return shape_elements(&t->g->values[t->wanted[i]].shape);
}

static bool is_constant(const struct trial *t, int i)
{
    return t->g->values[t->wanted[i]].constant != NULL;
}

static float *copied(const struct trial *t, const struct tape_run *r, int i, int lanes, bool second)
{
    return mem_copy(tape_derivative(r, t->wanted[i], second),
                    (size_t)(elements(t, i) * (is_constant(t, i) ? 1 : lanes)), sizeof(float));
}

/* Lane l holds record from + l. */
static void compute(const struct trial *t, const struct kernels *k, int lanes, int from, float **first,
                    float **second)
{
    struct err e = {0};
    const struct tape_options o = {
        .kernels = k, .lanes = lanes, .wanted = t->wanted, .n_wanted = t->n, .direction = t->direction};
    struct tape *tape = tape_new(t->g, NULL, &o, &e);
    if (!tape)
        print_error("%s\n", e.message);
    assert_non_null(tape);
    struct tape_run *r = tape_run_new(tape);
    for (int twice = 0; twice < 2; twice++) { /* a run is ready for the next block */
        for (int i = 0; i < t->g->n_inputs; i++) {
            float *to = tape_input(r, i);
            const struct value *v = &t->g->values[t->g->inputs[i]];
            for (int64_t at = 0; at < shape_elements(&v->shape); at++)
                for (int l = 0; l < lanes; l++, to++) {
                    float x = drawn(t, i, at, from + l);
                    int32_t whole = (int32_t)x;
                    memcpy(to, v->type == DT_I32 ? (const void *)&whole : &x, 4);
                }
        }
        assert_true(tape_forward(r, NULL));
        int64_t outputs = shape_elements(&t->g->values[t->g->outputs[0]].shape);
        for (int64_t at = 0; at < outputs * lanes; at++)
            tape_seed(r, false)[at] = (float)weight_of(at / lanes);
        assert_true(tape_backward(r, NULL));
    }
    for (int i = 0; i < t->n; i++) {
        first[i] = copied(t, r, i, lanes, false);
        second[i] = t->direction ? copied(t, r, i, lanes, true) : NULL;
    }
    tape_run_free(r);
    tape_free(tape);
}

/* ---- numerically ---- */

static double loss(struct trial *t)
{
    double sum = 0;
    const struct value *y = &t->g->values[t->g->outputs[0]];
    wide_run(&t->w);
    for (int64_t k = 0; k < shape_elements(&y->shape); k++)
        sum += weight_of(k) * t->w.v[t->g->outputs[0]][k];
    return sum;
}

static void step_along(struct trial *t, double h)
{
    for (int v = 0; t->direction && v < t->g->n_values; v++)
        for (int64_t i = 0; t->direction[v] && i < shape_elements(&t->g->values[v].shape); i++)
            t->w.v[v][i] += h * (double)t->direction[v]->f[i];
}

static double difference(struct trial *t, double *x, double h)
{
    double at = *x;
    *x = at + h;
    double up = loss(t);
    *x = at - h;
    double down = loss(t);
    *x = at;
    return (up - down) / (2 * h);
}

static double second_difference(struct trial *t, double *x, double h)
{
    step_along(t, h);
    double up = difference(t, x, h);
    step_along(t, -2 * h);
    double down = difference(t, x, h);
    step_along(t, h);
    return (up - down) / (2 * h);
}

/* What is small beside the others is a sum in which large ones cancel: as behind a normalisation, which scale does not reach. */
static double least_scale(const struct trial *t)
{
    double most = 0;
    for (int i = 0; i < t->n; i++)
        for (int64_t k = 0; k < elements(t, i); k++)
            most = fmax(most, fabs((double)t->first[i][k]));
    return most / 100;
}

static void compare(const struct trial *t, const double *want, const float *got, int i, const char *which,
                    double least)
{
    double most = least;
    for (int64_t k = 0; k < elements(t, i); k++)
        most = fabs(want[k]) > most ? fabs(want[k]) : most;
    for (int64_t k = 0; k < elements(t, i); k++)
        if (!isnan(want[k]) && !(fabs(want[k] - (double)got[k]) <= TOLERANCE * most))
            fail_msg("%s derivative by %s, element %lld: %.9g instead of %.9g", which,
                     t->g->values[t->wanted[i]].name, (long long)k, (double)got[k], want[k]);
}

/* Every element, of large arrays some. */
static void numerically(struct trial *t)
{
    for (int i = 0; i < t->n; i++) {
        int64_t n = elements(t, i), step = n / CHECKED + 1;
        double *want = mem_alloc((size_t)n, sizeof *want);
        for (int64_t k = 0; k < n; k++)
            want[k] = NAN; /* not differenced */
        for (int64_t k = 0; k < n; k += step)
            want[k] = difference(t, &t->w.v[t->wanted[i]][k], 1e-5);
        compare(t, want, t->first[i], i, "first", least_scale(t));
        for (int64_t k = 0; t->direction && k < n; k += step)
            want[k] = second_difference(t, &t->w.v[t->wanted[i]][k], 2e-4);
        if (t->direction)
            compare(t, want, t->second[i], i, "second", least_scale(t));
        free(want);
    }
}

/* ---- lanes and levels ---- */

static void same_lanes(const struct trial *t, float *const *many, int lanes, bool second)
{
    double *sums[WANTED_MAX];
    for (int i = 0; i < t->n; i++)
        sums[i] = mem_zero((size_t)elements(t, i), sizeof **sums);
    for (int l = 0; l < lanes; l++) {
        float *first[WANTED_MAX], *other[WANTED_MAX];
        compute(t, &t->k, 1, l, first, other);
        for (int i = 0; i < t->n; i++) {
            const float *one = second ? other[i] : first[i];
            for (int64_t k = 0; k < elements(t, i); k++) {
                sums[i][k] += (double)one[k];
                if (!is_constant(t, i) && l % 7 == 0)
                    assert_memory_equal(&many[i][k * lanes + l], &one[k], sizeof *one);
            }
        }
        for (int i = 0; i < t->n; i++) {
            free(first[i]);
            free(other[i]);
        }
    }
    for (int i = 0; i < t->n; i++) {
        if (is_constant(t, i))
            compare(t, sums[i], many[i], i, "summed", least_scale(t) * lanes);
        free(sums[i]);
    }
}

/* Derivatives of both orders; those of the second only where constants are wanted. */
struct both {
    float *d[2][WANTED_MAX];
};

static void both_free(const struct trial *t, struct both *b)
{
    for (int order = 0; order < 2; order++)
        for (int i = 0; i < t->n; i++)
            free(b->d[order][i]);
}

static void same_bytes(const struct trial *t, const struct both *a, const struct both *b, int lanes)
{
    for (int order = 0; order < (t->direction ? 2 : 1); order++)
        for (int i = 0; i < t->n; i++)
            assert_memory_equal(a->d[order][i], b->d[order][i],
                                (size_t)(elements(t, i) * (is_constant(t, i) ? 1 : lanes)) * sizeof(float));
}

static void every_level(const struct trial *t)
{
    static const char *const levels[] = {"avx2", "avx512"};
    for (int lanes = 16; lanes <= 64; lanes *= 4) {
        struct both plain, now;
        struct kernels k;
        assert_true(kernels_choose("plain", &k, NULL));
        k.blas = false;
        compute(t, &k, lanes, 0, plain.d[0], plain.d[1]);
        same_lanes(t, plain.d[0], lanes, false);
        if (t->direction)
            same_lanes(t, plain.d[1], lanes, true);
        for (int level = 0; level < 2; level++) {
            if (!kernels_choose(levels[level], &k, NULL)) /* this processor lacks it */
                continue;
            k.blas = false;
            compute(t, &k, lanes, 0, now.d[0], now.d[1]);
            same_bytes(t, &plain, &now, lanes);
            both_free(t, &now);
        }
        both_free(t, &plain);
    }
}

void slopes_differences(struct source *s, double low, double high)
{
    struct trial t;
    begin(&t, s, low, high);
    compute(&t, &t.k, 1, 0, t.first, t.second);
    numerically(&t);
    end(&t, s);
}

void slopes_expect(struct source *s, double low, double high)
{
    struct trial t;
    begin(&t, s, low, high);
    compute(&t, &t.k, 1, 0, t.first, t.second);
    numerically(&t);
    every_level(&t);
    end(&t, s);
}

void slopes_refuse(struct source *s, const char *words)
{
    struct trial t;
    struct err e = {0};
    begin(&t, s, 0, 1);
    const struct tape_options o = {.kernels = &t.k, .wanted = t.wanted, .n_wanted = t.n};
    assert_null(tape_new(t.g, NULL, &o, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    if (!strstr(e.message, words))
        fail_msg("'%s' does not say '%s'", e.message, words);
    err_release(&e);
    end(&t, s);
}
