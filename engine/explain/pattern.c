/* pattern: see pattern.h. Two walks over the weights in the file's order: counts first, as the order of rows and columns and the
 * width of the bins depend on them, then blocks and bins. */
#include "engine/explain/pattern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/prune/bits.h"
#include "engine/prune/effect.h"

const char *const pattern_order_names[] = {
    [PATTERN_BY_INDEX] = "index", [PATTERN_BY_SURVIVAL] = "survival", [PATTERN_BY_LOSS] = "loss", NULL};

struct walk {
    const struct layer *l;
    const float *w;
    const uint64_t *bits; /* 1: left */
    struct layer_pattern *out;
    int64_t *heard, *heard_by; /* fan-in by unit, fan-out by input channel of the whole layer */
    double sum_kept, squares, squares_kept, most, smallest, largest; /* largest: of those cut */
    uint8_t *keep;                                                   /* of the stretch under way */
    int64_t *row, *column;                                           /* block of each unit and input */
    double bins_each;                                                /* bins in 1; 0: all weights are 0 */
    int64_t bins[2][PATTERN_BINS];                                   /* cut, kept */
};

/* Kernels that lie one after the other in the file: those of one unit, or those that read one input. */
struct stretch {
    int64_t unit, input;           /* of the first kernel; */
    int64_t next_unit, next_input; /* 0 and 1: of each next one */
    int64_t kernels, first;        /* first weight */
    int64_t first_input;           /* of the group, among the input channels of the whole layer */
};

typedef void visit(struct walk *k, const struct stretch *s);

/* Every weight once, in the file's order. */
static void each_stretch(struct walk *k, visit *do_one)
{
    const struct layer *l = k->l;
    int64_t per = l->units / l->groups;
    bool rows = l->unit_stride > l->input_stride;
    struct stretch s = {.next_unit = !rows, .next_input = rows, .kernels = rows ? l->inputs : per};
    for (int64_t g = 0; g < l->groups; g++)
        for (int64_t i = 0; i < (rows ? per : l->inputs); i++, s.first += s.kernels * l->taps) {
            s.unit = g * per + (rows ? i : 0);
            s.input = rows ? 0 : i;
            s.first_input = g * l->inputs;
            do_one(k, &s);
        }
}

/* Which weights of the stretch are kept, one a byte. */
static const uint8_t *kept_bytes(struct walk *k, const struct stretch *s)
{
    for (int64_t i = 0; i < s->kernels * k->l->taps; i++)
        k->keep[i] = bits_get(k->bits, s->first + i);
    return k->keep;
}

/* Chosen by a bit without a branch, which would be guessed wrong for every other weight of a sparse layer. */
static const double one[2] = {0, 1}, far[2] = {0, INFINITY};

/* What does not ask where a weight stands. */
static void sum_stretch(struct walk *k, const float *w, const uint8_t *keep, int64_t n)
{
    double squares = k->squares, squares_kept = k->squares_kept, sum_kept = k->sum_kept;
    double most = k->most, smallest = k->smallest, largest = k->largest;
    for (int64_t i = 0; i < n; i++) {
        double size = fabs((double)w[i]), square = size * size, kept = one[keep[i]];
        double if_kept = size + far[!keep[i]], if_cut = size - far[keep[i]];
        most = size > most ? size : most;
        squares += square;
        squares_kept += square * kept;
        sum_kept += size * kept;
        smallest = if_kept < smallest ? if_kept : smallest;
        largest = if_cut > largest ? if_cut : largest;
    }
    k->squares = squares;
    k->squares_kept = squares_kept;
    k->sum_kept = sum_kept;
    k->most = most;
    k->smallest = smallest;
    k->largest = largest;
}

/* By unit and input: the side along which the stretch goes kernel by kernel, the other one as a whole. */
static void count_stretch(struct walk *k, const struct stretch *s)
{
    bool inputs = s->next_input;
    const uint8_t *keep = kept_bytes(k, s);
    const float *w = k->w + s->first;
    int64_t taps = k->l->taps, at = 0, heard = 0, kept_all = 0;
    struct pattern_side *along = inputs ? &k->out->inputs : &k->out->units,
                        *across = inputs ? &k->out->units : &k->out->inputs;
    int64_t from = inputs ? s->input : s->unit, whole = inputs ? s->unit : s->input;
    int64_t *hears = inputs ? k->heard_by + s->first_input : k->heard;
    double lost_all = 0;
    sum_stretch(k, w, keep, s->kernels * taps);
    for (int64_t j = from; j < from + s->kernels; j++) {
        int64_t kept = 0;
        double lost = 0;
        for (int64_t end = at + taps; at < end; at++) {
            kept += keep[at];
            lost += (double)w[at] * w[at] * one[!keep[at]];
        }
        along->kept[j] += kept;
        along->lost[j] += lost;
        hears[j] += kept > 0;
        heard += kept > 0;
        kept_all += kept;
        lost_all += lost;
    }
    across->kept[whole] += kept_all;
    across->lost[whole] += lost_all;
    (inputs ? k->heard + whole : k->heard_by + s->first_input + whole)[0] += heard;
    k->out->kept += kept_all;
}

static void bin_stretch(struct walk *k, const float *w, const uint8_t *keep, int64_t n)
{
    double each = k->bins_each;
    for (int64_t i = 0; i < n; i++) {
        int bin = (int)(fabs((double)w[i]) * each);
        k->bins[keep[i]][bin < PATTERN_BINS ? bin : PATTERN_BINS - 1]++;
    }
}

/* Kernels of one block after the other are added up before they are put there. */
static void block_stretch(struct walk *k, const struct stretch *s)
{
    struct layer_pattern *p = k->out;
    const uint8_t *keep = kept_bytes(k, s);
    const float *w = k->w + s->first;
    int64_t taps = k->l->taps, unit = s->unit, input = s->input, at = 0, place;
    bin_stretch(k, w, keep, s->kernels * taps);
    for (int64_t j = 0; j < s->kernels;) {
        struct pattern_block sum = {0};
        int64_t begin = at;
        place = k->row[unit] + k->column[input];
        for (; j < s->kernels && k->row[unit] + k->column[input] == place; j++) {
            for (int64_t end = at + taps; at < end; at++) {
                double v = w[at], kept = v * one[keep[at]];
                sum.kept += keep[at];
                sum.mean += kept;
                sum.lost += v - kept;
            }
            unit += s->next_unit;
            input += s->next_input;
        }
        struct pattern_block *b = &p->blocks[place];
        b->of += at - begin;
        b->kept += sum.kept;
        b->mean += sum.mean;
        b->lost += sum.lost;
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
    p->smallest_kept = k->smallest < INFINITY ? k->smallest : NAN;
    p->largest_cut = k->largest > -INFINITY ? k->largest : NAN;
    p->fan_in = fan_of(k->heard, l->units);
    p->fan_out = fan_of(k->heard_by, l->inputs * l->groups);
    p->energy = k->squares > 0 ? k->squares_kept / k->squares : NAN;
    p->mean_kept = p->kept ? k->sum_kept / (double)p->kept : NAN;
    p->bin_width = k->most / PATTERN_BINS;
    k->bins_each = k->most > 0 ? PATTERN_BINS / k->most : 0;
    bool follows = p->kept == 0 || p->largest_cut <= p->smallest_kept;
    p->threshold = follows ? p->largest_cut : NAN;
}

static void finish_blocks(const struct walk *k)
{
    struct layer_pattern *p = k->out;
    memcpy(p->bins_cut, k->bins[0], sizeof p->bins_cut);
    memcpy(p->bins_kept, k->bins[1], sizeof p->bins_kept);
    for (int64_t i = 0; i < (int64_t)p->units.blocks * p->inputs.blocks; i++) {
        struct pattern_block *b = &p->blocks[i];
        b->dense = b->of ? (b->mean + b->lost) / (double)b->of : 0;
        b->mean = b->kept ? b->mean / (double)b->kept : NAN;
        b->lost = b->of ? b->lost / (double)b->of : 0;
    }
}

static struct pattern_side side_of(int64_t n)
{
    return (struct pattern_side){
        .n = n, .kept = mem_zero((size_t)n, sizeof(int64_t)), .lost = mem_zero((size_t)n, sizeof(double))};
}

void pattern_find(const struct layers *ls, const struct coupling *c, int layer, const float *weights,
                  const struct mask *m, const struct pattern_wish *wish, struct layer_pattern *out)
{
    const struct layer *l = &ls->v[layer];
    struct mask *left = effect_of(ls, c, m);
    *out = (struct layer_pattern){.of = l->weights};
    struct walk k = {.l = l,
                     .w = weights,
                     .bits = mask_words(left, layer),
                     .smallest = INFINITY,
                     .largest = -INFINITY,
                     .out = out};
    out->units = side_of(l->units);
    out->inputs = side_of(l->inputs);
    k.heard = mem_zero((size_t)l->units, sizeof *k.heard);
    k.heard_by = mem_zero((size_t)(l->inputs * l->groups), sizeof *k.heard_by);
    k.keep = mem_alloc((size_t)((l->units > l->inputs ? l->units : l->inputs) * l->taps), 1);
    each_stretch(&k, count_stretch);
    finish_counts(&k);
    k.row = lay_out(&out->units, wish->rows, wish->order);
    k.column = lay_out(&out->inputs, wish->columns, wish->order);
    for (int64_t i = 0; i < l->units; i++)
        k.row[i] *= out->inputs.blocks;
    out->blocks = mem_zero((size_t)out->units.blocks * (size_t)out->inputs.blocks, sizeof *out->blocks);
    each_stretch(&k, block_stretch);
    finish_blocks(&k);
    mask_unref(left);
    free(k.keep);
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
