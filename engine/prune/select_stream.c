/* select_stream: see select_stream.h. */
#include "engine/prune/select_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/prune/bits.h"
#include "engine/prune/score.h"

enum { DIGIT = 16, BINS = 1 << DIGIT, KEY = 64, BLOCK = 512 /* weights whose scores are made at once */ };

/* So many keys that agree in their upper digits are brought together rather than streamed once more for each further digit. */
#define COLLECTED_MOST ((int64_t)1 << 22)

/* Called with each word of 64 ids that holds candidates: their bits, the first id, and the keys of all of its weights. */
typedef void visit_word(void *data, uint64_t candidates, int64_t first, const uint64_t *keys);

struct stream {
    const struct ranking *r;
    const struct segment *s;
    const uint64_t *forced, *blocked;
};

/* Bits of the candidates among up to 64 weights of a layer, from the k-th on. */
static uint64_t candidates_at(const struct stream *t, int layer, int64_t k)
{
    int64_t left = t->r->l->v[layer].weights - k, word = (t->r->first[layer] + k) / 64;
    uint64_t all = left < 64 ? ((uint64_t)1 << left) - 1 : UINT64_MAX;
    return all & ~(t->forced[word] | t->blocked[word]);
}

static void stream_layer(const struct stream *t, int layer, visit_word *visit, void *data)
{
    const struct ranking *r = t->r;
    int64_t weights = r->l->v[layer].weights;
    double scores[BLOCK];
    uint64_t keys[BLOCK];
    for (int64_t k = 0; k < weights; k += BLOCK) {
        int64_t n = weights - k < BLOCK ? weights - k : BLOCK;
        score_weights(&r->strategy, layer, k, n, r->weights[layer] + k, scores);
        for (int64_t i = 0; i < n; i++)
            keys[i] = score_key(scores[i]);
        for (int64_t i = 0; i < n; i += 64) {
            uint64_t candidates = candidates_at(t, layer, k + i);
            if (candidates)
                visit(data, candidates, r->first[layer] + k + i, keys + i);
        }
    }
}

/* The layers of a segment: one, or all that are chosen. */
static bool in_segment(const struct ranking *r, const struct segment *s, int layer)
{
    return r->in_layers[layer] && (s->layer < 0 || s->layer == layer);
}

static void stream_all(const struct stream *t, visit_word *visit, void *data)
{
    for (int i = 0; i < t->r->l->n; i++)
        if (in_segment(t->r, t->s, i))
            stream_layer(t, i, visit, data);
}

/* What the search knows: the digits above `shift + DIGIT`. */
struct search {
    uint64_t prefix;
    int shift;      /* of the digit under way */
    int64_t *count; /* [BINS] */
    uint64_t *keys; /* of those that begin with prefix; NULL: not brought together yet */
    int64_t n;
};

static bool begins(const struct search *h, uint64_t key)
{
    int above = h->shift + DIGIT;
    return above == KEY || key >> above == h->prefix;
}

static void count_word(void *data, uint64_t candidates, int64_t first, const uint64_t *keys)
{
    struct search *h = data;
    (void)first;
    for (; candidates; candidates &= candidates - 1) {
        uint64_t key = keys[__builtin_ctzll(candidates)];
        if (begins(h, key))
            h->count[key >> h->shift & (BINS - 1)]++;
    }
}

static void collect_word(void *data, uint64_t candidates, int64_t first, const uint64_t *keys)
{
    struct search *h = data;
    (void)first;
    for (; candidates; candidates &= candidates - 1) {
        uint64_t key = keys[__builtin_ctzll(candidates)];
        if (begins(h, key))
            h->keys[h->n++] = key;
    }
}

static void count_digit(const struct stream *t, struct search *h)
{
    memset(h->count, 0, BINS * sizeof *h->count);
    if (!h->keys)
        stream_all(t, count_word, h);
    for (int64_t i = 0; h->keys && i < h->n; i++)
        if (begins(h, h->keys[i]))
            h->count[h->keys[i] >> h->shift & (BINS - 1)]++;
}

/* The key of the want-th candidate, and how many of those that have this key are among the first `want`. want is at least 1 and at
 * most their number. */
static uint64_t find_key(const struct stream *t, int64_t want, int64_t *ties)
{
    struct search h = {.count = mem_alloc(BINS, sizeof *h.count)};
    int64_t same = INT64_MAX;
    for (h.shift = KEY - DIGIT; h.shift >= 0; h.shift -= DIGIT) {
        int64_t digit = 0;
        if (!h.keys && same <= COLLECTED_MOST) {
            h.keys = mem_alloc((size_t)same, sizeof *h.keys);
            stream_all(t, collect_word, &h);
        }
        count_digit(t, &h);
        for (; h.count[digit] < want; digit++)
            want -= h.count[digit];
        same = h.count[digit];
        h.prefix = h.prefix << DIGIT | (uint64_t)digit;
    }
    free(h.count);
    free(h.keys);
    *ties = want;
    return h.prefix;
}

struct cutting {
    uint64_t key;
    int64_t ties, done;
    uint64_t *cut;
};

/* Ids of a word lie in one word of bits. */
static void cut_word(void *data, uint64_t candidates, int64_t first, const uint64_t *keys)
{
    struct cutting *c = data;
    uint64_t going = 0;
    for (; candidates; candidates &= candidates - 1) {
        int i = __builtin_ctzll(candidates);
        bool tie = keys[i] == c->key && c->ties > 0;
        if (keys[i] >= c->key && !tie)
            continue;
        c->ties -= tie;
        going |= (uint64_t)1 << i;
    }
    c->done += __builtin_popcountll(going);
    c->cut[first / 64] |= going;
}

int64_t stream_count(const struct ranking *r, const struct segment *s, const uint64_t *bits)
{
    int64_t n = 0;
    for (int i = 0; i < r->l->n; i++)
        if (in_segment(r, s, i))
            n += bits_count(bits, r->first[i], r->l->v[i].weights);
    return n;
}

/* Weights that may go. */
static int64_t count_candidates(const struct stream *t)
{
    int64_t n = 0;
    for (int i = 0; i < t->r->l->n; i++)
        for (int64_t k = 0; in_segment(t->r, t->s, i) && k < t->r->l->v[i].weights; k += 64)
            n += __builtin_popcountll(candidates_at(t, i, k));
    return n;
}

int64_t stream_select(const struct ranking *r, const struct segment *s, const uint64_t *forced,
                      const uint64_t *blocked, int64_t want, uint64_t *cut, double *threshold)
{
    const struct stream t = {r, s, forced, blocked};
    struct cutting c = {.cut = cut};
    int64_t there = count_candidates(&t);
    if (want > there)
        want = there;
    if (want <= 0)
        return 0;
    c.key = find_key(&t, want, &c.ties);
    stream_all(&t, cut_word, &c);
    double score = score_of_key(c.key);
    *threshold = isnan(*threshold) || score > *threshold ? score : *threshold;
    return c.done;
}
