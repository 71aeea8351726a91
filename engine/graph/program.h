/* program and run: a graph made ready to compute under given weights, and the scratch of one worker that computes it.
 *
 * A program is const once made and shared by workers: it holds, for every node with a constant weight, the form its kernel
 * wants (dense for OpenBLAS, dense for the own kernel, or sparse), and one plan of where each value lives in the arena.
 * A run owns the arena. Pruning enters here and only here: as constants that replace the graph's own. */
#ifndef PODA_GRAPH_PROGRAM_H
#define PODA_GRAPH_PROGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/graph/graph.h"

struct err;
struct kernels;

enum {
    PROGRAM_MEMORY = 1 << 30, /* bytes: the limit where none is given */
    LANES_MOST = 256
};

struct program_options {
    const struct kernels *kernels;
    int lanes;       /* 1, 16, 64, 128 or 256; 0: program_lanes() */
    int64_t records; /* how many will be asked: no wider than they need; 0: many */
    int64_t memory;  /* limit for one run's arena in bytes; 0: 1 GiB */
    bool
        keep_all; /* every value stays readable after a forward (explanations); else only outputs and `keep` */
    const int *keep; /* value indexes that must stay readable */
    int n_keep;
    const bool *left_out; /* by node: never run, so that its weight needs no form; NULL: none */
};

struct program;

/* overrides[v] replaces the constant of value v (same shape and type), NULL entries keep the graph's; the array may be NULL.
 * The tensors must outlive the program. Errors: ERR_UNSUPPORTED if one lane does not fit the memory limit. */
struct program *program_new(const struct graph *g, const struct tensor *const *overrides,
                            const struct program_options *o, struct err *e);
/* The same under other constants: what they leave as it is belongs to base, which must outlive it. left_out as in the options. Runs
 * as run_variant says. */
struct program *program_variant(const struct program *base, const struct tensor *const *overrides,
                                const bool *left_out);
void program_free(struct program *p);
int program_lanes(const struct program *p);
size_t program_arena_bytes(const struct program *p); /* of one run */
const struct tensor *program_constant(const struct program *p,
                                      int value); /* that it computes with; NULL: none */
const struct graph *program_graph(const struct program *p);

struct run;
struct run *run_new(const struct program *p); /* p must outlive it */
void run_free(struct run *r);

/* Where the caller writes input i before a forward: [elements][lanes] floats or int32. */
void *run_input(struct run *r, int i);

/* A run of a variant of the program that `first` runs. It reads the values of that run but for those that `vary` (by value), which
 * lie in an arena of its own, or of `beside`: another variant's run, with which it takes turns. It owns the arena only where
 * beside is NULL; the others must outlive it. */
struct run *run_variant(const struct program *variant, const struct run *first, const bool *vary,
                        const struct run *beside);

/* Compute these nodes alone, in order. */
bool run_some(struct run *r, const int *nodes, int n, const atomic_bool *stop);

/* A node's weight in another form from now on, borrowed. */
struct prepared;
void run_form(struct run *r, int node, const struct prepared *form);

/* What a node has just computed as output 0: [elements][lanes]; until a later node takes its place. */
float *run_result(const struct run *r, int node);

/* Compute the block. false: *stop became true between two nodes (stop may be NULL). */
bool run_forward(struct run *r, const atomic_bool *stop);

/* As run_forward, but no further than the node that makes the value, which must be kept. */
bool run_until(struct run *r, int value, const atomic_bool *stop);

/* Output i, or any kept value: [elements][lanes], valid until the next forward. */
const void *run_output(const struct run *r, int i);
const void *run_value(const struct run *r, int value);

/* A node's call of the last forward, with its operands: what derivatives read. With keep_all all of them hold their values. */
struct op_call;
const struct op_call *run_call(const struct run *r, int node);

/* The two-samples check (graph->batch == BATCH_FREE): two seeded random samples as two lanes against each sample alone must
 * agree with the source bound at batch 2; if samples influence each other, ERR_UNSUPPORTED names the first node that differs. */
bool program_check_batch(const struct source *s, const struct graph *g, const struct kernels *k,
                         struct err *e);

#endif
