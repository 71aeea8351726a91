/* layer: where in the layer did it go? Pattern of kept weights, their values against the threshold, facts. */
#ifndef PODA_VIEWS_LAYER_H
#define PODA_VIEWS_LAYER_H

#include <stdint.h>

#include "views/amount.h"
#include "views/neuron.h"
#include "views/surface.h"

/* Blocks of `rows_per` units x `columns_per` inputs each; counts from the mask. */
struct pattern {
    int rows, columns;
    int64_t rows_per, columns_per;
    const double *
        share; /* [rows][columns] 0..1 of the dense weights kept, or |mean| scaled to 0..1; NaN: empty block */
    const signed char *sign; /* [rows][columns] -1, 0, 1 of the mean; NULL: kept share only */
    int at_row, at_column;   /* cursor; -1: none */
    const int64_t *row_first,
        *column_first;   /* numbers to stand beside; NULL: multiples of rows_per, columns_per */
    const char *sorted;  /* by what, in words; NULL: by index. Else columns bear no numbers */
    bool draft;          /* of a draft: dim, but for what it changes */
    const bool *changed; /* [rows][columns] other than in the step; NULL: none */
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
    const char *legend; /* what a cell says; the signs follow it */
    const char *values_title;
    struct layer_histogram histogram;
    const struct fact *facts;
    size_t fact_count;
    const char *cell;              /* the exact content of the cell under the cursor; NULL */
    struct weight_picture kernels; /* in place of the values where it has a title */
};

/* How many rows and columns of cells a screen of that size has room for. */
void layer_room(int columns, int rows, int64_t units, int *cell_rows, int *cell_columns);

void layer_draw(const struct layer_scene *l, struct surface *s, struct rect r, const struct look *look);

#endif
