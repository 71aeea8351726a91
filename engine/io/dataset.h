/* dataset: records with names, labels, groups and splits, from a dataset.json or a plain CSV. Values stay as small as the file
 * has them (images 8-bit) until a block of lanes is filled. Immutable once opened; any thread may read. */
#ifndef PODA_IO_DATASET_H
#define PODA_IO_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/hash.h"

struct err;

enum task { TASK_CLASSIFICATION, TASK_REGRESSION, TASK_NONE /* no labels */ };
enum output_kind { OUTPUT_UNSAID, OUTPUT_LOGITS, OUTPUT_PROBABILITIES, OUTPUT_VALUES };
enum split { SPLIT_TRAIN, SPLIT_VALIDATION, SPLIT_TEST, SPLIT_ALL, SPLITS };
extern const char *const split_names[]; /* train validation test all, NULL-ended */

struct feature {
    char *
        name; /* for people: "age 80+"; the column's where the manifest says nothing; "pixel 3,4" style for images */
    char *column;                /* of the file; NULL for arrays */
    char *unit, *about, *source; /* NULL where unsaid; source joins one-hot columns */
    double mean, std;
};

void feature_release(struct feature *f); /* its texts */

struct record_group {
    char *name;      /* "age 80+", "sex female" */
    char *family;    /* "age", "sex" */
    uint8_t *member; /* by record: 1 if in the group */
    int64_t n;
};

struct dataset {
    char *path, *name, *about, *source, *licence;
    bool synthetic;
    enum task task;
    enum output_kind output;
    int64_t n;                /* records */
    int64_t n_features;       /* elements of one sample */
    struct feature *features; /* n_features for tables; NULL for arrays */
    int sample_rank;          /* of the stored sample shape, 0 for tables */
    int64_t sample_dim[8];
    int n_classes;
    char **classes;  /* NULL for regression */
    int32_t *labels; /* class by record; NULL without labels or for regression */
    float *targets;  /* regression: [n][n_targets] */
    int64_t n_targets;
    int64_t n_split[SPLITS];
    int64_t *rows[SPLITS]; /* records of a split in the split's order; SPLIT_ALL lists all */
    int n_groups;
    struct record_group *groups;
    int64_t skipped; /* rows left out by skip_bad */
    int n_files;
    char **files;            /* manifest and data files, as they were named, in the order of the hash */
    char hash[HASH_HEX];     /* over those files */
    struct storage *storage; /* private to dataset.c: the values */
};

struct dataset_options {
    const char *label; /* label=COL for a plain CSV; NULL */
    bool skip_bad;
};

/* path: a .json manifest, or a .csv. Errors: ERR_UNREADABLE with file, line, column, reason and next step, and how many more
 * lines are like it. */
struct dataset *dataset_open(const char *path, const struct dataset_options *o, struct err *e);
void dataset_free(struct dataset *d);

/* Fill a block: out[f * lanes + lane] = (x / divide - mean) / std of feature f of record rows[lane], for lane < n; lanes beyond n
 * repeat record rows[n - 1]. n >= 1. */
void dataset_fill(const struct dataset *d, const int64_t *rows, int n, int lanes, float *out);

/* The split of every number for which none is named: validation where there is one, else test, else all. */
enum split dataset_default_split(const struct dataset *d);

/* -1 and ERR_UNKNOWN (listing what there is) for a word that is no split or a split without records. */
int dataset_split(const struct dataset *d, const char *word, struct err *e);

#endif
