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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mlp),
        cmocka_unit_test(test_residual_network_with_folded_normalisation),
        cmocka_unit_test(test_vision_transformers),
        cmocka_unit_test(test_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
