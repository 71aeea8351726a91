/* mask: bits of kept weights and kept units, shared layer by layer and copied on write. What consumers read from a removed unit
 * is no matter of the mask alone: see effect.h. */
#include "engine/prune/mask.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/bits.h"

/* One layer's bits: weights, then units, each from a word boundary. */
struct block {
    atomic_int refs;
    uint64_t *weights, *units; /* one allocation */
};

struct mask {
    atomic_int refs;
    const struct layers *layers; /* borrowed */
    struct block **blocks;
};

static struct block *block_new(const struct layer *l)
{
    struct block *b = mem_alloc(1, sizeof *b);
    atomic_init(&b->refs, 1);
    b->weights = mem_zero(bits_words(l->weights) + bits_words(l->units), sizeof *b->weights);
    b->units = b->weights + bits_words(l->weights);
    return b;
}

static void block_unref(struct block *b)
{
    if (atomic_fetch_sub(&b->refs, 1) > 1)
        return;
    free(b->weights);
    free(b);
}

static struct mask *mask_empty(const struct layers *l)
{
    struct mask *m = mem_alloc(1, sizeof *m);
    atomic_init(&m->refs, 1);
    m->layers = l;
    m->blocks = mem_alloc((size_t)l->n, sizeof(struct block *));
    return m;
}

struct mask *mask_new(const struct layers *l)
{
    struct mask *m = mask_empty(l);
    for (int i = 0; i < l->n; i++) {
        m->blocks[i] = block_new(&l->v[i]);
        bits_fill(m->blocks[i]->weights, l->v[i].weights);
        bits_fill(m->blocks[i]->units, l->v[i].units);
    }
    return m;
}

struct mask *mask_ref(const struct mask *m)
{
    struct mask *shared = (struct mask *)(uintptr_t)m; /* the count is not part of what the mask says */
    atomic_fetch_add(&shared->refs, 1);
    return shared;
}

void mask_unref(struct mask *m)
{
    if (!m || atomic_fetch_sub(&m->refs, 1) > 1)
        return;
    for (int i = 0; i < m->layers->n; i++)
        block_unref(m->blocks[i]);
    free(m->blocks);
    free(m);
}

bool mask_over(const struct mask *m, const struct layers *l)
{
    return m->layers == l;
}

struct mask *mask_copy(const struct mask *m)
{
    struct mask *copy = mask_empty(m->layers);
    for (int i = 0; i < m->layers->n; i++) {
        copy->blocks[i] = m->blocks[i];
        atomic_fetch_add(&copy->blocks[i]->refs, 1);
    }
    return copy;
}

/* The layer's bits for writing: a copy if another mask reads them, too. */
static struct block *block_edit(struct mask *m, int layer)
{
    struct block *old = m->blocks[layer];
    const struct layer *l = &m->layers->v[layer];
    assert(atomic_load(&m->refs) == 1);
    if (atomic_load(&old->refs) == 1)
        return old;
    struct block *own = block_new(l);
    memcpy(own->weights, old->weights,
           (bits_words(l->weights) + bits_words(l->units)) * sizeof *own->weights);
    block_unref(old);
    return m->blocks[layer] = own;
}

bool mask_weight(const struct mask *m, int layer, int64_t index)
{
    return bits_get(m->blocks[layer]->weights, index);
}

bool mask_removed(const struct mask *m, int layer, int64_t unit)
{
    return !bits_get(m->blocks[layer]->units, unit);
}

void mask_set(struct mask *m, int layer, int64_t index, bool kept)
{
    if (mask_weight(m, layer, index) != kept)
        (kept ? bits_on : bits_off)(block_edit(m, layer)->weights, index);
}

void mask_set_removed(struct mask *m, int layer, int64_t unit, bool removed)
{
    if (mask_removed(m, layer, unit) != removed)
        (removed ? bits_off : bits_on)(block_edit(m, layer)->units, unit);
}

const uint64_t *mask_words(const struct mask *m, int layer)
{
    return m->blocks[layer]->weights;
}

uint64_t *mask_edit(struct mask *m, int layer)
{
    return block_edit(m, layer)->weights;
}

const uint64_t *mask_units(const struct mask *m, int layer)
{
    return m->blocks[layer]->units;
}

void mask_share(struct mask *m, const struct mask *from, int layer)
{
    struct block *old = m->blocks[layer];
    atomic_fetch_add(&from->blocks[layer]->refs, 1);
    m->blocks[layer] = from->blocks[layer];
    block_unref(old);
}

/* Kept weights in the row of one unit. */
static int64_t row_count(const struct layer *l, const uint64_t *weights, int64_t unit)
{
    int64_t total = 0;
    if (l->input_stride == l->taps)
        return bits_count(weights, layer_index(l, unit, 0, 0), l->inputs * l->taps);
    for (int64_t i = 0; i < l->inputs; i++)
        for (int64_t t = 0; t < l->taps; t++)
            total += bits_get(weights, layer_index(l, unit, i, t));
    return total;
}

int64_t mask_count(const struct mask *m, int layer)
{
    const struct layer *l = &m->layers->v[layer];
    const struct block *b = m->blocks[layer];
    int64_t total = bits_count(b->weights, 0, l->weights);
    if (bits_count(b->units, 0, l->units) == l->units)
        return total;
    for (int64_t u = 0; u < l->units; u++)
        if (!bits_get(b->units, u))
            total -= row_count(l, b->weights, u);
    return total;
}

/* Bytes by shifts, so that they are the same on a machine of the other byte order. */
static void bits_write(const uint64_t *words, int64_t n, struct buf *out)
{
    for (int64_t i = 0; i < n; i += 8)
        buf_putc(out, (char)(unsigned char)(words[i >> 6] >> (i & 63)));
}

void mask_write(const struct mask *m, struct buf *out)
{
    for (int i = 0; i < m->layers->n; i++) {
        bits_write(m->blocks[i]->units, m->layers->v[i].units, out);
        bits_write(m->blocks[i]->weights, m->layers->v[i].weights, out);
    }
}

void mask_hash(const struct mask *m, char hex[HASH_HEX])
{
    struct buf bytes = {0};
    mask_write(m, &bytes);
    hash_bytes(bytes.data, bytes.len, hex);
    buf_release(&bytes);
}

/* Reads ceil(n / 8) bytes; false if a padding bit is 1. */
static bool bits_read(const unsigned char *bytes, int64_t n, uint64_t *words)
{
    for (int64_t i = 0; i < n; i += 8)
        words[i >> 6] |= (uint64_t)bytes[i >> 3] << (i & 63);
    return !(n & 63) || !(words[n >> 6] >> (n & 63));
}

struct mask *mask_read(const struct layers *l, const void *bytes, size_t n, struct err *e)
{
    size_t want = 0;
    for (int i = 0; i < l->n; i++)
        want += (size_t)((l->v[i].units + 7) / 8 + (l->v[i].weights + 7) / 8);
    if (n != want) {
        err_set(e, ERR_UNREADABLE, "a mask of %zu bytes does not fit this model, whose masks take %zu", n,
                want);
        return NULL;
    }
    struct mask *m = mask_empty(l);
    const unsigned char *at = bytes;
    bool clean = true;
    for (int i = 0; i < l->n; i++) {
        m->blocks[i] = block_new(&l->v[i]);
        clean = bits_read(at, l->v[i].units, m->blocks[i]->units) && clean;
        at += (l->v[i].units + 7) / 8;
        clean = bits_read(at, l->v[i].weights, m->blocks[i]->weights) && clean;
        at += (l->v[i].weights + 7) / 8;
    }
    if (!clean) {
        mask_unref(m);
        err_set(e, ERR_UNREADABLE, "a mask of this model has bits set beyond its last weight");
        return NULL;
    }
    return m;
}
