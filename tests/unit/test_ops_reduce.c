/* op_reduce and op_norm: closed-form numbers, axes as attribute and as input, what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "engine/graph/source.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

#define SIX FLOATS(1, -2, 3, 4, 0, -6)

/* Over the last axis of two rows of three, axes as an input. */
static void rows(const char *op, float first, float second)
{
    struct source *s = ops_net(18, op, 1, DIMS(1, 2, 3), "x a");
    net_ints(s, "a", DIMS(1), INTS(-1));
    net_int(s, "keepdims", 0);
    ops_expect(s, SIX, FLOATS(first, second), 2, 1e-6);
}

static void test_reductions(void **state)
{
    (void)state;
    rows("ReduceSum", 2, -2);
    rows("ReduceMean", 2.0f / 3, -2.0f / 3);
    rows("ReduceMax", 3, 4);
    rows("ReduceMin", -2, -6);
    rows("ReduceProd", -6, 0);
    rows("ReduceL1", 6, 10);
    rows("ReduceL2", 3.7416574f, 7.2111026f); /* sqrt 14, sqrt 52 */
    rows("ReduceSumSquare", 14, 52);
}

static void test_axes(void **state)
{
    (void)state;
    struct source *s = ops_net(11, "ReduceSum", 1, DIMS(1, 2, 3), "x");
    net_int_list(s, "axes", DIMS(1));
    ops_expect(s, SIX, FLOATS(5, -2, -3), 3, 0); /* columns: kept positions side by side */
    s = ops_net(13, "ReduceSum", 1, DIMS(1, 2, 3), "x");
    ops_expect(s, SIX, FLOATS(0), 1, 0); /* none: all */
    s = ops_net(18, "ReduceSum", 1, DIMS(1, 2, 3), "x");
    net_int(s, "noop_with_empty_axes", 1);
    ops_expect(s, SIX, SIX, 6, 0);
    s = ops_net(13, "ReduceMax", 1, DIMS(2, 3, 4), "x");
    net_int_list(s, "axes", DIMS(0, 2));
    ops_expect_shape(s, "1x3x1");
    s = ops_net(13, "ReduceMax", 1, DIMS(2, 3, 4), "x");
    net_int_list(s, "axes", DIMS(0, 2));
    net_int(s, "keepdims", 0);
    ops_expect_shape(s, "3");
}

static void test_many_positions_are_summed_exactly_enough(void **state)
{
    (void)state;
    static float x[100000];
    for (int i = 0; i < 100000; i++)
        x[i] = 0.1f;
    struct source *s = ops_net(13, "ReduceMean", 1, DIMS(1, 100000), "x");
    ops_expect(s, x, FLOATS(0.1f), 1, 1e-8); /* adding in float would be off by 1e-4 */
}

static void test_integers_reduce(void **state)
{
    (void)state;
    struct source *s = net_new(13);
    net_ints(s, "a", DIMS(3), INTS(3, 224, -2));
    net_node(s, "ReduceProd", "a", "y");
    net_int(s, "keepdims", 0);
    net_output(s, "y", 0);
    ops_expect(s, NULL, FLOATS(-1344), 1, 0);
    s = ops_net(13, "ReduceMean", 6, DIMS(1, 2), "x");
    ops_expect(s, FLOATS(3, 4), FLOATS(3), 1, 0);
}

static void test_nan_is_not_lost(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "ReduceMax", 1, DIMS(1, 3), "x");
    ops_expect(s, FLOATS(1, NAN, 2), FLOATS(NAN), 1, 0);
}

static void test_arg_max(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "ArgMax", 1, DIMS(1, 4), "x");
    net_int(s, "axis", 1);
    ops_expect(s, FLOATS(1, 5, 5, 0), FLOATS(1), 1, 0);
    s = ops_net(13, "ArgMax", 1, DIMS(1, 4), "x");
    net_int(s, "axis", -1);
    net_int(s, "select_last_index", 1);
    ops_expect(s, FLOATS(1, 5, 5, 0), FLOATS(2), 1, 0);
    s = ops_net(13, "ArgMax", 1, DIMS(2, 2), "x");
    net_int(s, "keepdims", 0);
    ops_expect(s, FLOATS(1, 7, 3, 2), FLOATS(1, 0), 2, 0);
}

/* e^1, e^2, e^3 over their sum. */
static void test_softmax(void **state)
{
    (void)state;
    const float third[] = {0.0900306f, 0.2447285f, 0.6652410f};
    ops_expect(ops_net(13, "Softmax", 1, DIMS(1, 3), "x"), FLOATS(1, 2, 3), third, 3, 1e-6);
    ops_expect(ops_net(13, "Softmax", 1, DIMS(1, 3), "x"), FLOATS(1001, 1002, 1003), third, 3, 1e-6);
    ops_expect(ops_net(13, "LogSoftmax", 1, DIMS(1, 3), "x"), FLOATS(1, 2, 3),
               FLOATS(-2.4076059f, -1.4076059f, -0.4076059f), 3, 1e-6);
    struct source *s = ops_net(13, "Softmax", 1, DIMS(1, 3, 1), "x"); /* -inf: what attention masks leave */
    net_int(s, "axis", 1);
    ops_expect(s, FLOATS(0, -INFINITY, 0), FLOATS(0.5f, 0, 0.5f), 3, 1e-6);
}

static void test_softmax_before_13_joins_axes(void **state)
{
    (void)state;
    ops_expect(ops_net(11, "Softmax", 1, DIMS(1, 2, 2), "x"), FLOATS(0, 0, 0, 0),
               FLOATS(0.25f, 0.25f, 0.25f, 0.25f), 4, 1e-6);
    ops_expect(ops_net(13, "Softmax", 1, DIMS(1, 2, 2), "x"), FLOATS(0, 0, 0, 0),
               FLOATS(0.5f, 0.5f, 0.5f, 0.5f), 4, 1e-6);
}

static struct source *batch_norm(const int64_t *dims)
{
    struct source *s = ops_net(15, "BatchNormalization", 1, dims, "x scale shift mean variance");
    net_floats(s, "scale", DIMS(2), FLOATS(2, -1));
    net_floats(s, "shift", DIMS(2), FLOATS(1, 0));
    net_floats(s, "mean", DIMS(2), FLOATS(3, 0));
    net_floats(s, "variance", DIMS(2), FLOATS(3, 0));
    net_float(s, "epsilon", 1);
    return s;
}

static void test_batch_normalization(void **state)
{
    (void)state;
    /* channel 0: (x - 3) / 2 * 2 + 1; channel 1: -x */
    ops_expect(batch_norm(DIMS(1, 2)), FLOATS(5, 7), FLOATS(3, -7), 2, 1e-6);
    ops_expect(batch_norm(DIMS(1, 2, 1, 2)), FLOATS(5, 3, 7, 8), FLOATS(3, 1, -7, -8), 4, 1e-6);
    ops_expect(batch_norm(DIMS(2, 2)), FLOATS(5, 7, 3, 8), FLOATS(3, -7, 1, -8), 4, 1e-6);
}

static void test_layer_normalization(void **state)
{
    (void)state;
    struct source *s = ops_net(17, "LayerNormalization", 1, DIMS(1, 3), "x scale shift");
    net_floats(s, "scale", DIMS(3), FLOATS(1, 1, 2));
    net_floats(s, "shift", DIMS(3), FLOATS(0, 0, 1));
    net_float(s, "epsilon", 0);
    ops_expect(s, FLOATS(1, 2, 3), FLOATS(-1.2247449f, 0, 3.4494897f), 3, 1e-6); /* sqrt 1.5 */
}

static void test_instance_normalization(void **state)
{
    (void)state;
    struct source *s = ops_net(6 + 1, "InstanceNormalization", 1, DIMS(1, 2, 2), "x scale shift");
    net_floats(s, "scale", DIMS(2), FLOATS(1, 3));
    net_floats(s, "shift", DIMS(2), FLOATS(0, 1));
    net_float(s, "epsilon", 0);
    ops_expect(s, FLOATS(0, 4, 10, 8), FLOATS(-1, 1, 4, -2), 4, 1e-6);
}

static void test_refusals(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "ReduceMean", 1, DIMS(1, 3), "x");
    net_int_list(s, "axes", DIMS(2));
    ops_refuse(s, "axis 2 is out of range");
    s = ops_net(13, "ReduceMean", 1, DIMS(1, 3), "x");
    net_int_list(s, "axes", DIMS(1, -1));
    ops_refuse(s, "twice");
    s = ops_net(18, "ReduceMean", 1, DIMS(1, 3), "x n");
    net_node(s, "ArgMax", "x", "n"); /* axes that depend on the record */
    struct source_node swap = s->nodes[0];
    s->nodes[0] = s->nodes[1];
    s->nodes[1] = swap;
    ops_refuse(s, "must be constant");
    s = ops_net(13, "ArgMax", 1, DIMS(1, 3), "x");
    net_int(s, "axis", INT64_MIN);
    ops_refuse(s, "out of range");
    s = ops_net(13, "ArgMax", 1, DIMS(1, 0), "x");
    net_int(s, "axis", 1);
    ops_refuse(s, "empty");
    s = ops_net(13, "Softmax", 1, DIMS(1, 3), "x");
    net_int(s, "axis", 2);
    ops_refuse(s, "out of range");
    s = batch_norm(DIMS(1, 3));
    ops_refuse(s, "one number for each of 3 channels");
    s = batch_norm(DIMS(2));
    ops_refuse(s, "no channels");
    s = batch_norm(DIMS(1, 2));
    net_int(s, "training_mode", 1);
    ops_refuse(s, "training_mode=1 is not supported");
    s = ops_net(17, "LayerNormalization", 1, DIMS(1, 3), "x scale");
    net_floats(s, "scale", DIMS(4), NULL);
    ops_refuse(s, "cannot be broadcast");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_many_positions_are_summed_exactly_enough),
        cmocka_unit_test(test_integers_reduce),
        cmocka_unit_test(test_nan_is_not_lost),
        cmocka_unit_test(test_arg_max),
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_softmax_before_13_joins_axes),
        cmocka_unit_test(test_batch_normalization),
        cmocka_unit_test(test_layer_normalization),
        cmocka_unit_test(test_instance_normalization),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
