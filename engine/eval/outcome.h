/* outcome: what a model answers on every record of a split, and the paired comparison of two such lists. */
#ifndef PODA_EVAL_OUTCOME_H
#define PODA_EVAL_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/plan.h"
#include "engine/graph/program.h"
#include "engine/io/dataset.h"

struct err;

/* How outputs become an answer; from the data set's task, classes and output kind and the graph's last node. */
struct reading {
    enum task task;
    enum output_kind output; /* never OUTPUT_UNSAID */
    int n_outputs;           /* elements of the model's output */
    bool binary_single;      /* one output, two classes: class 1 at probability >= 0.5 */
};

/* Does the data set fit the model? ERR_UNREADABLE (shape, expected, what to change) if not: number of features against input
 * elements, classes against outputs, batch fixed above 1 (with the export hint). */
bool reading_make(const struct graph *g, const struct dataset *d, struct reading *out, struct err *e);

/* Answers of one model on the first n records of an order. Immutable snapshots; owned by whoever made them. */
struct outcome {
    int64_t n;     /* records answered */
    int64_t total; /* records of the split: n == total means exact */
    int n_outputs;
    int32_t *answer; /* class by position; NULL where outputs are values to compare */
    uint8_t *right;  /* 1 if the answer is the label; NULL without labels */
    float *output;   /* [n][n_outputs], as the model gives them; NULL where near */
    double *losses;  /* by position: cross-entropy or squared error; NULL without labels */
    int64_t n_right;
    double
        loss; /* mean cross-entropy (logits or probabilities, in double) or mean squared error; NaN without labels */
    double accuracy; /* n_right / n; NaN without labels or for regression */
    double mse,
        r2; /* regression: means over records and outputs; r2: the mean over outputs of 1 - squared errors / squares
                        about the mean target of these records, NaN where a target is constant */
    double min_output, max_output;
    bool near; /* answers are exact, but losses were added up in another order: within 1e-6 (variants.h) */
    enum task task; /* of the reading it was made with */
    float *target;  /* regression: [n][n_outputs] */
};

/* Answer `order[0..n)` (record numbers). Blocks of lanes are slices of a plan; the result does not depend on the number of
 * workers. NULL: stopped (ERR_CANCELLED). */
struct outcome *outcome_measure(const struct program *p, const struct dataset *d, const struct reading *how,
                                const int64_t *order, int64_t n, int64_t total, struct runner *r,
                                struct err *e);
void outcome_free(struct outcome *o); /* NULL is allowed */

/* The outcome of both pieces, the second continuing the first; takes and frees both. Sums run over positions in order, so that
 * joined pieces equal one measurement bit for bit. */
struct outcome *outcome_join(struct outcome *first_take, struct outcome *second_take);

/* Records whose two best outputs lie within 1e-4 of the output range: another machine's rounding may swap their answer. */
int64_t outcome_close_calls(const struct outcome *o);

struct comparison {
    int64_t n;
    int64_t changed;                  /* answers that differ */
    int64_t newly_wrong, newly_right; /* b and c of the paired table */
    double delta, low, high;          /* accuracy change and its paired 95 % interval; NaN without labels */
    double mse, mse_low, mse_high;    /* regression: change of the mean squared error, and the same of it */
    bool exact;                       /* both outcomes are whole */
};

/* Paired: same records in the same order, as far as both go. changed for regression: outputs that differ by more than 1e-4 of the range. */
void outcome_compare(const struct outcome *dense, const struct outcome *pruned, const struct reading *how,
                     struct comparison *out);

#endif
