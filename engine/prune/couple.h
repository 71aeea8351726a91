/* couple: which channels can only leave together. Operators state channel equalities (same, spread, shift) into a union-find;
 * the result is a set of coupled sets, each a list of units of layers, pinned ones with a reason.
 *
 * Example: conv1 and conv2 meet in an Add: their channel i is one set; a BatchNormalization's scale entry i belongs to it. */
#ifndef PODA_PRUNE_COUPLE_H
#define PODA_PRUNE_COUPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/graph.h"
#include "engine/prune/layers.h"

struct buf;
struct err;

struct unit {
    int layer;
    int64_t unit;
};

struct coupled_set {
    int n_units;
    struct unit *units; /* by layer, then unit */
    bool pinned;        /* touches the graph's input or output, or an operator that mixes the axis */
    int pinned_node;    /* which node pins it; -1: graph input or output */
};

/* Entries of a constant (bias, batch-normalisation scale, shift ...) that go with a set: zeroed when it is removed and taken
 * out by shrink. And input channels of layers that read the set. */
struct member {
    int value;     /* graph value of the constant */
    int axis;      /* the axis that the set's index runs along */
    int64_t index; /* along that axis */
    bool
        zeroed; /* set to 0 while masked (bias, scale, shift); false: only taken out when shrinking (mean, variance,
                      consumers' weight columns) */
};

struct coupling {
    int n_sets;
    struct coupled_set *sets;
    int **set_of; /* set_of[layer][unit]; -1 where the layer's units cannot be told apart */
    /* members[set_first[s] .. set_first[s + 1]) belong to set s */
    int64_t *member_first;
    struct member *members;
};

bool coupling_find(const struct graph *g, const struct layers *l, struct coupling *out, struct err *e);
void coupling_release(struct coupling *c);

/* "fc1/3 and conv2/3 belong together because of Add_7"; "fc3/0 is pinned: it is an output of the model". Appends. */
void coupling_explain(const struct graph *g, const struct layers *l, const struct coupling *c, int layer,
                      int64_t unit, struct buf *out);

/* Weights that count as cut under m, although their own bit is 1: those of consumers that read a removed unit. kept[layer] and
 * the sum: what the contract calls kept. */
struct mask;
int64_t coupling_kept(const struct graph *g, const struct layers *l, const struct coupling *c,
                      const struct mask *m, int64_t *kept_by_layer);

#endif
