/* shrink: a physically smaller model that computes the same as the masked one (max abs difference 1e-5 max(1, |output|)); and
 * the masked model as a file. Both edit the original message: what poda does not understand stays, names stay.
 *
 * What leaves: removed units, units without a route out, and units that no input reaches. The constant of the last kind goes into
 * the biases of who reads it, except where a zero-padded convolution does: such units stay and are listed, and so do those that
 * a node reads which no output needs, for it stays in the file. Whole coupled sets leave, pinned ones never, and every layer keeps
 * a unit. Constants that hold a count (Reshape targets, Split sizes, Slice starts and ends, Expand shapes, convolution groups) are
 * rewritten. */
#ifndef PODA_SHRINK_SHRINK_H
#define PODA_SHRINK_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/io/onnx.h"
#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

struct err;

/* What is left of one layer, as numbers in the model before; ascending. */
struct shrunk_layer {
    int64_t n_kept, n_removed, n_inputs;
    int64_t *kept;    /* unit i of the smaller model was unit kept[i] */
    int64_t *removed; /* units that left */
    int64_t *inputs;  /* input i of the smaller model was input inputs[i]; of grouped convolutions all stay */
    struct unit
        *silent; /* input i hears this unit, which the mask removes but which had to stay; layer -1: none */
};

/* The first unit of a set, as a number in the model before, and the rest of the sentence "conv1/3 stays: ...". */
struct stayed {
    struct unit unit;
    char *why;
};

struct shrunk {
    int n_layers;
    struct shrunk_layer *layers;
    int64_t n_removed; /* units of all layers */
    int64_t
        dead_weights; /* kept weights that left with units which were not removed: all that the count of kept loses */
    int n_stayed;
    struct stayed *stayed; /* by coupled set; sets that were removed or do nothing but had to stay */
    struct buf
        onnx; /* the smaller model: model_file_parse. Weights that the mask cuts in what stays keep their values:
                        cutting them remains the mask's job. */
};

/* weights: base weights by value index, NULL entries or NULL: the graph's. Errors: ERR_UNSUPPORTED if the smaller model does not
 * open; *out needs no release then. */
bool shrink(const struct model_file *m, const struct graph *g, const struct layers *l,
            const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
            struct shrunk *out, struct err *e);
void shrunk_release(struct shrunk *s);

/* The mask m of the model before, carried over to the layers `now` of the smaller one; layers are matched by tensor name. Also
 * for masks that mark guards. */
struct mask *shrunk_mask(const struct shrunk *s, const struct layers *old, const struct mask *m,
                         const struct layers *now);

/* The masked model as a file: zeros where the mask cuts, and where removed units took bias and normalisation along, as in
 * overrides_make. Constants that nodes share and that now differ get copies. */
bool export_masked(const struct model_file *m, const struct graph *g, const struct layers *l,
                   const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
                   struct buf *out, struct err *e);

#endif
