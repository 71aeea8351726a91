/* graph: a network as a function of one sample. Built once by graph_bind and then const; all scratch lives in a run.
 *
 * Binding sets the batch dimension to 1, works out every shape, folds every value that depends on constants only (shape
 * arithmetic, Reshape targets, transposed weights) and drops what no output needs. What is left are nodes in topological
 * order, each value produced by one node with a smaller index than its readers, by an input, or constant. */
#ifndef PODA_GRAPH_GRAPH_H
#define PODA_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/graph/source.h"
#include "engine/graph/tensor.h"

struct err;
struct op;

struct value {
    char *name; /* of the file; made unique */
    enum dtype type;
    struct shape shape; /* with the batch dimension 1 */
    int producer;       /* node index; -1 for inputs and constants */
    bool is_input;
    struct tensor *constant; /* owned; NULL unless constant */
    int initializer; /* index into the source's tensors if the constant is one of them as it is; else -1.
                                A folded Transpose or Identity of an initializer has -1 here and origin set. */
    int origin; /* value index of the initializer that a folded Transpose/Identity/Reshape/Cast chain started
                                from, -1 for none: so that a weight tied through a transposed copy is recognised */
    bool origin_transposed; /* the chain swaps the two axes of a matrix */
};

struct node {
    const struct op *op;
    char *name;      /* of the file; may be "" */
    char *scope;     /* the module that made it; may be "" */
    int source_node; /* index in the source, for messages and export */
    int n_inputs, n_outputs;
    int *inputs;  /* value indexes; -1 is an absent optional input */
    int *outputs; /* value indexes; -1 is an output that nobody reads */
    int n_attrs;
    const struct attr *attrs; /* borrowed from the source */
    void *params;  /* what op->shape worked out from attributes and constants; owned, one block, free() */
    int64_t opset; /* version of the node's domain */
};

enum batch_kind {
    BATCH_FREE,     /* the file leaves the batch open: several records at once, checked with two samples */
    BATCH_ONE,      /* the file fixes the batch at 1: opens without that check, and says so */
    BATCH_ABOVE_ONE /* fixed above 1: one lane; data sets are refused */
};

struct graph {
    int n_values, n_nodes, n_inputs, n_outputs;
    struct value *values;
    struct node *nodes;
    int *inputs;  /* value indexes */
    int *outputs; /* value indexes; an unused label output of a classifier (ai.onnx.ml) is cut off */
    enum batch_kind batch;
    const struct source *source; /* borrowed: outlives the graph */
};

/* Bind a source. Errors: ERR_UNSUPPORTED names the operator and its node ("operator GRU of node /rnn/GRU (node 7)") before
 * anything runs; ERR_UNREADABLE names the place for cycles, unknown names, shapes that do not fit, sizes out of range.
 * constants_max limits the bytes of folded constants (0: 512 MiB). */
struct graph *graph_bind(const struct source *s, int64_t constants_max, struct err *e);
void graph_free(struct graph *g);

/* Inputs and outputs of all nodes, counted wherever they stand. */
size_t graph_operands(const struct graph *g);

/* The value that a node reads as input i; -1 where that is absent. */
int node_input(const struct node *n, int i);

/* Attributes of a node by name; the default where absent or of another kind. */
const struct attr *node_attr(const struct node *n, const char *name);
int64_t node_int(const struct node *n, const char *name, int64_t otherwise);
float node_float(const struct node *n, const char *name, float otherwise);
const char *node_text(const struct node *n, const char *name, const char *otherwise);

/* "Conv /features/0/Conv (node 3)": how messages name a node. Appends to out. */
struct buf;
void node_print(const struct graph *g, int node, struct buf *out);

/* Value index by name; -1 if there is none. */
int graph_value(const struct graph *g, const char *name);

#endif
