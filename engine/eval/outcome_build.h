/* outcome_build: how an outcome is filled, for those who evaluate: outcome.c one model, variants.c many. Everybody else includes
 * outcome.h. */
#ifndef PODA_EVAL_OUTCOME_BUILD_H
#define PODA_EVAL_OUTCOME_BUILD_H

#include "engine/eval/outcome.h"

/* With nothing answered yet. */
struct outcome *outcome_new(const struct reading *how, int64_t n, int64_t total);

/* Records order[first..first + n) from a block of outputs y[n_outputs][lanes]. Others may fill other positions meanwhile. */
void outcome_take(struct outcome *o, const struct dataset *d, const struct reading *how, const int64_t *order,
                  int64_t first, int n, const float *y, int lanes);

/* When all is answered: the sums. */
void outcome_sum(struct outcome *o);

#endif
