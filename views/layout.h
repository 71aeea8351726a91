/* layout: where things go. Pure arithmetic on rectangles; nothing is drawn here. */
#ifndef PODA_VIEWS_LAYOUT_H
#define PODA_VIEWS_LAYOUT_H

#include <stddef.h>

#include "views/surface.h"

enum arrangement {
    ARRANGE_TOO_SMALL, /* below 60 x 15: only the page that says so */
    ARRANGE_LIST,      /* the main pane alone */
    ARRANGE_PEEK,      /* from 80 x 24: the main pane and what fits beside it; peek changes which */
    ARRANGE_FULL       /* from 100 x 30: everything */
};

enum { MIN_COLUMNS = 60, MIN_ROWS = 15 };

enum arrangement layout_arrangement(int columns, int rows);

/* The parts that every screen shares, top to bottom; together they are the whole surface. */
struct frame_layout {
    struct rect title; /* model, step, headline, mode */
    struct rect tabs;
    struct rect body; /* the screen's own; the whole surface when too small */
    struct rect status;
    struct rect keys;
};

struct frame_layout layout_frame(int columns, int rows);

/* One part of a division: it gets at least `least` or nothing at all, then as much as `want`, then its share of the rest
 * by `weight`. Earlier parts are served first. */
struct part {
    int least, want, weight;
};

/* Divide r into n parts one below the other (rows) or side by side (columns). The results lie inside r, do not overlap and
 * cover it; parts for which there is no room are empty, and if that is all of them, the first takes everything. If no part has weight, the last that is shown takes the rest. */
void layout_rows(struct rect r, const struct part *parts, size_t n, struct rect *out);
void layout_columns(struct rect r, const struct part *parts, size_t n, struct rect *out);

/* First row to show of a list of `count`, so that `selected` is visible in `visible` rows, in the middle where possible. */
size_t layout_scroll(size_t count, size_t selected, size_t visible);

#endif
