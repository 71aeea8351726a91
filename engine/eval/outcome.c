/* outcome: measuring, joining and freeing. Comparison: compare.c. See outcome.h. */
#include "engine/eval/outcome_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"

/* The plan's work: slice i answers records [i * lanes, ...) of the order. */
struct work {
    const struct program *program;
    const struct dataset *data;
    const struct reading *how;
    const int64_t *order;
    struct outcome *out;
    int lanes;
};

static void *new_run(const void *work)
{
    return run_new(((const struct work *)work)->program);
}

static void free_run(void *run)
{
    run_free(run);
}

static int32_t argmax(const float *v, int n)
{
    int32_t best = 0;
    for (int i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return best;
}

static int32_t answer_of(const struct reading *how, const float *v)
{
    if (how->n_outputs > 1)
        return argmax(v, how->n_outputs);
    return v[0] >= (how->output == OUTPUT_PROBABILITIES ? 0.5f : 0.0f);
}

/* -log of the probability of the true class; probabilities are kept away from 0 as the usual libraries do. */
static double cross_entropy(const struct reading *how, const float *v, int32_t label)
{
    double p;
    if (how->binary_single) {
        p = how->output == OUTPUT_PROBABILITIES ? v[0] : 1 / (1 + exp(-(double)v[0]));
        p = label ? p : 1 - p;
    } else if (how->output == OUTPUT_PROBABILITIES) {
        p = v[label];
    } else {
        double most = v[argmax(v, how->n_outputs)], sum = 0;
        for (int i = 0; i < how->n_outputs; i++)
            sum += exp(v[i] - most); /* at least 1: the largest is among them */
        return log(fmax(sum, 1)) + most - v[label];
    }
    return -log(p > 1e-12 ? p : 1e-12);
}

static double squared_error(const float *v, const float *target, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += ((double)v[i] - target[i]) * ((double)v[i] - target[i]);
    return sum;
}

/* v: the outputs of the record at a position, which is number `row` of the data. */
static void answer_record(struct outcome *o, const struct dataset *d, const struct reading *how, int64_t at,
                          int64_t row, const float *v)
{
    if (o->answer)
        o->answer[at] = answer_of(how, v);
    if (o->right) {
        o->right[at] = o->answer[at] == d->labels[row];
        o->losses[at] = cross_entropy(how, v, d->labels[row]);
    } else if (o->losses) {
        memcpy(o->target + at * o->n_outputs, d->targets + row * o->n_outputs,
               (size_t)o->n_outputs * sizeof *o->target);
        o->losses[at] = squared_error(v, o->target + at * o->n_outputs, o->n_outputs);
    }
}

void outcome_take(struct outcome *o, const struct dataset *d, const struct reading *how, const int64_t *order,
                  const int64_t *at, int n, const float *y, int lanes)
{
    float passing[NEAR_OUTPUTS] = {0};
    for (int lane = 0; lane < n; lane++) {
        float *v = o->near ? passing : o->output + at[lane] * o->n_outputs;
        for (int k = 0; k < o->n_outputs; k++)
            v[k] = y[k * lanes + lane];
        answer_record(o, d, how, at[lane], order[at[lane]], v);
    }
}

void outcome_take_logits(struct outcome *o, const struct dataset *d, const int64_t *order, const int64_t *at,
                         int n, const float *y, int lanes, const struct kernels *k, float *scratch)
{
    size_t width = (size_t)lanes, all = (size_t)o->n_outputs * width;
    float *most = scratch, *minus = most + width, *sum = minus + width, *terms = sum + width;
    memcpy(most, y, width * sizeof *most);
    for (int i = 1; i < o->n_outputs; i++)
        k->own->zip(ZIP_MAX, 1, lanes, most, 1, y + (size_t)i * width, 1, most);
    k->own->map(MAP_NEG, width, most, 0, 0, minus);
    for (int i = 0; i < o->n_outputs; i++)
        k->own->zip(ZIP_ADD, 1, lanes, y + (size_t)i * width, 1, minus, 1, terms + (size_t)i * width);
    k->own->map(MAP_EXP, all, terms, 0, 0, terms);
    memset(sum, 0, width * sizeof *sum);
    for (int i = 0; i < o->n_outputs; i++)
        k->own->zip(ZIP_ADD, 1, lanes, sum, 1, terms + (size_t)i * width, 1, sum);
    for (int lane = 0; lane < n; lane++) {
        int32_t label = d->labels[order[at[lane]]], best = 0;
        while (best < o->n_outputs - 1 && !(y[best * lanes + lane] == most[lane]))
            best++;
        o->answer[at[lane]] = best;
        o->right[at[lane]] = best == label;
        o->losses[at[lane]] = log(fmax(sum[lane], 1)) + most[lane] - y[label * lanes + lane];
    }
}

static bool answer_slice(void *work, int64_t i, void *scratch, const atomic_bool *stop)
{
    const struct work *w = work;
    struct run *run = scratch;
    struct outcome *o = w->out;
    int64_t first = i * w->lanes, left = o->n - first;
    int n = left < w->lanes ? (int)left : w->lanes;
    dataset_fill(w->data, w->order + first, n, w->lanes, run_input(run, 0));
    if (!run_forward(run, stop))
        return false;
    int64_t at[LANES_MOST];
    for (int lane = 0; lane < n; lane++)
        at[lane] = first + lane;
    outcome_take(o, w->data, w->how, w->order, at, n, run_output(run, 0), w->lanes);
    return true;
}

struct outcome *outcome_new(const struct reading *how, int64_t n, int64_t total, bool near)
{
    struct outcome *o = mem_zero(1, sizeof *o);
    o->n = n;
    o->total = total;
    o->task = how->task;
    o->n_outputs = how->n_outputs;
    o->near = near;
    if (!near)
        o->output = mem_alloc((size_t)n * (size_t)how->n_outputs, sizeof *o->output);
    if (how->task == TASK_CLASSIFICATION || (how->task == TASK_NONE && how->output != OUTPUT_VALUES))
        o->answer = mem_alloc((size_t)n, sizeof *o->answer);
    if (how->task == TASK_CLASSIFICATION)
        o->right = mem_alloc((size_t)n, 1);
    if (how->task != TASK_NONE)
        o->losses = mem_alloc((size_t)n, sizeof *o->losses);
    if (how->task == TASK_REGRESSION)
        o->target = mem_alloc((size_t)n * (size_t)how->n_outputs, sizeof *o->target);
    return o;
}

/* 1 - squared errors / squares about the mean, of one output. */
static double explained(const struct outcome *o, int output)
{
    double mean = 0, spread = 0, errors = 0;
    for (int64_t i = output; i < o->n * o->n_outputs; i += o->n_outputs)
        mean += o->target[i] / (double)o->n;
    for (int64_t i = output; i < o->n * o->n_outputs; i += o->n_outputs) {
        spread += (o->target[i] - mean) * (o->target[i] - mean);
        errors += squared_error(o->output + i, o->target + i, 1);
    }
    return spread > 0 ? 1 - errors / spread : NAN;
}

/* Over positions in order: the same however the records were divided among workers and pieces. */
void outcome_sum(struct outcome *o)
{
    double loss = 0;
    o->n_right = 0;
    o->loss = o->accuracy = o->mse = o->r2 = NAN;
    o->min_output = INFINITY;
    o->max_output = -INFINITY;
    for (int64_t i = 0; i < o->n; i++) {
        o->n_right += o->right ? o->right[i] : 0;
        loss += o->losses ? o->losses[i] : 0;
    }
    for (int64_t i = 0; o->output && i < o->n * o->n_outputs; i++) { /* NaN is neither */
        o->min_output = o->output[i] < o->min_output ? o->output[i] : o->min_output;
        o->max_output = o->output[i] > o->max_output ? o->output[i] : o->max_output;
    }
    if (o->right) {
        o->accuracy = (double)o->n_right / (double)o->n;
        o->loss = loss / (double)o->n;
    } else if (o->losses) {
        o->mse = o->loss = loss / (double)(o->n * o->n_outputs);
        o->r2 = 0;
        for (int k = 0; k < o->n_outputs; k++)
            o->r2 += explained(o, k) / o->n_outputs;
    }
}

struct outcome *outcome_measure(const struct program *p, const struct dataset *d, const struct reading *how,
                                const int64_t *order, int64_t n, int64_t total, struct runner *r,
                                struct err *e)
{
    int lanes = program_lanes(p);
    struct outcome *o = outcome_new(how, n, total, false);
    struct work w = {.program = p, .data = d, .how = how, .order = order, .out = o, .lanes = lanes};
    const struct plan plan = {.slices = (n + lanes - 1) / lanes,
                              .work = &w,
                              .scratch_new = new_run,
                              .scratch_free = free_run,
                              .slice = answer_slice};
    if (!plan_run(r, &plan)) {
        err_set(e, ERR_CANCELLED, "the evaluation was stopped before its end");
        outcome_free(o);
        return NULL;
    }
    outcome_sum(o);
    return o;
}

void outcome_free(struct outcome *o)
{
    if (!o)
        return;
    free(o->answer);
    free(o->right);
    free(o->output);
    free(o->losses);
    free(o->target);
    free(o);
}

/* first with n elements of second behind its m; NULL stays NULL. */
static void *joined(void *first, int64_t m, const void *second, int64_t n, size_t size)
{
    if (!first)
        return NULL;
    char *both = mem_resize(first, (size_t)(m + n), size);
    memcpy(both + (size_t)m * size, second, (size_t)n * size);
    return both;
}

struct outcome *outcome_join(struct outcome *first_take, struct outcome *second_take)
{
    struct outcome *a = first_take, *b = second_take;
    a->near |= b->near;
    if (a->near) {
        free(a->output);
        a->output = NULL;
    }
    a->answer = joined(a->answer, a->n, b->answer, b->n, sizeof *a->answer);
    a->right = joined(a->right, a->n, b->right, b->n, 1);
    a->losses = joined(a->losses, a->n, b->losses, b->n, sizeof *a->losses);
    a->output = joined(a->output, a->n * a->n_outputs, b->output, b->n * b->n_outputs, sizeof *a->output);
    a->target = joined(a->target, a->n * a->n_outputs, b->target, b->n * b->n_outputs, sizeof *a->target);
    a->n += b->n;
    outcome_free(b);
    outcome_sum(a);
    return a;
}

/* Share of the output range within which two outputs count as equal to rounding. */
#define CLOSE 1e-4

int64_t outcome_close_calls(const struct outcome *o)
{
    double least = CLOSE * (o->max_output - o->min_output);
    int64_t close = 0;
    for (int64_t i = 0; o->n_outputs > 1 && i < o->n; i++) {
        const float *v = o->output + i * o->n_outputs;
        int best = argmax(v, o->n_outputs);
        bool near = false;
        for (int k = 0; k < o->n_outputs; k++)
            near |= k != best && (double)v[best] - v[k] <= least;
        close += near;
    }
    return close;
}
