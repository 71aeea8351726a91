/* Model files that are wrong: messages built here byte by byte, damaged files, external data outside the folder. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/rng.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_onnx.h"

#define DATA "tests/data/onnx/"

enum { ANY_CODE = -1 };

/* Parsing must fail with the code, and the message hold "some/m.onnx: " first and the part. */
static void refuse_bytes(const void *bytes, size_t n, int code, const char *part)
{
    struct err e = {0};
    struct model_file *m = model_file_parse(bytes, n, "some/m.onnx", &e);
    assert_null(m);
    if (strncmp(e.message, "some/m.onnx: ", 13) != 0 || !strstr(e.message, part))
        fail_msg("%s: lacks %s", e.message, part);
    if (code != ANY_CODE)
        assert_int_equal(e.code, code);
    err_release(&e);
}

static void refuse(struct buf *model, int code, const char *part)
{
    refuse_bytes(buf_text(model), model->len, code, part);
    buf_release(model);
}

/* A model with one float initializer of these dimensions and so many bytes of raw data. */
static void refuse_tensor(const int64_t *dim, int rank, int type, size_t raw, int code, const char *part)
{
    struct buf t = {0}, graph = {0}, model = {0}, data = {0};
    for (int i = 0; i < rank; i++)
        put_int(&t, 1, dim[i]);
    put_int(&t, 2, type);
    put_text(&t, 8, "layer/\x1b[1mW");
    buf_fill(&data, 0, raw);
    put_message(&t, 9, &data);
    put_message(&graph, 5, &t);
    make_model(&model, &graph, 13);
    refuse(&model, code, part);
}

static void test_tensors_that_do_not_fit(void **state)
{
    (void)state;
    refuse_tensor((int64_t[]){1024, 1 << 30}, 2, 1, 64, ERR_UNREADABLE,
                  "initializer layer/\\x1b[1mW: it states 1024x1073741824 = 1,099,511,627,776 elements, the "
                  "file holds 16");
    refuse_tensor((int64_t[]){INT64_MAX, 3}, 2, 1, 4, ERR_UNREADABLE, "more than 9,223,372,036,854,775,807");
    refuse_tensor((int64_t[]){0, INT64_MAX, 3}, 3, 1, 4, ERR_UNREADABLE,
                  "0 elements of float, the file holds 4 bytes");
    refuse_tensor((int64_t[]){2, -3}, 2, 1, 24, ERR_UNREADABLE, "2x-3 has a negative dimension");
    refuse_tensor((int64_t[]){2, 3}, 2, 1, 20, ERR_UNREADABLE,
                  "2x3 = 6 elements of float, the file holds 20 bytes");
    refuse_tensor((int64_t[]){2, 3}, 2, 1, 25, ERR_UNREADABLE, "holds 25 bytes");
    refuse_tensor((int64_t[]){2, 3}, 2, 7, 24, ERR_UNREADABLE,
                  "6 elements of int64, the file holds 24 bytes");
    refuse_tensor((int64_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, 9, 1, 4, ERR_UNSUPPORTED, "9 dimensions");
    refuse_tensor((int64_t[]){(int64_t)1 << 31, 1}, 2, 1, 0, ERR_UNREADABLE, "the file holds 0");
}

static void test_typed_fields_that_do_not_fit(void **state)
{
    (void)state;
    struct buf t = {0}, graph = {0}, model = {0};
    put_int(&t, 1, 5);
    put_int(&t, 2, 7);
    put_bytes(&t, 7, "\1\2\3\4", 4); /* int64_data, packed */
    put_text(&t, 8, "sizes");
    put_message(&graph, 5, &t);
    make_model(&model, &graph, 13);
    refuse(&model, ERR_UNREADABLE, "initializer sizes: it states 5 = 5 elements of int64, the file holds 4");
}

static void test_opsets(void **state)
{
    (void)state;
    for (int opset = 0; opset < 28; opset++) {
        struct buf graph = {0}, node = {0}, model = {0};
        put_text(&node, 4, "Relu");
        put_message(&graph, 1, &node);
        make_model(&model, &graph, opset);
        if (opset >= 7 && opset <= 25) {
            struct model_file *m = model_file_parse(model.data, model.len, "m", NULL);
            assert_non_null(m);
            assert_int_equal(model_file_source(m)->opset, opset);
            model_file_free(m);
            buf_release(&model);
        } else if (opset == 0) {
            refuse(&model, ERR_UNREADABLE, "no opset_import");
        } else {
            refuse(&model, ERR_UNSUPPORTED, "7 to 25 are supported");
        }
    }
}

static void test_what_is_not_supported(void **state)
{
    (void)state;
    struct buf graph = {0}, model = {0}, function = {0}, sparse = {0}, values = {0}, node = {0};
    put_text(&graph, 2, "g");
    make_model(&model, &graph, 13);
    put_text(&function, 1, "MyGelu");
    put_message(&model, 25, &function);
    refuse(&model, ERR_UNSUPPORTED, "functions of its own (MyGelu)");

    put_text(&values, 8, "w.sparse");
    put_message(&sparse, 1, &values);
    put_message(&graph, 15, &sparse);
    make_model(&model, &graph, 13);
    refuse(&model, ERR_UNSUPPORTED, "sparse initializer w.sparse");

    put_text(&node, 3, "nameless\n");
    put_message(&graph, 1, &node);
    make_model(&model, &graph, 13);
    refuse(&model, ERR_UNREADABLE, "nameless\\x0a (node 0): it names no operator");
}

static void test_what_is_not_onnx(void **state)
{
    (void)state;
    refuse_bytes("", 0, ERR_UNREADABLE, "not an ONNX model: it holds no graph");
    refuse_bytes("{\"a\": 1}", 8, ERR_UNREADABLE, "not an ONNX model");
    refuse_bytes("\x89PNG\r\n\x1a\n", 8, ERR_UNREADABLE, "not an ONNX model");
    refuse_bytes("\x3a\x05gra", 5, ERR_UNREADABLE, "states 5 bytes, but 3 are left");
    refuse_bytes("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x", 12, ERR_UNREADABLE, "but 1 are left");
    refuse_bytes("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 13, ERR_UNREADABLE, "does not end");
    refuse_bytes("\x38\x01", 2, ERR_UNREADABLE, "wrong type"); /* graph as a number */
    struct err e = {0};
    assert_null(model_file_read(DATA "absent.onnx", &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    assert_non_null(strstr(e.message, "absent.onnx"));
    err_release(&e);
    assert_null(model_file_read(DATA, &e));
    assert_non_null(strstr(e.message, "not a regular file"));
    err_release(&e);
}

/* A sparse file of 1.9 GB that is no model takes no memory to refuse. */
static void test_a_large_file_of_another_kind(void **state)
{
    (void)state;
    struct err e = {0};
    struct rusage before, after;
    char path[] = "/tmp/poda_large_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 1900000000), 0);
    close(fd);
    getrusage(RUSAGE_SELF, &before);
    assert_null(model_file_read(path, &e));
    getrusage(RUSAGE_SELF, &after);
    assert_non_null(strstr(e.message, "not an ONNX model: no field begins"));
    assert_true(after.ru_maxrss - before.ru_maxrss < 100000); /* KiB */
    err_release(&e);
    assert_int_equal(truncate(path, 2500000000), 0);
    assert_null(model_file_read(path, &e));
    err_release(&e);
    remove(path);
}

/* Graphs in attributes of nodes of graphs: each message holds one more. */
static void nested(struct buf *graph, int levels)
{
    struct buf inner = {0}, attribute = {0}, node = {0};
    for (int i = 0; i < levels; i++) {
        put_message(&attribute, 6, &inner);
        put_message(&node, 5, &attribute);
        put_message(&inner, 1, &node);
    }
    *graph = inner;
}

static void test_nesting_is_bounded(void **state)
{
    (void)state;
    struct buf graph = {0}, model = {0};
    nested(&graph, 1000); /* 3,000 messages */
    make_model(&model, &graph, 13);
    refuse(&model, ERR_UNREADABLE, "nested more than 32 deep");
    nested(&graph, 8);
    make_model(&model, &graph, 13);
    refuse(&model, ERR_UNREADABLE, "it names no operator"); /* deep, but not too deep */
}

/* 5 million empty nodes in 10 MB would take above 1 GB unpacked; so would unknown fields, tensors, stored shapes. */
static void test_small_fields_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } fields[] = {{"\x0a\0", 2}, {"\x98\x01\x01", 3}, {"\x2a\0", 2}, {"\x6a\0", 2}};
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
        struct buf graph = {0}, model = {0};
        for (int i = 0; i < 5000000; i++)
            buf_add(&graph, fields[k].bytes, fields[k].n);
        make_model(&model, &graph, 13);
        refuse(&model, ERR_UNREADABLE, "more small fields than a model has");
    }
}

/* Two tensors of one name and a node that reads itself are graph_bind's to judge. */
static void test_names_are_left_alone(void **state)
{
    (void)state;
    struct buf graph = {0}, model = {0}, node = {0};
    put_text(&node, 1, "loop");
    put_text(&node, 2, "loop");
    put_text(&node, 4, "Relu");
    put_message(&graph, 1, &node);
    for (int i = 0; i < 2; i++) {
        struct buf t = {0};
        put_int(&t, 2, 1);
        put_text(&t, 8, "twice");
        put_bytes(&t, 9, "\0\0\0\0", 4);
        put_message(&graph, 5, &t);
    }
    make_model(&model, &graph, 13);
    struct model_file *m = model_file_parse(model.data, model.len, "m", NULL);
    assert_non_null(m);
    assert_int_equal(model_file_source(m)->n_tensors, 2);
    model_file_free(m);
    buf_release(&model);
}

/* ---- damage ---- */

static const char *const corpus[] = {
    DATA "mlp.onnx", DATA "conv.onnx", DATA "types.onnx", DATA "attributes.onnx",
    DATA "ml.onnx",  DATA "rich.onnx", DATA "ir3.onnx",   DATA "external/model.onnx"};
enum { CORPUS = sizeof corpus / sizeof *corpus };

/* In a block of its own, so that the sanitizer sees a read behind it. */
static struct model_file *parse_copy(const char *bytes, size_t n, const char *path)
{
    char *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    struct model_file *m = model_file_parse(copy, n, path, NULL);
    free(copy);
    return m;
}

static void test_truncations_are_errors(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_true(file_read(DATA "mlp.onnx", 1 << 20, &b, NULL));
    for (size_t n = 0; n < b.len; n++)
        assert_null(parse_copy(b.data, n, DATA "mlp.onnx"));
    buf_release(&b);
    assert_true(file_read(DATA "types.onnx", 1 << 20, &b, NULL));
    for (size_t n = 0; n < b.len; n++)
        assert_null(parse_copy(b.data, n, DATA "types.onnx"));
    buf_release(&b);
}

static void test_bit_flips_never_crash(void **state)
{
    (void)state;
    for (int k = 0; k < CORPUS; k++) {
        struct buf b = {0};
        assert_true(file_read(corpus[k], 1 << 20, &b, NULL));
        for (uint64_t i = 0; i < 2000; i++) {
            uint64_t random = rng_splitmix64((uint64_t)k << 32 | i);
            size_t bit = (size_t)(random % (b.len * 8));
            b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
            model_file_free(parse_copy(b.data, b.len, corpus[k]));
            b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
        }
        buf_release(&b);
    }
}

/* ---- external data ---- */

/* A folder with a model whose one initializer lies in `location`. */
struct beside {
    char folder[32];
    char *model, *data;
};

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    assert_true(file_write(path, bytes, n, NULL));
}

static void write_model(const struct beside *b, const char *location, const char *offset, const char *length)
{
    const char *const entries[][2] = {{"location", location}, {"offset", offset}, {"length", length}};
    struct buf t = {0}, graph = {0}, model = {0};
    put_int(&t, 1, 2);
    put_int(&t, 2, 1);
    put_text(&t, 8, "w");
    put_int(&t, 14, 1);
    for (int i = 0; i < 3; i++) {
        struct buf entry = {0};
        put_text(&entry, 1, entries[i][0]);
        put_text(&entry, 2, entries[i][1] ? entries[i][1] : "");
        if (entries[i][1])
            put_message(&t, 13, &entry);
        buf_release(&entry);
    }
    put_message(&graph, 5, &t);
    make_model(&model, &graph, 13);
    write_bytes(b->model, model.data, model.len);
    buf_release(&model);
}

static void refuse_external(const struct beside *b, const char *location, const char *offset,
                            const char *length, const char *part)
{
    struct err e = {0};
    write_model(b, location, offset, length);
    assert_null(model_file_read(b->model, &e));
    if (strncmp(e.message, b->model, strlen(b->model)) != 0 || !strstr(e.message, "initializer w: ") ||
        !strstr(e.message, part))
        fail_msg("%s: lacks %s", e.message, part);
    assert_int_equal(e.code, ERR_UNREADABLE);
    err_release(&e);
}

static void accept_external(const struct beside *b, const char *location, const char *offset,
                            const char *length)
{
    write_model(b, location, offset, length);
    struct model_file *m = read_model(b->model);
    assert_true(model_file_source(m)->tensors[0].tensor->f[1] == 2.0f);
    model_file_free(m);
}

static void remove_at(const struct beside *b, const char *name)
{
    char *path = file_join(b->folder, name);
    remove(path);
    free(path);
}

static void test_external_data_stay_in_the_folder(void **state)
{
    (void)state;
    struct beside b = {.folder = "/tmp/poda_onnx_XXXXXX"};
    const float data[3] = {0, 1, 2};
    assert_non_null(mkdtemp(b.folder));
    b.model = file_join(b.folder, "m.onnx");
    b.data = file_join(b.folder, "w.bin");
    char *folder = file_join(b.folder, "sub"), *out = file_join(b.folder, "out"),
         *in = file_join(b.folder, "in");
    char *fifo = file_join(b.folder, "pipe"), *up = file_join(b.folder, "up");
    write_bytes(b.data, data, sizeof data);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("/etc/passwd", out), 0);
    assert_int_equal(symlink("w.bin", in), 0);
    assert_int_equal(symlink("/", up), 0);

    accept_external(&b, "w.bin", "4", "8");
    accept_external(&b, "./w.bin", "4", NULL);
    accept_external(&b, "in", "4", "8"); /* a link that stays inside */
    refuse_external(&b, "w.bin", "5", "8", "8 bytes from byte 5 of w.bin, which has only 12");
    refuse_external(&b, "w.bin", "9223372036854775807", NULL, "which has only 12");
    refuse_external(&b, "w.bin", "4", "4", "its shape asks for 8 bytes, its external data are 4");
    refuse_external(&b, "w.bin", "-4", "8", "the offset of its external data is \"-4\"");
    refuse_external(&b, "w.bin", "0", "many", "the length of its external data is \"many\"");
    refuse_external(&b, "gone.bin", "0", "8", "gone.bin: No such file");
    refuse_external(&b, "sub", "0", "8", "sub is not a regular file");
    refuse_external(&b, "pipe", "0", "8", "pipe is not a regular file");
    refuse_external(&b, "out", "0", "8", "out leads outside");
    refuse_external(&b, "up/etc/passwd", "0", "8", "up/etc/passwd leads outside");
    refuse_external(&b, "/etc/passwd", "0", "8", "/etc/passwd is outside");
    refuse_external(&b, "sub/../../x", "0", "8", "is outside");
    refuse_external(&b, "", "0", "8", "is outside");
    refuse_external(&b, NULL, "0", "8", "name no file");

    static const char *const names[] = {"m.onnx", "w.bin", "sub", "pipe", "out", "in", "up", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove_at(&b, names[i]);
    rmdir(b.folder);
    free(b.model);
    free(b.data);
    free(folder);
    free(out);
    free(in);
    free(fifo);
    free(up);
}

static void test_the_hash_covers_external_data(void **state)
{
    (void)state;
    struct beside b = {.folder = "/tmp/poda_onnx_XXXXXX"};
    float data[2] = {1, 2};
    assert_non_null(mkdtemp(b.folder));
    b.model = file_join(b.folder, "m.onnx");
    b.data = file_join(b.folder, "w.bin");
    char *first = NULL;
    for (int i = 0; i < 3; i++) {
        data[0] = i == 2 ? 5 : 1;
        write_bytes(b.data, data, sizeof data);
        write_model(&b, "w.bin", NULL, NULL);
        struct model_file *m = read_model(b.model);
        if (!first)
            first = strdup(model_file_hash(m));
        assert_int_equal(strcmp(first, model_file_hash(m)) == 0, i < 2);
        model_file_free(m);
    }
    remove_at(&b, "m.onnx");
    remove_at(&b, "w.bin");
    rmdir(b.folder);
    free(first);
    free(b.model);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors_that_do_not_fit),
        cmocka_unit_test(test_typed_fields_that_do_not_fit),
        cmocka_unit_test(test_opsets),
        cmocka_unit_test(test_what_is_not_supported),
        cmocka_unit_test(test_what_is_not_onnx),
        cmocka_unit_test(test_a_large_file_of_another_kind),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_small_fields_are_bounded),
        cmocka_unit_test(test_names_are_left_alone),
        cmocka_unit_test(test_truncations_are_errors),
        cmocka_unit_test(test_bit_flips_never_crash),
        cmocka_unit_test(test_external_data_stay_in_the_folder),
        cmocka_unit_test(test_the_hash_covers_external_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
