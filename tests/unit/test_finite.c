/* Values that are not finite in NPY, NPZ and IDX files: refused with row and column, as in a CSV, or left out with skip_bad=yes; in
 * data sets and in what predict reads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/io/dataset.h"
#include "engine/io/npy.h"
#include "engine/io/npz.h"
#include "tests/unit/util_session.h"

enum { ROWS = 4, COLUMNS = 30 }; /* as samples/breast-cancer has features */

static char folder[] = "/tmp/poda-finite-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    static const char *const files[] = {"x.npy", "y.npy", "both.npz", "x.idx", "d.json", "out.npy"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = file_join(folder, files[i]);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

static char *put(const char *name, const void *bytes, size_t n)
{
    char *path = file_join(folder, name);
    assert_true(file_write(path, bytes, n, NULL));
    return path;
}

static void put_array(const char *name, const struct array *a)
{
    struct buf bytes = {0};
    npy_write(a, &bytes);
    free(put(name, buf_text(&bytes), bytes.len));
    buf_release(&bytes);
}

/* ROWS x COLUMNS; value row / 10, but for one. */
static struct array features(float *values, int row, int column, float odd)
{
    for (int i = 0; i < ROWS * COLUMNS; i++)
        values[i] = (float)(i / COLUMNS) / 10;
    if (row >= 0)
        values[row * COLUMNS + column] = odd;
    return (struct array){
        .type = ARRAY_F32, .rank = 2, .dim = {ROWS, COLUMNS}, .n = ROWS * COLUMNS, .f32 = values};
}

static struct dataset *open_manifest(const char *text, bool skip_bad, struct err *e)
{
    char *path = put("d.json", text, strlen(text));
    const struct dataset_options o = {.skip_bad = skip_bad};
    struct dataset *d = dataset_open(path, &o, e);
    free(path);
    return d;
}

static void says(struct err *e, const char *part)
{
    assert_int_equal(e->code, ERR_UNREADABLE);
    if (!strstr(e->message, part))
        print_message("'%s' lacks '%s'\n", e->message, part);
    assert_non_null(strstr(e->message, part));
    assert_non_null(e->hint);
    assert_non_null(strstr(e->hint, "skip_bad=yes"));
    err_release(e);
}

/* The same data set refused, then opened without row `gone`: its labels are those of the rows that are left. */
static void refused_or_skipped(const char *manifest, const char *part, int gone)
{
    struct err e = {0};
    assert_null(open_manifest(manifest, false, &e));
    says(&e, part);
    struct dataset *d = open_manifest(manifest, true, &e);
    assert_non_null(d);
    assert_int_equal(d->n, ROWS - 1);
    assert_int_equal(d->n_split[SPLIT_ALL], ROWS - 1);
    assert_int_equal(d->skipped, 1);
    float out[COLUMNS * ROWS];
    const int64_t rows[] = {0, 1, 2};
    dataset_fill(d, rows, ROWS - 1, ROWS - 1, out);
    for (int i = 0; i < ROWS - 1; i++) {
        int was = i + (i >= gone);
        assert_true(out[i] == (float)was / 10);
        assert_true(!d->labels || d->labels[i] == was % 2);
    }
    dataset_free(d);
}

#define TRAIN_TEST "{\"name\": \"d\", \"files\": {\"test\": {\"x\": \"x.npy\", \"y\": \"y.npy\"}}, \"task\": "

static void test_npy(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS];
    int32_t y[ROWS] = {0, 1, 0, 1};
    struct array a = features(x, 2, 7, NAN),
                 labels = {.type = ARRAY_I32, .rank = 1, .dim = {ROWS}, .n = ROWS, .i32 = y};
    put_array("x.npy", &a);
    put_array("y.npy", &labels);
    refused_or_skipped(TRAIN_TEST "\"classification\"}",
                       "x.npy, row 2, column 7: the value is not a number (NaN)", 2);
    a = features(x, 0, 29, -INFINITY);
    put_array("x.npy", &a);
    refused_or_skipped(TRAIN_TEST "\"classification\"}", "x.npy, row 0, column 29: the value is infinite", 0);
    a.rank = 4; /* images */
    a.dim[1] = 2;
    a.dim[2] = 3;
    a.dim[3] = 5;
    put_array("x.npy", &a);
    refused_or_skipped(TRAIN_TEST "\"classification\"}", "x.npy, row 0, column 1.2.4: the value is infinite",
                       0);
}

static void test_targets(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS], y[ROWS] = {0, 1, 0, INFINITY};
    struct array a = features(x, -1, 0, 0),
                 targets = {.type = ARRAY_F32, .rank = 1, .dim = {ROWS}, .n = ROWS, .f32 = y};
    put_array("x.npy", &a);
    put_array("y.npy", &targets);
    refused_or_skipped(TRAIN_TEST "\"regression\"}", "y.npy, row 3, column 0: the value is infinite", 3);
}

static void test_npz(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS];
    uint8_t y[ROWS] = {0, 1, 0, 1};
    struct buf bytes = {0};
    static const char *const keys[] = {"input", "label"};
    struct array both[] = {features(x, 1, 3, NAN),
                           {.type = ARRAY_U8, .rank = 1, .dim = {ROWS}, .n = ROWS, .u8 = y}};
    assert_true(npz_write(keys, both, 2, &bytes, NULL));
    free(put("both.npz", buf_text(&bytes), bytes.len));
    buf_release(&bytes);
    refused_or_skipped(
        "{\"name\": \"d\", \"files\": {\"npz\": \"both.npz\", \"x\": \"input\", \"y\": \"label\"}}",
        "both.npz: input, row 1, column 3: the value is not a number", 1);
}

static void test_idx(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS];
    unsigned char bytes[12 + 4 * ROWS * COLUMNS] = {0, 0, 0x0D, 2, 0, 0, 0, ROWS, 0, 0, 0, COLUMNS};
    features(x, 3, 0, INFINITY);
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        for (size_t k = 0; k < 4; k++)
            bytes[12 + 4 * i + k] = (unsigned char)(bits >> (24 - 8 * k));
    }
    free(put("x.idx", bytes, sizeof bytes));
    refused_or_skipped("{\"name\": \"d\", \"files\": {\"test\": {\"x\": \"x.idx\"}}}",
                       "x.idx, row 3, column 0: the value is infinite", 3);
}

static void test_how_many_more_and_none_left(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS];
    struct err e = {0};
    struct array a = features(x, 0, 0, NAN);
    static const char manifest[] = "{\"name\": \"d\", \"files\": {\"test\": {\"x\": \"x.npy\"}}}";
    x[5] = x[COLUMNS] = x[2 * COLUMNS] = NAN; /* two in the first row */
    put_array("x.npy", &a);
    assert_null(open_manifest(manifest, false, &e));
    says(&e, "row 0, column 0: the value is not a number (NaN). 2 more rows like it");
    x[3 * COLUMNS + 1] = NAN;
    put_array("x.npy", &a);
    assert_null(open_manifest(manifest, true, &e));
    assert_non_null(strstr(e.message, "x.npy: no row is left"));
    err_release(&e);
}

static struct json *predicts(struct session *s, const char *options)
{
    struct buf line = {0};
    buf_printf(&line, "predict %s/x.npy %s/out.npy force=yes %s", folder, folder, options);
    struct json *r = session_says(s, buf_text(&line));
    buf_release(&line);
    return r;
}

static void test_predict(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS];
    struct session s;
    struct buf line = {0};
    struct array a = features(x, -1, 0, 0), whole = {0}, part = {0};
    char *out = file_join(folder, "out.npy");
    session_begin(&s);
    json_free(session_says(&s, "open samples/breast-cancer/model.onnx"));
    put_array("x.npy", &a);
    json_free(predicts(&s, ""));
    assert_true(array_read(out, &whole, NULL));
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        a = features(x, 1, 4, odd[i]);
        put_array("x.npy", &a);
        buf_clear(&line);
        buf_printf(&line, "predict %s/x.npy %s/out.npy force=yes", folder, folder);
        session_refuses(&s, buf_text(&line), ERR_UNREADABLE, NULL);
        struct json *r = predicts(&s, "skip_bad=yes");
        assert_int_equal((int64_t)result_number(r, "n"), ROWS - 1);
        assert_int_equal((int64_t)result_number(r, "skipped"), 1);
        assert_int_equal((int64_t)json_num(json_first(json_get(r, "skipped_rows")), -1), 1);
        json_free(r);
        assert_true(array_read(out, &part, NULL));
        int64_t each = whole.n / ROWS;
        assert_int_equal(part.n, (ROWS - 1) * each);
        assert_memory_equal(part.f32, whole.f32, (size_t)each * sizeof(float));
        assert_memory_equal(part.f32 + each, whole.f32 + 2 * each, 2 * (size_t)each * sizeof(float));
        array_release(&part);
    }
    double wide[COLUMNS] = {[3] = 1e300}; /* finite, but for a float */
    a = (struct array){.type = ARRAY_F64, .rank = 2, .dim = {1, COLUMNS}, .n = COLUMNS, .f64 = wide};
    put_array("x.npy", &a);
    session_refuses(&s, buf_text(&line), ERR_UNREADABLE, NULL);
    array_release(&whole);
    buf_release(&line);
    free(out);
    session_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_npy),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_npz),
        cmocka_unit_test(test_idx),
        cmocka_unit_test(test_how_many_more_and_none_left),
        cmocka_unit_test(test_predict),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
