/* op_norm: what op_norm.c and the derivatives of its operators share: which positions belong together. */
#ifndef PODA_GRAPH_OP_NORM_H
#define PODA_GRAPH_OP_NORM_H

#include <stdint.h>

/* For o < outer and i < inner those at (o * n + k) * inner + i, k < n. Softmax has this as its parameters. */
struct groups {
    int64_t outer, n, inner;
};

/* BatchNormalization and InstanceNormalization. */
struct batch_params {
    struct groups at; /* n: channels */
    float epsilon;
};

/* LayerNormalization: n numbers that lie side by side. */
struct layer_params {
    int64_t outer, n;
    float epsilon;
};

#endif
