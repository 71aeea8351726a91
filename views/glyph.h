/* glyph: what a terminal can show, in three levels, and the tables of signs for each. The ascii level is complete: nothing is
 * said in the others that it does not say. Pure functions; which level to use is the caller's choice (locale, --glyphs). */
#ifndef PODA_VIEWS_GLYPH_H
#define PODA_VIEWS_GLYPH_H

#include <stdbool.h>

struct err;

enum glyphs {
    GLYPHS_ASCII,
    GLYPHS_BLOCKS,  /* lines, eighths, shades */
    GLYPHS_BRAILLE, /* as blocks, plots in braille dots */
    GLYPHS_LEVELS
};

/* How a screen is to be drawn. Part of no scene: the same scene may be drawn in several ways. */
struct look {
    enum glyphs glyphs;
    bool peek; /* where not every pane fits: show those that would be left out in place of others */
};

/* One row a level; every member is one cell of UTF-8, those of a tree two (here: one). */
struct glyph_set {
    const char *name;                      /* "ascii", "blocks", "braille": the words of --glyphs */
    const char *h, *v, *tl, *tr, *bl, *br; /* lines and corners of a box */
    const char *ellipsis;                  /* where text was cut off */
    const char *full, *empty;              /* of a bar */
    const char *knob, *track;              /* of a slider */
    const char *pointer;                   /* before the selected row */
    const char *dot, *band, *limit;        /* of a plot: a line's dot, the data band, a limit to stay under */
    const char *ticked, *unticked;         /* inside [ ] */
    const char *branch, *last, *trunk, *here; /* of a tree: child, last child, passing line, where one is */
};

extern const struct glyph_set glyph_sets[GLYPHS_LEVELS];

const struct glyph_set *glyphs_of(const struct look *look);

/* "ascii", "blocks", "braille"; ERR_UNKNOWN for another word. */
bool glyphs_by_name(const char *name, enum glyphs *out, struct err *e);

/* The cell at `column` of a horizontal bar of `width` cells filled to `fraction` (0..1): eighths of a cell from blocks on, whole
 * cells in ascii. A fraction above 0 shows at least the smallest part, one below 1 leaves at least the smallest part empty. */
const char *glyph_bar(enum glyphs level, double fraction, int width, int column);

/* A shade for 0..1 that prints well in grey: ascii " .:-=+*#%@", else five blocks. A fraction above 0 is never blank. */
const char *glyph_shade(enum glyphs level, double fraction);

/* Braille dots in one cell: bits of a 2 wide, 4 high grid, bit = 2 * row + column from the top left; none is a blank. Written
 * to out, which holds at least 4 bytes, as a C string. */
void glyph_dots(unsigned bits, char *out);

#endif
