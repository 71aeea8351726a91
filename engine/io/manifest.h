/* manifest: a dataset.json as it is written, checked for form but not against the data. Paths are joined to its folder. */
#ifndef PODA_IO_MANIFEST_H
#define PODA_IO_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/io/dataset.h"

struct err;

struct manifest_part { /* an x and its y */
    char *x, *y;       /* files, or keys of an npz; y NULL: no labels */
};

struct manifest_class { /* of a one-hot group */
    char *name;
    int n_columns;
    char **columns;
};

struct manifest_group {
    char *name;
    char *column; /* NULL for one-hot groups */
    int n_cuts;
    double *cuts; /* ascending; none: one group a value */
    int n_classes;
    struct manifest_class *classes;
};

enum missing { MISSING_ERROR, MISSING_MEAN, MISSING_VALUE };

struct manifest {
    char *path, *name, *about, *source, *licence;
    bool synthetic;
    int task; /* enum task, or -1 where unsaid */
    enum output_kind output;
    char *csv; /* files: one of csv, npz, parts */
    char *npz;
    struct manifest_part npz_keys;
    struct manifest_part parts[SPLIT_ALL]; /* train, validation, test; x NULL where absent */
    char *label;                           /* column; NULL */
    int n_classes;
    char **classes;
    int64_t n_features;       /* -1: all columns but label and split */
    struct feature *features; /* mean and std NAN where unsaid */
    bool standardize;
    bool decimal_comma;
    enum missing missing;
    double missing_value;
    int n_groups;
    struct manifest_group *groups;
    int sample_rank; /* 0 where unsaid */
    int64_t sample_dim[8];
    int n_scale; /* entries of mean and of std: one, or one per channel */
    double divide, *mean, *std;
    char *split_column;
    bool split_drawn; /* by validation, test, seed */
    double validation, test;
    uint64_t split_seed;
};

/* ERR_UNREADABLE with the manifest's path, the member, what it is and what it should be. */
bool manifest_read(const char *path, struct manifest *out, struct err *e);
void manifest_release(struct manifest *m);

#endif
