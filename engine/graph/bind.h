/* bind: what the files that build a graph share: bind.c (order, nodes), ports.c (inputs, outputs, the batch) and fold.c
 * (constants). Everybody else includes graph.h. */
#ifndef PODA_GRAPH_BIND_H
#define PODA_GRAPH_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"
#include "engine/graph/names.h"
#include "engine/kernels/kernels.h"

struct err;

/* As graph_bind, with another size for a free batch dimension: 2 for the two-samples check of program.h. */
struct graph *graph_bind_batch(const struct source *s, int64_t batch, int64_t constants_max, struct err *e);

/* With other sizes wherever the file leaves them free: a batch of 2, and twice what was given; where the model takes no other sizes,
 * the batch alone. NULL: it takes none at all, or nothing is free. */
struct graph *graph_bind_other(const struct source *s);

/* Where a name of the file is defined. */
struct definition {
    enum { FROM_INPUT, FROM_TENSOR, FROM_NODE } kind;
    int index; /* of the input, tensor or node in the source */
    const char *name;
    int value; /* value index once there is one; -1 before */
    bool read; /* by a needed node or as an output */
};

struct binder {
    const struct source *s;
    struct graph *g;
    struct err *e;
    int64_t batch;          /* what a free first dimension becomes */
    int64_t stretch;        /* factor of other sizes that the file leaves free */
    int64_t constants_left; /* bytes that folding may still take */
    double work_left;       /* multiply-adds that folding may still take */
    struct kernels kernels; /* for folding */
    struct names names;     /* of definitions */
    struct definition *defs;
    int n_defs;
    int *node_defs; /* node_defs[i]: the first definition of node i */
    bool *needed;   /* by source node: an output depends on it */
    int n_outputs;  /* that are left after labels were cut off */
    int *outputs;   /* definitions */
};

/* A new value; its index. The name is copied. */
int bind_value(struct binder *b, const char *name, enum dtype type, const struct shape *shape);

/* ports.c: which outputs count (labels of classifiers are cut off); then the values of the inputs, and the kind of batch. */
bool bind_outputs(struct binder *b);
bool bind_inputs(struct binder *b);

/* fold.c: is the node constant already? Then compute its outputs, which become constants. */
bool fold_possible(const struct graph *g, const struct node *n);
bool fold_node(struct binder *b, struct node *n);

#endif
