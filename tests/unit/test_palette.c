/* The palette: how rows are scored, what is listed, what Enter does; ten thousand layers stay quick. Visited views. Keys that
 * refuse, close and leave. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "app/fuzzy.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/screens.h"
#include "tests/unit/util_typed.h"

static int score(const char *typed, const char *text)
{
    struct fuzzy q;
    fuzzy_query(&q, typed);
    return fuzzy_score(&q, text, NULL);
}

static void test_letters_in_order_fit(void **state)
{
    (void)state;
    assert_true(score("", "anything") >= 0);
    assert_true(score("prn", "prune") >= 0);
    assert_true(score("nrp", "prune") < 0);
    assert_true(score("PR", "prune") < 0);
    assert_true(score("pr", "PRUNE") >= 0);
    assert_true(score("screen cu", "screen curve") >= 0);
    assert_true(score("cu sc", "screen curve") >= 0);
}

static void test_runs_and_word_starts_count_more(void **state)
{
    (void)state;
    assert_true(score("cur", "screen curve") > score("cur", "cancel under"));
    assert_true(score("sc", "screen curve") > score("sc", "history child"));
    assert_true(score("conv2", "block.conv2") > score("conv2", "block.conv12"));
    assert_true(score("fc", "fc1") > score("fc", "surface"));
    assert_true(score("fc1", "fc1") > score("fc1", "fc10"));
}

static void test_operators(void **state)
{
    (void)state;
    assert_true(score("'une", "prune") >= 0 && score("'pne", "prune") < 0);
    assert_true(score("^pru", "prune") >= 0 && score("^une", "prune") < 0);
    assert_true(score("une$", "prune") >= 0 && score("pru$", "prune") < 0);
    assert_true(score("^prune$", "prune") >= 0 && score("^prune$", "prune 2") < 0);
    assert_true(score("!une", "prune") < 0 && score("!xyz", "prune") >= 0);
    assert_true(score("^screen !curve", "screen history") >= 0 &&
                score("^screen !curve", "screen curve") < 0);
    assert_true(score("! ' ^ $", "a$") >= 0); /* signs alone, and '$' for itself */
    struct fuzzy q;
    fuzzy_query(&q, "nothing lost");
    assert_true(fuzzy_score(&q, "undo", "go back one step; nothing is lost") >= 0);
    assert_true(fuzzy_score(&q, "undo", NULL) < 0);
}

static struct prompt_scene listed(const struct typed *t, struct scratch *memory)
{
    struct prompt_scene p;
    prompt_scene(&t->ui, memory, &p);
    return p;
}

static void first_is(struct typed *t, const char *query, const char *expect, const char *key)
{
    struct scratch memory = {0};
    typed_keys(t, "Esc C-p");
    typed_text(t, query);
    struct prompt_scene p = listed(t, &memory);
    assert_true(p.choice_count > 0);
    assert_string_equal(p.choices[0].text, expect);
    if (key)
        assert_string_equal(p.choices[0].key, key);
    assert_non_null(p.choices[0].about);
    scratch_release(&memory);
}

static void test_everything_is_listed(void **state)
{
    struct typed *t = *state;
    first_is(t, "curve", "curve", NULL);
    first_is(t, "scrcur", "screen curve", "3");
    first_is(t, "undo", "undo", "u");
    first_is(t, "half", "goto half", NULL);
    first_is(t, "goto 2", "goto 2", NULL);
    first_is(t, "fc2", "look fc2", NULL);
    first_is(t, "export", "export", NULL);
    first_is(t, "messages", "messages", NULL);
    first_is(t, "history", "screen history", "9"); /* the command tells the same */
    first_is(t, "prune 0.8", "prune 0.8", NULL);
}

/* A screen of a later version is not offered. */
static void test_only_what_is_there_is_listed(void **state)
{
    struct typed *t = *state;
    struct scratch memory = {0};
    typed_keys(t, "C-p");
    typed_text(t, "^screen");
    struct prompt_scene p = listed(t, &memory);
    for (size_t i = 0; i < p.choice_count; i++)
        assert_string_not_equal(p.choices[i].text, "screen groups");
    typed_text(t, " zzz");
    p = listed(t, &memory);
    assert_int_equal(p.choice_count, 0);
    typed_keys(t, "Enter");
    assert_int_equal(t->ui.prompt, PROMPT_PALETTE);
    assert_non_null(strstr(t->ui.message, "nothing fits"));
    scratch_release(&memory);
}

static void test_enter_runs_the_row(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "C-p 'scrhist Enter");
    assert_int_equal(t->ui.screen, VIEW_HISTORY);
    typed_keys(t, "C-p 'undo Enter");
    assert_string_equal(buf_text(&t->posted), "command undo\n");
    typed_keys(t, "C-p 'half Enter");
    assert_string_equal(buf_text(&t->posted), "command undo\ncommand goto half\n");
    typed_keys(t, "C-p 'export Enter"); /* needs a file: the command line goes on */
    assert_int_equal(t->ui.prompt, PROMPT_COMMAND);
    assert_string_equal(buf_text(&t->ui.typed), "export ");
    typed_keys(t, "Esc C-p");
    typed_text(t, "prune 0.7 scope=layer");
    typed_keys(t, "Enter");
    assert_non_null(strstr(buf_text(&t->posted), "command prune 0.7 scope=layer\n"));
}

/* While a list is open, the footer tells its keys, not those of the screen behind it. */
static void test_the_footer_is_the_lists(void **state)
{
    static const char *const opens[] = {"C-p", ": 'messages Enter"};
    struct typed *t = *state;
    for (int i = 0; i < 2; i++) {
        struct scratch memory = {0};
        struct scene s;
        typed_keys(t, opens[i]);
        ui_scene(&t->ui, &memory, &s);
        assert_string_equal(s.frame.keys[s.frame.key_count - 1].key, "Esc");
        for (size_t k = 0; k < s.frame.key_count; k++)
            assert_string_not_equal(s.frame.keys[k].label, "open layer");
        typed_keys(t, s.frame.keys[s.frame.key_count - 1].key);
        assert_int_equal(t->ui.prompt, PROMPT_NONE);
        scratch_release(&memory);
    }
}

static void test_the_list_is_walked(void **state)
{
    struct typed *t = *state;
    struct scratch memory = {0};
    typed_keys(t, "C-p Down Down Up");
    assert_int_equal(listed(t, &memory).selected, 1);
    typed_keys(t, "Up Up Up");
    assert_int_equal(listed(t, &memory).selected, 0);
    typed_keys(t, "PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn");
    struct prompt_scene p = listed(t, &memory);
    assert_int_equal(p.selected, p.choice_count - 1);
    typed_keys(t, "'u");
    assert_int_equal(listed(t, &memory).selected, 0);
    scratch_release(&memory);
}

/* Rows, bytes and time stay small; the bound is far above what a slow machine needs and far below a scan of every pair. */
static void test_ten_thousand_layers(void **state)
{
    struct typed *t = *state;
    struct scratch memory = {0};
    struct timespec from, to;
    typed_board(t, 10000);
    typed_keys(t, "C-p");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    typed_text(t, "conv9999");
    struct prompt_scene p = listed(t, &memory);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double ms = 1e3 * (double)(to.tv_sec - from.tv_sec) + 1e-6 * (double)(to.tv_nsec - from.tv_nsec);
    print_message("# %.1f ms for 8 keys and a frame\n", ms);
    assert_true(ms < 1000);
    assert_string_equal(p.choices[0].text, "look block.conv9999");
    assert_true(p.choice_count <= 100);
    typed_keys(t, "C-u 'conv");
    p = listed(t, &memory);
    assert_int_equal(p.choice_count, 100);
    assert_true(p.all >= 10000);
    typed_keys(t, "C-u 'conv9999 Enter");
    assert_int_equal(t->ui.layer, 9998);
    scratch_release(&memory);
}

static void test_messages_are_kept(void **state)
{
    struct typed *t = *state;
    struct buf out = {0};
    typed_fail(t, "eval", "first trouble");
    typed_keys(t, "j");
    assert_int_equal(t->ui.notice, NOTICE_NONE); /* until the next key */
    typed_fail(t, "eval", "second trouble");
    typed_fail(t, "eval", "second trouble");
    typed_keys(t, ": 'messages Enter");
    typed_draw(t, 100, 30, &out);
    const char *second = strstr(buf_text(&out), "second trouble");
    assert_non_null(second);
    assert_null(strstr(second + 1, "second trouble"));
    assert_non_null(strstr(second, "first trouble"));
    typed_keys(t, "'first");
    typed_draw(t, 100, 30, &out);
    assert_null(strstr(buf_text(&out), "second trouble"));
    typed_keys(t, "Enter");
    assert_int_equal(t->ui.prompt, PROMPT_NONE);
    buf_release(&out);
}

/* ---- visited views ---- */

static void test_views_are_gone_back_to(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "( j 3 3 9 5");
    assert_non_null(strstr(t->ui.messages.rows[0].text, "no view was visited"));
    typed_keys(t, "(");
    assert_int_equal(t->ui.screen, VIEW_HISTORY);
    typed_keys(t, "(");
    assert_int_equal(t->ui.screen, VIEW_CURVE);
    typed_keys(t, "(");
    assert_int_equal(t->ui.screen, VIEW_OVERVIEW);
    assert_int_equal(t->ui.layer, 1);
    typed_keys(t, ") )");
    assert_int_equal(t->ui.screen, VIEW_HISTORY);
    typed_keys(t, "2 )"); /* a new way cuts off what lay ahead */
    assert_int_equal(t->ui.screen, VIEW_STRATEGY);
    assert_non_null(strstr(t->ui.message, "newest view"));
}

/* The unit and the cursor come back as well; a moved cursor is no new place. */
static void test_what_was_looked_at_comes_back(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ": 'look Space 'fc2/9 Enter 9 k k");
    int64_t step = t->ui.history.at;
    typed_keys(t, "1 (");
    assert_int_equal(t->ui.screen, VIEW_HISTORY);
    assert_int_equal(t->ui.history.at, step);
    typed_keys(t, "(");
    assert_int_equal(t->ui.screen, VIEW_NEURON);
    assert_int_equal(t->ui.at.layer, 1);
    assert_int_equal(t->ui.at.unit, 9);
    typed_keys(t, "(");
    assert_int_equal(t->ui.screen, VIEW_OVERVIEW);
}

static void test_visits_are_bounded(void **state)
{
    struct typed *t = *state;
    for (int i = 0; i < 3 * VISITS_MOST; i++)
        typed_keys(t, i % 2 ? "1" : "9");
    assert_int_equal(t->ui.visits.n, VISITS_MOST);
    for (int i = 0; i < VISITS_MOST + 5; i++)
        typed_keys(t, "(");
    assert_int_equal(t->ui.visits.at, 0);
}

/* ---- leaving and refusing ---- */

static void test_q_goes_back_step_by_step(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "5");
    t->ui.trail[t->ui.n_trail++] = (struct ui_place){0, 1};
    typed_keys(t, "? q");
    assert_false(t->ui.help);
    assert_int_equal(t->ui.n_trail, 1);
    typed_keys(t, "q");
    assert_int_equal(t->ui.n_trail, 0);
    assert_int_equal(t->ui.screen, VIEW_NEURON);
    typed_keys(t, "q");
    assert_int_equal(t->ui.screen, VIEW_OVERVIEW);
    typed_keys(t, "Esc Esc");
    assert_false(t->ui.quit);
    typed_keys(t, "q");
    assert_true(t->ui.quit);
}

/* The command of the layer screen is about that layer; without a step nothing can be tagged, and what is typed then is no key. */
static void test_what_layer_and_which_step(void **state)
{
    struct typed *t = *state;
    struct buf out = {0};
    typed_keys(t, "4 ]");
    screen_of(VIEW_LAYER)->command(&t->ui, &out);
    assert_string_equal(buf_text(&out), "layer fc2 order=index");
    buf_release(&out);
    board_put(&t->ui.board, BOARD_STATUS, NULL);
    typed_keys(t, "m");
    assert_non_null(strstr(t->ui.message, "open MODEL.onnx"));
    buf_clear(&t->posted);
    typed_keys(t, "u x Enter");
    assert_non_null(strstr(t->ui.message, "open MODEL.onnx"));
    assert_string_equal(buf_text(&t->posted), "");
    assert_int_equal(t->ui.prompt, PROMPT_TAG);
}

static void test_backspace_goes_out(void **state)
{
    static const enum view_id ways[] = {VIEW_LAYER, VIEW_OVERVIEW, VIEW_OVERVIEW};
    struct typed *t = *state;
    typed_keys(t, "5");
    assert_int_equal(t->ui.screen, VIEW_NEURON);
    for (int i = 0; i < 3; i++) {
        typed_keys(t, "Backspace");
        assert_int_equal(t->ui.screen, ways[i]);
    }
    assert_non_null(strstr(t->ui.message, "q leaves"));
    assert_false(t->ui.quit);
    typed_keys(t, "3 Backspace");
    assert_int_equal(t->ui.screen, VIEW_OVERVIEW);
}

static void test_columns_are_sorted_both_ways(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "> >");
    assert_int_equal(t->ui.sort, 2);
    typed_keys(t, "< < <");
    int last = t->ui.sort;
    typed_keys(t, ">");
    assert_true(last > 2);
    assert_int_equal(t->ui.sort, 0);
}

static void test_interrupt(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "C-c C-c"); /* three seconds lie between two keys */
    assert_false(t->ui.quit);
    assert_non_null(strstr(t->ui.message, "within 2 s"));
    ui_key(&t->ui, "C-c", false, t->now + 1);
    assert_true(t->ui.quit);
    assert_false(t->ui.abort);
    ui_key(&t->ui, "C-c", false, t->now + 1.5);
    assert_true(t->ui.abort);
}

static void test_interrupt_stops_a_job_first(void **state)
{
    struct typed *t = *state;
    struct news n = {.kind = NEWS_JOB,
                     .report = {.id = 1, .state = JOB_RUNNING, .what = (char *)(uintptr_t) "sweep"}};
    ui_news(&t->ui, &n);
    ui_key(&t->ui, "C-c", false, 200);
    assert_int_equal(t->cancels, 1);
    assert_false(t->ui.quit);
    ui_key(&t->ui, "C-c", false, 200.5);
    assert_true(t->ui.quit);
    assert_false(t->ui.abort);
    ui_key(&t->ui, "C-c", false, 201);
    assert_true(t->ui.quit && t->ui.abort);
}

static void test_interrupt_closes_the_line(void **state)
{
    struct typed *t = *state;
    typed_keys(t, ": 'undo C-c");
    assert_int_equal(t->ui.prompt, PROMPT_NONE);
    assert_false(t->ui.quit);
    assert_int_equal(t->posted.len, 0);
}

static void test_keys_say_why_they_cannot_act(void **state)
{
    struct typed *t = *state;
    typed_keys(t, "x");
    assert_non_null(strstr(t->ui.message, "but on neuron (5), jobs (J)"));
    typed_keys(t, "K");
    assert_non_null(strstr(t->ui.message, "later version"));
    typed_keys(t, "C-g");
    assert_non_null(strstr(t->ui.message, "? lists the keys"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, typed_set_up, typed_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_letters_in_order_fit),
        TEST(test_runs_and_word_starts_count_more),
        TEST(test_operators),
        TEST(test_everything_is_listed),
        TEST(test_only_what_is_there_is_listed),
        TEST(test_enter_runs_the_row),
        TEST(test_the_footer_is_the_lists),
        TEST(test_the_list_is_walked),
        TEST(test_ten_thousand_layers),
        TEST(test_messages_are_kept),
        TEST(test_views_are_gone_back_to),
        TEST(test_what_was_looked_at_comes_back),
        TEST(test_visits_are_bounded),
        TEST(test_q_goes_back_step_by_step),
        TEST(test_what_layer_and_which_step),
        TEST(test_backspace_goes_out),
        TEST(test_columns_are_sorted_both_ways),
        TEST(test_interrupt),
        TEST(test_interrupt_stops_a_job_first),
        TEST(test_interrupt_closes_the_line),
        TEST(test_keys_say_why_they_cannot_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
