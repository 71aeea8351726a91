/* Which option belongs to which verb: what a verb takes has an effect there, anything else is refused by name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "app/verbs.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

/* The words of a line behind the program's name; the error is left in *e. */
static bool reads(const char *line, struct options *o, struct err *e)
{
    char text[256], *argv[16] = {(char *)(uintptr_t) "poda"}, *rest = text;
    int argc = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *word; (word = strtok_r(rest, " ", &rest));)
        argv[argc++] = word;
    bool ok = options_read(argc, argv, o, e);
    options_release(o);
    return ok;
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *line, *message, *hint;
    } rows[] = {
        {"exec -o x sizes", "exec takes no -o", "-o goes with dump;"},
        {"-o x exec sizes", "exec takes no -o", "-o goes with dump;"},
        {"sessions repair s.db -o x", "sessions takes no -o", "dump"},
        {"m.onnx -o x", "the explorer takes no -o", "dump"},
        {"m.onnx --echo", "the explorer takes no --echo", "--echo goes with run;"},
        {"exec --echo sizes", "exec takes no --echo", "run"},
        {"where --json", "where takes no --json", "--json goes with exec, run, replay;"},
        {"dump --fail-if x", "dump takes no --fail-if", "exec, run"},
        {"dump --color never", "dump takes no --color", "the explorer"},
        {"replay s.db --session t.db", "replay takes no --session", "exec, run, dump, the explorer"},
        {"exec --verify", "exec takes no --verify", "replay"},
        {"help --screen=x", "help takes no --screen", "dump"},
        {"where --accessible", "where takes no --accessible", "exec, run"},
        {"--plain", "no option --plain", "lists all"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct options o;
        struct err e = {0};
        assert_false(reads(rows[i].line, &o, &e));
        assert_int_equal(e.code, ERR_USAGE);
        assert_string_equal(e.message, rows[i].message);
        if (!strstr(e.hint, rows[i].hint))
            fail_msg("%s: %s", rows[i].line, e.hint);
        err_release(&e);
    }
}

/* Every word of a verb's row is an option, takes a value or none, and stands in the verb's help; and help is for all. */
static void test_the_rows_name_options(void **state)
{
    (void)state;
    for (const struct verb *const *v = verbs; *v; v++) {
        char text[512], *rest = text, line[128];
        struct buf help = {0};
        struct options o;
        snprintf(text, sizeof text, "%s", (*v)->options);
        options_print(*v, &help);
        for (char *word; (word = strtok_r(rest, " ", &rest));) {
            struct err e = {0};
            snprintf(line, sizeof line, "%s %s 1", (*v)->name, word);
            if (!reads(line, &o, &e))
                fail_msg("%s: %s", line, e.message);
            if (!strstr(buf_text(&help), word))
                fail_msg("help of %s lacks %s", (*v)->name, word);
        }
        buf_release(&help);
        snprintf(line, sizeof line, "%s -o x --plain", (*v)->name);
        assert_false(reads(line, &o, NULL));
        snprintf(line, sizeof line, "%s -o x --help", (*v)->name);
        assert_true(reads(line, &o, NULL));
        assert_true(o.help);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_refused),
                                       cmocka_unit_test(test_the_rows_name_options)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
