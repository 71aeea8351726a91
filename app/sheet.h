/* sheet: a screen's table as data: titles and cells of text, numbers in full. Copies of a row and CSV files come from it, never
 * from what a narrow column shows. Lives in the scratch it was made in. */
#ifndef PODA_APP_SHEET_H
#define PODA_APP_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "app/scene/scratch.h"

struct json;

struct sheet {
    const char **titles;
    size_t columns, rows;
    const char **cells; /* [rows][columns]; NULL: unknown */
    size_t selected;    /* SIZE_MAX: no row is */
};

/* Empty cells; titles: words with blanks between. */
struct sheet *sheet_new(struct scratch *memory, const char *titles, size_t rows);
void sheet_text(struct sheet *t, size_t row, size_t column, const char *text); /* borrowed */

/* One row an object of the list, one column a word: the member of that name, whatever it is. */
struct sheet *sheet_of(struct scratch *memory, const struct json *list, const char *members);
void sheet_fill(struct sheet *t, struct scratch *memory, size_t row, const struct json *object);

/* Title line and rows, as RFC 4180 quotes them; an unknown value is an empty field. */
void sheet_csv(const struct sheet *t, struct buf *out);

/* The selected row's cells with tabs between; nothing where none is. */
void sheet_row(const struct sheet *t, struct buf *out);

#endif
