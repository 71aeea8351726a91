/* prune/layers on files that PyTorch, Keras and scikit-learn wrote: layers have the names that the modules had there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/io/onnx.h"
#include "engine/prune/couple.h"

static void check_names(const char *path, const char *names, int64_t prunable, int64_t parameters)
{
    struct err e = {0};
    struct model_file *f = model_file_read(path, &e);
    struct graph *g = f ? graph_bind(model_file_source(f), 0, &e) : NULL;
    struct layers l;
    struct buf got = {0};
    if (!g || !layers_find(g, &l, &e))
        fail_msg("%s", e.message);
    for (int i = 0; i < l.n; i++)
        buf_printf(&got, "%s%s", i ? " " : "", l.v[i].name);
    assert_string_equal(buf_text(&got), names);
    assert_int_equal(l.prunable, prunable);
    assert_int_equal(l.parameters, parameters);
    buf_release(&got);
    layers_release(&l);
    graph_free(g);
    model_file_free(f);
}

/* Counts by hand from the modules: 20-64-32-5 with two normalisations and one bias missing. */
static void test_mlp(void **state)
{
    (void)state;
    check_names("tests/data/foreign/mlp.onnx", "body.0 body.4 head", 1280 + 2048 + 160,
                3488 + 64 + 5 + 2 * 64 + 2 * 32);
}

static void test_residual_network_with_folded_normalisation(void **state)
{
    (void)state;
    int64_t weights =
        12 * 27 + 2 * 12 * 108 + 24 * 108 + 24 * 216 + 24 * 12 + 24 * 9 + 16 * 24 + 8 * 216 + 480;
    check_names("tests/data/foreign/resnet-small.onnx",
                "stem.0 block1.conv1 block1.conv2 block2.conv1 block2.conv2 block2.short.0 depth.0 depth.3 "
                "dilated head",
                weights, weights + 3 * 12 + 4 * 24 + 16 + 8 + 10);
}

/* Width 32, 96 for queries, keys and values, 64 inside; five LayerNormalizations, spelled out in the older file. */
static void test_vision_transformers(void **state)
{
    (void)state;
    static const char names[] = "patch blocks.0.attn blocks.0.attn.out_proj blocks.0.mlp.0 blocks.0.mlp.2 "
                                "blocks.1.attn blocks.1.attn.out_proj blocks.1.mlp.0 blocks.1.mlp.2 head";
    int64_t weights = 32 * 49 + 2 * (96 * 32 + 32 * 32 + 2 * 64 * 32) + 320;
    int64_t others = 32 + 2 * (96 + 32 + 64 + 32) + 10 + 5 * 64;
    check_names("tests/data/foreign/vit-2block.onnx", names, weights, weights + others);
    check_names("tests/data/foreign/vit-2block-op14.onnx", names, weights, weights + others);
}

static void test_scikit_learn(void **state)
{
    (void)state;
    check_names("tests/data/foreign/sklearn.onnx", "coefficient coefficient1 coefficient2", 720 + 288 + 12,
                1020 + 24 + 12 + 1);
}

/* Parameters by hand: the same networks as tests/oracle/foreign_torch.py has them, batch normalisation folded into what is before
 * it. Linear layers without a bias lost their names, and nodes tell their modules. */
static void test_newer_exporters_of_pytorch(void **state)
{
    (void)state;
    static const char cnn[] =
        "stem.0 blocks.0.conv1 blocks.0.conv2 blocks.1.conv1 blocks.1.conv2 blocks.1.short.0 "
        "depth.0 depth.3 dilated head";
    static const char vit[] = "patch blocks.0.attn blocks.0.attn.out_proj blocks.0.mlp.0 blocks.0.mlp.2 "
                              "blocks.1.attn blocks.1.attn.out_proj blocks.1.mlp.0 blocks.1.mlp.2 head";
    int64_t convs = 6 * 27 + 2 * 6 * 54 + 10 * 54 + 10 * 90 + 10 * 6 + 10 * 9 + 6 * 10 + 4 * 90 + 5 * 20;
    int64_t channels = 3 * 6 + 4 * 10 + 6 + 4 + 5;
    int64_t transformer = 12 * 16 + 2 * (36 * 12 + 12 * 12 + 2 * 24 * 12) + 60;
    int64_t others = 12 + 2 * (36 + 12 + 24 + 12) + 5 + 5 * 24;
    check_names("tests/data/foreign/dynamo-mlp.onnx", "fc1 fc2 head", 736, 736 + 24 + 16 + 4);
    check_names("tests/data/foreign/dynamo-plain.onnx", "mix.0 mix.2 head", 2 * 96 + 24, 216 + 8);
    check_names("tests/data/foreign/dynamo-cnn.onnx", cnn, convs, convs + channels);
    check_names("tests/data/foreign/script-cnn.onnx", cnn, convs, convs + channels);
    check_names("tests/data/foreign/dynamo-vit.onnx", vit, transformer, transformer + others);
    check_names("tests/data/foreign/dynamo-vit-one.onnx", vit, transformer, transformer + others);
    check_names("tests/data/foreign/script-vit.onnx", vit, transformer, transformer + others);
    check_names("tests/data/foreign/script-vit-one.onnx", vit, transformer, transformer + others);
}

/* Batch normalisation behind a dense layer or a depthwise convolution is a scale and a shift, else part of the convolution; Keras 2
 * folds the depthwise one as well. */
static void test_keras(void **state)
{
    (void)state;
    static const char cnn[] =
        "stem conv2d conv2d_1 separable_conv2d separable_conv2d#2 depthwise_conv2d conv2d_2 conv2d_3 head";
    int64_t convs = 6 * 27 + 2 * 6 * 54 + 6 * 9 + 4 * 6 + 6 * 9 + 8 * 6 + 8 * 9 * (6 + 8 + 4) + 5 * 8;
    int64_t channels = 2 * 6 + 6 + 4 + 8 + 8 + 5;
    int64_t flat = 6 * 9 + 8 * 54 + 16 * 32 + 16, beside = 6 + 8 + 16 + 1 + 2 * 32;
    check_names("tests/data/foreign/keras2-mlp.onnx", "dense dense_1 dense_2", 736, 736 + 44 + 2 * 24);
    check_names("tests/data/foreign/keras3-mlp.onnx", "dense dense_1 dense_2", 736, 736 + 44 + 2 * 24);
    check_names("tests/data/foreign/keras2-cnn.onnx", cnn, convs, convs + channels + 6);
    check_names("tests/data/foreign/keras3-cnn.onnx", cnn, convs, convs + channels + 2 * 6);
    check_names("tests/data/foreign/keras2-flat.onnx", "conv2d conv2d_1 dense dense_1", flat, flat + beside);
    check_names("tests/data/foreign/keras3-flat.onnx", "conv2d conv2d_1 dense dense_1", flat, flat + beside);
}

/* Width 16, 32 inside. In the file of Keras 2 the last weight of attention, 16 x 16, is turned before it is read: no layer. */
static void test_attention_of_keras(void **state)
{
    (void)state;
    int64_t weights = 16 * 8 + 3 * 256 + 2 * 16 * 32 + 3 * 16, biases = 16 + 3 * 16 + 32 + 16 + 3,
            norms = 2 * 32;
    check_names("tests/data/foreign/keras2-attention.onnx",
                "embed multi_head_attention.value multi_head_attention.query multi_head_attention.key dense "
                "dense_1 head",
                weights, weights + biases + norms);
    check_names("tests/data/foreign/keras3-attention.onnx",
                "embed multi_head_attention.value multi_head_attention.query multi_head_attention.key "
                "multi_head_attention.attention_output dense dense_1 head",
                weights + 256, weights + 256 + biases + 16 + norms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mlp),
        cmocka_unit_test(test_residual_network_with_folded_normalisation),
        cmocka_unit_test(test_vision_transformers),
        cmocka_unit_test(test_scikit_learn),
        cmocka_unit_test(test_newer_exporters_of_pytorch),
        cmocka_unit_test(test_keras),
        cmocka_unit_test(test_attention_of_keras),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
