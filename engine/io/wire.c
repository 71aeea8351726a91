/* wire: see wire.h. The format is that of protobuf.dev/programming-guides/encoding: a key (field number * 8 + wire type) as a
 * varint, then a varint, 8 bytes, a length with so many bytes, or 4 bytes. Groups (types 3 and 4) do not occur in ONNX. */
#include "engine/io/wire.h"

#include "engine/base/err.h"

enum { VARINT = 0, FIXED64 = 1, DELIMITED = 2, FIXED32 = 5 };

/* What an unpacker keeps for one field, in bytes: its entry in the list of fields found, and one block of the heap. */
enum { FIELD_COST = 80, BLOCK_COST = 48 };

enum { VARINT_MAX = 10 /* bytes */ };

struct scan {
    const uint8_t *bytes;
    wire_lookup *lookup;
    size_t overhead;
    struct err *e;
};

static bool read_varint(const uint8_t *bytes, size_t *at, size_t end, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (*at >= end)
            return false;
        uint8_t byte = bytes[(*at)++];
        *out |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* Numbers in a packed field: at most one for each byte that ends a varint. */
static size_t count_varints(const uint8_t *bytes, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += bytes[i] < 128;
    return count;
}

static bool spend(struct scan *s, size_t cost, size_t at)
{
    s->overhead += cost;
    if (s->overhead <= WIRE_OVERHEAD_MAX)
        return true;
    return err_set(s->e, ERR_UNREADABLE, "more small fields than a model has (limit reached at byte %zu)",
                   at);
}

static bool scan_message(struct scan *s, const void *message, size_t at, size_t end, int depth);

static bool scan_delimited(struct scan *s, const struct wire_field *field, size_t at, size_t end, int depth)
{
    size_t n = end - at;
    switch (field->kind) {
    case WIRE_MESSAGE:
        if (depth >= WIRE_DEPTH_MAX)
            return err_set(s->e, ERR_UNREADABLE, "messages nested more than %d deep at byte %zu",
                           WIRE_DEPTH_MAX, at);
        return spend(s, field->size + BLOCK_COST, at) && scan_message(s, field->child, at, end, depth + 1);
    case WIRE_NUMBER: {
        size_t taken = field->fixed ? n : count_varints(s->bytes + at, n) * field->size;
        return spend(s, taken > n ? taken - n : 0, at);
    }
    case WIRE_UNKNOWN:
    case WIRE_BYTES:
        break;
    }
    return spend(s, BLOCK_COST, at);
}

static bool scan_field(struct scan *s, const void *message, uint64_t key, size_t *at, size_t end, int depth)
{
    size_t start = *at;
    uint64_t value = 0;
    if (key >> 3 == 0 || key >> 32 != 0)
        return err_set(s->e, ERR_UNREADABLE, "no field begins before byte %zu", start);
    switch (key & 7) {
    case VARINT:
        if (!read_varint(s->bytes, at, end, &value))
            return err_set(s->e, ERR_UNREADABLE, "the number at byte %zu does not end", start);
        return spend(s, FIELD_COST + BLOCK_COST, start);
    case FIXED64:
    case FIXED32:
        value = (key & 7) == FIXED64 ? 8 : 4;
        break;
    case DELIMITED:
        if (!read_varint(s->bytes, at, end, &value))
            return err_set(s->e, ERR_UNREADABLE, "the length at byte %zu does not end", start);
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
        return spend(s, BLOCK_COST, start);
    struct wire_field field = {WIRE_UNKNOWN, 0, false, NULL};
    s->lookup(message, (uint32_t)(key >> 3), &field);
    return scan_delimited(s, &field, start, *at, depth);
}

/* depth is that of this message; the recursion ends at WIRE_DEPTH_MAX. */
static bool scan_message(struct scan *s, const void *message, size_t at, size_t end, int depth)
{
    while (at < end) {
        uint64_t key;
        size_t start = at;
        if (!read_varint(s->bytes, &at, end, &key))
            return err_set(s->e, ERR_UNREADABLE, "the field at byte %zu does not end", start);
        if (!scan_field(s, message, key, &at, end, depth))
            return false;
    }
    return true;
}

bool wire_check(const void *bytes, size_t n, const void *root, wire_lookup *lookup, struct err *e)
{
    struct scan s = {bytes, lookup, 0, e};
    return scan_message(&s, root, 0, n, 1);
}

static void nothing_known(const void *message, uint32_t number, struct wire_field *out)
{
    (void)message;
    (void)number;
    out->kind = WIRE_UNKNOWN;
}

bool wire_check_head(const void *bytes, size_t n, size_t total, struct err *e)
{
    struct scan s = {bytes, nothing_known, 0, e};
    size_t at = 0;
    uint64_t key;
    while (at + 2 * VARINT_MAX <= n) { /* key and length are there */
        size_t start = at;
        if (!read_varint(s.bytes, &at, total, &key))
            return err_set(e, ERR_UNREADABLE, "the field at byte %zu does not end", start);
        if (!scan_field(&s, NULL, key, &at, total, 1))
            return false;
    }
    return true;
}
