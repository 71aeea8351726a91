/* source: a network as a file states it, before any of it is believed: nodes and tensors by name, in file order. io/onnx fills
 * it from an ONNX message; graph/bind turns it into a graph. Everything here is owned by the source. */
#ifndef PODA_GRAPH_SOURCE_H
#define PODA_GRAPH_SOURCE_H

#include "engine/graph/tensor.h"

struct err;

enum attr_kind {
    ATTR_INT,
    ATTR_FLOAT,
    ATTR_STRING,
    ATTR_INTS,
    ATTR_FLOATS,
    ATTR_STRINGS,
    ATTR_TENSOR, /* a tensor of numbers */
    ATTR_OTHER   /* graphs, lists of tensors, tensors of strings: no member of the union is set */
};

struct attr {
    char *name;
    enum attr_kind kind;
    int64_t n; /* elements of a list; 1 otherwise */
    union {
        int64_t *ints; /* ATTR_INT too: one element */
        float *floats; /* ATTR_FLOAT too */
        char **texts;  /* ATTR_STRING too */
        struct tensor *tensor;
    };
};

struct source_node {
    char *domain; /* "" is ai.onnx */
    char *op;
    char *name;  /* may be "" */
    char *scope; /* the module that made the node, "blocks.0.attn"; "" where the file does not say */
    int n_inputs, n_outputs;
    char **inputs; /* "" is an absent optional input */
    char **outputs;
    int n_attrs;
    struct attr *attrs;
};

/* A named tensor of the file. tensor is NULL where its elements are no numbers that poda computes with (strings, complex, 8-bit
 * floats): an error only if a node reads it, and then graph_bind's, ERR_UNSUPPORTED naming it. */
struct source_tensor {
    char *name;
    struct tensor *tensor;
    int file_type; /* TensorProto.DataType of the file: 1 float, 10 float16, 11 double, 16 bfloat16, 7 int64 ... */
};

/* A graph input or output. A free dimension is -1; dim_names[d] is its symbol or NULL. */
struct source_port {
    char *name;
    int file_type; /* 0 where the file does not say */
    int rank;      /* -1 where the file does not say */
    int64_t dim[SHAPE_MAX];
    char *dim_names[SHAPE_MAX];
    bool given[SHAPE_MAX]; /* the file leaves it free: dim is what source_shape was told */
};

struct source {
    int64_t opset;    /* of ai.onnx; 0 if the file has no node of it */
    int64_t ml_opset; /* of ai.onnx.ml; 0 if absent */
    int n_nodes, n_tensors, n_inputs, n_outputs;
    struct source_node *nodes; /* in file order, which ONNX wants to be topological; graph_bind checks */
    struct source_tensor *tensors;
    struct source_port *inputs; /* without those that are initializers */
    struct source_port *outputs;
};

void source_free(struct source *s); /* NULL is allowed */

/* Give the free dimensions of an input their sizes; the others must be as in the file. A free first dimension of which one is asked
 * stays free: it is the batch. ERR_UNKNOWN lists the inputs, ERR_USAGE says what the file has. */
bool source_shape(struct source *s, const char *input, const struct shape *shape, struct err *e);

/* The next step where sizes are missing: how to give them for each input that has free ones. false. */
bool source_shape_hint(const struct source *s, struct err *e);

/* As another source of the same inputs was told. */
void source_shape_like(struct source *s, const struct source *like);

#endif
