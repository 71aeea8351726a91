/* The command line: editing, completion of every kind of word, lines typed before, errors that leave the line open. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/complete.h"
#include "app/edit.h"
#include "app/keys.h"
#include "app/prompt.h"
#include "engine/base/json.h"
#include "tests/unit/util_typed.h"

static const char *line(const struct typed *t)
{
    return buf_text(&t->ui.typed);
}

/* The line with '|' where the caret is. */
static void edited(const char *keys, const char *expect)
{
    struct typed t;
    char got[256];
    typed_open(&t);
    typed_keys(&t, ":");
    typed_keys(&t, keys);
    snprintf(got, sizeof got, "%.*s|%s", (int)t.ui.caret, line(&t), line(&t) + t.ui.caret);
    assert_string_equal(got, expect);
    typed_release(&t);
}

static void test_keys_edit_the_line(void **state)
{
    (void)state;
    edited("'undo", "undo|");
    edited("'undo Left Left x", "unx|do");
    edited("'undo Home Right Delete", "u|do");
    edited("'undo C-a C-k 'redo", "redo|");
    edited("'prune Space '0.8 C-w '0.5", "prune 0.5|");
    edited("'prune Space Space C-w", "|");
    edited("'prune Space '0.8 C-a C-e Backspace", "prune 0.|");
    edited("'prune Space '0.8 Left C-u", "|8");
    edited("'undo End Delete Right Right", "undo|");
    edited("'undo Home Left Left Backspace", "|undo");
}

/* A wide character is one; so is a letter with a mark that combines with it. */
static void test_characters_are_whole(void **state)
{
    (void)state;
    edited("'日本 Left Backspace", "|本");
    edited("'日本 Backspace", "日|");
    edited("'e\xcc\x81t Left Left Delete", "|t");
    edited("'ae\xcc\x81 Backspace", "a|");
    edited("'aé Left Delete", "a|");
}

static void test_a_line_has_an_end(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ":");
    for (int i = 0; i < EDIT_MOST + 100; i++)
        ui_key(&t->ui, "x", true, 0);
    assert_int_equal(t->ui.typed.len, EDIT_MOST);
}

static void completed(struct typed *t, const char *typed, const char *expect)
{
    typed_keys(t, "Esc :");
    typed_text(t, typed);
    typed_keys(t, "Tab");
    if (strcmp(line(t), expect) != 0)
        print_message("%s\n", typed);
    assert_string_equal(line(t), expect);
}

static void test_tab_completes(void **state)
{
    struct typed *t = *state;
    completed(t, "pru", "prune ");
    completed(t, "xyz", "xyz");
    completed(t, "xpor", "export ");
    completed(t, "scr", "screen ");
    completed(t, "screen cu", "screen curve ");
    completed(t, "prune 0.5 crit", "prune 0.5 criterion=");
    completed(t, "prune 0.5 criterion=ra", "prune 0.5 criterion=random ");
    completed(t, "prune 0.5 layers=fc1,fc2", "prune 0.5 layers=fc1,fc2 ");
    completed(t, "prune 0.5 layers=fc1,2", "prune 0.5 layers=fc1,fc2 ");
    completed(t, "eval split=te", "eval split=test ");
    completed(t, "neuron 2", "neuron fc2/");
    completed(t, "neuron fc2/63", "neuron fc2/63 ");
    completed(t, "cut fc1/3/41", "cut fc1/3/41 ");
    completed(t, "cut fc1/3/99", "cut fc1/3/99");
    completed(t, "protect inp", "protect input:");
    completed(t, "protect input:ag", "protect input:age ");
    completed(t, "protect input:pri", "protect \"input:prior stays\" ");
    completed(t, "protect layer:3", "protect layer:fc3 ");
    completed(t, "protect unit:fc3/1", "protect unit:fc3/1 ");
    completed(t, "protect link:fc3/1/", "protect link:fc3/1/0 ");
    completed(t, "goto ha", "goto half ");
    completed(t, "goto ", "goto 3 ");
    completed(t, "diff 1 ha", "diff 1 half ");
    completed(t, "look fc3", "look fc3/");
    completed(t, "eval test ", "eval test split=");
}

/* What follows the caret stays. */
static void test_the_middle_of_a_line_is_completed(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ":");
    typed_text(t, "prune 0.5 cri scope=layer");
    for (int i = 0; i < 12; i++)
        typed_keys(t, "Left");
    typed_keys(t, "Tab");
    assert_string_equal(line(t), "prune 0.5 criterion= scope=layer");
    typed_keys(t, "'ran Tab");
    assert_string_equal(line(t), "prune 0.5 criterion=random scope=layer");
}

static void test_files_come_from_beside(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ":");
    typed_text(t, "open samples/re");
    assert_string_equal(buf_text(&t->asides), "folder \nfolder samples/\n");
    typed_put(t, BOARD_FOLDER,
              "{\"folder\":\"samples/\",\"files\":[{\"name\":\".git\",\"folder\":true},{\"name\":\"my "
              "model.onnx\"},{\"name\":\"readmit\",\"folder\":true}]}");
    typed_keys(t, "Tab");
    assert_string_equal(line(t), "open samples/readmit/");
    completed(t, "open samples/my", "open \"samples/my model.onnx\" ");
    completed(t, "open samples/", "open \"samples/my model.onnx\" ");
    completed(t, "open samples/.g", "open samples/.git/");
    completed(t, "predict samples/r", "predict samples/readmit/");
}

static void test_the_list_is_walked(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ":");
    typed_text(t, "prune 0.5 scope=");
    typed_keys(t, "C-n C-n Enter");
    assert_string_equal(line(t), "prune 0.5 scope=layer ");
    assert_int_equal(t->ui.prompt, PROMPT_COMMAND);
    typed_keys(t, "Enter");
    assert_int_equal(t->ui.prompt, PROMPT_NONE);
    assert_non_null(strstr(buf_text(&t->posted), "command prune 0.5 scope=layer \n"));
}

static void test_lines_come_back(void **state)
{
    struct typed *t = *state;
    typed_put(t, BOARD_RECALL, "{\"lines\":[\"eval\",\"eval\",\"prune 0.1\"]}");
    assert_int_equal(t->ui.recall.n, 2);
    typed_keys(t, ": 'undo Enter : 'undo Enter");
    assert_int_equal(t->ui.recall.n, 3);
    assert_string_equal(buf_text(&t->asides), "typed undo\n");
    typed_keys(t, ": Up");
    assert_string_equal(line(t), "undo");
    typed_keys(t, "Up Up Up Up");
    assert_string_equal(line(t), "eval");
    typed_keys(t, "Down Down Down");
    assert_string_equal(line(t), "");
    typed_keys(t, "'pr Up"); /* only those that begin so */
    assert_string_equal(line(t), "prune 0.1");
    typed_keys(t, "Down");
    assert_string_equal(line(t), "pr");
}

static void test_lines_are_bounded(void **state)
{
    (void)state;
    struct recall r = {0};
    for (int i = 0; i < RECALL_MOST + 10; i++) {
        char text[32];
        snprintf(text, sizeof text, "prune 0.%d", i);
        recall_add(&r, text);
    }
    recall_add(&r, "");
    assert_int_equal(r.n, RECALL_MOST);
    assert_string_equal(r.lines[0], "prune 0.10");
    recall_release(&r);
}

static void says(const struct typed *t, const char *part)
{
    if (!t->ui.message || !strstr(t->ui.message, part))
        print_message("says: %s\n", t->ui.message ? t->ui.message : "nothing");
    assert_true(t->ui.message && strstr(t->ui.message, part));
}

static void test_errors_leave_the_line_open(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ": 'prnue Space '0.5 Enter");
    says(t, "no command prnue. did you mean prune?");
    assert_int_equal(t->ui.prompt, PROMPT_COMMAND);
    assert_string_equal(line(t), "prnue 0.5");
    assert_int_equal(t->posted.len, 0);
    typed_keys(t, "Home Right Right Right Right Right Tab"); /* the nearest word is offered */
    assert_string_equal(line(t), "prune 0.5");
    assert_int_equal(t->ui.notice, NOTICE_NONE);
    completed(t, "prune 0.5 scoop=layer", "prune 0.5 scoop=layer");
    typed_keys(t, "Enter");
    says(t, "did you mean scope=?");
    typed_keys(t, "Esc : 'goto Enter");
    says(t, "a word is missing");
    typed_keys(t, "Esc : 'note Space '\"open Enter");
    says(t, "not closed");
    typed_keys(t, "Esc : 'screen Space 'hsitory Enter");
    says(t, "no screen 'hsitory'; known: overview strategy curve");
    typed_keys(t, "Esc : 'look Space 'fc9 Enter");
    says(t, "no layer fc9");
    assert_int_equal(t->ui.prompt, PROMPT_COMMAND);
}

/* What the worker refuses comes back as well, unless a key was pressed since. */
static void test_a_late_error_brings_the_line_back(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ": 'goto Space '99 Enter");
    assert_int_equal(t->ui.prompt, PROMPT_NONE);
    typed_fail(t, "goto 99", "no step 99");
    assert_int_equal(t->ui.prompt, PROMPT_COMMAND);
    assert_string_equal(line(t), "goto 99");
    says(t, "no step 99");
    typed_keys(t, "Enter 1");
    typed_fail(t, "goto 99", "no step 99");
    assert_int_equal(t->ui.prompt, PROMPT_NONE);
    says(t, "no step 99");
    typed_put(t, BOARD_STATUS, "{\"step\":3}");
    typed_keys(t, "a 'lossy Enter"); /* so does a note */
    typed_fail(t, "note lossy", "may only be read");
    assert_string_equal(line(t), "note lossy");
    says(t, "may only be read");
}

/* A whole prune is worked out while it is typed, and forgotten when it is not run. */
static void test_a_prune_is_foreseen(void **state)
{
    struct typed *t = *state;
    struct buf out = {0};
    typed_keys(t, ":");
    typed_text(t, "prune 0.");
    assert_string_equal(buf_text(&t->posted), "preview prune 0\npreview prune 0.\n");
    typed_text(t, "8");
    typed_put(t, BOARD_DRAFT,
              "{\"kept\":2739,\"prunable\":13696,\"dead\":79,\"cut_inputs\":[\"age "
              "80+\"],\"command\":\"prune 0.8\"}");
    typed_draw(t, 100, 30, &out);
    assert_non_null(
        strstr(buf_text(&out), "keeps 2,739 of 13,696 weights, 79 dead units, 1 input cut off: prune 0.8"));
    typed_keys(t, "Esc");
    assert_non_null(strstr(buf_text(&t->posted), "undraft \n"));
    typed_put(t, BOARD_DRAFT, "{\"kept\":1}"); /* too late */
    assert_null(t->ui.board.item[BOARD_DRAFT]);
    buf_release(&out);
}

static void test_usage_follows_the_caret(void **state)
{
    struct typed *t = *state;
    struct buf out = {0};
    typed_keys(t, ": 'diff Space");
    typed_draw(t, 100, 30, &out);
    assert_non_null(strstr(buf_text(&out), "diff STEP STEP  such as: diff 2 3"));
    typed_keys(t, "C-u");
    typed_text(t, "prune 0.5 scope=");
    typed_draw(t, 80, 24, &out);
    assert_non_null(strstr(buf_text(&out), "scope=global|layer"));
    buf_release(&out);
}

/* A key's command is text that the prompt takes: a view command or one of the session. */
static void test_every_key_runs_a_known_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < key_row_count; i++) {
        struct words w;
        assert_true(words_parse(key_rows[i].command, &w, NULL));
        assert_non_null(w.verb);
        if (!ui_knows(w.verb) && !cmd_check(key_rows[i].command, NULL))
            print_message("key %s runs %s\n", key_rows[i].key, key_rows[i].command);
        assert_true(ui_knows(w.verb) || cmd_check(key_rows[i].command, NULL));
        words_release(&w);
    }
    for (size_t i = 0; ui_command(i); i++) /* one word, one meaning */
        assert_null(cmd_find(ui_command(i)));
}

static void test_view_commands_can_be_typed(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ": 'screen Space 'history Enter");
    assert_int_equal(t->ui.screen, VIEW_HISTORY);
    typed_keys(t, ": 'look Space 'fc2/7 Enter");
    assert_int_equal(t->ui.screen, VIEW_NEURON);
    assert_int_equal(t->ui.at.layer, 1);
    assert_int_equal(t->ui.at.unit, 7);
}

/* Whatever stands before the caret, completing neither fails nor leaves the line. */
static void test_any_line_can_be_completed(void **state)
{
    struct typed *t = *state;
    static const char *const lines[] = {"",
                                        " ",
                                        "\"",
                                        "a\"b c",
                                        "prune =",
                                        "prune a=\"",
                                        "  prune  0.5 ",
                                        "=",
                                        "x=y z=",
                                        "protect \"input:a",
                                        "goto \\",
                                        "layers alone=",
                                        "日本 "};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (size_t caret = 0; caret <= strlen(lines[i]); caret++) {
            struct scratch memory = {0};
            struct caret_word w = complete_word(lines[i], caret, &memory);
            assert_true(w.from <= caret && w.to <= strlen(lines[i]) && w.from <= w.to);
            scratch_release(&memory);
            typed_keys(t, "Esc :");
            typed_text(t, lines[i]);
            t->ui.caret = caret;
            typed_keys(t, "Tab C-n C-p");
        }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, typed_set_up, typed_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_keys_edit_the_line),
        TEST(test_characters_are_whole),
        TEST(test_a_line_has_an_end),
        TEST(test_tab_completes),
        TEST(test_the_middle_of_a_line_is_completed),
        TEST(test_files_come_from_beside),
        TEST(test_the_list_is_walked),
        TEST(test_lines_come_back),
        TEST(test_lines_are_bounded),
        TEST(test_errors_leave_the_line_open),
        TEST(test_a_late_error_brings_the_line_back),
        TEST(test_a_prune_is_foreseen),
        TEST(test_usage_follows_the_caret),
        TEST(test_every_key_runs_a_known_command),
        TEST(test_view_commands_can_be_typed),
        TEST(test_any_line_can_be_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
