/* csv: a table of text cells from a CSV file: comma, semicolon or tab (whichever splits the first line most often), quotes with
 * doubled quotes inside, any line ending, an optional byte-order mark. What cells mean is dataset's business. */
#ifndef PODA_IO_CSV_H
#define PODA_IO_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct err;

struct csv {
    char *path;
    int n_columns;
    const char **columns; /* names of the first line */
    int64_t n_rows;       /* good rows */
    const char **cells;   /* [n_rows][n_columns] */
    int64_t *lines;       /* line of each row in the file, from 1 */
    int64_t n_skipped;    /* rows left out */
    struct buf text;      /* what the cells point into */
};

/* ERR_UNREADABLE: no header, two columns of one name, no rows, or a row with another number of fields (naming line, both
 * numbers and how many more lines are like it), unless skip_bad leaves such rows out. */
bool csv_read(const char *path, bool skip_bad, struct csv *out, struct err *e);
void csv_release(struct csv *c);

int csv_column(const struct csv *c, const char *name); /* -1 if there is none */
const char *csv_cell(const struct csv *c, int64_t row, int column);

/* Leave a row out after all (its cells did not parse). Rows behind it move up. */
void csv_keep_rows(struct csv *c, const bool *keep);

#endif
