/* loss: what a gradient is of: a record's loss as eval/outcome.h measures it, or one of its outputs, with its first and second
 * derivatives by the outputs. With v the outputs and p = softmax(v):
 *
 *   cross-entropy of logits         -log p_label              p - e_label        diag(p) - p p^T
 *   of probabilities                -log v_label              -1 / v_label       1 / v_label^2
 *   a single output, logit          -log sigmoid(+-v)         sigmoid(v) - label sigmoid'(v)
 *   a single output, probability    -log v, -log(1 - v)       -1 / v, 1 / (1-v)  1 / v^2, 1 / (1-v)^2
 *   squared error, over outputs     sum (v - target)^2        2 (v - target)     2
 *   a chosen output                 v_k                       e_k                0
 *
 * Probabilities are kept above 1e-12, as outcome.h keeps them; below that nothing moves and the derivative is 0. */
#ifndef PODA_LEARN_LOSS_H
#define PODA_LEARN_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/eval/outcome.h"

struct err;

enum loss_kind {
    LOSS_OF_TASK, /* cross-entropy or squared error, as the data set's task says */
    LOSS_OUTPUT   /* the chosen output itself */
};

struct loss {
    enum loss_kind kind;
    int output; /* of LOSS_OUTPUT */
    struct reading how;
};

/* ERR_NO_LABELS if the data set has none and the loss needs them; ERR_USAGE if the output does not exist. */
bool loss_check(const struct loss *l, const struct dataset *d, struct err *e);

/* n records rows[0..n) of a block of lanes with outputs v[outputs][lanes]: the losses into value[n], the derivatives into
 * seed[outputs][lanes]. With tangents tv of the outputs, how those move into second; tv and second may be NULL. Lanes from n on are
 * left as they are. */
void loss_seed(const struct loss *l, const struct dataset *d, const int64_t *rows, int n, int lanes,
               const float *v, const float *tv, double *value, float *seed, float *second);

#endif
