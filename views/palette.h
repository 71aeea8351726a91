/* palette: a list to choose from by typing, in a box over the screen: the line on top, the best rows below. */
#ifndef PODA_VIEWS_PALETTE_H
#define PODA_VIEWS_PALETTE_H

#include "views/frame.h"

void palette_draw(const struct prompt_scene *p, struct surface *s, struct rect body, const struct look *look);

#endif
