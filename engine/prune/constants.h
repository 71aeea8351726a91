/* constants: what stands beside the weights: biases, normalisation parameters, and constants that are neither. */
#ifndef PODA_PRUNE_CONSTANTS_H
#define PODA_PRUNE_CONSTANTS_H

#include "engine/prune/layers.h"

/* Fill l->bias and l->bias_node: Gemm's C, Conv's B, or the constant of an Add that alone reads the layer's output and holds
 * one number a unit. */
void bias_find(const struct graph *g, struct layer *l);

/* Fill extras, parameters, unprunable of layers whose weights and biases are found. */
void constants_find(const struct graph *g, struct layers *l);

/* Under which name the file holds a value: an initializer's, or the output of a Constant node. NULL: it is computed from others. */
const char *constant_name(const struct graph *g, int value);

/* How many node inputs read this value. */
int constant_readers(const struct graph *g, int value);

#endif
