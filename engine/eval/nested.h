/* nested: variants that keep more and more of one layer's weights, and whose differences all lie in that layer and behind it. The
 * layer's input is the same for all, so that its sums are added up from the sparsest variant to the densest, each weight once,
 * never subtracted; what follows is computed for each variant. Sums so added are rounded in another order than alone: a record
 * whose answer that could change, by the bound of bound.h, is computed again as alone. So answers are those of one-at-a-time
 * evaluation, and losses within rounding. */
#ifndef PODA_EVAL_NESTED_H
#define PODA_EVAL_NESTED_H

#include "engine/base/plan.h"
#include "engine/eval/bound.h"
#include "engine/kernels/sparse.h"

struct nested {
    int node; /* the layer, */
    const struct weighted *w;
    int weight, data;     /* its weight and its input, as values */
    uint64_t **bits;      /* by variant: which weights are not 0, in the file's order */
    int64_t *kept;        /* by variant: how many */
    int *rank;            /* the variants, the sparsest first */
    struct sparse *bands; /* by rank: what a variant has more than the one before */
    int first_new;        /* of those whose bits are being taken */
    int32_t *row_kept;    /* [rank][row] how many */
    struct bound bound;
    struct reach *reach; /* by variant */
    uint8_t **doubt;     /* by variant and record: 1: to be computed again */
};

/* The variants from.. of a group have their constants: what the sums need of them. The layer's weight is given back where nobody else
 * reads it. The layer is found with the first variant that differs. false: stopped. */
bool nested_take(struct group *g, int from, struct runner *r);

/* Bytes that stay of a variant that was taken, and of all of them together. */
int64_t nested_bytes(const struct nested *n);
int64_t nested_band_bytes(const struct nested *n);

/* All have been taken: g->nested stands with its bands if they are nested, and g->broken says that constants given back are missing if
 * not. false: stopped. */
bool nested_find(struct group *g, struct runner *r);

/* When base and programs are made: how far rounding reaches. false: stopped. */
bool nested_bounds(struct group *g, struct runner *r);
void nested_free(struct nested *n, int variants);

/* A worker's scratch. */
struct sums;
struct sums *sums_new(const struct group *g);
void sums_free(struct sums *t);

/* Begin with a block whose values are computed, of n records: sums are 0. */
void sums_begin(struct sums *t, const struct run *once, int n);

/* Go on to the next variant by rank: its number; its run takes the sums from here. */
int sums_next(struct sums *t, int rank, struct run *const *each);

/* Compute a variant's nodes, taking note of how large its values are. false: *stop. */
bool sums_run(struct sums *t, int variant, struct run *r, const atomic_bool *stop);

/* Then: which of the records first.. of the block are to be computed again; y: its outputs. */
void sums_doubt(struct sums *t, int variant, int64_t first, const float *y);

/* The layer's weight under a variant, in the form that gives what it gives alone; nested_form_free. */
struct prepared;
struct prepared *nested_form(const struct group *g, int variant);
void nested_form_free(struct prepared *p);

#endif
