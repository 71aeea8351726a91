/* pattern: see pattern.h. Two walks over the weights in the file's order: counts first, as the order of rows and columns and the
 * width of the bins depend on them, then blocks and bins. */
#include "engine/explain/pattern.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/prune/bits.h"

const char *const pattern_order_names[] = {
    [PATTERN_BY_INDEX] = "index", [PATTERN_BY_SURVIVAL] = "survival", [PATTERN_BY_LOSS] = "loss", NULL};

struct walk {
    const struct layer *l;
    const float *w;
    const uint64_t *bits, *units;
    const uint8_t *lost;
    struct layer_pattern *out;
    int64_t *heard, *heard_by; /* fan-in by unit, fan-out by input channel of the whole layer */
    int64_t first_input;       /* of the group under way, among the input channels of the whole layer */
    double sum_kept, squares, squares_kept, most;
    int64_t *row, *column; /* block of each unit and input */
};

typedef void visit(struct walk *k, int64_t unit, int64_t input, int64_t first, bool there);

/* Every kernel once, in the file's order: its unit, input and first weight; there: may any of it be kept? */
static void each_kernel(struct walk *k, visit *do_one)
{
    const struct layer *l = k->l;
    int64_t per = l->units / l->groups, at = 0;
    bool rows = l->unit_stride > l->input_stride;
    int64_t outer = rows ? per : l->inputs, inner = rows ? l->inputs : per;
    for (int64_t g = 0; g < l->groups; g++) {
        k->first_input = g * l->inputs;
        for (int64_t a = 0; a < outer; a++)
            for (int64_t b = 0; b < inner; b++, at += l->taps) {
                int64_t unit = g * per + (rows ? a : b), input = rows ? b : a;
                do_one(k, unit, input, at, bits_get(k->units, unit) && !(k->lost && k->lost[input]));
            }
    }
}

static void count_kernel(struct walk *k, int64_t unit, int64_t input, int64_t first, bool there)
{
    struct layer_pattern *p = k->out;
    int64_t kept = 0;
    double lost = 0;
    for (int64_t i = first; i < first + k->l->taps; i++) {
        double w = k->w[i], size = fabs(w);
        k->most = size > k->most ? size : k->most;
        k->squares += w * w;
        if (there && bits_get(k->bits, i)) {
            kept++;
            k->sum_kept += size;
            k->squares_kept += w * w;
            if (!(p->smallest_kept <= size))
                p->smallest_kept = size;
        } else {
            lost += w * w;
            if (!(p->largest_cut >= size))
                p->largest_cut = size;
        }
    }
    p->kept += kept;
    p->units.kept[unit] += kept;
    p->inputs.kept[input] += kept;
    p->units.lost[unit] += lost;
    p->inputs.lost[input] += lost;
    k->heard[unit] += kept > 0;
    k->heard_by[k->first_input + input] += kept > 0;
}

static void block_kernel(struct walk *k, int64_t unit, int64_t input, int64_t first, bool there)
{
    struct layer_pattern *p = k->out;
    struct pattern_block *b = &p->blocks[k->row[unit] * p->inputs.blocks + k->column[input]];
    for (int64_t i = first; i < first + k->l->taps; i++) {
        double w = k->w[i];
        int bin = p->bin_width > 0 ? (int)(fabs(w) / p->bin_width) : 0;
        bin = bin < PATTERN_BINS ? bin : PATTERN_BINS - 1;
        b->of++;
        b->dense += w;
        if (there && bits_get(k->bits, i)) {
            b->kept++;
            b->mean += w;
            p->bins_kept[bin]++;
        } else {
            b->lost += w;
            p->bins_cut[bin]++;
        }
    }
}

struct ranked {
    double rank;
    int64_t number;
};

static int highest_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Who stands where, and the block of each. */
static int64_t *lay_out(struct pattern_side *s, int wanted, enum pattern_order order)
{
    struct ranked *all = mem_alloc((size_t)s->n, sizeof *all);
    int64_t *block = mem_alloc((size_t)s->n, sizeof *block);
    for (int64_t i = 0; i < s->n; i++)
        all[i] = (struct ranked){order == PATTERN_BY_LOSS ? s->lost[i] : (double)s->kept[i], i};
    if (order != PATTERN_BY_INDEX)
        qsort(all, (size_t)s->n, sizeof *all, highest_first);
    s->at = mem_alloc((size_t)s->n, sizeof *s->at);
    s->per = s->n > wanted ? (s->n + wanted - 1) / wanted : 1;
    s->blocks = (int)((s->n + s->per - 1) / s->per);
    for (int64_t i = 0; i < s->n; i++) {
        s->at[i] = all[i].number;
        block[all[i].number] = i / s->per;
    }
    free(all);
    return block;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts v. */
static struct pattern_fan fan_of(int64_t *v, int64_t n)
{
    struct pattern_fan f = {0};
    if (n == 0)
        return f;
    qsort(v, (size_t)n, sizeof *v, by_size);
    while (f.none < n && v[f.none] == 0)
        f.none++;
    f.least = v[0];
    f.most = v[n - 1];
    f.median = ((double)v[(n - 1) / 2] + (double)v[n / 2]) / 2;
    return f;
}

static void finish_counts(struct walk *k)
{
    struct layer_pattern *p = k->out;
    const struct layer *l = k->l;
    p->fan_in = fan_of(k->heard, l->units);
    p->fan_out = fan_of(k->heard_by, l->inputs * l->groups);
    p->energy = k->squares > 0 ? k->squares_kept / k->squares : NAN;
    p->mean_kept = p->kept ? k->sum_kept / (double)p->kept : NAN;
    p->bin_width = k->most / PATTERN_BINS;
    bool follows = p->kept == 0 || p->largest_cut <= p->smallest_kept;
    p->threshold = follows ? p->largest_cut : NAN;
}

static void finish_blocks(struct layer_pattern *p)
{
    for (int64_t i = 0; i < (int64_t)p->units.blocks * p->inputs.blocks; i++) {
        struct pattern_block *b = &p->blocks[i];
        b->mean = b->kept ? b->mean / (double)b->kept : NAN;
        b->lost = b->of ? b->lost / (double)b->of : 0;
        b->dense = b->of ? b->dense / (double)b->of : 0;
    }
}

static struct pattern_side side_of(int64_t n)
{
    return (struct pattern_side){
        .n = n, .kept = mem_zero((size_t)n, sizeof(int64_t)), .lost = mem_zero((size_t)n, sizeof(double))};
}

void pattern_find(const struct layers *ls, int layer, const float *weights, const struct mask *m,
                  const uint8_t *lost, const struct pattern_wish *wish, struct layer_pattern *out)
{
    const struct layer *l = &ls->v[layer];
    *out = (struct layer_pattern){.of = l->weights, .smallest_kept = NAN, .largest_cut = NAN};
    struct walk k = {.l = l,
                     .w = weights,
                     .bits = mask_words(m, layer),
                     .units = mask_units(m, layer),
                     .lost = lost,
                     .out = out};
    out->units = side_of(l->units);
    out->inputs = side_of(l->inputs);
    k.heard = mem_zero((size_t)l->units, sizeof *k.heard);
    k.heard_by = mem_zero((size_t)(l->inputs * l->groups), sizeof *k.heard_by);
    each_kernel(&k, count_kernel);
    finish_counts(&k);
    k.row = lay_out(&out->units, wish->rows, wish->order);
    k.column = lay_out(&out->inputs, wish->columns, wish->order);
    out->blocks = mem_zero((size_t)out->units.blocks * (size_t)out->inputs.blocks, sizeof *out->blocks);
    each_kernel(&k, block_kernel);
    finish_blocks(out);
    free(k.heard);
    free(k.heard_by);
    free(k.row);
    free(k.column);
}

void pattern_release(struct layer_pattern *p)
{
    free(p->units.at);
    free(p->units.kept);
    free(p->units.lost);
    free(p->inputs.at);
    free(p->inputs.kept);
    free(p->inputs.lost);
    free(p->blocks);
    *p = (struct layer_pattern){0};
}
