/* score: criteria, one row each, and the radix sort that orders their scores. */
#include "engine/prune/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"

const char *const criterion_names[] = {
    [CRITERION_MAGNITUDE] = "magnitude", [CRITERION_RANDOM] = "random", NULL};
const char *const norm_names[] = {[NORM_L2] = "l2", [NORM_L1] = "l1", NULL};

static double magnitude_weight(const struct strategy *s, int layer, int64_t index, float w)
{
    (void)s, (void)layer, (void)index;
    return fabs((double)w);
}

static double magnitude_unit(const struct strategy *s, int layer, const struct layer *l, const float *w,
                             int64_t unit)
{
    double sum = 0;
    (void)layer;
    for (int64_t i = 0; i < l->inputs; i++)
        for (int64_t t = 0; t < l->taps; t++) {
            double v = (double)w[layer_index(l, unit, i, t)];
            sum += s->norm == NORM_L2 ? v * v : fabs(v);
        }
    return s->norm == NORM_L2 ? sqrt(sum) : sum;
}

static double random_weight(const struct strategy *s, int layer, int64_t index, float w)
{
    (void)w;
    return rng_unit(s->seed, (uint64_t)layer, (uint64_t)index);
}

static double random_unit(const struct strategy *s, int layer, const struct layer *l, const float *w,
                          int64_t unit)
{
    (void)l, (void)w;
    return rng_unit(s->seed, (uint64_t)layer, (uint64_t)unit);
}

static const struct row {
    double (*weight)(const struct strategy *s, int layer, int64_t index, float w);
    double (*unit)(const struct strategy *s, int layer, const struct layer *l, const float *w, int64_t unit);
    bool scaled; /* has a scale that differs between layers */
} rows[] = {
    [CRITERION_MAGNITUDE] = {magnitude_weight, magnitude_unit, true},
    [CRITERION_RANDOM] = {random_weight, random_unit, false},
};
_Static_assert(sizeof rows / sizeof *rows == CRITERIA, "a row for each criterion");

double score_weight(const struct strategy *s, int layer, int64_t index, float w)
{
    return rows[s->criterion].weight(s, layer, index, w);
}

void score_units(const struct strategy *s, int layer, const struct layer *l, const float *w, double *out)
{
    double sum = 0;
    for (int64_t u = 0; u < l->units; u++) {
        out[u] = rows[s->criterion].unit(s, layer, l, w, u);
        sum += out[u];
    }
    if (s->scope != SCOPE_GLOBAL || !rows[s->criterion].scaled || sum <= 0)
        return;
    for (int64_t u = 0; u < l->units; u++)
        out[u] /= sum / (double)l->units;
}

/* Bits that order as the numbers do: positive ones after negative ones. -0 counts as 0. */
static uint64_t key_of(double score)
{
    uint64_t bits;
    score += 0.0;
    memcpy(&bits, &score, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

struct entry {
    uint64_t key;
    uint32_t id;
};

enum { DIGIT = 11, BINS = 1 << DIGIT, PASSES = (64 + DIGIT - 1) / DIGIT };

/* One pass of the sort; false if all keys have the same digit, so that nothing moves. */
static bool pass(const struct entry *from, struct entry *to, int64_t n, const uint32_t *count, int shift)
{
    uint32_t at[BINS], next = 0;
    for (int b = 0; b < BINS; b++) {
        if (count[b] == n)
            return false;
        at[b] = next;
        next += count[b];
    }
    for (int64_t i = 0; i < n; i++)
        to[at[from[i].key >> shift & (BINS - 1)]++] = from[i];
    return true;
}

void score_sort(double *scores, uint32_t *ids, int64_t n)
{
    struct entry *from = mem_alloc((size_t)n, sizeof *from), *to = mem_alloc((size_t)n, sizeof *to);
    uint32_t *count = mem_zero((size_t)PASSES * BINS, sizeof *count);
    for (int64_t i = 0; i < n; i++) {
        from[i] = (struct entry){key_of(scores[i]), ids[i]};
        for (int p = 0; p < PASSES; p++)
            count[p * BINS + (from[i].key >> p * DIGIT & (BINS - 1))]++;
    }
    for (int p = 0; p < PASSES; p++)
        if (pass(from, to, n, count + p * BINS, p * DIGIT)) {
            struct entry *swap = from;
            from = to;
            to = swap;
        }
    for (int64_t i = 0; i < n; i++)
        ids[i] = from[i].id;
    free(from);
    free(to);
    free(count);
}
