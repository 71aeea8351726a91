/* look_rows: a step's row in the history, for the answers that are made of such rows. Defined in look_tree.c. */
#ifndef PODA_SESSION_LOOK_ROWS_H
#define PODA_SESSION_LOOK_ROWS_H

#include "app/session/session.h"

struct err;
struct json;

/* What was said and measured about one step. Numbers are of one split: the default one of the data at hand where it was measured,
 * else the one measured last. NaN: unknown. */
struct gather {
    struct store *store;
    bool all;                          /* one of all steps: their tags are placed together */
    const char *live;                  /* name of that split; "": no data at hand */
    const char *only;                  /* numbers of this split and no other; NULL: as above */
    struct json *notes, *noted, *tags; /* noted: when */
    struct json *unverified; /* of what the rows are not what their hash says; its numbers are unknown */
    bool hidden;
    double accuracy, mse;
    double delta, low, high; /* of accuracy, or of mse, against dense, paired */
    int64_t n;
    char split[16];    /* "": nothing measured */
    unsigned measured; /* a bit for each split (1 << enum split) that something was measured on */
};

/* Does the row say of this (step, accuracy, note, ...) that it is not what its hash says? */
bool row_unverified(const struct json *row, const char *what);

/* The step's row, alone in a list; what was measured there in *g, whose lists belong to the row. only: see gather. */
struct json *row_of(struct session *s, const struct store_step *step, const char *only, struct gather *g,
                    struct err *e);

#endif
