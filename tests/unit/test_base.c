/* engine/base: published vectors and the contracts of the headers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/rng.h"
#include "engine/base/text.h"

/* FIPS 180-4 example: SHA-256("abc"). */
static void test_sha256_of_abc(void **state)
{
    (void)state;
    char hex[HASH_HEX];
    hash_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Known-answer vectors of the Random123 distribution for philox4x32-10. */
static void test_philox_known_answers(void **state)
{
    (void)state;
    const uint32_t zero[4] = {0}, ones[4] = {~0u, ~0u, ~0u, ~0u};
    const uint32_t expect_zero[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    const uint32_t expect_ones[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    uint32_t out[4];
    rng_philox(zero, zero, out);
    assert_memory_equal(out, expect_zero, sizeof out);
    rng_philox(ones, ones, out);
    assert_memory_equal(out, expect_ones, sizeof out);
}

/* The first output of SplitMix64 seeded with 0, as published with its reference code. */
static void test_splitmix64_first_output(void **state)
{
    (void)state;
    assert_true(rng_splitmix64(0) == 0xe220a8397b1dcdafu);
}

static void test_permutation_holds_each_once(void **state)
{
    (void)state;
    int64_t order[1000], again[1000];
    bool seen[1000] = {false};
    rng_permutation(7, 1, 1000, order);
    rng_permutation(7, 1, 1000, again);
    assert_memory_equal(order, again, sizeof order);
    for (int i = 0; i < 1000; i++) {
        assert_in_range(order[i], 0, 999);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
}

static void test_err_keeps_the_first_message(void **state)
{
    (void)state;
    struct err e = {0};
    assert_false(err_hint(&e, "no error, no hint"));
    assert_null(e.hint);
    assert_false(err_set(&e, ERR_UNREADABLE, "a %d", 1));
    err_set(&e, ERR_IO, "b");
    err_hint(&e, "do c");
    err_place(&e, "f.onnx");
    assert_string_equal(e.message, "f.onnx: a 1");
    assert_string_equal(e.hint, "do c");
    assert_int_equal(err_exit_code(e.code), 3);
    assert_string_equal(err_word(e.code), "unreadable");
    err_release(&e);
    assert_int_equal(e.code, ERR_NONE);
}

static void test_err_tells_in_one_line(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"no a", "do b", "no a. do b"}, {"is a there?", "do b", "is a there? do b"}, {"no a", NULL, "no a"}};
    for (size_t i = 0; i < 3; i++) {
        struct err e = {0};
        struct buf out = {0};
        err_set(&e, ERR_USAGE, "%s", rows[i][0]);
        if (rows[i][1])
            err_hint(&e, "%s", rows[i][1]);
        err_tell(&e, &out);
        assert_string_equal(buf_text(&out), rows[i][2]);
        buf_release(&out);
        err_release(&e);
    }
}

static void test_err_escapes_names_from_files(void **state)
{
    (void)state;
    struct err e = {0};
    err_set(&e, ERR_UNKNOWN, "no layer %s", "\x1b[31mred\xff");
    assert_string_equal(e.message, "no layer \\x1b[31mred\\xff");
    err_release(&e);
}

static void test_portion_rounds_half_to_even(void **state)
{
    (void)state;
    assert_int_equal(num_portion(0.5, 1), 0);
    assert_int_equal(num_portion(0.5, 3), 2);
    assert_int_equal(num_portion(0.5, 5), 2);
    assert_int_equal(num_portion(0.3, 266200), 79860);
}

static void number(void (*write)(struct buf *, double, int), double v, int d, const char *expect)
{
    struct buf b = {0};
    write(&b, v, d);
    assert_string_equal(buf_text(&b), expect);
    buf_release(&b);
}

static void test_numbers_for_people(void **state)
{
    (void)state;
    struct buf b = {0};
    num_count(&b, -1234567);
    buf_putc(&b, ' ');
    num_count(&b, 999);
    buf_putc(&b, ' ');
    num_bytes(&b, 13444);
    buf_putc(&b, ' ');
    num_exact(&b, 0.1);
    buf_putc(&b, ' ');
    num_exact(&b, 40);
    assert_string_equal(buf_text(&b), "-1,234,567 999 13.1 KiB 0.1 40");
    buf_release(&b);
    number(num_points, -0.0059, 1, "-0.6pp");
    number(num_points, -0.0001, 1, "+0.0pp");
    number(num_percent, 0.84, 1, "84.0%");
    number(num_percent, 0.0 / 0.0, 1, "?");
}

static void test_numbers_are_read_strictly(void **state)
{
    (void)state;
    double v;
    int64_t n;
    assert_true(num_parse("1e-3", &v) && v == 1e-3);
    assert_false(num_parse("0x10", &v));
    assert_false(num_parse("nan", &v));
    assert_false(num_parse("1 ", &v));
    assert_false(num_parse("1e999", &v));
    assert_false(num_parse_int("99999999999999999999", &n));
    assert_true(num_parse_bytes("16KiB", &n) && n == 16384);
    assert_true(num_parse_bytes("1.5MB", &n) && n == 1500000);
    assert_false(num_parse_bytes("12  K", &n));
    assert_false(num_parse_bytes("12 ", &n));
    assert_false(num_parse_bytes("K", &n));
    assert_true(num_parse_share("80%", &v) && v == 0.8);
    assert_true(num_parse_share("84.6%", &v) && v == 0.846);
    assert_true(num_parse_share("-2%", &v) && v == -0.02);
    assert_true(num_parse_share("0.8", &v) && v == 0.8);
    assert_false(num_parse_share("%", &v));
    assert_false(num_parse_share("80 %", &v));
    assert_false(num_parse_share("8e1%", &v));
    assert_false(num_parse_share("80%%", &v));
    assert_true(num_parse_count("13,696", &n) && n == 13696);
    assert_true(num_parse_count("1,013,696", &n) && n == 1013696);
    assert_true(num_parse_count("13696", &n) && n == 13696);
    static const char *const wrong[] = {"13,69", "1369,6",  ",696",  "13,6966", "13,",
                                        "1,2,3", "13,696,", "a,123", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(num_parse_count(wrong[i], &n));
}

/* Every size, share and count that is printed is read again, as what it rounds to. */
static void test_printed_numbers_are_read_back(void **state)
{
    static const double values[] = {0, 7, 940, 1023, 1024, 13414, 999999, 1048576, 92160, 3e9, 5.5e12};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct buf text = {0}, again = {0};
        int64_t n;
        double v;
        num_bytes(&text, values[i]);
        assert_true(num_parse_bytes(buf_text(&text), &n));
        num_bytes(&again, (double)n);
        assert_string_equal(buf_text(&text), buf_text(&again));
        buf_clear(&text);
        num_count(&text, (int64_t)values[i]);
        assert_true(num_parse_count(buf_text(&text), &n) && n == (int64_t)values[i]);
        buf_clear(&text);
        num_percent(&text, values[i] / 5.5e12, 1);
        assert_true(num_parse_share(buf_text(&text), &v) && fabs(v - values[i] / 5.5e12) <= 0.0005);
        buf_release(&text);
        buf_release(&again);
    }
}

/* A field of megabytes is not quoted whole: beginning and end tell which it was and what is wrong with it. */
static void test_err_bounds_what_it_quotes(void **state)
{
    (void)state;
    enum { MANY = 5000000 };
    char *field = malloc(MANY + 1);
    struct err e = {0}, again = {0};
    for (int i = 0; i < MANY; i++)
        field[i] = i % 2 ? '\xa9' : '\xc3';
    field[MANY] = '\0';
    err_set(&e, ERR_UNREADABLE, "t.csv line 2: '%s' is no number", field);
    err_hint(&e, "%s is known", field);
    err_place(&e, "%s", field);
    assert_true(strlen(e.message) <= 2 * ERR_MESSAGE_MOST + 2);
    assert_true(strlen(e.hint) <= ERR_HINT_MOST);
    assert_non_null(strstr(e.message, "t.csv line 2: '\xc3\xa9"));
    assert_non_null(strstr(e.message, "\xc3\xa9 ... \xc3\xa9"));
    assert_non_null(strstr(e.message, "\xc3\xa9' is no number"));
    assert_null(strstr(e.message, "\\x"));
    err_set(&again, e.code, "%s. 3 more", e.message);
    assert_non_null(strstr(again.message, "is no number. 3 more"));
    err_release(&again);
    err_release(&e);
    field[ERR_MESSAGE_MOST] = '\0'; /* what fits is whole */
    err_set(&e, ERR_UNREADABLE, "%s", field);
    assert_string_equal(e.message, field);
    err_release(&e);
    free(field);
}

static void test_text_decodes_only_valid_utf8(void **state)
{
    (void)state;
    size_t n;
    assert_int_equal(text_decode("\xc3\xa9", 2, &n), 0xe9);
    assert_int_equal(n, 2);
    const char *bad[] = {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(text_decode(bad[i], strlen(bad[i]), &n), 0xfffd);
        assert_int_equal(n, 1);
    }
    assert_int_equal(text_columns("a\xcc\x81\xe6\xbc\xa2"), 3);
}

static void test_text_nearest_word(void **state)
{
    (void)state;
    const char *const words[] = {"open", "prune", "protect", NULL};
    assert_string_equal(text_nearest("prnue", words), "prune");
    assert_string_equal(text_nearest("opne", words), "open");
    assert_null(text_nearest("zzzzzz", words));
    assert_true(text_matches("fc*", "fc1"));
    assert_true(text_matches("*.conv?*", "a.conv?1"));
    assert_false(text_matches("fc", "fc1"));
}

static void test_json_round_trip_and_unknown_is_null(void **state)
{
    (void)state;
    struct json *j = json_object();
    json_put_int(j, "n", 13696);
    json_put_num(j, "delta", 0.0 / 0.0);
    json_put_text(j, "name", "a\x1b");
    json_push_int(json_put_array(j, "list"), 9007199254740991);
    struct buf b = {0};
    json_print(j, &b);
    assert_string_equal(buf_text(&b),
                        "{\"n\":13696,\"delta\":null,\"name\":\"a\\\\x1b\",\"list\":[9007199254740991]}");
    json_free(j);
    buf_release(&b);
}

/* What a parsed text may hold and a terminal must not get: said in JSON's own way, or taken out of a copy for people. */
static void test_json_lets_no_control_out(void **state)
{
    (void)state;
    static const char text[] = "{\"k\\u009b\":[\"a\\u001b[2J\",{\"b\":\"\\u007f\xff\\n#9\"}]}";
    struct buf b = {0};
    struct json *j = json_parse(text, strlen(text), "t", NULL), *safe = json_escaped(j);
    json_print(j, &b);
    assert_string_equal(buf_text(&b), "{\"k\\u009b\":[\"a\\u001b[2J\",{\"b\":\"\\u007f\\\\xff\\u000a#9\"}]}");
    const struct json *list = json_first(safe);
    assert_string_equal(json_name(list), "k\\xc2\\x9b");
    assert_string_equal(json_str(json_first(list)), "a\\x1b[2J");
    assert_string_equal(json_str(json_get(json_next(json_first(list)), "b")), "\\x7f\\xff\\x0a#9");
    json_free(safe);
    json_free(j);
    buf_release(&b);
}

static void test_json_refuses_deep_nesting_and_names_the_line(void **state)
{
    (void)state;
    char deep[3001];
    memset(deep, '[', 3000);
    deep[3000] = '\0';
    struct err e = {0};
    assert_null(json_parse(deep, 3000, "d.json", &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    err_release(&e);
    const char *bad = "{\n\"a\": 1,\n\"b\" 2}";
    assert_null(json_parse(bad, strlen(bad), "d.json", &e));
    assert_non_null(strstr(e.message, "d.json, line 3"));
    err_release(&e);
}

static void test_paths(void **state)
{
    (void)state;
    assert_true(file_stays_inside("weights/a.bin"));
    assert_true(file_stays_inside("..a"));
    assert_false(file_stays_inside("../a"));
    assert_false(file_stays_inside("a/../../b"));
    assert_false(file_stays_inside("a/.."));
    assert_false(file_stays_inside("/etc/passwd"));
    char *joined = file_join("a/b", "c"), *folder = file_folder("/x");
    assert_string_equal(joined, "a/b/c");
    assert_string_equal(folder, "/");
    free(joined);
    free(folder);
}

static void test_file_errors_name_the_path(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf b = {0};
    assert_false(file_read("/nowhere/x", 100, &b, &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    assert_non_null(strstr(e.message, "/nowhere/x"));
    err_release(&e);
    assert_false(file_read("/dev/zero", 100, &b, &e));
    err_release(&e);
    assert_false(file_write("/nowhere/x", "a", 1, &e));
    assert_int_equal(e.code, ERR_IO);
    err_release(&e);
    buf_release(&b);
}

static void test_file_write_never_replaces_a_pipe(void **state)
{
    (void)state;
    char folder[] = "/tmp/poda-base-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *pipe_path = file_join(folder, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    struct err e = {0};
    assert_false(file_write(pipe_path, "a", 1, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.message, "not a regular file"));
    err_release(&e);
    struct stat st;
    assert_int_equal(lstat(pipe_path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(unlink(pipe_path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(pipe_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_of_abc),
        cmocka_unit_test(test_philox_known_answers),
        cmocka_unit_test(test_splitmix64_first_output),
        cmocka_unit_test(test_permutation_holds_each_once),
        cmocka_unit_test(test_err_keeps_the_first_message),
        cmocka_unit_test(test_err_tells_in_one_line),
        cmocka_unit_test(test_err_escapes_names_from_files),
        cmocka_unit_test(test_portion_rounds_half_to_even),
        cmocka_unit_test(test_numbers_for_people),
        cmocka_unit_test(test_numbers_are_read_strictly),
        cmocka_unit_test(test_printed_numbers_are_read_back),
        cmocka_unit_test(test_err_bounds_what_it_quotes),
        cmocka_unit_test(test_text_decodes_only_valid_utf8),
        cmocka_unit_test(test_text_nearest_word),
        cmocka_unit_test(test_json_round_trip_and_unknown_is_null),
        cmocka_unit_test(test_json_lets_no_control_out),
        cmocka_unit_test(test_json_refuses_deep_nesting_and_names_the_line),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_file_errors_name_the_path),
        cmocka_unit_test(test_file_write_never_replaces_a_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
