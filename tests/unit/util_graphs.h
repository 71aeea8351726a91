/* util_graphs: small networks as PyTorch would export them, and random ones with every kind of join, for tests of pruning and
 * shrinking. On util_source.h, which makes single nodes and tensors. */
#ifndef PODA_TESTS_UTIL_GRAPHS_H
#define PODA_TESTS_UTIL_GRAPHS_H

#include <stdint.h>

#include "engine/graph/source.h"

/* A source under construction. Weights are drawn from (seed, how many were drawn before): no two have the same magnitude. */
struct sketch {
    struct source *s; /* the caller's: source_free */
    uint64_t seed, drawn;
    int values; /* names given to results */
};

struct sketch sketch_new(uint64_t seed);

/* Each gives the name of its result, owned by the source. Layers are named layer, their tensors layer.weight, layer.bias ... */
const char *sketch_linear(struct sketch *k, const char *layer, const char *x, int in, int out);
const char *sketch_conv(struct sketch *k, const char *layer, const char *x, int in, int out, int kernel,
                        int groups);
const char *sketch_batch_norm(struct sketch *k, const char *layer, const char *x, int channels);
const char *sketch_op(struct sketch *k, const char *op, const char *inputs); /* names parted by blanks */
const char *sketch_concat(struct sketch *k, const char *inputs);             /* along axis 1 */

/* A float tensor of drawn values. */
void sketch_floats(struct sketch *k, const char *name, const int64_t *dims);

/* x -> 784-300-100-10 with Relu between: 266,200 weights. */
struct source *sketch_mlp(uint64_t seed);

/* A random network: convolutions or dense layers with residual joins, concatenations, depthwise and grouped convolutions,
 * squeeze-and-excite gates, pooling, flattening; input x, output y. With counts, also Reshape targets, Split sizes and Slice
 * ends that hold numbers of channels. */
struct source *sketch_random(uint64_t seed, int counts);

#endif
