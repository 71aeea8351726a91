/* widget: the pieces that screens share: bars, sliders, panels of facts. Tables are in table.h, plots in plot.h. */
#ifndef PODA_VIEWS_WIDGET_H
#define PODA_VIEWS_WIDGET_H

#include <stdint.h>

#include "views/amount.h"
#include "views/surface.h"

struct key_hint;

/* A horizontal bar over r's first row between two bounds, filled to fraction 0..1; NaN: "?". */
void bar_draw(struct surface *s, struct rect r, double fraction, enum style style, const struct look *look);

/* A slider over r's first row: |-----O---|. */
void slider_draw(struct surface *s, struct rect r, double fraction, enum style style,
                 const struct look *look);

/* Facts one below the other: labels, numbers right-aligned in one column, then interval and note, which go to a line of their own
 * where the line is too short and lines are left. Returns the rows used. */
int facts_draw(struct surface *s, struct rect r, const struct fact *facts, size_t n, const struct look *look);
int facts_rows(const struct fact *facts, size_t n, int width); /* rows wanted at that width */

/* Keys with labels in as many columns as fit, from row `first` on. */
void keys_draw(struct surface *s, struct rect r, const struct key_hint *keys, size_t n, size_t first,
               const struct look *look);
void keys_draw_clicked(struct surface *s, struct rect r, const struct key_hint *keys, size_t n,
                       const struct look *look); /* a click presses them */

int keys_rows(const struct key_hint *keys, size_t n, int width); /* rows wanted at that width */

/* In the lower edge of a frame: which of many rows are shown. Nothing if all are. */
void scroll_mark(struct surface *s, struct rect frame, size_t top, size_t visible, size_t count);

/* Draw an amount right-aligned in r's first row, dimmed as its trust asks. */
void amount_draw(struct surface *s, struct rect r, struct amount a, enum style style,
                 const struct look *look);

#endif
