/* variants: what many variants of one model answer on the same records, evaluated together. A variant is a set of constants that
 * replace the graph's own, as a mask's do. Records go block by block: a block is filled once, nodes that no difference reaches
 * run once, the others for one variant after the other. Every variant is computed by the kernels that would compute it
 * alone, so that all of its outcome is the same bit for bit; only where any_order allows it, and variants keep more and more of
 * the first layer that differs, that layer's sums are shared (nested.h): answers are the same then, losses within 1e-6. */
#ifndef PODA_EVAL_VARIANTS_H
#define PODA_EVAL_VARIANTS_H

#include "engine/eval/outcome.h"
#include "engine/prune/prune.h"

struct err;
struct kernels;

struct variants {
    const struct graph *g;
    const struct kernels *kernels;
    int64_t
        memory; /* limit, as of a program; the constants of all variants that are evaluated together count, too */
    bool any_order; /* outcomes may be near */
    int n;
    /* The constants of variant i, released here. Called by any worker, several at a time. */
    void (*make)(void *data, int i, struct overrides *out);
    void *data;
    const struct dataset *set;
    const struct reading *how;
    const int64_t *order; /* records, as for outcome_measure: */
    int64_t records, total;
};

/* out[i]: the outcome of variant i, owned by the caller. *together: how many were evaluated at a time, fewer than n where
 * more do not fit into memory. false: stopped (ERR_CANCELLED) or ERR_UNSUPPORTED (memory), with nothing in out. */
bool variants_measure(const struct variants *v, struct runner *r, struct outcome **out, int *together,
                      struct err *e);

#endif
