/* control: one row of the strategy screen: a choice, a slider, toggles, a number. */
#ifndef PODA_VIEWS_CONTROL_H
#define PODA_VIEWS_CONTROL_H

#include "views/strategy.h"

/* Widths that all rows share, so that they line up. */
struct control_columns {
    int label, low, high, value;
};

struct control_columns control_measure(const struct control *controls, size_t n);

/* r's first column is for the pointer. */
void control_draw(const struct control *c, struct control_columns w, bool selected, struct surface *s,
                  struct rect r, const struct look *look);

#endif
