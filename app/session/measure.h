/* measure: what models answer on a split, computed once and kept: dense and pruned outcomes by model, mask, data and split. All
 * use one fixed random order of each split's records, so that any two can be compared record by record, also while partial. */
#ifndef PODA_SESSION_MEASURE_H
#define PODA_SESSION_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/session/session.h"
#include "engine/eval/outcome.h"

struct outcomes;

struct outcomes *outcomes_new(void);
void outcomes_free(struct outcomes *o);

/* The outcome of a state's pruned model on the first n records of the split's order (n 0: all). Borrowed from the cache
 * until the session closes or outcomes_trim. NULL: cancelled, or ERR_UNSUPPORTED (memory). A whole outcome answers later calls
 * for fewer records by itself; a partial one is continued, not repeated. */
const struct outcome *measure_pruned(struct session *s, const struct state *at, enum split split, int64_t n,
                                     struct err *e);

/* The dense model's and the pruned one's, compared over the records that both have answered. */
bool measure_pair(struct session *s, const struct state *at, enum split split, int64_t n,
                  struct comparison *out, const struct outcome **dense, const struct outcome **pruned,
                  struct err *e);

/* The dense model's outcome and those of several masks, each as measure_pruned's, evaluated together. */
struct measured {
    int n;
    bool any_order;            /* losses within 1e-6 will do (eval/variants.h); answers are exact */
    struct mask *const *masks; /* borrowed */
    const struct outcome *dense, **pruned; /* pruned[i] of masks[i]: the caller's array of n */
    int together; /* how many were evaluated at a time where memory holds no more; else 0 */
};
bool measure_masks(struct session *s, const struct state *at, enum split split, int64_t n, struct measured *m,
                   struct err *e);

/* How many records of a split are answered already for the state's mask; 0: none. *seconds: how long that took. */
int64_t measure_known(struct session *s, const struct state *at, enum split split, double *seconds);

/* Two masks of the model at hand, by their hashes, compared by what is in memory already; false, *out untouched, where one of
 * them was not measured to the end on that split. Never computes. */
bool measure_between(struct session *s, const char *mask_a, const char *mask_b, const char *split_name,
                     struct comparison *out);

/* The order in which a split's records are visited, and their number. Borrowed. */
const int64_t *measure_order(struct session *s, const struct state *at, enum split split, int64_t *n);

/* Forget pruned outcomes but the newest few; dense ones stay. Invalidates what the calls above returned. */
void outcomes_trim(struct outcomes *o);

/* A program for a model under a mask (NULL: dense) that keeps the values keep[0..n_keep), for so many records (0: many); the
 * overrides it uses are kept with it. Owned; bound_program_release (after a failure there is nothing to release, but it is allowed). */
struct bound_program {
    struct overrides overrides;
    struct program *program;
};
bool measure_program(struct session *s, const struct model *m, const struct mask *mask, const int *keep,
                     int n_keep, int64_t records, struct bound_program *out, struct err *e);
void bound_program_release(struct bound_program *p);

#endif
