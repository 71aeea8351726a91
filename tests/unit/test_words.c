/* app/cmd/words and app/fail_if: the command language taken apart and put together; limits on results. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "app/cmd/cmd.h"
#include "app/cmd/words.h"
#include "app/fail_if.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"

static void test_words_and_keys(void **state)
{
    (void)state;
    struct words w;
    struct err e = {0};
    assert_true(words_parse("prune 0.8 layers=fc1,fc2 seed=7 # why not", &w, &e));
    assert_string_equal(w.verb, "prune");
    assert_int_equal(w.n_args, 1);
    assert_string_equal(w.args[0], "0.8");
    assert_string_equal(words_key(&w, "layers"), "fc1,fc2");
    assert_string_equal(words_key(&w, "seed"), "7");
    assert_null(words_key(&w, "norm"));
    words_release(&w);
}

static void test_quotes(void **state)
{
    (void)state;
    struct words w;
    struct err e = {0};
    assert_true(words_parse("note \"a \\\"b\\\" \\\\ c=d # e\" key=\"x y\"", &w, &e));
    assert_int_equal(w.n_args, 1);
    assert_string_equal(w.args[0], "a \"b\" \\ c=d # e");
    assert_string_equal(words_key(&w, "key"), "x y");
    words_release(&w);
}

static void test_blank_lines_and_comments_have_no_verb(void **state)
{
    (void)state;
    const char *const lines[] = {"", "   \t", "# only words", "   # too"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct words w;
        assert_true(words_parse(lines[i], &w, NULL));
        assert_null(w.verb);
        words_release(&w);
    }
}

static void test_mistakes_are_usage_errors(void **state)
{
    (void)state;
    const char *const lines[] = {"note \"open", "prune =3", "prune \"a b\"=3", "prune a=1 a=2"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct words w;
        struct err e = {0};
        assert_false(words_parse(lines[i], &w, &e));
        assert_int_equal(e.code, ERR_USAGE);
        err_release(&e);
    }
}

/* parse(print(x)) == x, also for words that look like keys, quotes or comments. */
static void test_printing_reads_back(void **state)
{
    (void)state;
    const char *const lines[] = {"note \"a=b\"",
                                 "note \"\"",
                                 "sql \"SELECT * FROM step WHERE command = 'x' # no\"",
                                 "protect \"input:radius, mean\"",
                                 "open /a\\ b/c.onnx",
                                 "data x.csv label=\"the label\"",
                                 "prune 0.5 layers=a,b"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct words a, b;
        struct buf text = {0};
        assert_true(words_parse(lines[i], &a, NULL));
        words_print(&a, &text);
        assert_true(words_parse(buf_text(&text), &b, NULL));
        assert_int_equal(a.n_args, b.n_args);
        assert_int_equal(a.n_keys, b.n_keys);
        for (int k = 0; k < a.n_args; k++)
            assert_string_equal(a.args[k], b.args[k]);
        for (int k = 0; k < a.n_keys; k++) {
            assert_string_equal(a.keys[k].key, b.keys[k].key);
            assert_string_equal(a.keys[k].value, b.keys[k].value);
        }
        words_release(&a);
        words_release(&b);
        buf_release(&text);
    }
}

/* Every row of the table is whole, its name is unique, and its usage parses to its own verb. */
static void test_every_command_row(void **state)
{
    (void)state;
    for (const struct command *const *c = commands; *c; c++) {
        struct words w;
        assert_non_null((*c)->about);
        assert_non_null((*c)->run);
        assert_non_null((*c)->say);
        assert_true(words_parse((*c)->usage, &w, NULL));
        assert_string_equal(w.verb, (*c)->name);
        assert_in_range(w.n_args, (*c)->min_args, (*c)->max_args);
        words_release(&w);
        assert_ptr_equal(cmd_find((*c)->name), *c);
    }
}

static bool holds(const char *expression, const struct json *result)
{
    struct limit l;
    bool yes = false;
    assert_true(limit_parse(expression, &l, NULL));
    assert_true(limit_holds(&l, result, &yes, NULL));
    return yes;
}

static void test_limits(void **state)
{
    (void)state;
    struct json *r = json_object();
    json_put_num(r, "delta", -0.03);
    json_put_int(r, "changed", 12);
    json_put_null(r, "accuracy");
    json_put_int(json_put_object(r, "sizes"), "csr", 100);
    assert_true(holds("delta < -0.02", r));
    assert_false(holds("delta<-0.04", r));
    assert_true(holds("changed >= 12", r));
    assert_false(holds("changed != 12", r));
    assert_true(holds("sizes.csr == 100", r));
    assert_true(holds("delta < -2%", r));
    assert_false(holds("delta < -4% ", r));
    assert_true(holds("sizes.csr < 90 KiB", r));
    assert_true(holds("sizes.csr == 100 B", r));
    assert_false(holds("changed > 1,234", r));
    struct limit l;
    bool yes;
    struct err e = {0};
    assert_true(limit_parse("accuracy < 0.5", &l, NULL));
    assert_false(limit_holds(&l, r, &yes, &e)); /* unknown is not 0 */
    err_release(&e);
    assert_false(limit_parse("delta", &l, &e));
    err_release(&e);
    assert_false(limit_parse("delta < many", &l, &e));
    assert_int_equal(e.code, ERR_USAGE);
    err_release(&e);
    json_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_keys),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_blank_lines_and_comments_have_no_verb),
        cmocka_unit_test(test_mistakes_are_usage_errors),
        cmocka_unit_test(test_printing_reads_back),
        cmocka_unit_test(test_every_command_row),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
