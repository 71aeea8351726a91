/* edits: constants of a graph back into the file that it was read from. A constant is changed where the file defines it
 * if all who read it want the same, else each reader gets one of its own. For export.c and the files of shrinking. */
#ifndef PODA_SHRINK_EDITS_H
#define PODA_SHRINK_EDITS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/graph/graph.h"
#include "engine/io/onnx.h"

struct err;

/* What input `slot` of graph node `node` shall read. */
struct change {
    int node, slot;
    struct tensor *t;
};

struct edits {
    const struct graph *g;
    size_t n, capacity;
    struct change *v; /* owned, with the tensors */
};

/* Takes t over; a second one for the same place replaces the first. */
void edits_put(struct edits *c, int node, int slot, struct tensor *t_take);
struct tensor *edits_get(const struct edits *c, int node, int slot); /* NULL: as it was */
void edits_release(struct edits *c);

/* Change the tensor that the file calls name. */
bool constant_edit(struct model_edit *edit, const char *name, const struct tensor *t, struct err *e);

bool edits_write(const struct edits *c, struct model_edit *edit, struct err *e);

#endif
