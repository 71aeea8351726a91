/* The explorer under the hands, without a terminal: keys in sequence, clicks on what was drawn, paste, copies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/copy.h"
#include "app/hands.h"
#include "app/keys.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "views/spot.h"

/* A ui on a small model, what it posted last, and the surface as it was last drawn. */
struct rig {
    struct ui ui;
    struct hands hands;
    struct surface *surface;
    struct scratch memory;
    char posted[256];
    double now;
};

static void record(void *data, enum request_kind kind, const char *line)
{
    struct rig *r = data;
    snprintf(r->posted, sizeof r->posted, "%d %s", (int)kind, line);
}

static void ignore(void *data, int64_t job)
{
    (void)data;
    (void)job;
}

static struct json *parsed(const char *text)
{
    struct json *j = json_parse(text, strlen(text), "test", NULL);
    assert_non_null(j);
    return j;
}

static void draw(struct rig *r)
{
    struct scene scene;
    struct look look = {GLYPHS_ASCII, false};
    scratch_clear(&r->memory);
    ui_scene(&r->ui, &r->memory, &scene);
    scene_draw(&scene, r->surface, &look);
}

static const char layers[] =
    "{\"layers\":[{\"name\":\"in,1\",\"shape\":[4,3],\"weights\":12,\"kept\":6,\"sparsity\":0.5,\"units\":4,"
    "\"dead\":0},"
    "{\"name\":\"mid\",\"shape\":[5,4],\"weights\":20,\"kept\":20,\"sparsity\":0.1234567890123,\"units\":5,"
    "\"dead\":0},"
    "{\"name\":\"end\",\"shape\":[2,5],\"weights\":10,\"kept\":10,\"sparsity\":0,\"units\":2,\"dead\":0}]}";

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    const struct ui_port port = {.post = record, .cancel = ignore, .data = r};
    ui_init(&r->ui, &port);
    r->surface = surface_new(100, 30);
    r->now = 100;
    board_put(&r->ui.board, BOARD_MODEL, parsed("{\"name\":\"m\"}"));
    board_put(&r->ui.board, BOARD_LAYERS, parsed(layers));
    draw(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;
    ui_release(&r->ui);
    surface_free(r->surface);
    scratch_release(&r->memory);
    free(r);
    return 0;
}

static void keys(struct rig *r, const char *names)
{
    char text[128], *rest = text;
    snprintf(text, sizeof text, "%s", names);
    for (char *name; (name = strtok_r(rest, " ", &rest));) {
        struct event e = {.kind = EVENT_KEY, .printable = name[1] == '\0'};
        snprintf(e.name, sizeof e.name, "%.15s", name);
        hands_event(&r->hands, &r->ui, r->surface, &e, r->now);
        draw(r);
    }
}

static void mouse(struct rig *r, enum mouse_action action, int x, int y)
{
    struct event e = {.kind = EVENT_MOUSE, .action = action, .x = x, .y = y};
    hands_event(&r->hands, &r->ui, r->surface, &e, r->now);
    draw(r);
}

static void paste(struct rig *r, const char *text)
{
    struct event e = {.kind = EVENT_PASTE, .text = text};
    hands_event(&r->hands, &r->ui, r->surface, &e, r->now);
    draw(r);
}

/* Where that text stands on the surface, in ASCII; false: nowhere. */
static bool find(const struct rig *r, const char *text, int *x, int *y)
{
    int n = (int)strlen(text);
    for (*y = 0; *y < r->surface->h; ++*y)
        for (*x = 0; *x + n <= r->surface->w; ++*x) {
            int i = 0;
            while (i < n && surface_at(r->surface, *x + i, *y)->text[0] == text[i])
                i++;
            if (i == n)
                return true;
        }
    return false;
}

static bool shows(const struct rig *r, const char *text)
{
    int x, y;
    return find(r, text, &x, &y);
}

static void click(struct rig *r, const char *text)
{
    int x, y;
    assert_true(find(r, text, &x, &y));
    mouse(r, MOUSE_PRESS, x, y);
    mouse(r, MOUSE_RELEASE, x, y);
}

static void test_prefix_opens_its_box_after_a_while(void **state)
{
    struct rig *r = *state;
    assert_true(ui_waits(&r->ui, r->now) < 0);
    keys(r, "y");
    assert_true(ui_waits(&r->ui, r->now) > 0.29 && ui_waits(&r->ui, r->now) <= 0.3);
    assert_false(ui_tick(&r->ui, r->now + 0.1));
    assert_false(shows(r, "y: copy"));
    assert_true(ui_tick(&r->ui, r->now + 0.31));
    assert_true(ui_waits(&r->ui, r->now + 0.31) < 0);
    draw(r);
    assert_true(shows(r, "y: copy") && shows(r, "copy the table as CSV"));
    keys(r, "Esc");
    assert_false(shows(r, "y: copy"));
    assert_false(shows(r, "does nothing"));
    keys(r, "y c");
    assert_int_equal(r->ui.wish, WISH_COPY);
    assert_string_equal(r->ui.wish_text, "command");
}

static void test_unknown_second_key_says_so(void **state)
{
    struct rig *r = *state;
    keys(r, "y j");
    assert_true(shows(r, "y j does nothing"));
    assert_int_equal(r->ui.layer, 0);
    keys(r, "j");
    assert_int_equal(r->ui.layer, 1);
}

static void test_box_can_be_clicked(void **state)
{
    struct rig *r = *state;
    keys(r, "y");
    ui_tick(&r->ui, r->now + 1);
    draw(r);
    click(r, "copy the row");
    assert_string_equal(r->ui.wish_text, "row");
    keys(r, "y");
    mouse(r, MOUSE_PRESS, 3, 8); /* beside it: it closes and nothing else happens */
    assert_string_equal(r->ui.prefix, "");
    assert_int_equal(r->ui.layer, 0);
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

static void test_tabs_rows_and_footer_are_clicked(void **state)
{
    struct rig *r = *state;
    click(r, "end ");
    assert_int_equal(r->ui.layer, 2);
    click(r, "mid ");
    assert_int_equal(r->ui.layer, 1);
    click(r, "mid ");
    assert_int_equal(r->ui.screen, VIEW_LAYER);
    assert_non_null(strstr(r->posted, "layer mid "));
    click(r, "1 Over");
    assert_int_equal(r->ui.screen, VIEW_OVERVIEW);
    click(r, "Strat");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
    click(r, "type value");
    assert_int_equal(r->ui.prompt, PROMPT_AMOUNT);
    mouse(r, MOUSE_PRESS, 2, 1); /* the command line is open: tabs wait */
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
    keys(r, "Esc");
    click(r, "? help");
    assert_true(r->ui.help);
}

static void test_sliders_are_dragged(void **state)
{
    struct rig *r = *state;
    int x, y;
    keys(r, "2 k");
    assert_int_equal(r->ui.control, 2);
    const struct spot *track = NULL;
    for (size_t i = 0; i < r->surface->n_spots; i++)
        if (r->surface->spots[i].kind == SPOT_SLIDER)
            track = &r->surface->spots[i];
    assert_non_null(track);
    x = track->r.x, y = track->r.y;
    int last = x + track->r.w - 1;
    mouse(r, MOUSE_PRESS, x, y);
    assert_int_equal(r->ui.control, 4);
    assert_true(r->ui.amount == 0);
    mouse(r, MOUSE_DRAG, last + 20, y + 5);
    assert_true(r->ui.amount == 0.99);
    assert_non_null(strstr(r->posted, "1 prune 0.99 "));
    mouse(r, MOUSE_RELEASE, last, y);
    mouse(r, MOUSE_DRAG, x, y); /* let go: nothing hangs on the pointer */
    assert_true(r->ui.amount == 0.99);
    mouse(r, MOUSE_WHEEL_UP, x, y);
    assert_true(r->ui.amount > 0.979 && r->ui.amount < 0.981);
}

static void test_wheel_moves(void **state)
{
    struct rig *r = *state;
    mouse(r, MOUSE_WHEEL_DOWN, 10, 10);
    assert_int_equal(r->ui.layer, 2);
    mouse(r, MOUSE_WHEEL_UP, 10, 10);
    assert_int_equal(r->ui.layer, 0);
}

static void test_inactive_panes_and_lists_are_clicked(void **state)
{
    struct rig *r = *state;
    board_put(&r->ui.board, BOARD_NEURON,
              parsed("{\"layer\":\"mid\",\"unit\":0,\"incoming\":[{\"index\":0,\"name\":\"left\",\"kept\":1,"
                     "\"of\":1}],"
                     "\"outgoing\":[{\"index\":0,\"name\":\"right\",\"kept\":1,\"of\":1}]}"));
    r->ui.screen = VIEW_NEURON;
    draw(r);
    click(r, "Out: ");
    assert_true(r->ui.out_pane);
    click(r, "In: ");
    assert_false(r->ui.out_pane);
    board_put(
        &r->ui.board, BOARD_SAMPLES,
        parsed("{\"samples\":[{\"name\":\"s-one\"},{\"name\":\"s-two\"}],\"sessions\":[{\"name\":\"t-one\"},"
               "{\"name\":\"t-two\"}]}"));
    r->ui.screen = VIEW_PICKER;
    draw(r);
    click(r, "t-two");
    assert_int_equal(r->ui.pick, 3);
    click(r, "s-two");
    assert_int_equal(r->ui.pick, 1);
    click(r, "s-two");
    assert_true(r->ui.picked);
}

static void test_points_of_a_curve_are_clicked(void **state)
{
    struct rig *r = *state;
    board_put_curve(
        &r->ui.board,
        parsed(
            "{\"criterion\":\"magnitude\",\"structure\":\"weight\",\"scope\":\"global\",\"points\":["
            "{\"amount\":0,\"bytes\":4000,\"accuracy\":0.9},{\"amount\":0.5,\"bytes\":2000,\"accuracy\":0.8},"
            "{\"amount\":0.9,\"bytes\":1000,\"accuracy\":0.5}]}"));
    r->ui.screen = VIEW_CURVE;
    draw(r);
    const struct spot *first = NULL, *last = NULL;
    for (size_t i = 0; i < r->surface->n_spots; i++)
        if (r->surface->spots[i].kind == SPOT_POINT) {
            first = first ? first : &r->surface->spots[i];
            last = &r->surface->spots[i];
        }
    assert_non_null(first);
    int right = last->r.x, left = first->r.x, y = first->r.y;
    mouse(r, MOUSE_PRESS, right, y);
    assert_true(r->ui.at_amount == 0);
    mouse(r, MOUSE_PRESS, left, y);
    assert_true(r->ui.at_amount == 0.9);
    mouse(r, MOUSE_WHEEL_DOWN, left, y);
    assert_true(r->ui.at_amount == 0.5);
}

static void test_interrupt_goes_before_a_prefix(void **state)
{
    struct rig *r = *state;
    keys(r, "y C-c");
    assert_true(shows(r, "nothing runs"));
    assert_string_equal(r->ui.prefix, "");
    keys(r, "z C-c");
    assert_true(r->ui.quit);
}

static void test_function_keys_are_the_footers(void **state)
{
    struct rig *r = *state;
    keys(r, "F2");
    assert_int_equal(r->ui.layer, 1);
    keys(r, "F4");
    assert_int_equal(r->ui.screen, VIEW_STRATEGY);
}

static void test_paste(void **state)
{
    struct rig *r = *state;
    paste(r, "Qq2\n:prune 0.9\n");
    assert_false(r->ui.quit);
    assert_int_equal(r->ui.screen, VIEW_OVERVIEW);
    assert_true(shows(r, "not run as keys"));
    keys(r, ":");
    paste(r, "note\t\"a\r\nb\033\"\n");
    assert_string_equal(buf_text(&r->ui.typed), "note \"a  b \"");
    assert_string_equal(r->posted, "");
    keys(r, "Enter");
    assert_non_null(strstr(r->posted, "note"));
}

/* As one text; "!" and the message where it cannot be made. */
static void copied(struct rig *r, const char *what, struct buf *out)
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
    struct rig *r = *state;
    struct buf got = {0};
    keys(r, "j");
    copied(r, "row", &got);
    assert_string_equal(buf_text(&got), "mid\t\t\t5 4\t20\t20\t0.1234567890123\t5\t0\t\t\t");
    copied(r, "table", &got);
    assert_non_null(strstr(buf_text(&got), "name,tensor,op,shape,weights"));
    assert_non_null(strstr(buf_text(&got), "\n\"in,1\",,,4 3,12,6,0.5,4,0,,,\n"));
    copied(r, "command", &got);
    assert_string_equal(buf_text(&got), "screen overview");
    ui_say(&r->ui, NOTICE_ERROR, "something over it");
    copied(r, "picture", &got);
    assert_non_null(strstr(buf_text(&got), "- Layers"));
    assert_null(strstr(buf_text(&got), "something over it"));
    keys(r, "2 l");
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
    struct rig *r = *state;
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
    struct rig *r = *state;
    keys(r, "E a . s v g Enter");
    assert_int_equal(r->ui.wish, WISH_EXPORT);
    assert_string_equal(r->ui.wish_text, "a.svg");
    assert_false(r->ui.wish_replace);
    r->ui.wish = WISH_NONE;
    ui_ask(&r->ui, "a.svg");
    draw(r);
    assert_true(shows(r, "a.svg is there already: replace it? y/N"));
    keys(r, "Enter");
    assert_int_equal(r->ui.wish, WISH_NONE);
    assert_true(shows(r, "nothing was written"));
    ui_ask(&r->ui, "a.svg");
    keys(r, "y");
    assert_true(r->ui.wish == WISH_EXPORT && r->ui.wish_replace);
}

static void test_exports_by_the_files_end(void **state)
{
    struct rig *r = *state;
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
    struct rig *r = *state;
    assert_false(shows(r, "mouse off"));
    keys(r, "z m");
    assert_true(shows(r, "mouse off  LIVE"));
    assert_int_equal(r->ui.wish, WISH_MOUSE);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_prefix_opens_its_box_after_a_while),
        WITH_RIG(test_unknown_second_key_says_so),
        WITH_RIG(test_box_can_be_clicked),
        cmocka_unit_test(test_no_two_keys_collide),
        WITH_RIG(test_tabs_rows_and_footer_are_clicked),
        WITH_RIG(test_sliders_are_dragged),
        WITH_RIG(test_wheel_moves),
        WITH_RIG(test_inactive_panes_and_lists_are_clicked),
        WITH_RIG(test_points_of_a_curve_are_clicked),
        WITH_RIG(test_interrupt_goes_before_a_prefix),
        WITH_RIG(test_function_keys_are_the_footers),
        WITH_RIG(test_paste),
        WITH_RIG(test_copies),
        WITH_RIG(test_look_goes_to_a_neuron),
        WITH_RIG(test_export_asks_before_it_replaces),
        WITH_RIG(test_exports_by_the_files_end),
        WITH_RIG(test_mouse_off_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
