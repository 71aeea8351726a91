/* Array files: what NumPy wrote (tests/oracle/array_files.py says which values), IDX and gzip as published, and bad input. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/half.h"
#include "engine/io/array.h"
#include "engine/io/gzip.h"
#include "engine/io/idx.h"
#include "engine/io/npy.h"
#include "engine/io/npz.h"
#include "engine/io/zip.h"

#define DATA "tests/data/arrays/"

static const struct {
    const char *file;
    enum array_type type;
    char values; /* as array_files.py says: f i u b */
} files[] = {
    {"f4.npy", ARRAY_F32, 'f'},       {"f8.npy", ARRAY_F64, 'f'},         {"f2.npy", ARRAY_F32, 'f'},
    {"f4_big.npy", ARRAY_F32, 'f'},   {"i1.npy", ARRAY_I32, 'i'},         {"i2_big.npy", ARRAY_I32, 'i'},
    {"i4.npy", ARRAY_I32, 'i'},       {"i8.npy", ARRAY_I64, 'i'},         {"u1.npy", ARRAY_U8, 'u'},
    {"u2.npy", ARRAY_I32, 'u'},       {"u4.npy", ARRAY_I64, 'u'},         {"u8.npy", ARRAY_I64, 'u'},
    {"b1.npy", ARRAY_BOOL, 'b'},      {"f8_fortran.npy", ARRAY_F64, 'f'}, {"version2.npy", ARRAY_F32, 'f'},
    {"version3.npy", ARRAY_F32, 'f'}, {"u1.idx.gz", ARRAY_U8, 'u'},
};

static void check_values(const struct array *a, char values)
{
    assert_int_equal(a->rank, 3);
    assert_int_equal(a->dim[0], 2);
    assert_int_equal(a->dim[1], 3);
    assert_int_equal(a->dim[2], 4);
    assert_int_equal(a->n, 24);
    for (int i = 0; i < 24; i++) {
        double expect = values == 'f'   ? (i - 6) / 2.0
                        : values == 'i' ? i - 6
                        : values == 'u' ? i
                                        : i % 3 == 0;
        assert_true(array_real(a, i) == expect);
    }
}

static void test_reads_what_numpy_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct buf path = {0};
        struct array a = {0};
        struct err e = {0};
        buf_printf(&path, DATA "%s", files[i].file);
        if (!array_read(buf_text(&path), &a, &e))
            fail_msg("%s", e.message);
        assert_int_equal(a.type, files[i].type);
        check_values(&a, files[i].values);
        assert_int_equal(array_is_integer(&a), files[i].values != 'f');
        array_release(&a);
        buf_release(&path);
    }
}

static void test_scalar_and_empty(void **state)
{
    (void)state;
    struct array a = {0};
    assert_true(array_read(DATA "scalar.npy", &a, NULL));
    assert_int_equal(a.rank, 0);
    assert_int_equal(a.n, 1);
    assert_true(a.f32[0] == 1.5f);
    array_release(&a);
    assert_true(array_read(DATA "empty.npy", &a, NULL));
    assert_int_equal(a.rank, 2);
    assert_int_equal(a.n, 0);
    array_release(&a);
}

/* NumPy's own bytes come out again: the header is padded and spelt as NumPy does. */
static void test_writes_as_numpy(void **state)
{
    (void)state;
    static const char *const same[] = {"f4", "f8", "i4", "i8", "u1", "b1", "scalar", "empty"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct buf path = {0}, expect = {0}, got = {0};
        struct array a = {0};
        buf_printf(&path, DATA "%s.npy", same[i]);
        assert_true(file_read(buf_text(&path), 1 << 20, &expect, NULL));
        assert_true(array_read(buf_text(&path), &a, NULL));
        npy_write(&a, &got);
        assert_int_equal(got.len, expect.len);
        assert_memory_equal(got.data, expect.data, expect.len);
        array_release(&a);
        buf_release(&path);
        buf_release(&expect);
        buf_release(&got);
    }
}

static void test_write_floats(void **state)
{
    (void)state;
    const float v[6] = {0, 1, -2.5f, 3, INFINITY, 5};
    const int64_t dim[1] = {6};
    struct buf b = {0};
    struct array a = {0};
    npy_write_floats(v, 1, dim, &b);
    assert_non_null(strstr(b.data + 10, "'shape': (6,), }"));
    assert_true(array_parse(b.data, b.len, "x", &a, NULL));
    assert_int_equal(a.rank, 1);
    assert_memory_equal(a.f32, v, sizeof v);
    array_release(&a);
    buf_release(&b);
}

static void refuse(const void *bytes, size_t n, const char *part)
{
    struct array a = {0};
    struct err e = {0};
    assert_false(array_parse(bytes, n, "some.npy", &a, &e));
    assert_null(a.data);
    assert_int_equal(e.code, ERR_UNREADABLE);
    if (!strstr(e.message, part) || strncmp(e.message, "some.npy: ", 10) != 0)
        fail_msg("%s: lacks %s", e.message, part);
    err_release(&e);
}

/* A version 1.0 file with this dictionary and so many zero bytes. */
static void refuse_npy(const char *dictionary, size_t data, const char *part)
{
    struct buf b = {0};
    size_t n = strlen(dictionary);
    buf_add(&b, "\x93NUMPY\1\0", 8);
    buf_putc(&b, (char)(n & 255));
    buf_putc(&b, (char)(n >> 8));
    buf_puts(&b, dictionary);
    buf_fill(&b, 0, data);
    refuse(b.data, b.len, part);
    buf_release(&b);
}

static void test_bad_npy(void **state)
{
    (void)state;
    const char *vague = "header is not understood";
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 11, "3 values of 4 bytes");
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 13, "holds 13 bytes");
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }", 8,
               "1,099,511,627,776");
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 0,
               "more than 2^60");
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 0, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", 4, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", 4, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': False}", 4, vague);
    refuse_npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 4, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}", 4, vague);
    refuse_npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", 4, vague);
    refuse_npy("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", 8, "element type <c8");
    refuse_npy("", 0, "within its header");
    refuse("\x93NUMPY\4\0\0\0\0\0", 12, "version 4.0");
    refuse("no array", 8, "neither an NPY nor an IDX");
    refuse("", 0, "neither");
}

static void test_objects_and_text_are_refused(void **state)
{
    (void)state;
    struct array a = {0};
    struct err e = {0};
    assert_false(array_read(DATA "object.npy", &a, &e));
    assert_non_null(strstr(e.message, "element type |O"));
    err_release(&e);
    assert_false(array_read(DATA "text.npy", &a, &e));
    assert_non_null(strstr(e.message, "element type <U2"));
    err_release(&e);
    assert_false(array_read(DATA "absent.npy", &a, &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    err_release(&e);
}

static void test_large_uint64_is_refused(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_true(file_read(DATA "u8.npy", 1 << 20, &b, NULL));
    b.data[b.len - 1] = (char)0x80;
    refuse(b.data, b.len, "above 2^63 - 1");
    buf_release(&b);
}

/* Each truncation is an error, each bit flip an error or an array. */
static void damage(const char *path)
{
    struct buf b = {0};
    assert_true(file_read(path, 1 << 20, &b, NULL));
    for (size_t n = 0; n < b.len; n++) {
        struct array a = {0};
        char *cut = malloc(n ? n : 1);
        memcpy(cut, b.data, n);
        assert_false(array_parse(cut, n, "x", &a, NULL));
        free(cut);
    }
    for (size_t bit = 0; bit < b.len * 8; bit++) {
        struct array a = {0};
        b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
        if (array_parse(b.data, b.len, "x", &a, NULL))
            array_release(&a);
        b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
    }
    buf_release(&b);
}

static void test_damaged_files(void **state)
{
    (void)state;
    damage(DATA "f8_fortran.npy");
    damage(DATA "version3.npy");
    damage(DATA "u1.idx.gz");
}

static void test_idx_types(void **state)
{
    (void)state;
    static const struct {
        char bytes[24];
        size_t n;
        enum array_type type;
        double first, last;
    } cases[] = {
        {"\0\0\x09\1\0\0\0\2\x80\x7f", 10, ARRAY_I32, -128, 127},
        {"\0\0\x0B\1\0\0\0\2\xff\xfe\1\0", 12, ARRAY_I32, -2, 256},
        {"\0\0\x0C\1\0\0\0\2\xff\xff\xff\xff\0\1\0\0", 16, ARRAY_I32, -1, 65536},
        {"\0\0\x0D\1\0\0\0\2\x3f\x80\0\0\xc0\x20\0\0", 16, ARRAY_F32, 1, -2.5},
        {"\0\0\x0E\1\0\0\0\2\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", 24, ARRAY_F64, 1, -2.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct array a = {0};
        assert_true(idx_parse(cases[i].bytes, cases[i].n, "x", &a, NULL));
        assert_int_equal(a.type, cases[i].type);
        assert_true(array_real(&a, 0) == cases[i].first && array_real(&a, 1) == cases[i].last);
        array_release(&a);
    }
}

static void test_bad_idx(void **state)
{
    (void)state;
    refuse("\0\0\x08\2\0\0\0\2", 8, "within its 12 bytes of header");
    refuse("\0\0\x08\2\xff\xff\xff\xff\xff\xff\xff\xff\1", 13, "more than 2^60");
    refuse("\0\0\x08\1\0\0\0\3ab", 10, "3 values of 1 bytes, the file holds 2");
    refuse("\0\0\x08\1\0\0\0\3abcd", 12, "holds 4");
    refuse("\0\0\x0A\1\0\0\0\1a", 9, "neither");
    refuse("\0\0\x08\x09\0\0\0\1a", 9, "neither");
}

static void test_gzip(void **state)
{
    (void)state;
    struct buf b = {0}, out = {0};
    struct err e = {0};
    assert_true(file_read(DATA "u1.idx.gz", 1 << 20, &b, NULL));
    assert_true(gzip_is(b.data, b.len));
    buf_puts(&out, "kept ");
    assert_true(gzip_expand(b.data, b.len, 40, "x.gz", &out, &e)); /* 16 bytes of header, 24 of data */
    assert_int_equal(out.len, 45);
    assert_memory_equal(out.data, "kept \0\0\x08\3", 9);
    size_t one = b.len;
    assert_true(file_read(DATA "u1.idx.gz", 1 << 20, &b, NULL)); /* two members */
    buf_clear(&out);
    assert_true(gzip_expand(b.data, b.len, 80, "x.gz", &out, &e));
    assert_int_equal(out.len, 80);
    assert_false(gzip_expand(b.data, b.len, 79, "x.gz", &out, &e));
    assert_non_null(strstr(e.message, "more than the 79 bytes"));
    assert_int_equal(out.len, 80);
    err_release(&e);
    buf_puts(&b, "junk");
    assert_false(gzip_expand(b.data, b.len, 1000, "x.gz", &out, &e));
    assert_non_null(strstr(e.message, "4 bytes that are no gzip data"));
    err_release(&e);
    b.data[one - 5]++; /* the checksum */
    assert_false(gzip_expand(b.data, one, 1000, "x.gz", &out, &e));
    assert_non_null(strstr(e.message, "damaged"));
    err_release(&e);
    buf_release(&b);
    buf_release(&out);
}

static void test_limit_of_expansion(void **state)
{
    (void)state;
    assert_true(array_expanded_max(0) == (size_t)512 << 20);
    assert_true(array_expanded_max((size_t)64 << 20) == (size_t)1 << 30);
    assert_true(array_expanded_max((size_t)1 << 40) == ARRAY_FILE_MAX);
}

static void test_npz_of_numpy(void **state)
{
    (void)state;
    struct array a = {0};
    struct err e = {0};
    char **keys;
    int n;
    assert_true(npz_read(DATA "stored.npz", "x", &a, NULL));
    check_values(&a, 'f');
    array_release(&a);
    assert_true(npz_read(DATA "deflated.npz", "y", &a, NULL));
    check_values(&a, 'u');
    array_release(&a);
    assert_true(npz_keys(DATA "stored.npz", &keys, &n, NULL));
    assert_int_equal(n, 2);
    assert_string_equal(keys[0], "x");
    assert_string_equal(keys[1], "y");
    free(keys[0]);
    free(keys[1]);
    free(keys);
    assert_false(npz_read(DATA "stored.npz", "z", &a, &e));
    assert_string_equal(e.message, DATA "stored.npz: no array z (arrays: x y)");
    err_release(&e);
    assert_false(npz_read(DATA "f4.npy", "x", &a, &e));
    assert_non_null(strstr(e.message, "not a zip archive"));
    err_release(&e);
    assert_false(npz_read("tests/data", "x", &a, &e));
    assert_non_null(strstr(e.message, "not a regular file"));
    err_release(&e);
}

static void test_npz_round_trip(void **state)
{
    (void)state;
    const char *const keys[] = {"first", "second/0"};
    struct array arrays[2] = {{0}}, back = {0};
    struct buf out = {0}, again = {0};
    struct err e = {0};
    char folder[] = "/tmp/poda_npz_XXXXXX";
    assert_true(array_read(DATA "f4.npy", &arrays[0], NULL));
    assert_true(array_read(DATA "b1.npy", &arrays[1], NULL));
    assert_true(npz_write(keys, arrays, 2, &out, NULL));
    assert_true(npz_write(keys, arrays, 2, &again, NULL));
    assert_int_equal(out.len, again.len);
    assert_memory_equal(out.data, again.data, out.len);
    assert_non_null(mkdtemp(folder));
    char *path = file_join(folder, "a.npz");
    assert_true(file_write(path, out.data, out.len, NULL));
    assert_true(npz_read(path, "first", &back, NULL));
    check_values(&back, 'f');
    array_release(&back);
    assert_true(npz_read(path, "second/0", &back, NULL));
    check_values(&back, 'b');
    array_release(&back);

    struct archive *a = archive_open(path, NULL);
    buf_clear(&again);
    assert_false(archive_read(a, 0, 100, &again, &e));
    assert_non_null(strstr(e.message, "more than the 100 bytes"));
    archive_close(a);
    err_release(&e);

    for (size_t n = 0; n < out.len; n += 7) { /* cut short */
        assert_true(file_write(path, out.data, n, NULL));
        assert_false(npz_read(path, "first", &back, NULL));
    }
    out.data[200] ^= 1; /* within the data of the first entry: the checksum tells */
    assert_true(file_write(path, out.data, out.len, NULL));
    assert_false(npz_read(path, "first", &back, NULL));
    remove(path);
    remove(folder);
    free(path);
    array_release(&arrays[0]);
    array_release(&arrays[1]);
    buf_release(&out);
    buf_release(&again);
}

/* Every half is its own float and comes back; known points of the format (IEEE 754 binary16). */
static void test_half_is_exact(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        float f = half_to_float((uint16_t)h);
        uint16_t back = half_from_float(f);
        assert_true(isnan(f) ? (back & 0x7c00) == 0x7c00 && (back & 0x3ff) : back == h);
        f = bfloat16_to_float((uint16_t)h);
        back = bfloat16_from_float(f);
        assert_true(isnan(f) ? (back & 0x7f80) == 0x7f80 && (back & 0x7f) : back == h);
    }
    assert_true(half_to_float(0x3c00) == 1.0f && half_to_float(0xc500) == -5.0f);
    assert_true(half_to_float(1) == 0x1p-24f && half_to_float(0x7bff) == 65504.0f);
    assert_true(isinf(half_to_float(0x7c00)) && isnan(half_to_float(0x7e00)));
}

/* Nearest, ties to even: between two neighbouring halves the middle goes to the even one, a touch more upwards. */
static void test_half_rounds_to_even(void **state)
{
    (void)state;
    for (uint16_t h = 0; h < 0x7bff; h++) {
        float low = half_to_float(h), high = half_to_float((uint16_t)(h + 1));
        float middle = (low + high) / 2; /* exact in float */
        assert_int_equal(half_from_float(middle), h & 1 ? h + 1 : h);
        assert_int_equal(half_from_float(nextafterf(middle, INFINITY)), h + 1);
        assert_int_equal(half_from_float(-nextafterf(middle, 0)), h | 0x8000);
    }
    assert_int_equal(half_from_float(65519.99f), 0x7bff);
    assert_int_equal(half_from_float(65520.0f), 0x7c00);
    assert_int_equal(half_from_float(-1e30f), 0xfc00);
    assert_int_equal(half_from_float(0x1p-26f), 0);
    assert_int_equal(bfloat16_from_float(1.00390625f), 0x3f80); /* 1 + 2^-8: half way, even below */
    assert_int_equal(bfloat16_from_float(1.01171875f), 0x3f82); /* 1 + 3 * 2^-8: half way, even above */
    assert_int_equal(bfloat16_from_float(3.4e38f), 0x7f80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_numpy_writes),
        cmocka_unit_test(test_scalar_and_empty),
        cmocka_unit_test(test_writes_as_numpy),
        cmocka_unit_test(test_write_floats),
        cmocka_unit_test(test_bad_npy),
        cmocka_unit_test(test_objects_and_text_are_refused),
        cmocka_unit_test(test_large_uint64_is_refused),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_idx_types),
        cmocka_unit_test(test_bad_idx),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_limit_of_expansion),
        cmocka_unit_test(test_npz_of_numpy),
        cmocka_unit_test(test_npz_round_trip),
        cmocka_unit_test(test_half_is_exact),
        cmocka_unit_test(test_half_rounds_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
