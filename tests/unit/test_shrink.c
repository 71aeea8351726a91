/* engine/shrink: a smaller model computes what the masked one does, and says rightly what left; on the samples,
 * on models from exporters and on random networks. The masked graph in memory is the reference. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/prune/prune.h"
#include "engine/shrink/shrink.h"
#include "tests/unit/util_file.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_opened.h"

enum { NETWORKS = 200 };

/* The masked file computes the same without any mask, and its zeros are the mask's. */
static void check_export(const struct opened *m, const struct mask *mask, const char *what)
{
    struct err e = {0};
    struct buf bytes = {0};
    struct opened file;
    struct overrides o;
    int64_t n, n_file;
    opened_must(export_masked(m->file, m->g, &m->l, &m->c, mask, NULL, &bytes, &e), &e);
    opened_bytes(&file, &bytes);
    float *a = opened_compute(m, mask, &n), *b = opened_compute(&file, NULL, &n_file);
    opened_same(a, n, b, n_file, what);
    opened_no_more_unread(m, &file);
    overrides_make(m->g, &m->l, &m->c, mask, NULL, &o);
    for (int i = 0; i < m->l.n; i++) {
        const struct layer *l = &m->l.v[i];
        const float *want = o.v[l->value] ? o.v[l->value]->f : layer_weights(m->g, l);
        assert_memory_equal(want, layer_weights(file.g, &file.l.v[i]), (size_t)l->weights * 4);
    }
    overrides_release(&o);
    free(a);
    free(b);
    buf_release(&bytes);
    opened_close(&file);
}

/* NULL if no unit may leave. */
static struct mask *cut_mask(const struct opened *m, enum structure structure, enum scope scope,
                             enum criterion criterion, double amount)
{
    struct err e = {0};
    struct cut cut = {0};
    const struct strategy strategy = {
        .criterion = criterion, .structure = structure, .scope = scope, .seed = 7};
    struct ranking *r = ranking_new(m->g, &m->l, &m->c, NULL, &strategy, &e);
    struct mask *all = mask_new(&m->l);
    if (r && !ranking_cut(r, all, NULL, amount, &cut, &e))
        cut.mask = NULL;
    ranking_free(r);
    mask_unref(all);
    err_release(&e);
    return cut.mask;
}

static int64_t check_cut(const struct opened *m, enum structure structure, enum scope scope,
                         enum criterion criterion, double amount, const char *name)
{
    char what[200];
    snprintf(what, sizeof what, "%s %d %d %d %.3f", name, structure, scope, criterion, amount);
    struct mask *mask = cut_mask(m, structure, scope, criterion, amount);
    if (!mask)
        return -1;
    check_export(m, mask, what);
    struct shrunk s = opened_shrink(m, mask, what);
    int64_t left = s.n_removed;
    if (getenv("PODA_SAY"))
        printf("%s: %lld units left, %d stayed, %lld dead weights%s%s\n", what, (long long)left, s.n_stayed,
               (long long)s.dead_weights, s.n_stayed ? "; " : "", s.n_stayed ? s.stayed[0].why : "");
    shrunk_release(&s);
    mask_unref(mask);
    return left;
}

static void check_amounts(const struct opened *m, const char *name)
{
    static const double units[] = {0.1, 0.5, 0.9}, weights[] = {0.5, 0.95, 0.98};
    for (int scope = 0; scope < SCOPES; scope++)
        for (int i = 0; i < 3; i++) {
            check_cut(m, STRUCTURE_UNIT, (enum scope)scope, CRITERION_MAGNITUDE, units[i], name);
            check_cut(m, STRUCTURE_WEIGHT, (enum scope)scope, CRITERION_MAGNITUDE, weights[i], name);
            check_cut(m, STRUCTURE_WEIGHT, (enum scope)scope, CRITERION_RANDOM, weights[i], name);
        }
}

static void samples(void **state)
{
    static const char *const names[] = {"breast-cancer", "credit", "readmit", "digits-mlp", "digits-cnn"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct opened m;
        char path[100];
        snprintf(path, sizeof path, "samples/%s/model.onnx", names[i]);
        opened_path(&m, path);
        check_amounts(&m, names[i]);
        opened_close(&m);
    }
}

/* Models as PyTorch, tf2onnx and scikit-learn export them: shapes that the file computes, weights in Constant nodes, attention. Two
 * were changed by hand: a convolution is the scale of a LayerNormalization; a Transpose reads another branch, and its own leads
 * nowhere. */
static void exported_models(void **state)
{
    static const char *const paths[] = {"exported/attention_12/model.onnx",
                                        "exported/attention_14/model.onnx",
                                        "exported/attention_17/model.onnx",
                                        "exported/cnn_10/model.onnx",
                                        "exported/cnn_13/model.onnx",
                                        "exported/cnn_17/model.onnx",
                                        "exported/einsum_14/model.onnx",
                                        "exported/einsum_17/model.onnx",
                                        "exported/mlp_9/model.onnx",
                                        "exported/mlp_13/model.onnx",
                                        "exported/mlp_17/model.onnx",
                                        "exported/upsampler_11/model.onnx",
                                        "exported/upsampler_13/model.onnx",
                                        "exported/upsampler_17/model.onnx",
                                        "foreign/cells-gru.onnx",
                                        "foreign/cells-kept.onnx",
                                        "foreign/cells-lstm.onnx",
                                        "foreign/cells-rnn.onnx",
                                        "foreign/dynamo-cnn.onnx",
                                        "foreign/dynamo-mlp.onnx",
                                        "foreign/dynamo-plain.onnx",
                                        "foreign/dynamo-vit.onnx",
                                        "foreign/dynamo-vit-one.onnx",
                                        "foreign/keras2-attention.onnx",
                                        "foreign/keras2-cnn.onnx",
                                        "foreign/keras2-flat.onnx",
                                        "foreign/keras2-mlp.onnx",
                                        "foreign/keras3-attention.onnx",
                                        "foreign/keras3-cnn.onnx",
                                        "foreign/keras3-flat.onnx",
                                        "foreign/keras3-mlp.onnx",
                                        "foreign/script-cnn.onnx",
                                        "foreign/script-vit.onnx",
                                        "foreign/script-vit-one.onnx",
                                        "foreign/mlp.onnx",
                                        "foreign/resnet-small.onnx",
                                        "foreign/sklearn.onnx",
                                        "foreign/vit-2block-op14.onnx",
                                        "foreign/vit-2block.onnx",
                                        "shrink/layernorm-scale.onnx",
                                        "shrink/rewired-transpose.onnx",
                                        "unusual/einsum.onnx",
                                        "unusual/opset-25.onnx"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct opened m;
        char path[100];
        snprintf(path, sizeof path, "tests/data/%s", paths[i]);
        opened_path(&m, path);
        check_amounts(&m, paths[i]);
        opened_close(&m);
    }
}

static void random_networks(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        struct opened m;
        char name[40];
        snprintf(name, sizeof name, "network %d", i);
        opened_file(&m, file_of(sketch_random((uint64_t)i, i % 2)));
        check_cut(&m, STRUCTURE_UNIT, SCOPE_GLOBAL, CRITERION_MAGNITUDE, 0.3, name);
        check_cut(&m, STRUCTURE_UNIT, SCOPE_GLOBAL, CRITERION_RANDOM, 0.7, name);
        check_cut(&m, STRUCTURE_WEIGHT, SCOPE_GLOBAL, CRITERION_MAGNITUDE, 0.8, name);
        check_cut(&m, STRUCTURE_WEIGHT, SCOPE_GLOBAL, CRITERION_RANDOM, 0.95, name);
        opened_close(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_networks),
        cmocka_unit_test(exported_models),
        cmocka_unit_test(samples),
    };
    return cmocka_run_group_tests_name("shrink", tests, NULL, NULL);
}
