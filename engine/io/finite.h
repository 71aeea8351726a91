/* finite: what no number can be computed from (NaN, infinity, what its type cannot hold) in arrays of records: refused with its
 * place, or its records left out. */
#ifndef PODA_IO_FINITE_H
#define PODA_IO_FINITE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/io/array.h"

struct err;

/* An array whose first dimension counts records, and what its values may be. */
struct record_array {
    struct array *a;
    const char *path; /* for messages */
    double low, high;
};

/* Any finite value goes. */
struct record_array record_array(struct array *a, const char *path);

/* Look at n arrays of the same number of records. good[record] becomes false where a value of any of them is out of bounds. With
 * skip_bad those records are taken out of all arrays; ERR_UNREADABLE if none is left. Without: ERR_UNREADABLE with path, row and
 * column of the first, and how many rows more are like it. A model's fixed batch is one record of all rows. */
bool finite_records(struct record_array *arrays, int n, int64_t records, bool skip_bad, bool *good,
                    struct err *e);

#endif
