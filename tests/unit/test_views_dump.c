/* views/dump: text, golden planes, ANSI, SVG. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/buf.h"
#include "views/dump.h"

static struct surface *small(void)
{
    struct surface *s = surface_new(6, 2);
    surface_text(s, surface_rect(s), 0, 0, STYLE_KEPT, "ab");
    surface_text(s, surface_rect(s), 2, 0, STYLE_NORMAL, "日");
    surface_text(s, surface_rect(s), 1, 1, STYLE_CUT, "<&>");
    return s;
}

static void test_text_has_no_trailing_blanks(void **state)
{
    (void)state;
    struct surface *s = small();
    struct buf out = {0};
    dump_text(&out, s);
    assert_string_equal(buf_text(&out), "ab日\n <&>\n");
    buf_release(&out);
    surface_free(s);
}

static void test_golden_has_two_planes(void **state)
{
    (void)state;
    struct surface *s = small();
    struct buf out = {0};
    dump_golden(&out, s);
    assert_string_equal(buf_text(&out), "-- text\n|ab日  |\n| <&>  |\n-- style\n|kk....|\n|.uuu..|\n");
    buf_release(&out);
    surface_free(s);
}

static void test_ansi_resets_each_row(void **state)
{
    (void)state;
    struct surface *s = small();
    struct buf out = {0};
    dump_ansi(&out, s, THEME_DEFAULT, COLOURS_TRUE);
    assert_string_equal(buf_text(&out), "\033[0;38;2;86;180;233mab\033[0m日\n"
                                        " \033[0;38;2;138;106;58m<&>\033[0m\n");
    buf_clear(&out);
    dump_ansi(&out, s, THEME_DEFAULT, COLOURS_256);
    assert_non_null(strstr(buf_text(&out), "\033[0;38;5;74mab"));
    buf_clear(&out);
    dump_ansi(&out, s, THEME_DEFAULT, COLOURS_NONE); /* attributes stay: no colour, but a cut is dim */
    assert_string_equal(buf_text(&out), "\033[0mab\033[0m日\n \033[0;2m<&>\033[0m\n");
    buf_release(&out);
    surface_free(s);
}

static void test_svg_is_escaped_placed_and_repeatable(void **state)
{
    (void)state;
    struct surface *s = small();
    struct buf out = {0}, again = {0};
    dump_svg(&out, s, THEME_DEFAULT);
    dump_svg(&again, s, THEME_DEFAULT);
    assert_string_equal(buf_text(&out), buf_text(&again));
    assert_non_null(strstr(buf_text(&out), "&lt;&amp;&gt;</text>"));
    assert_non_null(strstr(buf_text(&out), "<text x=\"24.8\" y=\"20.6\" fill=\"#d6d6d6\">日</text>"));
    assert_null(strstr(buf_text(&out), "<&>"));
    assert_non_null(strstr(buf_text(&out), "</svg>\n"));
    buf_release(&out);
    buf_release(&again);
    surface_free(s);
}

static void test_svg_draws_lines_and_blocks_as_shapes(void **state)
{
    (void)state;
    struct surface *s = surface_new(4, 1);
    struct buf out = {0};
    surface_text(s, surface_rect(s), 0, 0, STYLE_NORMAL, "─▌⣿x");
    dump_svg(&out, s, THEME_LIGHT);
    assert_null(strstr(buf_text(&out), "─"));
    assert_null(strstr(buf_text(&out), "▌"));
    assert_null(strstr(buf_text(&out), "⣿"));
    assert_non_null(strstr(buf_text(&out), "<rect x=\"16.4\" y=\"8.0\" width=\"4.2\" height=\"17.0\""));
    assert_non_null(strstr(buf_text(&out), ">x</text>"));
    buf_release(&out);
    surface_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_has_no_trailing_blanks),
        cmocka_unit_test(test_golden_has_two_planes),
        cmocka_unit_test(test_ansi_resets_each_row),
        cmocka_unit_test(test_svg_is_escaped_placed_and_repeatable),
        cmocka_unit_test(test_svg_draws_lines_and_blocks_as_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
