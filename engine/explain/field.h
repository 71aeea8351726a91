/* field: the receptive field of a convolution's units: how many positions of the model's input, row by column, one of its
 * results can depend on. With windows alone, r_l = r_(l-1) + (k_l - 1) d_l (s_1 ... s_(l-1)), k kernel, d dilation, s strides
 * (Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks, Distill 2019, eq. 2). Where branches
 * join, the positions of both count, from the first to the last (section 3 there). Padding counts as positions. */
#ifndef PODA_EXPLAIN_FIELD_H
#define PODA_EXPLAIN_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/layers.h"

/* Rows and columns into size, 1 row where there is one spatial axis. False where no such number follows from the graph: a dense
 * layer, a transposed convolution, anything between it and the input that joins all positions or moves them about (only the
 * input itself may be turned or reshaped before it), branches of different strides, weights that several nodes share. */
bool field_find(const struct graph *g, const struct layer *l, int64_t size[2]);

#endif
