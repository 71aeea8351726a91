/* util_opened: see util_opened.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_opened.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/graph/names.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/prune.h"
#include "engine/prune/effect.h"

enum { RECORDS = 3 };

void opened_must(bool ok, const struct err *e)
{
    if (!ok)
        fail_msg("%s", e->message ? e->message : "failed");
}

void opened_file(struct opened *m, struct model_file *file_take)
{
    struct err e = {0};
    m->file = file_take;
    m->g = graph_bind(model_file_source(m->file), 0, &e);
    opened_must(m->g && layers_find(m->g, &m->l, &e) && coupling_find(m->g, &m->l, &m->c, &e), &e);
}

void opened_like(struct opened *m, const struct buf *b, const struct source *sizes)
{
    struct err e = {0};
    struct model_file *file = model_file_parse(b->data, b->len, "smaller.onnx", &e);
    opened_must(file != NULL, &e);
    if (sizes)
        model_file_shape_like(file, sizes);
    opened_file(m, file);
}

void opened_bytes(struct opened *m, const struct buf *b)
{
    opened_like(m, b, NULL);
}

void opened_path(struct opened *m, const char *path)
{
    struct err e = {0};
    struct model_file *file = model_file_read(path, &e);
    opened_must(file != NULL, &e);
    opened_file(m, file);
}

void opened_close(struct opened *m)
{
    coupling_release(&m->c);
    layers_release(&m->l);
    graph_free(m->g);
    model_file_free(m->file);
}

/* All outputs on seeded records under a mask; NULL: as the file stands. *n gets their number. */
float *opened_compute(const struct opened *m, const struct mask *mask, int64_t *n)
{
    struct kernels kernels;
    struct overrides o = {0};
    struct err e = {0};
    const struct graph *g = m->g;
    if (mask)
        overrides_make(g, &m->l, &m->c, mask, NULL, &o);
    opened_must(kernels_choose("noblas", &kernels, &e), &e);
    struct program *p = program_new(g, o.v, &(struct program_options){.kernels = &kernels, .lanes = 1}, &e);
    opened_must(p != NULL, &e);
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

void opened_same(const float *a, int64_t n, const float *b, int64_t m, const char *what)
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

int64_t opened_kept(const struct opened *m, const struct mask *mask)
{
    return effect_kept(&m->l, &m->c, mask, NULL);
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

static bool is_output(const struct source *s, const char *name)
{
    for (int i = 0; i < s->n_outputs; i++)
        if (strcmp(s->outputs[i].name, name) == 0)
            return true;
    return false;
}

/* Nodes of a file none of whose results is read or put out. */
static int unread_nodes(const struct model_file *m)
{
    const struct source *s = model_file_source(m);
    struct names read;
    size_t most = 0;
    int n = 0;
    for (int i = 0; i < s->n_nodes; i++)
        most += (size_t)s->nodes[i].n_inputs;
    names_init(&read, most);
    for (int i = 0; i < s->n_nodes; i++)
        for (int k = 0; k < s->nodes[i].n_inputs; k++)
            names_put(&read, s->nodes[i].inputs[k], i);
    for (int i = 0; i < s->n_nodes; i++) {
        bool unread = true;
        for (int k = 0; k < s->nodes[i].n_outputs; k++)
            unread &= names_get(&read, s->nodes[i].outputs[k]) < 0 && !is_output(s, s->nodes[i].outputs[k]);
        n += unread;
    }
    names_release(&read);
    return n;
}

void opened_no_more_unread(const struct opened *m, const struct opened *written)
{
    assert_int_equal(unread_nodes(m->file), unread_nodes(written->file));
}

/* Shrink under the mask; open, compare, count; the file alone is right only together with the mask. */
struct shrunk opened_shrink(const struct opened *m, const struct mask *mask, const char *what)
{
    struct err e = {0};
    struct shrunk s;
    struct opened small;
    int64_t n, n_small;
    if (!shrink(m->file, m->g, &m->l, &m->c, mask, NULL, &s, &e))
        fail_msg("%s: %s", what, e.message);
    opened_like(&small, &s.onnx, model_file_source(m->file));
    struct mask *now = shrunk_mask(&s, &m->l, mask, &small.l);
    float *a = opened_compute(m, mask, &n), *b = opened_compute(&small, now, &n_small);
    opened_same(a, n, b, n_small, what);
    check_numbers(m, &s, &small);
    opened_no_more_unread(m, &small);
    assert_int_equal(opened_kept(m, mask) - s.dead_weights, opened_kept(&small, now));
    free(a);
    free(b);
    mask_unref(now);
    opened_close(&small);
    return s;
}
