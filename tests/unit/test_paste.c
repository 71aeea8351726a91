/* Pasted text in bulk and without its end: the keyboard comes back, nothing of it runs as keys, and time grows with its length. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/edit.h"
#include "tests/unit/util_hands.h"
#include "tests/unit/util_pty.h"

enum { MANY = 1 << 20 };

/* Wherever letters are typed: into the line, a search, the palette, the help. */
static void test_a_megabyte_costs_little(void **state)
{
    static const char *const places[] = {":", "/", "C-p", "?"};
    struct hands_rig *r = *state;
    char *text = malloc(MANY + 1);
    memset(text, 'x', MANY);
    for (size_t i = 0; i < MANY; i += 6)
        text[i] = i % 4096 ? ' ' : '\n';
    text[MANY] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        rig_keys(r, places[i]);
        clock_t before = clock();
        rig_paste(r, text);
        double taken = (double)(clock() - before) / CLOCKS_PER_SEC;
        if (taken > 0.25)
            fail_msg("a megabyte pasted at %s took %.2f s", places[i], taken);
        const struct buf *line = r->ui.help ? &r->ui.help_search : &r->ui.typed;
        assert_int_equal(line->len, EDIT_MOST);
        if (!strstr(r->ui.message, "a line holds 4096 bytes"))
            fail_msg("pasted at %s: %s", places[i], r->ui.message);
        rig_keys(r, "Esc Esc Esc");
    }
    free(text);
}

/* What does not fit whole is left out, up to a character. */
static void test_a_full_line_takes_no_half_characters(void **state)
{
    struct hands_rig *r = *state;
    char text[EDIT_MOST + 8];
    memset(text, 'x', EDIT_MOST - 1);
    strcpy(text + EDIT_MOST - 1, "\xc3\xa9y");
    rig_keys(r, ":");
    rig_paste(r, text);
    assert_int_equal(r->ui.typed.len, EDIT_MOST - 1);
    rig_paste(r, "Enter"); /* no key of that name */
    assert_int_equal(r->ui.prompt, PROMPT_COMMAND);
    assert_int_equal(r->ui.typed.len, EDIT_MOST);
}

static void test_without_its_end(void **state)
{
    struct pty p;
    (void)state;
    pty_open(&p, 100, 30, "TERM=xterm -- samples/breast-cancer/model.onnx");
    pty_type(&p, "\033[200~Q2\r:prune 0.5\r");
    pty_settle(&p, 1); /* comes back after the silence that ends it */
    assert_non_null(strstr(buf_text(&p.out), "^C gives it up"));
    assert_non_null(strstr(buf_text(&p.out), "not run as keys"));
    pty_type(&p, "9");
    pty_settle(&p, 1);
    assert_non_null(strstr(buf_text(&p.out), "History"));
    assert_null(strstr(buf_text(&p.out), "prune 0.5"));
    assert_int_equal(pty_end(&p), 0);
    pty_release(&p);
}

static void test_given_up(void **state)
{
    struct pty p;
    (void)state;
    pty_open(&p, 100, 30, "TERM=xterm -- samples/breast-cancer/model.onnx");
    pty_type(&p, ":\033[200~Q2\r:prune 0.5\r\003Q\r");
    pty_settle(&p, 2);
    assert_non_null(strstr(buf_text(&p.out), "nothing of it was taken"));
    pty_type(&p, "\003");
    pty_settle(&p, 1);
    pty_type(&p, "2");
    pty_settle(&p, 1);
    assert_non_null(strstr(buf_text(&p.out), "What it costs"));
    assert_int_equal(pty_end(&p), 0);
    pty_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_megabyte_costs_little, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_line_takes_no_half_characters, rig_set_up, rig_tear_down),
        cmocka_unit_test(test_without_its_end),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
