/* engine/shrink: a smaller model computes what the masked one does, and says rightly what left; on the samples,
 * on models from exporters and on random networks. The masked graph in memory is the reference. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/prune.h"
#include "engine/shrink/shrink.h"
#include "tests/unit/util_file.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_source.h"

enum { NETWORKS = 200, RECORDS = 3 };

/* A model file with everything about it. */
struct opened {
    struct model_file *file;
    struct graph *g;
    struct layers l;
    struct coupling c;
};

static void must(bool ok, const struct err *e)
{
    if (!ok)
        fail_msg("%s", e->message ? e->message : "failed");
}

static void open_file(struct opened *m, struct model_file *file_take)
{
    struct err e = {0};
    m->file = file_take;
    m->g = graph_bind(model_file_source(m->file), 0, &e);
    must(m->g && layers_find(m->g, &m->l, &e) && coupling_find(m->g, &m->l, &m->c, &e), &e);
}

static void open_bytes(struct opened *m, const struct buf *b)
{
    struct err e = {0};
    struct model_file *file = model_file_parse(b->data, b->len, "smaller.onnx", &e);
    must(file != NULL, &e);
    open_file(m, file);
}

static void open_path(struct opened *m, const char *path)
{
    struct err e = {0};
    struct model_file *file = model_file_read(path, &e);
    must(file != NULL, &e);
    open_file(m, file);
}

static void close_model(struct opened *m)
{
    coupling_release(&m->c);
    layers_release(&m->l);
    graph_free(m->g);
    model_file_free(m->file);
}

/* All outputs on seeded records under a mask; NULL: as the file stands. *n gets their number. */
static float *compute(const struct opened *m, const struct mask *mask, int64_t *n)
{
    struct kernels kernels;
    struct overrides o = {0};
    struct err e = {0};
    const struct graph *g = m->g;
    if (mask)
        overrides_make(g, &m->l, &m->c, mask, NULL, &o);
    must(kernels_choose("noblas", &kernels, &e), &e);
    struct program *p = program_new(g, o.v, &(struct program_options){.kernels = &kernels, .lanes = 1}, &e);
    must(p != NULL, &e);
    struct run *r = run_new(p);
    int64_t each = 0, at = 0;
    for (int i = 0; i < g->n_outputs; i++)
        each += shape_elements(&g->values[g->outputs[i]].shape);
    float *out = mem_alloc((size_t)each * RECORDS, sizeof *out);
    for (int record = 0; record < RECORDS; record++) {
        for (int i = 0; i < g->n_inputs; i++) {
            const struct value *v = &g->values[g->inputs[i]];
            for (int64_t k = 0; k < shape_elements(&v->shape); k++)
                if (v->type == DT_I32)
                    ((int32_t *)run_input(r, i))[k] = 1;
                else
                    ((float *)run_input(r, i))[k] =
                        (float)(rng_unit((uint64_t)record, (uint64_t)i, (uint64_t)k) * 2 - 1);
        }
        assert_true(run_forward(r, NULL));
        for (int i = 0; i < g->n_outputs; i++) {
            int64_t length = shape_elements(&g->values[g->outputs[i]].shape);
            memcpy(out + at, run_output(r, i), (size_t)length * 4);
            at += length;
        }
    }
    *n = at;
    run_free(r);
    program_free(p);
    overrides_release(&o);
    return out;
}

static void same_outputs(const float *a, int64_t n, const float *b, int64_t m, const char *what)
{
    float largest = 1;
    assert_int_equal(n, m);
    for (int64_t i = 0; i < n; i++)
        if (isfinite(a[i]))
            largest = fmaxf(largest, fabsf(a[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabsf(a[i] - b[i]) <= 1e-5f * largest))
            fail_msg("%s: output %lld is %.9g in place of %.9g", what, (long long)i, (double)b[i],
                     (double)a[i]);
}

static int64_t kept_of(const struct opened *m, const struct mask *mask)
{
    return coupling_kept(m->g, &m->l, &m->c, mask, NULL);
}

/* Numbers kept and removed are all there were, ascending, and count what the smaller layer has. */
static void check_numbers(const struct opened *m, const struct shrunk *s, const struct opened *small)
{
    assert_int_equal(s->n_layers, m->l.n);
    assert_int_equal(small->l.n, m->l.n);
    for (int i = 0; i < m->l.n; i++) {
        const struct shrunk_layer *l = &s->layers[i];
        assert_string_equal(small->l.v[i].tensor, m->l.v[i].tensor);
        assert_string_equal(small->l.v[i].name, m->l.v[i].name);
        assert_int_equal(l->n_kept, small->l.v[i].units);
        assert_int_equal(l->n_kept + l->n_removed, m->l.v[i].units);
        assert_int_equal(l->n_inputs, small->l.v[i].inputs);
        assert_true(l->n_kept > 0);
        for (int64_t u = 0, kept = 0, removed = 0; u < m->l.v[i].units; u++)
            if (kept < l->n_kept && l->kept[kept] == u)
                kept++;
            else
                assert_int_equal(l->removed[removed++], u);
    }
}

/* Shrink under the mask; open, compare, count; the file alone is right only together with the mask. */
static struct shrunk check_shrink(const struct opened *m, const struct mask *mask, const char *what)
{
    struct err e = {0};
    struct shrunk s;
    struct opened small;
    int64_t n, n_small;
    if (!shrink(m->file, m->g, &m->l, &m->c, mask, NULL, &s, &e))
        fail_msg("%s: %s", what, e.message);
    open_bytes(&small, &s.onnx);
    struct mask *now = shrunk_mask(&s, &m->l, mask, &small.l);
    float *a = compute(m, mask, &n), *b = compute(&small, now, &n_small);
    same_outputs(a, n, b, n_small, what);
    check_numbers(m, &s, &small);
    assert_int_equal(kept_of(m, mask) - s.dead_weights, kept_of(&small, now));
    free(a);
    free(b);
    mask_unref(now);
    close_model(&small);
    return s;
}

/* The masked file computes the same without any mask, and its zeros are the mask's. */
static void check_export(const struct opened *m, const struct mask *mask, const char *what)
{
    struct err e = {0};
    struct buf bytes = {0};
    struct opened file;
    struct overrides o;
    int64_t n, n_file;
    must(export_masked(m->file, m->g, &m->l, &m->c, mask, NULL, &bytes, &e), &e);
    open_bytes(&file, &bytes);
    float *a = compute(m, mask, &n), *b = compute(&file, NULL, &n_file);
    same_outputs(a, n, b, n_file, what);
    overrides_make(m->g, &m->l, &m->c, mask, NULL, &o);
    for (int i = 0; i < m->l.n; i++) {
        const struct layer *l = &m->l.v[i];
        const float *want = o.v[l->value] ? o.v[l->value]->f : layer_weights(m->g, l);
        assert_memory_equal(want, layer_weights(file.g, &file.l.v[i]), (size_t)l->weights * 4);
    }
    overrides_release(&o);
    free(a);
    free(b);
    buf_release(&bytes);
    close_model(&file);
}

/* NULL if no unit may leave. */
static struct mask *cut_mask(const struct opened *m, enum structure structure, enum scope scope,
                             enum criterion criterion, double amount)
{
    struct err e = {0};
    struct cut cut = {0};
    const struct strategy strategy = {
        .criterion = criterion, .structure = structure, .scope = scope, .seed = 7};
    struct ranking *r = ranking_new(m->g, &m->l, &m->c, NULL, &strategy, &e);
    struct mask *all = mask_new(&m->l);
    if (r && !ranking_cut(r, all, NULL, amount, &cut, &e))
        cut.mask = NULL;
    ranking_free(r);
    mask_unref(all);
    err_release(&e);
    return cut.mask;
}

static int64_t check_cut(const struct opened *m, enum structure structure, enum scope scope,
                         enum criterion criterion, double amount, const char *name)
{
    char what[200];
    snprintf(what, sizeof what, "%s %d %d %d %.3f", name, structure, scope, criterion, amount);
    struct mask *mask = cut_mask(m, structure, scope, criterion, amount);
    if (!mask)
        return -1;
    check_export(m, mask, what);
    struct shrunk s = check_shrink(m, mask, what);
    int64_t left = s.n_removed;
    if (getenv("PODA_SAY"))
        printf("%s: %lld units left, %d stayed, %lld dead weights%s%s\n", what, (long long)left, s.n_stayed,
               (long long)s.dead_weights, s.n_stayed ? "; " : "", s.n_stayed ? s.stayed[0] : "");
    shrunk_release(&s);
    mask_unref(mask);
    return left;
}

static void check_amounts(const struct opened *m, const char *name)
{
    static const double units[] = {0.1, 0.5, 0.9}, weights[] = {0.5, 0.95, 0.98};
    for (int scope = 0; scope < SCOPES; scope++)
        for (int i = 0; i < 3; i++) {
            check_cut(m, STRUCTURE_UNIT, (enum scope)scope, CRITERION_MAGNITUDE, units[i], name);
            check_cut(m, STRUCTURE_WEIGHT, (enum scope)scope, CRITERION_MAGNITUDE, weights[i], name);
            check_cut(m, STRUCTURE_WEIGHT, (enum scope)scope, CRITERION_RANDOM, weights[i], name);
        }
}

static void samples(void **state)
{
    static const char *const names[] = {"breast-cancer", "credit", "readmit", "digits-mlp", "digits-cnn"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct opened m;
        char path[100];
        snprintf(path, sizeof path, "samples/%s/model.onnx", names[i]);
        open_path(&m, path);
        check_amounts(&m, names[i]);
        close_model(&m);
    }
}

static void random_networks(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        struct opened m;
        char name[40];
        snprintf(name, sizeof name, "network %d", i);
        open_file(&m, file_of(sketch_random((uint64_t)i, i % 2)));
        check_cut(&m, STRUCTURE_UNIT, SCOPE_GLOBAL, CRITERION_MAGNITUDE, 0.3, name);
        check_cut(&m, STRUCTURE_UNIT, SCOPE_GLOBAL, CRITERION_RANDOM, 0.7, name);
        check_cut(&m, STRUCTURE_WEIGHT, SCOPE_GLOBAL, CRITERION_MAGNITUDE, 0.8, name);
        check_cut(&m, STRUCTURE_WEIGHT, SCOPE_GLOBAL, CRITERION_RANDOM, 0.95, name);
        close_model(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_networks),
        cmocka_unit_test(samples),
    };
    return cmocka_run_group_tests_name("shrink", tests, NULL, NULL);
}
