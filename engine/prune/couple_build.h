/* couple_build: a coupling under construction. Every axis of every value is a row of variables, one an index; layers have rows
 * for units and inputs. Operators state which variables are the same channel; union-find does the rest.
 *
 * For the rules (couple_rules.h) and shrink_axes.c only; everyone else reads couple.h. */
#ifndef PODA_PRUNE_COUPLE_BUILD_H
#define PODA_PRUNE_COUPLE_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"
#include "engine/prune/layers.h"

enum { COUPLE_MAX = 1 << 25 }; /* variables */

/* Why a channel cannot leave: the strongest reason is told. */
enum pin_kind { PIN_POSITION, PIN_INPUT, PIN_MIXED, PIN_OUTPUT };

struct pin {
    enum pin_kind kind;
    int node; /* -1: the model's input or output */
    const char *why;
};

/* One axis of a constant as one node reads it: constants shared by nodes do not couple them. */
struct use {
    int value, node, slot, axis;
    int first; /* variable of index 0 */
    bool zeroed;
};

struct couple {
    const struct graph *g;
    const struct layers *l;
    int n;
    int *parent; /* union-find with path halving; the smaller index is the root */
    int *pinned; /* by root: index into pins, -1 */
    size_t capacity;
    int *value_first; /* by value: variable of axis 0, index 0; axes follow each other; -1 for constants */
    int *units_first, *inputs_first; /* by layer */
    int *readers;                    /* by value: node inputs that read it */
    int *layer_of, *reader_of; /* by node: the layer it reads and which of the layer's nodes it is; -1 */
    int n_pins, n_uses;
    struct pin *pins;
    struct use *uses;
    size_t pins_capacity, uses_capacity;
};

/* An input or output of a node, with the variables of its axes. */
struct side {
    bool present, constant;
    struct shape shape;
    int first[SHAPE_MAX];
};

struct side couple_input(struct couple *c, int node, int slot, bool zeroed);
struct side couple_output(struct couple *c, int node, int k);

int64_t couple_width(const struct shape *s);   /* variables that a value's axes take together */
int couple_fresh(struct couple *c, int64_t n); /* the first of n new variables */
int couple_find(struct couple *c, int var);
void couple_join(struct couple *c, int a, int b);
void couple_pin(struct couple *c, int first, int64_t n, enum pin_kind kind, int node, const char *why);

/* Axis a of x and axis b of y are the same channels; nothing if one is absent or they differ in length. */
void couple_axes(struct couple *c, const struct side *x, int a, const struct side *y, int b);
void couple_pin_axis(struct couple *c, const struct side *x, int axis, enum pin_kind kind, int node,
                     const char *why);

/* Axes of x up to x_axes are those of y up to y_axes, aligned from the right; one that is repeated there is pinned. */
void couple_broadcast(struct couple *c, int node, const struct side *x, int x_axes, const struct side *y,
                      int y_axes);

/* Axes from the third on are positions, which stay. */
void couple_pin_positions(struct couple *c, const struct side *x, int node);

/* All that the node touches. */
void couple_pin_all(struct couple *c, int node);

/* A node whose weighted sum reads the weight of a layer: all that follows from the sum. false: it reads none. */
bool couple_layer(struct couple *c, const struct graph *g, int node);

/* Statements of one node: its row's rule, or a pin on all it touches if it has none. */
void couple_state(struct couple *c, int node);

#endif
