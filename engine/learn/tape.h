/* tape: a program that also runs backward: derivatives of one number a record, made of output 0, by weights, inputs and any value
 * between. Criteria, training and tests stand on gradient.h; this is one block of lanes.
 *
 * Lanes stay independent: a derivative by a value is [elements][lanes]. By a constant it is the sum over the block's lanes, added
 * up in one order (backward.h, weighted.h), so that threads and kernel levels give the same bytes. Lanes whose seed is 0 add 0.
 *
 * With a direction t for constants it carries tangents forward and, backward, derivatives of the derivatives along t
 * (Pearlmutter's R-operator, exact for every operator of the set): by a constant, the product of the Hessian with t. */
#ifndef PODA_LEARN_TAPE_H
#define PODA_LEARN_TAPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"

struct err;
struct kernels;

struct tape_options {
    const struct kernels *kernels;
    int lanes;      /* 0: the widest of 64, 16 and 1 that fits into */
    int64_t memory; /* one run's bytes; 0: 1 GiB */
    const int *
        wanted; /* values by whose elements derivatives are wanted: constants, inputs, any other that holds reals */
    int n_wanted;
    bool apart; /* derivatives by constants for each lane apart: [elements][lanes] */
    const struct tensor *const
        *direction; /* by value, for constants alone, NULL entries: 0; NULL: no tangents */
    bool
        linearised; /* with direction: the Jacobian stays as it is, which gives the Gauss-Newton matrix's product */
};

struct tape;

/* weights as overrides of program_new; they and the direction must outlive the tape. ERR_UNSUPPORTED names the node of an operator
 * on the way that has no derivative, an output that holds no reals, and a limit of memory that one lane exceeds. */
struct tape *tape_new(const struct graph *g, const struct tensor *const *weights,
                      const struct tape_options *o, struct err *e);
void tape_free(struct tape *t);
int tape_lanes(const struct tape *t);
int64_t tape_bytes(const struct tape *t); /* of one run */

struct tape_run;
struct tape_run *tape_run_new(const struct tape *t); /* t must outlive it */
void tape_run_free(struct tape_run *r);

void *tape_input(struct tape_run *r, int i);
bool tape_forward(struct tape_run *r, const atomic_bool *stop); /* false: stopped */
const float *tape_value(const struct tape_run *r, int value);   /* [elements][lanes]; not of constants */
const float *tape_tangent(const struct tape_run *r, int value); /* NULL where it does not move */

/* The derivative by output 0, [elements][lanes], all 0: to be filled between forward and backward; `second` its move along the
 * tangent. */
float *tape_seed(struct tape_run *r, bool second);
bool tape_backward(struct tape_run *r, const atomic_bool *stop);

/* The derivative by a wanted value; `second`: its move along the direction. Valid until the next forward. */
const float *tape_derivative(const struct tape_run *r, int value, bool second);

/* By weights of one row of a node's weighted sum for each lane apart, where the node's output 0 is wanted: to[i * taps + tap][lanes]
 * for inputs first .. first + n of that row, of n rows from row on if `across` (then with one input each). */
void tape_weight_row(struct tape_run *r, int node, int64_t group, int64_t row, int64_t first, int64_t n,
                     bool across, float *to);

#endif
