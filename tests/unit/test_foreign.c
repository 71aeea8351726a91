/* Models as PyTorch, Keras and scikit-learn export them (tests/oracle/foreign*.py): opened, checked with two samples, and computed record
 * by record in every width. Expected outputs are ONNX Runtime's, kept beside the models. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/program.h"
#include "engine/io/array.h"
#include "engine/io/onnx.h"
#include "tests/unit/util_run.h"

#define TOLERANCE 1e-4f

static void must(bool ok, const struct err *e)
{
    if (!ok)
        print_error("%s\n", e->message ? e->message : "failed");
    assert_true(ok);
}

static void read_array(const char *name, char part, struct array *out)
{
    struct err e = {0};
    char path[128];
    snprintf(path, sizeof path, "tests/data/foreign/%s.%c.npy", name, part);
    must(array_read(path, out, &e), &e);
}

/* Blocks of lanes over all records; lanes beyond the last repeat it. Outputs go to got[records][outputs]. */
static void compute(const struct program *p, const struct array *x, int64_t outputs, float *got)
{
    int lanes = program_lanes(p);
    int64_t records = x->dim[0], width = x->n / records;
    struct run *r = run_new(p);
    for (int64_t first = 0; first < records; first += lanes) {
        float *in = run_input(r, 0);
        for (int l = 0; l < lanes; l++) {
            int64_t record = first + l < records ? first + l : records - 1;
            for (int64_t k = 0; k < width; k++)
                in[k * lanes + l] = (float)array_real(x, record * width + k);
        }
        assert_true(run_forward(r, NULL));
        const float *out = run_output(r, 0);
        for (int l = 0; l < lanes && first + l < records; l++)
            for (int64_t k = 0; k < outputs; k++)
                got[(first + l) * outputs + k] = out[k * lanes + l];
    }
    run_free(r);
}

/* In every width: as ONNX Runtime says, and with the same bits, so that a record alone is answered as in a block of many. */
static void check_widths(const struct graph *g, const struct kernels *k, const struct array *x,
                         const struct array *y)
{
    static const int widths[] = {1, 16, 64};
    struct err e = {0};
    size_t n = (size_t)y->n;
    float *got = mem_alloc(n, sizeof *got), *first = mem_alloc(n, sizeof *first);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct program_options o = {.kernels = k, .lanes = widths[i]};
        struct program *p = program_new(g, NULL, &o, &e);
        must(p != NULL, &e);
        compute(p, x, y->n / x->dim[0], got);
        for (size_t at = 0; at < n; at++)
            assert_float_equal(got[at], (float)array_real(y, (int64_t)at), TOLERANCE);
        if (i == 0)
            memcpy(first, got, n * sizeof *got);
        assert_memory_equal(first, got, n * sizeof *got);
        program_free(p);
    }
    free(got);
    free(first);
}

static void check_model(void **state)
{
    const char *name = *state;
    struct err e = {0};
    struct array x = {0}, y = {0};
    struct kernels k = plain_kernels();
    char path[128];
    snprintf(path, sizeof path, "tests/data/foreign/%s.onnx", name);
    struct model_file *m = model_file_read(path, &e);
    must(m != NULL, &e);
    struct graph *g = graph_bind(model_file_source(m), 0, &e);
    must(g != NULL, &e);
    must(program_check_batch(model_file_source(m), g, &k, &e), &e);
    read_array(name, 'x', &x);
    read_array(name, 'y', &y);
    check_widths(g, &k, &x, &y);
    must(kernels_choose(NULL, &k, &e), &e);
    check_widths(g, &k, &x, &y);
    array_release(&x);
    array_release(&y);
    graph_free(g);
    model_file_free(m);
}

#define MODEL(file)                                                                                          \
    {                                                                                                        \
        file, check_model, NULL, NULL, (void *)file                                                          \
    }

/* Attention moves and merges the batch axis; vit-2block and -op14 are what two opsets make of the same network. The label output
 * and ZipMap of skl2onnx are cut off. Files called -one fix the batch at 1; dynamo-mlp has its weights beside it. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL("cells-gru"),
        MODEL("cells-kept"),
        MODEL("cells-lstm"),
        MODEL("cells-rnn"),
        MODEL("mlp"),
        MODEL("resnet-small"),
        MODEL("vit-2block"),
        MODEL("vit-2block-op14"),
        MODEL("sklearn"),
        MODEL("dynamo-cnn"),
        MODEL("dynamo-mlp"),
        MODEL("dynamo-plain"),
        MODEL("dynamo-vit"),
        MODEL("dynamo-vit-one"),
        MODEL("keras2-attention"),
        MODEL("keras2-cnn"),
        MODEL("keras2-flat"),
        MODEL("keras2-mlp"),
        MODEL("keras3-attention"),
        MODEL("keras3-cnn"),
        MODEL("keras3-flat"),
        MODEL("keras3-mlp"),
        MODEL("script-cnn"),
        MODEL("script-vit"),
        MODEL("script-vit-one"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
