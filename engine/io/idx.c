/* idx: see idx.h. The format: two zero bytes, a type byte, the rank, the dimensions as big-endian uint32, the elements
 * big-endian (yann.lecun.com/exdb/mnist describes it). */
#include "engine/io/idx.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/num.h"

enum { HEADER = 4, DIMENSION = 4 };

static const struct idx_type {
    uint8_t code;
    uint8_t bytes;
    enum array_type type;
} types[] = {{0x08, 1, ARRAY_U8},  {0x09, 1, ARRAY_I32}, {0x0B, 2, ARRAY_I32},
             {0x0C, 4, ARRAY_I32}, {0x0D, 4, ARRAY_F32}, {0x0E, 8, ARRAY_F64}};

static const struct idx_type *find_type(uint8_t code)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return &types[i];
    return NULL;
}

bool idx_is(const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    return n >= HEADER && b[0] == 0 && b[1] == 0 && find_type(b[2]) && b[3] >= 1 && b[3] <= ARRAY_RANK_MAX;
}

static uint64_t big_endian(const uint8_t *at, size_t bytes)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < bytes; i++)
        bits = bits << 8 | at[i];
    return bits;
}

static void convert(const struct idx_type *type, const uint8_t *from, struct array *out)
{
    if (type->type == ARRAY_U8) {
        if (out->n)
            memcpy(out->u8, from, (size_t)out->n);
        return;
    }
    for (int64_t i = 0; i < out->n; i++, from += type->bytes) {
        uint64_t bits = big_endian(from, type->bytes);
        uint32_t low = (uint32_t)bits;
        if (type->type == ARRAY_F64)
            memcpy(&out->f64[i], &bits, sizeof bits);
        else if (type->type == ARRAY_F32)
            memcpy(&out->f32[i], &low, sizeof low);
        else
            out->i32[i] = type->bytes == 1 ? (int8_t)low : type->bytes == 2 ? (int16_t)low : (int32_t)low;
    }
}

bool idx_parse(const void *bytes, size_t n, const char *path, struct array *out, struct err *e)
{
    const uint8_t *b = bytes;
    int64_t dim[ARRAY_RANK_MAX], count;
    if (!idx_is(bytes, n))
        return err_set(e, ERR_UNREADABLE, "%s: not an IDX file", path);
    const struct idx_type *type = find_type(b[2]);
    int rank = b[3];
    size_t start = HEADER + (size_t)rank * DIMENSION;
    if (n < start)
        return err_set(e, ERR_UNREADABLE, "%s: the file ends within its %zu bytes of header", path, start);
    for (int i = 0; i < rank; i++)
        dim[i] = (int64_t)big_endian(b + HEADER + i * DIMENSION, DIMENSION);
    struct array a = {0};
    if (!array_make(&a, type->type, rank, dim, n - start, type->bytes, &count)) {
        struct buf stated = {0};
        if (count < 0)
            buf_puts(&stated, "more than 2^60");
        else
            num_count(&stated, count);
        err_set(e, ERR_UNREADABLE, "%s: its header states %s values of %d bytes, the file holds %zu bytes",
                path, buf_text(&stated), type->bytes, n - start);
        buf_release(&stated);
        return false;
    }
    convert(type, b + start, &a);
    *out = a;
    return true;
}
