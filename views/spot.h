/* spot: what lies where on a surface, for the pointer. Drawing marks spots as it goes; a later one lies over an earlier one. They
 * say what a place is, never what happens: that is the app's business. surface_clear forgets them. */
#ifndef PODA_VIEWS_SPOT_H
#define PODA_VIEWS_SPOT_H

#include <stdint.h>

#include "views/surface.h"

enum spot_kind {
    SPOT_KEY, /* a key's label, or a pane that a key brings to the front: as if the key were pressed */
    SPOT_ROW, /* a row of a list or a cell of a grid, `by` rows below the one that the cursor stands on and `across` to the right */
    SPOT_POINT,  /* a point or choice, `by` to the right of the chosen one */
    SPOT_TICK,   /* a box to tick, number `by` of its row */
    SPOT_WORD,   /* a word that can be explained, number `by` of its list */
    SPOT_SLIDER, /* a track: its ends are the rectangle's */
    SPOT_KINDS
};

struct spot {
    struct rect r;
    enum spot_kind kind;
    int64_t by, across;
    char key[16];  /* as in the table of keys; "y c" are two; of a slider the one that lowers it, */
    char raise[8]; /* and the one that raises it */
};

void spot_key(struct surface *s, struct rect r, const char *key);
void spot_row(struct surface *s, struct rect r, int64_t by);
void spot_cell(struct surface *s, struct rect r, int64_t by, int64_t across);
void spot_point(struct surface *s, struct rect r, int64_t by);
void spot_tick(struct surface *s, struct rect r, int64_t number);
void spot_word(struct surface *s, struct rect r, int64_t number);
void spot_slider(struct surface *s, struct rect r, const char *lower,
                 const char *raise); /* the keys of a step */

/* Something covers all that was marked so far. */
void spot_cover(struct surface *s);

/* The newest of that kind at (x, y); SPOT_KINDS: of any kind. NULL: none. */
const struct spot *spot_at(const struct surface *s, int x, int y, enum spot_kind kind);

/* Where on a track, 0..1, column x lies; beyond its ends it is the end. */
double spot_fraction(struct rect track, int x);

#endif
