/* surface: a rectangle of cells, each one character and one style. Screens are drawn on it; dump.h writes it out, and the
 * terminal shows it. It knows nothing of terminals. Every write is clipped, so that no drawing code can leave its pane. */
#ifndef PODA_VIEWS_SURFACE_H
#define PODA_VIEWS_SURFACE_H

#include <stddef.h>
#include <stdint.h>

#include "views/glyph.h"
#include "views/style.h"

/* Columns and rows from the top left; w and h may be 0, never negative. */
struct rect {
    int x, y, w, h;
};

enum { CELL_TEXT = 14 };

struct cell {
    char text
        [CELL_TEXT]; /* UTF-8, NUL-ended: one character and the combining marks that fit; "" in a continuation */
    uint8_t style; /* enum style */
    uint8_t width; /* 1; 2 for a wide character; 0 for the cell that it covers as well */
};

struct surface {
    int w, h;
    struct cell *cells; /* [h][w] */
    struct spot *spots; /* what the pointer can reach: spot.h */
    size_t n_spots, spot_capacity;
};

struct surface *surface_new(int w, int h);            /* blank; sizes below 1 count as 1 */
void surface_free(struct surface *s);                 /* NULL is fine */
void surface_resize(struct surface *s, int w, int h); /* blank afterwards */
void surface_clear(struct surface *s);                /* blanks in STYLE_NORMAL, no spots */
struct rect surface_rect(const struct surface *s);
const struct cell *surface_at(const struct surface *s, int x, int y); /* must be inside */

/* Write text from (x, y) on, as far as it lies inside clip and the surface; returns the column after it, clipped parts
 * counted. Control characters and bytes that are not UTF-8 are written escaped, as text_escape does, so that names from files
 * may be passed as they are. A wide character that would be cut in half becomes a blank; overwriting half of one blanks
 * the other half. */
int surface_text(struct surface *s, struct rect clip, int x, int y, enum style style, const char *text);
int surface_printf(struct surface *s, struct rect clip, int x, int y, enum style style, const char *format,
                   ...) __attribute__((format(printf, 6, 7)));

int surface_columns(const char *text); /* columns that surface_text uses for it */

/* Write text into the cells of r's first row, which are blanked first; too long, it ends in the level's ellipsis. */
enum align {
    ALIGN_LEFT,
    ALIGN_RIGHT,
    ALIGN_CENTRE,
    ALIGN_END /* left, and it is the beginning that gives way */
};
void surface_fit(struct surface *s, struct rect r, enum style style, enum align align, const char *text,
                 const struct look *look);

/* Write text into r, broken at blanks; returns the number of rows used. The last row ends in the ellipsis if more was to come. */
int surface_wrap(struct surface *s, struct rect r, enum style style, const char *text,
                 const struct look *look);
int surface_wrap_rows(const char *text, int width); /* how many rows surface_wrap needs at that width */

void surface_fill(struct surface *s, struct rect r, enum style style, const char *one_cell);

/* Change the style of the cells of r, leave their text. */
void surface_restyle(struct surface *s, struct rect r, enum style style);

/* A frame along the border of r with a title in its upper edge (NULL: none); returns the rectangle inside, which keeps one
 * column free at both sides if r has at least 6. Below 2 x 2 nothing is drawn and the inside is empty. */
struct rect surface_box(struct surface *s, struct rect r, const char *title, const struct look *look);

struct rect rect_intersect(struct rect a, struct rect b);

#endif
