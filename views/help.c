/* help: see help.h. */
#include "views/help.h"

#include <stdint.h>

#include "engine/base/buf.h"
#include "views/layout.h"
#include "views/spot.h"
#include "views/widget.h"

enum { PARTS = 3, LABEL = 14 };

static const char *part_text(const struct help_scene *p, int i)
{
    const char *texts[PARTS] = {p->see, p->how, p->careful};
    return texts[i] ? texts[i] : "";
}

static int text_rows(const struct help_scene *p, int width)
{
    int rows = 0;
    for (int i = 0; i < PARTS; i++)
        rows += surface_wrap_rows(part_text(p, i), width - 4 - LABEL);
    return rows + 2;
}

static void draw_text(const struct help_scene *p, struct surface *s, struct rect r, const struct look *look)
{
    static const char *const labels[PARTS] = {"WHAT YOU SEE", "HOW COMPUTED", "CAREFUL"};
    struct buf title = {0};
    buf_printf(&title, "Help: %s", p->screen ? p->screen : "");
    struct rect in = surface_box(s, r, buf_text(&title), look);
    buf_release(&title);
    for (int i = 0; i < PARTS && in.h > 0; i++) {
        if (!part_text(p, i)[0])
            continue;
        surface_text(s, in, in.x, in.y, i == PARTS - 1 ? STYLE_WARN : STYLE_HEADING, labels[i]);
        struct rect at = {in.x + LABEL, in.y, in.w - LABEL, in.h};
        int used = surface_wrap(s, at, STYLE_NORMAL, part_text(p, i), look);
        in.y += used;
        in.h -= used;
    }
}

static void draw_keys(const struct help_scene *p, struct surface *s, struct rect here, struct rect everywhere,
                      const struct look *look)
{
    struct rect in = surface_box(s, here, "Keys here", look);
    keys_draw(s, in, p->keys, p->key_count, p->scroll, look);
    in = surface_box(s, everywhere, "Everywhere", look);
    keys_draw(s, in, p->everywhere, p->everywhere_count, p->scroll, look);
}

/* Word and meaning, which goes on in the next rows under itself. */
static int draw_word(const struct help_word *w, bool chosen, int width, struct surface *s, struct rect in,
                     const struct look *look)
{
    struct rect name = {in.x, in.y, width, 1};
    surface_fit(s, name, chosen ? STYLE_SELECTED : STYLE_STRONG, ALIGN_LEFT, w->word, look);
    if (chosen)
        surface_text(s, (struct rect){in.x - 1, in.y, 1, 1}, in.x - 1, in.y, STYLE_SELECTED,
                     glyphs_of(look)->pointer);
    struct rect at = {in.x + width + 2, in.y, in.w - width - 2, in.h};
    int used = surface_wrap(s, at, STYLE_NORMAL, w->meaning, look);
    return used > 0 ? used : 1;
}

static void draw_search(const struct help_scene *p, struct surface *s, struct rect line,
                        const struct look *look)
{
    int x = surface_text(s, line, line.x, line.y, STYLE_DIM, " type to search all help: ");
    if (p->search)
        x = surface_text(s, line, x, line.y, STYLE_PROMPT, p->search);
    surface_fit(s, rect_intersect(line, (struct rect){x, line.y, 1, 1}), STYLE_CURSOR, ALIGN_LEFT,
                look->glyphs == GLYPHS_ASCII ? "_" : " ", look);
    struct rect rest = {x + 2, line.y, line.x + line.w - x - 3, 1};
    struct buf text = {0};
    buf_printf(&text, "%zu entries", p->entries);
    if (p->entries > 0 && rest.w > (int)text.len)
        surface_fit(s, rest, STYLE_DIM, ALIGN_RIGHT, buf_text(&text), look);
    buf_release(&text);
}

/* The first word to show, so that the chosen one is visible whole. */
static size_t first_word(const struct help_scene *p, int rows, int width)
{
    size_t first = p->selected < p->word_count ? p->selected : 0;
    for (int used = 0; first < p->word_count; first--) {
        int own = surface_wrap_rows(p->words[first].meaning, width);
        used += own > 0 ? own : 1;
        if (used > rows && first < p->selected)
            return first + 1;
        if (first == 0)
            break;
    }
    return first;
}

static void draw_words(const struct help_scene *p, struct surface *s, struct rect r, const struct look *look)
{
    struct rect in = surface_box(s, r, p->words_title ? p->words_title : "Words", look);
    int width = 0;
    if (in.h < 1)
        return;
    for (size_t i = 0; i < p->word_count; i++) {
        int w = surface_columns(p->words[i].word);
        width = w > width ? w : width;
    }
    width = width < in.w / 3 ? width : in.w / 3;
    if (p->word_count == 0 && in.h > 0)
        surface_text(s, in, in.x, in.y, STYLE_DIM, p->found ? "Nothing found." : "None.");
    size_t first = first_word(p, in.h, in.w - width - 2);
    for (size_t i = first; i < p->word_count && in.h > 0; i++) {
        int used = draw_word(&p->words[i], i == p->selected, width, s, in, look);
        if (!p->page)
            spot_word(s, rect_intersect(in, (struct rect){in.x, in.y, in.w, used}), (int64_t)i);
        in.y += used;
        in.h -= used;
    }
}

void help_draw(const struct help_scene *p, struct surface *s, struct rect r, const struct look *look)
{
    struct rect at[3], keys[2], line = {r.x, r.y + r.h - 1, r.w, 1};
    enum arrangement how = layout_arrangement(s->w, s->h);
    r.h--;
    int text = text_rows(p, r.w), words = (int)p->word_count + 3, none = r.h + 1;
    int longest = (int)(p->key_count > p->everywhere_count ? p->key_count : p->everywhere_count);
    struct part bands[3] = {
        {text < r.h - 5 ? text : 5, 0, 0}, {5, longest / 2 + 3, 1}, {5, words < 12 ? words : 12, 0}};
    if (p->found)
        bands[0].least = bands[1].least = none, bands[2].least = 1;
    else if (how == ARRANGE_LIST)
        for (int i = 0; i < 3; i++)
            bands[i].least = i == ((int)p->pane + 1) % HELP_PANES ? bands[i].least : none;
    else if (p->pane == HELP_TEXT)
        bands[1].least = bands[2].least = none;
    else if (how == ARRANGE_PEEK || p->pane == HELP_WORDS)
        bands[p->pane == HELP_WORDS ? 1 : 2].least = none, bands[2].want = r.h;
    const struct part halves[2] = {{28, 0, 1}, {28, 0, 1}};
    layout_rows(r, bands, 3, at);
    layout_columns(at[1], halves, 2, keys);
    draw_text(p, s, at[0], look);
    draw_keys(p, s, keys[0], keys[1], look);
    draw_words(p, s, at[2], look);
    draw_search(p, s, line, look);
}
