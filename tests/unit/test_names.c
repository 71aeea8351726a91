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
        {"seq/dense/MatMul/ReadVariableOp:0", false, "", "", "seq.dense.MatMul"},
        {"a/kernel/ReadVariableOp:12", false, "", "", "a"},
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
        struct name_parts p = {
            rows[i].tensor, rows[i].serves_two, rows[i].node, rows[i].bias, false, "Conv", 3};
        char *name = name_of_layer(&p);
        assert_string_equal(name, rows[i].want);
        free(name);
    }
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
        cmocka_unit_test(test_second_equal_name_gets_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
