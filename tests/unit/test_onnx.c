/* Reading model files: what PyTorch and the onnx package wrote (tests/oracle/onnx_files.py says which values). Bad input:
 * test_onnx_hostile.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_onnx.h"

#define DATA "tests/data/onnx/"

/* ---- real files ---- */

static void test_a_network_of_pytorch(void **state)
{
    (void)state;
    struct model_file *m = read_model(DATA "mlp.onnx");
    const struct source *s = model_file_source(m);
    assert_int_equal(s->opset, 13);
    assert_int_equal(s->ml_opset, 0);
    assert_int_equal(s->n_nodes, 3);
    assert_string_equal(s->nodes[0].op, "Gemm");
    assert_string_equal(s->nodes[0].domain, "");
    assert_string_equal(s->nodes[0].inputs[0], "input");
    assert_string_equal(s->nodes[0].inputs[1], "0.weight");
    assert_string_equal(s->nodes[2].outputs[0], "output");
    assert_int_equal(s->n_tensors, 4);
    assert_int_equal(tensor_of(m, "0.weight")->tensor->shape.dim[0], 5);
    assert_int_equal(tensor_of(m, "0.weight")->tensor->shape.dim[1], 6);
    assert_int_equal(s->n_inputs, 1);
    assert_int_equal(s->inputs[0].rank, 2);
    assert_int_equal(s->inputs[0].dim[0], -1);
    assert_string_equal(s->inputs[0].dim_names[0], "batch");
    assert_int_equal(s->inputs[0].dim[1], 6);
    assert_null(s->inputs[0].dim_names[1]);
    assert_int_equal(s->inputs[0].file_type, 1);
    assert_string_equal(model_file_name(m), "mlp");
    assert_string_equal(model_file_path(m), DATA "mlp.onnx");
    char hex[HASH_HEX];
    assert_true(file_hash(DATA "mlp.onnx", hex, NULL));
    assert_string_equal(model_file_hash(m), hex);
    model_file_free(m);
}

static void test_every_element_type(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int file_type;
        enum dtype type;
        char values;
    } types[] = {{"float", 1, DT_F32, 'f'},   {"float16", 10, DT_F32, 'f'}, {"bfloat16", 16, DT_F32, 'f'},
                 {"double", 11, DT_F32, 'f'}, {"int8", 3, DT_I32, 'i'},     {"int16", 5, DT_I32, 'i'},
                 {"int32", 6, DT_I32, 'i'},   {"int64", 7, DT_I32, 'i'},    {"uint8", 2, DT_I32, 'u'},
                 {"uint16", 4, DT_I32, 'u'},  {"uint32", 12, DT_I32, 'u'},  {"uint64", 13, DT_I32, 'u'},
                 {"bool", 9, DT_BOOL, 'b'}};
    struct model_file *m = read_model(DATA "types.onnx");
    for (size_t k = 0; k < sizeof types / sizeof *types * 2; k++) {
        struct buf name = {0};
        buf_printf(&name, "%s_%s", types[k / 2].name, k % 2 ? "typed" : "raw");
        const struct source_tensor *t = tensor_of(m, buf_text(&name));
        assert_int_equal(t->file_type, types[k / 2].file_type);
        assert_int_equal(t->tensor->type, types[k / 2].type);
        assert_int_equal(t->tensor->shape.rank, 2);
        for (int i = 0; i < 6; i++) {
            char v = types[k / 2].values;
            float expect = v == 'f' ? (float)(i - 2) / 2 : (float)(v == 'i' ? i - 2 : v == 'u' ? i : i % 2);
            float got = t->tensor->type == DT_I32 ? (float)t->tensor->i[i] : t->tensor->f[i];
            if (got != expect)
                fail_msg("%s[%d] is %g, not %g", buf_text(&name), i, (double)got, (double)expect);
        }
        buf_release(&name);
    }
    model_file_free(m);
}

static void test_special_elements(void **state)
{
    (void)state;
    struct model_file *m = read_model(DATA "types.onnx");
    const int32_t *large = tensor_of(m, "large")->tensor->i;
    assert_true(large[0] == INT32_MAX && large[1] == INT32_MIN && large[2] == INT32_MAX &&
                large[3] == INT32_MIN);
    assert_true(tensor_of(m, "large_unsigned")->tensor->i[0] == INT32_MAX);
    assert_true(tensor_of(m, "large_unsigned")->tensor->i[1] == INT32_MAX);
    assert_true(tensor_of(m, "tenths")->tensor->f[0] == 0.1f);
    const float *special = tensor_of(m, "special")->tensor->f;
    assert_true(special[0] == INFINITY && special[1] == -INFINITY && isnan(special[2]) &&
                special[3] == 0x1p-24f);
    assert_int_equal(tensor_of(m, "scalar")->tensor->shape.rank, 0);
    assert_true(tensor_of(m, "scalar")->tensor->f[0] == 2.5f);
    assert_int_equal(tensor_of(m, "empty")->tensor->shape.dim[0], 0);
    assert_null(tensor_of(m, "text")->tensor);
    assert_int_equal(tensor_of(m, "text")->file_type, 8);
    assert_null(tensor_of(m, "complex")->tensor);
    model_file_free(m);
}

static const struct attr *attr_of(const struct source_node *n, const char *name)
{
    for (int i = 0; i < n->n_attrs; i++)
        if (strcmp(n->attrs[i].name, name) == 0)
            return &n->attrs[i];
    fail_msg("no attribute %s", name);
    return NULL;
}

static void test_every_attribute_kind(void **state)
{
    (void)state;
    struct model_file *m = read_model(DATA "attributes.onnx");
    const struct source *s = model_file_source(m);
    assert_int_equal(s->n_nodes, 7);
    const struct source_node *n = &s->nodes[6];
    assert_string_equal(n->domain, "example");
    assert_string_equal(n->name, "all/of\x1bit");
    assert_int_equal(n->n_inputs, 3);
    assert_string_equal(n->inputs[1], "");
    assert_string_equal(n->outputs[1], "");
    assert_int_equal(attr_of(n, "an_int")->kind, ATTR_INT);
    assert_int_equal(attr_of(n, "an_int")->ints[0], -3);
    assert_int_equal(attr_of(n, "a_float")->kind, ATTR_FLOAT);
    assert_true(attr_of(n, "a_float")->floats[0] == 0.25f);
    assert_int_equal(attr_of(n, "a_string")->kind, ATTR_STRING);
    assert_string_equal(attr_of(n, "a_string")->texts[0], "text");
    assert_int_equal(attr_of(n, "ints")->n, 3);
    assert_true(attr_of(n, "ints")->ints[2] == (int64_t)1 << 40);
    assert_int_equal(attr_of(n, "floats")->kind, ATTR_FLOATS);
    assert_true(attr_of(n, "floats")->floats[1] == -1.5f);
    assert_int_equal(attr_of(n, "strings")->n, 3);
    assert_string_equal(attr_of(n, "strings")->texts[2], "q");
    assert_int_equal(attr_of(n, "tensor")->kind, ATTR_TENSOR);
    assert_int_equal(attr_of(n, "tensor")->tensor->i[1], 8);
    assert_int_equal(attr_of(n, "graph")->kind, ATTR_OTHER);
    assert_int_equal(attr_of(n, "tensors")->kind, ATTR_OTHER);
    assert_int_equal(attr_of(n, "words")->kind, ATTR_OTHER);
    assert_int_equal(attr_of(n, "untyped")->kind, ATTR_INTS);
    assert_int_equal(attr_of(n, "untyped")->ints[1], 5);
    assert_int_equal(attr_of(&s->nodes[0], "value")->tensor->i[0], -1);
    assert_int_equal(attr_of(&s->nodes[4], "value_ints")->n, 3);
    assert_int_equal(s->inputs[0].dim[0], 1);
    assert_string_equal(s->inputs[0].dim_names[1], "features");
    assert_int_equal(s->inputs[0].dim[2], -1);
    assert_null(s->inputs[0].dim_names[2]);
    model_file_free(m);
}

static void test_a_classifier(void **state)
{
    (void)state;
    struct model_file *m = read_model(DATA "ml.onnx");
    const struct source *s = model_file_source(m);
    assert_int_equal(s->opset, 0);
    assert_int_equal(s->ml_opset, 1);
    assert_string_equal(s->nodes[1].domain, "ai.onnx.ml");
    assert_string_equal(attr_of(&s->nodes[1], "classlabels_strings")->texts[1], "yes");
    assert_int_equal(s->outputs[0].file_type, 8);
    assert_int_equal(s->outputs[1].rank, -1);
    assert_int_equal(s->outputs[1].file_type, 0);
    model_file_free(m);
}

static void test_initializers_are_no_inputs(void **state)
{
    (void)state;
    struct model_file *m = read_model(DATA "ir3.onnx");
    assert_int_equal(model_file_source(m)->n_inputs, 1);
    assert_string_equal(model_file_source(m)->inputs[0].name, "x");
    model_file_free(m);
}

/* ---- external data ---- */

static void test_external_data(void **state)
{
    (void)state;
    struct model_file *m = read_model(DATA "external/model.onnx");
    const struct tensor *w = tensor_of(m, "w")->tensor;
    assert_int_equal(w->shape.dim[0], 3);
    for (int i = 0; i < 6; i++) /* whole numbers from -4 to 4 */
        assert_true(w->f[i] == floorf(w->f[i]) && fabsf(w->f[i]) <= 4);
    assert_true(tensor_of(m, "b")->tensor->f[1] == 0.2f);
    assert_true(tensor_of(m, "c")->tensor->f[1] == -2.0f);
    assert_string_equal(model_file_name(m), "external"); /* the folder's: the file is called model.onnx */
    model_file_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_network_of_pytorch), cmocka_unit_test(test_every_element_type),
        cmocka_unit_test(test_special_elements),     cmocka_unit_test(test_every_attribute_kind),
        cmocka_unit_test(test_a_classifier),         cmocka_unit_test(test_initializers_are_no_inputs),
        cmocka_unit_test(test_external_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
