/* prune: one command of pruning, as a pure function of base weights, strategy and guards. See score.h (criteria), portion.h
 * (structures), select.h (scopes and exact counts). */
#ifndef PODA_PRUNE_PRUNE_H
#define PODA_PRUNE_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct err;

enum criterion { CRITERION_MAGNITUDE, CRITERION_RANDOM, CRITERIA };
enum structure { STRUCTURE_WEIGHT, STRUCTURE_UNIT, STRUCTURES };
enum scope { SCOPE_GLOBAL, SCOPE_LAYER, SCOPES };
enum norm { NORM_L2, NORM_L1, NORMS };

/* Names by index, NULL-ended: for parsing, help and "did you mean". */
extern const char *const criterion_names[], *const structure_names[], *const scope_names[],
                                                                          *const norm_names[];

struct strategy {
    enum criterion criterion;
    enum structure structure;
    enum scope scope;
    enum norm norm;
    uint64_t seed;
    const bool *in_layers; /* by layer: cut there; NULL: all */
    bool within_kept;      /* only take more away */
};

/* What a person has protected or cut by hand: bits as in a mask. */
struct guards {
    struct mask *
        protected_weights; /* a 0 bit is a protected weight; NULL: none (so that a fresh mask protects nothing) */
    struct mask *hand_cuts; /* a 0 bit (weight or removed unit) was cut by hand; NULL: none */
};

/* Everything that is the same for every amount: built once, then a slider step only selects. */
struct ranking;
struct ranking *
ranking_new(const struct graph *g, const struct layers *l, const struct coupling *c,
            const struct tensor *const *weights /* base weights by value index, NULL: the graph's */,
            const struct strategy *s, struct err *e);
void ranking_free(struct ranking *r);

struct cut {
    struct mask *mask;    /* owned by the caller: mask_unref */
    int64_t portions;     /* denominator of the amount */
    int64_t cut_portions; /* exactly num_portion(amount, portions), per layer for scope=layer */
    double threshold;     /* highest score that was cut, NaN if none; shown only */
};

/* Portions: weight: the weights of the chosen layers; one that is cut by hand, stands in the row of a removed unit or reads one
 * counts as cut. unit: the coupled sets that are not pinned and lie wholly in chosen layers (ranking_new: ERR_PINNED if there
 * is none, with the reason); a set is protected if one of its units is, or a connection that would go with it. A set's score is
 * the mean over its layers. scope=layer counts in each layer; layers that share sets are one. */

/* The mask after cutting the fraction `amount` (0..1). current: the mask before the command (layers outside in_layers stay as
 * they are there; with within_kept it bounds the result). Ties go in index order. ERR_UNREACHABLE with what is possible if
 * guards leave too few, a layer would lose its last unit under scope=layer, or more than that is cut already by hand (or, with
 * within_kept, in current); nothing is changed then. */
bool ranking_cut(const struct ranking *r, const struct mask *current, const struct guards *g, double amount,
                 struct cut *out, struct err *e);

/* Targets in place of an amount: the smallest amount whose model is not larger than wanted. */
struct goal {
    const struct ranking *r;
    const struct mask *current; /* these three as in ranking_cut */
    const struct guards *g;
    int64_t (*measure)(void *data, const struct mask *m); /* bytes, macs, parameters of a mask */
    void *data;
    int64_t wanted;
};

/* The amount is k of all portions, so that num_portion gives k back. By bisection: what goes at k goes at k + 1, too, so that no
 * quantity grows. ERR_UNREACHABLE names the smallest that can be had. */
bool ranking_cut_to(const struct goal *t, double *amount, struct cut *out, struct err *e);

/* The same search in steps of one cut each, for those who may not wait. The target must not change on the way. */
struct goal_search {
    int64_t portions; /* found; -1: out of reach */
    double amount;    /* where found */
    /* private: */
    int64_t low, high, most, least;
    bool bounded, blocked;
};
void goal_search_begin(struct goal_search *s, const struct ranking *r);
bool goal_search_step(struct goal_search *s, const struct goal *t); /* false: over */

/* Constants to compute with under a mask: overrides[n_values] for program_new: masked weights; zeroed bias and normalisation
 * entries of removed units. Owned; free with overrides_free. weights as in ranking_new. */
struct overrides {
    const struct tensor **v; /* by value index; NULL entries: unchanged */
    int n_values;
    struct tensor **owned;
    int n_owned;
};
void overrides_make(const struct graph *g, const struct layers *l, const struct coupling *c,
                    const struct mask *m, const struct tensor *const *weights, struct overrides *out);
void overrides_release(struct overrides *o);

#endif
