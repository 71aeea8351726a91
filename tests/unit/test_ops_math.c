/* op_math and op_integer: closed-form numbers, broadcasting of either side, shape arithmetic on integers. ops_expect runs each
 * at every kernel level and in 1, 16 and 64 lanes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "engine/graph/source.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

static void unary(const char *op, const float *y)
{
    ops_expect(ops_net(20, op, 1, DIMS(1, 3), "x"), FLOATS(-2, 0, 0.5f), y, 3, 2e-6);
}

/* Values of the defining formulas at -2, 0 and 1/2. */
static void test_functions_of_one_value(void **state)
{
    (void)state;
    unary("Relu", FLOATS(0, 0, 0.5f));
    unary("LeakyRelu", FLOATS(-0.02f, 0, 0.5f));
    unary("Elu", FLOATS(-0.8646647f, 0, 0.5f));             /* e^-2 - 1 */
    unary("Selu", FLOATS(-1.5201665f, 0, 0.5253505f));      /* gamma alpha (e^-2 - 1), gamma / 2 */
    unary("Sigmoid", FLOATS(0.1192029f, 0.5f, 0.6224593f)); /* 1 / (1 + e^2), 1 / (1 + e^-0.5) */
    unary("HardSigmoid", FLOATS(0.1f, 0.5f, 0.6f));
    unary("HardSwish", FLOATS(-1.0f / 3, 0, 0.2916667f)); /* x (x + 3) / 6 */
    unary("Tanh", FLOATS(-0.9640276f, 0, 0.4621172f));
    unary("Softplus", FLOATS(0.1269280f, 0.6931472f, 0.9740770f));
    unary("Softsign", FLOATS(-2.0f / 3, 0, 1.0f / 3));
    unary("Erf", FLOATS(-0.9953223f, 0, 0.5204999f));
    unary("Gelu", FLOATS(-0.0455003f, 0, 0.3457312f)); /* x (1 + erf(x / sqrt 2)) / 2 */
    unary("Exp", FLOATS(0.1353353f, 1, 1.6487213f));
    unary("Abs", FLOATS(2, 0, 0.5f));
    unary("Neg", FLOATS(2, 0, -0.5f));
    unary("Sign", FLOATS(-1, 0, 1));
    unary("Ceil", FLOATS(-2, 0, 1));
    unary("Floor", FLOATS(-2, 0, 0));
    unary("Round", FLOATS(-2, 0, 0)); /* half to even */
    unary("Log", FLOATS(NAN, -INFINITY, -0.6931472f));
    unary("Sqrt", FLOATS(NAN, 0, 0.7071068f));
    unary("Reciprocal", FLOATS(-0.5f, INFINITY, 2));
}

static void test_attributes_replace_defaults(void **state)
{
    (void)state;
    struct source *s = ops_net(16, "LeakyRelu", 1, DIMS(1, 2), "x");
    net_float(s, "alpha", 0.5f);
    ops_expect(s, FLOATS(-2, 2), FLOATS(-1, 2), 2, 0);
    s = ops_net(20, "Gelu", 1, DIMS(1, 2), "x");
    net_text(s, "approximate", "tanh");
    ops_expect(s, FLOATS(1, -1), FLOATS(0.8411920f, -0.1588080f), 2, 1e-6);
}

static void test_constant_broadcasts_along_channels(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Add", 1, DIMS(1, 2, 2), "x c");
    net_floats(s, "c", DIMS(2, 1), FLOATS(10, 20));
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(11, 12, 23, 24), 4, 0);
    s = ops_net(13, "Sub", 1, DIMS(1, 2, 2), "c x"); /* the constant on the left, the same in both rows */
    net_floats(s, "c", DIMS(2), FLOATS(10, 20));
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(9, 18, 7, 16), 4, 0);
}

static void test_record_broadcasts_against_constant(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Div", 1, DIMS(1, 1), "c x"); /* one number of the record against three */
    net_floats(s, "c", DIMS(3), FLOATS(2, 4, 8));
    ops_expect(s, FLOATS(2), FLOATS(1, 2, 4), 3, 0);
    s = ops_net(13, "Mul", 1, DIMS(2, 1), "x c"); /* both sides repeat */
    net_floats(s, "c", DIMS(1, 3), FLOATS(1, 10, 100));
    ops_expect(s, FLOATS(2, 3), FLOATS(2, 20, 200, 3, 30, 300), 6, 0);
}

static void test_records_broadcast_against_each_other(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Transpose", 1, DIMS(2, 1), "x");
    s->nodes[0].outputs[0][0] = 't';
    net_node(s, "Mul", "x t", "y"); /* column times row */
    ops_expect(s, FLOATS(2, 3), FLOATS(4, 6, 6, 9), 4, 0);
}

static void test_any_number_of_operands(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Max", 1, DIMS(1, 3), "x c d");
    net_floats(s, "c", DIMS(1), FLOATS(0));
    net_floats(s, "d", DIMS(2, 1), FLOATS(-1, 2));
    ops_expect(s, FLOATS(-5, 1, 3), FLOATS(0, 1, 3, 2, 2, 3), 6, 0);
    ops_expect(ops_net(13, "Min", 1, DIMS(1, 2), "x"), FLOATS(4, 5), FLOATS(4, 5), 2, 0);
}

static void test_powers(void **state)
{
    (void)state;
    static const float exponents[] = {2, 3, 1, 0};
    const float *expected[] = {FLOATS(9, 4), FLOATS(-27, 8), FLOATS(-3, 2), FLOATS(1, 1)};
    for (int i = 0; i < 4; i++) {
        struct source *s = ops_net(13, "Pow", 1, DIMS(1, 2), "x c");
        net_floats(s, "c", NO_DIMS, &exponents[i]);
        ops_expect(s, FLOATS(-3, 2), expected[i], 2, 1e-5);
    }
    struct source *s = ops_net(15, "Pow", 1, DIMS(1, 2), "x c");
    net_ints(s, "c", NO_DIMS, INTS(3));
    ops_expect(s, FLOATS(-3, 2), FLOATS(-27, 8), 2, 1e-5);
}

static void test_clip(void **state)
{
    (void)state;
    struct source *s = ops_net(7, "Clip", 1, DIMS(1, 3), "x");
    net_float(s, "max", 1);
    ops_expect(s, FLOATS(-9, 0.5f, 7), FLOATS(-9, 0.5f, 1), 3, 0);
    s = ops_net(13, "Clip", 1, DIMS(1, 3), "x - c");
    net_floats(s, "c", NO_DIMS, FLOATS(6));
    ops_expect(s, FLOATS(-INFINITY, 0.5f, INFINITY), FLOATS(-INFINITY, 0.5f, 6), 3, 0);
}

static void test_clip_with_a_bound_that_the_record_brings(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "ReduceMax", 1, DIMS(3), "x");
    s->nodes[0].outputs[0][0] = 't';
    net_int(s, "keepdims", 0);
    net_node(s, "Mul", "t c", "b");
    net_floats(s, "c", NO_DIMS, FLOATS(0.5f));
    net_node(s, "Clip", "x - b", "y");
    ops_expect(s, FLOATS(8, 2, -1), FLOATS(4, 2, -1), 3, 0);
}

static void test_truth(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Greater", 1, DIMS(1, 3), "x c");
    net_floats(s, "c", NO_DIMS, FLOATS(1));
    ops_expect(s, FLOATS(0, 1, 2), FLOATS(0, 0, 1), 3, 0);
    s = ops_net(13, "Not", 9, DIMS(1, 2), "x");
    ops_expect(s, FLOATS(0, 1), FLOATS(1, 0), 2, 0);
    s = ops_net(13, "And", 9, DIMS(2, 1), "x t");
    net_node(s, "Not", "x", "t");
    struct source_node swap = s->nodes[0];
    s->nodes[0] = s->nodes[1];
    s->nodes[1] = swap;
    ops_expect(s, FLOATS(0, 1), FLOATS(0, 0), 2, 0);
}

static void test_where_takes_each_side(void **state)
{
    (void)state;
    struct source *s = ops_net(16, "Where", 9, DIMS(2, 1), "x c d");
    net_floats(s, "c", DIMS(2), FLOATS(1, 2));
    net_floats(s, "d", NO_DIMS, FLOATS(-INFINITY));
    ops_expect(s, FLOATS(1, 0), FLOATS(1, 2, -INFINITY, -INFINITY), 4, 0);
}

/* ((-x)^2 - x) broadcast to two rows, then 1 / (1 + that / that * s): each result may take the place of its operand. */
static void test_results_in_the_place_of_operands(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Neg", 1, DIMS(1, 2), "x");
    s->nodes[0].outputs[0][0] = 'a';
    net_node(s, "Pow", "a two", "b");
    net_node(s, "Sub", "b x", "c");
    net_node(s, "Mul", "c column", "d");
    net_node(s, "Div", "d d", "e");
    net_node(s, "Clip", "e - half", "f");
    net_node(s, "Sum", "f one f", "h");
    net_node(s, "Reciprocal", "h", "y");
    net_floats(s, "two", NO_DIMS, FLOATS(2));
    net_floats(s, "half", NO_DIMS, FLOATS(0.5f));
    net_floats(s, "one", NO_DIMS, FLOATS(1));
    net_floats(s, "column", DIMS(2, 1), FLOATS(1, 2));
    ops_expect(s, FLOATS(3, 5), FLOATS(0.5f, 0.5f, 0.5f, 0.5f), 4, 1e-6);
}

static void integers(const char *op, int32_t a, int32_t b, float expected)
{
    struct source *s = net_new(15);
    net_ints(s, "a", DIMS(1), &a);
    net_ints(s, "b", DIMS(1), &b);
    net_node(s, op, "a b", "y");
    net_output(s, "y", 0);
    ops_expect(s, NULL, &expected, 1, fabs((double)expected) * 1e-9);
}

static void test_integer_arithmetic(void **state)
{
    (void)state;
    integers("Div", -7, 2, -3); /* towards zero */
    integers("Div", 7, 0, 0);
    integers("Div", INT32_MIN, -1, 2147483648.0f); /* saturates at 2^31 - 1, which is this float */
    integers("Mod", -7, 3, 2);
    integers("Mod", 7, -3, -2);
    integers("Mul", 1 << 20, 1 << 20, 2147483648.0f);
    integers("Add", INT32_MAX, 5, 2147483648.0f);
    integers("Pow", -3, 3, -27);
    integers("Pow", 2, -1, 0);
    integers("Less", 2, 3, 1);
    integers("Equal", 2, 3, 0);
    integers("Max", 2, 3, 3);
}

static void test_integers_of_the_record(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Sub", 6, DIMS(1, 3), "x c");
    net_ints(s, "c", DIMS(1), INTS(5));
    ops_expect(s, FLOATS(7, 5, -1), FLOATS(2, 0, -6), 3, 0);
    s = ops_net(13, "GreaterOrEqual", 6, DIMS(1, 3), "x c");
    net_ints(s, "c", DIMS(1), INTS(5));
    ops_expect(s, FLOATS(7, 5, -1), FLOATS(1, 1, 0), 3, 0);
    ops_expect(ops_net(13, "Abs", 6, DIMS(1, 2), "x"), FLOATS(-7, 7), FLOATS(7, 7), 2, 0);
}

static void test_refusals(void **state)
{
    (void)state;
    struct source *s = ops_net(13, "Add", 1, DIMS(1, 3), "x c");
    net_floats(s, "c", DIMS(2), NULL);
    ops_refuse(s, "Add_0 (node 0): the shapes of its inputs x and c cannot be broadcast");
    s = ops_net(13, "Add", 1, DIMS(1, 3), "x c");
    net_ints(s, "c", DIMS(3), NULL);
    ops_refuse(s, "different types");
    s = ops_net(13, "And", 1, DIMS(1, 3), "x x");
    ops_refuse(s, "truth values");
    s = ops_net(13, "Max", 1, DIMS(1, 3), "x - x");
    ops_refuse(s, "missing");
    s = ops_net(13, "Where", 1, DIMS(1, 3), "x x x");
    ops_refuse(s, "truth values");
    s = ops_net(13, "Clip", 1, DIMS(1, 3), "x c");
    net_floats(s, "c", DIMS(2), NULL);
    ops_refuse(s, "not one number");
    s = ops_net(20, "Gelu", 1, DIMS(1, 3), "x");
    net_text(s, "approximate", "sigmoid");
    ops_refuse(s, "sigmoid");
    ops_refuse(ops_net(13, "Exp", 6, DIMS(1, 3), "x"), "integer");
    s = ops_net(13, "Mul", 1, DIMS(1, 65536, 1), "x c"); /* 2^48 elements */
    net_floats(s, "c", DIMS(1, 65536), NULL);
    net_node(s, "Mul", "y c", "z");
    net_node(s, "Unsqueeze", "z a", "w");
    net_ints(s, "a", DIMS(1), INTS(3));
    net_node(s, "Mul", "w c", "v");
    net_output(s, "v", 0);
    ops_refuse(s, "too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_of_one_value),
        cmocka_unit_test(test_attributes_replace_defaults),
        cmocka_unit_test(test_constant_broadcasts_along_channels),
        cmocka_unit_test(test_record_broadcasts_against_constant),
        cmocka_unit_test(test_records_broadcast_against_each_other),
        cmocka_unit_test(test_any_number_of_operands),
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_clip),
        cmocka_unit_test(test_clip_with_a_bound_that_the_record_brings),
        cmocka_unit_test(test_truth),
        cmocka_unit_test(test_where_takes_each_side),
        cmocka_unit_test(test_results_in_the_place_of_operands),
        cmocka_unit_test(test_integer_arithmetic),
        cmocka_unit_test(test_integers_of_the_record),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
