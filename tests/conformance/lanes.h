/* lanes: a case in many lanes at once. Each lane gets the case's inputs turned by its number; each must answer, bit for bit,
 * what one lane alone answers for them. Own kernels only: OpenBLAS does not promise the same bits for another width. */
#ifndef PODA_TESTS_CONFORMANCE_LANES_H
#define PODA_TESTS_CONFORMANCE_LANES_H

#include <stdbool.h>

struct err;
struct graph;
struct tensor;

/* inputs: as many as the graph has, in its order. */
bool lanes_agree(struct graph *g, const struct tensor *const *inputs, struct err *e);

#endif
