/* gradient: derivatives over the records of a data set: summed, in blocks, and record by record. What a criterion asks for.
 *
 * Records are slices of a plan and are folded in order, in double; what a slice adds up is in one order, too (tape.h). Lanes beyond
 * the last record have a seed of 0 and enter no sum. So 1 and more threads and every kernel level give the same bytes; the width of
 * a block, which the memory limit may narrow, is part of the order. */
#ifndef PODA_LEARN_GRADIENT_H
#define PODA_LEARN_GRADIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/plan.h"
#include "engine/learn/loss.h"
#include "engine/prune/layers.h"

struct err;
struct kernels;

/* Of what, at which weights, over which records. */
struct gradient_of {
    const struct graph *g;
    const struct tensor *const *weights; /* as overrides of program_new; NULL: the graph's */
    const struct kernels *kernels;
    int64_t memory; /* one worker's bytes; 0: 1 GiB */
    struct loss loss;
    const struct dataset *data;
    const int64_t *order; /* records */
    int64_t n;
};

/* Sums over records [first, first + n): one array by value asked, in the value's own order. */
typedef void gradient_block(void *data, int64_t first, int64_t n, const double *const *sums);

struct gradient_options {
    const int *values; /* by which derivatives are wanted: constants, inputs, any value that holds reals */
    int n_values;
    const struct tensor *const
        *direction;        /* by value, for constants: also the Hessian's product with it; NULL: none */
    bool gauss_newton;     /* the product with J^T L'' J instead, L'' the loss's by the outputs */
    int64_t block;         /* records of a block; 0: no blocks */
    gradient_block *visit; /* called in order */
    void *visit_data;
    float *const *
        each; /* by value asked, no constants: [n][elements] to be filled with each record's own; NULL, or NULL entries */
};

struct gradient {
    int n;
    double loss; /* summed over records, as the derivatives are */
    int64_t *elements;
    double **sum;    /* by value asked */
    double **curved; /* products with the direction; NULL without one */
};

/* ERR_UNSUPPORTED as tape_new, ERR_NO_LABELS, ERR_USAGE, ERR_CANCELLED. */
bool gradient_measure(const struct gradient_of *of, const struct gradient_options *o, struct runner *r,
                      struct gradient *out, struct err *e);
void gradient_release(struct gradient *g);

/* ---- layers ---- */

/* The values through which nodes read these layers' weights (in_layers NULL: all), each once: what to ask for. mem_alloc'd. */
int *gradient_values(const struct graph *g, const struct layers *l, const bool *in_layers, int *n);

/* Derivatives by a tensor of the file (a layer's is layer->value) out of those of the values asked: summed over it and all its copies
 * among them, transposed ones turned back. out: as many elements as it has. */
void gradient_of_tensor(const struct graph *g, int tensor, const int *values, int n,
                        const double *const *sums, double *out);

/* A direction by layer (in the file's order; NULL entries: 0) as one by value; directions_release. */
struct directions {
    const struct tensor **v; /* by value */
    struct tensor **owned;
    int n_owned;
};
void directions_make(const struct graph *g, const struct layers *l, const float *const *by_layer,
                     struct directions *out);
void directions_release(struct directions *d);

/* ---- record by record ---- */

/* Derivatives of n records by the weights of one unit: g[input * taps + tap][lanes], lanes 0..n of them count; the weight's place in
 * the file is layer_index(layer, unit, input, tap). */
struct record_rows {
    int layer;
    int64_t unit, first; /* first: which record of the order lane 0 is */
    int n, lanes;
    const float *g;
};

/* What to do with them: as a plan's slice and fold. row may run on any thread, on a slot of its own; fold comes in the order of
 * records and takes the slot. */
struct record_visitor {
    void *data;
    void *(*slot_new)(const void *data);
    void (*row)(const void *data, void *slot, const struct record_rows *rows);
    void (*fold)(void *data, void *slot_take);
    void (*slot_free)(void *slot); /* of slots that no fold took, where the work was stopped */
};

/* One row of weights at a time is in memory, but for embeddings, of which all are. */
bool gradient_records(const struct gradient_of *of, const struct layers *l, const bool *in_layers,
                      const struct record_visitor *v, struct runner *r, struct err *e);

#endif
