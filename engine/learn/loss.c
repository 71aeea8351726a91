/* loss: see loss.h. */
#include "engine/learn/loss.h"

#include <math.h>

#include "engine/base/err.h"

#define LEAST_PROBABILITY 1e-12

/* One record: number k of a vector lies at [k * lanes]. */
struct record {
    const struct loss *l;
    int lanes;
    int32_t label;
    const float *target, *v, *tv;
    float *seed, *second; /* second NULL: not asked */
};

static void put(const struct record *r, int k, double first, double second)
{
    r->seed[k * r->lanes] = (float)first;
    if (r->second)
        r->second[k * r->lanes] = (float)second;
}

static double out(const struct record *r, int k)
{
    return (double)r->v[k * r->lanes];
}

static double along(const struct record *r, int k)
{
    return r->tv ? (double)r->tv[k * r->lanes] : 0;
}

static double of_logits(const struct record *r)
{
    int n = r->l->how.n_outputs;
    double most = out(r, 0), sum = 0, mean = 0;
    for (int k = 1; k < n; k++)
        most = out(r, k) > most ? out(r, k) : most;
    for (int k = 0; k < n; k++)
        sum += exp(out(r, k) - most);
    for (int k = 0; k < n; k++)
        mean += exp(out(r, k) - most) / sum * along(r, k);
    for (int k = 0; k < n; k++) {
        double p = exp(out(r, k) - most) / sum;
        put(r, k, p - (k == r->label), p * (along(r, k) - mean));
    }
    return log(fmax(sum, 1)) + most - out(r, r->label);
}

/* -log p, where output k is p, or 1 - p (sign -1). */
static double of_probability(const struct record *r, int k, double sign)
{
    double p = sign > 0 ? out(r, k) : 1 - out(r, k);
    if (p > LEAST_PROBABILITY)
        put(r, k, -sign / p, along(r, k) / (p * p));
    return -log(p > LEAST_PROBABILITY ? p : LEAST_PROBABILITY);
}

static double of_single_logit(const struct record *r)
{
    double v = out(r, 0), p = 1 / (1 + exp(-v)), right = r->label ? p : 1 - p;
    put(r, 0, p - (r->label != 0), p * (1 - p) * along(r, 0));
    return -log(right > LEAST_PROBABILITY ? right : LEAST_PROBABILITY);
}

static double of_errors(const struct record *r)
{
    double sum = 0;
    for (int k = 0; k < r->l->how.n_outputs; k++) {
        double d = out(r, k) - (double)r->target[k];
        sum += d * d;
        put(r, k, 2 * d, 2 * along(r, k));
    }
    return sum;
}

static double of_record(const struct record *r)
{
    const struct reading *how = &r->l->how;
    if (r->l->kind == LOSS_OUTPUT) {
        put(r, r->l->output, 1, 0);
        return out(r, r->l->output);
    }
    if (how->task == TASK_REGRESSION)
        return of_errors(r);
    if (how->output != OUTPUT_PROBABILITIES)
        return how->binary_single ? of_single_logit(r) : of_logits(r);
    return how->binary_single ? of_probability(r, 0, r->label ? 1 : -1) : of_probability(r, r->label, 1);
}

bool loss_check(const struct loss *l, const struct dataset *d, struct err *e)
{
    if (l->kind == LOSS_OUTPUT && (l->output < 0 || l->output >= l->how.n_outputs))
        return err_set(e, ERR_USAGE, "the model has no output %d: it has %d, counted from 0", l->output,
                       l->how.n_outputs);
    bool labels = l->how.task == TASK_REGRESSION ? d->targets != NULL : d->labels != NULL;
    if (l->kind == LOSS_OUTPUT || labels)
        return true;
    err_set(e, ERR_NO_LABELS, "a loss needs labels, and the data set has none");
    return err_hint(e, "name their column in the data set, or choose an output instead of the loss");
}

void loss_seed(const struct loss *l, const struct dataset *d, const int64_t *rows, int n, int lanes,
               const float *v, const float *tv, double *value, float *seed, float *second)
{
    for (int lane = 0; lane < n; lane++) {
        const struct record r = {.l = l,
                                 .lanes = lanes,
                                 .label = d->labels ? d->labels[rows[lane]] : 0,
                                 .target = d->targets ? d->targets + rows[lane] * d->n_targets : NULL,
                                 .v = v + lane,
                                 .tv = tv ? tv + lane : NULL,
                                 .seed = seed + lane,
                                 .second = second ? second + lane : NULL};
        value[lane] = of_record(&r);
    }
}
