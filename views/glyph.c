/* glyph: see glyph.h. The signs themselves; where they go is drawn elsewhere. */
#include "views/glyph.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define ASCII_LINES .h = "-", .v = "|", .tl = "+", .tr = "+", .bl = "+", .br = "+"
#define ASCII_SIGNS                                                                                          \
    .ellipsis = "~", .full = "#", .empty = ".", .knob = "O", .track = "-", .pointer = ">", .dot = ".",       \
    .band = ":", .limit = "!", .ticked = "x", .unticked = " ", .branch = "|-", .last = "`-", .trunk = "| ",  \
    .here = "*"
#define UNICODE_LINES .h = "─", .v = "│", .tl = "┌", .tr = "┐", .bl = "└", .br = "┘"
#define UNICODE_SIGNS                                                                                        \
    .ellipsis = "…", .full = "█", .empty = " ", .knob = "●", .track = "─", .pointer = "▸", .dot = "·",       \
    .band = "░", .limit = "┊", .ticked = "x", .unticked = " ", .branch = "├─", .last = "└─", .trunk = "│ ",  \
    .here = "●"

const struct glyph_set glyph_sets[GLYPHS_LEVELS] = {
    [GLYPHS_ASCII] = {.name = "ascii", ASCII_LINES, ASCII_SIGNS},
    [GLYPHS_BLOCKS] = {.name = "blocks", UNICODE_LINES, UNICODE_SIGNS},
    [GLYPHS_BRAILLE] = {.name = "braille", UNICODE_LINES, UNICODE_SIGNS},
};

static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
static const char *const ascii_shades[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};
static const char *const block_shades[] = {" ", "░", "▒", "▓", "█"};

const struct glyph_set *glyphs_of(const struct look *look)
{
    return &glyph_sets[look->glyphs];
}

bool glyphs_by_name(const char *name, enum glyphs *out, struct err *e)
{
    for (int i = 0; i < GLYPHS_LEVELS; i++)
        if (strcmp(name, glyph_sets[i].name) == 0) {
            *out = (enum glyphs)i;
            return true;
        }
    const char *names[GLYPHS_LEVELS + 1] = {NULL};
    for (int i = 0; i < GLYPHS_LEVELS; i++)
        names[i] = glyph_sets[i].name;
    err_set(e, ERR_UNKNOWN, "--glyphs knows no %s", name);
    return err_known(e, name, names);
}

/* Round fraction to steps, but keep something above 0 and something below 1 visible. */
static int visible_steps(double fraction, int steps)
{
    if (!(fraction > 0))
        return 0;
    if (fraction >= 1)
        return steps;
    int n = (int)lround(fraction * steps);
    if (n < 1)
        n = 1;
    return n > steps - 1 && steps > 1 ? steps - 1 : n;
}

const char *glyph_bar(enum glyphs level, double fraction, int width, int column)
{
    if (level == GLYPHS_ASCII)
        return column < visible_steps(fraction, width) ? "#" : ".";
    int left = visible_steps(fraction, 8 * width) - 8 * column;
    return eighths[left < 0 ? 0 : left > 8 ? 8 : left];
}

const char *glyph_shade(enum glyphs level, double fraction)
{
    size_t last = (level == GLYPHS_ASCII ? COUNT(ascii_shades) : COUNT(block_shades)) - 1, step = 0;
    if (fraction >= 1)
        step = last;
    else if (fraction > 0)
        step = (size_t)ceil(fraction * (double)last);
    return level == GLYPHS_ASCII ? ascii_shades[step] : block_shades[step];
}

/* Braille numbers its dots down the left column, down the right, then the bottom row. */
static unsigned braille_bits(unsigned bits)
{
    static const unsigned char dot[8] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
    unsigned code = 0;
    for (int i = 0; i < 8; i++)
        if (bits >> i & 1)
            code |= dot[i];
    return code;
}

void glyph_dots(unsigned bits, char *out)
{
    unsigned code = braille_bits(bits); /* U+2800 to U+28FF in three bytes */
    if (code == 0) {
        strcpy(out, " ");
        return;
    }
    out[0] = (char)0xe2;
    out[1] = (char)(0xa0 | code >> 6);
    out[2] = (char)(0x80 | (code & 0x3f));
    out[3] = '\0';
}
