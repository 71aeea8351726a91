/* dataset_build: what the files that make a dataset share. Private to dataset*.c. */
#ifndef PODA_IO_DATASET_BUILD_H
#define PODA_IO_DATASET_BUILD_H

#include "engine/io/array.h"
#include "engine/io/csv.h"
#include "engine/io/dataset.h"
#include "engine/io/manifest.h"

struct err;

/* Values as small as the files have them. A table is one double matrix; arrays are parts, one behind the other. */
struct storage {
    double *table; /* [n][n_features]; NULL for arrays */
    int n_parts;
    struct array parts[SPLIT_ALL]; /* [records][sample] */
    int64_t first[SPLIT_ALL + 1];  /* record number that a part begins with */
    double divide, *mean, *std;    /* a number or one per channel */
    int n_scale;
    float *byte_value; /* [n_scale][256]: the value of each byte, where every part is 8-bit */
};

/* dataset_table.c: features, labels, groups and splits from a CSV. */
bool dataset_from_table(struct dataset *d, struct manifest *m, struct csv *table, bool skip_bad,
                        struct err *e);

/* dataset_arrays.c: the same from IDX, NPY or NPZ files. */
bool dataset_from_arrays(struct dataset *d, const struct manifest *m, bool skip_bad, struct err *e);

/* dataset_labels.c: labels from texts or numbers; classes from the manifest or the distinct labels, sorted. line(row) names a
 * record in messages. */
bool dataset_label_texts(struct dataset *d, const struct manifest *m, const char *const *texts,
                         const struct csv *lines, struct err *e);
bool dataset_label_numbers(struct dataset *d, const struct manifest *m, const struct array *y, int64_t first,
                           const char *path, struct err *e);

/* dataset_groups.c */
bool dataset_add_groups(struct dataset *d, const struct manifest *m, const struct csv *table, struct err *e);

/* dataset_split.c: split_of[row] is a split or SPLIT_ALL for none. */
void dataset_set_splits(struct dataset *d, const int *split_of);
void dataset_draw_splits(struct dataset *d, double validation, double test, uint64_t seed);
bool dataset_column_splits(struct dataset *d, const struct csv *table, int column, struct err *e);

/* A cell as a number; decimal commas where the manifest says so. false if it is none. */
bool dataset_number(const char *cell, bool decimal_comma, double *out);
bool dataset_missing(const char *cell); /* empty, NA, N/A, NaN, ? */

#endif
