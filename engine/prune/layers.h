/* layers: the prunable parameters of a graph, in file order, under the names that people use.
 *
 * A layer is the constant weight of a Gemm, MatMul (constant side), Conv, ConvTranspose or Gather (embedding), or the matrix that
 * an Einsum multiplies data by (equation.h). Its weights are seen as units x inputs x taps whatever order the file stores them
 * in: a unit is one output (neuron, channel), an input one input column or channel, taps the kernel positions (1 for dense
 * layers). */
#ifndef PODA_PRUNE_LAYERS_H
#define PODA_PRUNE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"

struct err;
struct buf;

struct layer {
    char *
        name; /* by the naming rule of the contract: fc1, blocks.0.qkv, Conv_3, a second equal name gets #2 */
    char *tensor;     /* the initializer's name in the file */
    const char *op;   /* operator name */
    int value;        /* graph value that holds the weight as the file stores it */
    int tensor_index; /* in the source; -1: the output of a Constant node */
    int node;         /* first node that reads it */
    int n_nodes;      /* all nodes that read it (tied weights, also through a transposed copy) */
    int *nodes;
    int *slots;       /* nodes[i] reads it as this input */
    bool *transposed; /* nodes[i] reads it through a transposed copy */
    bool *swapped;    /* nodes[i] takes this layer's units as its inputs, and the other way round */
    int bias; /* graph value of its constant bias, -1 for none (Gemm C, Conv B, or the Add after a MatMul) */
    int bias_node;               /* node that adds it: the same node, or the Add */
    int64_t units, inputs, taps; /* weights = units * inputs * taps; inputs is per convolution group */
    int unit_axis,
        input_axis; /* of the tensor in the file; -1: it has no such axis (a vector, a batch of one) */
    /* In the file's order, in elements; unit_stride holds within a convolution group: use layer_index. */
    int64_t unit_stride, input_stride; /* from tap to tap it is 1 */
    int64_t
        groups; /* convolution groups: unit u reads input channels of group u / (units / groups); 1 for dense layers */
    int taps_shape[3]; /* kernel sides for naming CH.Y.X; unused ones are 1 */
    int taps_rank;     /* 0 dense, 1 or 2 */
    int64_t weights;
    int64_t first; /* weights of the layers before: a global index is first + index in file order */
};

struct layers {
    struct layer *v;
    int n;
    int64_t prunable;   /* all weights */
    int64_t parameters; /* weights, biases, normalisation scale and shift of the model */
    int *extras;        /* graph values of the biases, scales and shifts in `parameters`, each once */
    int n_extras;
    struct unprunable {
        char *name, *op, *reason;
        struct shape shape;
    } * unprunable; /* float constants that look like weights but cannot be pruned, and why */
    int n_unprunable;
};

/* Layers stand in the order of the first nodes that read them. An embedding's units are its columns, its inputs the numbers
 * that are looked up. Errors: ERR_UNREADABLE if a prunable weight holds NaN or infinity (layer, unit, input). */
bool layers_find(const struct graph *g, struct layers *out, struct err *e);
void layers_release(struct layers *l);

/* By name or tensor name; ERR_UNKNOWN lists the layers and the nearest. -1 on error. */
int layer_by_name(const struct layers *l, const char *name, struct err *e);

/* Index in file order of (unit, input, tap); and back. */
int64_t layer_index(const struct layer *l, int64_t unit, int64_t input, int64_t tap);
void layer_position(const struct layer *l, int64_t index, int64_t *unit, int64_t *input, int64_t *tap);

/* The dense weights in file order; borrowed from the graph. */
const float *layer_weights(const struct graph *g, const struct layer *l);

/* The value through which nodes[i] of the layer reads it: the layer's own or a copy that was folded from it. */
int layer_copy(const struct graph *g, const struct layer *l, int i);

/* Does column i of the layer read element i of the model's input (row-major), with nothing but reshaping and element-wise
 * constants between them? Gives the input's position in the graph's inputs, -1 if not. */
int layer_reads_input(const struct graph *g, const struct layer *l);

/* LAYER/UNIT[/INPUT] of the command language. unit is -1 for a whole layer, input -1 for a whole unit, tap -1 for a whole
 * kernel; INPUT of a convolution is a channel or CH.Y.X (CH.X in one dimension). place_parse wants a unit at least; ERR_UNKNOWN
 * says what exists, ERR_USAGE what the form is. place_print writes what place_parse reads. */
struct place {
    int layer;
    int64_t unit, input, tap;
};
bool place_parse(const struct layers *l, const char *text, struct place *out, struct err *e);
void place_print(const struct layers *l, const struct place *p, struct buf *out);

/* WHAT: input:NAME layer:NAME unit:LAYER/UNIT link:LAYER/UNIT/INPUT. For an input only its name is found (borrowed from text):
 * names of inputs belong to the data set. */
enum what { WHAT_INPUT, WHAT_LAYER, WHAT_UNIT, WHAT_LINK };
bool what_parse(const struct layers *l, const char *text, enum what *kind, const char **input,
                struct place *place, struct err *e);

#endif
