/* Edits of a model's message: what is not named stays to the byte, numbers are written back in their type. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_onnx.h"

#define DATA "tests/data/onnx/"

/* Serialise, free the edit, and read the result. */
static struct model_file *result(struct model_edit *edit, struct buf *bytes)
{
    struct err e = {0};
    assert_true(model_edit_serialise(edit, bytes, NULL));
    model_edit_free(edit);
    struct model_file *m = model_file_parse(bytes->data, bytes->len, "result", &e);
    if (!m)
        fail_msg("%s", e.message);
    return m;
}

static int count(const struct buf *b, const void *bytes, size_t n)
{
    int found = 0;
    for (size_t i = 0; i + n <= b->len; i++)
        found += memcmp(b->data + i, bytes, n) == 0;
    return found;
}

/* ---- nothing edited: the same message but for the order of its fields ---- */

/* Which fields of a message are messages (ONNX standard, those that onnx.proto lists). */
enum kind { OPAQUE, MODEL, GRAPH, NODE, ATTRIBUTE, TENSOR, PORT, TYPE, TENSOR_TYPE, SHAPE, LEAF };
static const struct {
    enum kind in;
    unsigned field;
    enum kind is;
} messages[] = {{MODEL, 7, GRAPH},    {MODEL, 8, LEAF},       {MODEL, 14, LEAF},      {GRAPH, 1, NODE},
                {GRAPH, 5, TENSOR},   {GRAPH, 11, PORT},      {GRAPH, 12, PORT},      {GRAPH, 13, PORT},
                {NODE, 5, ATTRIBUTE}, {ATTRIBUTE, 5, TENSOR}, {ATTRIBUTE, 6, GRAPH},  {ATTRIBUTE, 10, TENSOR},
                {TENSOR, 13, LEAF},   {PORT, 2, TYPE},        {TYPE, 1, TENSOR_TYPE}, {TENSOR_TYPE, 2, SHAPE},
                {SHAPE, 1, LEAF}};

struct part {
    uint64_t key;
    size_t order;
    struct buf bytes;
};

static uint64_t take_varint(const uint8_t *bytes, size_t *at)
{
    uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
        v |= (uint64_t)(bytes[*at] & 127) << shift;
        if (bytes[(*at)++] < 128)
            return v;
    }
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void canonical(const uint8_t *bytes, size_t n, enum kind kind, struct buf *out);

/* One field as its key and its payload, which is made canonical if it is a message. */
static void take_part(const uint8_t *bytes, size_t *at, enum kind kind, struct part *part)
{
    part->key = take_varint(bytes, at);
    size_t start = *at;
    switch (part->key & 7) {
    case 0:
        take_varint(bytes, at);
        break;
    case 1:
        *at += 8;
        break;
    case 5:
        *at += 4;
        break;
    default: {
        size_t length = take_varint(bytes, at);
        enum kind is = OPAQUE;
        for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
            if (messages[i].in == kind && messages[i].field == part->key >> 3)
                is = messages[i].is;
        if (is == OPAQUE)
            buf_add(&part->bytes, bytes + *at, length);
        else
            canonical(bytes + *at, length, is, &part->bytes);
        *at += length;
        return;
    }
    }
    buf_add(&part->bytes, bytes + start, *at - start);
}

/* The message with its fields in order of their numbers, in every message that it holds. */
static void canonical(const uint8_t *bytes, size_t n, enum kind kind, struct buf *out)
{
    struct part *parts = NULL;
    size_t used = 0, capacity = 0;
    for (size_t at = 0; at < n; used++) {
        parts = mem_grow(parts, used, &capacity, sizeof *parts);
        parts[used] = (struct part){.order = used};
        take_part(bytes, &at, kind, &parts[used]);
    }
    if (used)
        qsort(parts, used, sizeof *parts, compare_parts);
    for (size_t i = 0; i < used; i++) {
        buf_printf(out, "%llu:%zu:", (unsigned long long)parts[i].key, parts[i].bytes.len);
        buf_add(out, parts[i].bytes.data, parts[i].bytes.len);
        buf_release(&parts[i].bytes);
    }
    free(parts);
}

static void test_unedited_is_the_same_message(void **state)
{
    (void)state;
    static const char *const paths[] = {DATA "mlp.onnx",        DATA "conv.onnx", DATA "types.onnx",
                                        DATA "attributes.onnx", DATA "ml.onnx",   DATA "rich.onnx",
                                        DATA "ir3.onnx"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct buf before = {0}, after = {0}, a = {0}, b = {0};
        struct model_file *m = read_model(paths[i]);
        struct model_edit *edit = model_edit_new(m, NULL);
        model_file_free(m);
        assert_true(file_read(paths[i], 1 << 20, &before, NULL));
        model_file_free(result(edit, &after));
        assert_int_equal(before.len, after.len);
        canonical((const uint8_t *)before.data, before.len, MODEL, &a);
        canonical((const uint8_t *)after.data, after.len, MODEL, &b);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        buf_release(&before);
        buf_release(&after);
        buf_release(&a);
        buf_release(&b);
    }
}

static void test_what_poda_does_not_know_survives_edits(void **state)
{
    (void)state;
    static const char *const kept[] = {"unknown field of node",
                                       "unknown field of attribute",
                                       "unknown field of tensor",
                                       "unknown field of type",
                                       "unknown field of graph",
                                       "unknown field of model",
                                       "a weight",
                                       "a node",
                                       "a graph",
                                       "a model",
                                       "an input",
                                       "org.example",
                                       "nobody",
                                       "SCALE_TENSOR",
                                       "DATA_BATCH"};
    struct buf bytes = {0};
    struct model_file *m = read_model(DATA "rich.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    const float w[6] = {1, 2, 3, 4, 5, 6};
    assert_true(model_edit_tensor(edit, "w", &(struct shape){2, {3, 2}}, w, NULL));
    model_file_free(m);
    m = result(edit, &bytes);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (count(&bytes, kept[i], strlen(kept[i])) != 1)
            fail_msg("%s is lost", kept[i]);
    assert_memory_equal(tensor_of(m, "w")->tensor->f, w, sizeof w);
    model_file_free(m);
    buf_release(&bytes);
}

static void test_value_info_is_dropped(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct model_file *m = read_model(DATA "rich.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    model_edit_drop_value_info(edit);
    model_file_free(m);
    model_file_free(result(edit, &bytes));
    assert_int_equal(count(&bytes, "hidden", 6), 0);
    assert_int_equal(count(&bytes, "unknown field of graph", 22), 1);
    buf_release(&bytes);
}

/* ---- numbers go back into their type ---- */

/* 1 + 2^-9 + 2^-12 lies between two halves and goes to the nearer one, in bfloat16 to 1. */
static void test_float_types(void **state)
{
    (void)state;
    static const char *const types[] = {"float", "float16", "bfloat16", "double"};
    static const int codes[] = {1, 10, 16, 11};
    const float v[4] = {0, -0.5f, 1 + 0x1p-9f + 0x1p-12f, 70000};
    const float expect[4][4] = {{0, -0.5f, 1 + 0x1p-9f + 0x1p-12f, 70000},
                                {0, -0.5f, 1 + 0x1p-9f, INFINITY},
                                {0, -0.5f, 1, 70144},
                                {0, -0.5f, 1 + 0x1p-9f + 0x1p-12f, 70000}};
    for (int k = 0; k < 8; k++) {
        struct buf name = {0}, bytes = {0};
        struct model_file *m = read_model(DATA "types.onnx");
        struct model_edit *edit = model_edit_new(m, NULL);
        buf_printf(&name, "%s_%s", types[k / 2], k % 2 ? "typed" : "raw");
        assert_true(model_edit_tensor(edit, buf_text(&name), &(struct shape){2, {1, 4}}, v, NULL));
        model_file_free(m);
        m = result(edit, &bytes);
        const struct source_tensor *t = tensor_of(m, buf_text(&name));
        assert_int_equal(t->file_type, codes[k / 2]);
        assert_int_equal(t->tensor->shape.dim[0], 1);
        assert_int_equal(t->tensor->shape.dim[1], 4);
        assert_memory_equal(t->tensor->f, expect[k / 2], sizeof expect[0]);
        model_file_free(m);
        buf_release(&name);
        buf_release(&bytes);
    }
}

static void test_integer_types(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int64_t low, high;
    } types[] = {{"int8", -128, 127},
                 {"int16", -32768, 32767},
                 {"int32", INT32_MIN, INT32_MAX},
                 {"int64", INT32_MIN, INT32_MAX},
                 {"uint8", 0, 255},
                 {"uint16", 0, 65535},
                 {"uint32", 0, INT32_MAX},
                 {"uint64", 0, INT32_MAX}}; /* as read: int32 */
    const int64_t v[3] = {7, -((int64_t)1 << 40), (int64_t)1 << 40};
    for (int k = 0; k < 16; k++) {
        struct buf name = {0}, bytes = {0};
        struct model_file *m = read_model(DATA "types.onnx");
        struct model_edit *edit = model_edit_new(m, NULL);
        buf_printf(&name, "%s_%s", types[k / 2].type, k % 2 ? "typed" : "raw");
        assert_true(model_edit_integers(edit, buf_text(&name), &(struct shape){1, {3}}, v, NULL));
        model_file_free(m);
        m = result(edit, &bytes);
        const struct tensor *t = tensor_of(m, buf_text(&name))->tensor;
        assert_int_equal(t->i[0], 7);
        assert_int_equal(t->i[1], types[k / 2].low);
        assert_int_equal(t->i[2], types[k / 2].high);
        model_file_free(m);
        buf_release(&name);
        buf_release(&bytes);
    }
}

/* 0.1 and 0.3 as doubles keep all their bits though poda reads floats; 2^40 and the largest int64 likewise. */
static void test_unchanged_elements_keep_their_bytes(void **state)
{
    (void)state;
    const double tenth = 0.1, fifth = 0.2, three = 0.3, zero = 0;
    struct buf bytes = {0};
    struct model_file *m = read_model(DATA "types.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_true(model_edit_tensor(edit, "tenths", &(struct shape){1, {3}}, (float[]){0.1f, 0, 0.3f}, NULL));
    assert_true(model_edit_integers(edit, "large", &(struct shape){1, {4}},
                                    (int64_t[]){INT32_MAX, 5, INT32_MAX, INT32_MIN}, NULL));
    model_file_free(m);
    m = result(edit, &bytes);
    assert_int_equal(count(&bytes, (double[]){tenth, zero, three}, 24), 1);
    assert_int_equal(count(&bytes, &fifth, 8), 0);
    assert_int_equal(tensor_of(m, "large")->tensor->i[1], 5);
    model_file_free(m);
    /* int64_data is packed varints: 2^40 takes 6 bytes, 2^63 - 1 takes 9 */
    assert_int_equal(count(&bytes, "\x80\x80\x80\x80\x80\x20\x05\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 16),
                     1);
    buf_release(&bytes);
}

/* raw_data stays raw_data (field 9), float_data stays float_data (field 4). */
static void test_fields_stay(void **state)
{
    (void)state;
    const float v[6] = {11, 12, 13, 14, 15, 16};
    for (int k = 0; k < 2; k++) {
        struct buf bytes = {0}, field = {0};
        struct model_file *m = read_model(DATA "types.onnx");
        struct model_edit *edit = model_edit_new(m, NULL);
        assert_true(
            model_edit_tensor(edit, k ? "float_typed" : "float_raw", &(struct shape){2, {2, 3}}, v, NULL));
        model_file_free(m);
        model_file_free(result(edit, &bytes));
        buf_putc(&field, (char)((k ? 4 : 9) << 3 | 2));
        buf_putc(&field, sizeof v);
        buf_add(&field, v, sizeof v);
        assert_int_equal(count(&bytes, field.data, field.len), 1);
        buf_release(&bytes);
        buf_release(&field);
    }
}

/* ---- Constant nodes, attributes, inputs ---- */

static const struct attr *attr_of(const struct model_file *m, int node, const char *name)
{
    const struct source_node *n = &model_file_source(m)->nodes[node];
    for (int i = 0; i < n->n_attrs; i++)
        if (strcmp(n->attrs[i].name, name) == 0)
            return &n->attrs[i];
    fail_msg("no attribute %s", name);
    return NULL;
}

static void test_constant_nodes(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct err e = {0};
    const struct shape two = {1, {2}}, scalar = {0, {0}};
    struct model_file *m = read_model(DATA "attributes.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_true(model_edit_integers(edit, "c_tensor", &two, (int64_t[]){-1, 4}, NULL));
    assert_true(model_edit_tensor(edit, "c_float", &two, (float[]){1, 2}, NULL));
    assert_true(model_edit_tensor(edit, "c_floats", &two, (float[]){3, 4}, NULL));
    assert_true(model_edit_integers(edit, "c_int", &scalar, (int64_t[]){9}, NULL));
    assert_true(model_edit_integers(edit, "c_ints", &two, (int64_t[]){5, 6}, NULL));
    assert_false(model_edit_integers(edit, "c_string", &two, (int64_t[]){5, 6}, &e));
    assert_int_equal(e.code, ERR_UNKNOWN);
    err_release(&e);
    assert_false(model_edit_tensor(edit, "y", &two, (float[]){3, 4}, &e));
    assert_string_equal(e.message, "the model has no constant y");
    err_release(&e);
    model_file_free(m);
    m = result(edit, &bytes);
    const int expect_type[5] = {DT_I32, DT_F32, DT_F32, DT_I32, DT_I32};
    const double expect[5][2] = {{-1, 4}, {1, 2}, {3, 4}, {9, 0}, {5, 6}};
    for (int i = 0; i < 5; i++) {
        const struct tensor *t = attr_of(m, i, "value")->tensor;
        assert_int_equal(t->type, expect_type[i]);
        assert_int_equal(t->shape.rank, i != 3);
        for (int k = 0; k < (i == 3 ? 1 : 2); k++)
            assert_true((t->type == DT_I32 ? t->i[k] : (double)t->f[k]) == expect[i][k]);
    }
    assert_int_equal(attr_of(m, 5, "value_string")->kind, ATTR_STRING);
    model_file_free(m);
    buf_release(&bytes);
}

static void test_text_is_no_number(void **state)
{
    (void)state;
    struct err e = {0};
    struct model_file *m = read_model(DATA "types.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_false(model_edit_tensor(edit, "text", &(struct shape){1, {1}}, (float[]){1}, &e));
    assert_string_equal(e.message, "constant text holds no numbers (element type 8)");
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    err_release(&e);
    model_edit_free(edit);
    model_file_free(m);
}

static void test_attributes(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct err e = {0};
    struct model_file *m = read_model(DATA "conv.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_true(model_edit_attr(edit, 0, "group", (int64_t[]){1}, 1, NULL));
    assert_true(model_edit_attr(edit, 0, "pads", (int64_t[]){0, 1, 2, 3}, 4, NULL));
    assert_true(model_edit_attr(edit, 0, "split", (int64_t[]){3, 5}, 2, NULL)); /* new */
    assert_false(model_edit_attr(edit, 0, "group", (int64_t[]){1, 2}, 2, &e));
    assert_string_equal(e.message, "attribute group of Conv /0/Conv (node 0) does not take 2 integers");
    err_release(&e);
    assert_false(model_edit_attr(edit, 3, "mode", (int64_t[]){1}, 1, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    err_release(&e);
    model_file_free(m);
    m = result(edit, &bytes);
    assert_int_equal(attr_of(m, 0, "group")->kind, ATTR_INT);
    assert_int_equal(attr_of(m, 0, "group")->ints[0], 1);
    assert_int_equal(attr_of(m, 0, "pads")->ints[3], 3);
    assert_int_equal(attr_of(m, 0, "split")->kind, ATTR_INTS);
    assert_int_equal(attr_of(m, 0, "split")->ints[1], 5);
    model_file_free(m);
    buf_release(&bytes);
}

static void test_rewiring(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct err e = {0};
    const struct shape three = {1, {3}};
    struct model_file *m = read_model(DATA "mlp.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_true(model_edit_rewire(edit, 2, 2, "own.bias", &three, (float[]){1, 2, 3}, NULL));
    assert_true(model_edit_rewire_integers(edit, 1, 2, "sizes", &three, (int64_t[]){4, 5, 6}, NULL));
    assert_false(model_edit_rewire(edit, 1, 1, "0.weight", &three, (float[]){1, 2, 3}, &e));
    assert_string_equal(e.message, "the name 0.weight is taken in the model");
    err_release(&e);
    assert_false(model_edit_rewire(edit, 1, 1, "input", &three, (float[]){1, 2, 3}, NULL));
    assert_false(model_edit_rewire(edit, 1, 1, "output", &three, (float[]){1, 2, 3}, NULL));
    model_file_free(m);
    m = result(edit, &bytes);
    const struct source *s = model_file_source(m);
    assert_string_equal(s->nodes[2].inputs[2], "own.bias");
    assert_true(tensor_of(m, "own.bias")->tensor->f[2] == 3);
    assert_int_equal(tensor_of(m, "own.bias")->file_type, 1);
    assert_int_equal(s->nodes[1].n_inputs, 3);
    assert_string_equal(s->nodes[1].inputs[1], "");
    assert_string_equal(s->nodes[1].inputs[2], "sizes");
    assert_int_equal(tensor_of(m, "sizes")->file_type, 7);
    assert_int_equal(s->n_tensors, 5); /* nobody else read the old bias: it left */
    model_file_free(m);
    buf_release(&bytes);
}

/* The new initializer takes the type of the one it stands in for. */
static void test_rewiring_keeps_the_type(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct model_file *m = read_model(DATA "external/model.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_true(model_edit_rewire(edit, 1, 0, "c2", &(struct shape){1, {2}}, (float[]){1, 2}, NULL));
    model_file_free(m);
    m = result(edit, &bytes);
    assert_int_equal(tensor_of(m, "c2")->file_type, 10);
    model_file_free(m);
    buf_release(&bytes);
}

/* Before IR version 4 an initializer's shape is stated twice. */
static void test_listed_inputs_follow(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct model_file *m = read_model(DATA "ir3.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    assert_true(model_edit_tensor(edit, "w", &(struct shape){2, {3, 1}}, (float[]){1, 2, 3}, NULL));
    assert_true(model_edit_rewire(edit, 0, 2, "b2", &(struct shape){1, {1}}, (float[]){1}, NULL));
    model_file_free(m);
    m = result(edit, &bytes);
    assert_int_equal(model_file_source(m)->n_inputs, 1);
    model_file_free(m);
    /* dim { dim_value: 3 } dim { dim_value: 1 }, and an input b2 of type float and shape (1) */
    assert_int_equal(count(&bytes, "\x0a\x02\x08\x03\x0a\x02\x08\x01", 8), 1);
    assert_int_equal(count(&bytes, "\x0a\x02\x62\x32\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01", 16),
                     1);
    buf_release(&bytes);
}

static void test_external_data_are_embedded(void **state)
{
    (void)state;
    const double b[2] = {0.1, 0.2};
    struct buf bytes = {0};
    struct model_file *m = read_model(DATA "external/model.onnx");
    struct model_edit *edit = model_edit_new(m, NULL);
    struct tensor *w = tensor_copy(tensor_of(m, "w")->tensor);
    model_file_free(m);
    m = result(edit, &bytes);
    assert_memory_equal(tensor_of(m, "w")->tensor->f, w->f, 24);
    assert_int_equal(count(&bytes, b, sizeof b), 1);
    assert_int_equal(count(&bytes, "weights.bin", 11), 0);
    assert_int_equal(count(&bytes, "location", 8), 0);
    tensor_free(w);
    model_file_free(m);
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unedited_is_the_same_message),
        cmocka_unit_test(test_what_poda_does_not_know_survives_edits),
        cmocka_unit_test(test_value_info_is_dropped),
        cmocka_unit_test(test_float_types),
        cmocka_unit_test(test_integer_types),
        cmocka_unit_test(test_unchanged_elements_keep_their_bytes),
        cmocka_unit_test(test_fields_stay),
        cmocka_unit_test(test_constant_nodes),
        cmocka_unit_test(test_text_is_no_number),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_rewiring),
        cmocka_unit_test(test_rewiring_keeps_the_type),
        cmocka_unit_test(test_listed_inputs_follow),
        cmocka_unit_test(test_external_data_are_embedded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
