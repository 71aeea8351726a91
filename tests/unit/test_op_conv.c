/* op_conv: convolutions against PyTorch's numbers, against the definition in double precision over drawn shapes, and hostile
 * ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "engine/graph/source.h"
#include "tests/unit/util_ops.h"
#include "tests/unit/util_source.h"

/* A convolution over two axes as a test draws it; over one axis if the first is all ones. */
struct conv {
    bool turned, one_axis, with_bias, running; /* running: the weight is computed at run time */
    int64_t groups, inputs, outputs;           /* channels a group */
    int64_t in[2], kernel[2], stride[2], dilation[2], before[2], after[2], extra[2], out[2];
    int64_t keep; /* of 100 weights */
    float *x, *w, *bias, *y;
};

static int64_t draw(uint64_t seed, uint64_t what, int64_t least, int64_t most)
{
    return least + (int64_t)(rng_u64(seed, 7, what) % (uint64_t)(most - least + 1));
}

static float *numbers(int64_t n, uint64_t seed)
{
    float *v = mem_alloc((size_t)n, sizeof *v);
    for (int64_t i = 0; i < n; i++)
        v[i] = (float)(rng_unit(seed, 3, (uint64_t)i) - 0.5);
    return v;
}

static int64_t reach(const struct conv *c, int a)
{
    return (c->kernel[a] - 1) * c->dilation[a] + 1;
}

static void draw_axis(struct conv *c, int a, uint64_t seed)
{
    uint64_t at = 20 * (uint64_t)(a + 1);
    c->kernel[a] = draw(seed, at, 1, 4);
    c->stride[a] = draw(seed, at + 1, 1, 3);
    c->dilation[a] = draw(seed, at + 2, 1, 2);
    c->before[a] = draw(seed, at + 3, 0, 3);
    c->after[a] = draw(seed, at + 4, 0, 2);
    c->in[a] = draw(seed, at + 5, c->turned ? 1 : reach(c, a), 11);
    c->extra[a] = c->turned ? draw(seed, at + 6, 0, c->stride[a] - 1) : 0;
    if (a == 0 && c->one_axis)
        c->kernel[a] = c->stride[a] = c->dilation[a] = c->in[a] = 1,
        c->before[a] = c->after[a] = c->extra[a] = 0;
    int64_t spread = (c->in[a] - 1) * c->stride[a] + reach(c, a) + c->extra[a];
    if (c->turned && spread <= c->before[a] + c->after[a])
        c->before[a] = c->after[a] = 0; /* nothing would be left */
    if (c->turned)
        c->out[a] = spread - c->before[a] - c->after[a];
    else
        c->out[a] = (c->in[a] + c->before[a] + c->after[a] - reach(c, a)) / c->stride[a] + 1;
}

static void draw_conv(struct conv *c, uint64_t seed)
{
    *c = (struct conv){.turned = draw(seed, 0, 0, 2) == 0,
                       .one_axis = draw(seed, 1, 0, 3) == 0,
                       .with_bias = draw(seed, 2, 0, 1),
                       .running = draw(seed, 3, 0, 4) == 0,
                       .groups = draw(seed, 4, 1, 3),
                       .inputs = draw(seed, 5, 1, 4),
                       .outputs = draw(seed, 6, 1, 9),
                       .keep = draw(seed, 7, 0, 1) ? 100 : 20};
    draw_axis(c, 0, seed);
    draw_axis(c, 1, seed);
    int64_t channels = c->groups * c->outputs, weights = channels * c->inputs * c->kernel[0] * c->kernel[1];
    c->x = numbers(c->groups * c->inputs * c->in[0] * c->in[1], seed + 1);
    c->w = numbers(weights, seed + 2);
    c->bias = numbers(channels, seed + 3);
    c->y = mem_zero((size_t)(channels * c->out[0] * c->out[1]), sizeof *c->y);
    for (int64_t i = 0; i < weights; i++)
        if (draw(seed, 1000 + (uint64_t)i, 0, 99) >= c->keep)
            c->w[i] = 0;
}

/* The weight from input channel i to output channel o of group g. */
static double weight(const struct conv *c, int64_t g, int64_t o, int64_t i, int64_t ky, int64_t kx)
{
    int64_t pair = c->turned ? (g * c->inputs + i) * c->outputs + o : (g * c->outputs + o) * c->inputs + i;
    return (double)c->w[(pair * c->kernel[0] + ky) * c->kernel[1] + kx];
}

static double at(const struct conv *c, int64_t channel, int64_t row, int64_t column)
{
    bool inside = row >= 0 && row < c->in[0] && column >= 0 && column < c->in[1];
    return inside ? (double)c->x[(channel * c->in[0] + row) * c->in[1] + column] : 0;
}

/* Conv by its definition: the window at an output position. ConvTranspose by the other end: the inputs whose spread reaches it. */
static double one_result(const struct conv *c, int64_t g, int64_t o, int64_t row, int64_t column)
{
    double sum = c->with_bias ? (double)c->bias[g * c->outputs + o] : 0;
    for (int64_t i = 0; i < c->inputs; i++)
        for (int64_t ky = 0; ky < c->kernel[0]; ky++)
            for (int64_t kx = 0; kx < c->kernel[1]; kx++) {
                double w = weight(c, g, o, i, ky, kx);
                int64_t channel = g * c->inputs + i, y = ky * c->dilation[0], x = kx * c->dilation[1];
                if (!c->turned)
                    sum += w * at(c, channel, row * c->stride[0] - c->before[0] + y,
                                  column * c->stride[1] - c->before[1] + x);
                for (int64_t r = 0; c->turned && r < c->in[0]; r++)
                    for (int64_t s = 0; s < c->in[1]; s++)
                        if (r * c->stride[0] + y - c->before[0] == row &&
                            s * c->stride[1] + x - c->before[1] == column)
                            sum += w * at(c, channel, r, s);
            }
    return sum;
}

static int64_t all_results(const struct conv *c)
{
    int64_t n = 0;
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t o = 0; o < c->outputs; o++)
            for (int64_t row = 0; row < c->out[0]; row++)
                for (int64_t column = 0; column < c->out[1]; column++)
                    c->y[n++] = (float)one_result(c, g, o, row, column);
    return n;
}

/* One node of this operator with input x. Its weight is w; a running one is "constant" plus 0 times the sum of x. */
static struct source *start_net(const char *op, const int64_t *x, const char *inputs, bool running)
{
    if (!running)
        return ops_net(13, op, 1, x, inputs);
    struct source *s = net_new(13);
    net_input(s, "x", 1, x);
    net_output(s, "y", 1);
    net_node(s, "ReduceSum", "x", "sum");
    net_int(s, "keepdims", 0);
    net_floats(s, "nothing", NO_DIMS, FLOATS(0));
    net_node(s, "Mul", "sum nothing", "zero");
    net_node(s, "Add", "constant zero", "w");
    net_node(s, op, inputs, "y");
    return s;
}

static struct source *conv_net(const struct conv *c)
{
    int first = c->one_axis;
    int64_t x[5] = {1, c->groups * c->inputs}, w[5] = {c->groups * c->outputs, c->inputs};
    int64_t pads[5], each[4][3], *lists[] = {each[0], each[1], each[2], each[3]};
    if (c->turned)
        w[0] = c->groups * c->inputs, w[1] = c->outputs;
    for (int a = first, d = 0; a < 2; a++, d++) {
        x[2 + d] = c->in[a];
        w[2 + d] = each[3][d] = c->kernel[a];
        each[0][d] = c->stride[a];
        each[1][d] = c->dilation[a];
        each[2][d] = c->extra[a];
        pads[d] = c->before[a];
        pads[2 - first + d] = c->after[a];
    }
    for (int i = 0; i < 4; i++)
        lists[i][2 - first] = DIMS_END;
    x[4 - first] = w[4 - first] = pads[4 - 2 * first] = DIMS_END;
    struct source *s =
        start_net(c->turned ? "ConvTranspose" : "Conv", x, c->with_bias ? "x w b" : "x w", c->running);
    net_int(s, "group", c->groups);
    net_int_list(s, "strides", lists[0]);
    net_int_list(s, "dilations", lists[1]);
    if (c->turned)
        net_int_list(s, "output_padding", lists[2]);
    net_int_list(s, "kernel_shape", lists[3]);
    net_int_list(s, "pads", pads);
    net_floats(s, c->running ? "constant" : "w", w, c->w);
    if (c->with_bias)
        net_floats(s, "b", DIMS(c->groups * c->outputs), c->bias);
    return s;
}

static void test_drawn_shapes_against_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 70; seed++) {
        struct conv c;
        draw_conv(&c, seed);
        ops_expect(conv_net(&c), c.x, c.y, (int)all_results(&c), 1e-5);
        float *blocks[] = {c.x, c.w, c.bias, c.y};
        for (int i = 0; i < 4; i++)
            free(blocks[i]);
    }
}

/* ---- closed numbers: torch.nn.functional of PyTorch 1.13 on 0, 1, 2 ... ---- */

static const float *counted(int64_t n, float first)
{
    static float v[64];
    for (int64_t i = 0; i < n; i++)
        v[i] = first + (float)i;
    return v;
}

static struct source *counted_net(const char *op, const int64_t *x, const int64_t *w, int64_t n_w,
                                  float first, const float *bias, int64_t n_bias)
{
    struct source *s = ops_net(13, op, 1, x, bias ? "x w b" : "x w");
    net_floats(s, "w", w, counted(n_w, first));
    if (bias)
        net_floats(s, "b", DIMS(n_bias), bias);
    return s;
}

static void test_numbers_of_pytorch(void **state)
{
    (void)state;
    struct source *s =
        counted_net("Conv", DIMS(1, 2, 4, 5), DIMS(4, 1, 2, 3), 24, -10, FLOATS(1, 2, 3, 4), 4);
    net_int(s, "group", 2);
    net_int_list(s, "strides", DIMS(2, 1));
    net_int_list(s, "pads", DIMS(1, 2, 1, 2));
    net_int_list(s, "dilations", DIMS(1, 2));
    ops_expect(s, counted(40, 0),
               FLOATS(-9, -20, -31, -24, -37, -220, -248, -396, -286, -318, -270, -287, -454, -321, -340, 4,
                      5, 6, 1, 0, -15, -19, -53, -57, -65, -77, -82, -147, -116, -123, 277, 290, 403, 246,
                      257, 590, 610, 830, 492, 508, 256, 263, 340, 189, 194, 530, 555, 800, 511, 534, 1275,
                      1319, 1893, 1201, 1241, 689, 708, 1007, 634, 651),
               60, 0);
    s = counted_net("ConvTranspose", DIMS(1, 2, 2, 3), DIMS(2, 2, 2, 3), 24, -10, FLOATS(1, 2), 2);
    net_int_list(s, "strides", DIMS(2, 3));
    net_int_list(s, "pads", DIMS(1, 0, 1, 0));
    net_int_list(s, "dilations", DIMS(1, 2));
    net_int_list(s, "output_padding", DIMS(1, 2));
    ops_expect(s, counted(12, 0),
               FLOATS(31, 1, 37, 29, 43, 37, 27, 45, 37, 1, 47, 1, 1, -11, 1, 1, -19, 13, -5, -27, 9, -11, 1,
                      5, 1, 1, 25, 1, 37, 23, 49, 37, 21, 51, 37, 1, 53, 1, 1, 68, 2, 74, 78, 80, 86, 88, 94,
                      98, 2, 108, 2, 2, 62, 2, 74, 66, 86, 80, 70, 94, 86, 2, 102, 2, 2, 98, 2, 110, 108, 122,
                      122, 118, 136, 134, 2, 150, 2, 2),
               78, 0);
    s = counted_net("Conv", DIMS(1, 2, 5), DIMS(2, 2, 3), 12, -5, NULL, 0);
    net_int_list(s, "strides", DIMS(2));
    net_int_list(s, "pads", DIMS(1, 1));
    ops_expect(s, counted(10, 0), FLOATS(-8, -41, -56, 64, 121, 88), 6, 0);
    s = counted_net("ConvTranspose", DIMS(1, 2, 5), DIMS(2, 2, 3), 12, -5, NULL, 0);
    net_int(s, "group", 2);
    net_int_list(s, "strides", DIMS(2));
    net_int_list(s, "pads", DIMS(1, 1));
    ops_expect(s, counted(10, 0),
               FLOATS(0, -5, -4, -13, -8, -21, -12, -29, -16, 0, -2, -1, -4, -2, -6, -3, -8, -4, 10, 21, 12,
                      25, 14, 29, 16, 33, 18, 25, 54, 30, 64, 35, 74, 40, 84, 45),
               36, 0);
}

/* Windows of 2 over 3 positions: SAME pads one, after or before; VALID none. */
static void test_auto_pad(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int n;
        float y[3];
    } cases[] = {{"SAME_UPPER", 3, {12, 23, 30}}, {"SAME_LOWER", 3, {1, 12, 23}}, {"VALID", 2, {12, 23}}};
    for (int i = 0; i < 3; i++) {
        struct source *s = ops_net(13, "Conv", 1, DIMS(1, 1, 3), "x w");
        net_floats(s, "w", DIMS(1, 1, 2), FLOATS(10, 1));
        net_text(s, "auto_pad", cases[i].word);
        ops_expect(s, FLOATS(1, 2, 3), cases[i].y, cases[i].n, 0);
    }
}

/* An output_shape that the windows do not fill leaves the bias alone at its end. */
static void test_output_shape(void **state)
{
    (void)state;
    struct source *s = counted_net("ConvTranspose", DIMS(1, 1, 2), DIMS(1, 1, 2), 2, 1, FLOATS(5), 1);
    net_int_list(s, "strides", DIMS(2));
    net_int_list(s, "output_shape", DIMS(6));
    ops_expect(s, FLOATS(1, 2), FLOATS(6, 7, 7, 9, 5, 5), 6, 0);
    s = counted_net("ConvTranspose", DIMS(1, 1, 2), DIMS(1, 1, 2), 2, 1, NULL, 0);
    net_int_list(s, "strides", DIMS(2));
    net_int_list(s, "output_shape", DIMS(3)); /* one too many: taken off before */
    ops_expect(s, FLOATS(1, 2), FLOATS(2, 2, 4), 3, 0);
}

static void refused(const int64_t *x, const int64_t *w, const char *attr, const int64_t *value,
                    const char *words)
{
    struct source *s = ops_net(13, "Conv", 1, x, "x w");
    net_floats(s, "w", w, NULL);
    if (attr && strcmp(attr, "group") == 0)
        net_int(s, attr, value[0]);
    else if (attr)
        net_int_list(s, attr, value);
    ops_refuse(s, words);
}

static void test_refusals(void **state)
{
    (void)state;
    refused(DIMS(1, 1, 4, 4, 4), DIMS(1, 1, 2, 2, 2), NULL, NULL, "3 spatial axes");
    refused(DIMS(1, 1, 4), DIMS(1, 1, 2, 2), NULL, NULL, "rank");
    refused(DIMS(1, 3, 4, 4), DIMS(2, 2, 3, 3), NULL, NULL, "2 channels");
    refused(DIMS(1, 3, 4, 4), DIMS(2, 3, 3, 3), "group", DIMS(2), "do not divide");
    refused(DIMS(1, 4, 4, 4), DIMS(3, 2, 3, 3), "group", DIMS(2), "do not divide");
    refused(DIMS(1, 4, 4, 4), DIMS(4, 4, 3, 3), "group", DIMS(0), "do not divide");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 3, 3), "kernel_shape", DIMS(3, 2), "kernel_shape");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 3, 3), "kernel_shape", DIMS(3), "kernel_shape");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 3, 3), "strides", DIMS(0, 1), "out of range");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 3, 3), "pads", DIMS(-1, 0, 0, 0), "out of range");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 3, 3), "pads", DIMS(INT64_MAX, 0, INT64_MAX, 0), "out of range");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 3, 3), "dilations", DIMS(2, 2), "does not fit");
    refused(DIMS(1, 1, 4, 4), DIMS(1, 1, 5, 3), NULL, NULL, "does not fit");
    struct source *s = ops_net(13, "Conv", 1, DIMS(1, 1, 4), "x w b");
    net_floats(s, "w", DIMS(2, 1, 1), NULL);
    net_floats(s, "b", DIMS(3), NULL);
    ops_refuse(s, "bias");
    s = ops_net(13, "ConvTranspose", 1, DIMS(1, 1, 2), "x w");
    net_floats(s, "w", DIMS(1, 1, 1), NULL);
    net_int_list(s, "pads", DIMS(1, 1));
    ops_refuse(s, "leaves nothing");
    s = ops_net(13, "Conv", 1, DIMS(1, 1, 4), "x w");
    net_floats(s, "w", DIMS(1, 1, 1), NULL);
    net_text(s, "auto_pad", "SOMEHOW");
    ops_refuse(s, "SOMEHOW");
}

static int64_t macs(struct source *s, bool per_weight)
{
    struct graph *g = graph_bind(s, 0, NULL);
    assert_non_null(g);
    struct op_cost cost = {0};
    op_costs(g, &g->nodes[g->n_nodes - 1], &cost);
    graph_free(g);
    source_free(s);
    return per_weight ? cost.macs_per_weight : cost.macs_fixed;
}

static void test_cost_counts_positions_with_their_padding(void **state)
{
    (void)state;
    struct source *s = counted_net("Conv", DIMS(1, 2, 4, 4), DIMS(3, 2, 3, 3), 54, 0, NULL, 0);
    net_int_list(s, "pads", DIMS(1, 1, 1, 1));
    assert_int_equal(macs(s, true), 16);
    s = counted_net("ConvTranspose", DIMS(1, 2, 4, 4), DIMS(2, 1, 3, 3), 18, 0, NULL, 0);
    net_int_list(s, "strides", DIMS(2, 2));
    assert_int_equal(macs(s, true), 16);
    s = start_net("Conv", DIMS(1, 2, 4, 4), "x w", true);
    net_floats(s, "constant", DIMS(3, 2, 3, 3), NULL);
    assert_int_equal(macs(s, false), 4 * 54);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_shapes_against_the_definition),
        cmocka_unit_test(test_numbers_of_pytorch),
        cmocka_unit_test(test_auto_pad),
        cmocka_unit_test(test_output_shape),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cost_counts_positions_with_their_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
