/* util_run: see util_run.h. */
#include "tests/unit/util_run.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/graph/program.h"
#include "tests/unit/util_source.h"

struct graph *bound(const struct source *s)
{
    struct err e = {0};
    struct graph *g = graph_bind(s, 0, &e);
    if (!g)
        print_error("%s\n", e.message);
    assert_non_null(g);
    return g;
}

struct kernels plain_kernels(void)
{
    struct kernels k = {0};
    struct err e = {0};
    assert_true(kernels_choose("noblas", &k, &e));
    return k;
}

void fill_inputs(const struct program *p, struct run *r, int first)
{
    const struct graph *g = program_graph(p);
    int lanes = program_lanes(p);
    for (int i = 0; i < g->n_inputs; i++) {
        const struct value *v = &g->values[g->inputs[i]];
        for (int64_t k = 0; k < shape_elements(&v->shape); k++)
            for (int l = 0; l < lanes; l++) {
                if (v->type == DT_I32)
                    ((int32_t *)run_input(r, i))[k * lanes + l] = (int32_t)k + first + l;
                else
                    ((float *)run_input(r, i))[k * lanes + l] = (float)k + 100.0f * (float)(first + l);
            }
    }
}

static struct run *computed(const struct program *p, int first)
{
    struct run *r = run_new(p);
    fill_inputs(p, r, first);
    assert_true(run_forward(r, NULL));
    return r;
}

static struct program *program_of(const struct graph *g, int lanes)
{
    struct kernels k = plain_kernels();
    struct err e = {0};
    struct program *p = program_new(g, NULL, &(struct program_options){.kernels = &k, .lanes = lanes}, &e);
    assert_non_null(p);
    return p;
}

/* Lane l of a wide run is the run of record l alone. */
static void check_width(const struct graph *g, int output, int lanes)
{
    struct program *wide = program_of(g, lanes), *narrow = program_of(g, 1);
    struct run *all = computed(wide, 0);
    const uint32_t *y = run_output(all, output);
    int64_t n = shape_elements(&g->values[g->outputs[output]].shape);
    for (int l = 0; l < lanes; l++) {
        struct run *one = computed(narrow, l);
        const uint32_t *x = run_output(one, output);
        for (int64_t k = 0; k < n; k++)
            assert_int_equal(y[k * lanes + l], x[k]);
        run_free(one);
    }
    run_free(all);
    program_free(wide);
    program_free(narrow);
}

static void check_shape(const struct shape *s, const int64_t *dims)
{
    for (int d = 0; d < s->rank; d++)
        assert_int_equal(s->dim[d], dims[d]);
    assert_true(dims[s->rank] == DIMS_END);
}

static void net_checked(struct source *s, int output, const int64_t *dims, const void *expected,
                        enum dtype type)
{
    struct graph *g = bound(s);
    const struct value *v = &g->values[g->outputs[output]];
    check_shape(&v->shape, dims);
    assert_int_equal(v->type == DT_I32, type == DT_I32);
    struct program *p = program_of(g, 1);
    struct run *r = computed(p, 0);
    const void *y = run_output(r, output);
    for (int64_t k = 0; k < shape_elements(&v->shape); k++)
        if (type == DT_I32)
            assert_int_equal(((const int32_t *)y)[k], ((const int32_t *)expected)[k]);
        else
            assert_float_equal(((const float *)y)[k], ((const float *)expected)[k], 0);
    run_free(r);
    program_free(p);
    check_width(g, output, 16);
    check_width(g, output, 64);
    graph_free(g);
    source_free(s);
}

void net_gives(struct source *s, int output, const int64_t *dims, const float *expected)
{
    net_checked(s, output, dims, expected, DT_F32);
}

void net_gives_ints(struct source *s, int output, const int64_t *dims, const int32_t *expected)
{
    net_checked(s, output, dims, expected, DT_I32);
}

void net_refused(struct source *s, enum err_code code, const char *word, const char *other)
{
    struct err e = {0};
    struct graph *g = graph_bind(s, 0, &e);
    assert_null(g);
    if (e.code != code || !strstr(e.message, word) || !strstr(e.message, other))
        print_error("%s\n", e.message);
    assert_int_equal(e.code, code);
    assert_non_null(strstr(e.message, word));
    assert_non_null(strstr(e.message, other));
    err_release(&e);
    source_free(s);
}
