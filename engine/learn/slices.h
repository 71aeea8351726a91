/* slices: records of a data set as slices of a plan, a block of lanes each, carried through a tape: what gradient.c and
 * gradient_records.c share. */
#ifndef PODA_LEARN_SLICES_H
#define PODA_LEARN_SLICES_H

#include "engine/learn/gradient.h"
#include "engine/learn/tape.h"

struct slices {
    const struct gradient_of *of;
    struct tape *tape;
    int lanes, width; /* width: records of a slice, at most lanes */
    int64_t n, block; /* slices; records that no slice crosses the border of */
};

/* o without kernels and memory, which `of` has. block 0: no borders. */
bool slices_init(struct slices *s, const struct gradient_of *of, const struct tape_options *o, int64_t block,
                 struct err *e);
void slices_release(struct slices *s);

/* The records of slice i: order[*first .. + *n). */
void slice_records(const struct slices *s, int64_t i, int64_t *first, int *n);

/* Forward, the loss's seed, and backward. *loss: summed over the slice's records. false: stopped. */
bool slice_run(const struct slices *s, int64_t i, struct tape_run *r, double *loss, const atomic_bool *stop);

#endif
