/* picture: small matrices of weights as shaded cells. The sign shows in the signs themselves as well as in the colour: excitation in
 * one family of signs, inhibition in another; blank is nothing. */
#ifndef PODA_VIEWS_PICTURE_H
#define PODA_VIEWS_PICTURE_H

#include "views/surface.h"

/* How a matrix is mapped to cells: each cell shows the mean of `rows` x `columns` elements, and is `wide` columns wide. */
struct picture_scale {
    int rows, columns, wide;
    int w, h; /* of the drawing, in cells of the surface */
};

/* The finest scale at which rows x columns elements fit into w x h cells, elements about square. */
struct picture_scale picture_fit(int rows, int columns, int w, int h);

/* Draw values[rows][columns] from r's top left corner on; `most` is the |value| that gets the full shade. NaN is "?". */
void picture_draw(struct surface *s, struct rect r, const float *values, int rows, int columns,
                  struct picture_scale scale, double most, const struct look *look);

/* The sign for a value of -1 to 1. */
const char *picture_sign(enum glyphs level, double v);
const char *picture_legend(enum glyphs level); /* "+*# excites  -=% inhibits  blank: nothing" */

#endif
