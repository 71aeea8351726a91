/* Clicks, drags and the wheel on what was drawn: whatever looks as if it could be clicked acts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_hands.h"

#include <stdio.h>
#include <string.h>

static void test_box_can_be_clicked(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "y");
    ui_tick(&r->ui, r->now + 1);
    rig_draw(r);
    rig_click(r, "copy the row");
    assert_string_equal(r->ui.wish_text, "row");
    rig_keys(r, "y");
    rig_mouse(r, MOUSE_PRESS, 3, 8); /* beside it: it closes and nothing else happens */
    assert_string_equal(r->ui.prefix, "");
    assert_int_equal(r->ui.layer, 0);
}

static void test_tabs_rows_and_footer_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    rig_click(r, "end ");
    assert_int_equal(r->ui.layer, 2);
    rig_click(r, "mid ");
    assert_int_equal(r->ui.layer, 1);
    rig_click(r, "mid ");
    assert_int_equal(r->ui.screen, VIEW_LAYER);
    assert_non_null(strstr(r->posted, "layer mid "));
    rig_click(r, "1 Over");
    assert_int_equal(r->ui.screen, VIEW_OVERVIEW);
    rig_click(r, "Strat");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
    rig_click(r, "type value");
    assert_int_equal(r->ui.prompt, PROMPT_AMOUNT);
    rig_mouse(r, MOUSE_PRESS, 2, 1); /* the command line is open: tabs wait */
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
    rig_keys(r, "Esc");
    rig_click(r, "? help");
    assert_true(r->ui.help);
}

static void test_sliders_are_dragged(void **state)
{
    struct hands_rig *r = *state;
    int x, y;
    rig_keys(r, "2 k");
    assert_int_equal(r->ui.control, 2);
    const struct spot *track = NULL;
    for (size_t i = 0; i < r->surface->n_spots; i++)
        if (r->surface->spots[i].kind == SPOT_SLIDER)
            track = &r->surface->spots[i];
    assert_non_null(track);
    x = track->r.x, y = track->r.y;
    int last = x + track->r.w - 1;
    rig_mouse(r, MOUSE_PRESS, x, y);
    assert_int_equal(r->ui.control, 4);
    assert_true(r->ui.amount == 0);
    rig_mouse(r, MOUSE_DRAG, last + 20, y + 5);
    assert_true(r->ui.amount == 0.99);
    assert_non_null(strstr(r->posted, "1 prune 0.99 "));
    rig_mouse(r, MOUSE_RELEASE, last, y);
    rig_mouse(r, MOUSE_DRAG, x, y); /* let go: nothing hangs on the pointer */
    assert_true(r->ui.amount == 0.99);
    rig_mouse(r, MOUSE_WHEEL_UP, x, y);
    assert_true(r->ui.amount > 0.979 && r->ui.amount < 0.981);
}

static void test_boxes_and_choices_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "2");
    rig_click(r, "mid [");
    assert_true(r->ui.left_out[1] && !r->ui.left_out[0] && !r->ui.left_out[2]);
    assert_non_null(strstr(r->posted, "layers=in,1,end"));
    rig_click(r, "end [");
    rig_click(r, "in,1 [");
    assert_true(rig_shows(r, "one layer has to stay ticked"));
    assert_false(r->ui.left_out[0]);
    rig_click(r, "random");
    assert_non_null(strstr(r->posted, "criterion=random"));
    rig_click(r, "layer ");
    assert_non_null(strstr(r->posted, "scope=layer"));
    snprintf(r->posted, sizeof r->posted, "none");
    rig_click(r, "scope"); /* the row itself: a click is no Enter, which would make a step */
    rig_click(r, "scope");
    assert_string_equal(r->posted, "none");
}

static void test_arrows_of_the_verdict_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    board_put(&r->ui.board, BOARD_DATA, rig_parsed("{\"features\":[\"a\",\"b\",\"c\"]}"));
    board_put(&r->ui.board, BOARD_MASK,
              rig_parsed("{\"kept\":36,\"prunable\":42,\"cut_inputs\":[\"b\"],\"dead\":0}"));
    rig_draw(r);
    rig_click(r, "->");
    assert_int_equal(r->ui.screen, VIEW_NEURON);
}

static void test_tabs_of_later_versions_say_so(void **state)
{
    struct hands_rig *r = *state;
    rig_click(r, "Record");
    assert_int_equal(r->ui.screen, VIEW_OVERVIEW);
    assert_true(rig_shows(r, "the record screen comes with a later version"));
    rig_keys(r, "?");
    rig_click(r, "Who");
    assert_true(rig_shows(r, "the groups screen comes with a later version"));
    assert_int_equal(r->ui.help_search.len, 0);
    rig_click(r, "Strat");
    assert_false(r->ui.help);
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
}

static void test_words_of_the_help_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "?");
    rig_click(r, "connection         ");
    assert_true(r->ui.help_open && rig_shows(r, "means") && rig_shows(r, "stands on"));
    assert_null(rig_spot(r, SPOT_WORD)); /* the page leads nowhere */
    rig_click(r, "Backspace");
    assert_false(r->ui.help_open);
    rig_keys(r, "Esc ? f o r w a r d");
    rig_click(r, "C-r");
    assert_true(r->ui.help_open && rig_shows(r, "go forward again"));
    rig_keys(r, "Backspace Esc");
    rig_click(r, "? help");
    assert_false(r->ui.help);
}

static void test_cells_of_a_layer_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "4");
    board_put(
        &r->ui.board, BOARD_PATTERN,
        rig_parsed(
            "{\"layer\":\"in,1\",\"order\":\"index\",\"rows\":2,\"columns\":3,\"units\":4,\"inputs\":3,"
            "\"row_units\":2,\"column_inputs\":1,\"row_first\":[0,2],\"row_last\":[1,3],"
            "\"column_first\":[0,1,2],\"block_kept\":[1,1,1,1,1,1],\"block_of\":[2,2,2,2,2,2],"
            "\"weights\":12,\"kept\":6,\"histogram\":{\"width\":0.01,\"cut\":[2,3,1,0],\"kept\":[0,0,2,4]}"
            "}"));
    rig_draw(r);
    const struct spot *last = rig_spot(r, SPOT_ROW);
    rig_mouse(r, MOUSE_PRESS, last->r.x, last->r.y);
    assert_int_equal(r->ui.cell_row, 1);
    assert_int_equal(r->ui.cell_column, 2);
    last = rig_spot(r, SPOT_ROW);
    rig_mouse(r, MOUSE_PRESS, last->r.x, last->r.y); /* under the cursor now: in it goes */
    assert_int_equal(r->ui.screen, VIEW_NEURON);
    assert_int_equal(r->ui.at.unit, 2);
}

/* Of 12 weights in four bins of 2, 3, 3, 4 the threshold cuts those left of the pointer. */
static void test_threshold_is_dragged(void **state)
{
    static const int left[] = {0, 2, 5, 8, 12};
    struct hands_rig *r = *state;
    rig_keys(r, "4");
    board_put(
        &r->ui.board, BOARD_PATTERN,
        rig_parsed("{\"layer\":\"in,1\",\"order\":\"index\",\"rows\":1,\"columns\":1,\"row_first\":[0],"
                   "\"row_last\":[3],"
                   "\"column_first\":[0],\"block_kept\":[6],\"block_of\":[12],\"weights\":12,\"kept\":6,"
                   "\"histogram\":{\"width\":0.01,\"cut\":[2,3,1,0],\"kept\":[0,0,2,4]}}"));
    rig_draw(r);
    struct rect track = rig_spot(r, SPOT_SLIDER)->r;
    for (int i = 0; i < 5; i++) {
        double amount = -1;
        rig_mouse(r, i ? MOUSE_DRAG : MOUSE_PRESS, track.x + i * (track.w - 1) / 4, track.y + 1);
        assert_int_equal(r->ui.cut, left[i]);
        assert_int_equal(sscanf(r->posted, "1 prune %lf criterion=magnitude", &amount), 1);
        assert_true(amount > (left[i] - 0.01) / 12 && amount < (left[i] + 0.01) / 12);
    }
    rig_mouse(r, MOUSE_RELEASE, track.x, track.y);
    rig_mouse(r, MOUSE_WHEEL_UP, track.x + 2, track.y + 1); /* as its key < */
    assert_int_equal(r->ui.cut, 11);
    assert_true(r->ui.drafting);
}

static void test_a_click_leaves_a_prefix(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "y");
    rig_click(r, "Strat");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
    assert_false(rig_shows(r, "does nothing"));
    rig_keys(r, "y");
    ui_tick(&r->ui, r->now + 1);
    rig_draw(r);
    rig_click(r, "Over");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY); /* the box lies over all: it closes first */
    assert_string_equal(r->ui.prefix, "");
}

static void test_palette_covers_what_lies_under_it(void **state)
{
    struct hands_rig *r = *state;
    rig_keys(r, "C-p");
    size_t at = r->ui.choice_at;
    rig_mouse(r, MOUSE_PRESS, 0, 8);
    assert_int_equal(r->ui.choice_at, at);
    assert_int_equal(r->ui.prompt, PROMPT_PALETTE);
}

static void test_jobs_and_steps_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    for (int i = 0; i < 3; i++) {
        struct job_report report = {.id = 7 + i, .what = i == 0 ? "seven" : i == 1 ? "eight" : "nine"};
        job_log_take(&r->ui.jobs, &report);
    }
    rig_draw(r);
    rig_keys(r, "J");
    rig_click(r, "eight");
    size_t at = r->ui.job;
    rig_click(r, "nine");
    assert_int_not_equal(r->ui.job, at);
    rig_click(r, "eight");
    assert_int_equal(r->ui.job, at);
}

static void test_wheel_moves(void **state)
{
    struct hands_rig *r = *state;
    rig_mouse(r, MOUSE_WHEEL_DOWN, 10, 10);
    assert_int_equal(r->ui.layer, 2);
    rig_mouse(r, MOUSE_WHEEL_UP, 10, 10);
    assert_int_equal(r->ui.layer, 0);
}

static void test_inactive_panes_and_lists_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    board_put(
        &r->ui.board, BOARD_NEURON,
        rig_parsed("{\"layer\":\"mid\",\"unit\":0,\"incoming\":[{\"index\":0,\"name\":\"left\",\"kept\":1,"
                   "\"of\":1}],"
                   "\"outgoing\":[{\"index\":0,\"name\":\"right\",\"kept\":1,\"of\":1}]}"));
    r->ui.screen = VIEW_NEURON;
    rig_draw(r);
    rig_click(r, "Out: ");
    assert_true(r->ui.out_pane);
    rig_click(r, "In: ");
    assert_false(r->ui.out_pane);
    board_put(
        &r->ui.board, BOARD_SAMPLES,
        rig_parsed(
            "{\"samples\":[{\"name\":\"s-one\"},{\"name\":\"s-two\"}],\"sessions\":[{\"name\":\"t-one\"},"
            "{\"name\":\"t-two\"}]}"));
    r->ui.screen = VIEW_PICKER;
    rig_draw(r);
    rig_click(r, "t-two");
    assert_int_equal(r->ui.pick, 3);
    rig_click(r, "s-two");
    assert_int_equal(r->ui.pick, 1);
    rig_click(r, "s-two");
    assert_true(r->ui.picked);
}

static void test_points_of_a_curve_are_clicked(void **state)
{
    struct hands_rig *r = *state;
    board_put_curve(
        &r->ui.board,
        rig_parsed(
            "{\"criterion\":\"magnitude\",\"structure\":\"weight\",\"scope\":\"global\",\"points\":["
            "{\"amount\":0,\"bytes\":4000,\"accuracy\":0.9},{\"amount\":0.5,\"bytes\":2000,\"accuracy\":0.8},"
            "{\"amount\":0.9,\"bytes\":1000,\"accuracy\":0.5}]}"));
    r->ui.screen = VIEW_CURVE;
    rig_draw(r);
    const struct spot *first = NULL, *last = NULL;
    for (size_t i = 0; i < r->surface->n_spots; i++)
        if (r->surface->spots[i].kind == SPOT_POINT) {
            first = first ? first : &r->surface->spots[i];
            last = &r->surface->spots[i];
        }
    assert_non_null(first);
    int right = last->r.x, left = first->r.x, y = first->r.y;
    rig_mouse(r, MOUSE_PRESS, right, y);
    assert_true(r->ui.at_amount == 0);
    rig_mouse(r, MOUSE_PRESS, left, y);
    assert_true(r->ui.at_amount == 0.9);
    rig_mouse(r, MOUSE_WHEEL_DOWN, left, y);
    assert_true(r->ui.at_amount == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HANDS(test_box_can_be_clicked),
        WITH_HANDS(test_tabs_rows_and_footer_are_clicked),
        WITH_HANDS(test_sliders_are_dragged),
        WITH_HANDS(test_boxes_and_choices_are_clicked),
        WITH_HANDS(test_arrows_of_the_verdict_are_clicked),
        WITH_HANDS(test_tabs_of_later_versions_say_so),
        WITH_HANDS(test_words_of_the_help_are_clicked),
        WITH_HANDS(test_cells_of_a_layer_are_clicked),
        WITH_HANDS(test_threshold_is_dragged),
        WITH_HANDS(test_a_click_leaves_a_prefix),
        WITH_HANDS(test_palette_covers_what_lies_under_it),
        WITH_HANDS(test_jobs_and_steps_are_clicked),
        WITH_HANDS(test_wheel_moves),
        WITH_HANDS(test_inactive_panes_and_lists_are_clicked),
        WITH_HANDS(test_points_of_a_curve_are_clicked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
