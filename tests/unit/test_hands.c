/* The explorer under the hands, without a terminal: keys in sequence, paste, copies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_hands.h"

#include <stdio.h>
#include <string.h>

#include "app/copy.h"
#include "app/keys.h"
#include "app/screens.h"
#include "engine/base/err.h"

static void test_prefix_opens_its_box_after_a_while(void **state)
{
    struct hands_rig *r = *state;
    assert_true(ui_waits(&r->ui, r->now) < 0);
    rig_keys(r, "y");
    assert_true(ui_waits(&r->ui, r->now) > 0.29 && ui_waits(&r->ui, r->now) <= 0.3);
    assert_false(ui_tick(&r->ui, r->now + 0.1));
    assert_false(rig_shows(r, "y: copy"));
    assert_true(ui_tick(&r->ui, r->now + 0.31));
    assert_true(ui_waits(&r->ui, r->now + 0.31) < 0);
    rig_draw(r);
    assert_true(rig_shows(r, "y: copy") && rig_shows(r, "copy the table as CSV"));
    rig_keys(r, "Esc");
    assert_false(rig_shows(r, "y: copy"));
    assert_false(rig_shows(r, "does nothing"));
    rig_keys(r, "y c");
    assert_int_equal(r->ui.wish, WISH_COPY);
    assert_string_equal(r->ui.wish_text, "command");
}

/* Also where only one column of them fits. */
static void test_box_of_a_prefix_holds_every_key(void **state)
{
    static const char *const about[] = {"copy the row", "copy the table", "copy the command",
                                        "copy the screen"};
    struct hands_rig *r = *state;
    static const int widths[] = {160, 100, 80, 60};
    for (size_t i = 0; i < 4; i++) {
        surface_resize(r->surface, widths[i], 24);
        rig_keys(r, "y");
        assert_true(ui_tick(&r->ui, r->now + 0.31));
        rig_draw(r);
        for (size_t k = 0; k < 4; k++)
            assert_true(rig_shows(r, about[k]));
        rig_keys(r, "Esc");
    }
}

/* The page "too small" says "q quits", and hides what any other key would do. */
static void test_what_cannot_be_seen_is_not_acted_on(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "2");
    surface_resize(r->surface, 40, 12);
    rig_draw(r);
    assert_true(rig_shows(r, "q quits"));
    r->posted[0] = '\0';
    rig_keys(r, "l Enter m 1 : Esc u F2 Tab");
    rig_mouse(r, MOUSE_PRESS, 3, 3);
    rig_paste(r, "prune 0.9");
    assert_string_equal(r->posted, "");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
    assert_int_equal(r->ui.prompt, PROMPT_NONE);
    assert_false(r->ui.drafting || r->ui.quit);
    rig_keys(r, "C-z");
    assert_true(r->ui.suspend);
    rig_keys(r, "q");
    assert_true(r->ui.quit);
}

static void test_a_jobs_long_name_gives_way(void **state)
{
    struct hands_rig *r = *state;
    char what[] = "curve criterion=magnitude structure=weight scope=global seed=1";
    struct job_report begun = {.id = 7, .state = JOB_RUNNING, .what = what, .done = 2, .total = 24};
    job_log_take(&r->ui.jobs, &begun);
    board_put(&r->ui.board, BOARD_STATUS, rig_parsed("{\"path\":\"/a.db\",\"step\":2}"));
    board_put(&r->ui.board, BOARD_EVAL,
              rig_parsed("{\"n\":10000,\"total\":10000,\"exact\":true,\"split\":\"test\"}"));
    rig_draw(r);
    assert_true(rig_shows(r, "curve criterion"));
    assert_true(rig_shows(r, "exact: measured all 10,000 test records"));
    assert_true(rig_shows(r, "saved"));
}

/* Not "numbers appear as soon as they are known" where none will come. */
static void test_an_empty_screen_says_why(void **state)
{
    struct hands_rig *r = *state;
    char what[] = "open a.txt", why[] = "a.txt: not an ONNX model";
    struct job_report failed = {.id = 1, .state = JOB_FAILED, .what = what, .note = why};
    struct ui fresh;
    ui_init(&fresh, &(const struct ui_port){0});
    ui_release(&r->ui);
    r->ui = fresh;
    rig_draw(r);
    assert_true(rig_shows(r, "Nothing to show yet") && rig_shows(r, "LIVE"));
    job_log_take(&r->ui.jobs, &failed);
    rig_draw(r);
    assert_true(rig_shows(r, "No model is open") && rig_shows(r, why) && rig_shows(r, ":open FILE"));
    board_put(&r->ui.board, BOARD_STATUS, rig_parsed("{\"missing\":\"step 1: b.onnx: No such file\"}"));
    rig_draw(r);
    assert_true(rig_shows(r, "cannot be loaded") && rig_shows(r, "step 1: b.onnx: No such file"));
    assert_true(rig_shows(r, "9 shows the history") && rig_shows(r, "LOOK"));
    board_put(&r->ui.board, BOARD_STATUS, rig_parsed("{\"look\":true}"));
    rig_draw(r);
    assert_true(rig_shows(r, "Only what is stored is shown") && rig_shows(r, "9 shows the history"));
}

/* Beside the tabs where they leave room, else among the keys. */
static void test_help_is_told_at_every_width(void **state)
{
    struct hands_rig *r = *state;
    static const int widths[] = {160, 100, 80, 60};
    for (int screen = 0; screen < VIEWS; screen++)
        for (size_t i = 0; i < 4; i++) {
            surface_resize(r->surface, widths[i], 24);
            r->ui.screen = screen_of((enum view_id)screen) ? (enum view_id)screen : VIEW_OVERVIEW;
            rig_draw(r);
            assert_true(rig_shows(r, "? help") || r->ui.screen == VIEW_HELP);
        }
}

/* A row that cannot be gone into is only chosen. */
static void test_a_click_on_a_job_says_nothing_wrong(void **state)
{
    struct hands_rig *r = *state;
    char what[] = "curve";
    struct job_report begun = {.id = 7, .state = JOB_RUNNING, .what = what};
    job_log_take(&r->ui.jobs, &begun);
    rig_keys(r, "J");
    rig_click(r, "curve");
    assert_int_equal(r->ui.notice, NOTICE_NONE);
    assert_int_equal(r->ui.screen, VIEW_JOBS);
}

static void fails(struct hands_rig *r, enum err_code code, const char *message)
{
    struct news n = {.kind = NEWS_FAILED, .request = REQUEST_COMMAND};
    err_set(&n.err, code, "%s", message);
    ui_news(&r->ui, &n);
    err_release(&n.err);
    rig_draw(r);
}

/* MODEL --data DATA are two commands: why the first failed is not covered by what that means for the second. */
static void test_the_first_failure_stays(void **state)
{
    struct hands_rig *r = *state;
    fails(r, ERR_UNREADABLE, "a.onnx: not an ONNX model");
    fails(r, ERR_NO_MODEL, "no model is open");
    assert_true(rig_shows(r, "a.onnx: not an ONNX model"));
    rig_keys(r, "j");
    fails(r, ERR_NO_MODEL, "no model is open");
    assert_true(rig_shows(r, "no model is open"));
}

static void test_esc_closes_kernels_before_it_drops_a_draft(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "2 l 4");
    assert_true(r->ui.drafting);
    r->ui.kernels = true;
    rig_keys(r, "Esc");
    assert_true(r->ui.drafting && !r->ui.kernels);
    rig_keys(r, "Esc");
    assert_false(r->ui.drafting);
}

static void test_unknown_second_key_says_so(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "y j");
    assert_true(rig_shows(r, "y j does nothing"));
    assert_int_equal(r->ui.layer, 0);
    rig_keys(r, "j");
    assert_int_equal(r->ui.layer, 1);
}

static void test_no_two_keys_collide(void **state)
{
    (void)state;
    for (size_t i = 0; i < key_row_count; i++)
        for (size_t k = 0; k < key_row_count; k++) {
            const struct key_row *a = &key_rows[i], *b = &key_rows[k];
            size_t n = strlen(a->key);
            bool meet =
                a->context == b->context || a->context == KEYS_EVERYWHERE || b->context == KEYS_EVERYWHERE;
            if (i != k && a->context == b->context)
                assert_string_not_equal(a->key, b->key);
            if (meet && strncmp(a->key, b->key, n) == 0 && b->key[n] == ' ')
                fail_msg("%s begins with %s, which is a key of its own", b->key, a->key);
        }
}

static void test_interrupt_goes_before_a_prefix(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "y C-c");
    assert_true(rig_shows(r, "nothing runs"));
    assert_string_equal(r->ui.prefix, "");
    rig_keys(r, "z C-c");
    assert_true(r->ui.quit);
}

static void test_function_keys_are_the_footers(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "F2");
    assert_int_equal(r->ui.layer, 1);
    rig_keys(r, "F4");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
}

static void test_paste(void **state)
{
    struct hands_rig *r = *state;
    rig_paste(r, "Qq2\n:prune 0.9\n");
    assert_false(r->ui.quit);
    assert_int_equal(r->ui.screen, VIEW_OVERVIEW);
    assert_true(rig_shows(r, "not run as keys"));
    rig_keys(r, ":");
    rig_paste(r, "note\t\"a\r\nb\033\"\n");
    assert_string_equal(buf_text(&r->ui.typed), "note \"a  b \"");
    assert_string_equal(r->posted, "");
    rig_keys(r, "Enter");
    assert_non_null(strstr(r->posted, "note"));
    snprintf(r->posted, sizeof r->posted, "none");
    rig_keys(r, "1 /");
    rig_paste(r, "m\nid\n"); /* also into a search, and that of the help */
    assert_string_equal(buf_text(&r->ui.typed), "m id");
    rig_keys(r, "Esc ?");
    rig_paste(r, "q\nx\n");
    assert_true(r->ui.help);
    assert_string_equal(buf_text(&r->ui.help_search), "q x");
    rig_keys(r, "Esc Esc 5");
    ui_ask(&r->ui, "file.txt");
    rig_paste(r, "y\nx\nQ\n"); /* no answer to a question either */
    assert_int_equal(r->ui.wish, WISH_NONE);
    assert_non_null(r->ui.question);
    assert_false(r->ui.quit);
    assert_null(strstr(r->posted, "cut"));
}

/* As one text; "!" and the message where it cannot be made. */
static void copied(struct hands_rig *r, const char *what, struct buf *out)
{
    const struct copy_look look = {100, 30, {GLYPHS_ASCII, false}, THEME_DEFAULT};
    struct err e = {0};
    buf_clear(out);
    if (!copy_make(&r->ui, what, &look, out, &e))
        buf_printf(out, "!%s", e.message);
    err_release(&e);
}

static void test_copies(void **state)
{
    struct hands_rig *r = *state;
    struct buf got = {0};
    rig_keys(r, "j");
    copied(r, "row", &got);
    assert_string_equal(buf_text(&got), "mid\t\t\t5 4\t20\t20\t0.1234567890123\t5\t0\t\t\t");
    copied(r, "table", &got);
    assert_non_null(strstr(buf_text(&got), "name,tensor,op,shape,weights"));
    assert_non_null(strstr(buf_text(&got), "\n\"in,1\",,,4 3,12,6,0.5,4,0,,,\n"));
    copied(r, "command", &got);
    assert_string_equal(buf_text(&got), "layers");
    ui_say(&r->ui, NOTICE_ERROR, "something over it");
    copied(r, "picture", &got);
    assert_non_null(strstr(buf_text(&got), "- Layers"));
    assert_null(strstr(buf_text(&got), "something over it"));
    rig_keys(r, "2 l");
    copied(r, "command", &got);
    assert_string_equal(buf_text(&got),
                        "prune 0.51 criterion=magnitude structure=weight scope=global seed=1");
    copied(r, "row", &got);
    assert_non_null(strstr(buf_text(&got), "!the cursor stands on no row"));
    copied(r, "nonsense", &got);
    assert_int_equal(got.data[0], '!');
    buf_release(&got);
}

static void test_look_goes_to_a_neuron(void **state)
{
    struct hands_rig *r = *state;
    ui_run(&r->ui, "look mid/4");
    assert_string_equal(r->posted, "3 neuron mid/4");
    assert_int_equal(r->ui.screen, VIEW_NEURON);
    static const char *const wrong[] = {"look", "look mid/5", "look none/0", "look mid/-1", "look none"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        r->ui.notice = NOTICE_NONE;
        ui_run(&r->ui, wrong[i]);
        assert_int_equal(r->ui.notice, NOTICE_ERROR);
    }
}

static void test_export_asks_before_it_replaces(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "E a . s v g Enter");
    assert_int_equal(r->ui.wish, WISH_EXPORT);
    assert_string_equal(r->ui.wish_text, "a.svg");
    assert_false(r->ui.wish_replace);
    r->ui.wish = WISH_NONE;
    ui_ask(&r->ui, "a.svg");
    rig_draw(r);
    assert_true(rig_shows(r, "a.svg is there already: replace it? y/N"));
    rig_keys(r, "Enter");
    assert_int_equal(r->ui.wish, WISH_NONE);
    assert_true(rig_shows(r, "nothing was written"));
    ui_ask(&r->ui, "a.svg");
    rig_keys(r, "y");
    assert_true(r->ui.wish == WISH_EXPORT && r->ui.wish_replace);
}

static void test_exports_by_the_files_end(void **state)
{
    struct hands_rig *r = *state;
    const struct copy_look look = {100, 30, {GLYPHS_ASCII, false}, THEME_DEFAULT};
    static const char *const files[][2] = {
        {"a.txt", " poda | m"}, {"b.ans", "\033[0"}, {"c.d/x.svg", "<svg"}, {"t.csv", "name,tensor"}};
    for (size_t i = 0; i < 4; i++) {
        struct buf got = {0};
        assert_true(copy_export(&r->ui, files[i][0], &look, &got, NULL));
        assert_non_null(strstr(buf_text(&got), files[i][1]));
        buf_release(&got);
    }
    struct buf none = {0};
    struct err e = {0};
    assert_false(copy_export(&r->ui, "plain", &look, &none, &e));
    assert_non_null(strstr(e.hint, ".svg"));
    err_release(&e);
    buf_release(&none);
}

static void test_mouse_off_is_said(void **state)
{
    struct hands_rig *r = *state;
    assert_false(rig_shows(r, "mouse off"));
    rig_keys(r, "z m");
    assert_true(rig_shows(r, "mouse off  LIVE"));
    assert_int_equal(r->ui.wish, WISH_MOUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HANDS(test_prefix_opens_its_box_after_a_while),
        WITH_HANDS(test_box_of_a_prefix_holds_every_key),
        WITH_HANDS(test_what_cannot_be_seen_is_not_acted_on),
        WITH_HANDS(test_a_jobs_long_name_gives_way),
        WITH_HANDS(test_an_empty_screen_says_why),
        WITH_HANDS(test_help_is_told_at_every_width),
        WITH_HANDS(test_a_click_on_a_job_says_nothing_wrong),
        WITH_HANDS(test_the_first_failure_stays),
        WITH_HANDS(test_esc_closes_kernels_before_it_drops_a_draft),
        WITH_HANDS(test_unknown_second_key_says_so),
        cmocka_unit_test(test_no_two_keys_collide),
        WITH_HANDS(test_interrupt_goes_before_a_prefix),
        WITH_HANDS(test_function_keys_are_the_footers),
        WITH_HANDS(test_paste),
        WITH_HANDS(test_copies),
        WITH_HANDS(test_look_goes_to_a_neuron),
        WITH_HANDS(test_export_asks_before_it_replaces),
        WITH_HANDS(test_exports_by_the_files_end),
        WITH_HANDS(test_mouse_off_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
