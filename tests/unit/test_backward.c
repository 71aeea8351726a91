/* engine/graph/backward.h, engine/learn/tape.h: derivatives of each operator, first and second, by inputs and constants, against numerical
 * differences of double precision; lanes and kernel levels byte for byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/rng.h"
#include "engine/graph/op.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_slopes.h"
#include "tests/unit/util_source.h"

enum { NEW = 18 };

/* Constants of drawn numbers from low to high. */
static void drawn(struct source *s, const char *name, const int64_t *dims, double low, double high)
{
    float v[1024];
    int64_t n = 1;
    for (const int64_t *d = dims; *d != DIMS_END; d++)
        n *= *d;
    for (int64_t i = 0; i < n; i++)
        v[i] = (float)(low + (high - low) * rng_unit(3, (uint64_t)name[1], (uint64_t)i));
    net_floats(s, name, dims, v);
}

/* x and what becomes of x * w: curvature along w in every operator behind it. */
static struct source *behind(const char *op, const int64_t *dims, const char *inputs)
{
    struct source *s = net_new(NEW);
    net_input(s, "x", FLOAT, dims);
    net_output(s, "y", 0);
    drawn(s, "w", DIMS(1), 0.8, 1.2);
    net_node(s, "Mul", "x w", "z");
    net_node(s, op, inputs, "y");
    return s;
}

static void maps(void **state)
{
    static const char *const both[] = {"Relu",        "LeakyRelu", "Elu",  "Selu",     "Sigmoid",
                                       "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Softsign",
                                       "Erf",         "Exp",       "Abs",  "Neg"};
    static const char *const positive[] = {"Log", "Sqrt", "Reciprocal"};
    (void)state;
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        slopes_expect(behind(both[i], DIMS(1, 9), "z"), -4, 4);
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
        slopes_expect(behind(positive[i], DIMS(1, 9), "z"), 0.5, 4);
    for (int rough = 0; rough < 2; rough++) {
        struct source *s = net_new(20);
        net_input(s, "x", FLOAT, DIMS(1, 9));
        net_output(s, "y", 0);
        drawn(s, "w", DIMS(1), 0.8, 1.2);
        net_node(s, "Mul", "x w", "z");
        net_node(s, "Gelu", "z", "y");
        net_text(s, "approximate", rough ? "tanh" : "none");
        slopes_expect(s, -4, 4);
    }
    struct source *s = behind("Elu", DIMS(1, 9), "z");
    net_float(s, "alpha", 0.7f);
    slopes_expect(s, -3, 3);
}

static void clipped(void **state)
{
    (void)state;
    struct source *s = behind("Clip", DIMS(1, 9), "z wl wh");
    drawn(s, "wl", NO_DIMS, -1, -0.9);
    drawn(s, "wh", NO_DIMS, 1, 1.1);
    slopes_expect(s, -3, 3);
}

static void pairs(void **state)
{
    static const char *const any[] = {"Add", "Sub", "Mul", "Min", "Max", "Sum", "PRelu", "Div", "Pow"};
    (void)state;
    for (size_t i = 0; i < sizeof any / sizeof *any; i++) {
        bool positive = strcmp(any[i], "Div") == 0 || strcmp(any[i], "Pow") == 0;
        struct source *s = behind(any[i], DIMS(1, 3, 4), "z wz");
        drawn(s, "wz", DIMS(3, 1), positive ? 0.5 : -1, 2);
        slopes_expect(s, positive ? 0.4 : -2, 2);
        s = behind(any[i], DIMS(1, 3, 4), "wz z");
        drawn(s, "wz", DIMS(1, 1, 3, 4), positive ? 0.5 : -1, 2);
        slopes_expect(s, positive ? 0.4 : -2, 2);
    }
    slopes_expect(behind("Mul", DIMS(1, 5), "z z"), -2, 2);
    struct source *s = behind("Max", DIMS(1, 5), "z wa wb");
    drawn(s, "wa", DIMS(1), -0.5, 0);
    drawn(s, "wb", DIMS(5), -1, 1);
    slopes_expect(s, -2, 2);
    s = behind("Pow", DIMS(1, 5), "z c");
    net_floats(s, "c", NO_DIMS, FLOATS(2));
    slopes_expect(s, -2, 2);
    s = net_new(NEW);
    net_input(s, "x", FLOAT, DIMS(1, 5));
    net_output(s, "y", 0);
    drawn(s, "wz", DIMS(5), -1, 1);
    net_floats(s, "c", NO_DIMS, FLOATS(0.1f));
    net_node(s, "Mul", "x wz", "z");
    net_node(s, "Greater", "z c", "b");
    net_node(s, "Where", "b z wz", "a");
    net_node(s, "Tanh", "a", "y");
    slopes_expect(s, -2, 2);
}

/* Behind a square, so that tangents and derivatives differ from place to place. */
static struct source *moving(const char *op, const int64_t *dims, const char *inputs)
{
    struct source *s = net_new(NEW);
    net_input(s, "x", FLOAT, dims);
    net_output(s, "y", 0);
    drawn(s, "w", DIMS(1), 0.8, 1.2);
    net_node(s, "Mul", "x w", "a");
    net_node(s, "Tanh", "a", "z");
    net_node(s, op, inputs, "y");
    return s;
}

static void moves(void **state)
{
    (void)state;
    struct source *s = moving("Transpose", DIMS(1, 3, 4), "z");
    net_int_list(s, "perm", DIMS(0, 2, 1));
    slopes_expect(s, -2, 2);
    s = moving("Expand", DIMS(1, 3, 1), "z c");
    net_ints(s, "c", DIMS(4), INTS(2, 1, 3, 4));
    slopes_expect(s, -2, 2);
    s = moving("Tile", DIMS(1, 3, 2), "z c");
    net_ints(s, "c", DIMS(3), INTS(1, 2, 3));
    slopes_expect(s, -2, 2);
    s = moving("Concat", DIMS(1, 3, 2), "z wc x z");
    drawn(s, "wc", DIMS(1, 1, 2), -1, 1);
    net_int(s, "axis", 1);
    slopes_expect(s, -2, 2);
    s = moving("Concat", DIMS(1, 2),
               "z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z z "
               "z z z z z "
               "z z z z z z z z z z z z z z z z z z z z z x");
    net_int(s, "axis", 1);
    slopes_expect(s, -2, 2);
    s = moving("Trilu", DIMS(1, 4, 4), "z");
    slopes_expect(s, -2, 2);
    s = moving("Slice", DIMS(1, 5, 4), "z c0 c1 c2 c3");
    net_ints(s, "c0", DIMS(2), INTS(4, 0));
    net_ints(s, "c1", DIMS(2), INTS(-6, 3));
    net_ints(s, "c2", DIMS(2), INTS(1, 2));
    net_ints(s, "c3", DIMS(2), INTS(-2, 2));
    slopes_expect(s, -2, 2);
    static const char *const modes[] = {"constant", "reflect", "edge"};
    for (int i = 0; i < 3; i++) {
        s = moving("Pad", DIMS(1, 4, 3), "z c");
        net_ints(s, "c", DIMS(6), INTS(0, 2, 1, 0, 1, 2));
        net_text(s, "mode", modes[i]);
        slopes_expect(s, -2, 2);
    }
    s = moving("Pad", DIMS(1, 4), "z c wf");
    net_ints(s, "c", DIMS(4), INTS(0, 2, 0, 1));
    drawn(s, "wf", NO_DIMS, -1, 1);
    slopes_expect(s, -2, 2);
    s = net_new(NEW); /* what it fills in is computed */
    net_input(s, "x", FLOAT, DIMS(1, 4));
    net_output(s, "y", 0);
    drawn(s, "w", DIMS(4), 0.8, 1.2);
    net_node(s, "Mul", "x w", "z");
    net_node(s, "ReduceMax", "z", "m");
    net_int(s, "keepdims", 0);
    net_node(s, "Pad", "z c m", "y");
    net_ints(s, "c", DIMS(4), INTS(0, 1, 0, 1));
    slopes_expect(s, -2, 2);
    s = moving("Reshape", DIMS(1, 4, 3), "z c");
    net_ints(s, "c", DIMS(2), INTS(1, 12));
    slopes_expect(s, -2, 2);
    s = moving("Dropout", DIMS(1, 5), "z");
    slopes_expect(s, -2, 2);
    s = moving("Cast", DIMS(1, 5), "z");
    net_int(s, "to", 1);
    slopes_expect(s, -2, 2);
}

static void splits(void **state)
{
    (void)state;
    struct source *s = net_new(NEW);
    net_input(s, "x", FLOAT, DIMS(1, 6, 2));
    net_output(s, "y", 0);
    drawn(s, "w", DIMS(1), 0.8, 1.2);
    net_node(s, "Mul", "x w", "z");
    net_node(s, "Split", "z c", "a b d");
    net_ints(s, "c", DIMS(3), INTS(2, 2, 2));
    net_int(s, "axis", 1);
    net_node(s, "Mul", "a d", "y");
    slopes_expect(s, -2, 2);
}

static void gathers(void **state)
{
    (void)state;
    struct source *s = moving("Gather", DIMS(1, 5, 2), "z c");
    net_ints(s, "c", DIMS(2, 2), INTS(4, 0, -1, 4));
    net_int(s, "axis", 1);
    slopes_expect(s, -2, 2);
    s = net_new(NEW); /* a table that is looked up in */
    net_input(s, "i", INT64, DIMS(1, 4));
    net_output(s, "y", 0);
    drawn(s, "wt", DIMS(5, 3), -1, 1);
    drawn(s, "wm", DIMS(3), -1, 1);
    net_node(s, "Gather", "wt i", "a");
    net_node(s, "Mul", "a wm", "b");
    net_node(s, "Tanh", "b", "y");
    slopes_expect(s, -2, 2);
    s = net_new(NEW); /* a value that is looked up in */
    net_input(s, "x", FLOAT, DIMS(1, 5, 3));
    net_input(s, "i", INT64, DIMS(1, 4));
    net_output(s, "y", 0);
    drawn(s, "wm", DIMS(3), -1, 1);
    net_node(s, "Mul", "x wm", "a");
    net_node(s, "Gather", "a i", "b");
    net_int(s, "axis", 1);
    net_node(s, "Tanh", "b", "y");
    slopes_expect(s, -2, 2);
}

/* Two products in a row, so that each has a tangent on both sides. */
static void dense(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct source *s = net_new(NEW);
        net_input(s, "x", FLOAT, DIMS(1, 7));
        net_output(s, "y", 0);
        drawn(s, "wa", turned ? DIMS(5, 7) : DIMS(7, 5), -1, 1);
        drawn(s, "wb", DIMS(5), -1, 1);
        drawn(s, "wc", DIMS(5, 3), -1, 1);
        net_node(s, "Gemm", "x wa wb", "a");
        net_int(s, "transB", turned);
        net_float(s, "alpha", 0.7f);
        net_float(s, "beta", 1.3f);
        net_node(s, "Tanh", "a", "b");
        net_node(s, "MatMul", "b wc", "y");
        slopes_expect(s, -1, 1);
    }
    struct source *s = net_new(NEW); /* over positions, and a weight that stands left */
    net_input(s, "x", FLOAT, DIMS(1, 4, 6));
    net_output(s, "y", 0);
    drawn(s, "wa", DIMS(6, 5), -1, 1);
    drawn(s, "wb", DIMS(3, 4), -1, 1);
    net_node(s, "MatMul", "x wa", "a");
    net_node(s, "Sigmoid", "a", "b");
    net_node(s, "MatMul", "wb b", "y");
    slopes_expect(s, -1, 1);
}

static void activations(void **state)
{
    (void)state;
    struct source *s = net_new(NEW);
    net_input(s, "x", FLOAT, DIMS(1, 2, 3, 4));
    net_output(s, "y", 0);
    drawn(s, "wa", DIMS(4, 4), -1, 1);
    drawn(s, "wb", DIMS(2, 4, 3), -1, 1); /* no matrix: multiplied pair by pair */
    net_node(s, "MatMul", "x wa", "a");
    net_node(s, "MatMul", "x wb", "b");
    net_node(s, "MatMul", "b a", "y");
    slopes_expect(s, -1, 1);
    s = net_new(NEW);
    net_input(s, "x", FLOAT, DIMS(3, 4));
    net_output(s, "y", 0);
    drawn(s, "wa", DIMS(1), 0.8, 1.2);
    drawn(s, "wc", DIMS(1, 3), -1, 1);
    net_node(s, "Mul", "x wa", "a");
    net_node(s, "Gemm", "a x wc", "y");
    net_int(s, "transB", 1);
    net_float(s, "alpha", 0.6f);
    net_float(s, "beta", 0.5f);
    slopes_expect(s, -1, 1);
    static const char *const equations[] = {"abc,adc->abd", "abc->ac", "abc,abc->b", "abb->a"};
    for (int i = 0; i < 4; i++) {
        bool two = strchr(equations[i], ',') != NULL;
        s = net_new(NEW);
        net_input(s, "x", FLOAT, DIMS(1, 3, 3));
        net_output(s, "y", 0);
        drawn(s, "wa", DIMS(3, 1), 0.8, 1.2);
        net_node(s, "Mul", "x wa", "a");
        net_node(s, "Einsum", two ? "a x" : "a", "y");
        net_text(s, "equation", equations[i]);
        slopes_expect(s, -1, 1);
    }
}

/* With a matrix that is a weight, as a sum and where its loops fit none. */
static void einsums(void **state)
{
    static const char *const equations[] = {"abc,cd->abd", "abc,dc->adb", "abcd,de->eabc", "abcd,be->adec"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct source *s = net_new(NEW);
        bool four = i > 1;
        net_input(s, "x", FLOAT, four ? DIMS(1, 3, 2, 3) : DIMS(1, 4, 3));
        net_output(s, "y", 0);
        drawn(s, "ws", DIMS(1), 0.8, 1.2);
        drawn(s, "wa", i == 1 ? DIMS(5, 3) : DIMS(3, 5), -1, 1);
        net_node(s, "Mul", "x ws", "z");
        net_node(s, "Einsum", "z wa", "y");
        net_text(s, "equation", equations[i]);
        slopes_expect(s, -1, 1);
    }
}

/* Attributes of a drawn convolution. */
static void convolution(uint64_t seed, bool turned)
{
    struct source *s = net_new(NEW);
    int64_t groups = 1 + (int64_t)(rng_u64(seed, 1, 1) % 2), stride = 1 + (int64_t)(rng_u64(seed, 1, 2) % 2);
    int64_t before = (int64_t)(rng_u64(seed, 1, 3) % 2), after = (int64_t)(rng_u64(seed, 1, 4) % 2);
    int64_t dilation = 1 + (int64_t)(rng_u64(seed, 1, 5) % 2), side = 1 + (int64_t)(rng_u64(seed, 1, 6) % 3);
    net_input(s, "x", FLOAT, DIMS(1, 4, 5, 6));
    net_output(s, "y", 0);
    drawn(s, "ws", DIMS(1), 0.8, 1.2);
    net_node(s, "Mul", "x ws", "z");
    drawn(s, "wa", turned ? DIMS(4, 3, side, 2) : DIMS(3 * groups, 4 / groups, side, 2), -1, 1);
    drawn(s, "wb", DIMS(3 * groups), -1, 1);
    net_node(s, turned ? "ConvTranspose" : "Conv", seed % 3 ? "z wa wb" : "z wa", "y");
    net_int(s, "group", groups);
    net_int_list(s, "strides", DIMS(stride, 3 - stride));
    net_int_list(s, "dilations", DIMS(dilation, 3 - dilation));
    net_int_list(s, "pads", DIMS(before, after, after, before));
    slopes_expect(s, -1, 1);
}

static void convolutions(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++)
        convolution(seed, false);
}

static void convolutions_turned(void **state)
{
    (void)state;
    for (uint64_t seed = 20; seed < 26; seed++)
        convolution(seed, true);
}

static void convolution_plain(void **state)
{
    (void)state;
    struct source *s = net_new(NEW); /* of one axis, depthwise, and pointwise */
    net_input(s, "x", FLOAT, DIMS(1, 3, 8));
    net_output(s, "y", 0);
    drawn(s, "wa", DIMS(3, 1, 3), -1, 1);
    drawn(s, "wb", DIMS(4, 3, 1), -1, 1);
    net_node(s, "Conv", "x wa", "a");
    net_int(s, "group", 3);
    net_node(s, "Tanh", "a", "b");
    net_node(s, "Conv", "b wb", "y");
    slopes_expect(s, -1, 1);
    s = net_new(NEW); /* with a weight that is computed */
    net_input(s, "x", FLOAT, DIMS(1, 2, 4, 4));
    net_output(s, "y", 0);
    drawn(s, "wa", DIMS(1), 0.8, 1.2);
    net_node(s, "Mul", "x wa", "a");
    net_node(s, "Reshape", "a c", "b");
    net_ints(s, "c", DIMS(4), INTS(4, 2, 2, 2));
    net_node(s, "Conv", "x b", "y");
    slopes_expect(s, -1, 1);
}

static void norms(void **state)
{
    (void)state;
    struct source *s = behind("BatchNormalization", DIMS(1, 3, 4), "z wa wb wc wd");
    drawn(s, "wa", DIMS(3), 0.5, 2);
    drawn(s, "wb", DIMS(3), -1, 1);
    drawn(s, "wc", DIMS(3), -1, 1);
    drawn(s, "wd", DIMS(3), 0.5, 2);
    slopes_expect(s, -2, 2);
    s = behind("LayerNormalization", DIMS(1, 3, 5), "z wa wb");
    drawn(s, "wa", DIMS(5), 0.5, 2);
    drawn(s, "wb", DIMS(5), -1, 1);
    slopes_expect(s, -2, 2);
    s = behind("LayerNormalization", DIMS(1, 3, 4), "z wa");
    drawn(s, "wa", DIMS(3, 1), 0.5, 2);
    net_int(s, "axis", 1);
    slopes_expect(s, -2, 2);
    s = behind("InstanceNormalization", DIMS(1, 3, 5), "z wa wb");
    drawn(s, "wa", DIMS(3), 0.5, 2);
    drawn(s, "wb", DIMS(3), -1, 1);
    slopes_expect(s, -2, 2);
    s = net_new(NEW); /* its statistics are read, too */
    net_input(s, "x", FLOAT, DIMS(1, 3, 4));
    net_output(s, "y", 0);
    drawn(s, "wa", DIMS(4), 0.5, 2);
    drawn(s, "w", DIMS(4), 0.8, 1.2);
    net_node(s, "Mul", "x w", "z");
    net_node(s, "LayerNormalization", "z wa", "a b d");
    net_node(s, "Mul", "a b", "e");
    net_node(s, "Div", "e d", "y");
    slopes_expect(s, -2, 2);
}

static void softmaxes(void **state)
{
    (void)state;
    for (int log = 0; log < 2; log++) {
        const char *op = log ? "LogSoftmax" : "Softmax";
        slopes_expect(behind(op, DIMS(1, 3, 4), "z"), -2, 2);
        struct source *s = behind(op, DIMS(1, 3, 4), "z");
        net_int(s, "axis", 1);
        slopes_expect(s, -2, 2);
    }
}

static void reductions(void **state)
{
    static const char *const ops[] = {"ReduceMean", "ReduceMax", "ReduceMin",       "ReduceProd",
                                      "ReduceL1",   "ReduceL2",  "ReduceSumSquare", "ReduceSum"};
    (void)state;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        for (int keep = 0; keep < 2; keep++) {
            struct source *s = behind(ops[i], DIMS(1, 3, 4, 2), "z c");
            net_ints(s, "c", DIMS(2), keep ? INTS(1, 3) : INTS(2, -1));
            net_int(s, "keepdims", keep);
            slopes_expect(s, -2, 2);
        }
}

static void pools(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct source *s = behind(i % 2 ? "AveragePool" : "MaxPool", DIMS(1, 2, 5, 6), "z");
        net_int_list(s, "kernel_shape", DIMS(2, 3));
        net_int_list(s, "strides", DIMS(2, 1));
        net_int_list(s, "pads", DIMS(1, 1, 0, 1));
        if (i == 3)
            net_int(s, "count_include_pad", 1);
        if (i == 2)
            net_int(s, "ceil_mode", 1);
        slopes_expect(s, -2, 2);
    }
    slopes_expect(behind("GlobalAveragePool", DIMS(1, 3, 4, 2), "z"), -2, 2);
    slopes_expect(behind("GlobalMaxPool", DIMS(1, 3, 4, 2), "z"), -2, 2);
}

static void resizes(void **state)
{
    (void)state;
    for (int linear = 0; linear < 2; linear++) {
        struct source *s = moving("Resize", DIMS(1, 2, 3, 4), "z - c");
        net_floats(s, "c", DIMS(4), FLOATS(1, 1, 1.7f, 2));
        net_text(s, "mode", linear ? "linear" : "nearest");
        slopes_expect(s, -2, 2);
    }
}

static void scikit(void **state)
{
    static const char *const norms_of[] = {"MAX", "L1", "L2"};
    (void)state;
    struct source *s = moving("Scaler", DIMS(1, 4), "z");
    net_domain(s, "ai.onnx.ml");
    net_float_list(s, "offset", 4, FLOATS(1, 2, 3, 4));
    net_float_list(s, "scale", 1, FLOATS(0.5f));
    slopes_expect(s, -2, 2);
    for (int i = 0; i < 3; i++) {
        s = behind("Normalizer", DIMS(1, 4), "z");
        net_domain(s, "ai.onnx.ml");
        net_text(s, "norm", norms_of[i]);
        slopes_expect(s, 0.5, 2);
    }
}

/* Random networks with every kind of join. */
static void networks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++)
        slopes_differences(sketch_random(seed, seed % 2 == 0), -1, 1);
}

static void refused(void **state)
{
    (void)state;
    slopes_refuse(behind("Round", DIMS(1, 4), "z"), "Round Round_1 (node 1)");
    slopes_refuse(behind("ArgMax", DIMS(1, 4), "z"), "holds no real numbers");
    struct source *s = net_new(NEW);
    net_input(s, "x", FLOAT, DIMS(1, 4));
    net_output(s, "y", 0);
    net_floats(s, "c", DIMS(2), FLOATS(1, 2));
    net_node(s, "Relu", "c", "y");
    slopes_refuse(s, "is constant");
}

/* Rows that have no derivatives are those that have none to have. */
static void every_row(void **state)
{
    static const char *const none[] = {
        "Constant", "ConstantOfShape", "Shape",       "Size", "Range", "Not",   "Ceil",
        "Floor",    "Round",           "Sign",        "And",  "Or",    "Equal", "Greater",
        "Less",     "GreaterOrEqual",  "LessOrEqual", "Mod",  "ArgMax"};
    const struct op *op;
    (void)state;
    for (int i = 0; (op = op_at(i)); i++) {
        bool has = true;
        for (size_t k = 0; k < sizeof none / sizeof *none; k++)
            has &= strcmp(op->name, none[k]) != 0;
        if (has != (op->backward != NULL))
            fail_msg("%s", op->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps),
        cmocka_unit_test(clipped),
        cmocka_unit_test(pairs),
        cmocka_unit_test(moves),
        cmocka_unit_test(splits),
        cmocka_unit_test(gathers),
        cmocka_unit_test(dense),
        cmocka_unit_test(activations),
        cmocka_unit_test(einsums),
        cmocka_unit_test(convolutions),
        cmocka_unit_test(convolutions_turned),
        cmocka_unit_test(convolution_plain),
        cmocka_unit_test(norms),
        cmocka_unit_test(softmaxes),
        cmocka_unit_test(reductions),
        cmocka_unit_test(pools),
        cmocka_unit_test(resizes),
        cmocka_unit_test(scikit),
        cmocka_unit_test(networks),
        cmocka_unit_test(refused),
        cmocka_unit_test(every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
