/* views/layout and whole frames at every size: inside, disjoint, complete. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "tests/unit/util_scenes.h"
#include "views/dump.h"

enum { MOST_COLUMNS = 250, MOST_ROWS = 120 };

/* Do the rectangles lie inside `all`, without overlap, and cover it? Areas of disjoint parts inside a whole that add up to
 * the whole's area cover it. */
static void expect_tiling(const struct rect *parts, size_t n, struct rect all)
{
    long area = 0;
    for (size_t i = 0; i < n; i++) {
        struct rect r = parts[i];
        assert_true(r.w >= 0 && r.h >= 0);
        area += (long)r.w * r.h;
        if (r.w == 0 || r.h == 0)
            continue;
        struct rect seen = rect_intersect(r, all);
        assert_true(seen.w == r.w && seen.h == r.h);
        for (size_t k = 0; k < i; k++) {
            struct rect both = rect_intersect(r, parts[k]);
            assert_true(both.w == 0 || both.h == 0);
        }
    }
    assert_int_equal(area, (long)all.w * all.h);
}

static void test_frame_at_every_size(void **state)
{
    (void)state;
    for (int w = 1; w <= MOST_COLUMNS; w++)
        for (int h = 1; h <= MOST_ROWS; h++) {
            struct frame_layout f = layout_frame(w, h);
            struct rect parts[] = {f.title, f.tabs, f.body, f.status, f.keys};
            expect_tiling(parts, 5, (struct rect){0, 0, w, h});
        }
}

static void test_arrangements_change_where_said(void **state)
{
    (void)state;
    assert_int_equal(layout_arrangement(59, 100), ARRANGE_TOO_SMALL);
    assert_int_equal(layout_arrangement(200, 14), ARRANGE_TOO_SMALL);
    assert_int_equal(layout_arrangement(60, 15), ARRANGE_LIST);
    assert_int_equal(layout_arrangement(79, 24), ARRANGE_LIST);
    assert_int_equal(layout_arrangement(80, 24), ARRANGE_PEEK);
    assert_int_equal(layout_arrangement(99, 30), ARRANGE_PEEK);
    assert_int_equal(layout_arrangement(100, 30), ARRANGE_FULL);
}

static void test_divisions_tile(void **state)
{
    (void)state;
    static const struct part sets[][4] = {
        {{3, 6, 0}, {6, 0, 1}, {7, 7, 0}, {0, 0, 0}},
        {{10, 0, 1}, {10, 0, 2}, {10, 0, 3}, {10, 0, 4}},
        {{1, 50, 0}, {1, 50, 0}, {1, 50, 0}, {1, 50, 0}},
        {{400, 0, 1}, {400, 0, 1}, {400, 0, 1}, {400, 0, 1}},
    };
    struct rect out[4];
    for (size_t k = 0; k < 4; k++)
        for (int size = 0; size <= MOST_COLUMNS; size++) {
            struct rect across = {3, 5, size, 9}, down = {3, 5, 9, size};
            layout_columns(across, sets[k], 4, out);
            expect_tiling(out, 4, across);
            layout_rows(down, sets[k], 4, out);
            expect_tiling(out, 4, down);
        }
}

static void test_divisions_keep_their_word(void **state)
{
    (void)state;
    static const struct part parts[] = {{3, 6, 0}, {6, 0, 1}, {7, 7, 0}};
    struct rect out[3];
    layout_rows((struct rect){0, 0, 10, 26}, parts, 3, out);
    assert_int_equal(out[0].h, 6);
    assert_int_equal(out[1].h, 13);
    assert_int_equal(out[2].h, 7);
    layout_rows((struct rect){0, 0, 10, 15}, parts, 3, out); /* no room for the last */
    assert_int_equal(out[0].h, 6);
    assert_int_equal(out[1].h, 9);
    assert_int_equal(out[2].h, 0);
}

static void test_scrolling_keeps_the_selected_row_in_sight(void **state)
{
    (void)state;
    for (size_t count = 1; count < 40; count++)
        for (size_t visible = 1; visible < 20; visible++)
            for (size_t selected = 0; selected < count; selected++) {
                size_t top = layout_scroll(count, selected, visible);
                assert_true(top <= selected && selected < top + visible);
                assert_true(top == 0 || top + visible <= count);
            }
    assert_int_equal(layout_scroll(100, 50, 10), 45);
}

/* A row of a surface is whole: its cells' widths add up, and only a wide cell is followed by a continuation. */
static void expect_whole_rows(const struct surface *s)
{
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w; x++) {
            const struct cell *c = surface_at(s, x, y);
            assert_true(c->style < STYLE_COUNT);
            if (c->width == 2)
                assert_true(x + 1 < s->w && surface_at(s, x + 1, y)->width == 0);
            if (c->width == 0)
                assert_true(x > 0 && surface_at(s, x - 1, y)->width == 2);
        }
}

/* The lines around a screen are where they should be, whatever stands over it. */
static void expect_frame(const struct surface *s, const struct scene *scene)
{
    static const char name[] = "poda";
    if (layout_arrangement(s->w, s->h) == ARRANGE_TOO_SMALL)
        return;
    for (int x = 0; x < 4; x++)
        assert_int_equal(surface_at(s, 1 + x, 0)->text[0], name[x]);
    bool tab = false;
    for (int x = 0; x < s->w; x++) {
        enum style style = surface_at(s, x, 1)->style;
        tab = tab || style == (scene->frame.tab ? STYLE_TAB_ACTIVE : STYLE_TAB);
    }
    assert_true(tab);
    bool typed = scene->frame.prompt.open && !scene->frame.prompt.title;
    if (typed || scene->frame.key_count > 0)
        assert_int_equal(surface_at(s, typed ? 0 : 1, s->h - 1)->style, STYLE_KEY);
}

/* Screens may be drawn at any size; what a sanitizer finds here is a screen that leaves its pane. */
static void test_every_screen_at_many_sizes(void **state)
{
    (void)state;
    static const int columns[] = {1, 2, 7, 20, 40, 59, 60, 61, 79, 80, 81, 99, 100, 101, 137, 160, 250};
    static const int rows[] = {1, 2, 3, 14, 15, 16, 23, 24, 25, 29, 30, 31, 50, 120};
    struct surface *s = surface_new(1, 1);
    for (size_t k = 0; k < example_count; k++)
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
            for (size_t j = 0; j < sizeof rows / sizeof *rows; j++)
                for (int way = 0; way < 2 * GLYPHS_LEVELS; way++) {
                    struct look look = {way / 2, way % 2};
                    struct scene scene = examples[k].build();
                    surface_resize(s, columns[i], rows[j]);
                    scene_draw(&scene, s, &look);
                    expect_whole_rows(s);
                    expect_frame(s, &scene);
                }
    surface_free(s);
}

/* Each screen's own division of what it is given: nothing outside, and its outer edge complete, but for pages without a box. Around
 * the screen stand signs that no screen draws. */
static void expect_own_place(const struct scene *scene, struct surface *s, const struct look *look)
{
    static const char mark[] = "\x7f";
    struct rect r = {3, 2, s->w - 5, s->h - 4};
    int bottom =
        r.y + r.h - (scene->view == VIEW_HELP ? 2 : 1); /* below the help's boxes a line to type on */
    for (int i = 0; i < s->w * s->h; i++)
        memcpy(s->cells[i].text, mark, sizeof mark);
    views[scene->view].draw(scene->body, s, r, look);
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w; x++) {
            bool inside = x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
            bool edge = inside && y <= bottom && (x == r.x || x == r.x + r.w - 1 || y == r.y || y == bottom);
            bool drawn = strcmp(surface_at(s, x, y)->text, mark) != 0;
            if ((drawn && !inside) || (!drawn && edge && scene->view != VIEW_MESSAGE))
                fail_msg("%s at %d x %d: cell %d, %d", views[scene->view].name, s->w, s->h, x, y);
        }
}

static void test_every_screen_keeps_to_its_place(void **state)
{
    (void)state;
    struct surface *s = surface_new(1, 1);
    for (size_t k = 0; k < example_count; k++)
        for (int w = strchr(examples[k].name, '-') ? 93 : 60; w <= MOST_COLUMNS; w += 31)
            for (int h = 15; h <= MOST_ROWS; h += 13)
                for (int peek = 0; peek < 2; peek++) {
                    struct look look = {GLYPHS_ASCII, peek};
                    struct scene scene = examples[k].build();
                    surface_resize(s, w, h);
                    if (scene.body)
                        expect_own_place(&scene, s, &look);
                }
    surface_free(s);
}

/* Whatever the numbers are, a plot is drawn and comes to an end. */
static void test_plots_of_strange_numbers(void **state)
{
    (void)state;
    static const double odd[] = {0, -1, 1e-300, 1, 1e18, 1e300, -1e300, NAN, INFINITY, -INFINITY};
    enum { N = sizeof odd / sizeof *odd };
    struct surface *s = surface_new(100, 30);
    for (int i = 0; i < N * N * 8; i++) {
        struct curve_point points[2] = {{odd[i % N], odd[i / N % N], odd[i % N], odd[i / N % N], true, true},
                                        {1, 0.5, 0.4, 0.6, false, true}};
        struct curve_series series = {'m', "magnitude", points, 2, false};
        struct curve_scene body = example_curve();
        body.series = &series;
        body.series_count = 1;
        body.x.log = i / (N * N) % 2;
        body.y.log = i / (N * N) / 2 % 2;
        body.x.measure = i / (N * N) / 4 ? MEASURE_BYTES : MEASURE_PLAIN;
        body.budget = odd[i % N];
        body.at_point = 0;
        struct scene scene = {example_frame('3'), VIEW_CURVE, &body};
        struct look look = {GLYPHS_BRAILLE, false};
        scene_draw(&scene, s, &look);
        expect_whole_rows(s);
    }
    surface_free(s);
}

static void test_ascii_is_ascii(void **state)
{
    (void)state;
    struct surface *s = surface_new(160, 50);
    static const struct look look = {GLYPHS_ASCII, false};
    for (size_t k = 0; k < example_count; k++) {
        struct scene scene = examples[k].build();
        struct buf out = {0};
        scene_draw(&scene, s, &look);
        dump_text(&out, s);
        for (size_t i = 0; i < out.len && !examples[k].foreign; i++)
            assert_true((unsigned char)out.data[i] < 0x7f);
        buf_release(&out);
    }
    surface_free(s);
}

static void test_too_small_names_both_sizes(void **state)
{
    (void)state;
    struct scene scene = examples[0].build();
    struct surface *s = surface_new(40, 12);
    static const struct look look = {GLYPHS_ASCII, false};
    struct buf out = {0};
    scene_draw(&scene, s, &look);
    dump_text(&out, s);
    assert_non_null(strstr(buf_text(&out), "needs 60 x 15"));
    assert_non_null(strstr(buf_text(&out), "this is 40 x 12"));
    buf_release(&out);
    surface_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_at_every_size),
        cmocka_unit_test(test_arrangements_change_where_said),
        cmocka_unit_test(test_divisions_tile),
        cmocka_unit_test(test_divisions_keep_their_word),
        cmocka_unit_test(test_scrolling_keeps_the_selected_row_in_sight),
        cmocka_unit_test(test_every_screen_at_many_sizes),
        cmocka_unit_test(test_every_screen_keeps_to_its_place),
        cmocka_unit_test(test_plots_of_strange_numbers),
        cmocka_unit_test(test_ascii_is_ascii),
        cmocka_unit_test(test_too_small_names_both_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
