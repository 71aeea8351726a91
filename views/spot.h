/* spot: what lies where on a surface, for the pointer. Drawing marks spots as it goes; a later one lies over an earlier one. They
 * say what a place is, never what happens: that is the app's business. surface_clear forgets them. */
#ifndef PODA_VIEWS_SPOT_H
#define PODA_VIEWS_SPOT_H

#include <stdint.h>

#include "views/surface.h"

enum spot_kind {
    SPOT_KEY,    /* a key's label, or a pane that a key brings to the front: as if the key were pressed */
    SPOT_ROW,    /* a row of a list, `by` rows below the one that the cursor stands on */
    SPOT_POINT,  /* a point or choice, `by` to the right of the chosen one */
    SPOT_SLIDER, /* a track: its ends are the rectangle's */
    SPOT_KINDS
};

struct spot {
    struct rect r;
    enum spot_kind kind;
    int64_t by;
    char key[16]; /* as in the table of keys; "y c" are two */
};

void spot_key(struct surface *s, struct rect r, const char *key);
void spot_row(struct surface *s, struct rect r, int64_t by);
void spot_point(struct surface *s, struct rect r, int64_t by);
void spot_slider(struct surface *s, struct rect r);

/* Something covers all that was marked so far. */
void spot_cover(struct surface *s);

/* The newest of that kind at (x, y); SPOT_KINDS: of any kind. NULL: none. */
const struct spot *spot_at(const struct surface *s, int x, int y, enum spot_kind kind);

/* Where on a track, 0..1, column x lies; beyond its ends it is the end. */
double spot_fraction(struct rect track, int x);

#endif
