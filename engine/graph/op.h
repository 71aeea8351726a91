/* op: one row per operator holds all that poda knows of it. A new operator is a row in its family's file (op_math.c,
 * op_conv.c, op_move.c ...) and nothing else. Rows are found by domain and name. */
#ifndef PODA_GRAPH_OP_H
#define PODA_GRAPH_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"

struct backward; /* backward.h */
struct err;
struct kernels;
struct prepared;
struct weighted; /* weighted.h */
struct window;   /* op_window.h */
struct couple;   /* prune/couple.h: channel equalities under construction */

/* One operand or result of a forward call: [elements][lanes], or [elements] alone where lane_stride is 0 (a constant). */
struct operand {
    void *data; /* const for inputs */
    const struct shape *shape;
    enum dtype type;
    int lane_stride; /* 1: lanes innermost; 0: constant, the same for every lane */
    bool present;
};

/* What forward gets. Everything was validated by shape. */
struct op_call {
    const struct node *node;
    const struct kernels *kernels;
    int lanes;
    int n_inputs, n_outputs;
    const struct operand *inputs;
    const struct operand *outputs; /* lane_stride is always 1 (with lanes 1 while folding) */
    const struct prepared
        *prepared; /* the weight in its kernel's form; NULL where the node has none (see program.h) */
    void *scratch; /* op->scratch(...) bytes, 64-byte aligned */
};

/* What an operator costs for one sample; counts multiply-adds of products only. */
struct op_cost {
    int64_t
        macs_per_weight; /* each kept weight is used this often per sample (output positions of a convolution); 0: none */
    int64_t macs_fixed; /* products of two activations */
};

/* What an element of the result hears of the inputs, for proofs of what cannot matter. Constants say nothing. */
enum op_flow {
    FLOW_ALL,  /* every element of every input: never too little */
    FLOW_SAME, /* the elements that NumPy broadcasting pairs with it */
    FLOW_MOVE, /* the one element that forward copies there, where only input 0 is no constant; else everything */
    FLOW_CHANNEL, /* all positions of its channel (axis 1) where both shapes have it; else everything */
    FLOW_EDGES    /* what op_edges lists */
};

/* How far results of two calls can lie apart whose inputs do, for bounds of rounding (eval/bound.h). A weighted sum with a constant
 * weight has a bound of its own; nodes that move nothing are SAME. */
enum op_drift {
    DRIFT_UNKNOWN,
    DRIFT_SAME, /* exact, 0 stays 0, and no element goes further than that of input 0 does (Relu) */
    DRIFT_SUM   /* one rounded addition of two inputs */
};

/* Pairs of a result's element and an element of input `slot` that it reads, each a step further than the one before; weight is
 * the element of the constant weight that the first is multiplied by, -1 for none. */
struct edge_run {
    int slot;
    int64_t count;
    int64_t output, output_step, input, input_step, weight, weight_step;
};
typedef void edge_visitor(void *data, const struct edge_run *run);

struct op {
    const char *domain; /* "" or "ai.onnx.ml" */
    const char *name;
    int min_inputs, max_inputs; /* max -1: any number */
    int max_outputs;
    /* Output 0 is input 0 in the same order under another shape: at run time both share one place, and forward is called
     * only if another output is read. */
    bool moves_nothing;
    /* Output 0 may lie where input 0 lies: as many elements, and element i is not read after element i was written. */
    bool in_place;
    /* The outputs depend on the shapes of the inputs alone, so that they are always folded. */
    bool reads_shape_only;
    /* forward wants input 0 with lanes: a constant there (beside other inputs that are none) is spread over them. */
    bool spreads_input;

    enum op_flow flow;
    enum op_drift drift;
    void (*edges)(const struct graph *g, const struct node *n, edge_visitor *visit,
                  void *data); /* for FLOW_EDGES, where there is no weighted sum */

    /* The same for a node as a whole: or the marks (0 or 1 an element) of inputs into the output's, or back. NULL: a constant's. */
    void (*mark)(const struct node *n, bool forward, uint8_t *const *inputs, uint8_t *output);

    /* Rows and columns of the window whose positions of input 0 a result's position reads; NULL: it has none. */
    const struct window *(*windows)(const struct node *n);

    /* Work out type and shape of every output from the inputs' (and constant inputs' values), check every attribute and
     * size, and leave parsed parameters in node->params. The validator of hostile files. */
    bool (*shape)(struct graph *g, struct node *n, struct err *e);

    /* One block of lanes. */
    void (*forward)(const struct op_call *call);

    /* The same for the elements from..to of output 0 alone, which hear no other elements of inputs that have as many. false: this call
     * does not go by parts, whatever they are. NULL: none does. */
    bool (*part)(const struct op_call *call, int64_t from, int64_t to);

    /* The node's sum with a weight; NULL where this node has none (a product of two activations). NULL: never has. Its edges, its
     * cost, the form of its weight, and the layer with its units, coupling and shrinking follow. */
    const struct weighted *(*weighted)(const struct node *n);

    /* Its derivatives. NULL: it has none that means anything; a backward pass through it is refused by name. */
    const struct backward *backward;

    /* Bytes of scratch for a call with so many lanes, beside a weighted sum; NULL: none. */
    size_t (*scratch)(const struct graph *g, const struct node *n, int lanes);

    /* Beside a weighted sum. NULL: costs nothing that is counted. */
    void (*cost)(const struct graph *g, const struct node *n, struct op_cost *out);

    /* State which channels of inputs and outputs are the same (prune/couple.h). NULL: unit pruning through it is refused,
     * by name. Rows point at the functions of prune/couple_rules.h; one of FLOW_MOVE at couple_moves, unless shrinking has to
     * rewrite it or it turns axes. */
    void (*couple)(struct couple *c, const struct graph *g, int node);
};

/* A node's weighted sum, NULL for none; the same also where the operator computes it apart (weighted.h), so that it tells sizes and
 * axes alone; the edges of a FLOW_EDGES node; what a node costs; bytes of scratch that forward needs. */
const struct weighted *op_weighted(const struct node *n);
const struct weighted *op_described(const struct node *n);
void op_edges(const struct graph *g, const struct node *n, edge_visitor *visit, void *data);
void op_costs(const struct graph *g, const struct node *n, struct op_cost *out);
size_t op_scratch(const struct graph *g, const struct node *n, int lanes);

/* NULL if unknown. */
const struct op *op_find(const char *domain, const char *name);

/* Row i of the whole table, for tests that walk it; NULL after the last. */
const struct op *op_at(int i);

#endif
