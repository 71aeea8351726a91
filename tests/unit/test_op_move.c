/* engine/graph/op_move, op_slice: operators that move elements. Inputs count 0, 1, 2 ..., so that an output
 * shows where its elements came from; expected places follow from the operators' definitions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/util_run.h"
#include "tests/unit/util_source.h"

/* ---- Transpose, Expand, Tile ---- */

static void test_transpose(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2, 3));
    net_node(s, "Transpose", "x", "y");
    net_gives(s, 0, DIMS(3, 2, 1), FLOATS(0, 3, 1, 4, 2, 5));
    s = from_x(DIMS(FREE, 2, 2, 2));
    net_node(s, "Transpose", "x", "y");
    net_int_list(s, "perm", DIMS(0, 2, 1, 3));
    net_gives(s, 0, DIMS(1, 2, 2, 2), FLOATS(0, 1, 4, 5, 2, 3, 6, 7));
}

static void test_transpose_refuses_what_is_no_permutation(void **state)
{
    (void)state;
    const int64_t *perms[] = {DIMS(0, 1, 1), DIMS(0, 1), DIMS(0, 1, 3), DIMS(0, 1, 2, 3)};
    for (size_t i = 0; i < sizeof perms / sizeof *perms; i++) {
        struct source *s = from_x(DIMS(FREE, 2, 3));
        net_node(s, "Transpose", "x", "y");
        net_int_list(s, "perm", perms[i]);
        net_refused(s, ERR_UNREADABLE, "Transpose Transpose_0 (node 0)", "");
    }
}

static void test_expand(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2, 1));
    net_ints(s, "shape", DIMS(4), INTS(2, 1, 1, 3));
    net_node(s, "Expand", "x shape", "y");
    net_gives(s, 0, DIMS(2, 1, 2, 3), FLOATS(0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1));
    s = from_x(DIMS(FREE, 2));
    net_ints(s, "shape", DIMS(2), INTS(1, 3));
    net_node(s, "Expand", "x shape", "y");
    net_refused(s, ERR_UNREADABLE, "Expand_0", "broadcast");
}

static void test_expand_to_two_to_the_forty_is_refused(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 1));
    net_ints(s, "shape", DIMS(2), INTS(1 << 20, 1 << 20));
    net_node(s, "Expand", "x shape", "y");
    net_refused(s, ERR_UNREADABLE, "Expand_0", "too large");
    s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_ints(s, "shape", DIMS(2), INTS(1 << 20, 1 << 20));
    net_node(s, "ConstantOfShape", "shape", "y");
    net_refused(s, ERR_UNREADABLE, "ConstantOfShape_0", "too large");
    s = net_new(OPSET);
    net_output(s, "y", FLOAT);
    net_ints(s, "shape", DIMS(2), INTS(1 << 15, 1 << 15));
    net_node(s, "ConstantOfShape", "shape", "y");
    net_refused(s, ERR_UNSUPPORTED, "ConstantOfShape_0", "4294967296 bytes");
}

static void test_tile(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2, 2));
    net_ints(s, "times", DIMS(3), INTS(1, 2, 2));
    net_node(s, "Tile", "x times", "y");
    net_gives(s, 0, DIMS(1, 4, 4), FLOATS(0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3));
    s = from_x(DIMS(FREE, 2));
    net_ints(s, "times", DIMS(2), INTS(1, 0));
    net_node(s, "Tile", "x times", "y");
    net_gives(s, 0, DIMS(1, 0), NULL);
    s = from_x(DIMS(FREE, 2));
    net_ints(s, "times", DIMS(2), INTS(1, -1));
    net_node(s, "Tile", "x times", "y");
    net_refused(s, ERR_UNREADABLE, "Tile_0", "-1 times");
}

/* ---- Concat, Split, Slice ---- */

static void test_concat_with_a_constant(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2, 2));
    net_floats(s, "token", DIMS(1, 1, 2), FLOATS(-1, -2));
    net_node(s, "Concat", "token x", "y");
    net_int(s, "axis", -2);
    net_gives(s, 0, DIMS(1, 3, 2), FLOATS(-1, -2, 0, 1, 2, 3));
    s = from_x(DIMS(FREE, 2, 2));
    net_node(s, "Concat", "x x", "y");
    net_int(s, "axis", 2);
    net_gives(s, 0, DIMS(1, 2, 4), FLOATS(0, 1, 0, 1, 2, 3, 2, 3));
}

static void test_concat_refuses_parts_that_do_not_fit(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 2, 2));
    net_floats(s, "other", DIMS(1, 3, 2), NULL);
    net_node(s, "Concat", "x other", "y");
    net_int(s, "axis", 2);
    net_refused(s, ERR_UNREADABLE, "Concat_0", "other");
    s = from_x(DIMS(FREE, 2));
    net_ints(s, "whole", DIMS(1, 2), NULL);
    net_node(s, "Concat", "x whole", "y");
    net_int(s, "axis", 1);
    net_refused(s, ERR_UNREADABLE, "Concat_0", "whole");
}

static struct source *split_of(int64_t opset, int64_t width)
{
    struct source *s = net_new(opset);
    net_input(s, "x", FLOAT, DIMS(FREE, 2, width));
    net_output(s, "a", FLOAT);
    net_output(s, "b", FLOAT);
    net_node(s, "Split", "x", "a b");
    net_int(s, "axis", 2);
    return s;
}

static void test_split_by_attribute_equal_and_uneven(void **state)
{
    (void)state;
    for (int part = 0; part < 2; part++) {
        struct source *s = split_of(11, 3);
        net_int_list(s, "split", DIMS(1, 2));
        net_gives(s, part, part ? DIMS(1, 2, 2) : DIMS(1, 2, 1), part ? FLOATS(1, 2, 4, 5) : FLOATS(0, 3));
        net_gives(split_of(13, 2), part, DIMS(1, 2, 1), part ? FLOATS(1, 3) : FLOATS(0, 2));
        s = split_of(18, 3);
        net_int(s, "num_outputs", 2);
        net_gives(s, part, part ? DIMS(1, 2, 1) : DIMS(1, 2, 2), part ? FLOATS(2, 5) : FLOATS(0, 1, 3, 4));
    }
}

static void test_split_with_an_unread_part(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 4));
    net_ints(s, "sizes", DIMS(3), INTS(1, 2, 1));
    net_node(s, "Split", "x sizes", "a y b");
    net_int(s, "axis", 1);
    net_gives(s, 0, DIMS(1, 2), FLOATS(1, 2));
}

static void test_split_refuses_sizes_that_do_not_add_up(void **state)
{
    (void)state;
    const int64_t *sizes[] = {DIMS(1, 1), DIMS(2, 2), DIMS(-1, 4), DIMS(3), DIMS(INT64_MAX, 4)};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct source *s = split_of(11, 3);
        net_int_list(s, "split", sizes[i]);
        net_refused(s, ERR_UNREADABLE, "Split Split_0 (node 0)", "");
    }
    net_refused(split_of(13, 3), ERR_UNREADABLE, "Split_0", "equal parts");
}

static void slices(int32_t start, int32_t end, int32_t step, int64_t n, const float *expected)
{
    struct source *s = from_x(DIMS(FREE, 5));
    net_ints(s, "start", DIMS(1), &start);
    net_ints(s, "end", DIMS(1), &end);
    net_ints(s, "axis", DIMS(1), INTS(1));
    net_ints(s, "step", DIMS(1), &step);
    net_node(s, "Slice", "x start end axis step", "y");
    net_gives(s, 0, DIMS(1, n), expected);
}

/* As Python's list(range(5))[start:end:step]. */
static void test_slice_follows_python(void **state)
{
    (void)state;
    slices(1, 4, 1, 3, FLOATS(1, 2, 3));
    slices(-2, INT32_MAX, 1, 2, FLOATS(3, 4));
    slices(0, -1, 2, 2, FLOATS(0, 2));
    slices(-1, INT32_MIN, -1, 5, FLOATS(4, 3, 2, 1, 0));
    slices(INT32_MAX, 1, -2, 2, FLOATS(4, 2));
    slices(4, 2, 1, 0, NULL);
    slices(INT32_MIN, INT32_MAX, INT32_MAX, 1, FLOATS(0));
    slices(0, -6, 1, 0, NULL);
    slices(-7, -8, -1, 1, FLOATS(0)); /* but here: the operator's text clamps the start to 0 .. size - 1 */
}

static void test_slice_by_attributes_of_opset_9(void **state)
{
    (void)state;
    struct source *s = from_x_at(9, DIMS(FREE, 3, 3));
    net_node(s, "Slice", "x", "y");
    net_int_list(s, "starts", DIMS(1, -2));
    net_int_list(s, "ends", DIMS(INT64_MAX, -1));
    net_int_list(s, "axes", DIMS(1, 2));
    net_gives(s, 0, DIMS(1, 2, 1), FLOATS(4, 7));
}

static void test_slice_refuses_lists_that_do_not_fit(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 3));
    net_ints(s, "one", DIMS(1), INTS(0));
    net_ints(s, "two", DIMS(2), INTS(0, 1));
    net_node(s, "Slice", "x one two", "y");
    net_refused(s, ERR_UNREADABLE, "Slice_0", "belong together");
    s = from_x(DIMS(FREE, 3));
    net_ints(s, "zero", DIMS(1), INTS(0));
    net_node(s, "Slice", "x zero zero zero zero", "y");
    net_refused(s, ERR_UNREADABLE, "Slice_0", "step is 0");
    s = from_x(DIMS(FREE, 3));
    net_ints(s, "zero", DIMS(1), INTS(0));
    net_ints(s, "axis", DIMS(1), INTS(2));
    net_node(s, "Slice", "x zero zero axis", "y");
    net_refused(s, ERR_UNREADABLE, "Slice_0", "axis 2 is out of range");
    s = from_x_at(9, DIMS(FREE, 3));
    net_node(s, "Slice", "x", "y");
    net_refused(s, ERR_UNREADABLE, "Slice_0", "belong together");
}

/* ---- Gather ---- */

static void test_gather_by_constant_indices(void **state)
{
    (void)state;
    struct source *s = from_x(DIMS(FREE, 3, 2));
    net_ints(s, "index", DIMS(2), INTS(-1, 0));
    net_node(s, "Gather", "x index", "y");
    net_int(s, "axis", 1);
    net_gives(s, 0, DIMS(1, 2, 2), FLOATS(4, 5, 0, 1));
    s = from_x(DIMS(FREE, 3, 2));
    net_ints(s, "index", NO_DIMS, INTS(1));
    net_node(s, "Gather", "x index", "y");
    net_int(s, "axis", 2);
    net_gives(s, 0, DIMS(1, 3), FLOATS(1, 3, 5));
}

/* Record r asks for rows r, r + 1, r + 2 of an embedding of 4 rows: beyond the end it gets the last. */
static void test_gather_by_the_records_own_indices(void **state)
{
    (void)state;
    struct source *s = net_new(OPSET);
    net_input(s, "ids", INT64, DIMS(FREE, 3));
    net_output(s, "y", FLOAT);
    net_floats(s, "table", DIMS(4, 2), NULL);
    net_node(s, "Gather", "table ids", "y");
    net_gives(s, 0, DIMS(1, 3, 2), FLOATS(0, 1, 2, 3, 4, 5));
    s = net_new(OPSET);
    net_input(s, "ids", INT64, DIMS(FREE, 3));
    net_output(s, "y", FLOAT);
    net_floats(s, "table", DIMS(2, 1), FLOATS(7, 8));
    net_node(s, "Gather", "table ids", "y");
    net_gives(s, 0, DIMS(1, 3, 1), FLOATS(7, 8, 8));
}

static void test_gather_refuses_indices_out_of_range(void **state)
{
    (void)state;
    const int32_t bad[] = {3, -4, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct source *s = from_x(DIMS(FREE, 3));
        net_ints(s, "index", DIMS(1), &bad[i]);
        net_node(s, "Gather", "x index", "y");
        net_int(s, "axis", 1);
        net_refused(s, ERR_UNREADABLE, "Gather_0", "out of range for 3 elements");
    }
    struct source *s = from_x(DIMS(FREE, 3));
    net_node(s, "Gather", "x x", "y");
    net_refused(s, ERR_UNREADABLE, "Gather_0", "no integers");
}

/* ---- Trilu, Pad ---- */

static void trilus(bool upper, int32_t k, const float *expected)
{
    struct source *s = from_x(DIMS(FREE, 2, 3));
    net_ints(s, "k", NO_DIMS, &k);
    net_node(s, "Trilu", "x k", "y");
    net_int(s, "upper", upper);
    net_gives(s, 0, DIMS(1, 2, 3), expected);
}

static void test_trilu(void **state)
{
    (void)state;
    trilus(true, 0, FLOATS(0, 1, 2, 0, 4, 5));
    trilus(true, 1, FLOATS(0, 1, 2, 0, 0, 5));
    trilus(false, 0, FLOATS(0, 0, 0, 3, 4, 0));
    trilus(false, -1, FLOATS(0, 0, 0, 3, 0, 0));
    trilus(false, INT32_MIN, FLOATS(0, 0, 0, 0, 0, 0));
    struct source *s = from_x(DIMS(FREE));
    net_node(s, "Trilu", "x", "y");
    net_refused(s, ERR_UNREADABLE, "Trilu_0", "matrix");
}

static struct source *padded(const char *mode, const int32_t margins[4])
{
    struct source *s = from_x(DIMS(FREE, 3));
    net_ints(s, "pads", DIMS(4), margins);
    net_floats(s, "nine", NO_DIMS, FLOATS(9));
    net_node(s, "Pad", "x pads nine", "y");
    net_text(s, "mode", mode);
    return s;
}

static void test_pad(void **state)
{
    (void)state;
    net_gives(padded("constant", INTS(0, 2, 0, 1)), 0, DIMS(1, 6), FLOATS(9, 9, 0, 1, 2, 9));
    net_gives(padded("reflect", INTS(0, 2, 0, 1)), 0, DIMS(1, 6), FLOATS(2, 1, 0, 1, 2, 1));
    net_gives(padded("edge", INTS(0, 2, 0, 1)), 0, DIMS(1, 6), FLOATS(0, 0, 0, 1, 2, 2));
    net_gives(padded("wrap", INTS(0, 4, 0, 1)), 0, DIMS(1, 8), FLOATS(2, 0, 1, 2, 0, 1, 2, 0));
    net_gives(padded("constant", INTS(1, -1, 0, 0)), 0, DIMS(2, 2), FLOATS(9, 9, 1, 2));
}

static void test_pad_by_attribute_and_by_axes(void **state)
{
    (void)state;
    struct source *s = from_x_at(10, DIMS(FREE, 2));
    net_node(s, "Pad", "x", "y");
    net_int_list(s, "pads", DIMS(0, 1, 0, 0));
    net_float(s, "value", 5);
    net_gives(s, 0, DIMS(1, 3), FLOATS(5, 0, 1));
    s = from_x_at(18, DIMS(FREE, 2));
    net_ints(s, "pads", DIMS(2), INTS(1, 0));
    net_ints(s, "axes", DIMS(1), INTS(-1));
    net_node(s, "Pad", "x pads - axes", "y");
    net_gives(s, 0, DIMS(1, 3), FLOATS(0, 0, 1));
}

static void test_pad_refuses_hostile_margins(void **state)
{
    (void)state;
    net_refused(padded("constant", INTS(0, -2, 0, -2)), ERR_UNREADABLE, "Pad_0", "does not fit");
    net_refused(padded("reflect", INTS(0, 3, 0, 0)), ERR_UNREADABLE, "Pad_0", "wider");
    net_refused(padded("constant", INTS(0, INT32_MAX, 0, INT32_MAX)), ERR_UNREADABLE, "Pad_0", "too large");
    net_refused(padded("mirror", INTS(0, 0, 0, 0)), ERR_UNSUPPORTED, "Pad_0", "mirror");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transpose),
        cmocka_unit_test(test_transpose_refuses_what_is_no_permutation),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_expand_to_two_to_the_forty_is_refused),
        cmocka_unit_test(test_tile),
        cmocka_unit_test(test_concat_with_a_constant),
        cmocka_unit_test(test_concat_refuses_parts_that_do_not_fit),
        cmocka_unit_test(test_split_by_attribute_equal_and_uneven),
        cmocka_unit_test(test_split_with_an_unread_part),
        cmocka_unit_test(test_split_refuses_sizes_that_do_not_add_up),
        cmocka_unit_test(test_slice_follows_python),
        cmocka_unit_test(test_slice_by_attributes_of_opset_9),
        cmocka_unit_test(test_slice_refuses_lists_that_do_not_fit),
        cmocka_unit_test(test_gather_by_constant_indices),
        cmocka_unit_test(test_gather_by_the_records_own_indices),
        cmocka_unit_test(test_gather_refuses_indices_out_of_range),
        cmocka_unit_test(test_trilu),
        cmocka_unit_test(test_pad),
        cmocka_unit_test(test_pad_by_attribute_and_by_axes),
        cmocka_unit_test(test_pad_refuses_hostile_margins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
