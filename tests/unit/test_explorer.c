/* The explorer's history, help and search without a terminal: keys go in, requests and screens come out. Golden files of the help
 * of each screen and of the history's states: tests/golden/explorer-NAME.txt, renewed by GENERATE=1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/cmd/cmd.h"
#include "app/find.h"
#include "app/glossary.h"
#include "app/keys.h"
#include "app/scene/tree.h"
#include "app/screens.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "tests/unit/util_board.h"
#include "views/dump.h"

/* #4 and #7 have the same mask; #5 is hidden, its child #6 is not; #8 opens another root. */
static const char steps[] =
    "{\"steps\":["
    "{\"step\":1,\"parent\":0,\"command\":\"open /m/readmit/model.onnx hash=00ff "
    "zeros=keep\",\"mask\":\"aa\",\"kept\":100,"
    "\"sparsity\":0,\"bytes\":null,\"tags\":[],\"notes\":[],\"noted\":[],\"accuracy\":0.84,\"here\":false,"
    "\"hidden\":false,"
    "\"broken\":false,\"time\":1700000000000000,\"hash\":\"1111111111111111aa\"},"
    "{\"step\":2,\"parent\":1,\"command\":\"data /m/readmit/dataset.json hash=00ff "
    "skip_bad=no\",\"mask\":\"aa\",\"kept\":100,"
    "\"sparsity\":0,\"tags\":[],\"notes\":[],\"noted\":[],\"accuracy\":0.84,\"here\":false,\"hidden\":false,"
    "\"time\":"
    "1700000060000000,\"hash\":\"22\"},"
    "{\"step\":3,\"parent\":2,\"command\":\"prune 0.5 criterion=magnitude structure=weight scope=global "
    "seed=1\",\"mask\":\"bb\","
    "\"kept\":50,\"sparsity\":0.5,\"bytes\":250,\"tags\":[\"shortlist\"],\"notes\":[],\"noted\":[],"
    "\"accuracy\":0.84,\"here\":"
    "false,\"hidden\":false,\"time\":1700000120000000,\"hash\":\"33\"},"
    "{\"step\":4,\"parent\":3,\"command\":\"prune 0.8 criterion=magnitude structure=weight scope=global "
    "seed=1\",\"mask\":\"cc\","
    "\"kept\":20,\"sparsity\":0.8,\"bytes\":110,\"tags\":[],\"notes\":[\"Clinic: losing age is not "
    "acceptable for discharge "
    "planning. Try protecting "
    "it.\",\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\"],\"noted\":[1700000300000000,1700000400000000],"
    "\"accuracy\":0.82,\"here\":false,\"hidden\":false,\"time\":1700000180000000,\"hash\":\"44\"},"
    "{\"step\":5,\"parent\":2,\"command\":\"prune 0.6 "
    "structure=unit\",\"mask\":\"dd\",\"kept\":40,\"sparsity\":0.6,\"tags\":[],"
    "\"notes\":[],\"noted\":[],\"accuracy\":null,\"here\":false,\"hidden\":true,\"time\":1700000240000000,"
    "\"hash\":\"55\"},"
    "{\"step\":6,\"parent\":5,\"command\":\"protect "
    "input:age\",\"mask\":\"dd\",\"kept\":40,\"sparsity\":0.6,\"tags\":"
    "[\"candidate\"],\"notes\":[],\"noted\":[],\"accuracy\":0.8,\"here\":true,\"hidden\":false,\"time\":"
    "1700086400000000,"
    "\"hash\":\"66\"},"
    "{\"step\":7,\"parent\":2,\"command\":\"prune 0.8 "
    "scope=layer\",\"mask\":\"cc\",\"kept\":20,\"sparsity\":0.8,\"bytes\":110,"
    "\"tags\":[],\"notes\":[],\"noted\":[],\"accuracy\":null,\"here\":false,\"hidden\":false,\"time\":"
    "1700086460000000,\"hash\":"
    "\"7777777777777777ff\",\"broken\":true}]}";
static const char difference[] = "{\"a\":2,\"b\":4,\"differences\":[{\"what\":\"weights\",\"added\":0,"
                                 "\"removed\":80}],\"same_mask\":false,\"delta\":-0.02,"
                                 "\"delta_low\":-0.03,\"delta_high\":-0.01,\"n\":4096}";

static struct json *parsed(const char *text)
{
    struct json *j = json_parse(text, strlen(text), "test", NULL);
    assert_non_null(j);
    return j;
}

/* A ui with a history but no session: requests are recorded and answered by nobody. */
static void record(void *data, enum request_kind kind, const char *line)
{
    (void)kind;
    buf_printf(&((struct bench *)data)->posted, "%s\n", line);
}

static void begin(struct bench *b)
{
    setenv("TZ", "UTC", 1);
    tzset();
    *b = (struct bench){0};
    const struct ui_port port = {.post = record, .data = b};
    ui_init(&b->ui, &port);
    board_put(&b->ui.board, BOARD_MODEL, parsed("{\"name\":\"readmit\"}"));
    board_put(&b->ui.board, BOARD_STATUS, parsed("{\"step\":6,\"bytes\":98304,\"path\":\"/s.db\"}"));
    board_put(&b->ui.board, BOARD_HISTORY, parsed(steps));
}

static void end(struct bench *b)
{
    buf_release(&b->posted);
    ui_release(&b->ui);
}

static bool posted(struct bench *b, const char *line)
{
    bool any = strstr(buf_text(&b->posted), line) != NULL;
    buf_clear(&b->posted);
    return any;
}

static void shows(struct bench *b, const char *text)
{
    char *screen = bench_screen(b, 100, 30);
    if (!strstr(screen, text))
        print_message("no '%s' in\n%s", text, screen);
    assert_non_null(strstr(screen, text));
    free(screen);
}

static void golden(struct bench *b, const char *name, int w, int h)
{
    struct buf path = {0}, kept = {0};
    char *screen = bench_screen(b, w, h);
    buf_printf(&path, "tests/golden/explorer-%s-%dx%d.txt", name, w, h);
    if (getenv("GENERATE"))
        assert_true(file_write(buf_text(&path), screen, strlen(screen), NULL));
    assert_true(file_read(buf_text(&path), 1 << 20, &kept, NULL));
    if (strcmp(buf_text(&kept), screen) != 0)
        print_message("%s differs:\n%s", buf_text(&path), screen);
    assert_string_equal(buf_text(&kept), screen);
    buf_release(&path);
    buf_release(&kept);
    free(screen);
}

static void test_history_states(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    bench_keys(&b, "9");
    assert_true(posted(&b, "diff 5 6"));
    golden(&b, "history", 100, 30);
    bench_keys(&b, "k d");
    assert_true(posted(&b, "diff 1 4"));
    bench_keys(&b, "k k D j");
    bench_keys(&b, "j");
    assert_true(posted(&b, "diff 2 4"));
    board_put(&b.ui.board, BOARD_DIFF, parsed(difference));
    golden(&b, "history-diff", 100, 30);
    golden(&b, "history-diff", 80, 24);
    bench_keys(&b, ".");
    golden(&b, "history-hidden", 100, 30);
    bench_keys(&b, "&");
    bench_type(&b, "prune");
    bench_keys(&b, "Enter");
    golden(&b, "history-filter", 100, 30);
    bench_keys(&b, "Esc");
    shows(&b, "data dataset.json");
    board_put(&b.ui.board, BOARD_HISTORY, parsed("{\"steps\":[]}"));
    golden(&b, "history-none", 100, 30);
    end(&b);
}

static void test_history_keys(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    bench_keys(&b, "9 H");
    assert_true(posted(&b, "hide 6"));
    bench_keys(&b, ". k H");
    assert_true(posted(&b, "unhide 5"));
    static const char *const refused[] = {"a", "t", "m"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) { /* what is typed then is no key */
        buf_clear(&b.posted);
        bench_keys(&b, refused[i]);
        assert_non_null(strstr(b.ui.message, "Enter goes there first"));
        bench_type(&b, "uQ5x}");
        bench_keys(&b, "Enter");
        assert_non_null(strstr(b.ui.message, "Enter goes there first"));
        assert_string_equal(buf_text(&b.ui.typed), "uQ5x}");
        assert_int_equal(b.ui.history.at, 5);
        assert_int_equal(b.ui.screen, VIEW_HISTORY);
        assert_string_equal(buf_text(&b.posted), "");
        bench_keys(&b, "Esc");
    }
    bench_keys(&b, "Enter");
    assert_true(posted(&b, "goto 5"));
    bench_keys(&b, "{");
    assert_int_equal(b.ui.history.at, 3);
    bench_keys(&b, "}");
    assert_int_equal(b.ui.history.at, 6);
    bench_keys(&b, "t");
    assert_int_equal(b.ui.prompt, PROMPT_TAG);
    bench_keys(&b, "Esc '");
    bench_type(&b, "cand");
    bench_keys(&b, "Enter");
    assert_true(posted(&b, "goto candidate"));
    bench_keys(&b, "/");
    bench_type(&b, "clinic");
    assert_int_equal(b.ui.history.at, 4);
    bench_keys(&b, "Esc");
    assert_int_equal(b.ui.history.at, 6);
    bench_keys(&b, "/");
    bench_type(&b, "0.8");
    bench_keys(&b, "Enter");
    assert_int_equal(b.ui.history.at, 7);
    bench_keys(&b, "n");
    assert_int_equal(b.ui.history.at, 4);
    bench_keys(&b, "N");
    assert_int_equal(b.ui.history.at, 7);
    end(&b);
}

static void test_twins_and_orphans(void **state)
{
    (void)state;
    struct json *history = parsed(steps);
    struct tree *t = tree_new(history);
    assert_int_equal(t->all.n, 7);
    assert_int_equal(t->shown.n, 6);
    assert_int_equal(t->hidden, 1);
    assert_int_equal(t->leaves, 3);
    assert_int_equal(t->shown.rows[5].same, 4);
    assert_string_equal(t->shown.rows[4].text, "protect input:age"); /* under #2 where #5 is left out */
    assert_int_equal(t->shown.rows[4].depth, 1);
    assert_int_equal(t->shown.rows[4].same, 0);
    assert_string_equal(t->shown.rows[2].text, "prune 0.5");
    assert_int_equal(tree_root(t, 7), 1);
    assert_int_equal(tree_root(t, 9), 0);
    tree_free(t);
    json_free(history);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A chain and a comb of ten thousand steps: made once, drawn at once. Bounds are far above what is usual: they stop squares. */
static void test_ten_thousand_steps(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    for (int comb = 0; comb < 2; comb++) {
        struct json *history = json_object(), *list = json_put_array(history, "steps");
        for (int i = 1; i <= 10000; i++) {
            struct json *one = json_push_object(list);
            json_put_int(one, "step", i);
            json_put_int(one, "parent", comb ? i / 2 : i - 1);
            json_put_text(one, "command",
                          "prune 0.8 criterion=magnitude structure=weight scope=global seed=1");
            json_put_bool(one, "here", i == 6);
        }
        double before = seconds();
        board_put(&b.ui.board, BOARD_HISTORY, history);
        assert_true(seconds() - before < 2);
        assert_int_equal(b.ui.board.tree->shown.n, 10000);
        bench_keys(&b, "9 G");
        before = seconds();
        for (int i = 0; i < 20; i++) {
            bench_keys(&b, "k");
            free(bench_screen(&b, 100, 30));
        }
        print_message("# a key and its frame: %.2f ms\n", 1e3 * (seconds() - before) / 20);
        assert_true(seconds() - before < 2);
    }
    end(&b);
}

static void test_help_of_each_screen(void **state)
{
    (void)state;
    for (int v = 0; v < VIEWS; v++) {
        struct bench b;
        struct buf name = {0};
        if (!screen_of((enum view_id)v) || v == VIEW_HELP)
            continue;
        begin(&b);
        b.ui.screen = (enum view_id)v;
        bench_keys(&b, "?");
        buf_printf(&name, "help-%s", views[v].name);
        golden(&b, buf_text(&name), 100, 30);
        bench_keys(&b, "Esc");
        assert_false(b.ui.help);
        buf_release(&name);
        end(&b);
    }
}

/* Typed, it is among what is found, and can be opened. */
static void finds(struct bench *b, const char *typed, const char *about)
{
    struct scratch memory = {0};
    help_toggle(&b->ui, typed);
    const struct help_scene *h = screen_help.scene(&b->ui, &memory);
    bool any = false;
    for (size_t i = 0; i < h->word_count; i++)
        any = any || strstr(h->words[i].meaning, about);
    if (!any)
        print_message("'%s' does not find: %s\n", typed, about);
    assert_true(any);
    bench_keys(b, "Enter");
    assert_true(b->ui.help_open || b->ui.help_search.len == 0);
    scratch_release(&memory);
}

static void test_everything_is_found(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    for (size_t i = 0; i < key_row_count; i++)
        finds(&b, key_rows[i].key, key_rows[i].about);
    for (const struct command *const *c = commands; *c; c++)
        finds(&b, (*c)->name, (*c)->about);
    for (size_t i = 0; i < glossary_count; i++)
        finds(&b, glossary[i].word, glossary[i].meaning);
    for (int v = 0; v < VIEWS; v++)
        if (screen_of((enum view_id)v))
            finds(&b, views[v].title, screen_of((enum view_id)v)->see);
    end(&b);
}

/* The labels of the screens' numbers are explained, each by a row of that word. */
static void test_labels_have_their_words(void **state)
{
    (void)state;
    static const char *const labels[] = {"threshold", "energy kept", "fan-in", "fan-out", "kernel", "front",
                                         "tie",       "data band",   "knee",   "pinned",  "twin",   "budget"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        bool any = false;
        for (size_t k = 0; k < glossary_count; k++)
            any |= strcmp(glossary[k].word, labels[i]) == 0;
        if (!any)
            fail_msg("no word for %s", labels[i]);
    }
}

static void test_help_goes_in_and_out(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    bench_keys(&b, "9 ? / q");
    shows(&b, "back; on the first screen: leave");
    assert_false(b.ui.quit);
    bench_keys(&b, "Backspace");
    bench_type(&b, "prune");
    bench_keys(&b, "Down Enter");
    golden(&b, "help-command", 100, 30);
    bench_keys(&b, "Backspace Esc");
    bench_type(&b, "Neuron inspector");
    bench_keys(&b, "Enter");
    shows(&b, "Help: 5 Neuron inspector");
    bench_keys(&b, "Esc");
    shows(&b, "Help: 9 History");
    bench_keys(&b, "Tab Down Enter");
    golden(&b, "help-word", 100, 30);
    bench_keys(&b, "Esc Esc");
    assert_false(b.ui.help);
    end(&b);
}

static void test_picker(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    b.ui.screen = VIEW_PICKER;
    board_put(&b.ui.board, BOARD_SAMPLES,
              parsed("{\"samples\":[{\"name\":\"readmit\",\"about\":\"stays\",\"right\":\"54.9 KiB, with its "
                     "data\",\"path\":\"/a\"},"
                     "{\"name\":\"credit\",\"about\":\"loans\",\"path\":\"/"
                     "b\"}],\"sessions\":[{\"name\":\"x.db\",\"about\":"
                     "\"x.db: cut short\",\"why\":\"x.db: cut short\",\"path\":\"/c\"}]}"));
    golden(&b, "picker", 100, 30);
    bench_keys(&b, "G Enter");
    assert_false(b.ui.picked);
    assert_string_equal(b.ui.message, "x.db: cut short");
    bench_keys(&b, "/");
    bench_type(&b, "loan");
    bench_keys(&b, "Enter");
    shows(&b, "only rows with 'loan': 2 left out");
    bench_keys(&b, "Enter");
    assert_true(b.ui.picked);
    assert_string_equal(json_str(json_get(picker_choice(&b.ui), "path")), "/b");
    end(&b);
}

/* With a real session: what the worker would answer. */
static void test_real_session(void **state)
{
    (void)state;
    static const char *const lines[] = {"open samples/breast-cancer/model.onnx",
                                        "data samples/breast-cancer/dataset.json",
                                        "prune 0.5",
                                        "eval split=validation",
                                        "prune 0.8",
                                        "eval split=validation",
                                        "goto 2",
                                        "prune 0.5 layers=*"};
    struct bench b;
    bench_init(&b, lines, sizeof lines / sizeof *lines);
    bench_keys(&b, "9");
    shows(&b, "same mask as #3");
    bench_keys(&b, "k");
    shows(&b, "#3 -> #4 (step before)");
    shows(&b, "187 cut");
    shows(&b, "cannot tell from noise");
    bench_keys(&b, "H");
    shows(&b, "5 steps");
    shows(&b, "(1 hidden)");
    bench_release(&b);
}

/* The share of routes at its ends: all, nearly all, one in a million million, and one between. */
static void test_share_of_routes(void **state)
{
    (void)state;
    static const char *const kept[][2] = {{"14", "kept (100%)"},       {"13.9999", "kept (over 99%)"},
                                          {"2", "kept (below 0.01%)"}, {"13.5", "kept (32%)"},
                                          {"12.5", "kept (3.2%)"},     {"null", "none kept"}};
    struct bench b;
    begin(&b);
    board_put(&b.ui.board, BOARD_LAYERS,
              parsed("{\"layers\":[{\"name\":\"fc\",\"shape\":[4,3],\"weights\":12,\"kept\":6}]}"));
    board_put(&b.ui.board, BOARD_DENSE, parsed("{\"routes_log10\":14}"));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"routes_log10\":%s}", kept[i][0]);
        board_put(&b.ui.board, BOARD_MASK, parsed(text));
        shows(&b, kept[i][1]);
    }
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_states),
        cmocka_unit_test(test_history_keys),
        cmocka_unit_test(test_twins_and_orphans),
        cmocka_unit_test(test_ten_thousand_steps),
        cmocka_unit_test(test_help_of_each_screen),
        cmocka_unit_test(test_everything_is_found),
        cmocka_unit_test(test_help_goes_in_and_out),
        cmocka_unit_test(test_picker),
        cmocka_unit_test(test_real_session),
        cmocka_unit_test(test_share_of_routes),
        cmocka_unit_test(test_labels_have_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
