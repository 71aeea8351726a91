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

static void magnitude_weights(const struct strategy *s, int layer, int64_t first, int64_t n, const float *w,
                              double *out)
{
    (void)s, (void)layer, (void)first;
    for (int64_t i = 0; i < n; i++)
        out[i] = fabs((double)w[i]);
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

static void random_weights(const struct strategy *s, int layer, int64_t first, int64_t n, const float *w,
                           double *out)
{
    (void)w;
    for (int64_t i = 0; i < n; i++)
        out[i] = rng_unit(s->seed, (uint64_t)layer, (uint64_t)(first + i));
}

static double random_unit(const struct strategy *s, int layer, const struct layer *l, const float *w,
                          int64_t unit)
{
    (void)l, (void)w;
    return rng_unit(s->seed, (uint64_t)layer, (uint64_t)unit);
}

static const struct row {
    void (*weights)(const struct strategy *s, int layer, int64_t first, int64_t n, const float *w,
                    double *out);
    double (*unit)(const struct strategy *s, int layer, const struct layer *l, const float *w, int64_t unit);
    bool scaled; /* has a scale that differs between layers */
} rows[] = {
    [CRITERION_MAGNITUDE] = {magnitude_weights, magnitude_unit, true},
    [CRITERION_RANDOM] = {random_weights, random_unit, false},
};
_Static_assert(sizeof rows / sizeof *rows == CRITERIA, "a row for each criterion");

double score_weight(const struct strategy *s, int layer, int64_t index, float w)
{
    double score;
    score_weights(s, layer, index, 1, &w, &score);
    return score;
}

void score_weights(const struct strategy *s, int layer, int64_t first, int64_t n, const float *w, double *out)
{
    rows[s->criterion].weights(s, layer, first, n, w, out);
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

/* Radix sort runs over the upper halves of the keys, each packed with its position into one word; few keys agree there, and the
 * runs that do are put in order afterwards. */
enum { DIGIT = 11, BINS = 1 << DIGIT, PASSES = 3, SHORT = 16 };

/* One stable pass over a digit of the words; false if all have the same digit, so that nothing moves. */
static bool pass(const uint64_t *from, uint64_t *to, int64_t n, const uint32_t *count, int shift)
{
    uint32_t at[BINS], next = 0;
    for (int b = 0; b < BINS; b++) {
        if (count[b] == n)
            return false;
        at[b] = next;
        next += count[b];
    }
    for (int64_t i = 0; i < n; i++)
        to[at[from[i] >> shift & (BINS - 1)]++] = from[i];
    return true;
}

struct entry {
    uint64_t key;
    uint32_t position;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* A short run, where it stands. */
static void insert_run(uint64_t *words, int64_t n, const uint64_t *keys)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t word = words[i];
        int64_t at = i;
        for (; at > 0 && keys[(uint32_t)words[at - 1]] > keys[(uint32_t)word]; at--)
            words[at] = words[at - 1];
        words[at] = word;
    }
}

/* Words whose keys agree in the upper half: order them by the whole key, then by position. */
static void order_run(uint64_t *words, int64_t n, const uint64_t *keys)
{
    if (n <= SHORT) {
        insert_run(words, n, keys);
        return;
    }
    bool equal = true; /* ties stand in order of position already */
    for (int64_t i = 1; i < n && equal; i++)
        equal = keys[(uint32_t)words[i]] == keys[(uint32_t)words[0]];
    if (equal)
        return;
    struct entry *run = mem_alloc((size_t)n, sizeof *run);
    for (int64_t i = 0; i < n; i++)
        run[i] = (struct entry){keys[(uint32_t)words[i]], (uint32_t)words[i]};
    qsort(run, (size_t)n, sizeof *run, by_key);
    for (int64_t i = 0; i < n; i++)
        words[i] = run[i].position;
    free(run);
}

static void order_runs(uint64_t *words, int64_t n, const uint64_t *keys)
{
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && words[end] >> 32 == words[i] >> 32; end++)
            ;
        if (end - i > 1)
            order_run(words + i, end - i, keys);
    }
}

void score_sort(const double *scores, uint32_t *ids, int64_t n)
{
    size_t size = (size_t)n;
    uint64_t *keys = mem_alloc(size * 3, sizeof *keys), *from = keys + size, *to = from + size;
    uint32_t *count = mem_zero((size_t)PASSES * BINS, sizeof *count);
    for (int64_t i = 0; i < n; i++) {
        keys[i] = score_key(scores[i]);
        from[i] = keys[i] >> 32 << 32 | (uint64_t)i;
        for (int p = 0; p < PASSES; p++)
            count[p * BINS + (from[i] >> (32 + p * DIGIT) & (BINS - 1))]++;
    }
    for (int p = 0; p < PASSES; p++)
        if (pass(from, to, n, count + p * BINS, 32 + p * DIGIT)) {
            uint64_t *swap = from;
            from = to;
            to = swap;
        }
    order_runs(from, n, keys);
    for (int64_t i = 0; i < n; i++)
        to[i] = ids[(uint32_t)from[i]];
    for (int64_t i = 0; i < n; i++)
        ids[i] = (uint32_t)to[i];
    free(keys);
    free(count);
}
