/* util_ops: see util_ops.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/graph.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

struct source *ops_net(int opset, const char *op, int file_type, const int64_t *dims, const char *inputs)
{
    struct source *s = net_new(opset);
    net_input(s, "x", file_type, dims);
    net_output(s, "y", 0);
    net_node(s, op, inputs, "y");
    return s;
}

static struct graph *bind(const struct source *s)
{
    struct err e = {0};
    struct graph *g = graph_bind(s, 0, &e);
    if (!g)
        print_error("%s\n", e.message);
    assert_non_null(g);
    g->batch = BATCH_FREE; /* more than one lane, whatever the first dimension is */
    return g;
}

/* Input x, turned by `first` + lane elements in each lane. */
static void fill(struct run *r, const struct value *v, const float *x, int lanes, int first)
{
    int64_t n = shape_elements(&v->shape);
    float *to = run_input(r, 0);
    for (int64_t i = 0; i < n; i++)
        for (int l = 0; l < lanes; l++, to++) {
            int32_t integer = (int32_t)x[(i + first + l) % n];
            memcpy(to, v->type == DT_I32 ? (const void *)&integer : &x[(i + first + l) % n], 4);
        }
}

/* The first output as raw words: [elements][lanes]. */
static uint32_t *answer(const struct graph *g, const struct kernels *k, const float *x, int lanes, int first,
                        bool keep_all)
{
    struct program_options o = {.kernels = k, .lanes = lanes, .keep_all = keep_all};
    struct err e = {0};
    struct program *p = program_new(g, NULL, &o, &e);
    assert_non_null(p);
    struct run *r = run_new(p);
    if (x)
        fill(r, &g->values[g->inputs[0]], x, lanes, first);
    assert_true(run_forward(r, NULL));
    int64_t n = shape_elements(&g->values[g->outputs[0]].shape);
    uint32_t *words = mem_copy(run_output(r, 0), (size_t)(n * lanes), sizeof *words);
    run_free(r);
    program_free(p);
    return words;
}

static double number(const uint32_t *word, enum dtype type)
{
    float f;
    int32_t i;
    memcpy(&f, word, 4);
    memcpy(&i, word, 4);
    return type == DT_I32 ? i : (double)f;
}

/* Lane `lane` of many answers like x turned by it, alone, at level plain, and with a place of its own for every value. */
static void same_lane(const struct graph *g, const struct kernels *plain, const float *x,
                      const uint32_t *many, int lanes, int lane)
{
    uint32_t *one = answer(g, plain, x, 1, lane, true);
    for (int64_t i = 0, n = shape_elements(&g->values[g->outputs[0]].shape); i < n; i++)
        assert_int_equal(many[i * lanes + lane], one[i]);
    free(one);
}

static void near(const struct graph *g, const uint32_t *words, const float *expected, int n, double tolerance)
{
    const struct value *y = &g->values[g->outputs[0]];
    assert_int_equal(shape_elements(&y->shape), n);
    for (int i = 0; i < n; i++) {
        double got = number(&words[i], y->type), want = (double)expected[i];
        if (isnan(want) ? !isnan(got) : got != want && !(fabs(got - want) <= tolerance))
            fail_msg("element %d is %.9g instead of %.9g", i, got, want);
    }
}

void ops_expect(struct source *s, const float *x, const float *expected, int n, double tolerance)
{
    static const char *const levels[] = {"plain", "avx2", "avx512"};
    struct graph *g = bind(s);
    struct kernels plain, k;
    assert_true(kernels_choose("plain", &plain, NULL));
    plain.blas = false;
    for (int level = 0; level < 3; level++) {
        if (!kernels_choose(levels[level], &k, NULL)) /* this processor lacks it */
            continue;
        k.blas = false;
        for (int lanes = 1; lanes <= 64; lanes = lanes == 1 ? 16 : lanes * 4) {
            uint32_t *many = answer(g, &k, x, lanes, 0, false);
            if (lanes == 1)
                near(g, many, expected, n, tolerance);
            for (int l = 0; l < lanes; l += 7)
                same_lane(g, &plain, x, many, lanes, l);
            free(many);
        }
    }
    graph_free(g);
    source_free(s);
}

void ops_expect_shape(struct source *s, const char *shape)
{
    struct graph *g = bind(s);
    struct buf text = {0};
    shape_print(&g->values[g->outputs[0]].shape, &text);
    assert_string_equal(buf_text(&text), shape);
    buf_release(&text);
    graph_free(g);
    source_free(s);
}

void ops_refuse(struct source *s, const char *words)
{
    struct err e = {0};
    struct graph *g = graph_bind(s, 0, &e);
    assert_null(g);
    assert_non_null(e.message);
    if (!strstr(e.message, words))
        fail_msg("'%s' does not say '%s'", e.message, words);
    assert_true(e.code == ERR_UNSUPPORTED || e.code == ERR_UNREADABLE);
    err_release(&e);
    source_free(s);
}
