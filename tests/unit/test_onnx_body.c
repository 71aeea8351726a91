/* Models whose data stay in their file: read each into its one place, and brought together again for an export; a file that is changed
 * or cut short meanwhile is told, never trusted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/io/onnx.h"
#include "engine/shrink/shrink.h"
#include "tests/unit/util_opened.h"

static const char *const models[] = {
    "samples/readmit/model.onnx",
    "samples/breast-cancer/model.onnx",
    "samples/credit/model.onnx",
    "samples/digits-mlp/model.onnx",
    "samples/digits-cnn/model.onnx",
    "tests/data/foreign/dynamo-mlp.onnx",
    "tests/data/foreign/resnet-small.onnx",
    "tests/data/foreign/keras2-attention.onnx",
    "tests/data/foreign/sklearn.onnx",
    "tests/data/onnx/external/model.onnx",
};

/* What an export takes is known without one. */
static void test_the_size_of_an_export_is_foretold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct opened m;
        struct buf bytes = {0};
        struct err e = {0};
        opened_path(&m, models[i]);
        struct mask *mask = mask_new(&m.l);
        for (int round = 0; round < 2; round++) {
            buf_clear(&bytes);
            opened_must(export_masked(m.file, m.g, &m.l, &m.c, mask, NULL, &bytes, &e), &e);
            assert_int_equal(bytes.len, model_file_export_bytes(m.file));
            mask_set(mask, 0, 0, false);
        }
        mask_unref(mask);
        buf_release(&bytes);
        opened_close(&m);
    }
}

static char *copy_to(const char *folder, const char *path, const char *name)
{
    struct buf bytes = {0};
    struct err e = {0};
    char *to = file_join(folder, name);
    opened_must(file_read(path, SIZE_MAX, &bytes, &e) && file_write(to, buf_text(&bytes), bytes.len, &e), &e);
    buf_release(&bytes);
    return to;
}

static void refuses(const struct model_file *m, const char *word)
{
    struct err e = {0};
    assert_null(model_edit_new(m, &e));
    assert_int_equal(e.code, ERR_UNREADABLE);
    if (!strstr(e.message, word) || !e.hint)
        fail_msg("%s", e.message);
    err_release(&e);
}

/* An edit of the file as it is; of one cut short; of one grown. What was read before stays. */
static void test_a_changed_file_is_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/poda-body-XXXXXX";
    struct err e = {0};
    assert_non_null(mkdtemp(folder));
    char *path = copy_to(folder, "samples/readmit/model.onnx", "model.onnx");
    struct model_file *m = model_file_read(path, &e);
    opened_must(m != NULL, &e);
    struct model_edit *edit = model_edit_new(m, &e);
    opened_must(edit != NULL, &e);
    model_edit_free(edit);
    float first = model_file_source(m)->tensors[0].tensor->f[0];
    assert_int_equal(truncate(path, 5000), 0);
    refuses(m, "was changed since it was opened");
    assert_true(model_file_source(m)->tensors[0].tensor->f[0] == first);
    model_file_free(m);
    unlink(path);
    free(path);
    rmdir(folder);
}

static void test_changed_data_beside_are_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/poda-body-XXXXXX";
    struct err e = {0};
    assert_non_null(mkdtemp(folder));
    char *path = copy_to(folder, "tests/data/foreign/dynamo-mlp.onnx", "dynamo-mlp.onnx");
    char *data = copy_to(folder, "tests/data/foreign/dynamo-mlp.onnx.data", "dynamo-mlp.onnx.data");
    struct model_file *m = model_file_read(path, &e);
    opened_must(m != NULL, &e);
    assert_int_equal(truncate(data, file_size(data) + 1), 0);
    refuses(m, "dynamo-mlp.onnx.data was changed");
    model_file_free(m);
    unlink(path);
    unlink(data);
    free(path);
    free(data);
    rmdir(folder);
}

/* Nobody writes into it: the file may be deleted while the model is open. */
static void test_a_deleted_file_stays_readable(void **state)
{
    (void)state;
    char folder[] = "/tmp/poda-body-XXXXXX";
    struct err e = {0};
    assert_non_null(mkdtemp(folder));
    char *path = copy_to(folder, "samples/digits-mlp/model.onnx", "model.onnx");
    struct model_file *m = model_file_read(path, &e);
    opened_must(m != NULL, &e);
    unlink(path);
    struct model_edit *edit = model_edit_new(m, &e);
    struct buf bytes = {0}, original = {0};
    opened_must(edit && model_edit_serialise(edit, &bytes, &e), &e);
    opened_must(file_read("samples/digits-mlp/model.onnx", SIZE_MAX, &original, &e), &e);
    assert_int_equal(bytes.len, original.len);
    assert_memory_equal(bytes.data, original.data, original.len);
    buf_release(&bytes);
    buf_release(&original);
    model_edit_free(edit);
    model_file_free(m);
    free(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_size_of_an_export_is_foretold),
        cmocka_unit_test(test_a_changed_file_is_told),
        cmocka_unit_test(test_changed_data_beside_are_told),
        cmocka_unit_test(test_a_deleted_file_stays_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
