/* dump_svg: a surface as a picture. Lines, blocks and braille dots become shapes, other characters text, a word at a time so that
 * a font of slightly different width cannot push columns apart. See dump.h. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "views/dump.h"

/* In tenths of a unit, so that every number prints exactly. */
enum { CELL_W = 84, CELL_H = 170, BASELINE = 126, MARGIN = 80 };

struct picture {
    struct buf *out;
    const struct surface *s;
    enum theme theme;
    int32_t paper, ink;
};

static void tenths(struct buf *out, const char *name, int v)
{
    buf_printf(out, " %s=\"%d.%d\"", name, v / 10, v % 10);
}

static void box(struct picture *p, int x, int y, int w, int h, int32_t colour, int opacity)
{
    buf_puts(p->out, "<rect");
    tenths(p->out, "x", x);
    tenths(p->out, "y", y);
    tenths(p->out, "width", w);
    tenths(p->out, "height", h);
    buf_printf(p->out, " fill=\"#%06x\"", (unsigned)colour);
    if (opacity < 100)
        buf_printf(p->out, " fill-opacity=\"0.%02d\"", opacity);
    buf_puts(p->out, "/>\n");
}

static uint32_t code_of(const struct cell *c)
{
    size_t n, len = strlen(c->text);
    return len == 0 ? ' ' : text_decode(c->text, len, &n);
}

/* Box lines: which of left 1, right 2, up 4, down 8 they reach. 0: no such line. */
static unsigned arms(uint32_t code)
{
    static const struct {
        uint32_t code;
        unsigned arms;
    } lines[] = {{0x2500, 3},  {0x2502, 12}, {0x250c, 10}, {0x2510, 9}, {0x2514, 6}, {0x2518, 5},
                 {0x251c, 14}, {0x2524, 13}, {0x252c, 11}, {0x2534, 7}, {0x253c, 15}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].code == code)
            return lines[i].arms;
    return 0;
}

static void draw_lines(struct picture *p, unsigned a, int x, int y, int32_t ink)
{
    enum { THICK = 10 };
    int mid_x = x + (CELL_W - THICK) / 2, mid_y = y + (CELL_H - THICK) / 2;
    if (a & 3) {
        int from = a & 1 ? x : mid_x, to = a & 2 ? x + CELL_W : mid_x + THICK;
        box(p, from, mid_y, to - from, THICK, ink, 100);
    }
    if (a & 12) {
        int from = a & 4 ? y : mid_y, to = a & 8 ? y + CELL_H : mid_y + THICK;
        box(p, mid_x, from, THICK, to - from, ink, 100);
    }
}

static void draw_quadrants(struct picture *p, unsigned bits, int x, int y, int32_t ink)
{
    int w = CELL_W / 2, h = CELL_H / 2;
    for (int i = 0; i < 4; i++)
        if (bits >> i & 1)
            box(p, x + i % 2 * w, y + i / 2 * h, w, h, ink, 100);
}

static void draw_block(struct picture *p, uint32_t code, int x, int y, int32_t ink)
{
    static const unsigned char quadrants[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14}; /* U+2596 to U+259F */
    if (code == 0x2580)
        box(p, x, y, CELL_W, CELL_H / 2, ink, 100);
    else if (code <= 0x2588) {
        int h = CELL_H * (int)(code - 0x2580) / 8;
        box(p, x, y + CELL_H - h, CELL_W, h, ink, 100);
    } else if (code <= 0x258f)
        box(p, x, y, CELL_W * (int)(0x2590 - code) / 8, CELL_H, ink, 100);
    else if (code == 0x2590)
        draw_quadrants(p, 10, x, y, ink);
    else if (code <= 0x2593)
        box(p, x, y, CELL_W, CELL_H, ink, 25 * (int)(code - 0x2590));
    else if (code >= 0x2596)
        draw_quadrants(p, quadrants[code - 0x2596], x, y, ink);
}

static void draw_braille(struct picture *p, unsigned bits, int x, int y, int32_t ink)
{
    static const unsigned char column[8] = {0, 0, 0, 1, 1, 1, 0, 1}, row[8] = {0, 1, 2, 0, 1, 2, 3, 3};
    for (int i = 0; i < 8; i++)
        if (bits >> i & 1)
            box(p, x + 12 + 42 * column[i], y + 12 + 42 * row[i], 18, 20, ink, 100);
}

/* Draws the cell and returns true if its character is one of the shapes. */
static bool draw_shape(struct picture *p, uint32_t code, int x, int y, int32_t ink)
{
    if (arms(code))
        draw_lines(p, arms(code), x, y, ink);
    else if (code >= 0x2580 && code <= 0x259f && code != 0x2594 && code != 0x2595)
        draw_block(p, code, x, y, ink);
    else if (code >= 0x2800 && code <= 0x28ff)
        draw_braille(p, code - 0x2800, x, y, ink);
    else
        return false;
    return true;
}

static void escape_xml(struct buf *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        default:
            buf_putc(out, *text);
        }
}

static void write_word(struct picture *p, const char *word, int x, int y, unsigned attributes, int32_t ink)
{
    buf_puts(p->out, "<text");
    tenths(p->out, "x", x);
    tenths(p->out, "y", y + BASELINE);
    buf_printf(p->out, " fill=\"#%06x\"", (unsigned)ink);
    if (attributes & ATTR_BOLD)
        buf_puts(p->out, " font-weight=\"bold\"");
    if (attributes & ATTR_DIM)
        buf_puts(p->out, " fill-opacity=\"0.60\"");
    buf_puts(p->out, ">");
    escape_xml(p->out, word);
    buf_puts(p->out, "</text>\n");
}

static bool is_word_cell(const struct cell *c)
{
    return c->width == 1 && c->text[0] > ' ' && c->text[1] == '\0';
}

/* Draw the characters from x on that form one piece; returns the column after it. */
static int draw_piece(struct picture *p, int x, int y, struct style_look look, int32_t ink)
{
    const struct cell *c = surface_at(p->s, x, y);
    int left = MARGIN + x * CELL_W, top = MARGIN + y * CELL_H;
    if (draw_shape(p, code_of(c), left, top, ink))
        return x + 1;
    struct buf word = {0};
    buf_puts(&word, c->text);
    int end = x + 1;
    while (is_word_cell(c) && end < p->s->w && is_word_cell(surface_at(p->s, end, y)) &&
           surface_at(p->s, end, y)->style == c->style)
        buf_puts(&word, surface_at(p->s, end++, y)->text);
    write_word(p, buf_text(&word), left, top, look.attributes, ink);
    buf_release(&word);
    return end;
}

/* Draw the cells of one style from x on; returns the column after them. */
static int draw_run(struct picture *p, int x, int y)
{
    enum style style = surface_at(p->s, x, y)->style;
    struct style_look look = style_look(style, p->theme, COLOURS_TRUE);
    int32_t ink = look.colour < 0 ? p->ink : look.colour;
    int end = x + 1, left = MARGIN + x * CELL_W, top = MARGIN + y * CELL_H;
    while (end < p->s->w && surface_at(p->s, end, y)->style == style)
        end++;
    if (look.attributes & ATTR_REVERSE) {
        box(p, left, top, (end - x) * CELL_W, CELL_H, ink, 100);
        ink = p->paper;
    }
    if (look.attributes & ATTR_UNDERLINE)
        box(p, left, top + CELL_H - 20, (end - x) * CELL_W, 8, ink, 60);
    while (x < end)
        if (is_word_cell(surface_at(p->s, x, y)) || code_of(surface_at(p->s, x, y)) > ' ')
            x = draw_piece(p, x, y, look, ink);
        else
            x++;
    return end;
}

void dump_svg(struct buf *out, const struct surface *s, enum theme theme)
{
    bool light = theme == THEME_LIGHT;
    struct picture p = {out, s, theme, light ? 0xfdfcf8 : 0x14171c, light ? 0x222222 : 0xd6d6d6};
    int w = 2 * MARGIN + s->w * CELL_W, h = 2 * MARGIN + s->h * CELL_H;
    buf_puts(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
    tenths(out, "width", w);
    tenths(out, "height", h);
    buf_puts(out, " font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n");
    box(&p, 0, 0, w, h, p.paper, 100);
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w;)
            x = draw_run(&p, x, y);
    buf_puts(out, "</svg>\n");
}
