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
    const char *
        why; /* the rest of the sentence "fc3/0 is pinned: it ...", or "... : Softmax_3 ..."; NULL if not pinned */
};

/* Entries of a constant (bias, batch-normalisation scale, shift ...) that go with a set: zeroed when it is removed and taken
 * out by shrink. And input columns of layers that read the set. A constant that several nodes read has a member for each. */
struct member {
    int value;      /* graph value of the constant */
    int axis;       /* the axis that the set's index runs along */
    int64_t index;  /* along that axis */
    int node, slot; /* who reads it, as which input */
    int readers;    /* how many node inputs read the value in all */
    bool
        zeroed; /* set to 0 while masked (bias, scale, shift); false: only taken out when shrinking (mean, variance,
                      consumers' weight columns) */
};

struct coupling {
    int n_sets;
    struct coupled_set *sets; /* by their first unit */
    int n_layers;
    int **set_of; /* set_of[layer][unit] */
    int **
        set_read; /* set_read[layer][input]: the set that this input column reads; -1: none, or a grouped convolution, whose
                       groups come and go whole */
    /* members[member_first[s] .. member_first[s + 1]) belong to set s */
    int64_t *member_first;
    struct member *members;
    struct unit *units; /* all sets' units in one block */
};

/* Errors: ERR_UNSUPPORTED if the model has too many channels to tell apart (COUPLE_MAX). */
bool coupling_find(const struct graph *g, const struct layers *l, struct coupling *out, struct err *e);
void coupling_release(struct coupling *c);

/* "fc1/3 and conv2/3 belong together because of Add_7"; "fc3/0 is pinned: it is an output of the model". Appends. */
void coupling_explain(const struct graph *g, const struct layers *l, const struct coupling *c, int layer,
                      int64_t unit, struct buf *out);

/* removed[set]: all its units are removed in m. */
struct mask;
void coupling_removed(const struct coupling *c, const struct mask *m, bool *removed);

/* The members that are zeroed because of these sets, each entry of a constant once. An entry of a constant that several nodes
 * read is zeroed only if it leaves for all of them: else it stays, which changes nothing, because nobody reads a removed
 * channel any more. *n gets their number; free() the result. */
struct member *coupling_zeroed(const struct coupling *c, const bool *removed, int64_t *n);

#endif
