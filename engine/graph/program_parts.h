/* program_parts: what a program consists of, for run.c alone; everybody else includes program.h. */
#ifndef PODA_GRAPH_PROGRAM_PARTS_H
#define PODA_GRAPH_PROGRAM_PARTS_H

#include "engine/graph/layout.h"
#include "engine/graph/program.h"
#include "engine/kernels/kernels.h"

struct prepared;

struct program {
    const struct graph *g;
    const struct program
        *base; /* of a variant: what its layout, `kept` and all prepared that it shares belong to */
    struct kernels kernels;
    int lanes;
    bool *kept;                      /* by value: readable after a forward */
    const struct tensor **constants; /* by value: override, else the graph's; NULL if not constant */
    struct prepared **prepared;      /* by node: its weight in its kernel's form; NULL where it has none */
    struct layout layout;
};

#endif
