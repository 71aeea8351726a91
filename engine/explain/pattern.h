/* pattern: where in one layer the cuts fell. Exact, from base weights W and mask M alone; a row is a unit, a column an input (of a
 * convolution: an output channel, an input channel of its group), a cell of the dense matrix a kernel of `taps` weights.
 *
 * A weight counts as kept where the mask leaves it (prune/effect.h). Rows and columns are laid in order, then grouped: per = ceil(n / wanted) of them in a block, the last block may hold fewer. */
#ifndef PODA_EXPLAIN_PATTERN_H
#define PODA_EXPLAIN_PATTERN_H

#include <stdint.h>

#include "engine/prune/couple.h"
#include "engine/prune/layers.h"
#include "engine/prune/mask.h"

enum pattern_order {
    PATTERN_BY_INDEX,
    PATTERN_BY_SURVIVAL, /* most kept weights first, equal ones by index */
    PATTERN_BY_LOSS      /* largest sum of squared cut weights first: what lost most of what it had */
};
extern const char *const pattern_order_names[]; /* NULL-ended */

enum { PATTERN_BINS = 240 }; /* divides well into the widths of panels */

struct pattern_wish {
    int rows, columns; /* at most so many blocks each way; at least 1 */
    enum pattern_order order;
};

struct pattern_side {
    int64_t n;     /* units, or inputs */
    int64_t per;   /* of them in a block */
    int blocks;    /* ceil(n / per) */
    int64_t *at;   /* [n] which one stands at each place */
    int64_t *kept; /* [n] kept weights, by number */
    double *lost;  /* [n] sum of w^2 over its cut weights, by number */
};

struct pattern_block {
    int64_t kept, of;
    double mean;  /* sum(M W) / kept; NaN where nothing is kept */
    double dense; /* sum(W) / of */
    double lost;  /* sum(W - M W) / of: dense minus pruned, for each weight of the dense block */
};

/* Connections of units, or of inputs; a kernel is one connection, kept while one of its weights is. */
struct pattern_fan {
    int64_t least, most, none; /* none: how many have no connection left */
    double median;             /* mean of the two in the middle where their number is even */
};

struct layer_pattern {
    struct pattern_side units, inputs;
    struct pattern_block *blocks; /* [units.blocks][inputs.blocks] */
    int64_t kept, of;
    double
        bin_width; /* max |W| / PATTERN_BINS; bin b counts |w| in [b, b + 1) bin widths, the last its upper end, too */
    int64_t bins_kept[PATTERN_BINS], bins_cut[PATTERN_BINS];
    double smallest_kept, largest_cut; /* |w|; NaN where there is none */
    double
        threshold; /* largest_cut, if no kept weight is smaller: the cut follows |w|. NaN otherwise, and where
                                          nothing is cut */
    struct pattern_fan fan_in,
        fan_out;      /* inputs a unit hears; units that hear an input, an input of each group apart */
    double energy;    /* sum (M W)^2 / sum W^2; NaN if all weights are 0 */
    double mean_kept; /* sum |M W| / kept; NaN where nothing is kept */
};

void pattern_find(const struct layers *l, const struct coupling *c, int layer, const float *weights,
                  const struct mask *m, const struct pattern_wish *wish, struct layer_pattern *out);
void pattern_release(struct layer_pattern *p);

#endif
