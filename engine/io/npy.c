/* npy: see npy.h. A file is: magic, version (2 bytes), header length (2 bytes in version 1, else 4, little-endian), a Python
 * dictionary literal, the elements. */
#include "engine/io/npy.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/half.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

enum { MAGIC = 6, PREFIX_1 = 10, PREFIX_2 = 12, ALIGNMENT = 64, DESCR_MAX = 16 };

static const uint8_t magic[MAGIC] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* One row per element type of a file: descr without its byte order. The first row of an array type is the one written. */
static const struct npy_type {
    const char *descr;
    size_t bytes;
    enum array_type type;
} types[] = {{"u1", 1, ARRAY_U8},  {"b1", 1, ARRAY_BOOL}, {"i4", 4, ARRAY_I32}, {"i8", 8, ARRAY_I64},
             {"f4", 4, ARRAY_F32}, {"f8", 8, ARRAY_F64},  {"i1", 1, ARRAY_I32}, {"i2", 2, ARRAY_I32},
             {"u2", 2, ARRAY_I32}, {"u4", 4, ARRAY_I64},  {"u8", 8, ARRAY_I64}, {"f2", 2, ARRAY_F32}};

bool npy_is(const void *bytes, size_t n)
{
    return n >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}

/* ---- the header ---- */

struct header {
    const struct npy_type *type;
    bool big_endian, fortran;
    int rank;
    int64_t dim[ARRAY_RANK_MAX];
    size_t start; /* of the elements */
};

/* A reader of the dictionary literal: text ends at `end`. */
struct cursor {
    const char *at, *end;
};

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t'))
        c->at++;
}

static bool take(struct cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* 'text' or "text" of fewer than DESCR_MAX characters. */
static bool take_string(struct cursor *c, char out[DESCR_MAX])
{
    skip_blanks(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    char quote = *c->at++;
    size_t n = 0;
    while (c->at < c->end && *c->at != quote && n + 1 < DESCR_MAX)
        out[n++] = *c->at++;
    out[n] = '\0';
    return c->at < c->end && *c->at++ == quote;
}

static bool take_number(struct cursor *c, int64_t *out)
{
    skip_blanks(c);
    const char *first = c->at;
    *out = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        if (__builtin_mul_overflow(*out, (int64_t)10, out) ||
            __builtin_add_overflow(*out, (int64_t)(*c->at - '0'), out))
            return false;
    take(c, "L"); /* Python 2 wrote long integers so */
    return c->at > first && *first != 'L';
}

static bool take_shape(struct cursor *c, struct header *h)
{
    bool comma = true;
    if (!take(c, "("))
        return false;
    while (!take(c, ")")) {
        if (!comma || h->rank == ARRAY_RANK_MAX || !take_number(c, &h->dim[h->rank++]))
            return false;
        comma = take(c, ",");
    }
    return h->rank != 1 || comma; /* (3) is a number in Python, not a shape */
}

static bool take_descr(struct cursor *c, struct header *h, char descr[DESCR_MAX])
{
    if (!take_string(c, descr) || !descr[0] || !strchr("<>|=", descr[0]))
        return false;
    h->big_endian = descr[0] == '>';
    for (size_t i = 0; i < sizeof types / sizeof *types && !h->type; i++)
        if (strcmp(types[i].descr, descr + 1) == 0)
            h->type = &types[i];
    return true;
}

static bool take_bool(struct cursor *c, bool *out)
{
    *out = take(c, "True");
    return *out || take(c, "False");
}

/* {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with each key once, in any order. */
static bool parse_dictionary(struct cursor *c, struct header *h, char descr[DESCR_MAX])
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool seen[3] = {false, false, false};
    bool comma = true;
    if (!take(c, "{"))
        return false;
    while (!take(c, "}")) {
        char key[DESCR_MAX];
        int k = 0;
        if (!comma || !take_string(c, key) || !take(c, ":"))
            return false;
        while (k < 3 && strcmp(keys[k], key) != 0)
            k++;
        if (k == 3 || seen[k])
            return false;
        seen[k] = true;
        if (k == 0 ? !take_descr(c, h, descr) : k == 1 ? !take_bool(c, &h->fortran) : !take_shape(c, h))
            return false;
        comma = take(c, ",");
    }
    skip_blanks(c);
    return c->at == c->end && seen[0] && seen[1] && seen[2];
}

static bool parse_header(const uint8_t *b, size_t n, const char *path, struct header *h, struct err *e)
{
    char descr[DESCR_MAX] = "";
    if (!npy_is(b, n))
        return err_set(e, ERR_UNREADABLE, "%s: not an NPY file", path);
    if (n < PREFIX_2)
        return err_set(e, ERR_UNREADABLE, "%s: the file ends within its header", path);
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return err_set(e, ERR_UNREADABLE, "%s: NPY version %d.%d; 1.0, 2.0 and 3.0 are known", path, b[6],
                       b[7]);
    size_t prefix = b[6] == 1 ? PREFIX_1 : PREFIX_2;
    size_t length = b[8] | (size_t)b[9] << 8;
    if (b[6] > 1)
        length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (length > n - prefix)
        return err_set(e, ERR_UNREADABLE, "%s: the file ends within its header", path);
    struct cursor c = {(const char *)b + prefix, (const char *)b + prefix + length};
    if (!parse_dictionary(&c, h, descr))
        return err_set(e, ERR_UNREADABLE, "%s: the NPY header is not understood near byte %zu", path,
                       (size_t)(c.at - (const char *)b));
    if (!h->type) {
        err_set(e, ERR_UNREADABLE, "%s: element type %s holds no numbers that poda reads", path, descr);
        return err_hint(e, "save it as a float, integer or bool array");
    }
    h->start = prefix + length;
    return true;
}

/* ---- elements ---- */

static uint64_t element_bits(const struct header *h, const uint8_t *at)
{
    uint64_t bits = 0;
    size_t n = h->type->bytes;
    for (size_t i = 0; i < n; i++)
        bits = bits << 8 | at[h->big_endian ? i : n - 1 - i];
    return bits;
}

static int64_t integer_of(const struct npy_type *type, uint64_t bits)
{
    if (type->descr[0] == 'u' || type->bytes == 8)
        return (int64_t)bits;
    uint64_t sign = 1ull << (8 * type->bytes - 1);
    return (int64_t)((bits ^ sign) - sign);
}

/* Store one element at index i; false for a uint64 above INT64_MAX. */
static bool store(const struct header *h, const uint8_t *at, struct array *a, int64_t i)
{
    uint64_t bits = element_bits(h, at);
    uint32_t low = (uint32_t)bits;
    switch (h->type->type) {
    case ARRAY_F64:
        memcpy(&a->f64[i], &bits, sizeof bits);
        break;
    case ARRAY_F32:
        if (h->type->bytes == 2)
            a->f32[i] = half_to_float((uint16_t)bits);
        else
            memcpy(&a->f32[i], &low, sizeof low);
        break;
    case ARRAY_I64:
        a->i64[i] = integer_of(h->type, bits);
        return h->type->descr[0] != 'u' || a->i64[i] >= 0;
    case ARRAY_I32:
        a->i32[i] = (int32_t)integer_of(h->type, bits);
        break;
    case ARRAY_BOOL:
        a->u8[i] = bits != 0;
        break;
    default:
        a->u8[i] = (uint8_t)bits;
    }
    return true;
}

/* Row-major index of the next element of a file in Fortran order: the first dimension runs fastest. */
static int64_t next_fortran(const struct array *a, int64_t position[ARRAY_RANK_MAX])
{
    int64_t index = 0;
    for (int d = 0; d < a->rank; d++) {
        if (++position[d] < a->dim[d])
            break;
        position[d] = 0;
    }
    for (int d = 0; d < a->rank; d++)
        index = index * a->dim[d] + position[d];
    return index;
}

/* Do the elements lie in the file as they will in memory? */
static bool is_as_is(const struct header *h, const struct array *a)
{
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    bool checked = a->type == ARRAY_BOOL || (a->type == ARRAY_I64 && h->type->descr[0] == 'u');
    return !h->fortran && !checked && h->type->bytes == array_element_size(a->type) &&
           (h->type->bytes == 1 || h->big_endian != little);
}

static bool convert(const struct header *h, const uint8_t *from, struct array *a)
{
    if (is_as_is(h, a)) {
        if (a->n)
            memcpy(a->data, from, (size_t)a->n * h->type->bytes);
        return true;
    }
    int64_t position[ARRAY_RANK_MAX] = {0};
    int64_t index = 0;
    for (int64_t i = 0; i < a->n; i++, from += h->type->bytes) {
        if (!store(h, from, a, index))
            return false;
        index = h->fortran ? next_fortran(a, position) : index + 1;
    }
    return true;
}

bool npy_parse(const void *bytes, size_t n, const char *path, struct array *out, struct err *e)
{
    struct header h = {0};
    struct array a = {0};
    int64_t count;
    if (!parse_header(bytes, n, path, &h, e))
        return false;
    if (!array_make(&a, h.type->type, h.rank, h.dim, n - h.start, h.type->bytes, &count)) {
        struct buf stated = {0};
        if (count < 0)
            buf_puts(&stated, "more than 2^60");
        else
            num_count(&stated, count);
        err_set(e, ERR_UNREADABLE, "%s: its header states %s values of %zu bytes, the file holds %zu bytes",
                path, buf_text(&stated), h.type->bytes, n - h.start);
        buf_release(&stated);
        return false;
    }
    if (!convert(&h, (const uint8_t *)bytes + h.start, &a)) {
        array_release(&a);
        return err_set(e, ERR_UNREADABLE, "%s: a uint64 value is above 2^63 - 1", path);
    }
    *out = a;
    return true;
}

/* ---- writing ---- */

static void write_header(char order, const struct npy_type *type, int rank, const int64_t *dim,
                         struct buf *out)
{
    struct buf text = {0};
    buf_printf(&text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order, type->descr);
    for (int i = 0; i < rank; i++)
        buf_printf(&text, "%lld,%s", (long long)dim[i], i + 1 < rank ? " " : "");
    if (rank > 1)
        text.data[--text.len] = '\0'; /* (3, 4), but (3,) */
    buf_puts(&text, "), }");
    buf_fill(&text, ' ', (ALIGNMENT - (PREFIX_1 + text.len + 1) % ALIGNMENT) % ALIGNMENT);
    buf_putc(&text, '\n');
    buf_add(out, magic, MAGIC);
    buf_putc(out, 1);
    buf_putc(out, 0);
    buf_putc(out, (char)(text.len & 255));
    buf_putc(out, (char)(text.len >> 8));
    buf_add(out, text.data, text.len);
    buf_release(&text);
}

static void write_values(enum array_type type, const void *data, int64_t n, int rank, const int64_t *dim,
                         struct buf *out)
{
    const struct npy_type *t = types;
    while (t->type != type)
        t++;
    write_header(t->bytes == 1 ? '|' : '<', t, rank, dim, out);
    size_t start = out->len, total = (size_t)n * t->bytes;
    buf_add(out, data, total);
    const uint16_t one = 1;
    if (*(const uint8_t *)&one == 1)
        return;
    for (size_t i = 0; i < total; i++) /* a big-endian machine */
        out->data[start + i] = ((const char *)data)[i - i % t->bytes + t->bytes - 1 - i % t->bytes];
}

void npy_write(const struct array *a, struct buf *out)
{
    write_values(a->type, a->data, a->n, a->rank, a->dim, out);
}

void npy_write_floats(const float *values, int rank, const int64_t *dim, struct buf *out)
{
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dim[i];
    write_values(ARRAY_F32, values, n, rank, dim, out);
}
