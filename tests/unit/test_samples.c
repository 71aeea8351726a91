/* The samples through the whole engine: data as their manifests say, answers, accuracy, counts, pruning. Expected numbers are
 * PyTorch's and ONNX Runtime's (tests/oracle/samples.py). On 10,000 images at most two records may answer differently. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/eval/outcome.h"
#include "engine/io/array.h"
#include "engine/io/onnx.h"
#include "engine/kernels/kernels.h"
#include "engine/prune/cost.h"
#include "engine/prune/prune.h"

struct sample {
    struct model_file *file;
    struct graph *graph;
    struct layers layers;
    struct coupling coupling;
    struct dataset *data;
    struct kernels kernels;
    struct json *oracle;         /* samples.json */
    const struct json *expected; /* this sample's part */
};

static void must(bool ok, const struct err *e)
{
    if (!ok)
        print_error("%s\n", e->message ? e->message : "failed");
    assert_true(ok);
}

static void sample_open(struct sample *s, const char *name)
{
    struct err e = {0};
    struct buf text = {0};
    char path[128];
    must(file_read("tests/oracle/samples.json", 1 << 24, &text, &e), &e);
    s->oracle = json_parse(text.data, text.len, "samples.json", &e);
    must(s->oracle != NULL, &e);
    buf_release(&text);
    s->expected = json_get(s->oracle, name);
    snprintf(path, sizeof path, "samples/%s/model.onnx", name);
    s->file = model_file_read(path, &e);
    must(s->file != NULL, &e);
    s->graph = graph_bind(model_file_source(s->file), 0, &e);
    must(s->graph != NULL, &e);
    must(layers_find(s->graph, &s->layers, &e), &e);
    must(coupling_find(s->graph, &s->layers, &s->coupling, &e), &e);
    snprintf(path, sizeof path, "samples/%s/dataset.json", name);
    s->data = dataset_open(path, &(struct dataset_options){0}, &e);
    must(s->data != NULL, &e);
    must(kernels_choose(NULL, &s->kernels, &e), &e);
}

static void sample_close(struct sample *s)
{
    dataset_free(s->data);
    coupling_release(&s->coupling);
    layers_release(&s->layers);
    graph_free(s->graph);
    model_file_free(s->file);
    json_free(s->oracle);
}

static int64_t expect_int(const struct json *j, const char *name)
{
    assert_true(json_is_number(json_get(j, name)));
    return (int64_t)json_num(json_get(j, name), -1);
}

/* NULL mask: the dense model. */
static struct outcome *measure(const struct sample *s, const struct mask *m, enum split split)
{
    struct err e = {0};
    struct reading how;
    struct runner serial;
    struct overrides o = {0};
    if (m)
        overrides_make(s->graph, &s->layers, &s->coupling, m, NULL, &o);
    struct program *p = program_new(s->graph, o.v, &(struct program_options){.kernels = &s->kernels}, &e);
    must(p != NULL, &e);
    must(reading_make(s->graph, s->data, &how, &e), &e);
    runner_serial(&serial, NULL);
    int64_t n = s->data->n_split[split];
    struct outcome *out = outcome_measure(p, s->data, &how, s->data->rows[split], n, n, &serial, &e);
    must(out != NULL, &e);
    program_free(p);
    overrides_release(&o);
    return out;
}

static void check_counts(const struct sample *s)
{
    struct mask *all = mask_new(&s->layers);
    struct cost cost;
    cost_of(s->graph, &s->layers, &s->coupling, all, &cost);
    assert_int_equal(cost.dense_parameters, expect_int(s->expected, "parameters"));
    assert_int_equal(cost.parameters, expect_int(s->expected, "parameters"));
    assert_int_equal(cost.prunable, expect_int(s->expected, "prunable"));
    assert_int_equal(cost.dense_macs, expect_int(s->expected, "macs"));
    cost_release(&cost);
    mask_unref(all);
    int i = 0;
    for (const struct json *l = json_first(json_get(s->expected, "layers")); l; l = json_next(l), i++)
        assert_string_equal(s->layers.v[i].name, json_str(json_get(l, "name")));
    assert_int_equal(s->layers.n, i);
    const struct json *rows = json_get(s->expected, "rows");
    for (int split = 0; split < SPLIT_ALL; split++)
        assert_int_equal(s->data->n_split[split], (int64_t)json_num(json_get(rows, split_names[split]), 0));
}

/* The first 64 test records, scaled as the manifest says, and what ONNX Runtime answers on them. */
static void check_answers(const struct sample *s, const char *name, const struct outcome *test)
{
    struct err e = {0};
    struct array x = {0}, y = {0};
    char path[128];
    snprintf(path, sizeof path, "tests/oracle/predict/%s/x.npy", name);
    must(array_read(path, &x, &e), &e);
    snprintf(path, sizeof path, "tests/oracle/predict/%s/y.npy", name);
    must(array_read(path, &y, &e), &e);
    int64_t width = x.n / 64, outputs = y.n / 64;
    assert_int_equal(width, s->data->n_features);
    float *block = malloc((size_t)x.n * sizeof *block);
    dataset_fill(s->data, s->data->rows[SPLIT_TEST], 64, 64, block);
    for (int64_t i = 0; i < x.n; i++)
        assert_float_equal(block[i % width * 64 + i / width], (float)array_real(&x, i), 1e-5f);
    for (int64_t i = 0; i < y.n; i++)
        assert_float_equal(test->output[i], (float)array_real(&y, i), 1e-4f);
    assert_int_equal(outputs, test->n_outputs);
    free(block);
    array_release(&x);
    array_release(&y);
}

static void check_outcome(const struct outcome *o, const struct json *expected, int64_t slack)
{
    assert_in_range(o->n_right - expect_int(expected, "correct") + slack, 0, 2 * slack);
    assert_true(fabs(o->loss - json_num(json_get(expected, "loss"), NAN)) < 2e-3);
}

/* Each row of the oracle's list: kept weights by layer exactly; right answers where `run` says so. */
static void check_prune(const struct sample *s, const char *list, struct strategy how, bool run)
{
    struct err e = {0};
    struct mask *all = mask_new(&s->layers);
    struct ranking *r = ranking_new(s->graph, &s->layers, &s->coupling, NULL, &how, &e);
    must(r != NULL, &e);
    const struct json *row = json_first(json_get(s->expected, list));
    assert_non_null(row);
    for (; row; row = json_next(row)) {
        struct cut cut;
        struct cost cost;
        must(ranking_cut(r, all, NULL, json_num(json_get(row, "amount"), -1), &cut, &e), &e);
        cost_of(s->graph, &s->layers, &s->coupling, cut.mask, &cost);
        assert_int_equal(cost.kept, expect_int(row, "kept"));
        for (int l = 0; l < s->layers.n; l++)
            assert_int_equal(cost.layers[l].kept,
                             expect_int(json_get(row, "kept_layers"), s->layers.v[l].name));
        cost_release(&cost);
        if (run) {
            struct outcome *o = measure(s, cut.mask, SPLIT_TEST);
            check_outcome(o, row, 2);
            outcome_free(o);
        }
        mask_unref(cut.mask);
    }
    ranking_free(r);
    mask_unref(all);
}

static void check_sample(const char *name, bool run)
{
    struct sample s = {0};
    sample_open(&s, name);
    check_counts(&s);
    const struct json *measured = json_get(s.expected, "measured");
    struct outcome *o = measure(&s, NULL, SPLIT_TEST);
    check_outcome(o, json_get(measured, "test"), 0);
    check_answers(&s, name, o);
    outcome_free(o);
    check_prune(&s, "prune_global", (struct strategy){.scope = SCOPE_GLOBAL}, run);
    check_prune(&s, "prune_layer", (struct strategy){.scope = SCOPE_LAYER}, run);
    sample_close(&s);
}

static void test_breast_cancer(void **state)
{
    (void)state;
    check_sample("breast-cancer", true);
}

static void test_credit(void **state)
{
    (void)state;
    check_sample("credit", true);
}

static void test_readmit(void **state)
{
    (void)state;
    check_sample("readmit", true);
}

static void test_digits_mlp(void **state)
{
    (void)state;
    check_sample("digits-mlp", true);
}

static void test_digits_cnn(void **state)
{
    (void)state;
    check_sample("digits-cnn", false);
}

/* Hidden units by the L2 norm of their rows: the same units, bias and all, as zeroed by hand in PyTorch. */
static void test_units(void **state)
{
    (void)state;
    struct sample s = {0};
    sample_open(&s, "digits-mlp");
    struct strategy how = {.structure = STRUCTURE_UNIT, .scope = SCOPE_GLOBAL};
    check_prune(&s, "units_global", how, true);
    how.scope = SCOPE_LAYER;
    check_prune(&s, "units_layer", how, true);
    sample_close(&s);
}

/* The story of readmit: at 80 % the group 80+ loses its input and pays, overall accuracy cannot tell; one link repairs it. */
static void test_readmit_story(void **state)
{
    (void)state;
    struct err e = {0};
    struct sample s = {0};
    struct cut cut;
    struct place link;
    struct reading how;
    struct comparison all, repaired;
    sample_open(&s, "readmit");
    struct mask *none = mask_new(&s.layers);
    struct ranking *r = ranking_new(s.graph, &s.layers, &s.coupling, NULL, &(struct strategy){0}, &e);
    must(r && ranking_cut(r, none, NULL, 0.8, &cut, &e), &e);
    must(place_parse(&s.layers, "fc1/52/25", &link, &e), &e);
    assert_string_equal(s.data->features[25].column, "age_80plus");
    for (int64_t unit = 0; unit < s.layers.v[0].units; unit++)
        assert_false(mask_weight(cut.mask, 0, layer_index(&s.layers.v[0], unit, 25, 0)));
    must(reading_make(s.graph, s.data, &how, &e), &e);
    struct outcome *dense = measure(&s, NULL, SPLIT_VALIDATION);
    struct outcome *pruned = measure(&s, cut.mask, SPLIT_VALIDATION);
    outcome_compare(dense, pruned, &how, &all);
    const struct json *story = json_get(json_get(s.expected, "age_80plus_at_0.8"), "validation");
    assert_int_equal(all.newly_wrong, expect_int(story, "all_newly_wrong"));
    assert_int_equal(all.newly_right, expect_int(story, "all_newly_right"));
    assert_true(all.low < 0 && all.high > 0);
    mask_set(cut.mask, 0, layer_index(&s.layers.v[0], link.unit, link.input, 0), true);
    struct outcome *after = measure(&s, cut.mask, SPLIT_VALIDATION);
    outcome_compare(dense, after, &how, &repaired);
    assert_true(repaired.delta > 0);
    outcome_free(dense);
    outcome_free(pruned);
    outcome_free(after);
    ranking_free(r);
    mask_unref(cut.mask);
    mask_unref(none);
    sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breast_cancer), cmocka_unit_test(test_credit),
        cmocka_unit_test(test_readmit),       cmocka_unit_test(test_digits_mlp),
        cmocka_unit_test(test_digits_cnn),    cmocka_unit_test(test_units),
        cmocka_unit_test(test_readmit_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
