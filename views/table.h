/* table: rows with columns whose widths follow from what is in them. Names give way first where room is short, then whole columns
 * by rank; spare room goes to bars. A text that is too long runs on over text columns that are empty in its row. */
#ifndef PODA_VIEWS_TABLE_H
#define PODA_VIEWS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "views/surface.h"

enum column_kind {
    COLUMN_TEXT,   /* left-aligned; gives way down to `least` */
    COLUMN_NUMBER, /* right-aligned; never cut, leaves as a whole */
    COLUMN_BAR     /* filled by cell.bar; at least `least`, at most `most` */
};

struct column {
    const char *title;
    enum column_kind kind;
    int least, most; /* most 0: no limit */
    int rank;        /* 0 stays; the highest leaves first; from COMFORT on it leaves before a text is cut */
    bool absent;     /* not in this table */
};

/* What a cell shows. Filled by the table's callback; text is cleared before each call. */
struct table_cell {
    struct buf text;
    enum style style;
    double bar; /* 0..1; NaN: "?"; below 0: no bar in this row */
};

enum { TABLE_COLUMNS = 12, COMFORT = 6 };

struct table {
    const struct column *columns;
    size_t column_count; /* at most TABLE_COLUMNS */
    const void *rows;
    size_t count;
    size_t selected; /* SIZE_MAX: none; then `first` is the row to begin with */
    size_t first;
    bool with_total;   /* row `count` is a last line that does not scroll */
    struct rect frame; /* in whose lower edge the scroll position is written; w 0: none */
    void (*cell)(const void *rows, size_t row, size_t column, struct table_cell *out);
    bool by_end; /* texts differ at their end: where they are cut, it is their beginning that goes */
};

/* Draw heading and rows; the first column of r holds the pointer to the selected row. Returns the rows used. */
int table_draw(const struct table *t, struct surface *s, struct rect r, const struct look *look);

#endif
