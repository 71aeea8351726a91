/* Every operator of the table under random inputs and attributes, most of them nonsense: binding accepts or refuses with a
 * message, and what it accepts computes without touching foreign memory (the sanitizers watch) and alike in 1 and 16 lanes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/base/rng.h"
#include "engine/graph/op.h"
#include "engine/graph/program.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

#ifndef ROUNDS
#define ROUNDS 300
#endif
enum { CONSTANTS_MAX = 1 << 20, MEMORY_MAX = 1 << 22 };

struct dice {
    uint64_t seed, draw;
    int64_t common[5]; /* dimensions that most inputs of one network share, so that some fit together */
};

static int roll(struct dice *d, int sides)
{
    return (int)(rng_u64(d->seed, 5, d->draw++) % (uint64_t)sides);
}

/* Mostly small, sometimes at the ends. */
static int64_t some_integer(struct dice *d)
{
    static const int64_t ends[] = {INT64_MIN,        INT64_MAX,        INT32_MIN, INT32_MAX,
                                   (int64_t)1 << 32, (int64_t)1 << 40, -1};
    return roll(d, 12) ? roll(d, 6) - 1 : ends[roll(d, 7)];
}

static void some_dims(struct dice *d, bool port, int64_t dims[5])
{
    int rank = roll(d, 5);
    for (int k = 0; k < rank; k++)
        dims[k] = roll(d, 15) ? 1 + roll(d, 4) : 0;
    dims[rank] = DIMS_END;
    if (roll(d, 3))
        memcpy(dims, d->common, sizeof d->common);
    if (port && dims[0] != DIMS_END && roll(d, 3))
        dims[0] = FREE;
}

static void some_constant(struct source *s, struct dice *d, const char *name)
{
    int64_t dims[5];
    int32_t whole[256];
    some_dims(d, false, dims);
    if (roll(d, 2)) {
        net_floats(s, name, dims, NULL);
        return;
    }
    for (int i = 0; i < 256; i++)
        whole[i] = (int32_t)(roll(d, 4) ? roll(d, 3) : some_integer(d));
    if (roll(d, 3)) { /* a list, as axes and sizes are */
        dims[0] = roll(d, 2) ? 1 : roll(d, 5);
        dims[1] = DIMS_END;
    }
    net_ints(s, name, dims, whole);
}

static void some_attribute(struct source *s, struct dice *d)
{
    static const char *const numbers[] = {"axis",       "group",
                                          "to",         "keepdims",
                                          "allowzero",  "num_outputs",
                                          "upper",      "k",
                                          "transA",     "transB",
                                          "ceil_mode",  "count_include_pad",
                                          "largest",    "start",
                                          "end",        "select_last_index",
                                          "batch_dims", "p"};
    static const char *const lists[] = {"axes",    "perm",       "pads",           "kernel_shape",
                                        "strides", "dilations",  "split",          "starts",
                                        "ends",    "value_ints", "output_padding", "output_shape"};
    static const char *const words[] = {"auto_pad", "SAME_UPPER", "auto_pad", "VALID",    "mode",
                                        "linear",   "mode",       "reflect",  "equation", "ij,jk->ik",
                                        "equation", "a..->..a",   "norm",     "L2"};
    static const char *const reals[] = {"alpha", "beta", "epsilon", "value",
                                        "min",   "max",  "gamma",   "value_float"};
    int64_t dims[7];
    int n = roll(d, 7), word = 2 * roll(d, (int)(sizeof words / sizeof *words / 2));
    for (int i = 0; i < n; i++)
        dims[i] = roll(d, 4) ? 1 + roll(d, 2) : some_integer(d);
    dims[n] = DIMS_END;
    switch (roll(d, 5)) {
    case 0:
        net_int(s, numbers[roll(d, sizeof numbers / sizeof *numbers)], some_integer(d));
        break;
    case 1:
    case 2:
        net_int_list(s, lists[roll(d, sizeof lists / sizeof *lists)], dims);
        break;
    case 3:
        net_text(s, words[word], words[word + 1]);
        break;
    default:
        net_float(s, reals[roll(d, sizeof reals / sizeof *reals)], (float)some_integer(d));
    }
}

static struct source *some_net(const struct op *op, struct dice *d)
{
    static const int64_t opsets[] = {7, 9, 11, 13, 18, 21};
    struct source *s = net_new(opsets[roll(d, 6)]);
    int rank = roll(d, 5);
    for (int k = 0; k < rank; k++)
        d->common[k] = 1 + roll(d, 3);
    d->common[rank] = DIMS_END;
    char inputs[64] = "", name[16];
    int n = op->min_inputs + roll(d, op->max_inputs < 0 ? 3 : op->max_inputs - op->min_inputs + 1);
    for (int i = 0; i < n; i++) {
        int64_t dims[5];
        bool absent = i >= op->min_inputs && roll(d, 3) == 0;
        snprintf(name, sizeof name, "i%d", i);
        some_dims(d, true, dims);
        if (!absent && (i == 0 ? roll(d, 5) : roll(d, 3) == 0))
            net_input(s, name, roll(d, 4) ? 1 : roll(d, 2) ? 7 : 9, dims);
        else if (!absent)
            some_constant(s, d, name);
        strcat(strcat(inputs, i ? " " : ""), absent ? "-" : name);
    }
    net_node(s, op->name, inputs, op->max_outputs > 1 && roll(d, 2) ? "y z" : "y");
    net_domain(s, op->domain);
    for (int i = roll(d, 2) * roll(d, 6); i > 0; i--)
        some_attribute(s, d);
    net_output(s, roll(d, 8) || s->nodes[0].n_outputs < 2 ? "y" : "z", 1);
    return s;
}

static struct run *computed(const struct graph *g, int lanes, struct program **p)
{
    struct kernels k = plain_kernels();
    struct program_options o = {.kernels = &k, .lanes = lanes, .memory = MEMORY_MAX};
    *p = program_new(g, NULL, &o, NULL);
    if (!*p)
        return NULL;
    struct run *r = run_new(*p);
    fill_inputs(*p, r, 0);
    assert_true(run_forward(r, NULL));
    return r;
}

static void compare_lanes(const struct graph *g)
{
    struct program *narrow, *wide;
    struct run *one = computed(g, 1, &narrow), *many = computed(g, 16, &wide);
    const struct value *y = &g->values[g->outputs[0]];
    int lanes = many ? program_lanes(wide) : 1;
    const uint32_t *a = one ? run_output(one, 0) : NULL, *b = many ? run_output(many, 0) : NULL;
    for (int64_t i = 0; a && b && i < shape_elements(&y->shape); i++)
        if (a[i] != b[i * lanes])
            fail_msg("%s element %d", g->nodes[0].op->name, (int)i);
    run_free(one);
    run_free(many);
    program_free(narrow);
    program_free(wide);
}

static void test_nothing_breaks(void **state)
{
    (void)state;
    const struct op *op;
    for (int i = 0; (op = op_at(i)); i++) {
        for (int round = 0; round < ROUNDS; round++) {
            struct dice d = {.seed = (uint64_t)(i * ROUNDS + round)};
            struct source *s = some_net(op, &d);
            struct err e = {0};
            struct graph *g = graph_bind(s, CONSTANTS_MAX, &e);
            assert_true(g ? e.code == ERR_NONE : e.message != NULL);
            if (g)
                compare_lanes(g);
            err_release(&e);
            graph_free(g);
            source_free(s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_breaks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
