/* op_pool and op_resize: windows at the edges, coordinates by hand, and hostile attributes. The many combinations of modes are
 * compared with ONNX Runtime's answers by tests/rungs/conformance. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/graph/source.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

#define NINE FLOATS(1, 2, 3, 4, 5, 6, 7, 8, 9)

static struct source *pool(const char *op, const int64_t *dims, const int64_t *kernel)
{
    struct source *s = ops_net(19, op, 1, dims, "x");
    net_int_list(s, "kernel_shape", kernel);
    return s;
}

static void test_pools(void **state)
{
    (void)state;
    ops_expect(pool("MaxPool", DIMS(1, 1, 3, 3), DIMS(2, 2)), NINE, FLOATS(5, 6, 8, 9), 4, 0);
    ops_expect(pool("AveragePool", DIMS(1, 1, 3, 3), DIMS(2, 2)), NINE, FLOATS(3, 4, 6, 7), 4, 1e-6);
    ops_expect(pool("MaxPool", DIMS(1, 3, 3), DIMS(3)), NINE, FLOATS(3, 6, 9), 3, 0);
}

static void test_padding_counts_only_when_asked(void **state)
{
    (void)state;
    for (int count = 0; count < 2; count++) {
        struct source *s = pool("AveragePool", DIMS(1, 1, 3), DIMS(3));
        net_int_list(s, "pads", DIMS(1, 1));
        net_int(s, "count_include_pad", count);
        ops_expect(s, FLOATS(1, 2, 3), count ? FLOATS(1, 2, 5.0f / 3) : FLOATS(1.5f, 2, 2.5f), 3, 1e-6);
    }
}

static void test_padding_is_no_number_for_the_largest(void **state)
{
    (void)state;
    struct source *s = pool("MaxPool", DIMS(1, 1, 3), DIMS(3));
    net_int_list(s, "pads", DIMS(1, 1));
    ops_expect(s, FLOATS(-1, -2, -3), FLOATS(-1, -1, -2), 3, 0);
}

static void test_ceil_mode_begins_no_window_in_the_padding(void **state)
{
    (void)state;
    struct source *s = pool("MaxPool", DIMS(1, 1, 5), DIMS(2));
    net_int_list(s, "strides", DIMS(2));
    net_int(s, "ceil_mode", 1);
    ops_expect(s, FLOATS(1, 2, 3, 4, 5), FLOATS(2, 4, 5), 3, 0);
    s = pool("MaxPool", DIMS(1, 1, 4), DIMS(2)); /* 4 + 2 pads: a third window would begin at 4 + pad */
    net_int_list(s, "strides", DIMS(3));
    net_int_list(s, "pads", DIMS(1, 1));
    net_int(s, "ceil_mode", 1);
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(1, 4), 2, 0);
}

static void test_dilation_and_auto_pad(void **state)
{
    (void)state;
    struct source *s = pool("MaxPool", DIMS(1, 1, 5), DIMS(2));
    net_int_list(s, "dilations", DIMS(3));
    ops_expect(s, FLOATS(9, 1, 2, 3, 4), FLOATS(9, 4), 2, 0);
    for (int upper = 0; upper < 2; upper++) { /* one position of padding: behind or before */
        s = pool("AveragePool", DIMS(1, 1, 4), DIMS(2));
        net_text(s, "auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER");
        ops_expect(s, FLOATS(1, 3, 5, 7), upper ? FLOATS(2, 4, 6, 7) : FLOATS(1, 2, 4, 6), 4, 1e-6);
    }
}

static void test_global_pools(void **state)
{
    (void)state;
    ops_expect(ops_net(13, "GlobalAveragePool", 1, DIMS(1, 3, 3, 1), "x"), NINE, FLOATS(2, 5, 8), 3, 1e-6);
    ops_expect(ops_net(13, "GlobalMaxPool", 1, DIMS(1, 3, 3, 1), "x"), NINE, FLOATS(3, 6, 9), 3, 0);
}

static void refuse_pool(const char *attr, const int64_t *list, const char *words)
{
    struct source *s = pool("MaxPool", DIMS(1, 1, 3, 3), DIMS(2, 2));
    net_int_list(s, attr, list);
    ops_refuse(s, words);
}

static void test_pools_refuse(void **state)
{
    (void)state;
    ops_refuse(ops_net(13, "MaxPool", 1, DIMS(1, 1, 3), "x"), "kernel_shape");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 3, 3), DIMS(2)), "holds 1 numbers where 2 are wanted");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 3, 3), DIMS(0, 2)), "out of range");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 3, 3), DIMS(INT64_MAX, 2)), "out of range");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 3, 3), DIMS(4, 2)), "does not fit into 3 positions");
    ops_refuse(pool("MaxPool", DIMS(1, 3), DIMS(2)), "rank 2");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 3, 3, 3), DIMS(2, 2, 2)), "3 spatial axes is not supported");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 0), DIMS(1)), "does not fit into 0 positions");
    ops_refuse(pool("MaxPool", DIMS(1, 1, 3), DIMS(1, 1, 1, 1)), "at most 1");
    refuse_pool("strides", DIMS(1, 1, 1, 1), "at most 2");
    refuse_pool("strides", DIMS(1, 0), "out of range");
    refuse_pool("dilations", DIMS(1, -1), "out of range");
    refuse_pool("dilations", DIMS(1, INT64_MAX), "out of range");
    refuse_pool("pads", DIMS(0, 0, 0), "holds 3 numbers where 4 are wanted");
    refuse_pool("pads", DIMS(0, 0, 0, -1), "out of range");
    struct source *s = pool("MaxPool", DIMS(1, 1, 3), DIMS(2));
    net_text(s, "auto_pad", "SAME");
    ops_refuse(s, "'SAME' is not known");
}

static struct source *resize(const int64_t *dims, const char *mode, const char *coordinates)
{
    struct source *s = ops_net(19, "Resize", 1, dims, "x - s");
    net_text(s, "mode", mode);
    net_text(s, "coordinate_transformation_mode", coordinates);
    return s;
}

/* 2^20 results of 2^20 terms each from a file of a few bytes: not while binding, nor from a constant. */
static void test_work_that_no_network_means(void **state)
{
    (void)state;
    struct source *s = net_new(13);
    net_ints(s, "shape", DIMS(3), INTS(1, 1, 1 << 21));
    net_node(s, "ConstantOfShape", "shape", "c");
    net_node(s, "MaxPool", "c", "y");
    net_int_list(s, "kernel_shape", DIMS(1 << 20));
    net_output(s, "y", 0);
    ops_refuse(s, "too much work");
}

static void test_resize_nearest(void **state)
{
    (void)state;
    struct source *s = resize(DIMS(1, 1, 2, 2), "nearest", "asymmetric");
    net_text(s, "nearest_mode", "floor");
    net_floats(s, "s", DIMS(4), FLOATS(1, 1, 1, 2));
    ops_expect(s, FLOATS(1, 2, 3, 4), FLOATS(1, 1, 2, 2, 3, 3, 4, 4), 8, 0);
}

static void test_resize_linear(void **state)
{
    (void)state;
    struct source *s = resize(DIMS(1, 1, 2), "linear", "half_pixel"); /* at -1/4, 1/4, 3/4, 5/4 */
    net_floats(s, "s", DIMS(3), FLOATS(1, 1, 2));
    ops_expect(s, FLOATS(0, 4), FLOATS(0, 1, 3, 4), 4, 1e-6);
    s = resize(DIMS(1, 1, 2), "linear", "align_corners"); /* at 0, 1/3, 2/3, 1 */
    net_floats(s, "s", DIMS(3), FLOATS(1, 1, 2));
    ops_expect(s, FLOATS(0, 3), FLOATS(0, 1, 2, 3), 4, 1e-6);
    s = resize(DIMS(1, 1, 2, 2), "linear", "align_corners"); /* the middle of four corners */
    net_floats(s, "s", DIMS(4), FLOATS(1, 1, 1.5f, 1.5f));
    ops_expect(s, FLOATS(0, 2, 4, 6), FLOATS(0, 1, 2, 2, 3, 4, 4, 5, 6), 9, 1e-6);
}

static void refuse_modes(const char *mode, const char *coordinates, int antialias, const char *words)
{
    struct source *s = resize(DIMS(1, 1, 2), mode, coordinates);
    net_floats(s, "s", DIMS(3), FLOATS(1, 1, 2));
    net_int(s, "antialias", antialias);
    ops_refuse(s, words);
}

static void test_resize_refuses(void **state)
{
    (void)state;
    struct source *s;
    refuse_modes("cubic", "half_pixel", 0, "mode 'cubic' is not supported");
    refuse_modes("linear", "tf_crop_and_resize", 0, "tf_crop_and_resize");
    refuse_modes("linear", "half_pixel", 1, "antialias");
    static const float hostile[] = {0, -1, 1e30f, 0.0f / 0.0f};
    for (int i = 0; i < 4; i++) {
        s = resize(DIMS(1, 1, 2), "linear", "half_pixel");
        net_floats(s, "s", DIMS(3), FLOATS(1, 1, hostile[i]));
        ops_refuse(s, "out of range");
    }
    s = resize(DIMS(1, 1, 2), "nearest", "half_pixel");
    net_floats(s, "s", DIMS(2), FLOATS(1, 1));
    ops_refuse(s, "2 scales or sizes for 3 axes");
    s = ops_net(18, "Resize", 1, DIMS(1, 1, 2), "x - - s");
    net_ints(s, "s", DIMS(3), INTS(1, 1, 0));
    ops_refuse(s, "out of range");
    s = ops_net(18, "Resize", 1, DIMS(1, 1, 2), "x");
    ops_refuse(s, "missing");
    s = resize(DIMS(2, 2, 2, 2), "linear", "half_pixel");
    net_floats(s, "s", DIMS(4), FLOATS(2, 2, 2, 2));
    ops_refuse(s, "along 4 axes at once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_padding_counts_only_when_asked),
        cmocka_unit_test(test_padding_is_no_number_for_the_largest),
        cmocka_unit_test(test_ceil_mode_begins_no_window_in_the_padding),
        cmocka_unit_test(test_dilation_and_auto_pad),
        cmocka_unit_test(test_global_pools),
        cmocka_unit_test(test_pools_refuse),
        cmocka_unit_test(test_work_that_no_network_means),
        cmocka_unit_test(test_resize_nearest),
        cmocka_unit_test(test_resize_linear),
        cmocka_unit_test(test_resize_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
