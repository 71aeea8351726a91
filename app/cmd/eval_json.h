/* eval_json: what eval and curve share: the split of a command and a measurement as JSON. Defined in cmd_eval.c. */
#ifndef PODA_CMD_EVAL_JSON_H
#define PODA_CMD_EVAL_JSON_H

#include "app/session/session.h"
#include "engine/eval/outcome.h"

struct json;
struct words;

#define SPLIT_KEY                                                                                            \
    {                                                                                                        \
        "split", "train|validation|test|all", "which records; without it validation, else test, else all"    \
    }

/* The split that split= names, or the data set's default; -1 on error. */
int read_split(const struct session *s, const struct words *w, struct err *e);

/* What `eval` answers, without seconds. Unknown values are null. Of a regression: delta_mse is mse - dense_mse, so that more is
 * worse, and delta_mse_low, delta_mse_high the ends of its paired interval (paired_mean of engine/stats/paired.h). */
struct json *eval_json(const struct state *at, enum split split, const struct outcome *dense,
                       const struct outcome *pruned, const struct comparison *c);

/* Keep what was seen as facts of the head's step. */
void eval_keep(struct session *s, const struct json *result);

#endif
