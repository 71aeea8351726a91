/* prune/names: each clause of the rule that names layers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/prune/names.h"

static void expect_name(const struct name_parts *p, const char *want)
{
    char *name = name_of_layer(p);
    assert_string_equal(name, want);
    free(name);
}

static void test_each_clause(void **state)
{
    (void)state;
    static const struct {
        const char *tensor;
        bool serves_two;
        const char *node, *bias, *want;
    } rows[] = {
        {"fc1.weight", false, "/x/Gemm", "fc1.bias", "fc1"},
        {"blocks.0.qkv.weight", false, "", "", "blocks.0.qkv"},
        {"conv1_W", false, "", "", "conv1"},
        {"dense/kernel", false, "", "", "dense"},
        {"seq/dense/kernel:0", false, "", "", "seq.dense"},
        {"seq/dense/MatMul/ReadVariableOp:0", false, "", "", "seq.dense"},
        {"a/kernel/ReadVariableOp:12", false, "", "", "a"},
        {"StatefulPartitionedCall/mlp/dense_2/MatMul/ReadVariableOp:0", false, "", "", "mlp.dense_2"},
        {"PartitionedCall/mlp/dense/kernel", false, "", "", "mlp.dense"},
        {"StatefulPartitionedCall", false, "", "", "StatefulPartitionedCall"},
        {"m/sep/separable_conv2d/ReadVariableOp_1:0", false, "", "", "m.sep"},
        {"m/stem/Conv2D_weights_fused_bn", false, "", "", "m.stem"},
        {"m/stem/convolution/merged_input:0", false, "", "", "m.stem"},
        {"m/attention/query/einsum/Einsum/ReadVariableOp:0", false, "", "", "m.attention.query"},
        {"m/attention/query/Reshape_1:0", false, "", "", "m.attention.query"},
        {"MatMul/ReadVariableOp:0", false, "", "head.bias", "head"},
        {"const_fold_opt__9", false, "StatefulPartitionedCall/m/sep/separable_conv2d/depthwise", "", "m.sep"},
        {"const_fold_opt__9", false, "StatefulPartitionedCall/m", "head.bias", "head"},
        {"val_", false, "", "", "val_"},
        {"val_a", false, "", "", "val_a"},
        {"coefficient1", false, "", "", "coefficient1"},
        {"weight", false, "", "", "weight"},
        {"a:b", false, "", "", "a:b"},
        {"/net/w", false, "", "", "net.w"},
        {"onnx::MatMul_123", false, "/blocks/blocks.0/qkv/MatMul", "", "blocks.0.qkv"},
        {"const_fold_opt__7", false, "/fc/fc/Gemm", "", "fc"},
        {"shared.weight", true, "/a/b/Gemm", "", "a.b"},
        {"onnx::Conv_9", false, "/layers.0/layers.0.1/layers.0.1.conv/Conv", "", "layers.0.1.conv"},
        {"onnx::Conv_9", false, "/block/blocks.0/Conv", "", "block.blocks.0"},
        {"onnx::Conv_9", false, "Conv_3", "features.0.bias", "features.0"},
        {"onnx::Conv_9", false, "", "features.0.bias", "features.0"},
        {"onnx::Conv_9", false, "/Conv", "onnx::Conv_10", "Conv_3"},
        {"onnx::Conv_9", false, "", "", "Conv_3"},
        {".weight", false, "", "", "Conv_3"},
        {"", false, "", "", "Conv_3"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_name(&(struct name_parts){.tensor = rows[i].tensor,
                                         .tensor_made_up = rows[i].serves_two,
                                         .node = rows[i].node,
                                         .scope = "",
                                         .bias = rows[i].bias,
                                         .op = "Conv",
                                         .number = 3},
                    rows[i].want);
    }
}

static void test_the_module_of_a_node_names_what_lost_its_name(void **state)
{
    (void)state;
    struct name_parts p = {.tensor = "val_12",
                           .node = "node_MatMul_85",
                           .scope = "mlp.0",
                           .bias = "",
                           .op = "MatMul",
                           .number = 85};
    expect_name(&p, "mlp.0");
    p.bias = "attn.in_proj_bias";
    expect_name(&p, "mlp.0");
    p.tensor = "fc1.weight";
    expect_name(&p, "fc1");
    p.tensor = "onnx::MatMul_7";
    p.node = "/fc2/MatMul";
    expect_name(&p, "fc2");
    p.node = p.scope = "";
    expect_name(&p, "attn.in_proj_bias");
}

/* Names of three weights, as they are before and after. */
static void expect_without_model(const char *const tensors[3], const char *const wanted[3])
{
    struct name_parts parts[3];
    char *names[3];
    for (int i = 0; i < 3; i++) {
        parts[i] =
            (struct name_parts){.tensor = tensors[i], .node = "", .scope = "", .bias = "", .op = "Gemm"};
        names[i] = name_of_layer(&parts[i]);
    }
    names_without_model(names, parts, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(names[i], wanted[i]);
        free(names[i]);
    }
}

#define NAMES(...)                                                                                           \
    (const char *const[3])                                                                                   \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static void test_the_model_goes_from_names_of_tensorflow(void **state)
{
    (void)state;
    expect_without_model(NAMES("mlp/dense/MatMul/ReadVariableOp:0", "mlp/out/kernel", "onnx::MatMul_7"),
                         NAMES("dense", "out", "Gemm_0"));
    expect_without_model(NAMES("net/a/kernel", "net/b/kernel", "net/c/kernel"),
                         NAMES("net.a", "net.b", "net.c"));
    expect_without_model(NAMES("net.0.weight", "net.2.weight", "net.4.weight"),
                         NAMES("net.0", "net.2", "net.4"));
    expect_without_model(NAMES("a/dense/MatMul/ReadVariableOp", "ab/dense/kernel", "a/dense_1/kernel"),
                         NAMES("a.dense", "ab.dense", "a.dense_1"));
    expect_without_model(NAMES("dense/MatMul/ReadVariableOp", "dense_1/MatMul/ReadVariableOp", "out/kernel"),
                         NAMES("dense", "dense_1", "out"));
}

/* Each scope of Keras 3 is entered twice; where one part has no number, it was not. */
static void test_numbers_that_keras_3_adds(void **state)
{
    (void)state;
    expect_without_model(NAMES("m_1/dense_1/Cast/ReadVariableOp", "m_1/dense_1_2/Cast/ReadVariableOp",
                               "m_1/attention_1/query_1/Reshape:0"),
                         NAMES("dense", "dense_1", "attention.query"));
    expect_without_model(NAMES("m_1/stem_1/convolution/ReadVariableOp",
                               "m_1/conv2d_1_2/convolution/merged_input", "m_1/head_1/MatMul/ReadVariableOp"),
                         NAMES("stem", "conv2d_1", "head"));
    expect_without_model(NAMES("m_1/dense/Cast/ReadVariableOp", "m_1/dense_1/Cast/ReadVariableOp",
                               "m_1/dense_2/Cast/ReadVariableOp"),
                         NAMES("dense", "dense_1", "dense_2"));
    expect_without_model(NAMES("m_1/dense_3/MatMul/ReadVariableOp", "m_1/dense_4/MatMul/ReadVariableOp",
                               "m_1/dense_5/MatMul/ReadVariableOp"),
                         NAMES("dense_3", "dense_4", "dense_5"));
}

static void test_second_equal_name_gets_a_number(void **state)
{
    (void)state;
    char *taken[] = {"fc", "fc#2", "x"};
    char *third = name_unique(mem_text("fc"), taken, 3);
    char *first = name_unique(mem_text("y"), taken, 3);
    assert_string_equal(third, "fc#3");
    assert_string_equal(first, "y");
    free(third);
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_clause),
        cmocka_unit_test(test_the_module_of_a_node_names_what_lost_its_name),
        cmocka_unit_test(test_the_model_goes_from_names_of_tensorflow),
        cmocka_unit_test(test_numbers_that_keras_3_adds),
        cmocka_unit_test(test_second_equal_name_gets_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
