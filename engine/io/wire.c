/* wire: see wire.h. The format is that of protobuf.dev/programming-guides/encoding: a key (field number * 8 + wire type) as a
 * varint, then a varint, 8 bytes, a length with so many bytes, or 4 bytes. Groups (types 3 and 4) do not occur in ONNX. */
#include "engine/io/wire.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"

enum { VARINT = 0, FIXED64 = 1, DELIMITED = 2, FIXED32 = 5 };

/* What an unpacker keeps for one field, in bytes: its entry in the list of fields found, and one block of the heap. */
enum { FIELD_COST = 80, BLOCK_COST = 48 };

enum { VARINT_MAX = 10 /* bytes */ };

enum { WINDOW = 1 << 16 };

struct scan {
    const struct wire_source *from;
    wire_lookup *lookup;
    struct wire_skim *skim; /* NULL: only check */
    size_t overhead;
    struct err *e;
    size_t first, held; /* what the window shows */
    uint8_t window[WINDOW];
};

/* -1 where it cannot be read: e says why. */
static int byte_at(struct scan *s, size_t at)
{
    if (at - s->first >= s->held) {
        size_t left = s->from->size - at;
        s->first = at;
        s->held = left < WINDOW ? left : WINDOW;
        if (!s->from->read(s->from->data, at, s->window, s->held, s->e)) {
            s->held = 0;
            return -1;
        }
    }
    return s->window[at - s->first];
}

static bool read_varint(struct scan *s, size_t *at, size_t end, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        int byte = *at < end ? byte_at(s, *at) : -1;
        if (byte < 0)
            return false;
        (*at)++;
        *out |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* What went wrong at that byte, unless it could not even be read. */
static bool broken(struct scan *s, const char *format, size_t at)
{
    return s->e && s->e->message ? false : err_set(s->e, ERR_UNREADABLE, format, at);
}

/* Numbers in a packed field: at most one for each byte that ends a varint. */
static size_t count_varints(struct scan *s, size_t at, size_t end)
{
    size_t count = 0;
    for (int byte = 0; at < end && byte >= 0; at++) {
        byte = byte_at(s, at);
        count += byte < 128;
    }
    return count;
}

static void put_varint(struct buf *out, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        buf_putc(out, (char)(v | 128));
    buf_putc(out, (char)v);
}

/* As it stands. */
static bool keep(struct scan *s, size_t from, size_t end, struct buf *out)
{
    if (!out)
        return true;
    size_t start = out->len;
    buf_fill(out, 0, end - from);
    return s->from->read(s->from->data, from, (uint8_t *)out->data + start, end - from, s->e);
}

static void cut(struct scan *s, size_t at, size_t length, struct buf *out)
{
    struct wire_skim *k = s->skim;
    k->cuts = mem_grow(k->cuts, k->n, &k->capacity, sizeof *k->cuts);
    put_varint(out, (uint64_t)WIRE_CUT_FIELD << 3 | VARINT);
    put_varint(out, k->n);
    k->cuts[k->n++] = (struct wire_cut){at, length};
}

static bool spend(struct scan *s, size_t cost, size_t at)
{
    s->overhead += cost;
    if (s->overhead <= WIRE_OVERHEAD_MAX)
        return true;
    return err_set(s->e, ERR_UNREADABLE, "more small fields than a model has (limit reached at byte %zu)",
                   at);
}

static bool scan_message(struct scan *s, const void *message, size_t at, size_t end, int depth,
                         struct buf *out);

/* A message within: its length becomes another where something in it is cut. */
static bool scan_child(struct scan *s, const struct wire_field *field, uint64_t key, size_t at, size_t end,
                       int depth, struct buf *out)
{
    struct buf child = {0};
    if (depth >= WIRE_DEPTH_MAX)
        return err_set(s->e, ERR_UNREADABLE, "messages nested more than %d deep at byte %zu", WIRE_DEPTH_MAX,
                       at);
    bool ok = spend(s, field->size + BLOCK_COST, at) &&
              scan_message(s, field->child, at, end, depth + 1, out ? &child : NULL);
    if (ok && out) {
        put_varint(out, key);
        put_varint(out, child.len);
        buf_add(out, child.data, child.len);
    }
    buf_release(&child);
    return ok;
}

/* start: of the field's key. */
static bool scan_delimited(struct scan *s, const struct wire_field *field, uint64_t key, size_t start,
                           size_t at, size_t end, int depth, struct buf *out)
{
    size_t n = end - at;
    switch (field->kind) {
    case WIRE_MESSAGE:
        return scan_child(s, field, key, at, end, depth, out);
    case WIRE_NUMBER: {
        size_t taken = field->fixed ? n : count_varints(s, at, end) * field->size;
        return spend(s, taken > n ? taken - n : 0, at) && keep(s, start, end, out);
    }
    case WIRE_UNKNOWN:
    case WIRE_BYTES:
        break;
    }
    if (!spend(s, BLOCK_COST, at))
        return false;
    if (!out || !field->long_bytes || n < WIRE_CUT_LEAST)
        return keep(s, start, end, out);
    cut(s, at, n, out);
    return true;
}

static bool scan_field(struct scan *s, const void *message, uint64_t key, size_t first, size_t *at,
                       size_t end, int depth, struct buf *out)
{
    size_t start = *at;
    uint64_t value = 0;
    if (key >> 3 == 0 || key >> 32 != 0 || key >> 3 == WIRE_CUT_FIELD)
        return err_set(s->e, ERR_UNREADABLE, "no field begins before byte %zu", start);
    switch (key & 7) {
    case VARINT:
        if (!read_varint(s, at, end, &value))
            return broken(s, "the number at byte %zu does not end", start);
        return spend(s, FIELD_COST + BLOCK_COST, start) && keep(s, first, *at, out);
    case FIXED64:
    case FIXED32:
        value = (key & 7) == FIXED64 ? 8 : 4;
        break;
    case DELIMITED:
        if (!read_varint(s, at, end, &value))
            return broken(s, "the length at byte %zu does not end", start);
        break;
    default:
        return err_set(s->e, ERR_UNREADABLE, "no field begins before byte %zu", start);
    }
    if (value > end - *at)
        return err_set(s->e, ERR_UNREADABLE,
                       "the field at byte %zu states %llu bytes, but %zu are left; is the file cut short?",
                       start, (unsigned long long)value, end - *at);
    start = *at;
    *at += value;
    if (!spend(s, FIELD_COST, start))
        return false;
    if ((key & 7) != DELIMITED)
        return spend(s, BLOCK_COST, start) && keep(s, first, *at, out);
    struct wire_field field = {.kind = WIRE_UNKNOWN};
    s->lookup(message, (uint32_t)(key >> 3), &field);
    return scan_delimited(s, &field, key, first, start, *at, depth, out);
}

/* depth is that of this message; the recursion ends at WIRE_DEPTH_MAX. */
static bool scan_message(struct scan *s, const void *message, size_t at, size_t end, int depth,
                         struct buf *out)
{
    while (at < end) {
        uint64_t key;
        size_t start = at;
        if (!read_varint(s, &at, end, &key))
            return broken(s, "the field at byte %zu does not end", start);
        if (!scan_field(s, message, key, start, &at, end, depth, out))
            return false;
    }
    return true;
}

bool wire_skim(const struct wire_source *from, const void *root, wire_lookup *lookup, struct wire_skim *out,
               struct err *e)
{
    struct scan s = {.from = from, .lookup = lookup, .skim = out, .e = e};
    *out = (struct wire_skim){0};
    return scan_message(&s, root, 0, from->size, 1, &out->message);
}

void wire_skim_release(struct wire_skim *s)
{
    buf_release(&s->message);
    free(s->cuts);
    *s = (struct wire_skim){0};
}

static void nothing_known(const void *message, uint32_t number, struct wire_field *out)
{
    (void)message;
    (void)number;
    out->kind = WIRE_UNKNOWN;
}

/* The first bytes alone are there. */
static bool read_head(void *data, size_t offset, void *out, size_t n, struct err *e)
{
    (void)e;
    memcpy(out, (const uint8_t *)data + offset, n);
    return true;
}

bool wire_check_head(const void *bytes, size_t n, size_t total, struct err *e)
{
    const struct wire_source head = {read_head, (void *)(uintptr_t)bytes, n};
    struct scan s = {.from = &head, .lookup = nothing_known, .e = e};
    size_t at = 0;
    uint64_t key;
    while (at + 2 * VARINT_MAX <= n) { /* key and length are there */
        size_t start = at;
        if (!read_varint(&s, &at, total, &key))
            return broken(&s, "the field at byte %zu does not end", start);
        if (!scan_field(&s, NULL, key, start, &at, total, 1, NULL))
            return false;
    }
    return true;
}
