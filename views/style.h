/* style: what a cell means, and how that looks. Views name meanings; colours are chosen here and nowhere else. No meaning is
 * carried by colour alone: a sign, a letter or a column always says it too. The background stays the terminal's own. */
#ifndef PODA_VIEWS_STYLE_H
#define PODA_VIEWS_STYLE_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum {
    ATTR_BOLD = 1,
    ATTR_DIM = 2,
    ATTR_REVERSE = 4,
    ATTR_UNDERLINE = 8,
};

/* X(id, letter in golden files, attributes, default, light, high contrast, deuteran): colours as 0xRRGGBB, -1 the terminal's own.
 * Blue and orange are those of Okabe and Ito, readable with every common colour blindness. The mono theme has attributes only;
 * the others add the colour, and drop "dim", which many terminals draw unreadably. */
#define STYLES(X)                                                                                            \
    X(NORMAL, '.', 0, -1, -1, -1, -1)                                                                        \
    X(DIM, 'd', ATTR_DIM, 0x8a8a8a, 0x6c6c6c, 0xbcbcbc, 0x8a8a8a)                                            \
    X(STRONG, 'b', ATTR_BOLD, -1, -1, -1, -1)                                                                \
    X(TITLE, 't', ATTR_BOLD, -1, -1, -1, -1)                                                                 \
    X(FRAME, 'f', ATTR_DIM, 0x6c6c6c, 0x9e9e9e, 0xffffff, 0x6c6c6c)                                          \
    X(HEADING, 'h', ATTR_BOLD, 0x56b4e9, 0x0072b2, 0x87d7ff, 0x56b4e9)                                       \
    X(COLUMN, 'c', ATTR_UNDERLINE, 0x9e9e9e, 0x585858, 0xffffff, 0x9e9e9e)                                   \
    X(TAB, 'a', 0, 0x9e9e9e, 0x585858, 0xffffff, 0x9e9e9e)                                                   \
    X(TAB_ACTIVE, 'A', ATTR_REVERSE | ATTR_BOLD, 0x56b4e9, 0x0072b2, 0xffffff, 0x56b4e9)                     \
    X(TAB_LATER, 'x', ATTR_DIM, 0x626262, 0xa8a8a8, 0x9e9e9e, 0x626262)                                      \
    X(DENSE, 'D', 0, 0x8fb8d8, 0x3a6a8a, 0xafd7ff, 0x8fb8d8)                                                 \
    X(PRUNED, 'P', ATTR_BOLD, 0xe69f00, 0xb35c00, 0xffaf00, 0xe69f00)                                        \
    X(KEPT, 'k', 0, 0x56b4e9, 0x0072b2, 0x87d7ff, 0x56b4e9)                                                  \
    X(CUT, 'u', ATTR_DIM, 0x8a6a3a, 0xa07840, 0xd7af5f, 0x8a6a3a)                                            \
    X(POSITIVE, '+', 0, 0x56b4e9, 0x0072b2, 0x5fd7ff, 0x56b4e9)                                              \
    X(NEGATIVE, '-', 0, 0xe69f00, 0xb35c00, 0xffaf00, 0xe69f00)                                              \
    X(GOOD, 'g', 0, 0x00b386, 0x007a5c, 0x5fffaf, 0x56b4e9)                                                  \
    X(WARN, 'w', ATTR_BOLD, 0xf0c040, 0x9a6a00, 0xffff5f, 0xf0c040)                                          \
    X(ERROR, 'e', ATTR_BOLD | ATTR_REVERSE, 0xe8743b, 0xb03a00, 0xff875f, 0xe69f00)                          \
    X(SELECTED, 's', ATTR_REVERSE, -1, -1, -1, -1)                                                           \
    X(CURSOR, 'C', ATTR_REVERSE | ATTR_BOLD, 0xffffff, 0x1c1c1c, 0xffffff, 0xffffff)                         \
    X(STALE, '*', ATTR_DIM, 0x767676, 0x878787, 0xafafaf, 0x767676)                                          \
    X(GUESS, '~', ATTR_DIM, 0x9a86b0, 0x6a5880, 0xd7afff, 0x9a86b0)                                          \
    X(KEY, 'K', ATTR_BOLD, 0xe69f00, 0xb35c00, 0xffff5f, 0xe69f00)                                           \
    X(STATUS, 'S', 0, 0xb8b8b8, 0x444444, 0xffffff, 0xb8b8b8)                                                \
    X(LIVE, 'L', ATTR_BOLD, 0x00b386, 0x007a5c, 0x5fffaf, 0x56b4e9)                                          \
    X(PROMPT, 'p', ATTR_BOLD, -1, -1, -1, -1)                                                                \
    X(BAND, 'n', ATTR_DIM, 0x4a6a80, 0x9cb8c8, 0x5f87af, 0x4a6a80)                                           \
    X(LIMIT, 'l', 0, 0xcc79a7, 0xa04a7a, 0xff87d7, 0xf0e442)                                                 \
    X(SERIES_1, '1', ATTR_BOLD, 0x56b4e9, 0x0072b2, 0x87d7ff, 0x56b4e9)                                      \
    X(SERIES_2, '2', 0, 0xe69f00, 0xb35c00, 0xffaf00, 0xe69f00)                                              \
    X(SERIES_3, '3', 0, 0x00b386, 0x007a5c, 0x5fffaf, 0xf0e442)                                              \
    X(SERIES_4, '4', 0, 0xcc79a7, 0xa04a7a, 0xff87d7, 0x9e9e9e)                                              \
    X(SERIES_5, '5', 0, 0xf0e442, 0x7a7000, 0xffff87, 0xffffff)

enum style {
#define X(id, ...) STYLE_##id,
    STYLES(X)
#undef X
        STYLE_COUNT
};

enum theme { THEME_DEFAULT, THEME_LIGHT, THEME_HIGH_CONTRAST, THEME_MONO, THEME_DEUTERAN, THEME_COUNT };

enum colour_depth { COLOURS_NONE, COLOURS_8, COLOURS_16, COLOURS_256, COLOURS_TRUE };

/* How a style looks: foreground as colour_map gives it, or -1 for the terminal's own; attributes. */
struct style_look {
    int32_t colour;
    unsigned attributes;
};

/* Dim stays where no colour takes its place. Without colours every theme is mono. */
struct style_look style_look(enum style style, enum theme theme, enum colour_depth depth);
char style_letter(enum style style);      /* one of its own for each style */
const char *style_name(enum style style); /* "TAB_ACTIVE" */

const char *theme_name(enum theme theme); /* "default", "light", "high-contrast", "mono", "deuteran" */
bool theme_by_name(const char *name, enum theme *out, struct err *e); /* ERR_UNKNOWN */

/* The terminal's colour number for 0xRRGGBB; -1 stays -1, and everything is -1 with COLOURS_NONE. With COLOURS_TRUE the value itself;
 * of 256 the nearest of the cube and greys. Of 8 and 16 the one of the same hue, as what is nearest among so few is yellow for most
 * greys; greys are the terminal's own where there are 8, but for the lightest. Never black (0): mostly that is the background. */
int32_t colour_map(int32_t rgb, enum colour_depth depth);

#endif
