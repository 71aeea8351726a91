/* plot: two axes and what can be put between them. Positions are cells; a layer of dots is finer where the glyphs allow. */
#ifndef PODA_VIEWS_PLOT_H
#define PODA_VIEWS_PLOT_H

#include <stdbool.h>

#include "views/amount.h"
#include "views/surface.h"

struct plot_axis {
    enum measure measure;
    int decimals;
    bool log;
    double lo, hi; /* finite, lo < hi, lo > 0 on a log axis */
};

struct plot {
    struct surface *s;
    const struct look *look;
    struct plot_axis x, y;
    struct rect area; /* of the points */
};

/* The smallest step that shows in a number as it is written: 0.001 for a percentage with one decimal. */
double plot_unit(enum measure measure, int decimals);

/* Widen [*lo, *hi] by a margin at both ends, on a linear axis of at least 4 units; both NaN becomes 0..1. */
void plot_pad(double *lo, double *hi, bool log, double unit);

/* Draw axes with ticks into r and fill p->area; the members before it are set by the caller. False if r is too small. */
bool plot_axes(struct plot *p, struct rect r);

/* Cell of a value. The row or column may lie outside of the area; NaN gives one outside. */
int plot_column(const struct plot *p, double x);
int plot_row(const struct plot *p, double y);

/* One cell, if it is inside. */
void plot_sign(const struct plot *p, int column, int row, enum style style, const char *sign);

/* A line between two points: dots of a cell's 2 x 4 grid for braille, one dot a column for blocks, nothing in ascii. Leaves cells
 * that hold another sign alone. */
void plot_line(const struct plot *p, double x0, double y0, double x1, double y1, enum style style);

#endif
