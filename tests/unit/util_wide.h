/* util_wide: a graph computed in double precision, one sample, by code of its own: what derivatives are compared with numerically.
 * Include cmocka's headers first. */
#ifndef PODA_TESTS_UTIL_WIDE_H
#define PODA_TESTS_UTIL_WIDE_H

#include "engine/graph/graph.h"

struct wide {
    const struct graph *g;
    double **v; /* by value; constants are filled, inputs are the caller's to fill */
};

void wide_init(struct wide *w, const struct graph *g);
void wide_release(struct wide *w);
void wide_run(struct wide *w); /* fails the test at an operator that it does not know */

#endif
