/* engine/graph/program, run, layout, arena, batch_check: computing in lanes, where values live, and the two-samples check. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/graph/arena.h"
#include "engine/graph/program.h"
#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

static struct program *made(const struct graph *g, struct program_options o)
{
    struct kernels k = plain_kernels();
    struct err e = {0};
    o.kernels = &k;
    struct program *p = program_new(g, NULL, &o, &e);
    if (!p)
        print_error("%s\n", e.message);
    assert_non_null(p);
    return p;
}

/* x (1x4) -> h = x + w -> flat view -> y = relu(h) + h */
static struct source *small_net(void)
{
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 2, 2));
    net_output(s, "y", FLOAT);
    net_floats(s, "w", DIMS(2, 2), FLOATS(-1, -2, -3, 10));
    net_node(s, "Add", "x w", "h");
    net_node(s, "Flatten", "h", "flat");
    net_node(s, "Relu", "flat", "r");
    net_node(s, "Add", "r flat", "y");
    return s;
}

/* ---- arena ---- */

static void test_arena_fills_the_lowest_gap(void **state)
{
    (void)state;
    struct arena_item items[] = {
        {.bytes = 100, .first = 0, .last = 1}, /* takes 128 */
        {.bytes = 64, .first = 0, .last = 5},  /* behind it */
        {.bytes = 64, .first = 2, .last = 3},  /* where the first was */
        {.bytes = 65, .first = 2, .last = 3},  /* needs 128: only behind */
        {.bytes = 64, .first = 3, .last = 3},  /* the other half of the gap */
    };
    assert_int_equal(arena_plan(items, 5), 128 + 64 + 128);
    const int64_t expected[] = {0, 128, 0, 192, 64};
    for (int i = 0; i < 5; i++)
        assert_int_equal(items[i].offset, expected[i]);
    assert_int_equal(arena_plan(items, 0), 0);
}

static bool overlap(const struct arena_item *a, const struct arena_item *b)
{
    bool time = a->first <= b->last && b->first <= a->last;
    return time && a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static void test_arena_items_alive_together_never_overlap(void **state)
{
    (void)state;
    struct arena_item items[60];
    for (uint64_t seed = 0; seed < 200; seed++) {
        int step = 0;
        for (int i = 0; i < 60; i++) {
            step += (int)(rng_u64(seed, 1, (uint64_t)i) % 2);
            items[i] = (struct arena_item){.bytes = (int64_t)(rng_u64(seed, 2, (uint64_t)i) % 500),
                                           .first = step,
                                           .last = step + (int)(rng_u64(seed, 3, (uint64_t)i) % 6)};
        }
        int64_t total = arena_plan(items, 60);
        for (int i = 0; i < 60; i++) {
            assert_int_equal(items[i].offset % ARENA_ALIGN, 0);
            assert_true(items[i].offset >= 0 && items[i].offset + items[i].bytes <= total);
            for (int k = 0; k < i; k++)
                assert_false(overlap(&items[i], &items[k]));
        }
    }
}

/* ---- runs ---- */

static void test_a_small_network(void **state)
{
    (void)state;
    net_gives(small_net(), 0, DIMS(1, 4), FLOATS(-1, -1, -1, 26));
}

static void test_inputs_stay_as_written_so_that_a_run_can_be_repeated(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    struct program *p = made(g, (struct program_options){.lanes = 1});
    struct run *r = run_new(p);
    fill_inputs(p, r, 0);
    for (int again = 0; again < 2; again++) {
        assert_true(run_forward(r, NULL));
        assert_float_equal(((const float *)run_output(r, 0))[3], 26, 0);
        assert_float_equal(((const float *)run_input(r, 0))[3], 3, 0);
    }
    run_free(r);
    program_free(p);
    graph_free(g);
    source_free(s);
}

static void test_two_runs_of_one_program_do_not_meet(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    struct program *p = made(g, (struct program_options){.lanes = 1});
    struct run *a = run_new(p), *b = run_new(p);
    fill_inputs(p, a, 0);
    fill_inputs(p, b, 1);
    assert_true(run_forward(a, NULL) && run_forward(b, NULL));
    assert_float_equal(((const float *)run_output(a, 0))[3], 26, 0);
    assert_float_equal(((const float *)run_output(b, 0))[3], 226, 0);
    run_free(a);
    run_free(b);
    program_free(p);
    graph_free(g);
    source_free(s);
}

static void test_overrides_replace_constants(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    struct tensor *zero = tensor_new(DT_F32, &(struct shape){.rank = 2, .dim = {2, 2}});
    const struct tensor **overrides = mem_zero((size_t)g->n_values, sizeof *overrides);
    overrides[graph_value(g, "w")] = zero;
    struct kernels k = plain_kernels();
    struct program *p = program_new(g, overrides, &(struct program_options){.kernels = &k, .lanes = 1}, NULL);
    struct run *r = run_new(p);
    fill_inputs(p, r, 0);
    assert_true(run_forward(r, NULL));
    for (int i = 0; i < 4; i++)
        assert_float_equal(((const float *)run_output(r, 0))[i], 2 * i, 0);
    run_free(r);
    program_free(p);
    free(overrides);
    tensor_free(zero);
    graph_free(g);
    source_free(s);
}

static void test_kept_values_are_readable(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    const int keep[] = {graph_value(g, "h"), graph_value(g, "w")};
    struct program *p = made(g, (struct program_options){.lanes = 16, .keep = keep, .n_keep = 2});
    struct run *r = run_new(p);
    fill_inputs(p, r, 0);
    assert_true(run_forward(r, NULL));
    const float *h = run_value(r, keep[0]), *w = run_value(r, keep[1]);
    for (int l = 0; l < 16; l++) {
        assert_float_equal(h[1 * 16 + l], 1 + 100 * l - 2, 0);
        assert_float_equal(w[3 * 16 + l], 10, 0); /* a constant spreads over the lanes */
    }
    run_free(r);
    program_free(p);
    graph_free(g);
    source_free(s);
}

/* h is new, and y still that of the records before. */
static void test_a_run_ends_at_the_value_that_is_wanted(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    const int keep[] = {graph_value(g, "h")};
    struct program *p = made(g, (struct program_options){.lanes = 1, .keep = keep, .n_keep = 1});
    struct run *r = run_new(p);
    float *x = run_input(r, 0);
    for (int i = 0; i < 4; i++)
        x[i] = 5;
    assert_true(run_forward(r, NULL));
    assert_float_equal(((const float *)run_output(r, 0))[3], 30, 0);
    for (int i = 0; i < 4; i++)
        x[i] = 7;
    assert_true(run_until(r, keep[0], NULL));
    assert_float_equal(((const float *)run_value(r, keep[0]))[3], 17, 0);
    assert_float_equal(((const float *)run_output(r, 0))[3], 30, 0);
    run_free(r);
    program_free(p);
    graph_free(g);
    source_free(s);
}

static void test_the_stop_flag_ends_a_forward(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    struct program *p = made(g, (struct program_options){.lanes = 1});
    struct run *r = run_new(p);
    atomic_bool stop = true;
    assert_false(run_forward(r, &stop));
    atomic_store(&stop, false);
    assert_true(run_forward(r, &stop));
    run_free(r);
    program_free(p);
    graph_free(g);
    source_free(s);
}

/* ---- width and memory ---- */

static int lanes_within(const struct graph *g, int64_t memory)
{
    struct program *p = made(g, (struct program_options){.memory = memory});
    int lanes = program_lanes(p);
    assert_true((int64_t)program_arena_bytes(p) <= memory);
    program_free(p);
    return lanes;
}

static void test_the_widest_lanes_that_fit(void **state)
{
    (void)state;
    struct source *s = small_net();
    struct graph *g = bound(s);
    struct kernels k = plain_kernels();
    struct err e = {0};
    /* Three places of 4 elements: x, h (seen as flat, too), and r, in which y comes to lie. */
    assert_int_equal(lanes_within(g, 3 * 4 * 4 * 64), 64);
    assert_int_equal(lanes_within(g, 3 * 4 * 4 * 64 - 1), 16);
    assert_int_equal(lanes_within(g, 3 * 4 * 4 * 16 - 1), 1);
    assert_null(program_new(g, NULL, &(struct program_options){.kernels = &k, .memory = 3 * 64 - 1}, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.message, "1 record at a time"));
    assert_non_null(strstr(e.hint, "--memory"));
    err_release(&e);
    assert_null(
        program_new(g, NULL, &(struct program_options){.kernels = &k, .lanes = 256, .memory = 4096}, &e));
    assert_non_null(strstr(e.message, "256 records"));
    err_release(&e);
    graph_free(g);
    source_free(s);
}

static void test_a_batch_above_one_runs_in_one_lane(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(3, 2));
    net_output(s, "y", FLOAT);
    net_node(s, "Relu", "x", "y");
    struct graph *g = bound(s);
    struct program *p = made(g, (struct program_options){.lanes = 64});
    assert_int_equal(program_lanes(p), 1);
    program_free(p);
    graph_free(g);
    source_free(s);
}

/* A long chain needs no more room than a short one; and views need none at all. */
static size_t chain_bytes(const char *op, int n)
{
    struct source *s = net_new(OPSET);
    char from[32] = "x", to[32];
    net_input(s, "x", FLOAT, DIMS(FREE, 16));
    for (int i = 0; i < n; i++) {
        snprintf(to, sizeof to, "h%d", i);
        net_node(s, op, from, to);
        memcpy(from, to, sizeof from);
    }
    net_output(s, from, FLOAT);
    struct graph *g = bound(s);
    struct program *p = made(g, (struct program_options){.lanes = 16});
    size_t bytes = program_arena_bytes(p);
    program_free(p);
    graph_free(g);
    source_free(s);
    return bytes;
}

static void test_places_are_used_again(void **state)
{
    (void)state;
    const size_t one = 16 * 16 * 4;
    assert_int_equal(chain_bytes("Identity", 50), one);
    assert_int_equal(chain_bytes("Softmax", 3), chain_bytes("Softmax", 50));
    assert_int_equal(chain_bytes("Exp", 50), 2 * one); /* the input stays; all others lie in one place */
}

/* ---- the property: sharing places changes nothing ---- */

static int pick(uint64_t seed, int draw, int n)
{
    return (int)(rng_u64(seed, 9, (uint64_t)draw) % (uint64_t)n);
}

/* A random network over values of 12 elements in two shapes (batch x 12 and batch x 3 x 4), and means over their last axis. */
static struct source *random_net(uint64_t seed)
{
    struct source *s = net_new(OPSET);
    char names[40][8], inputs[32];
    bool flat[40] = {true};
    int n = 1, draw = 0;
    net_input(s, "x", FLOAT, DIMS(FREE, 12));
    net_floats(s, "flat", DIMS(2), NULL);
    net_floats(s, "c", DIMS(1), FLOATS(0.5f));
    net_ints(s, "to_flat", DIMS(2), INTS(-1, 12));
    net_ints(s, "to_deep", DIMS(3), INTS(-1, 3, 4));
    snprintf(names[0], sizeof names[0], "x");
    while (n < 16) {
        int a = pick(seed, draw++, n), b = pick(seed, draw++, n);
        snprintf(names[n], sizeof names[n], "v%d", n);
        flat[n] = flat[a];
        switch (pick(seed, draw++, 7)) {
        case 0:
            net_node(s, "Relu", names[a], names[n]);
            break;
        case 1:
            snprintf(inputs, sizeof inputs, "%s %s", names[a], flat[a] ? "to_deep" : "to_flat");
            net_node(s, "Reshape", inputs, names[n]);
            flat[n] = !flat[a];
            break;
        case 2:
            net_node(s, "Identity", names[a], names[n]);
            break;
        case 3:
            snprintf(inputs, sizeof inputs, "%s c", names[a]);
            net_node(s, "Sub", inputs, names[n]);
            break;
        case 4:
            net_node(s, "Cast", names[a], names[n]);
            net_int(s, "to", FLOAT);
            break;
        case 5:
            snprintf(inputs, sizeof inputs, "m%d", n);
            net_node(s, "ReduceMean", names[a], inputs);
            net_int_list(s, "axes", DIMS(-1));
            snprintf(inputs, sizeof inputs, "%s m%d", names[a], n);
            net_node(s, "Sub", inputs, names[n]);
            break;
        default:
            snprintf(inputs, sizeof inputs, "%s %s", names[a], flat[a] == flat[b] ? names[b] : names[a]);
            net_node(s, "Add", inputs, names[n]);
        }
        n++;
    }
    net_output(s, names[n - 1], FLOAT);
    net_output(s, names[n - 1 - pick(seed, draw, 6)], FLOAT);
    return s;
}

static struct run *run_of(const struct program *p)
{
    struct run *r = run_new(p);
    fill_inputs(p, r, 0);
    assert_true(run_forward(r, NULL));
    return r;
}

static void places_change_no_bit(const struct graph *g, int lanes, uint64_t seed)
{
    struct program *all = made(g, (struct program_options){.lanes = lanes, .keep_all = true});
    struct program *lean = made(g, (struct program_options){.lanes = lanes});
    struct run *a = run_of(all), *b = run_of(lean);
    assert_true(program_arena_bytes(lean) <= program_arena_bytes(all));
    for (int i = 0; i < g->n_outputs; i++) {
        size_t bytes = (size_t)(shape_elements(&g->values[g->outputs[i]].shape) * lanes) * 4;
        if (memcmp(run_output(a, i), run_output(b, i), bytes))
            fail_msg("seed %d, %d lanes", (int)seed, lanes);
    }
    run_free(a);
    run_free(b);
    program_free(all);
    program_free(lean);
}

/* So many lanes that nodes which go together take several strips of their elements. */
static void test_shared_places_change_no_bit(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct source *s = random_net(seed);
        struct graph *g = bound(s);
        places_change_no_bit(g, 16, seed);
        places_change_no_bit(g, 1024, seed);
        graph_free(g);
        source_free(s);
    }
}

/* Every way in which an operand is spread over a result, in nodes that can go together: x is 1x3x25. */
static struct source *spreading_net(void)
{
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 3, 25));
    net_floats(s, "each", DIMS(3), FLOATS(1.5f, -2, 0.25f));
    net_floats(s, "spread", DIMS(3), FLOATS(1, 2, 3));
    net_floats(s, "row", DIMS(25), NULL);
    net_floats(s, "channel", DIMS(3, 1), NULL);
    net_floats(s, "one", NO_DIMS, FLOATS(3));
    net_floats(s, "whole", DIMS(1, 3, 25), NULL);
    net_node(s, "BatchNormalization", "x each each each spread", "v0");
    net_node(s, "Relu", "v0", "v1");
    net_node(s, "Add", "row v1", "v2");
    net_node(s, "Mul", "v2 channel", "v3");
    net_node(s, "Div", "v3 one", "v4");
    net_node(s, "Sub", "one v4", "v5");
    net_node(s, "Identity", "v5", "v6");
    net_node(s, "Add", "v6 whole", "v7");
    net_node(s, "Mul", "v7 v1", "v8");
    net_node(s, "Erf", "v8", "v9");
    net_node(s, "Softmax", "v9", "y");
    net_output(s, "y", FLOAT);
    return s;
}

/* run_until stops within nodes that go together: then each runs alone. */
static void test_nodes_together_give_what_each_gives_alone(void **state)
{
    (void)state;
    struct source *s = spreading_net();
    struct graph *g = bound(s);
    struct program *p = made(g, (struct program_options){.lanes = 256, .keep_all = true});
    struct run *all = run_of(p), *each = run_new(p);
    fill_inputs(p, each, 0);
    for (int i = 0; i < g->n_nodes; i++) {
        int v = g->nodes[i].outputs[0];
        assert_true(run_until(each, v, NULL));
        if (!g->values[v].constant)
            assert_memory_equal(run_value(each, v), run_value(all, v),
                                (size_t)shape_elements(&g->values[v].shape) * 256 * 4);
    }
    run_free(all);
    run_free(each);
    program_free(p);
    graph_free(g);
    source_free(s);
}

/* ---- the two-samples check ---- */

static bool check(struct source *s, struct err *e)
{
    struct graph *g = bound(s);
    struct kernels k = plain_kernels();
    bool ok = program_check_batch(s, g, &k, e);
    graph_free(g);
    source_free(s);
    return ok;
}

/* A row of records of 4 numbers; the caller adds the nodes. */
static struct source *records(void)
{
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 4));
    net_output(s, "y", FLOAT);
    return s;
}

static void test_independent_records_pass(void **state)
{
    (void)state;
    struct err e = {0};
    struct source *s = records();
    net_floats(s, "w", DIMS(4), NULL);
    net_node(s, "Mul", "x w", "h");
    net_node(s, "Softmax", "h", "y");
    assert_true(check(s, &e));
    assert_int_equal(e.code, ERR_NONE);
    /* attention moves the batch axis and merges it with the heads, and comes back */
    s = records();
    net_ints(s, "split", DIMS(3), INTS(-1, 2, 2));
    net_ints(s, "merged", DIMS(2), INTS(4, -1));
    net_ints(s, "back", DIMS(3), INTS(2, -1, 2));
    net_ints(s, "flat", DIMS(2), INTS(-1, 4));
    net_node(s, "Reshape", "x split", "a");
    net_node(s, "Transpose", "a", "b");
    net_int_list(s, "perm", DIMS(1, 0, 2));
    net_node(s, "Relu", "b", "c");
    net_node(s, "Transpose", "c", "d");
    net_int_list(s, "perm", DIMS(1, 0, 2));
    net_node(s, "Reshape", "d flat", "y");
    assert_true(check(s, &e));
}

static void refused_by_check(struct source *s, const char *part)
{
    struct err e = {0};
    assert_false(check(s, &e));
    if (!strstr(e.message, part))
        print_error("%s\n", e.message);
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.message, part));
    assert_non_null(e.hint);
    err_release(&e);
}

static void test_records_that_influence_each_other_are_refused(void **state)
{
    (void)state;
    struct source *s = records(); /* the mean over the batch is taken away */
    net_node(s, "Relu", "x", "h");
    net_node(s, "ReduceMean", "h", "mean");
    net_int_list(s, "axes", DIMS(0));
    net_node(s, "Sub", "h mean", "d");
    net_node(s, "Exp", "d", "y");
    refused_by_check(s, "first at ReduceMean ReduceMean_1 (node 1)");
    s = records(); /* softmax over the batch */
    net_node(s, "Relu", "x", "h");
    net_node(s, "Softmax", "h", "p");
    net_int(s, "axis", 0);
    net_node(s, "Relu", "p", "y");
    refused_by_check(s, "first at Softmax Softmax_1 (node 1)");
}

static void test_a_batch_that_only_looks_free_is_refused(void **state)
{
    (void)state;
    struct source *s = records();
    net_ints(s, "shape", DIMS(2), INTS(1, 4));
    net_node(s, "Reshape", "x shape", "y");
    refused_by_check(s, "Reshape_0");
}

static void test_a_fixed_batch_is_not_checked(void **state)
{
    (void)state;
    struct err e = {0};
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(1, 4));
    net_output(s, "y", FLOAT);
    net_node(s, "Softmax", "x", "y");
    net_int(s, "axis", 0);
    assert_true(check(s, &e));
}

static void test_an_input_beside_the_records_is_shared(void **state)
{
    (void)state;
    struct err e = {0};
    struct source *s = records();
    net_input(s, "table", FLOAT, DIMS(3, 4));
    net_node(s, "ReduceSum", "table", "sum");
    net_int(s, "keepdims", 0);
    net_node(s, "Add", "x sum", "y");
    assert_true(check(s, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_fills_the_lowest_gap),
        cmocka_unit_test(test_arena_items_alive_together_never_overlap),
        cmocka_unit_test(test_a_small_network),
        cmocka_unit_test(test_inputs_stay_as_written_so_that_a_run_can_be_repeated),
        cmocka_unit_test(test_two_runs_of_one_program_do_not_meet),
        cmocka_unit_test(test_overrides_replace_constants),
        cmocka_unit_test(test_kept_values_are_readable),
        cmocka_unit_test(test_a_run_ends_at_the_value_that_is_wanted),
        cmocka_unit_test(test_the_stop_flag_ends_a_forward),
        cmocka_unit_test(test_the_widest_lanes_that_fit),
        cmocka_unit_test(test_a_batch_above_one_runs_in_one_lane),
        cmocka_unit_test(test_places_are_used_again),
        cmocka_unit_test(test_shared_places_change_no_bit),
        cmocka_unit_test(test_nodes_together_give_what_each_gives_alone),
        cmocka_unit_test(test_independent_records_pass),
        cmocka_unit_test(test_records_that_influence_each_other_are_refused),
        cmocka_unit_test(test_a_batch_that_only_looks_free_is_refused),
        cmocka_unit_test(test_a_fixed_batch_is_not_checked),
        cmocka_unit_test(test_an_input_beside_the_records_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
