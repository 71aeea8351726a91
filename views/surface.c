/* surface: see surface.h. Cells and single lines; frames and broken text are in surface_text.c. */
#include "views/surface.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

static const struct cell blank = {" ", STYLE_NORMAL, 1};

struct surface *surface_new(int w, int h)
{
    struct surface *s = mem_zero(1, sizeof *s);
    surface_resize(s, w, h);
    return s;
}

void surface_free(struct surface *s)
{
    if (!s)
        return;
    free(s->cells);
    free(s->spots);
    free(s);
}

void surface_resize(struct surface *s, int w, int h)
{
    s->w = w < 1 ? 1 : w;
    s->h = h < 1 ? 1 : h;
    free(s->cells);
    s->cells = mem_alloc((size_t)s->w * (size_t)s->h, sizeof *s->cells);
    surface_clear(s);
}

void surface_clear(struct surface *s)
{
    size_t n = (size_t)s->w * (size_t)s->h;
    for (size_t i = 0; i < n; i++)
        s->cells[i] = blank;
    s->n_spots = 0;
}

struct rect surface_rect(const struct surface *s)
{
    return (struct rect){0, 0, s->w, s->h};
}

static struct cell *cell(struct surface *s, int x, int y)
{
    return &s->cells[(size_t)y * (size_t)s->w + (size_t)x];
}

const struct cell *surface_at(const struct surface *s, int x, int y)
{
    return &s->cells[(size_t)y * (size_t)s->w + (size_t)x];
}

struct rect rect_intersect(struct rect a, struct rect b)
{
    int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
    int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    return (struct rect){x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0};
}

static bool inside(struct rect r, int x, int y)
{
    return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
}

/* What lies at (x, y) is about to go: if it is half of a wide character, the other half becomes a blank. */
static void split_wide(struct surface *s, int x, int y)
{
    int other = cell(s, x, y)->width == 2 ? x + 1 : cell(s, x, y)->width == 0 ? x - 1 : -1;
    if (other < 0 || other >= s->w)
        return;
    uint8_t style = cell(s, other, y)->style;
    *cell(s, other, y) = blank;
    cell(s, other, y)->style = style;
}

static void put(struct surface *s, int x, int y, enum style style, const char *text, size_t n, int width)
{
    split_wide(s, x, y);
    struct cell *c = cell(s, x, y);
    memset(c->text, 0, sizeof c->text);
    memcpy(c->text, text, n);
    c->style = (uint8_t)style;
    c->width = (uint8_t)width;
}

static void put_character(struct surface *s, struct rect clip, int x, int y, enum style style,
                          const char *text, size_t n, int width)
{
    if (width == 1 && inside(clip, x, y)) {
        put(s, x, y, style, text, n, 1);
    } else if (width == 2 && inside(clip, x, y) && inside(clip, x + 1, y)) {
        put(s, x + 1, y, style, " ", 1, 1); /* first: it frees itself from a wide neighbour */
        put(s, x, y, style, text, n, 2);
        *cell(s, x + 1, y) = (struct cell){"", (uint8_t)style, 0};
    } else if (width == 2) {
        for (int i = 0; i < 2; i++)
            if (inside(clip, x + i, y))
                put(s, x + i, y, style, " ", 1, 1);
    }
}

static void add_mark(struct surface *s, struct rect clip, int x, int y, const char *text, size_t n)
{
    if (!inside(clip, x, y))
        return;
    struct cell *c = cell(s, x, y);
    size_t used = strlen(c->text);
    if (used + n < sizeof c->text)
        memcpy(c->text + used, text, n);
}

/* Characters without a glyph of their own that change how a terminal treats their neighbours: directions, joiners, variation
 * selectors. A cell has one width, so they are left out. */
static bool is_format(uint32_t code)
{
    return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || (code >= 0xfe00 && code <= 0xfe0f) || code == 0xfeff ||
           code >= 0xe0000;
}

int surface_text(struct surface *s, struct rect clip, int x, int y, enum style style, const char *text)
{
    struct buf safe = {0};
    text_escape(&safe, text, strlen(text));
    clip = rect_intersect(clip, surface_rect(s));
    const char *p = buf_text(&safe);
    int last = -1; /* column of the latest character: marks go there */
    for (size_t left = safe.len, n; left > 0; left -= n, p += n) {
        uint32_t code = text_decode(p, left, &n);
        int width = text_width(code);
        if (is_format(code))
            continue;
        if (width == 0) {
            if (last >= 0)
                add_mark(s, clip, last, y, p, n);
            continue;
        }
        put_character(s, clip, x, y, style, p, n, width);
        last = x;
        x += width;
    }
    buf_release(&safe);
    return x;
}

int surface_printf(struct surface *s, struct rect clip, int x, int y, enum style style, const char *format,
                   ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    x = surface_text(s, clip, x, y, style, buf_text(&text));
    buf_release(&text);
    return x;
}

void surface_fill(struct surface *s, struct rect r, enum style style, const char *one_cell)
{
    size_t n = strlen(one_cell);
    r = rect_intersect(r, surface_rect(s));
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            put(s, x, y, style, one_cell, n, 1);
}

void surface_restyle(struct surface *s, struct rect r, enum style style)
{
    r = rect_intersect(r, surface_rect(s));
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            cell(s, x, y)->style = (uint8_t)style;
}
