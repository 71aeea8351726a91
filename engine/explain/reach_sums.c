/* reach_sums: see reach_sums.h. One side of a sum has channels (inputs, or rows going back) whose marked positions form sets. Few
 * sets differ, so they are numbered; what a channel of the other side hears follows from which (set, tap) pairs it has a kept
 * weight for. */
#include "engine/explain/reach_sums.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/prune/bits.h"

/* Distinct rows of bytes, numbered as they come. */
struct rows {
    size_t length, n, capacity, hashes;
    uint8_t *bytes;
    uint64_t *hash;
    size_t last; /* found last: the next one is likely the same */
};

static uint64_t hash_of(const uint8_t *bytes, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, Fowler, Noll and Vo */
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

static bool row_is(const struct rows *r, size_t i, const uint8_t *bytes)
{
    return memcmp(r->bytes + i * r->length, bytes, r->length) == 0;
}

static size_t rows_number(struct rows *r, const uint8_t *bytes)
{
    if (r->n > 0 && row_is(r, r->last, bytes))
        return r->last;
    uint64_t hash = hash_of(bytes, r->length);
    for (size_t i = 0; i < r->n; i++)
        if (r->hash[i] == hash && row_is(r, i, bytes))
            return r->last = i;
    r->hash = mem_grow(r->hash, r->n, &r->hashes, sizeof *r->hash);
    r->bytes = mem_grow(r->bytes, r->n, &r->capacity, r->length ? r->length : 1);
    r->hash[r->n] = hash;
    memcpy(r->bytes + r->n * r->length, bytes, r->length);
    return r->last = r->n++;
}

static void rows_release(struct rows *r)
{
    free(r->bytes);
    free(r->hash);
}

struct side {
    int64_t channels, step; /* a group's; and in bits from one to the next */
    int64_t block, group, channel, position, positions;
    uint8_t *marks;
};

struct sums {
    const struct weighted *w;
    const uint64_t *kept;
    int64_t group_step;
    bool forward;
    struct side from, to;
    struct rows sets; /* of the from side */
    int32_t *reads[2];
    size_t *set_of;  /* [from.channels] */
    int *place;      /* [from.channels] of the set among those of the group; -1: empty */
    size_t *present; /* the group's sets that are not empty */
    int n_present;
    uint8_t *row; /* a set under way, of either side */
    /* Which (set, tap) pairs a channel of the to side hears, as words; results are kept by the sets and those. */
    size_t words;
    uint64_t *heard;
    struct rows known; /* keys */
    size_t known_capacity;
    uint8_t **result;
};

static struct side data_side(const struct weighted *w, const struct sum_bits *b, uint8_t *marks)
{
    return (struct side){w->inputs,  b->input_step, w->x_block,          w->x_group,
                         w->x_input, w->x_position, weighted_sources(w), marks};
}

static struct side result_side(const struct weighted *w, const struct sum_bits *b, uint8_t *marks)
{
    return (struct side){w->rows,       b->row_step,           w->y_block, w->y_group, w->y_row,
                         w->y_position, weighted_positions(w), marks};
}

static uint8_t *channel_at(const struct side *s, int64_t block, int64_t group, int64_t channel)
{
    return s->marks + block * s->block + group * s->group + channel * s->channel;
}

static bool any_mark(const uint8_t *row, int64_t n)
{
    return memchr(row, 1, (size_t)n) != NULL;
}

/* The sets of a block's group, and which of them are not empty. */
static void find_sets(struct sums *s, int64_t block, int64_t group)
{
    const struct side *from = &s->from;
    s->n_present = 0;
    for (int64_t c = 0; c < from->channels; c++) {
        const uint8_t *marks = channel_at(from, block, group, c);
        for (int64_t p = 0; from->position != 1 && p < from->positions; p++)
            s->row[p] = marks[p * from->position];
        const uint8_t *row = from->position == 1 ? marks : s->row;
        s->place[c] = -1;
        if (!any_mark(row, from->positions))
            continue;
        s->set_of[c] = rows_number(&s->sets, row);
        int k = 0;
        while (k < s->n_present && s->present[k] != s->set_of[c])
            k++;
        s->present[k] = s->set_of[c];
        s->n_present += k == s->n_present;
        s->place[c] = k;
    }
}

/* Up to 64 bits from `at` on. */
static uint64_t word_at(const uint64_t *bits, int64_t at, int64_t n)
{
    int64_t shift = at % 64;
    uint64_t word = bits[at / 64] >> shift;
    if (shift && shift + n > 64)
        word |= bits[at / 64 + 1] << (64 - shift);
    return n < 64 ? word & (((uint64_t)1 << n) - 1) : word;
}

/* Weights of one channel of the to side that lie together: taps within channels of the from side. */
static void hear_row(struct sums *s, int64_t first, uint64_t *heard)
{
    uint32_t taps = (uint32_t)s->w->taps; /* a row has fewer than 2^31 weights */
    int64_t n = s->from.channels * taps;
    int64_t wanted = s->n_present * taps, found = 0;
    for (int64_t i = 0; i < n && found < wanted; i += 64) {
        uint64_t word = word_at(s->kept, first + i, n - i < 64 ? n - i : 64);
        for (; word && found < wanted; word &= word - 1) {
            uint32_t at = (uint32_t)(i + __builtin_ctzll(word));
            int64_t place = s->place[at / taps], pair = place * taps + at % taps;
            if (place < 0 || bits_get(heard, pair))
                continue;
            bits_on(heard, pair);
            found++;
        }
    }
}

/* The same where the taps are one and the marked channels a row of bits: does any kept weight meet one? */
static bool meets(const struct sums *s, int64_t first, const uint64_t *marked)
{
    for (int64_t i = 0; i < s->from.channels; i += 64) {
        int64_t n = s->from.channels - i < 64 ? s->from.channels - i : 64;
        if (word_at(s->kept, first + i, n) & marked[i / 64])
            return true;
    }
    return false;
}

static void hear_rows(struct sums *s, int64_t first)
{
    bool single = s->w->taps == 1 && s->n_present == 1;
    uint64_t *marked = mem_zero(bits_words(s->from.channels), sizeof *marked);
    for (int64_t c = 0; c < s->from.channels; c++)
        if (s->place[c] >= 0)
            bits_on(marked, c);
    for (int64_t t = 0; t < s->to.channels; t++) {
        int64_t at = first + t * s->to.step;
        if (!single)
            hear_row(s, at, s->heard + (size_t)t * s->words);
        else if (meets(s, at, marked))
            s->heard[(size_t)t * s->words] = 1;
    }
    free(marked);
}

/* Weights of one channel of the from side that lie together: taps within channels of the to side. */
static void hear_columns(struct sums *s, int64_t first)
{
    int64_t taps = s->w->taps, n = s->to.channels * taps;
    size_t words = bits_words(n);
    uint64_t *all = mem_zero((size_t)s->n_present * words, sizeof *all);
    for (int64_t c = 0; c < s->from.channels; c++)
        for (int64_t i = 0; s->place[c] >= 0 && i < n; i += 64)
            all[(size_t)s->place[c] * words + (size_t)(i / 64)] |=
                word_at(s->kept, first + c * s->from.step + i, n - i < 64 ? n - i : 64);
    for (int64_t k = 0; k < s->n_present; k++)
        for (int64_t i = 0; i < n; i++)
            if (bits_get(all + (size_t)k * words, i))
                bits_on(s->heard + (size_t)(i / taps) * s->words, k * taps + i % taps);
    free(all);
}

static void find_heard(struct sums *s, int64_t group)
{
    int64_t pairs = s->n_present * s->w->taps;
    s->words = bits_words(pairs);
    s->heard = mem_resize(s->heard, (size_t)s->to.channels * s->words, sizeof *s->heard);
    memset(s->heard, 0, (size_t)s->to.channels * s->words * sizeof *s->heard);
    for (int64_t t = 0; !s->kept && t < s->to.channels; t++)
        bits_fill(s->heard + (size_t)t * s->words, pairs);
    if (!s->kept)
        return;
    if (s->from.step == s->w->taps || s->from.channels == 1)
        hear_rows(s, group * s->group_step);
    else
        hear_columns(s, group * s->group_step);
}

/* What one set brings through one tap. */
static void add_tap(const struct sums *s, const uint8_t *set, int64_t tap, uint8_t *to)
{
    const struct window *rows = &s->w->axis[0], *columns = &s->w->axis[1];
    const int32_t *across = s->reads[1] + tap % columns->kernel;
    for (int64_t y = 0; y < rows->out; y++) {
        int32_t row = s->reads[0][y * rows->kernel + tap / columns->kernel];
        for (int64_t x = 0; row >= 0 && x < columns->out; x++) {
            int64_t column = across[x * columns->kernel], source = row * columns->in + column;
            if (column < 0)
                continue;
            if (s->forward)
                to[y * columns->out + x] |= set[source];
            else
                to[source] |= set[y * columns->out + x];
        }
    }
}

static uint8_t *result_of(const struct sums *s, const uint64_t *heard)
{
    uint8_t *to = mem_zero((size_t)s->to.positions, 1);
    for (int64_t k = 0; k < s->n_present; k++)
        for (int64_t tap = 0; tap < s->w->taps; tap++)
            if (bits_get(heard, k * s->w->taps + tap))
                add_tap(s, s->sets.bytes + s->present[k] * s->sets.length, tap, to);
    return to;
}

/* The set of a channel that hears these pairs, found once for all that hear the same. */
static const uint8_t *result_for(struct sums *s, const uint64_t *heard, size_t keys, uint8_t *key)
{
    memcpy(key + keys, heard, s->words * sizeof *heard);
    size_t number = rows_number(&s->known, key);
    if (number >= s->known_capacity) {
        size_t before = s->known_capacity;
        s->result = mem_grow(s->result, number, &s->known_capacity, sizeof *s->result);
        for (size_t i = before; i < s->known_capacity; i++)
            s->result[i] = NULL;
    }
    if (!s->result[number])
        s->result[number] = result_of(s, heard);
    return s->result[number];
}

static void forget_results(struct sums *s)
{
    for (size_t i = 0; i < s->known.n; i++)
        free(s->result[i]);
    for (size_t i = 0; i < s->known_capacity; i++)
        s->result[i] = NULL;
    rows_release(&s->known);
    s->known = (struct rows){0};
}

static void mark_group(struct sums *s, int64_t block, int64_t group)
{
    find_sets(s, block, group);
    if (s->n_present == 0)
        return;
    find_heard(s, group);
    /* Keys of one length go together: with as many sets, so have they as many words. */
    size_t keys = (size_t)s->n_present * sizeof *s->present, length = keys + s->words * sizeof *s->heard;
    if (s->known.length != length) {
        forget_results(s);
        s->known.length = length;
    }
    uint8_t *key = mem_alloc(length, 1);
    memcpy(key, s->present, keys);
    for (int64_t t = 0; t < s->to.channels; t++) {
        const uint8_t *set = result_for(s, s->heard + (size_t)t * s->words, keys, key);
        uint8_t *marks = channel_at(&s->to, block, group, t);
        for (int64_t p = 0; p < s->to.positions; p++)
            marks[p * s->to.position] |= set[p];
    }
    free(key);
}

static void find_reads(struct sums *s)
{
    for (int a = 0; a < 2; a++) {
        const struct window *axis = &s->w->axis[a];
        s->reads[a] = mem_alloc((size_t)(axis->out * axis->kernel), sizeof **s->reads);
        weighted_table(s->w, a, s->reads[a]);
    }
}

void reach_sums(const struct weighted *w, const struct sum_bits *bits, bool forward, uint8_t *data,
                uint8_t *result)
{
    struct side x = data_side(w, bits, data), y = result_side(w, bits, result);
    struct sums s = {.w = w,
                     .kept = bits->kept,
                     .group_step = bits->group_step,
                     .forward = forward,
                     .from = forward ? x : y,
                     .to = forward ? y : x};
    size_t channels = (size_t)s.from.channels;
    s.sets.length = (size_t)s.from.positions;
    s.set_of = mem_alloc(channels, sizeof *s.set_of);
    s.place = mem_alloc(channels, sizeof *s.place);
    s.present = mem_alloc(channels + 1, sizeof *s.present);
    s.row = mem_alloc((size_t)s.from.positions, 1);
    find_reads(&s);
    for (int64_t at = 0; at < w->blocks * w->groups; at++)
        mark_group(&s, at / w->groups, at % w->groups);
    forget_results(&s);
    rows_release(&s.sets);
    void *blocks[] = {s.set_of, s.place, s.present, s.row, s.heard, s.result, s.reads[0], s.reads[1]};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
}
