/* Without colour and without Unicode nothing is lost: the three glyph levels say the same words and numbers, and no style is the only
 * carrier of its meaning. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "engine/base/buf.h"
#include "tests/unit/util_scenes.h"
#include "views/dump.h"

static struct scene draw(const struct example *e, enum glyphs glyphs, struct surface *s)
{
    struct scene scene = e->build();
    struct look look = {glyphs, e->peek};
    scene_draw(&scene, s, &look);
    return scene;
}

/* Append the words and numbers of a screen, one a line: runs of letters and digits, with what belongs to a number. A lone O is the
 * knob of a slider. */
static void collect_words(struct buf *words, const struct surface *s)
{
    struct buf text = {0};
    dump_text(&text, s);
    const char *all = buf_text(&text);
    for (const char *p = all; *p;) {
        size_t n = 0;
        while (isalnum((unsigned char)p[n]) ||
               (n > 0 && (p[n] == '.' || p[n] == ',') && isdigit((unsigned char)p[n + 1])))
            n++;
        if (n == 0) {
            p++;
            continue;
        }
        bool sign = isdigit((unsigned char)*p) && p > all + 1 && strchr("+-~", p[-1]) && p[-2] == ' ';
        if (n != 1 || *p != 'O')
            buf_printf(words, "%s%.*s%s\n", sign ? (const char[]){p[-1], '\0'} : "", (int)n, p,
                       p[n] == '%' ? "%" : "");
        p += n;
    }
    buf_release(&text);
}

static void test_every_level_says_the_same(void **state)
{
    (void)state;
    struct surface *s = surface_new(100, 30);
    for (size_t k = 0; k < example_count; k++) {
        struct buf words[GLYPHS_LEVELS] = {{0}};
        for (int level = 0; level < GLYPHS_LEVELS; level++) {
            draw(&examples[k], level, s);
            collect_words(&words[level], s);
            if (strcmp(buf_text(&words[0]), buf_text(&words[level])) != 0)
                print_message("%s in %s\n", examples[k].name, glyph_sets[level].name);
            assert_string_equal(buf_text(&words[0]), buf_text(&words[level]));
        }
        for (int level = 0; level < GLYPHS_LEVELS; level++)
            buf_release(&words[level]);
    }
    surface_free(s);
}

/* What says a style's meaning without it. A run of cells in that style must hold one of the words, or the rest of its row inside
 * the pane must, or the heading of its column; or, with `legend`, the same style elsewhere on the screen, as under a plot. */
struct carrier {
    enum style style;
    const char *legend;    /* one word, "*" for any; NULL: the legend does not do */
    const char *words[20]; /* NULL-ended */
};

static const struct carrier carriers[] = {
    {STYLE_TAB_ACTIVE, NULL, {"["}},
    {STYLE_DENSE, "dense", {"dense", "weights", "KiB"}},
    {STYLE_PRUNED, NULL, {"(dense ", "kept", "pruned", "*", ">"}},
    {STYLE_KEPT, "kept", {"O"}},
    {STYLE_CUT, "cut", {"cut", "sparsity", "%"}},
    {STYLE_POSITIVE, "excites", {"+"}},
    {STYLE_NEGATIVE, "inhibits", {"-"}},
    {STYLE_GOOD, NULL, {"done", "best", "safe", "protected", "exact", "sweep"}},
    {STYLE_WARN,
     NULL,
     {"!", "dead", "FROZEN", "paused", "waiting", "filling in", "r runs it", "failed", "CAREFUL"}},
    {STYLE_ERROR, NULL, {"!", "failed", "cannot"}},
    {STYLE_SELECTED, NULL, {">"}},
    {STYLE_CURSOR, NULL, {"@", ":", ">"}},
    {STYLE_STALE, "DRAFT", {"*"}},
    {STYLE_GUESS, NULL, {"guess"}},
    {STYLE_LIVE, NULL, {"LIVE", "running", "sweep", "filling in"}},
    {STYLE_BAND, "data", {NULL}},
    {STYLE_LIMIT, "*", {"!"}},
    {STYLE_SERIES_1, "*", {NULL}},
    {STYLE_SERIES_2, "*", {NULL}},
    {STYLE_SERIES_3, "*", {NULL}},
    {STYLE_SERIES_4, "*", {NULL}},
    {STYLE_SERIES_5, "*", {NULL}},
};

/* Styles without a meaning of their own: what they set apart is a place or a way to read, not a fact. */
static const enum style plain[] = {STYLE_NORMAL,    STYLE_DIM,     STYLE_STRONG, STYLE_TITLE,
                                   STYLE_FRAME,     STYLE_HEADING, STYLE_COLUMN, STYLE_TAB,
                                   STYLE_TAB_LATER, STYLE_KEY,     STYLE_STATUS, STYLE_PROMPT};

static const struct carrier *carrier_of(enum style style)
{
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (carriers[i].style == style)
            return &carriers[i];
    return NULL;
}

static bool is_plain(enum style style)
{
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (plain[i] == style)
            return true;
    return false;
}

static void add_cells(struct buf *out, const struct surface *s, int y, int from, int to)
{
    for (int x = from; x < to; x++)
        buf_puts(out, surface_at(s, x, y)->text);
    buf_putc(out, '\n');
}

static bool is_edge(const struct surface *s, int x, int y)
{
    const struct cell *c = surface_at(s, x, y);
    return c->style == STYLE_FRAME && strcmp(c->text, "|") == 0;
}

/* From the left to the right edge of the pane; two panes side by side meet in two edges. */
static void widen(const struct surface *s, int y, int *from, int *to)
{
    while (*from > 1 && !(is_edge(s, *from - 1, y) && is_edge(s, *from - 2, y)))
        --*from;
    while (*to < s->w - 1 && !(is_edge(s, *to, y) && is_edge(s, *to + 1, y)))
        ++*to;
}

/* The heading of the nearest table above that has a column here. */
static void add_heading(struct buf *out, const struct surface *s, int y, int from, int to)
{
    while (--y >= 0)
        for (int x = from; x < to; x++)
            if (surface_at(s, x, y)->style == STYLE_COLUMN) {
                while (from > 0 && surface_at(s, from - 1, y)->style == STYLE_COLUMN)
                    from--;
                while (to < s->w && surface_at(s, to, y)->style == STYLE_COLUMN)
                    to++;
                add_cells(out, s, y, from, to);
                return;
            }
}

static int run_end(const struct surface *s, int x, int y)
{
    enum style style = surface_at(s, x, y)->style;
    while (x < s->w && surface_at(s, x, y)->style == style)
        x++;
    return x;
}

static bool has_letters(const char *text)
{
    for (; *text; text++)
        if (isalpha((unsigned char)text[0]) && isalpha((unsigned char)text[1]))
            return true;
    return false;
}

/* Is the style explained elsewhere: by a word in that style, in a title or in the dim line under a picture? */
static bool in_legend(const struct surface *s, enum style style, const char *word)
{
    bool found = false;
    for (int y = 0; y < s->h && !found; y++)
        for (int x = 0, to; x < s->w && !found; x = to) {
            struct buf text = {0};
            to = run_end(s, x, y);
            add_cells(&text, s, y, x, to);
            enum style here = surface_at(s, x, y)->style;
            if (strcmp(word, "*") == 0)
                found = here == style && has_letters(buf_text(&text));
            else if (here == style || here == STYLE_TITLE || here == STYLE_DIM)
                found = strstr(buf_text(&text), word) != NULL;
            buf_release(&text);
        }
    return found;
}

static bool is_blank(const struct surface *s, int y, int from, int to)
{
    for (; from < to; from++)
        if (strcmp(surface_at(s, from, y)->text, " ") != 0)
            return false;
    return true;
}

/* What goes on over several rows is said in one of them. */
static bool row_says(const struct surface *s, int y, int from, int to)
{
    const struct carrier *c = carrier_of(surface_at(s, from, y)->style);
    if (!c || is_blank(s, y, from, to))
        return true;
    struct buf text = {0};
    add_heading(&text, s, y, from, to);
    widen(s, y, &from, &to);
    add_cells(&text, s, y, from, to);
    bool said = c->legend && in_legend(s, c->style, c->legend);
    for (size_t i = 0; c->words[i] && !said; i++)
        said = strstr(buf_text(&text), c->words[i]) != NULL;
    buf_release(&text);
    return said;
}

/* Does a row above (way -1) or below (1) say it that the same style joins to this one? */
static bool joined_row_says(const struct surface *s, int y, int from, int to, int way)
{
    enum style style = surface_at(s, from, y)->style;
    widen(s, y, &from, &to);
    for (bool joined = true; joined && (y += way) >= 0 && y < s->h;) {
        joined = false;
        for (int x = from, end; x < to; x = end) {
            end = run_end(s, x, y);
            if (surface_at(s, x, y)->style != style || is_blank(s, y, x, end))
                continue;
            joined = true;
            if (row_says(s, y, x, end))
                return true;
        }
    }
    return false;
}

static bool is_said(const struct surface *s, int y, int from, int to)
{
    return row_says(s, y, from, to) || joined_row_says(s, y, from, to, -1) ||
           joined_row_says(s, y, from, to, 1);
}

/* Under the palette, headings are out of sight and nothing is read: there only what can be chosen counts. */
static bool is_covered(const struct scene *scene, enum style style)
{
    return scene->frame.prompt.open && scene->frame.prompt.title && style != STYLE_SELECTED;
}

static void test_no_style_is_the_only_carrier(void **state)
{
    (void)state;
    int silent = 0;
    struct surface *s = surface_new(100, 30);
    for (size_t k = 0; k < example_count; k++) {
        struct scene scene = draw(&examples[k], GLYPHS_ASCII, s);
        for (int y = 0; y < s->h; y++)
            for (int x = 0, to; x < s->w; x = to) {
                to = run_end(s, x, y);
                if (is_covered(&scene, surface_at(s, x, y)->style) || is_said(s, y, x, to))
                    continue;
                struct buf text = {0};
                add_cells(&text, s, y, x, to);
                print_message("%s, row %d: only %s says it: %s", examples[k].name, y,
                              style_name(surface_at(s, x, y)->style), buf_text(&text));
                buf_release(&text);
                silent++;
            }
    }
    surface_free(s);
    assert_int_equal(silent, 0);
}

/* Every style either has words or signs, or is named as one that needs none. */
static void test_every_style_is_in_one_list(void **state)
{
    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++) {
        if (is_plain(i) == (carrier_of(i) != NULL))
            print_message("%s\n", style_name(i));
        assert_true(is_plain(i) != (carrier_of(i) != NULL));
    }
}

static bool same_words(const struct carrier *a, const struct carrier *b)
{
    size_t i = 0;
    while (a->words[i] && b->words[i] && strcmp(a->words[i], b->words[i]) == 0)
        i++;
    return !a->words[i] && !b->words[i] && a->legend && b->legend && strcmp(a->legend, b->legend) == 0;
}

/* In the mono theme two styles with a meaning differ in attributes or in what says them. Series share theirs: each is told by the
 * letter of its points and its own name in the legend. */
static void test_mono_tells_meanings_apart(void **state)
{
    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++) {
        assert_int_equal(style_look(i, THEME_MONO, COLOURS_TRUE).colour, -1);
        for (int k = 0; k < i; k++) {
            const struct carrier *a = carrier_of(i), *b = carrier_of(k);
            bool series = i >= STYLE_SERIES_1 && k >= STYLE_SERIES_1;
            if (!a || !b || series ||
                style_look(i, THEME_MONO, COLOURS_TRUE).attributes !=
                    style_look(k, THEME_MONO, COLOURS_TRUE).attributes)
                continue;
            if (same_words(a, b))
                print_message("%s and %s look and read the same\n", style_name(i), style_name(k));
            assert_false(same_words(a, b));
        }
    }
}

/* Styles that stand beside each other and mean opposite things look different on every terminal that has colours. */
static void test_few_colours_keep_opposites_apart(void **state)
{
    static const enum style pairs[][2] = {
        {STYLE_KEPT, STYLE_CUT},          {STYLE_POSITIVE, STYLE_NEGATIVE}, {STYLE_DENSE, STYLE_PRUNED},
        {STYLE_GOOD, STYLE_WARN},         {STYLE_GOOD, STYLE_ERROR},        {STYLE_WARN, STYLE_ERROR},
        {STYLE_LIVE, STYLE_WARN},         {STYLE_NORMAL, STYLE_STALE},      {STYLE_NORMAL, STYLE_DIM},
        {STYLE_TAB, STYLE_TAB_ACTIVE},    {STYLE_TAB, STYLE_TAB_LATER},     {STYLE_NORMAL, STYLE_SELECTED},
        {STYLE_STRONG, STYLE_GUESS},      {STYLE_LIMIT, STYLE_KEPT},        {STYLE_LIMIT, STYLE_BAND},
        {STYLE_SERIES_1, STYLE_SERIES_2}, {STYLE_SERIES_1, STYLE_SERIES_3}};
    (void)state;
    for (int depth = COLOURS_NONE; depth <= COLOURS_TRUE; depth++)
        for (int theme = 0; theme < THEME_COUNT; theme++)
            for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
                struct style_look a = style_look(pairs[i][0], (enum theme)theme, (enum colour_depth)depth),
                                  b = style_look(pairs[i][1], (enum theme)theme, (enum colour_depth)depth);
                if (depth == COLOURS_NONE || theme == THEME_MONO)
                    assert_int_equal(a.colour, -1);
                else if (a.colour == b.colour && a.attributes == b.attributes)
                    fail_msg("%s: %s and %s look the same with depth %d", theme_name((enum theme)theme),
                             style_name(pairs[i][0]), style_name(pairs[i][1]), depth);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_level_says_the_same),
        cmocka_unit_test(test_no_style_is_the_only_carrier),
        cmocka_unit_test(test_every_style_is_in_one_list),
        cmocka_unit_test(test_mono_tells_meanings_apart),
        cmocka_unit_test(test_few_colours_keep_opposites_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
