/* engine/graph/op_util, names: walks over positions, copies that spread constants over lanes, and the index of names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "engine/graph/names.h"
#include "engine/graph/op_util.h"

/* Broadcasting 3x1 and 1x2 over 3x2, and a transposed view, against loops written out. */
static void test_walk(void **state)
{
    (void)state;
    const struct shape over = {.rank = 2, .dim = {3, 2}}, column = {.rank = 2, .dim = {3, 1}},
                       row = {.rank = 1, .dim = {2}};
    const int64_t transposed[2] = {1, 3};
    struct walk w;
    walk_begin(&w, &over);
    int a = walk_broadcast(&w, &column), b = walk_broadcast(&w, &row), c = walk_strided(&w, 10, transposed);
    for (int turn = 0; turn < 2; turn++) /* after the last position it is at the first again */
        for (int64_t i = 0; i < 3; i++)
            for (int64_t k = 0; k < 2; k++, walk_step(&w)) {
                assert_int_equal(w.offset[a], i);
                assert_int_equal(w.offset[b], k);
                assert_int_equal(w.offset[c], 10 + i + 3 * k);
                assert_int_equal(w.at[0], i);
                assert_int_equal(w.at[1], k);
            }
}

static void test_walk_over_a_scalar(void **state)
{
    (void)state;
    const struct shape scalar = {0};
    struct walk w;
    walk_begin(&w, &scalar);
    int a = walk_broadcast(&w, &scalar);
    assert_int_equal(w.offset[a], 0);
    walk_step(&w);
    assert_int_equal(w.offset[a], 0);
}

static void test_copies_spread_constants_over_the_lanes(void **state)
{
    (void)state;
    float constant[3] = {1, 2, 3}, lanes[6] = {10, 11, 20, 21, 30, 31}, out[6] = {0};
    struct operand from_constant = {.data = constant}, from_lanes = {.data = lanes, .lane_stride = 1},
                   to = {.data = out, .lane_stride = 1};
    operand_copy(&to, 0, &from_constant, 1, 2, 2);
    operand_copy(&to, 2, &from_lanes, 0, 1, 2);
    const float expected[6] = {2, 2, 3, 3, 10, 11};
    for (int i = 0; i < 6; i++)
        assert_float_equal(out[i], expected[i], 0);
    assert_ptr_equal(operand_at(&from_constant, 2, 2), &constant[2]);
    assert_ptr_equal(operand_at(&from_lanes, 2, 2), &lanes[4]);
}

static void test_names(void **state)
{
    (void)state;
    static char words[1000][8];
    struct names t;
    names_init(&t, 1000);
    for (int i = 0; i < 1000; i++) {
        snprintf(words[i], sizeof words[i], "v%d", i);
        assert_true(names_put(&t, words[i], i));
    }
    assert_false(names_put(&t, "v7", 3)); /* there already: the first number stays */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(names_get(&t, words[i]), i);
    assert_int_equal(names_get(&t, "v1000"), -1);
    assert_int_equal(names_get(&t, ""), -1);
    names_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_walk_over_a_scalar),
        cmocka_unit_test(test_copies_spread_constants_over_the_lanes),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
