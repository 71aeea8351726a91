/* surface_text: text that has to fit: into a width, into several rows, into the edge of a frame. See surface.h. */
#include <stdbool.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "views/surface.h"

int surface_columns(const char *text)
{
    struct buf safe = {0};
    text_escape(&safe, text, strlen(text));
    int n = text_columns(buf_text(&safe));
    buf_release(&safe);
    return n;
}

void surface_fit(struct surface *s, struct rect r, enum style style, enum align align, const char *text,
                 const struct look *look)
{
    if (r.w <= 0 || r.h <= 0)
        return;
    r.h = 1;
    surface_fill(s, r, style, " ");
    int spare = r.w - surface_columns(text);
    if (spare < 0 && align == ALIGN_END) {
        struct rect tail = {r.x + 1, r.y, r.w - 1, 1};
        surface_text(s, tail, r.x + spare, r.y, style, text);
        surface_text(s, r, r.x, r.y, style, glyphs_of(look)->ellipsis);
        return;
    }
    if (spare < 0) {
        struct rect head = {r.x, r.y, r.w - 1, 1};
        surface_text(s, head, r.x, r.y, style, text);
        surface_text(s, r, r.x + r.w - 1, r.y, style, glyphs_of(look)->ellipsis);
        return;
    }
    int shift = align == ALIGN_LEFT || align == ALIGN_END ? 0 : align == ALIGN_RIGHT ? spare : spare / 2;
    surface_text(s, r, r.x + shift, r.y, style, text);
}

/* Bytes of the first line of text at `width` columns; *next: where the following one starts. A newline ends a line; a word
 * longer than the width is broken. */
static size_t line_length(const char *text, int width, size_t *next)
{
    size_t all = strcspn(text, "\n"), fits = 0, blank = 0, n;
    int columns = 0;
    while (fits < all) {
        columns += text_width(text_decode(text + fits, all - fits, &n));
        if (columns > width)
            break;
        if (text[fits] == ' ')
            blank = fits;
        fits += n;
    }
    if (fits == all) {
        *next = all + (text[all] == '\n');
        return all;
    }
    if (text[fits] == ' ')
        blank = fits;
    if (blank == 0) {
        *next = fits > 0 ? fits : n; /* a wide character in one column: go on all the same */
        return fits;
    }
    *next = blank + 1;
    return blank;
}

int surface_wrap(struct surface *s, struct rect r, enum style style, const char *text,
                 const struct look *look)
{
    int row = 0;
    struct buf line = {0};
    while (*text && row < r.h && r.w > 0) {
        size_t next, n = line_length(text, r.w, &next);
        bool more = row == r.h - 1 && text[next];
        buf_clear(&line);
        buf_add(&line, text, n);
        if (more) /* where the row is full, anything further makes surface_fit cut it */
            buf_puts(&line, surface_columns(buf_text(&line)) < r.w ? glyphs_of(look)->ellipsis : "  ");
        surface_fit(s, (struct rect){r.x, r.y + row, r.w, 1}, style, ALIGN_LEFT, buf_text(&line), look);
        text += next;
        row++;
    }
    buf_release(&line);
    return row;
}

int surface_wrap_rows(const char *text, int width)
{
    int rows = 0;
    while (*text && width > 0) {
        size_t next;
        line_length(text, width, &next);
        text += next;
        rows++;
    }
    return rows;
}

struct rect surface_box(struct surface *s, struct rect r, const char *title, const struct look *look)
{
    const struct glyph_set *g = glyphs_of(look);
    if (r.w < 2 || r.h < 2)
        return (struct rect){r.x, r.y, 0, 0};
    int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
    surface_fill(s, (struct rect){r.x, r.y, r.w, 1}, STYLE_FRAME, g->h);
    surface_fill(s, (struct rect){r.x, bottom, r.w, 1}, STYLE_FRAME, g->h);
    surface_fill(s, (struct rect){r.x, r.y, 1, r.h}, STYLE_FRAME, g->v);
    surface_fill(s, (struct rect){right, r.y, 1, r.h}, STYLE_FRAME, g->v);
    surface_text(s, r, r.x, r.y, STYLE_FRAME, g->tl);
    surface_text(s, r, right, r.y, STYLE_FRAME, g->tr);
    surface_text(s, r, r.x, bottom, STYLE_FRAME, g->bl);
    surface_text(s, r, right, bottom, STYLE_FRAME, g->br);
    if (title && r.w > 6) {
        int room = r.w - 6, columns = surface_columns(title);
        struct rect at = {r.x + 2, r.y, (columns < room ? columns : room) + 2, 1};
        surface_fill(s, at, STYLE_TITLE, " ");
        surface_fit(s, (struct rect){at.x + 1, at.y, at.w - 2, 1}, STYLE_TITLE, ALIGN_LEFT, title, look);
    }
    int margin = r.w >= 6 ? 2 : 1;
    return (struct rect){r.x + margin, r.y + 1, r.w - 2 * margin, r.h - 2};
}
