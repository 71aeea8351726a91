/* arena: where each value of a run lives. Pure: sizes and lifetimes in, offsets out; no memory is touched. */
#ifndef PODA_GRAPH_ARENA_H
#define PODA_GRAPH_ARENA_H

#include <stdint.h>

enum { ARENA_ALIGN = 64 };

struct arena_item {
    int64_t bytes;
    int first, last; /* steps during which it is in use, both included */
    int64_t offset;  /* result, a multiple of ARENA_ALIGN */
};

/* First fit, for items in order of `first`: two items whose lifetimes meet never overlap. Returns the bytes of the whole. */
int64_t arena_plan(struct arena_item *items, int n);

#endif
