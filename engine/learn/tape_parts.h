/* tape_parts: what a tape consists of, for tape_run.c alone; everybody else includes tape.h. */
#ifndef PODA_LEARN_TAPE_PARTS_H
#define PODA_LEARN_TAPE_PARTS_H

#include "engine/graph/backward.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"
#include "engine/learn/tape.h"

struct tape {
    const struct graph *g;
    struct kernels kernels;
    struct program *program; /* keeps all values */
    int lanes;
    bool apart, linearised;
    const struct tensor *const *direction;
    bool *wanted, *active,
        *moving; /* by value: asked for; on a way from one of these to output 0; it has a tangent */
    bool *works; /* by node: derivatives pass it */
    int *begins; /* by value: the node whose step is the first to add to its derivative; -1: none */
    struct backward_plan *plans; /* by node */
    int64_t *place;              /* by value: bytes into a run's derivatives; -1: it has none */
    int64_t *tangent;            /* by value: bytes into a run's tangents; -1 */
    int64_t bytes,
        tangent_bytes; /* of a run's derivatives, and as many of the second ones; of its tangents */
    size_t scratch_bytes;
};

/* Numbers that a value's derivative consists of. */
int64_t tape_elements(const struct tape *t, int v);

#endif
