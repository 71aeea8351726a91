/* engine/shrink: numbers in the file that count channels (sizes, bounds, targets, groups) follow what leaves, or hold it back.
 * What a unit's constant does and which weights are written: test_shrink_exact.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/util_shrink.h"
#include "tests/unit/util_source.h"

/* One unit of layer a is removed; the smaller model is opened. */
static struct shrunk shrink_middle(struct source *s_take, int64_t unit, struct opened *m,
                                   struct opened *small)
{
    *m = opened(s_take);
    struct mask *mask = mask_new(&m->l);
    take(m, mask, "a", unit);
    struct shrunk s = opened_shrink(m, mask, "counts");
    if (small)
        reopen(&s, small);
    mask_unref(mask);
    return s;
}

static struct source *dense_start(int64_t opset, int units)
{
    struct source *s = net_new(opset);
    net_input(s, "x", 1, DIMS(FREE, 2));
    net_output(s, "y", 1);
    net_floats(s, "a.weight", DIMS(units, 2), NULL);
    net_floats(s, "a.bias", DIMS(units), NULL);
    gemm(s, "x a.weight a.bias", "h");
    return s;
}

static void end_dense(struct source *s, const char *input, int inputs)
{
    char inputs_text[50];
    snprintf(inputs_text, sizeof inputs_text, "%s z.weight", input);
    net_floats(s, "z.weight", DIMS(2, inputs), NULL);
    gemm(s, inputs_text, "y");
}

static void split_sizes_follow(void **state)
{
    (void)state;
    struct opened m, small;
    for (int kind = 0; kind < 4; kind++) { /* attribute, input, equal parts of 12, of 13 */
        static const int64_t opsets[] = {11, 13, 12, 13};
        struct source *s = dense_start(opsets[kind], 6);
        net_ints(s, "sizes", DIMS(2), INTS(3, 3));
        net_node(s, "Split", kind == 1 ? "h sizes" : "h", "p q");
        net_int(s, "axis", 1);
        if (kind == 0)
            net_int_list(s, "split", DIMS(3, 3));
        net_floats(s, "v.weight", DIMS(3, 3), NULL);
        gemm(s, "p v.weight", "u");
        net_node(s, "Concat", "u q", "t");
        net_int(s, "axis", 1);
        end_dense(s, "t", 6);
        struct shrunk r = shrink_middle(s, 4, &m, &small);
        expect_left(&m, &r, "a", LEFT(4));
        assert_int_equal(small.g->values[graph_value(small.g, "p")].shape.dim[1], 3);
        assert_int_equal(small.g->values[graph_value(small.g, "q")].shape.dim[1], 2);
        done(&r, &m, &small);
    }
}

/* num_outputs and sizes exclude each other. */
static void equal_parts_of_opset_18_hold_back(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = dense_start(18, 6);
    net_node(s, "Split", "h", "p q");
    net_int(s, "axis", 1);
    net_int(s, "num_outputs", 2);
    net_node(s, "Concat", "q p", "t");
    net_int(s, "axis", 1);
    end_dense(s, "t", 6);
    struct shrunk r = shrink_middle(s, 1, &m, &small);
    expect_left(&m, &r, "a", 0, NULL);
    expect_stayed(&r, 1, "Split", "equal parts");
    done(&r, &m, &small);
}

static void slice_bounds_follow(void **state)
{
    (void)state;
    struct opened m, small;
    for (int kind = 0; kind < 2; kind++) {
        struct source *s = dense_start(kind ? 13 : 9, 6);
        net_ints(s, "from", DIMS(1), INTS(1));
        net_ints(s, "to", DIMS(1), INTS(-1));
        net_node(s, "Slice", kind ? "h from to from" : "h", "t");
        if (!kind) {
            net_int_list(s, "starts", DIMS(1));
            net_int_list(s, "ends", DIMS(-1));
            net_int_list(s, "axes", DIMS(1));
        }
        net_floats(s, "z.bias", DIMS(2), NULL);
        net_floats(s, "z.weight", DIMS(2, 4), NULL);
        gemm(s, "t z.weight z.bias", "y");
        struct shrunk r = shrink_middle(s, 2, &m, &small);
        /* 0 and 5 are read by nobody */
        expect_left(&m, &r, "a", LEFT(0, 2, 5));
        assert_int_equal(small.g->values[graph_value(small.g, "t")].shape.dim[1], 3);
        done(&r, &m, &small);
    }
}

/* Two Reshapes read one target; one of them has all channels, the other those of a second layer. */
static void reshape_targets_follow(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = map_start(13);
    net_ints(s, "target", DIMS(2), INTS(-1, 16));
    net_floats(s, "b.weight", DIMS(4, 1, 1, 1), NULL);
    conv(s, "x b.weight", "k", 1, 0, 1);
    net_node(s, "Reshape", "h target", "p");
    net_node(s, "Reshape", "k target", "q");
    net_node(s, "Concat", "p q", "t");
    net_int(s, "axis", 1);
    end_dense(s, "t", 32);
    struct shrunk r = shrink_middle(s, 3, &m, &small);
    expect_left(&m, &r, "a", LEFT(3));
    expect_left(&m, &r, "b", 0, NULL);
    assert_int_equal(constant_at(&small, "Reshape", 2, 1)->i[1], 12);
    assert_int_equal(constant_at(&small, "Reshape", 2, 1)->i[0], -1);
    assert_int_equal(constant_at(&small, "Reshape", 3, 1)->i[1], 16);
    done(&r, &m, &small);
}

/* The target's batch comes from the data, its length from a constant: written for any batch. */
static void computed_targets_stay_open_for_any_batch(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = map_start(13);
    net_ints(s, "zero", DIMS(1), INTS(0));
    net_ints(s, "length", DIMS(1), INTS(16));
    net_node(s, "Shape", "h", "shape");
    net_node(s, "Gather", "shape zero", "batch");
    net_node(s, "Concat", "batch length", "target");
    net_int(s, "axis", 0);
    net_node(s, "Reshape", "h target", "t");
    end_dense(s, "t", 16);
    struct shrunk r = shrink_middle(s, 0, &m, &small);
    expect_left(&m, &r, "a", LEFT(0));
    const struct tensor *t = constant_at(&small, "Reshape", 0, 1);
    assert_true(t->i[0] == 0 || t->i[0] == -1);
    assert_int_equal(t->i[1], 12);
    assert_int_equal(small.g->batch, BATCH_FREE);
    done(&r, &m, &small);
}

static void groups_follow(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = map_start(13);
    net_floats(s, "d.weight", DIMS(8, 1, 1, 1), NULL);
    net_floats(s, "d.bias", DIMS(8), NULL);
    conv(s, "h d.weight d.bias", "k", 1, 0, 4);
    net_floats(s, "z.weight", DIMS(1, 8, 1, 1), NULL);
    conv(s, "k z.weight", "y", 1, 0, 1);
    struct shrunk r = shrink_middle(s, 1, &m, &small);
    expect_left(&m, &r, "a", LEFT(1));
    expect_left(&m, &r, "d", LEFT(2, 3));
    assert_int_equal(small.l.v[layer(&small, "d")].groups, 3);
    done(&r, &m, &small);
}

/* A transposed convolution in groups keeps the inputs of all groups on one axis. */
static void groups_of_transposed_convolutions_follow(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = map_start(13);
    net_floats(s, "d.weight", DIMS(4, 2, 1, 1), NULL);
    net_node(s, "ConvTranspose", "h d.weight", "k");
    net_int(s, "group", 2);
    net_floats(s, "z.weight", DIMS(1, 4, 1, 1), NULL);
    conv(s, "k z.weight", "y", 1, 0, 1);
    struct shrunk r = shrink_middle(s, 1, &m, &small);
    expect_left(&m, &r, "a", LEFT(0, 1));
    expect_left(&m, &r, "d", LEFT(0, 1));
    done(&r, &m, &small);
}

static void expanded_shapes_and_sizes_follow(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = map_start(13);
    net_ints(s, "shape", DIMS(4), INTS(1, 4, 2, 2));
    net_node(s, "Expand", "h shape", "k");
    net_ints(s, "sizes", DIMS(4), INTS(1, 4, 4, 4));
    net_node(s, "Resize", "k - - sizes", "l");
    net_text(s, "mode", "nearest");
    net_floats(s, "z.weight", DIMS(1, 4, 1, 1), NULL);
    conv(s, "l z.weight", "y", 1, 0, 1);
    struct shrunk r = shrink_middle(s, 3, &m, &small);
    expect_left(&m, &r, "a", LEFT(3));
    done(&r, &m, &small);
}

/* The file divides by the root of the number of channels, 2 of 4: three channels are still divided by 2. */
static void constants_computed_from_counts_keep_their_value(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = dense_start(13, 4);
    net_ints(s, "one", DIMS(1), INTS(1));
    net_node(s, "Shape", "h", "shape");
    net_node(s, "Gather", "shape one", "count");
    net_node(s, "Cast", "count", "number");
    net_int(s, "to", 1);
    net_node(s, "Sqrt", "number", "root");
    net_node(s, "Div", "h root", "t");
    end_dense(s, "t", 4);
    struct shrunk r = shrink_middle(s, 1, &m, &small);
    expect_left(&m, &r, "a", LEFT(1));
    expect_floats(constant_at(&small, "Div", 0, 1), VALUES(2));
    done(&r, &m, &small);
}

/* The file cuts in two at half the channels, 3 of 6. Five are still cut behind the third, though the file would say 2. */
static void bounds_computed_from_counts_keep_their_place(void **state)
{
    (void)state;
    struct opened m, small;
    struct source *s = dense_start(13, 6);
    net_ints(s, "none", DIMS(1), INTS(0));
    net_ints(s, "one", DIMS(1), INTS(1));
    net_ints(s, "two", DIMS(1), INTS(2));
    net_ints(s, "far", DIMS(1), INTS(1000));
    net_node(s, "Shape", "h", "shape");
    net_node(s, "Gather", "shape one", "count");
    net_node(s, "Div", "count two", "half");
    net_node(s, "Slice", "h none half one", "p");
    net_node(s, "Slice", "h half far one", "q");
    net_node(s, "Neg", "q", "r");
    net_node(s, "Concat", "p r", "t");
    net_int(s, "axis", 1);
    end_dense(s, "t", 6);
    struct shrunk r = shrink_middle(s, 5, &m, &small);
    expect_left(&m, &r, "a", LEFT(5));
    assert_int_equal(tensor_int(constant_at(&small, "Slice", 0, 2), 0), 3);
    done(&r, &m, &small);
}

/* A token before the positions, repeated for each record: written out it would serve one record only. Added, it serves all. */
static void computed_constants_serve_any_batch(void **state)
{
    (void)state;
    for (int joins = 0; joins < 2; joins++) {
        struct opened m;
        struct source *s = from_x(DIMS(FREE, 3, 2));
        net_floats(s, "a.weight", DIMS(2, 4), NULL);
        net_floats(s, "token", DIMS(1, 1, 4), NULL);
        net_floats(s, "z.weight", DIMS(4, 2), NULL);
        net_ints(s, "first", DIMS(1), INTS(0));
        net_ints(s, "rest", DIMS(2), INTS(1, 4));
        net_node(s, "MatMul", "x a.weight", "h");
        net_node(s, "Shape", "x", "shape");
        net_node(s, "Gather", "shape first", "n");
        net_node(s, "Concat", "n rest", "sizes");
        net_int(s, "axis", 0);
        net_node(s, "Expand", "token sizes", "each");
        net_node(s, joins ? "Concat" : "Add", "each h", "t");
        if (joins)
            net_int(s, "axis", 1);
        net_node(s, "MatMul", "t z.weight", "y");
        struct shrunk r = shrink_middle(s, 1, &m, NULL);
        assert_int_equal(r.n_removed, !joins);
        if (joins)
            expect_stayed(&r, 1, "Concat", "follows the batch");
        shrunk_release(&r);
        opened_close(&m);
    }
}

/* All that q has is removed: a part of a Split is never left without channels. */
static void no_part_becomes_empty(void **state)
{
    (void)state;
    struct source *s = dense_start(13, 4);
    net_ints(s, "sizes", DIMS(2), INTS(2, 2));
    net_node(s, "Split", "h sizes", "p q");
    net_int(s, "axis", 1);
    net_node(s, "Concat", "p q", "t");
    net_int(s, "axis", 1);
    end_dense(s, "t", 4);
    struct opened m = opened(s);
    struct mask *mask = mask_new(&m.l);
    take(&m, mask, "a", 2);
    take(&m, mask, "a", 3);
    struct shrunk r = opened_shrink(&m, mask, "empty");
    expect_left(&m, &r, "a", LEFT(3));
    expect_stayed(&r, 2, "", "last channel");
    shrunk_release(&r);
    mask_unref(mask);
    opened_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_sizes_follow),
        cmocka_unit_test(equal_parts_of_opset_18_hold_back),
        cmocka_unit_test(slice_bounds_follow),
        cmocka_unit_test(reshape_targets_follow),
        cmocka_unit_test(computed_targets_stay_open_for_any_batch),
        cmocka_unit_test(groups_follow),
        cmocka_unit_test(groups_of_transposed_convolutions_follow),
        cmocka_unit_test(expanded_shapes_and_sizes_follow),
        cmocka_unit_test(constants_computed_from_counts_keep_their_value),
        cmocka_unit_test(bounds_computed_from_counts_keep_their_place),
        cmocka_unit_test(computed_constants_serve_any_batch),
        cmocka_unit_test(no_part_becomes_empty),
    };
    return cmocka_run_group_tests_name("shrink_counts", tests, NULL, NULL);
}
