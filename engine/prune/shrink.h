/* shrink: a physically smaller model that computes the same. Removed units, units without a route out, and units without live
 * input leave; the constant of the last kind goes into its consumers' biases, except where a zero-padded convolution reads it:
 * those stay and are listed. Constants that hold a count (Reshape targets, Split sizes, Slice ends) are rewritten. */
#ifndef PODA_PRUNE_SHRINK_H
#define PODA_PRUNE_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/io/onnx.h"
#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct err;
struct buf;

struct shrunk {
    int n_layers;
    int64_t **removed; /* removed[layer][0..n_removed[layer]): original unit numbers, ascending */
    int64_t *n_removed;
    int64_t dead_weights; /* kept weights that left with dead units */
    struct buf *onnx;     /* the smaller model, serialised: opens with model_file_parse */
    int n_stayed;         /* units that are constant but had to stay, with reasons */
    char **stayed;
};

/* numbers[layer][unit] are the original numbers if the model was shrunk before, NULL if not. */
bool shrink(const struct model_file *m, const struct graph *g, const struct layers *l,
            const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
            struct shrunk *out, struct err *e);
void shrunk_release(struct shrunk *s);

/* The masked model as a file: same graph, zeros where the mask cuts (and where removed units took bias and normalisation
 * along). */
bool export_masked(const struct model_file *m, const struct graph *g, const struct layers *l,
                   const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
                   struct buf *out, struct err *e);

#endif
