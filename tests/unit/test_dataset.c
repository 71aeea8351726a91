/* engine/io: csv, manifest and dataset on small files written here; expected values by hand and by a script of its own
 * (SplitMix64's published first outputs). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/rng.h"
#include "engine/io/csv.h"
#include "engine/io/dataset.h"

static char folder[] = "/tmp/poda-dataset-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    static const char *const files[] = {"t.csv", "d.json"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = file_join(folder, files[i]);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

static char *put(const char *name, const char *text)
{
    char *path = file_join(folder, name);
    assert_true(file_write(path, text, strlen(text), NULL));
    return path;
}

/* A data set from a table and a manifest; NULL with e set. */
static struct dataset *open_both(const char *csv, const char *manifest, bool skip_bad, struct err *e)
{
    char *table = put("t.csv", csv), *json = put("d.json", manifest);
    const struct dataset_options o = {.skip_bad = skip_bad};
    struct dataset *d = dataset_open(json, &o, e);
    free(table);
    free(json);
    return d;
}

static struct dataset *open_plain(const char *csv, const char *label, bool skip_bad, struct err *e)
{
    char *table = put("t.csv", csv);
    const struct dataset_options o = {.label = label, .skip_bad = skip_bad};
    struct dataset *d = dataset_open(table, &o, e);
    free(table);
    return d;
}

static float value(const struct dataset *d, int64_t row, int64_t feature)
{
    float *out = calloc((size_t)d->n_features, sizeof *out);
    dataset_fill(d, &row, 1, 1, out);
    float v = out[feature];
    free(out);
    return v;
}

static void test_plain_csv(void **state)
{
    (void)state;
    struct err e = {0};
    struct dataset *d = open_plain("\xef\xbb\xbf"
                                   "a;b;y\r\n1;\"2\";no\r\n3;4;yes\r\n",
                                   "y", false, &e);
    assert_non_null(d);
    assert_int_equal(d->n, 2);
    assert_int_equal(d->n_features, 2);
    assert_string_equal(d->features[0].name, "a");
    assert_true(value(d, 1, 1) == 4);
    assert_int_equal(d->task, TASK_CLASSIFICATION);
    assert_int_equal(d->n_classes, 2);
    assert_string_equal(d->classes[0], "no");
    assert_int_equal(d->labels[1], 1);
    assert_int_equal(dataset_default_split(d), SPLIT_ALL);
    dataset_free(d);
}

static void test_whole_labels_sort_by_value_and_reals_are_targets(void **state)
{
    (void)state;
    struct dataset *d = open_plain("x,y\n1,10\n2,9\n3,10\n", "y", false, NULL);
    assert_string_equal(d->classes[0], "9");
    assert_int_equal(d->labels[0], 1);
    dataset_free(d);
    d = open_plain("x,y\n1,0.5\n2,1\n", "y", false, NULL);
    assert_int_equal(d->task, TASK_REGRESSION);
    assert_true(d->targets[0] == 0.5f);
    dataset_free(d);
}

/* 007 is no 7, wherever the sorting puts them; and a name given twice is its first class. */
static void test_labels_of_one_value_are_one_class_each(void **state)
{
    (void)state;
    struct dataset *d = open_plain("x,y\n1,7\n2,007\n3,7\n4,07\n5,007\n6,7\n", "y", false, NULL);
    assert_int_equal(d->n_classes, 3);
    assert_int_equal(d->labels[0], d->labels[2]);
    assert_int_equal(d->labels[1], d->labels[4]);
    assert_int_not_equal(d->labels[0], d->labels[1]);
    dataset_free(d);
    d = open_both(
        "x,y\n1,b\n2,a\n3,0\n",
        "{\"files\":{\"csv\":\"t.csv\"},\"label\":{\"column\":\"y\",\"classes\":[\"b\",\"0\",\"a\",\"b\"]}}",
        false, NULL);
    assert_int_equal(d->labels[0], 0);
    assert_int_equal(d->labels[1], 2);
    assert_int_equal(d->labels[2], 1);
    dataset_free(d);
}

/* Processor seconds that a table of n records takes whose labels are all different, or all the same. */
static double seconds_for(int n, bool different)
{
    struct buf csv = {0};
    buf_puts(&csv, "x,y\n");
    for (int i = 0; i < n; i++)
        buf_printf(&csv, "1,name%d\n", different ? i * 7919 % n : n);
    clock_t before = clock();
    struct dataset *d = open_plain(buf_text(&csv), "y", false, NULL);
    double taken = (double)(clock() - before) / CLOCKS_PER_SEC;
    assert_int_equal(d->n_classes, different ? n : 1);
    dataset_free(d);
    buf_release(&csv);
    return taken;
}

static void test_many_labels_cost_little_more_than_one(void **state)
{
    (void)state;
    double one = seconds_for(96000, false), many = seconds_for(96000, true);
    if (many > 20 * one + 0.05)
        fail_msg("96,000 labels took %.3f s, one took %.3f s", many, one);
}

static void refused(struct dataset *d, struct err *e, const char *part)
{
    assert_null(d);
    assert_int_equal(e->code, ERR_UNREADABLE);
    if (!strstr(e->message, part))
        print_message("'%s' lacks '%s'\n", e->message, part);
    assert_non_null(strstr(e->message, part));
    err_release(e);
}

static void test_bad_rows_name_line_and_column(void **state)
{
    (void)state;
    struct err e = {0};
    refused(open_plain("a,b,y\n1,2,no\n1,no\n3\n", "y", false, &e), &e,
            "line 3: 2 fields, expected 3. 1 more lines");
    refused(open_plain("a,b,y\n1,x,no\n", "y", false, &e), &e, "line 2, column b: 'x' is no number");
    refused(open_plain("a,b,y\n1,,no\n", "y", false, &e), &e, "column b: the value is missing");
    refused(open_plain("a,b,y\n", "y", false, &e), &e, "no rows");
    refused(open_plain("", "y", false, &e), &e, "no line of column names");
    refused(open_plain("a,a\n1,2\n", NULL, false, &e), &e, "both named a");
    refused(open_plain("a,b\n1,2\n", "z", false, &e), &e, "no column z");
    assert_null(
        open_plain("a,y\n1,no\n2,yes\n", NULL, false, &e)); /* a column of answers that nobody named */
    assert_non_null(strstr(e.hint, "label=COLUMN"));
    err_release(&e);
    assert_null(open_plain("a,b\n1,2\n2,x\n", NULL, false, &e));
    assert_non_null(strstr(e.hint, "skip_bad=yes"));
    err_release(&e);
    struct dataset *d = open_plain("a,b,y\n1,2,no\n1,no\n3,x,yes\n5,6,yes\n", "y", true, &e);
    assert_non_null(d);
    assert_int_equal(d->n, 2);
    assert_int_equal(d->skipped, 2);
    assert_true(value(d, 1, 0) == 5);
    dataset_free(d);
}

/* n in the denominator, over the training rows only: a has mean 2 and std 1 there. */
static void test_standardise_by_training_rows(void **state)
{
    (void)state;
    struct dataset *d = open_both("a,c,y,s\n1,5,0,train\n3,5,1,train\n10,5,0,test\n",
                                  "{\"files\":{\"csv\":\"t.csv\"},\"label\":{\"column\":\"y\"},"
                                  "\"standardize\":\"train\",\"split\":{\"column\":\"s\"}}",
                                  false, NULL);
    assert_non_null(d);
    assert_int_equal(d->n_split[SPLIT_TRAIN], 2);
    assert_int_equal(d->n_split[SPLIT_TEST], 1);
    assert_int_equal(dataset_default_split(d), SPLIT_TEST);
    assert_true(d->features[0].mean == 2 && d->features[0].std == 1);
    assert_true(value(d, 2, 0) == 8);
    assert_true(value(d, 2, 1) == 0); /* a constant column is only moved */
    dataset_free(d);
}

static void test_groups(void **state)
{
    (void)state;
    struct dataset *d = open_both("x,age,f,m\n1,24,1,0\n1,25,0,1\n1,39,1,0\n1,40,0,0\n",
                                  "{\"files\":{\"csv\":\"t.csv\"},\"features\":[\"x\"],\"groups\":["
                                  "{\"name\":\"age\",\"column\":\"age\",\"cuts\":[25,40]},"
                                  "{\"name\":\"sex\",\"onehot\":{\"female\":[\"f\"],\"male\":[\"m\"]}}]}",
                                  false, NULL);
    static const struct {
        const char *name;
        int64_t n;
    } expect[] = {{"age <25", 1},    {"age 25-39", 2}, {"age 40+", 1},
                  {"sex female", 2}, {"sex male", 1},  {"sex other", 1}};
    assert_non_null(d);
    assert_int_equal(d->task, TASK_NONE);
    assert_int_equal(d->n_groups, 6);
    for (int i = 0; i < 6; i++) {
        assert_string_equal(d->groups[i].name, expect[i].name);
        assert_int_equal(d->groups[i].n, expect[i].n);
    }
    dataset_free(d);
}

/* Rows ordered by SplitMix64(seed 2^32 + row): round-half-even(t n) test records first, then validation. */
static void test_drawn_split(void **state)
{
    (void)state;
    struct dataset *d = open_both("x,y\n0,0\n1,0\n2,1\n3,1\n4,0\n5,1\n6,0\n7,1\n8,0\n9,1\n",
                                  "{\"files\":{\"csv\":\"t.csv\"},\"label\":{\"column\":\"y\"},"
                                  "\"split\":{\"validation\":0.25,\"test\":0.25,\"seed\":3}}",
                                  false, NULL);
    assert_non_null(d);
    assert_int_equal(d->n_split[SPLIT_TEST], 2); /* 2.5 rounds to even */
    assert_int_equal(d->n_split[SPLIT_VALIDATION], 2);
    assert_int_equal(d->n_split[SPLIT_TRAIN], 6);
    uint64_t last = 0;
    for (int part = 0; part < 3; part++) {
        const enum split order[] = {SPLIT_TEST, SPLIT_VALIDATION, SPLIT_TRAIN};
        for (int64_t i = 0; i < d->n_split[order[part]]; i++) {
            uint64_t key = rng_splitmix64(((uint64_t)3 << 32) + (uint64_t)d->rows[order[part]][i]);
            assert_true(key > last);
            last = key;
        }
    }
    dataset_free(d);
}

static void test_missing_values_and_decimal_commas(void **state)
{
    (void)state;
    struct dataset *d = open_both("a;y\n1,5;0\n;1\n2,5;0\n",
                                  "{\"files\":{\"csv\":\"t.csv\"},\"label\":{\"column\":\"y\"},"
                                  "\"decimal\":\",\",\"missing\":\"mean\"}",
                                  false, NULL);
    assert_non_null(d);
    assert_true(value(d, 0, 0) == 1.5f);
    assert_true(value(d, 1, 0) == 2); /* the mean of 1.5 and 2.5 */
    dataset_free(d);
}

static void test_manifest_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *manifest, *part;
    } cases[] = {
        {"{}", "\"files\""},
        {"{\"files\":{\"csv\":7}}", "\"csv\" must be a text"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"label\":{\"column\":\"y\",\"classes\":[\"a\",\"b\"]}}",
         "unknown label '7'"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"features\":[{\"column\":\"q\"}]}", "no column q"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"features\":[{\"column\":\"x\",\"std\":0}]}", "std of x"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"groups\":[{\"name\":\"g\",\"column\":\"x\",\"cuts\":[2,1]}]}",
         "ascending"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"split\":{\"validation\":0.8,\"test\":0.8}}", "sum to at most 1"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"output\":\"guesses\"}", "logits, probabilities, values"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"split\":{\"seed\":1.5}}", "seed a whole number"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"groups\":[{\"name\":\"g\",\"onehot\":{}}]}", "must name classes"},
        {"{\"files\":{\"csv\":\"t.csv\"},\"groups\":[{\"name\":\"g\",\"onehot\":{\"a\":[\"x\"]},\"cuts\":[1]}"
         "]}",
         "\"cuts\" need a \"column\""},
        {"[1]", "not an object"},
        {"{\"files\":", "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        refused(open_both("x,y\n1,7\n", cases[i].manifest, false, &e), &e, cases[i].part);
    }
}

#define IN_CSV "\"files\":{\"csv\":\"t.csv\"},"

/* Whatever stands in a manifest is read, or refused by name with what is known there and the nearest of it. */
static void test_nothing_in_a_manifest_is_ignored(void **state)
{
    (void)state;
    static const struct {
        const char *members, *message, *hint;
    } cases[] = {
        {IN_CSV "\"split\":\"x\"", "\"split\" must be an object", "known: column validation test seed"},
        {IN_CSV "\"label\":7", "\"label\" must be an object", "known: column classes"},
        {IN_CSV "\"lable\":{\"column\":\"y\"}", "no key \"lable\"", "did you mean label? known: name about"},
        {IN_CSV "\"label\":{\"colunm\":\"y\"}", "\"label\": no key \"colunm\"", "did you mean column?"},
        {IN_CSV "\"label\":{\"column\":\"y\",\"column\":\"x\"}", "\"label\": \"column\" is there twice", ""},
        {IN_CSV "\"scale\":255", "\"scale\" must be an object", "known: divide mean std"},
        {IN_CSV "\"scale\":{\"devide\":255}", "\"scale\": no key \"devide\"", "did you mean divide?"},
        {IN_CSV "\"scale\":{\"divide\":\"255\"}", "\"divide\" must be a number", ""},
        {IN_CSV "\"scale\":{\"mean\":[1,\"2\"]}", "\"mean\" must be a number or a list of numbers", ""},
        {IN_CSV "\"split\":{\"column\":\"y\",\"test\":0.5}", "\"split\": no key \"test\"", "known: column"},
        {IN_CSV "\"split\":{\"tset\":0.5}", "\"split\": no key \"tset\"", "did you mean test?"},
        {IN_CSV "\"features\":[{\"column\":\"x\",\"units\":\"mm\"}]",
         "an entry of \"features\": no key \"units\"", "did you mean unit?"},
        {IN_CSV "\"features\":[7]", "an entry of \"features\" must be an object", "known: column"},
        {IN_CSV "\"groups\":[{\"name\":\"g\",\"column\":\"x\",\"cut\":[1]}]",
         "an entry of \"groups\": no key \"cut\"", "did you mean cuts?"},
        {IN_CSV "\"groups\":[\"x\"]", "an entry of \"groups\" must be an object", "known: name"},
        {IN_CSV "\"synthetic\":\"yes\"", "\"synthetic\" must be true or false", ""},
        {IN_CSV "\"task\":\"clasification\"", "\"task\" must be one of", "did you mean classification?"},
        {IN_CSV "\"name\":7", "\"name\" must be a text", ""},
        {IN_CSV "\"files\":{\"csv\":\"t.csv\"}", "\"files\" is there twice", ""},
        {"\"files\":{\"cvs\":\"t.csv\"}", "\"files\": no key \"cvs\"", "did you mean csv?"},
        {"\"files\":{\"csv\":\"t.csv\",\"train\":{\"x\":\"x.npy\"}}", "\"files\": no key \"train\"",
         "known: csv"},
        {"\"files\":{\"train\":\"x.npy\"}", "\"train\" must be an object", "known: x y"},
        {"\"files\":{\"test\":{\"x\":\"x.npy\",\"labels\":\"y.npy\"}}", "\"test\": no key \"labels\"",
         "known: x y"},
        {"\"files\":{\"npz\":\"a.npz\",\"x\":\"x\",\"Y\":\"y\"}", "\"files\": no key \"Y\"",
         "known: npz x y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {0};
        struct err e = {0};
        buf_printf(&text, "{%s}", cases[i].members);
        assert_null(open_both("x,y\n1,7\n", buf_text(&text), false, &e));
        assert_int_equal(e.code, ERR_UNREADABLE);
        if (!strstr(e.message, "/d.json: ") || !strstr(e.message, cases[i].message) ||
            !strstr(e.hint ? e.hint : "", cases[i].hint))
            fail_msg("%s gives: %s / %s", buf_text(&text), e.message, e.hint ? e.hint : "");
        buf_release(&text);
        err_release(&e);
    }
}

/* A member that is null is as good as absent. */
static void test_null_is_absent(void **state)
{
    (void)state;
    struct err e = {0};
    struct dataset *d =
        open_both("x,y\n1,7\n",
                  "{\"files\":{\"csv\":\"t.csv\",\"npz\":null},\"label\":null,\"split\":null,\"scale\":null,"
                  "\"synthetic\":null,\"missing\":null}",
                  false, &e);
    if (!d)
        fail_msg("%s", e.message);
    dataset_free(d);
}

/* Lanes beyond the data repeat the last record. */
static void test_blocks_repeat_the_last_record(void **state)
{
    (void)state;
    struct dataset *d = open_plain("a,b\n1,2\n3,4\n", NULL, false, NULL);
    const int64_t rows[] = {1, 0};
    float out[2 * 4];
    dataset_fill(d, rows, 2, 4, out);
    const float expect[] = {3, 1, 1, 1, 4, 2, 2, 2};
    assert_memory_equal(out, expect, sizeof out);
    dataset_free(d);
}

static void test_images_as_shipped(void **state)
{
    (void)state;
    struct dataset *d =
        dataset_open("samples/digits-mlp/dataset.json", &(const struct dataset_options){0}, NULL);
    assert_non_null(d);
    assert_int_equal(d->n, 70000);
    assert_int_equal(d->n_split[SPLIT_TEST], 10000);
    assert_int_equal(d->rows[SPLIT_TEST][0], 60000);
    assert_int_equal(d->labels[60000], 7); /* the first test image is a seven */
    float *x = calloc(784, sizeof *x), sum = 0;
    dataset_fill(d, d->rows[SPLIT_TEST], 1, 1, x);
    for (int i = 0; i < 784; i++)
        sum += x[i];
    assert_true(x[7 * 28 + 6] == 84.0f / 255); /* its first lit pixel, as the file has it */
    assert_true(sum > 50 && sum < 100);
    free(x);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_csv),
        cmocka_unit_test(test_whole_labels_sort_by_value_and_reals_are_targets),
        cmocka_unit_test(test_labels_of_one_value_are_one_class_each),
        cmocka_unit_test(test_many_labels_cost_little_more_than_one),
        cmocka_unit_test(test_bad_rows_name_line_and_column),
        cmocka_unit_test(test_standardise_by_training_rows),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_drawn_split),
        cmocka_unit_test(test_missing_values_and_decimal_commas),
        cmocka_unit_test(test_manifest_mistakes),
        cmocka_unit_test(test_nothing_in_a_manifest_is_ignored),
        cmocka_unit_test(test_null_is_absent),
        cmocka_unit_test(test_blocks_repeat_the_last_record),
        cmocka_unit_test(test_images_as_shipped),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
