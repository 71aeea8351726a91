/* curve: which strategy under the budget? Several strategies on one plot of a metric against stored size. */
#ifndef PODA_VIEWS_CURVE_H
#define PODA_VIEWS_CURVE_H

#include <stdint.h>

#include "views/amount.h"
#include "views/surface.h"

struct curve_point {
    double x;      /* above 0 on a log axis; NaN: not drawn */
    double y;      /* NaN: not known */
    double lo, hi; /* data band; of an unfinished point the bounds of its value; NaN: none */
    bool on_front; /* nothing smaller is better */
    bool finished; /* else drawn "?": at y, or where that is not known at its bounds */
};

struct curve_series {
    char letter;                      /* small; drawn as a capital on the front */
    const char *name;                 /* "magnitude" */
    const struct curve_point *points; /* by rising x */
    size_t count;
    bool hidden; /* in the legend only */
};

struct curve_axis {
    const char *name; /* "accuracy", "stored size" */
    enum measure measure;
    int decimals;
    bool log;
    double lo, hi; /* what is shown; NaN: fit to the points */
};

struct curve_scene {
    const struct curve_series *series;
    size_t series_count;
    struct curve_axis x, y;
    double budget;    /* on x; NaN: none */
    double dense;     /* the dense model's y, a dashed line; NaN: none */
    size_t at_series; /* the cursor; SIZE_MAX: none */
    size_t at_point;
    const char *cursor_title; /* "W wanda 80.0%" */
    const struct fact *cursor;
    size_t cursor_count;
    const struct fact *side; /* below: best under the budget, knee, sweep */
    size_t side_count;
    struct curve_sweep {
        int64_t done, total; /* total 0: none */
    } sweep;
    const char *hint; /* what to do when there are no points; NULL */
};

void curve_draw(const struct curve_scene *c, struct surface *s, struct rect r, const struct look *look);

#endif
