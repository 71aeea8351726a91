/* outcome_build: how an outcome is filled, for those who evaluate: outcome.c one model, variants.c many. Everybody else includes
 * outcome.h. */
#ifndef PODA_EVAL_OUTCOME_BUILD_H
#define PODA_EVAL_OUTCOME_BUILD_H

#include "engine/eval/outcome.h"
#include "engine/kernels/kernels.h"

/* With nothing answered yet. near: as outcome.h says; of at most so many outputs. */
enum { NEAR_OUTPUTS = 1024 };
struct outcome *outcome_new(const struct reading *how, int64_t n, int64_t total, bool near);

/* Records order[at[0..n)] at the positions at[0..n) from a block of outputs y[n_outputs][lanes]. Others may fill other positions
 * meanwhile. */
void outcome_take(struct outcome *o, const struct dataset *d, const struct reading *how, const int64_t *order,
                  const int64_t *at, int n, const float *y, int lanes);

/* The same for a near outcome of several outputs that are logits, in the kernels' arithmetic: losses within 1e-6. scratch:
 * [n_outputs + 3][lanes]. */
void outcome_take_logits(struct outcome *o, const struct dataset *d, const int64_t *order, const int64_t *at,
                         int n, const float *y, int lanes, const struct kernels *k, float *scratch);

/* When all is answered: the sums. */
void outcome_sum(struct outcome *o);

#endif
