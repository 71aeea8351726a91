/* prune/mask: bits, copy on write, hash and bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "engine/base/rng.h"
#include "engine/prune/bits.h"
#include "engine/prune/mask.h"

/* Two layers made by hand: 3 units x 5 inputs stored unit by unit, and 70 units x 2 inputs stored input by input. */
static struct layer two[2] = {
    {.name = "a",
     .units = 3,
     .inputs = 5,
     .taps = 1,
     .groups = 1,
     .unit_stride = 5,
     .input_stride = 1,
     .unit_axis = 0,
     .input_axis = 1,
     .weights = 15},
    {.name = "b",
     .units = 70,
     .inputs = 2,
     .taps = 1,
     .groups = 1,
     .unit_stride = 1,
     .input_stride = 70,
     .unit_axis = 1,
     .input_axis = 0,
     .weights = 140,
     .first = 15},
};
static const struct layers layers = {.v = two, .n = 2, .prunable = 155};

static void test_new_mask_keeps_all(void **state)
{
    (void)state;
    struct mask *m = mask_new(&layers);
    assert_int_equal(mask_count(m, 0), 15);
    assert_int_equal(mask_count(m, 1), 140);
    assert_true(mask_words(m, 1)[2] == (1u << 12) - 1); /* tail bits are 0 */
    mask_unref(m);
}

static void test_removed_unit_takes_its_row_and_keeps_bits(void **state)
{
    (void)state;
    struct mask *m = mask_new(&layers);
    mask_set(m, 1, 69, false);
    mask_set_removed(m, 1, 69, true);
    assert_int_equal(mask_count(m, 1), 138);
    assert_true(mask_weight(m, 1, 69 + 70));
    mask_set_removed(m, 1, 69, false);
    assert_int_equal(mask_count(m, 1), 139);
    mask_set_removed(m, 0, 1, true);
    assert_int_equal(mask_count(m, 0), 10);
    mask_unref(m);
}

static void test_copies_share_until_written(void **state)
{
    (void)state;
    struct mask *old = mask_new(&layers);
    struct mask *held = mask_ref(old);
    struct mask *own = mask_copy(old);
    assert_ptr_equal(mask_words(own, 0), mask_words(old, 0));
    mask_set(own, 0, 7, false);
    mask_edit(own, 1)[0] = 0;
    assert_true(mask_weight(old, 0, 7));
    assert_int_equal(mask_count(held, 1), 140);
    assert_int_equal(mask_count(own, 1), 76);
    mask_share(own, old, 1);
    assert_ptr_equal(mask_words(own, 1), mask_words(old, 1));
    mask_unref(old);
    assert_int_equal(mask_count(held, 0), 15);
    mask_unref(held);
    assert_int_equal(mask_count(own, 0), 14);
    mask_unref(own);
}

/* Written out by hand: a: units 3 bits, weights 15 bits; b: units 70 bits, weights 140 bits; all kept but a's unit 1, a's
 * weight 8 and b's weight 139. */
static void test_hash_is_over_documented_bytes(void **state)
{
    (void)state;
    unsigned char bytes[1 + 2 + 9 + 18];
    memset(bytes, 0xff, sizeof bytes);
    bytes[0] = 0x05;
    bytes[2] = 0x7e;
    bytes[11] = 0x3f;
    bytes[29] = 0x07;
    char want[HASH_HEX], got[HASH_HEX];
    hash_bytes(bytes, sizeof bytes, want);
    struct mask *m = mask_new(&layers);
    mask_set_removed(m, 0, 1, true);
    mask_set(m, 0, 8, false);
    mask_set(m, 1, 139, false);
    mask_hash(m, got);
    assert_string_equal(got, want);
    struct buf out = {0};
    mask_write(m, &out);
    assert_int_equal(out.len, sizeof bytes);
    assert_memory_equal(out.data, bytes, sizeof bytes);
    buf_release(&out);
    mask_unref(m);
}

static void test_bytes_read_back(void **state)
{
    (void)state;
    struct mask *m = mask_new(&layers);
    for (int64_t i = 0; i < 140; i += 3)
        mask_set(m, 1, i, false);
    mask_set_removed(m, 1, 64, true);
    struct buf out = {0};
    char a[HASH_HEX], b[HASH_HEX];
    mask_write(m, &out);
    mask_hash(m, a);
    struct mask *back = mask_read(&layers, out.data, out.len, NULL);
    assert_non_null(back);
    mask_hash(back, b);
    assert_string_equal(a, b);
    mask_unref(back);
    for (size_t n = 0; n < out.len; n++) {
        struct err e = {0};
        assert_null(mask_read(&layers, out.data, n, &e));
        assert_int_equal(e.code, ERR_UNREADABLE);
        err_release(&e);
    }
    struct err e = {0};
    out.data[0] = (char)0xff; /* a fourth unit of a */
    assert_null(mask_read(&layers, out.data, out.len, &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    err_release(&e);
    buf_release(&out);
    mask_unref(m);
}

static void test_ranges_count_like_single_bits(void **state)
{
    (void)state;
    uint64_t w[5];
    for (int i = 0; i < 5; i++)
        w[i] = rng_u64(3, 0, (uint64_t)i);
    for (int64_t from = 0; from < 320; from += 7)
        for (int64_t n = 0; from + n <= 320; n += 5) {
            int64_t want = 0;
            for (int64_t i = from; i < from + n; i++)
                want += bits_get(w, i);
            assert_int_equal(bits_count(w, from, n), want);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_mask_keeps_all),
        cmocka_unit_test(test_removed_unit_takes_its_row_and_keeps_bits),
        cmocka_unit_test(test_copies_share_until_written),
        cmocka_unit_test(test_hash_is_over_documented_bytes),
        cmocka_unit_test(test_bytes_read_back),
        cmocka_unit_test(test_ranges_count_like_single_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
