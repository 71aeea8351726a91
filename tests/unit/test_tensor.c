/* engine/graph/tensor: shapes and constants. Expected values follow from NumPy's broadcasting rules and ONNX Cast. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/graph/tensor.h"

#define SHAPE(...)                                                                                           \
    (struct shape)                                                                                           \
    {                                                                                                        \
        .rank = sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), .dim = { __VA_ARGS__ }                   \
    }

static const struct shape scalar = {.rank = 0};

static void test_count(void **state)
{
    (void)state;
    int64_t n = -1;
    assert_true(shape_count(&scalar, &n));
    assert_int_equal(n, 1);
    assert_true(shape_count(&SHAPE(2, 3, 4), &n));
    assert_int_equal(n, 24);
    assert_true(shape_count(&SHAPE(5, 0, 7), &n));
    assert_int_equal(n, 0);
    assert_true(shape_count(&SHAPE(1 << 16, 1 << 15), &n));
    assert_int_equal(n, TENSOR_ELEMENTS_MAX);
}

static void test_count_refuses_what_does_not_fit(void **state)
{
    (void)state;
    int64_t n = 77;
    assert_false(shape_count(&SHAPE(2, -1), &n));
    assert_false(shape_count(&SHAPE(0, -1), &n));
    assert_false(shape_count(&SHAPE((int64_t)1 << 40), &n));
    assert_false(shape_count(&SHAPE((int64_t)1 << 32, (int64_t)1 << 32), &n)); /* the product wraps to 0 */
    assert_false(shape_count(&SHAPE((1 << 16) + 1, 1 << 15), &n));
    assert_false(shape_count(&(struct shape){.rank = SHAPE_MAX + 1}, &n));
    assert_false(shape_count(&(struct shape){.rank = -1}, &n));
    assert_int_equal(n, 77);
}

static void test_equal_looks_at_rank_and_dimensions(void **state)
{
    (void)state;
    assert_true(shape_equal(&SHAPE(2, 3), &SHAPE(2, 3)));
    assert_false(shape_equal(&SHAPE(2, 3), &SHAPE(2, 3, 1)));
    assert_false(shape_equal(&SHAPE(2, 3), &SHAPE(3, 2)));
}

static void test_print(void **state)
{
    (void)state;
    struct buf b = {0};
    shape_print(&SHAPE(1, 3, 28, 28), &b);
    buf_putc(&b, ' ');
    shape_print(&scalar, &b);
    assert_string_equal(buf_text(&b), "1x3x28x28 scalar");
    buf_release(&b);
}

static void test_strides_are_row_major(void **state)
{
    (void)state;
    int64_t s[SHAPE_MAX];
    shape_strides(&SHAPE(2, 3, 4), s);
    assert_int_equal(s[0], 12);
    assert_int_equal(s[1], 4);
    assert_int_equal(s[2], 1);
}

static void test_broadcast(void **state)
{
    (void)state;
    struct shape out;
    assert_true(shape_broadcast(&SHAPE(8, 1, 6, 1), &SHAPE(7, 1, 5), &out));
    assert_true(shape_equal(&out, &SHAPE(8, 7, 6, 5)));
    assert_true(shape_broadcast(&scalar, &SHAPE(4), &out));
    assert_true(shape_equal(&out, &SHAPE(4)));
    assert_true(shape_broadcast(&SHAPE(3, 1), &SHAPE(0), &out));
    assert_true(shape_equal(&out, &SHAPE(3, 0)));
    assert_false(shape_broadcast(&SHAPE(2, 3), &SHAPE(2), &out));
    struct shape same = SHAPE(1, 4);
    assert_true(shape_broadcast(&same, &SHAPE(3, 1), &same)); /* the result may be an operand */
    assert_true(shape_equal(&same, &SHAPE(3, 4)));
}

static void test_new_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct tensor *t = tensor_new(DT_F32, &SHAPE(3, 5));
    assert_int_equal((uintptr_t)t->data % 64, 0);
    for (int i = 0; i < 15; i++)
        assert_true(t->f[i] == 0.0f);
    t->f[7] = 2.5f;
    struct tensor *copy = tensor_copy(t);
    tensor_free(t);
    assert_true(copy->f[7] == 2.5f);
    assert_true(shape_equal(&copy->shape, &SHAPE(3, 5)));
    tensor_free(copy);
    tensor_free(NULL);
}

static void test_empty_tensor_has_data(void **state)
{
    (void)state;
    struct tensor *t = tensor_new(DT_I32, &SHAPE(0));
    assert_non_null(t->data);
    tensor_free(t);
}

static void test_reading_elements_casts_as_onnx_does(void **state)
{
    (void)state;
    struct tensor *f = tensor_new(DT_F32, &SHAPE(5)), *b = tensor_new(DT_BOOL, &SHAPE(1)),
                  *i = tensor_new(DT_I32, &SHAPE(1));
    const float reals[5] = {-1.9f, 1.9f, NAN, 1e20f, -INFINITY};
    const int64_t wanted[5] = {-1, 1, 0, INT32_MAX, INT32_MIN};
    for (int k = 0; k < 5; k++) {
        f->f[k] = reals[k];
        assert_int_equal(tensor_int(f, k), wanted[k]);
    }
    b->f[0] = 0.5f;
    assert_int_equal(tensor_int(b, 0), 1);
    assert_true(tensor_real(b, 0) == 1.0);
    i->i[0] = -7;
    assert_true(tensor_real(i, 0) == -7.0);
    assert_int_equal(tensor_int(i, 0), -7);
    assert_true(tensor_real(f, 0) == (double)-1.9f);
    tensor_free(f);
    tensor_free(b);
    tensor_free(i);
}

/* Whoever else owns the original, a copy has one owner. */
static void test_copy_of_a_shared_one_is_not_shared(void **state)
{
    (void)state;
    struct tensor *t = tensor_new(DT_F32, &(struct shape){1, {3}}), *shared = tensor_ref(t);
    struct tensor *copy = tensor_copy(shared);
    assert_int_equal(shared->others, 1);
    assert_int_equal(copy->others, 0);
    assert_true(copy->data != t->data && tensor_equal(copy, t));
    tensor_free(copy);
    tensor_free(shared);
    tensor_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_count_refuses_what_does_not_fit),
        cmocka_unit_test(test_equal_looks_at_rank_and_dimensions),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_strides_are_row_major),
        cmocka_unit_test(test_broadcast),
        cmocka_unit_test(test_new_is_zeroed_and_aligned),
        cmocka_unit_test(test_empty_tensor_has_data),
        cmocka_unit_test(test_reading_elements_casts_as_onnx_does),
        cmocka_unit_test(test_copy_of_a_shared_one_is_not_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
