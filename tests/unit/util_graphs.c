/* util_graphs: see util_graphs.h. */
#include "tests/unit/util_graphs.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "tests/unit/util_source.h"

struct sketch sketch_new(uint64_t seed)
{
    return (struct sketch){.s = net_new(17), .seed = seed};
}

void sketch_floats(struct sketch *k, const char *name, const int64_t *dims)
{
    net_floats(k->s, name, dims, NULL);
    struct tensor *t = k->s->tensors[k->s->n_tensors - 1].tensor;
    for (int64_t i = 0; i < shape_elements(&t->shape); i++)
        t->f[i] = (float)(rng_unit(k->seed, 1, k->drawn++) * 2 - 1);
}

/* Variances must be positive. */
static void positive(struct sketch *k)
{
    struct tensor *t = k->s->tensors[k->s->n_tensors - 1].tensor;
    for (int64_t i = 0; i < shape_elements(&t->shape); i++)
        t->f[i] = 0.5f + (t->f[i] < 0 ? -t->f[i] : t->f[i]);
}

const char *sketch_op(struct sketch *k, const char *op, const char *inputs)
{
    char out[32];
    snprintf(out, sizeof out, "v%d", k->values++);
    net_node(k->s, op, inputs, out);
    return k->s->nodes[k->s->n_nodes - 1].outputs[0];
}

static void tensor_of(struct sketch *k, const char *layer, const char *part, const int64_t *dims)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    sketch_floats(k, name, dims);
}

const char *sketch_linear(struct sketch *k, const char *layer, const char *x, int in, int out)
{
    char inputs[200];
    tensor_of(k, layer, "weight", DIMS(out, in));
    tensor_of(k, layer, "bias", DIMS(out));
    snprintf(inputs, sizeof inputs, "%s %s.weight %s.bias", x, layer, layer);
    const char *y = sketch_op(k, "Gemm", inputs);
    net_int(k->s, "transB", 1);
    return y;
}

const char *sketch_conv(struct sketch *k, const char *layer, const char *x, int in, int out, int kernel,
                        int groups)
{
    char inputs[200];
    int pad = kernel / 2;
    tensor_of(k, layer, "weight", DIMS(out, in / groups, kernel, kernel));
    tensor_of(k, layer, "bias", DIMS(out));
    snprintf(inputs, sizeof inputs, "%s %s.weight %s.bias", x, layer, layer);
    const char *y = sketch_op(k, "Conv", inputs);
    net_int_list(k->s, "kernel_shape", DIMS(kernel, kernel));
    net_int_list(k->s, "pads", DIMS(pad, pad, pad, pad));
    net_int(k->s, "group", groups);
    return y;
}

const char *sketch_batch_norm(struct sketch *k, const char *layer, const char *x, int channels)
{
    char inputs[300];
    static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++)
        tensor_of(k, layer, parts[i], DIMS(channels));
    positive(k);
    snprintf(inputs, sizeof inputs, "%s %s.weight %s.bias %s.running_mean %s.running_var", x, layer, layer,
             layer, layer);
    return sketch_op(k, "BatchNormalization", inputs);
}

const char *sketch_concat(struct sketch *k, const char *inputs)
{
    const char *y = sketch_op(k, "Concat", inputs);
    net_int(k->s, "axis", 1);
    return y;
}

static const char *two(char buffer[100], const char *a, const char *b)
{
    snprintf(buffer, 100, "%s %s", a, b);
    return buffer;
}

struct source *sketch_mlp(uint64_t seed)
{
    struct sketch k = sketch_new(seed);
    net_input(k.s, "x", 1, DIMS(FREE, 784));
    const char *x = sketch_op(&k, "Relu", sketch_linear(&k, "fc1", "x", 784, 300));
    x = sketch_op(&k, "Relu", sketch_linear(&k, "fc2", x, 300, 100));
    net_output(k.s, sketch_linear(&k, "fc3", x, 100, 10), 1);
    return k.s;
}

/* The random network so far: x has c channels; side is 0 for a dense one, else the height and width. */
struct growth {
    struct sketch k;
    const char *x;
    int c, side, layers, counts;
    char name[32];
    uint64_t draws;
};

static int draw(struct growth *g, int n)
{
    return (int)(rng_u64(g->k.seed, 2, g->draws++) % (uint64_t)n);
}

static const char *layer_name(struct growth *g)
{
    snprintf(g->name, sizeof g->name, "layer%d", g->layers++);
    return g->name;
}

/* A layer from c to `out` channels, sometimes with batch normalisation, sometimes with an activation. */
static const char *unit(struct growth *g, const char *x, int in, int out)
{
    static const char *const activations[] = {"Relu", "Sigmoid", "Tanh", "Softplus"};
    char norm[32];
    const char *y = g->side ? sketch_conv(&g->k, layer_name(g), x, in, out, draw(g, 2) ? 3 : 1, 1)
                            : sketch_linear(&g->k, layer_name(g), x, in, out);
    snprintf(norm, sizeof norm, "norm%d", g->layers);
    if (draw(g, 2))
        y = sketch_batch_norm(&g->k, norm, y, out);
    return draw(g, 3) ? sketch_op(&g->k, activations[draw(g, 4)], y) : y;
}

static void grow_plain(struct growth *g)
{
    int out = 2 + draw(g, 5);
    g->x = unit(g, g->x, g->c, out);
    g->c = out;
}

static void grow_residual(struct growth *g)
{
    char pair[100];
    int inner = 2 + draw(g, 4);
    const char *y = unit(g, unit(g, g->x, g->c, inner), inner, g->c);
    g->x = sketch_op(&g->k, draw(g, 4) ? "Add" : "Max", two(pair, y, g->x));
}

static void grow_concat(struct growth *g)
{
    char pair[100];
    int a = 2 + draw(g, 3), b = 2 + draw(g, 3);
    const char *y = unit(g, g->x, g->c, a);
    bool keep = draw(g, 2);
    const char *z = keep ? g->x : unit(g, g->x, g->c, b);
    g->x = sketch_concat(&g->k, two(pair, y, z));
    g->c = a + (keep ? g->c : b);
}

/* Depthwise, with one or two outputs a channel, or in two groups. */
static void grow_groups(struct growth *g)
{
    if (!g->side) {
        grow_residual(g);
        return;
    }
    int groups = g->c % 2 == 0 && draw(g, 2) ? 2 : g->c;
    int out = groups == g->c ? g->c * (1 + draw(g, 2)) : groups * (1 + draw(g, 3));
    g->x = sketch_conv(&g->k, layer_name(g), g->x, g->c, out, 3, groups);
    g->c = out;
    grow_plain(g);
}

/* A gate of one number a channel. */
static void grow_gate(struct growth *g)
{
    char pair[100];
    const char *y = g->side ? sketch_op(&g->k, "GlobalAveragePool", g->x) : g->x;
    int side = g->side, inner = 2 + draw(g, 2);
    y = sketch_op(&g->k, "Sigmoid", unit(g, unit(g, y, g->c, inner), inner, g->c));
    g->side = side;
    g->x = sketch_op(&g->k, "Mul", two(pair, g->x, y));
}

static void grow_pool(struct growth *g)
{
    if (g->side < 4)
        return;
    g->x = sketch_op(&g->k, draw(g, 2) ? "MaxPool" : "AveragePool", g->x);
    net_int_list(g->k.s, "kernel_shape", DIMS(2, 2));
    net_int_list(g->k.s, "strides", DIMS(2, 2));
    g->side /= 2;
}

/* Split into two parts, one of them through a layer of its own, and together again; or a Slice of the first channels. */
static void grow_parts(struct growth *g)
{
    char name[32], text[150];
    if (!g->counts || g->c < 4) {
        grow_plain(g);
        return;
    }
    snprintf(name, sizeof name, "sizes%d", g->k.values);
    if (draw(g, 2)) {
        net_ints(g->k.s, name, DIMS(2), INTS(2, g->c - 2));
        snprintf(text, sizeof text, "%s %s", g->x, name);
        char a[32], b[32];
        snprintf(a, sizeof a, "v%d", g->k.values++);
        snprintf(b, sizeof b, "v%d", g->k.values++);
        char outputs[70];
        snprintf(outputs, sizeof outputs, "%s %s", a, b);
        net_node(g->k.s, "Split", text, outputs);
        net_int(g->k.s, "axis", 1);
        g->x = sketch_concat(&g->k, two(text, unit(g, a, 2, 3), b));
        g->c += 1;
        return;
    }
    net_ints(g->k.s, name, DIMS(1), INTS(1));
    snprintf(text, sizeof text, "ends%d", g->k.values);
    net_ints(g->k.s, text, DIMS(1), INTS(g->c - 1));
    char inputs[250];
    snprintf(inputs, sizeof inputs, "%s %s %s %s", g->x, name, text, name);
    g->x = sketch_op(&g->k, "Slice", inputs);
    g->c -= 2;
}

/* From maps to a row: flattened, reshaped or pooled. */
static void flatten(struct growth *g)
{
    if (!g->side)
        return;
    if (draw(g, 2)) {
        g->x = sketch_op(&g->k, "GlobalAveragePool", g->x);
        g->side = 1;
    }
    if (g->counts && draw(g, 2)) {
        char inputs[100];
        net_ints(g->k.s, "target", DIMS(2), INTS(1, g->c * g->side * g->side));
        g->x = sketch_op(&g->k, "Reshape", two(inputs, g->x, "target"));
    } else {
        g->x = sketch_op(&g->k, "Flatten", g->x);
    }
    g->c *= g->side * g->side;
    g->side = 0;
}

struct source *sketch_random(uint64_t seed, int counts)
{
    static void (*const kinds[])(struct growth *) = {grow_plain, grow_residual, grow_concat, grow_groups,
                                                     grow_gate,  grow_pool,     grow_parts};
    struct growth g = {.k = sketch_new(seed), .x = "x", .c = 3, .counts = counts};
    g.side = draw(&g, 3) ? 6 : 0;
    if (g.side)
        net_input(g.k.s, "x", 1, DIMS(FREE, 3, 6, 6));
    else
        net_input(g.k.s, "x", 1, DIMS(FREE, 3));
    grow_plain(&g);
    for (int i = 2 + draw(&g, 4); i > 0; i--)
        kinds[draw(&g, 7)](&g);
    flatten(&g);
    grow_plain(&g);
    char inputs[100];
    snprintf(inputs, sizeof inputs, "%s", sketch_linear(&g.k, "head", g.x, g.c, 3));
    net_node(g.k.s, "Identity", inputs, "y");
    net_output(g.k.s, "y", 1);
    return g.k.s;
}
