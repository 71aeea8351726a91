/* Golden screens: every example at the sizes and glyph levels below is compared with tests/golden/NAME-WxH-GLYPHS.txt, text and
 * styles. GENERATE=1 rewrites the files instead; read the difference before it is kept. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "tests/unit/util_scenes.h"
#include "views/dump.h"

/* Which examples a size and level is kept for. */
enum kept {
    EVERY,  /* every example */
    STATES, /* screens as they usually are (no '-' in their name), and the states below */
    NORMAL, /* screens as they usually are */
};

static const struct {
    int w, h;
    enum glyphs glyphs;
    enum kept kept;
} kinds[] = {
    {80, 24, GLYPHS_ASCII, EVERY},    {100, 30, GLYPHS_ASCII, EVERY},   {160, 50, GLYPHS_ASCII, STATES},
    {60, 15, GLYPHS_ASCII, NORMAL},   {100, 30, GLYPHS_BLOCKS, STATES}, {100, 30, GLYPHS_BRAILLE, STATES},
    {160, 50, GLYPHS_BLOCKS, NORMAL},
};

/* States that are easily forgotten, and two whose signs differ most between the levels. */
static const char *const states[] = {
    "overview-no-data", "overview-pending", "overview-unknown", "overview-job", "overview-error",
    "overview-prompt",  "overview-palette", "overview-which",   "jobs-failed",  "strategy-partial",
    "strategy-no-data", "strategy-notices", "curve-empty",      "curve-ties",
};

static void draw_example(const struct example *e, int w, int h, enum glyphs glyphs, struct buf *out)
{
    struct scene scene = e->build();
    struct surface *s = surface_new(w, h);
    struct look look = {glyphs, e->peek};
    scene_draw(&scene, s, &look);
    buf_printf(out, "# %s %dx%d %s\n", e->name, w, h, glyph_sets[glyphs].name);
    dump_golden(out, s);
    surface_free(s);
}

/* False if there is no such file. */
static bool read_all(const char *path, struct buf *out)
{
    char part[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        buf_add(out, part, n);
    fclose(f);
    return true;
}

static void write_all(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text->data, 1, text->len, f), text->len);
    assert_int_equal(fclose(f), 0);
}

/* The first line that differs, for people. */
static void print_difference(const char *path, const char *expect, const char *got)
{
    int line = 1;
    while (*expect && *got) {
        size_t e = strcspn(expect, "\n"), g = strcspn(got, "\n");
        if (e != g || memcmp(expect, got, e) != 0)
            break;
        expect += e + (expect[e] == '\n');
        got += g + (got[g] == '\n');
        line++;
    }
    print_message("%s:%d\nexpected %.*s\n     got %.*s\n", path, line, (int)strcspn(expect, "\n"), expect,
                  (int)strcspn(got, "\n"), got);
}

static bool agrees(const char *path, const struct buf *got)
{
    struct buf expect = {0};
    bool same = read_all(path, &expect) && expect.len == got->len &&
                memcmp(buf_text(&expect), buf_text(got), got->len) == 0;
    if (!same)
        print_difference(path, buf_text(&expect), buf_text(got));
    buf_release(&expect);
    return same;
}

static bool check_one(const struct example *e, int w, int h, enum glyphs glyphs)
{
    char path[256];
    struct buf got = {0};
    bool same = true;
    snprintf(path, sizeof path, "tests/golden/%s-%dx%d-%s.txt", e->name, w, h, glyph_sets[glyphs].name);
    draw_example(e, w, h, glyphs, &got);
    if (getenv("GENERATE"))
        write_all(path, &got);
    else
        same = agrees(path, &got);
    buf_release(&got);
    return same;
}

static bool is_state(const char *name)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(name, states[i]) == 0)
            return true;
    return false;
}

static bool wanted(const struct example *e, enum kept kept)
{
    return kept == EVERY || !strchr(e->name, '-') || (kept == STATES && is_state(e->name));
}

static void test_screens_are_as_kept(void **state)
{
    (void)state;
    int differ = 0;
    for (size_t i = 0; i < example_count; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (wanted(&examples[i], kinds[k].kept))
                differ += !check_one(&examples[i], kinds[k].w, kinds[k].h, kinds[k].glyphs);
    assert_int_equal(differ, 0);
}

/* One page for all: no screen and no state shows anything else where it has no room. */
static void test_too_small_is_as_kept(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 12}, {20, 5}};
    int differ = 0;
    for (size_t k = 0; k < 2 * GLYPHS_LEVELS; k++) {
        int w = sizes[k % 2][0], h = sizes[k % 2][1];
        enum glyphs glyphs = (enum glyphs)(k / 2);
        struct example small = {"too-small", examples[0].build, false, false};
        struct buf first = {0}, other = {0};
        differ += !check_one(&small, w, h, glyphs);
        draw_example(&small, w, h, glyphs, &first);
        for (size_t i = 1; i < example_count; i++) {
            small.build = examples[i].build;
            buf_clear(&other);
            draw_example(&small, w, h, glyphs, &other);
            assert_string_equal(buf_text(&first), buf_text(&other));
        }
        buf_release(&first);
        buf_release(&other);
    }
    assert_int_equal(differ, 0);
}

/* Pictures of the screens as they usually are, in colour. */
static void test_pictures_are_as_kept(void **state)
{
    (void)state;
    int differ = 0;
    for (size_t i = 0; i < example_count; i++) {
        char path[256];
        struct buf got = {0};
        struct look look = {GLYPHS_BRAILLE, false};
        if (!view_by_name(examples[i].name))
            continue;
        struct surface *s = surface_new(100, 30);
        struct scene scene = examples[i].build();
        scene_draw(&scene, s, &look);
        dump_svg(&got, s, THEME_DEFAULT);
        snprintf(path, sizeof path, "tests/golden/pictures/%s.svg", examples[i].name);
        if (getenv("GENERATE"))
            write_all(path, &got);
        else
            differ += !agrees(path, &got);
        surface_free(s);
        buf_release(&got);
    }
    assert_int_equal(differ, 0);
}

static void test_every_screen_has_a_golden(void **state)
{
    (void)state;
    for (int v = 0; v < VIEWS; v++) {
        bool seen = false;
        for (size_t i = 0; i < example_count; i++)
            seen = seen || strcmp(examples[i].name, views[v].name) == 0;
        if (!seen)
            print_message("no example for screen %s\n", views[v].name);
        assert_true(seen);
        assert_ptr_equal(view_by_name(views[v].name), &views[v]);
    }
    assert_null(view_by_name("nothing"));
}

static void test_every_state_has_an_example(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof states / sizeof *states; k++) {
        bool seen = false;
        for (size_t i = 0; i < example_count; i++)
            seen = seen || strcmp(examples[i].name, states[k]) == 0;
        if (!seen)
            print_message("no example for state %s\n", states[k]);
        assert_true(seen);
    }
}

/* The comparison itself: one changed byte, in either plane, must be seen. */
static void test_a_mutated_golden_is_noticed(void **state)
{
    (void)state;
    struct buf got = {0};
    draw_example(&examples[0], 80, 24, GLYPHS_ASCII, &got);
    const char *path = "tests/golden/overview-80x24-ascii.txt";
    assert_true(agrees(path, &got));
    for (size_t at = got.len / 4; at < got.len; at += got.len / 2) {
        got.data[at] ^= 1;
        assert_false(agrees(path, &got));
        got.data[at] ^= 1;
    }
    assert_false(agrees("tests/golden/no-such-file.txt", &got));
    buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screens_are_as_kept),        cmocka_unit_test(test_too_small_is_as_kept),
        cmocka_unit_test(test_pictures_are_as_kept),       cmocka_unit_test(test_every_screen_has_a_golden),
        cmocka_unit_test(test_every_state_has_an_example), cmocka_unit_test(test_a_mutated_golden_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
