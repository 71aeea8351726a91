/* views/surface, glyph, style, amount: cells, clipping, widths, signs, colours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "views/amount.h"
#include "views/dump.h"
#include "views/surface.h"
#include "views/table.h"
#include "views/widget.h"

static const struct look ascii = {GLYPHS_ASCII, false};
static const struct look blocks = {GLYPHS_BLOCKS, false};

/* The text of a surface, rows divided by '/'. */
static void expect_rows(const struct surface *s, const char *expect)
{
    struct buf text = {0};
    dump_text(&text, s);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\n')
            text.data[i] = '/';
    assert_string_equal(buf_text(&text), expect);
    buf_release(&text);
}

static void test_writing_is_clipped(void **state)
{
    (void)state;
    struct surface *s = surface_new(6, 3);
    struct rect middle = {1, 1, 3, 1};
    assert_int_equal(surface_text(s, middle, 0, 1, STYLE_NORMAL, "abcdefgh"), 8);
    surface_text(s, middle, 1, 0, STYLE_NORMAL, "above");
    surface_text(s, surface_rect(s), 3, 2, STYLE_NORMAL, "right edge");
    surface_text(s, (struct rect){-5, -5, 100, 100}, -2, 0, STYLE_NORMAL, "xyz");
    surface_text(s, surface_rect(s), 0, 7, STYLE_NORMAL, "below");
    surface_fill(s, (struct rect){4, -3, 50, 4}, STYLE_NORMAL, "=");
    expect_rows(s, "z   ==/ bcd/   rig/");
    surface_free(s);
}

static void test_wide_characters_take_two_cells(void **state)
{
    (void)state;
    struct surface *s = surface_new(6, 1);
    struct rect all = surface_rect(s);
    assert_int_equal(surface_text(s, all, 0, 0, STYLE_NORMAL, "日本x"), 5);
    assert_int_equal(surface_at(s, 0, 0)->width, 2);
    assert_int_equal(surface_at(s, 1, 0)->width, 0);
    assert_string_equal(surface_at(s, 1, 0)->text, "");
    expect_rows(s, "日本x/");
    surface_text(s, all, 1, 0, STYLE_NORMAL, "-"); /* the second half goes, the first becomes a blank */
    expect_rows(s, " -本x/");
    surface_text(s, all, 2, 0, STYLE_NORMAL, "+");
    expect_rows(s, " -+ x/");
    surface_text(s, all, 1, 0, STYLE_NORMAL, "日");
    surface_text(s, all, 0, 0, STYLE_NORMAL, "本"); /* over the first half of the other */
    expect_rows(s, "本  x/");
    surface_free(s);
}

static void test_half_a_wide_character_is_a_blank(void **state)
{
    (void)state;
    struct surface *s = surface_new(3, 1);
    surface_fill(s, surface_rect(s), STYLE_NORMAL, ".");
    surface_text(s, surface_rect(s), 2, 0, STYLE_NORMAL, "日");
    expect_rows(s, "../"); /* a blank at the end */
    surface_fill(s, surface_rect(s), STYLE_NORMAL, ".");
    surface_text(s, surface_rect(s), -1, 0, STYLE_NORMAL, "日");
    expect_rows(s, " ../");
    surface_free(s);
}

static void test_marks_join_their_character(void **state)
{
    (void)state;
    struct surface *s = surface_new(4, 1);
    struct buf many = {0};
    assert_int_equal(surface_text(s, surface_rect(s), 0, 0, STYLE_NORMAL, "e\xcc\x81x"), 2);
    assert_string_equal(surface_at(s, 0, 0)->text, "e\xcc\x81");
    buf_puts(&many, "a"); /* more marks than a cell holds: the rest is left out, nothing is torn */
    for (int i = 0; i < 40; i++)
        buf_puts(&many, "\xcc\x81");
    surface_text(s, surface_rect(s), 0, 0, STYLE_NORMAL, buf_text(&many));
    assert_true(strlen(surface_at(s, 0, 0)->text) < CELL_TEXT);
    assert_int_equal(strlen(surface_at(s, 0, 0)->text) % 2, 1);
    surface_text(s, surface_rect(s), 0, 0, STYLE_NORMAL, "\xcc\x81z"); /* a mark with nothing before it */
    assert_string_equal(surface_at(s, 0, 0)->text, "z");
    buf_release(&many);
    surface_free(s);
}

static void test_names_from_files_are_escaped(void **state)
{
    (void)state;
    struct surface *s = surface_new(24, 1);
    surface_text(s, surface_rect(s), 0, 0, STYLE_NORMAL, "a\033[2Jb\xff\n");
    expect_rows(s, "a\\x1b[2Jb\\xff\\x0a/");
    surface_clear(s);
    surface_text(s, surface_rect(s), 0, 0, STYLE_NORMAL,
                 "a\xe2\x80\xae"
                 "b"); /* no turning of direction */
    expect_rows(s, "ab/");
    surface_free(s);
}

static void test_what_does_not_fit_ends_in_an_ellipsis(void **state)
{
    (void)state;
    struct surface *s = surface_new(8, 4);
    surface_fit(s, (struct rect){0, 0, 5, 1}, STYLE_NORMAL, ALIGN_LEFT, "abcdefg", &ascii);
    surface_fit(s, (struct rect){0, 1, 5, 1}, STYLE_NORMAL, ALIGN_LEFT, "abcdefg", &blocks);
    surface_fit(s, (struct rect){0, 2, 5, 1}, STYLE_NORMAL, ALIGN_RIGHT, "ab", &ascii);
    surface_fit(s, (struct rect){0, 3, 5, 1}, STYLE_NORMAL, ALIGN_LEFT, "a日本語", &ascii);
    expect_rows(s, "abcd~/abcd…/   ab/a日 ~/");
    surface_clear(s);
    surface_fit(s, (struct rect){0, 0, 5, 1}, STYLE_NORMAL, ALIGN_END, "block.mlp/12", &ascii);
    surface_fit(s, (struct rect){0, 1, 5, 1}, STYLE_NORMAL, ALIGN_END, "fc1/2", &blocks);
    surface_fit(s, (struct rect){0, 2, 5, 1}, STYLE_NORMAL, ALIGN_END, "日本語", &ascii);
    surface_fit(s, (struct rect){0, 3, 5, 1}, STYLE_NORMAL, ALIGN_END, "日本語a", &ascii);
    expect_rows(s, "~p/12/fc1/2/~本語/~ 語a/");
    surface_free(s);
}

static void test_text_is_broken_at_blanks(void **state)
{
    (void)state;
    struct surface *s = surface_new(10, 4);
    const char *text = "one two three four\nfive";
    assert_int_equal(surface_wrap_rows(text, 9), 4);
    assert_int_equal(surface_wrap(s, (struct rect){0, 0, 9, 4}, STYLE_NORMAL, text, &ascii), 4);
    expect_rows(s, "one two/three/four/five/");
    surface_clear(s);
    assert_int_equal(surface_wrap(s, (struct rect){0, 0, 9, 2}, STYLE_NORMAL, text, &ascii), 2);
    expect_rows(s, "one two/three~///");
    assert_int_equal(surface_wrap_rows("abcdefghij", 4), 3);
    assert_int_equal(surface_wrap_rows("日本語", 1), 3);
    assert_int_equal(surface_wrap_rows("", 4), 0);
    surface_free(s);
}

static void test_boxes_of_any_size(void **state)
{
    (void)state;
    struct surface *s = surface_new(12, 3);
    struct rect in = surface_box(s, surface_rect(s), "Title", &ascii);
    expect_rows(s, "+- Title --+/|          |/+----------+/");
    assert_int_equal(in.x, 2);
    assert_int_equal(in.w, 8);
    surface_clear(s);
    surface_box(s, surface_rect(s), "A long title", &blocks);
    expect_rows(s, "┌─ A lon… ─┐/│          │/└──────────┘/");
    for (int w = 0; w < 12; w++)
        for (int h = 0; h < 4; h++) {
            in = surface_box(s, (struct rect){0, 0, w, h}, "x", &ascii);
            assert_true(in.w >= 0 && in.h >= 0 && in.x + in.w <= (w > 0 ? w : 1));
        }
    surface_free(s);
}

static void test_bars_show_something_above_0_and_below_1(void **state)
{
    (void)state;
    struct surface *s = surface_new(12, 4);
    bar_draw(s, (struct rect){0, 0, 12, 1}, 0.001, STYLE_NORMAL, &ascii);
    bar_draw(s, (struct rect){0, 1, 12, 1}, 0.999, STYLE_NORMAL, &ascii);
    bar_draw(s, (struct rect){0, 2, 12, 1}, 0.5625, STYLE_NORMAL, &blocks);
    bar_draw(s, (struct rect){0, 3, 12, 1}, NAN, STYLE_NORMAL, &ascii);
    expect_rows(s, "|#.........|/|#########.|/│█████▋    │/|?.........|/");
    slider_draw(s, (struct rect){0, 0, 12, 1}, 0, STYLE_NORMAL, &ascii);
    slider_draw(s, (struct rect){0, 1, 12, 1}, 1, STYLE_NORMAL, &ascii);
    assert_string_equal(surface_at(s, 1, 0)->text, "O");
    assert_string_equal(surface_at(s, 10, 1)->text, "O");
    surface_free(s);
}

static void test_shades_never_hide_a_survivor(void **state)
{
    (void)state;
    for (int level = 0; level < GLYPHS_LEVELS; level++) {
        assert_string_equal(glyph_shade(level, 0), " ");
        assert_string_not_equal(glyph_shade(level, 1e-9), " ");
        assert_string_equal(glyph_shade(level, 1), level == GLYPHS_ASCII ? "@" : "█");
    }
}

static void test_braille_dots(void **state)
{
    (void)state;
    char sign[8];
    glyph_dots(0x01, sign);
    assert_string_equal(sign, "⠁");
    glyph_dots(0x02, sign);
    assert_string_equal(sign, "⠈");
    glyph_dots(0xc0, sign);
    assert_string_equal(sign, "⣀");
    glyph_dots(0xff, sign);
    assert_string_equal(sign, "⣿");
    glyph_dots(0, sign);
    assert_string_equal(sign, " ");
}

static void test_styles_have_letters_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++)
        for (int k = 0; k < i; k++) {
            assert_int_not_equal(style_letter(i), style_letter(k));
            assert_string_not_equal(style_name(i), style_name(k));
        }
    for (int i = 0; i < STYLE_COUNT; i++) {
        assert_int_equal(style_look(i, THEME_MONO, COLOURS_TRUE).colour, -1);
        for (int theme = 0; theme < THEME_COUNT; theme++)
            assert_int_not_equal(style_look(i, theme, COLOURS_TRUE).colour, 0); /* never black */
    }
}

static void test_colours_for_poorer_terminals(void **state)
{
    (void)state;
    assert_int_equal(colour_map(0xff0000, COLOURS_256), 196); /* of the xterm table */
    assert_int_equal(colour_map(0x808080, COLOURS_256), 244);
    assert_int_equal(colour_map(0x0000ff, COLOURS_256), 21);
    assert_int_equal(colour_map(0x123456, COLOURS_TRUE), 0x123456);
    assert_int_equal(colour_map(-1, COLOURS_256), -1);
    assert_int_equal(colour_map(0xff0000, COLOURS_NONE), -1);
    static const int32_t hues[][3] = {
        {0xff0000, 1, 9},  {0xcd0000, 1, 1},  {0x00ff00, 2, 10}, {0xffff00, 3, 11}, {0x5c5cff, 4, 12},
        {0xff00ff, 5, 13}, {0x00ffff, 6, 14}, {0xffffff, 7, 15}, {0x7f7f7f, -1, 8}, {0xc0c0c0, -1, 7}};
    for (size_t i = 0; i < sizeof hues / sizeof *hues; i++) {
        assert_int_equal(colour_map(hues[i][0], COLOURS_8), hues[i][1]);
        assert_int_equal(colour_map(hues[i][0], COLOURS_16), hues[i][2]);
    }
    for (int32_t rgb = 0; rgb < 0x1000000; rgb += 0x030507) {
        int32_t few = colour_map(rgb, COLOURS_8), some = colour_map(rgb, COLOURS_16);
        assert_true(few != 0 && few >= -1 && few < 8 && some > 0 && some < 16);
    }
}

static void expect_amount(struct amount a, const char *expect)
{
    struct buf text = {0};
    amount_text(&text, a);
    assert_string_equal(buf_text(&text), expect);
    buf_release(&text);
}

static void test_amounts_say_what_is_known(void **state)
{
    (void)state;
    struct amount a = amount_percent(0.846, 1);
    expect_amount(a, "84.6%");
    a.trust = TRUST_STALE;
    expect_amount(a, "84.6%*");
    a.trust = TRUST_PARTIAL;
    expect_amount(a, "~84.6%");
    a.trust = TRUST_GUESS;
    expect_amount(a, "guess 84.6%");
    expect_amount((struct amount){0}, "");
    expect_amount(amount_percent(NAN, 1), "?");
    expect_amount(amount_points(-0.006, 1), "-0.6pp");
    expect_amount(amount_signed(0.0001, 3), "0.000");
    expect_amount(amount_signed(0.017, 3), "+0.017");
    expect_amount(amount_count(13696), "13,696");
    expect_amount(amount_bytes(13444), "13.1 KiB");
    expect_amount(amount_times(0.7, 1), "0.7x");
    expect_amount(amount_signed(-5189, 0), "-5,189");
    expect_amount(amount_signed(79, 0), "+79");
    struct buf text = {0};
    amount_interval(&text, amount_points(-0.0135, 1), amount_points(0.0018, 1));
    assert_string_equal(buf_text(&text), "-1.4 .. +0.2");
    buf_clear(&text);
    amount_interval(&text, amount_points(-0.01, 1), (struct amount){0});
    assert_string_equal(buf_text(&text), "");
    buf_release(&text);
}

static void name_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    (void)rows;
    if (column == 0)
        buf_printf(&out->text, "layer with a name %zu", row);
    else
        buf_printf(&out->text, "%zu", row * 1000);
}

static void test_tables_cut_names_and_keep_numbers(void **state)
{
    (void)state;
    static const struct column columns[] = {{"name", COLUMN_TEXT, 4, 0, 0, false},
                                            {"count", COLUMN_NUMBER, 0, 0, 0, false},
                                            {"spare", COLUMN_NUMBER, 0, 0, 1, false}};
    struct table t = {.columns = columns, .column_count = 3, .count = 50, .selected = 49, .cell = name_cell};
    struct surface *s = surface_new(16, 3);
    assert_int_equal(table_draw(&t, s, surface_rect(s), &ascii), 3);
    expect_rows(s, " name      count/ layer wi~ 48000/>layer wi~ 49000/");
    surface_free(s);
}

/* Numbers stand in one column; what does not fit goes to a line of its own while there are lines. */
static void test_facts_line_up(void **state)
{
    (void)state;
    const struct fact facts[] = {
        {.label = "=HEAD"},
        {.label = "kept", .amount = amount_count(2739), .note = "of 13,696"},
        {.label = "a label that is long", .amount = amount_count(12)},
        {.label = "absent"},
        {.label = "cut", .amount = amount_count(3), .note = "a remark", .alarm = true},
        {.label = "note", .note = "words"},
    };
    struct surface *s = surface_new(22, 9);
    assert_int_equal(facts_rows(facts, 6, 22), 6);
    assert_int_equal(facts_draw(s, surface_rect(s), facts, 6, &ascii), 6);
    expect_rows(s, "HEAD/kept 2,739  of 13,696/a label that is long/        12/cut      3  a remark !/"
                   "note words////");
    surface_clear(s);
    assert_true(facts_draw(s, (struct rect){0, 0, 22, 3}, facts, 6, &ascii) <= 3);
    expect_rows(s, "HEAD/kept 2,739  of 13,696/a l~    12///////");
    surface_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writing_is_clipped),
        cmocka_unit_test(test_wide_characters_take_two_cells),
        cmocka_unit_test(test_half_a_wide_character_is_a_blank),
        cmocka_unit_test(test_marks_join_their_character),
        cmocka_unit_test(test_names_from_files_are_escaped),
        cmocka_unit_test(test_what_does_not_fit_ends_in_an_ellipsis),
        cmocka_unit_test(test_text_is_broken_at_blanks),
        cmocka_unit_test(test_boxes_of_any_size),
        cmocka_unit_test(test_bars_show_something_above_0_and_below_1),
        cmocka_unit_test(test_shades_never_hide_a_survivor),
        cmocka_unit_test(test_braille_dots),
        cmocka_unit_test(test_styles_have_letters_of_their_own),
        cmocka_unit_test(test_colours_for_poorer_terminals),
        cmocka_unit_test(test_amounts_say_what_is_known),
        cmocka_unit_test(test_facts_line_up),
        cmocka_unit_test(test_tables_cut_names_and_keep_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
