/* activation: what a layer reads and gives on records, in one forward pass: for each of its inputs and outputs the mean, the mean square
 * and the share of zeros over records and positions, and the products X X^T of its inputs. A convolution's inputs are those of one
 * group through every tap (input * taps + tap), as its rows read them; padding counts as 0. Sums as in gradient.h: one order. */
#ifndef PODA_LEARN_ACTIVATION_H
#define PODA_LEARN_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/plan.h"
#include "engine/io/dataset.h"
#include "engine/prune/layers.h"

struct err;
struct kernels;

/* Of one number over `count` looks at it: sums, to be divided by count. */
struct moments {
    int64_t n;                     /* numbers */
    int64_t count;                 /* records times positions */
    double *sum, *squares, *zeros; /* [n] */
};

struct activation {
    int layer;
    int64_t groups, columns; /* columns: inputs * taps of a group */
    struct moments in;       /* [groups * columns] */
    struct moments out;      /* [units], the results with bias */
    double *products;        /* [groups][columns][columns], summed; NULL unless asked for */
};

struct activation_of {
    const struct graph *g;
    const struct tensor *const *weights; /* as overrides of program_new; NULL: the graph's */
    const struct kernels *kernels;
    int64_t memory; /* one worker's bytes, and as many for what is summed; 0: 1 GiB each */
    const struct dataset *data;
    const int64_t *order; /* records */
    int64_t n;
};

/* out[l->n]: layers not in in_layers (NULL: all) stay empty. A layer that several nodes read has the sums over all of them, but for
 * nodes that take its units as their inputs; one that is
 * looked up in has no inputs but the results. ERR_UNSUPPORTED where memory is too little, with the bytes that are missing;
 * ERR_CANCELLED. */
bool activation_measure(const struct activation_of *of, const struct layers *l, const bool *in_layers,
                        bool products, struct runner *r, struct activation *out, struct err *e);
void activation_release(struct activation *a, int n);

#endif
