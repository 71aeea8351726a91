/* dump: see dump.h. Text, golden and ANSI; the picture is in dump_svg.c. */
#include "views/dump.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/buf.h"

static bool is_blank(const struct cell *c)
{
    return strcmp(c->text, " ") == 0;
}

void dump_text(struct buf *out, const struct surface *s)
{
    for (int y = 0; y < s->h; y++) {
        int end = s->w;
        while (end > 0 && is_blank(surface_at(s, end - 1, y)))
            end--;
        for (int x = 0; x < end; x++)
            buf_puts(out, surface_at(s, x, y)->text);
        buf_putc(out, '\n');
    }
}

void dump_golden(struct buf *out, const struct surface *s)
{
    buf_puts(out, "-- text\n");
    for (int y = 0; y < s->h; y++) {
        buf_putc(out, '|');
        for (int x = 0; x < s->w; x++)
            buf_puts(out, surface_at(s, x, y)->text);
        buf_puts(out, "|\n");
    }
    buf_puts(out, "-- style\n");
    for (int y = 0; y < s->h; y++) {
        buf_putc(out, '|');
        for (int x = 0; x < s->w; x++)
            buf_putc(out, style_letter(surface_at(s, x, y)->style));
        buf_puts(out, "|\n");
    }
}

static void sgr_colour(struct buf *out, int32_t c, enum colour_depth depth)
{
    if (c < 0)
        return;
    if (depth == COLOURS_TRUE)
        buf_printf(out, ";38;2;%d;%d;%d", (int)(c >> 16 & 255), (int)(c >> 8 & 255), (int)(c & 255));
    else if (depth == COLOURS_256)
        buf_printf(out, ";38;5;%d", (int)c);
    else
        buf_printf(out, ";%d", (int)(c < 8 ? 30 + c : 90 + c - 8));
}

static void sgr(struct buf *out, enum style style, enum theme theme, enum colour_depth depth)
{
    static const struct {
        unsigned attribute;
        const char *code;
    } codes[] = {{ATTR_BOLD, ";1"}, {ATTR_DIM, ";2"}, {ATTR_UNDERLINE, ";4"}, {ATTR_REVERSE, ";7"}};
    struct style_look look = style_look(style, theme, depth);
    buf_puts(out, "\033[0");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (look.attributes & codes[i].attribute)
            buf_puts(out, codes[i].code);
    sgr_colour(out, look.colour, depth);
    buf_putc(out, 'm');
}

static bool leaves_no_trace(const struct cell *c)
{
    unsigned attributes = style_look(c->style, THEME_MONO, COLOURS_NONE).attributes;
    return is_blank(c) && !(attributes & (ATTR_REVERSE | ATTR_UNDERLINE));
}

void dump_ansi(struct buf *out, const struct surface *s, enum theme theme, enum colour_depth depth)
{
    for (int y = 0; y < s->h; y++) {
        int end = s->w;
        enum style now = STYLE_NORMAL;
        while (end > 0 && leaves_no_trace(surface_at(s, end - 1, y)))
            end--;
        for (int x = 0; x < end; x++) {
            const struct cell *c = surface_at(s, x, y);
            if (c->style != now)
                sgr(out, now = c->style, theme, depth);
            buf_puts(out, c->text);
        }
        buf_puts(out, now == STYLE_NORMAL ? "\n" : "\033[0m\n");
    }
}
