/* flow: amounts carried along a graph's connections, element by element: forward from inputs or backward from outputs. With
 * amounts of 1 at one end the result at an element is the number of routes between it and that end. Exact for weighted sums,
 * pooling and what moves elements; where an operator joins a whole axis, all of it counts (op.h, enum op_flow). */
#ifndef PODA_EXPLAIN_FLOW_H
#define PODA_EXPLAIN_FLOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/op.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

/* Routes multiply: the range of long double (1e4932 on x86) is what deep networks need. */
typedef long double flow_amount;

struct flow {
    const struct graph *g;
    const struct layers *l;
    int *layer_of;    /* by node: the layer whose weight it sums with, -1 for none */
    bool *transposed; /* by node: it reads that weight through a transposed copy */
    const uint64_t *
        *kept; /* by layer, in file order: a bit for each connection, 1 if it is there; NULL: all of them */
    uint8_t *stops;          /* by node: amounts do not pass; NULL: they pass everywhere */
    int64_t *elements;       /* by value; 0 for constants */
    const atomic_bool *stop; /* NULL: never; once it is true, amounts mean nothing any more */
};

/* left: what a mask leaves (effect.h), borrowed as long as the flow; NULL: the dense model, weights that are 0 included. */
void flow_init(struct flow *f, const struct graph *g, const struct layers *l, const struct mask *left);
void flow_release(struct flow *f);

bool flow_stopped(const struct flow *f);

/* Amounts by value and element, all 0; NULL for constants. */
flow_amount **flow_amounts(const struct flow *f);
void flow_amounts_free(const struct flow *f, flow_amount **amounts);

/* Add to every value what reaches it. The caller has set where it begins. */
void flow_forward(const struct flow *f, flow_amount **amounts);
void flow_backward(const struct flow *f, flow_amount **amounts);

/* Routes from any input of the model to each element, and from each element to any output; flow_amounts_free. */
flow_amount **flow_from_inputs(const struct flow *f);
flow_amount **flow_to_outputs(const struct flow *f);

/* From now on amounts do not pass the nodes that read layers. */
void flow_stop_at_layers(struct flow *f);

/* The steps of a layer's weights between rows and between inputs, as the node reads them, in the file's order instead. */
void flow_file_steps(const struct flow *f, int node, int64_t *row_step, int64_t *input_step);

/* Do both shapes have the same channels on axis 1, so that FLOW_CHANNEL passes within them? */
bool flow_by_channel(const struct shape *x, const struct shape *y);

enum { FLOW_INPUTS = 8 }; /* of nodes with edges, at most */

/* The value that a node with a layer's weight reads beside it. */
int flow_data(const struct flow *f, int node);

/* Visit the kept edges of one weighted node in runs; their weights are indexes in the layer's file order. */
void flow_edges(const struct flow *f, int node, edge_visitor *visit, void *data);

#endif
