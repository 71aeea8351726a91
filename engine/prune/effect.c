/* effect: see effect.h. */
#include "engine/prune/effect.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/prune/bits.h"

/* The kernels of one unit that read n inputs from `first` on. */
static void clear(const struct layer *l, uint64_t *weights, int64_t unit, int64_t first, int64_t n)
{
    if (l->input_stride == l->taps) {
        bits_clear(weights, layer_index(l, unit, first, 0), n * l->taps);
        return;
    }
    for (int64_t i = first; i < first + n; i++)
        bits_clear(weights, layer_index(l, unit, i, 0), l->taps);
}

/* Inputs of the layer that come from removed sets, 1 a byte; how many they are. */
static int64_t find_lost(const struct layer *l, const int *set_read, const bool *removed, uint8_t *lost)
{
    int64_t n = 0;
    for (int64_t i = 0; i < l->inputs; i++) {
        lost[i] = set_read[i] >= 0 && removed[set_read[i]];
        n += lost[i];
    }
    return n;
}

static void clear_lost(const struct layer *l, uint64_t *weights, int64_t unit, const uint8_t *lost)
{
    for (int64_t i = 0, end; i < l->inputs; i = end) {
        for (end = i + 1; end < l->inputs && lost[end] == lost[i];)
            end++;
        if (lost[i])
            clear(l, weights, unit, i, end - i);
    }
}

static void clear_layer(const struct layer *l, int layer, const int *set_read, const bool *removed,
                        struct mask *m)
{
    uint8_t *lost = mem_alloc((size_t)l->inputs, 1);
    bool any_lost = find_lost(l, set_read, removed, lost) > 0;
    bool any_removed = bits_count(mask_units(m, layer), 0, l->units) < l->units;
    uint64_t *weights = any_lost || any_removed ? mask_edit(m, layer) : NULL;
    for (int64_t u = 0; weights && u < l->units; u++)
        if (mask_removed(m, layer, u))
            clear(l, weights, u, 0, l->inputs);
        else if (any_lost)
            clear_lost(l, weights, u, lost);
    free(lost);
}

struct mask *effect_of(const struct layers *l, const struct coupling *c, const struct mask *m)
{
    bool *removed = mem_alloc((size_t)c->n_sets, sizeof *removed);
    struct mask *out = mask_copy(m);
    coupling_removed(c, m, removed);
    for (int i = 0; i < l->n; i++)
        clear_layer(&l->v[i], i, c->set_read[i], removed, out);
    free(removed);
    return out;
}

int64_t effect_kept(const struct layers *l, const struct coupling *c, const struct mask *m, int64_t *by_layer)
{
    int64_t sum = 0;
    struct mask *left = effect_of(l, c, m);
    for (int i = 0; i < l->n; i++) {
        int64_t kept = mask_count(left, i);
        if (by_layer)
            by_layer[i] = kept;
        sum += kept;
    }
    mask_unref(left);
    return sum;
}

/* Bits that are 1 in a and 0 in b. */
static int64_t only_in(const uint64_t *a, const uint64_t *b, int64_t n)
{
    int64_t total = 0;
    for (size_t i = 0; i < bits_words(n); i++)
        total += __builtin_popcountll(a[i] & ~b[i]);
    return total;
}

struct effect_difference effect_difference(const struct layers *l, const struct coupling *c,
                                           const struct mask *a, const struct mask *b)
{
    struct effect_difference out = {0};
    struct mask *before = effect_of(l, c, a), *after = effect_of(l, c, b);
    for (int i = 0; i < l->n; i++) {
        const uint64_t *was = mask_words(before, i), *is = mask_words(after, i);
        const uint64_t *units_were = mask_units(before, i), *units_are = mask_units(after, i);
        out.added += only_in(is, was, l->v[i].weights);
        out.removed += only_in(was, is, l->v[i].weights);
        out.units +=
            only_in(units_were, units_are, l->v[i].units) + only_in(units_are, units_were, l->v[i].units);
    }
    mask_unref(before);
    mask_unref(after);
    return out;
}
