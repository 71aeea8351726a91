/* compare: two outcomes on the same records. See outcome.h. */
#include "engine/eval/outcome.h"

#include <math.h>

#include "engine/stats/paired.h"

/* Outputs of a regression count as changed beyond this share of the dense range. */
#define SAME_OUTPUT 1e-4

static bool differs(const struct outcome *dense, const struct outcome *pruned, int64_t i, double least)
{
    if (dense->answer)
        return dense->answer[i] != pruned->answer[i];
    for (int k = 0; k < dense->n_outputs; k++)
        if (!(fabs((double)dense->output[i * dense->n_outputs + k] -
                   pruned->output[i * dense->n_outputs + k]) <= least))
            return true;
    return false;
}

/* A record's squared error is summed over its outputs. */
static void compare_errors(const struct outcome *dense, const struct outcome *pruned, struct comparison *out)
{
    paired_mean(dense->losses, pruned->losses, out->n, &out->mse, &out->mse_low, &out->mse_high);
    out->mse /= dense->n_outputs;
    out->mse_low /= dense->n_outputs;
    out->mse_high /= dense->n_outputs;
}

void outcome_compare(const struct outcome *dense, const struct outcome *pruned, const struct reading *how,
                     struct comparison *out)
{
    double least = SAME_OUTPUT * (dense->max_output - dense->min_output);
    *out = (struct comparison){.n = dense->n < pruned->n ? dense->n : pruned->n,
                               .delta = NAN,
                               .low = NAN,
                               .high = NAN,
                               .mse = NAN,
                               .mse_low = NAN,
                               .mse_high = NAN};
    for (int64_t i = 0; i < out->n; i++) {
        out->changed += differs(dense, pruned, i, least);
        if (how->task != TASK_CLASSIFICATION)
            continue;
        out->newly_wrong += dense->right[i] && !pruned->right[i];
        out->newly_right += !dense->right[i] && pruned->right[i];
    }
    out->exact = out->n == dense->total && out->n == pruned->total;
    if (how->task == TASK_REGRESSION)
        compare_errors(dense, pruned, out);
    if (how->task != TASK_CLASSIFICATION || out->n == 0)
        return;
    out->delta = (double)(out->newly_right - out->newly_wrong) / (double)out->n;
    paired_interval(out->newly_wrong, out->newly_right, out->n, &out->low, &out->high);
}
