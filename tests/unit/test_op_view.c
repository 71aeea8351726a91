/* engine/graph/op_view, op_make: operators that keep elements where they are, and those known while binding. Inputs count 0, 1,
 * 2 ...; expected shapes and numbers follow from the operators' definitions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

static const float count_up[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* ---- views ---- */

static void reshapes(const int64_t *from, const int64_t *target, bool allow_zero, const int64_t *to)
{
    struct source *s = from_x_at(14, from);
    int32_t want[8];
    int64_t n = 0;
    for (; target[n] != DIMS_END; n++)
        want[n] = (int32_t)target[n];
    net_ints(s, "target", DIMS(n), want);
    net_node(s, "Reshape", "x target", "y");
    if (allow_zero)
        net_int(s, "allowzero", 1);
    if (to)
        net_gives(s, 0, to, count_up);
    else
        net_refused(s, ERR_UNREADABLE, "Reshape Reshape_0 (node 0)", "");
}

static void test_reshape(void **state)
{
    (void)state;
    reshapes(DIMS(FREE, 2, 3), DIMS(1, 6), false, DIMS(1, 6));
    reshapes(DIMS(FREE, 2, 3), DIMS(0, -1), false, DIMS(1, 6));
    reshapes(DIMS(FREE, 2, 3), DIMS(-1, 3), false, DIMS(2, 3));
    reshapes(DIMS(FREE, 0, 3), DIMS(3, 0, 1), true, DIMS(3, 0, 1));
    reshapes(DIMS(FREE), NO_DIMS, false, NO_DIMS);
}

static void test_reshape_refuses_hostile_targets(void **state)
{
    (void)state;
    reshapes(DIMS(FREE, 2, 3), DIMS(4, -1), false, NULL);
    reshapes(DIMS(FREE, 2, 3), DIMS(-1, -1), false, NULL);
    reshapes(DIMS(FREE, 2, 3), DIMS(-2, 3), false, NULL);
    reshapes(DIMS(FREE, 2, 3), DIMS(7), false, NULL);
    reshapes(DIMS(FREE, 2, 3), DIMS(1, 2, 3, 0), false, NULL);
    reshapes(DIMS(FREE, 0), DIMS(0, -1), true, NULL);
    reshapes(DIMS(FREE, 6), DIMS(INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX), false, NULL);
}

static void test_reshape_needs_a_constant_target(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 6));
    net_input(s, "target", INT64, DIMS(2));
    net_node(s, "Reshape", "x target", "y");
    net_refused(s, ERR_UNSUPPORTED, "Reshape_0", "target");
}

static void flattens(int64_t axis, const int64_t *to)
{
    struct source *s = from_x(DIMS(FREE, 2, 3, 2));
    net_node(s, "Flatten", "x", "y");
    net_int(s, "axis", axis);
    if (to)
        net_gives(s, 0, to, count_up);
    else
        net_refused(s, ERR_UNREADABLE, "Flatten_0", "axis");
}

static void test_flatten(void **state)
{
    (void)state;
    flattens(0, DIMS(1, 12));
    flattens(1, DIMS(1, 12));
    flattens(2, DIMS(2, 6));
    flattens(-1, DIMS(6, 2));
    flattens(4, DIMS(12, 1));
    flattens(5, NULL);
    flattens(-5, NULL);
}

static void test_squeeze_by_attribute_and_input(void **state)
{
    (void)state;
    struct source *s = from_x_at(11, DIMS(FREE, 1, 3, 1));
    net_node(s, "Squeeze", "x", "y");
    net_int_list(s, "axes", DIMS(-1));
    net_gives(s, 0, DIMS(1, 1, 3), count_up);
    s = from_x(DIMS(FREE, 1, 3, 1));
    net_ints(s, "axes", DIMS(2), INTS(1, 3));
    net_node(s, "Squeeze", "x axes", "y");
    net_gives(s, 0, DIMS(1, 3), count_up);
    s = from_x(DIMS(FREE, 1, 3, 1));
    net_node(s, "Squeeze", "x", "y");
    net_gives(s, 0, DIMS(3), count_up);
}

static void test_squeeze_refuses_a_wide_axis(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 1, 3));
    net_ints(s, "axes", DIMS(1), INTS(2));
    net_node(s, "Squeeze", "x axes", "y");
    net_refused(s, ERR_UNREADABLE, "Squeeze_0", "axis 2 has 3 elements");
    s = from_x(DIMS(FREE, 1, 3));
    net_ints(s, "axes", DIMS(2), INTS(1, 1));
    net_node(s, "Squeeze", "x axes", "y");
    net_refused(s, ERR_UNREADABLE, "Squeeze_0", "twice");
}

static void test_unsqueeze(void **state)
{
    (void)state;
    struct source *s = from_x_at(11, DIMS(FREE, 3));
    net_node(s, "Unsqueeze", "x", "y");
    net_int_list(s, "axes", DIMS(0, 3));
    net_gives(s, 0, DIMS(1, 1, 3, 1), count_up);
    s = from_x(DIMS(FREE, 3));
    net_ints(s, "axes", DIMS(1), INTS(-1));
    net_node(s, "Unsqueeze", "x axes", "y");
    net_gives(s, 0, DIMS(1, 3, 1), count_up);
    s = from_x(DIMS(FREE, 1, 1, 1, 1, 1, 1));
    net_ints(s, "axes", DIMS(2), INTS(0, 1));
    net_node(s, "Unsqueeze", "x axes", "y");
    net_refused(s, ERR_UNREADABLE, "Unsqueeze_0", "more than 8 dimensions");
}

static void test_dropout_is_the_identity_with_a_mask_of_ones(void **state)
{
    (void)state;
    for (int output = 0; output < 2; output++) {
        struct source *s = from_x(DIMS(FREE, 3));
        net_output(s, "mask", 9);
        net_node(s, "Dropout", "x", "y mask");
        net_gives(s, output, DIMS(1, 3), output ? FLOATS(1, 1, 1) : count_up);
    }
    struct source *s = from_x(DIMS(FREE, 3));
    net_ints(s, "training", NO_DIMS, INTS(1));
    net_node(s, "Dropout", "x - training", "y");
    net_refused(s, ERR_UNSUPPORTED, "Dropout_0", "training");
}

static void test_casts_truncate_and_test_for_zero(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_input(s, "x", FLOAT, DIMS(FREE, 3));
    net_floats(s, "step", DIMS(3), FLOATS(0.0f, 0.75f, -4.5f));
    net_node(s, "Add", "x step", "sum"); /* 0 1.75 -2.5 */
    net_node(s, "Cast", "sum", "y");
    net_int(s, "to", INT64);
    net_output(s, "y", INT64);
    net_gives_ints(s, 0, DIMS(1, 3), INTS(0, 1, -2));
    s = from_x(DIMS(FREE, 3));
    net_node(s, "Cast", "x", "truth");
    net_int(s, "to", 9);
    net_node(s, "Cast", "truth", "y");
    net_int(s, "to", FLOAT);
    net_gives(s, 0, DIMS(1, 3), FLOATS(0, 1, 1));
    s = from_x(DIMS(FREE, 3));
    net_node(s, "Cast", "x", "y");
    net_int(s, "to", STRING);
    net_refused(s, ERR_UNSUPPORTED, "Cast_0", "type 8");
}

/* ---- known while binding ---- */

static void test_shape_and_size_fold_with_a_batch_of_one(void **state)
{
    (void)state;
    struct source *s = from_x_at(15, DIMS(FREE, 2, 3));
    net_output(s, "size", INT64);
    net_output(s, "part", INT64);
    net_node(s, "Shape", "x", "y");
    net_node(s, "Size", "x", "size");
    net_node(s, "Shape", "x", "part");
    net_int(s, "start", -2);
    net_int(s, "end", -1);
    net_gives_ints(s, 0, DIMS(3), INTS(1, 2, 3));
    s = from_x_at(15, DIMS(FREE, 2, 3));
    net_node(s, "Size", "x", "y");
    net_gives_ints(s, 0, NO_DIMS, INTS(6));
    s = from_x_at(15, DIMS(FREE, 2, 3));
    net_node(s, "Shape", "x", "y");
    net_int(s, "start", -2);
    net_int(s, "end", -1);
    net_gives_ints(s, 0, DIMS(1), INTS(2));
}

static struct source *range_of(const float *start, const float *limit, const float *step)
{
    struct source *s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_floats(s, "a", NO_DIMS, start);
    net_floats(s, "b", NO_DIMS, limit);
    net_floats(s, "c", NO_DIMS, step);
    net_node(s, "Range", "a b c", "y");
    return s;
}

static void test_range(void **state)
{
    (void)state;
    net_gives(range_of(FLOATS(1), FLOATS(3), FLOATS(0.75f)), 0, DIMS(3), FLOATS(1, 1.75f, 2.5f));
    net_gives(range_of(FLOATS(3), FLOATS(1), FLOATS(-1)), 0, DIMS(2), FLOATS(3, 2));
    net_gives(range_of(FLOATS(3), FLOATS(1), FLOATS(1)), 0, DIMS(0), NULL);
    net_refused(range_of(FLOATS(0), FLOATS(1), FLOATS(0)), ERR_UNREADABLE, "Range_0", "length");
    net_refused(range_of(FLOATS(0), FLOATS(1e30f), FLOATS(1)), ERR_UNREADABLE, "Range_0", "length");
}

static void test_constants(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_node(s, "Constant", "", "y");
    net_float(s, "value_float", 2.5f);
    net_gives(s, 0, NO_DIMS, FLOATS(2.5f));
    s = net_new(OPSET);
    net_output(s, "y", INT64);
    net_node(s, "Constant", "", "y");
    net_int_list(s, "value_ints", DIMS(3, INT64_MAX));
    net_gives_ints(s, 0, DIMS(2), INTS(3, INT32_MAX));
    s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_node(s, "Constant", "", "y");
    net_text(s, "value_string", "text");
    net_refused(s, ERR_UNSUPPORTED, "Constant_0", "");
}

static void test_constant_of_shape(void **state)
{
    (void)state;
    struct tensor *seven = tensor_new(DT_I32, &(struct shape){.rank = 1, .dim = {1}});
    seven->i[0] = 7;
    struct source *s = net_new(OPSET);
    net_output(s, "y", INT64);
    net_ints(s, "shape", DIMS(2), INTS(1, 2));
    net_node(s, "ConstantOfShape", "shape", "y");
    net_tensor(s, "value", seven);
    net_gives_ints(s, 0, DIMS(1, 2), INTS(7, 7));
    s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_ints(s, "shape", DIMS(1), INTS(-1));
    net_node(s, "ConstantOfShape", "shape", "y");
    net_refused(s, ERR_UNREADABLE, "ConstantOfShape_0", "negative");
    tensor_free(seven);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reshape),
        cmocka_unit_test(test_reshape_refuses_hostile_targets),
        cmocka_unit_test(test_reshape_needs_a_constant_target),
        cmocka_unit_test(test_flatten),
        cmocka_unit_test(test_squeeze_by_attribute_and_input),
        cmocka_unit_test(test_squeeze_refuses_a_wide_axis),
        cmocka_unit_test(test_unsqueeze),
        cmocka_unit_test(test_dropout_is_the_identity_with_a_mask_of_ones),
        cmocka_unit_test(test_casts_truncate_and_test_for_zero),
        cmocka_unit_test(test_shape_and_size_fold_with_a_batch_of_one),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_constant_of_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
