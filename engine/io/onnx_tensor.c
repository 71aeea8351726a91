/* onnx_tensor: see onnx_tensor.h. Every type passes through its bits: bits from raw_data or a typed field, bits to an element
 * of four bytes, and the same way back. */
#include "engine/io/onnx_tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/half.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

enum {
    ONNX_FLOAT = 1,
    ONNX_UINT8 = 2,
    ONNX_INT8 = 3,
    ONNX_UINT16 = 4,
    ONNX_INT16 = 5,
    ONNX_INT32 = 6,
    ONNX_INT64 = 7,
    ONNX_BOOL = 9,
    ONNX_FLOAT16 = 10,
    ONNX_DOUBLE = 11,
    ONNX_UINT32 = 12,
    ONNX_UINT64 = 13,
    ONNX_BFLOAT16 = 16
};

static const struct onnx_type types[] = {
    {ONNX_FLOAT, "float", 4, DT_F32, FIELD_FLOATS},       {ONNX_UINT8, "uint8", 1, DT_I32, FIELD_INT32S},
    {ONNX_INT8, "int8", 1, DT_I32, FIELD_INT32S},         {ONNX_UINT16, "uint16", 2, DT_I32, FIELD_INT32S},
    {ONNX_INT16, "int16", 2, DT_I32, FIELD_INT32S},       {ONNX_INT32, "int32", 4, DT_I32, FIELD_INT32S},
    {ONNX_INT64, "int64", 8, DT_I32, FIELD_INT64S},       {ONNX_BOOL, "bool", 1, DT_BOOL, FIELD_INT32S},
    {ONNX_FLOAT16, "float16", 2, DT_F32, FIELD_INT32S},   {ONNX_DOUBLE, "double", 8, DT_F32, FIELD_DOUBLES},
    {ONNX_UINT32, "uint32", 4, DT_I32, FIELD_UINT64S},    {ONNX_UINT64, "uint64", 8, DT_I32, FIELD_UINT64S},
    {ONNX_BFLOAT16, "bfloat16", 2, DT_F32, FIELD_INT32S},
};

const struct onnx_type *onnx_type_find(int code)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return &types[i];
    return NULL;
}

/* ---- shape and length ---- */

static void print_dims(const struct onnx_tensor *t, struct buf *out)
{
    for (size_t i = 0; i < t->rank && i <= SHAPE_MAX; i++)
        buf_printf(out, "%s%lld", i ? "x" : "", (long long)t->dim[i]);
    buf_puts(out, t->rank > SHAPE_MAX + 1 ? "x..." : t->rank ? "" : "scalar");
}

/* Elements that the file holds data for. */
static size_t elements_held(const struct onnx_tensor *t, const struct onnx_type *type)
{
    if (t->raw || t->read)
        return t->raw_bytes / type->bytes;
    switch (type->field) {
    case FIELD_FLOATS:
        return t->n_floats;
    case FIELD_INT32S:
        return t->n_int32s;
    case FIELD_INT64S:
        return t->n_int64s;
    case FIELD_DOUBLES:
        return t->n_doubles;
    case FIELD_UINT64S:
        break;
    }
    return t->n_uint64s;
}

/* The product of the dimensions, negative ones aside; saturates. */
static int64_t product(const struct onnx_tensor *t)
{
    int64_t count = 1;
    for (size_t i = 0; i < t->rank; i++)
        if (t->dim[i] == 0)
            return 0;
    for (size_t i = 0; i < t->rank; i++)
        if (__builtin_mul_overflow(count, t->dim[i], &count))
            return INT64_MAX;
    return count;
}

bool onnx_tensor_shape(const struct onnx_tensor *t, struct shape *shape, int64_t *count, struct err *e)
{
    struct buf dims = {0};
    bool ok = true;
    print_dims(t, &dims);
    for (size_t i = 0; i < t->rank && ok; i++)
        if (t->dim[i] < 0)
            ok = err_set(e, ERR_UNREADABLE, "its shape %s has a negative dimension", buf_text(&dims));
    if (ok && t->rank > SHAPE_MAX)
        ok = err_set(e, ERR_UNSUPPORTED, "it has %zu dimensions, more than %d", t->rank, SHAPE_MAX);
    *count = ok ? product(t) : 0;
    if (*count > TENSOR_ELEMENTS_MAX) {
        struct buf stated = {0};
        num_count(&stated, *count);
        const struct onnx_type *type = onnx_type_find(t->type);
        ok = err_set(e, ERR_UNREADABLE, "it states %s = %s%s elements, the file holds %zu", buf_text(&dims),
                     *count == INT64_MAX ? "more than " : "", buf_text(&stated),
                     type ? elements_held(t, type) : 0);
        buf_release(&stated);
    }
    buf_release(&dims);
    if (!ok)
        return false;
    shape->rank = (int)t->rank;
    for (size_t i = 0; i < t->rank; i++)
        shape->dim[i] = t->dim[i];
    return true;
}

static bool check_length(const struct onnx_tensor *t, const struct onnx_type *type, int64_t count,
                         struct err *e)
{
    size_t held = elements_held(t, type);
    bool raw = t->raw || t->read, whole = !raw || t->raw_bytes % type->bytes == 0;
    if (held == (size_t)count && whole)
        return true;
    struct buf dims = {0}, stated = {0};
    print_dims(t, &dims);
    num_count(&stated, count);
    if (raw)
        err_set(e, ERR_UNREADABLE, "it states %s = %s elements of %s, the file holds %zu bytes for them",
                buf_text(&dims), buf_text(&stated), type->name, t->raw_bytes);
    else
        err_set(e, ERR_UNREADABLE, "it states %s = %s elements of %s, the file holds %zu", buf_text(&dims),
                buf_text(&stated), type->name, held);
    buf_release(&dims);
    buf_release(&stated);
    return false;
}

/* ---- bits ---- */

uint64_t onnx_raw_bits(const struct onnx_type *type, const uint8_t *raw, int64_t i)
{
    uint64_t bits = 0;
    const uint8_t *at = raw + (size_t)i * type->bytes;
    for (size_t b = 0; b < type->bytes; b++)
        bits |= (uint64_t)at[b] << 8 * b;
    return bits;
}

int64_t onnx_raw_signed(const struct onnx_type *type, const uint8_t *raw, int64_t i)
{
    uint64_t bits = onnx_raw_bits(type, raw, i);
    uint64_t sign = 1ull << (8 * type->bytes - 1);
    bool has_sign = type->code == ONNX_INT8 || type->code == ONNX_INT16 || type->code == ONNX_INT32;
    return (int64_t)(has_sign ? (bits ^ sign) - sign : bits);
}

static uint64_t bits_of_double(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static uint64_t bits_of_float(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static uint64_t element_bits(const struct onnx_tensor *t, const struct onnx_type *type, int64_t i)
{
    if (t->raw)
        return onnx_raw_bits(type, t->raw, i);
    uint64_t mask = type->bytes == 8 ? ~0ull : (1ull << 8 * type->bytes) - 1;
    switch (type->field) {
    case FIELD_FLOATS:
        return bits_of_float(t->floats[i]);
    case FIELD_INT32S:
        return (uint64_t)(int64_t)t->int32s[i] & mask;
    case FIELD_INT64S:
        return (uint64_t)t->int64s[i];
    case FIELD_DOUBLES:
        return bits_of_double(t->doubles[i]);
    case FIELD_UINT64S:
        break;
    }
    return t->uint64s[i] & mask;
}

/* ---- to an element of four bytes ---- */

static float real_of(int code, uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float f;
    double d;
    switch (code) {
    case ONNX_FLOAT16:
        return half_to_float((uint16_t)bits);
    case ONNX_BFLOAT16:
        return bfloat16_to_float((uint16_t)bits);
    case ONNX_DOUBLE:
        memcpy(&d, &bits, sizeof d);
        return (float)d;
    case ONNX_BOOL:
        return bits ? 1.0f : 0.0f;
    default:
        memcpy(&f, &low, sizeof f);
        return f;
    }
}

static int32_t saturated(int64_t v)
{
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

static int32_t integer_of(int code, uint64_t bits)
{
    switch (code) {
    case ONNX_INT8:
        return (int8_t)bits;
    case ONNX_INT16:
        return (int16_t)bits;
    case ONNX_INT32:
        return (int32_t)bits;
    case ONNX_INT64:
        return saturated((int64_t)bits);
    default: /* unsigned */
        return bits > INT32_MAX ? INT32_MAX : (int32_t)bits;
    }
}

/* The element as the four bytes that a tensor holds. */
static uint32_t element_word(const struct onnx_tensor *t, const struct onnx_type *type, int64_t i)
{
    uint64_t bits = element_bits(t, type, i);
    if (type->dtype == DT_I32)
        return (uint32_t)integer_of(type->code, bits);
    return (uint32_t)bits_of_float(real_of(type->code, bits));
}

/* Does raw_data hold the elements as a tensor wants them? */
static bool raw_is_ready(const struct onnx_tensor *t)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 1 && (t->type == ONNX_FLOAT || t->type == ONNX_INT32);
}

/* Where the elements already lie as a tensor wants them; NULL if they must be converted. */
static const void *as_is(const struct onnx_tensor *t)
{
    if (t->raw)
        return raw_is_ready(t) ? t->raw : NULL;
    return t->type == ONNX_FLOAT ? (const void *)t->floats : t->type == ONNX_INT32 ? t->int32s : NULL;
}

static void convert(const struct onnx_tensor *t, const struct onnx_type *type, int64_t count,
                    struct tensor *out)
{
    const void *ready = as_is(t);
    if (ready && count)
        memcpy(out->data, ready, (size_t)count * sizeof(float));
    for (int64_t i = 0; i < count && !ready; i++) {
        uint32_t word = element_word(t, type, i);
        memcpy((char *)out->data + (size_t)i * sizeof word, &word, sizeof word);
    }
}

static bool fetch(const struct onnx_tensor *t, const struct onnx_type *type, int64_t count,
                  struct tensor *out, struct err *e)
{
    if (raw_is_ready(t))
        return t->read(t->from, out->data, t->raw_bytes, e);
    struct onnx_tensor here = *t;
    uint8_t *raw = mem_alloc(t->raw_bytes, 1);
    bool ok = t->read(t->from, raw, t->raw_bytes, e);
    here.raw = raw;
    here.read = NULL;
    if (ok)
        convert(&here, type, count, out);
    free(raw);
    return ok;
}

struct tensor *onnx_tensor_decode(const struct onnx_tensor *t, struct err *e)
{
    struct shape shape;
    int64_t count;
    const struct onnx_type *type = onnx_type_find(t->type);
    if (!type) {
        err_set(e, ERR_UNSUPPORTED, "its element type %d holds no numbers that poda computes with", t->type);
        return NULL;
    }
    if (!onnx_tensor_shape(t, &shape, &count, e) || !check_length(t, type, count, e))
        return NULL;
    struct tensor *out = tensor_new(type->dtype, &shape);
    if (!t->read) {
        convert(t, type, count, out);
        return out;
    }
    if (fetch(t, type, count, out, e))
        return out;
    tensor_free(out);
    return NULL;
}

/* ---- back ---- */

static uint64_t bits_from_real(int code, float v)
{
    switch (code) {
    case ONNX_FLOAT:
        return bits_of_float(v);
    case ONNX_FLOAT16:
        return half_from_float(v);
    case ONNX_BFLOAT16:
        return bfloat16_from_float(v);
    default:
        return bits_of_double(v);
    }
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

static uint64_t bits_from_integer(int code, int64_t v)
{
    switch (code) {
    case ONNX_UINT8:
        return (uint64_t)clamp(v, 0, UINT8_MAX);
    case ONNX_INT8:
        return (uint8_t)clamp(v, INT8_MIN, INT8_MAX);
    case ONNX_UINT16:
        return (uint64_t)clamp(v, 0, UINT16_MAX);
    case ONNX_INT16:
        return (uint16_t)clamp(v, INT16_MIN, INT16_MAX);
    case ONNX_INT32:
        return (uint32_t)clamp(v, INT32_MIN, INT32_MAX);
    case ONNX_UINT32:
        return (uint64_t)clamp(v, 0, UINT32_MAX);
    case ONNX_UINT64:
        return (uint64_t)clamp(v, 0, INT64_MAX);
    case ONNX_BOOL:
        return v != 0;
    default:
        return (uint64_t)v;
    }
}

/* Nearest integer, ties to even, of a real that may be anything. */
static int64_t integer_from_real(float v)
{
    if (v != v)
        return 0;
    return v >= 0x1p63f ? INT64_MAX : v <= -0x1p63f ? INT64_MIN : (int64_t)rintf(v);
}

static uint64_t new_bits(const struct onnx_type *type, const float *floats, const int64_t *integers,
                         int64_t i)
{
    if (type->dtype == DT_F32)
        return bits_from_real(type->code, floats ? floats[i] : (float)integers[i]);
    return bits_from_integer(type->code, floats ? integer_from_real(floats[i]) : integers[i]);
}

/* Does the old element read as the very number that is to be written? */
static bool unchanged(const struct onnx_type *type, const struct onnx_tensor *old, const float *floats,
                      const int64_t *integers, int64_t i)
{
    uint32_t word = element_word(old, type, i);
    if (type->dtype == DT_I32)
        return word == (uint32_t)saturated(integers ? integers[i] : integer_from_real(floats[i]));
    return word == (uint32_t)bits_of_float(floats ? floats[i] : (float)integers[i]);
}

void onnx_tensor_encode(int code, const float *floats, const int64_t *integers, int64_t n,
                        const struct onnx_tensor *old, struct buf *raw)
{
    const struct onnx_type *type = onnx_type_find(code);
    bool keep = old && old->type == code && elements_held(old, type) == (size_t)n;
    size_t start = raw->len;
    buf_fill(raw, 0, (size_t)n * type->bytes);
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = keep && unchanged(type, old, floats, integers, i)
                            ? element_bits(old, type, i)
                            : new_bits(type, floats, integers, i);
        uint8_t *at = (uint8_t *)raw->data + start + (size_t)i * type->bytes;
        for (size_t b = 0; b < type->bytes; b++)
            at[b] = (uint8_t)(bits >> 8 * b);
    }
}
