/* layer: where in the layer did it go? Pattern of kept weights, their values against the threshold, facts. */
#ifndef PODA_VIEWS_LAYER_H
#define PODA_VIEWS_LAYER_H

#include <stdint.h>

#include "views/amount.h"
#include "views/surface.h"

/* Blocks of `rows_per` units x `columns_per` inputs each; counts from the mask. */
struct pattern {
    int rows, columns;
    int64_t rows_per, columns_per;
    const double *
        share; /* [rows][columns] 0..1 of the dense weights kept, or |mean| scaled to 0..1; NaN: empty block */
    const signed char *sign; /* [rows][columns] -1, 0, 1 of the mean; NULL: kept share only */
    int at_row, at_column;   /* cursor; -1: none */
};

struct layer_histogram {
    const double *cut, *kept; /* [bins] counts */
    size_t bins;
    double bin_width;
    double threshold; /* NaN: none */
};

struct layer_scene {
    const char *title; /* "fc1 kept pattern, 128 neurons x 42 inputs" */
    struct pattern pattern;
    const char *legend; /* what a cell says */
    const char *values_title;
    struct layer_histogram histogram;
    const struct fact *facts;
    size_t fact_count;
    const char *cell; /* the exact content of the cell under the cursor; NULL */
};

void layer_draw(const struct layer_scene *l, struct surface *s, struct rect r, const struct look *look);

#endif
