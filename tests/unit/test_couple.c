/* prune/couple: which units can only leave together, for every way in which channels meet. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/prune/couple.h"
#include "engine/prune/mask.h"
#include "tests/unit/util_graphs.h"
#include "tests/unit/util_model.h"
#include "tests/unit/util_source.h"
#include "engine/prune/effect.h"

/* The set of a unit as text: "a/1 b/1", with "!" where it is pinned. */
static const char *set_text(const struct model *m, const char *layer, int unit, struct buf *out)
{
    const struct coupled_set *s = &m->c.sets[m->c.set_of[layer_by_name(&m->l, layer, NULL)][unit]];
    buf_clear(out);
    for (int i = 0; i < s->n_units; i++)
        buf_printf(out, "%s%s/%d", i ? " " : "", m->l.v[s->units[i].layer].name, (int)s->units[i].unit);
    if (s->pinned)
        buf_puts(out, "!");
    return buf_text(out);
}

static void check_set(const struct model *m, const char *layer, int unit, const char *want)
{
    struct buf out = {0};
    assert_string_equal(set_text(m, layer, unit, &out), want);
    buf_release(&out);
}

static void check_words(const struct model *m, const char *layer, int unit, const char *want)
{
    struct buf out = {0};
    coupling_explain(m->g, &m->l, &m->c, layer_by_name(&m->l, layer, NULL), unit, &out);
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

/* Members of a unit's set as text: "conv.bias[0]=3* ..." with a star where they are zeroed, in order. */
static void check_members(const struct model *m, const char *layer, int unit, const char *want)
{
    struct buf out = {0};
    int set = m->c.set_of[layer_by_name(&m->l, layer, NULL)][unit];
    for (int64_t i = m->c.member_first[set]; i < m->c.member_first[set + 1]; i++) {
        const struct member *b = &m->c.members[i];
        buf_printf(&out, "%s%s[%d]=%d%s", out.len ? " " : "", m->g->values[b->value].name, b->axis,
                   (int)b->index, b->zeroed ? "*" : "");
    }
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

static void test_dense_layers_are_free_until_the_output(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    const char *x = sketch_op(&k, "Relu", sketch_linear(&k, "fc1", "x", 3, 4));
    x = sketch_op(&k, "Softmax", sketch_linear(&k, "fc2", x, 4, 2));
    net_output(k.s, x, 1);
    struct model m;
    model_bind(&m, k.s);
    assert_int_equal(m.c.n_sets, 6);
    check_set(&m, "fc1", 2, "fc1/2");
    check_members(&m, "fc1", 2, "fc1.bias[0]=2* fc2.weight[1]=2");
    assert_int_equal(m.c.set_read[1][2], m.c.set_of[0][2]);
    assert_int_equal(m.c.set_read[0][2], -1);
    check_words(&m, "fc1", 2, "fc1/2 can leave alone");
    check_set(&m, "fc2", 1, "fc2/1!");
    check_words(&m, "fc2", 1, "fc2/1 is pinned: it is an output of the model");
    model_release(&m);
}

static void test_residual_join(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
    sketch_op(&k, "Relu", sketch_conv(&k, "conv1", "x", 3, 4, 3, 1)); /* v1 */
    sketch_batch_norm(&k, "bn", sketch_conv(&k, "conv2", "v1", 4, 4, 3, 1), 4);
    sketch_op(&k, "Add", "v3 v1"); /* v4 */
    sketch_op(&k, "Flatten", "v4");
    net_output(k.s, sketch_linear(&k, "fc", "v5", 64, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    check_set(&m, "conv1", 3, "conv1/3 conv2/3");
    check_words(&m, "conv2", 3, "conv2/3 and conv1/3 belong together because of Add_4");
    check_members(
        &m, "conv1", 0,
        "conv1.bias[0]=0* conv2.bias[0]=0* bn.weight[0]=0* bn.bias[0]=0* bn.running_mean[0]=0 "
        "bn.running_var[0]=0 conv2.weight[1]=0 fc.weight[1]=0 fc.weight[1]=1 fc.weight[1]=2 fc.weight[1]=3 "
        "fc.weight[1]=4 fc.weight[1]=5 fc.weight[1]=6 fc.weight[1]=7 fc.weight[1]=8 fc.weight[1]=9 "
        "fc.weight[1]=10 fc.weight[1]=11 fc.weight[1]=12 fc.weight[1]=13 fc.weight[1]=14 fc.weight[1]=15");
    assert_int_equal(m.c.set_read[2][63], m.c.set_of[0][3]);
    model_release(&m);
}

static void test_residual_around_the_input_is_pinned(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 4));
    sketch_linear(&k, "fc1", "x", 4, 4);
    sketch_op(&k, "Add", "v0 x");
    net_output(k.s, sketch_linear(&k, "fc2", "v1", 4, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    check_words(&m, "fc1", 0, "fc1/0 is pinned: it meets an input of the model");
    model_release(&m);
}

static void test_depthwise_and_groups(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
    sketch_conv(&k, "a", "x", 3, 4, 1, 1);
    sketch_conv(&k, "dw", "v0", 4, 8, 3, 4); /* two outputs a channel */
    sketch_conv(&k, "b", "v1", 8, 4, 1, 1);
    sketch_conv(&k, "g", "v2", 4, 6, 1, 2);
    sketch_op(&k, "GlobalAveragePool", sketch_conv(&k, "c", "v3", 6, 2, 1, 1));
    net_output(k.s, "v5", 1);
    struct model m;
    model_bind(&m, k.s);
    check_set(&m, "a", 1, "a/1 dw/2 dw/3");
    check_words(&m, "a", 1, "a/1, dw/2 and dw/3 belong together because of Conv_1");
    check_set(&m, "b", 3, "b/2 b/3 g/3 g/4 g/5");
    check_set(&m, "c", 0, "c/0!");
    check_members(&m, "a", 1, "a.bias[0]=1* dw.bias[0]=2* dw.bias[0]=3* b.weight[1]=2 b.weight[1]=3");
    model_release(&m);
}

static void test_grouped_transposed_convolution_names_its_rows(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
    sketch_conv(&k, "a", "x", 3, 4, 1, 1);
    sketch_floats(&k, "t.weight", DIMS(4, 3, 2, 2));
    sketch_op(&k, "ConvTranspose", "v0 t.weight");
    net_int(k.s, "group", 2);
    sketch_conv(&k, "b", "v1", 6, 2, 1, 1);
    net_output(k.s, "v2", 1);
    struct model m;
    model_bind(&m, k.s);
    check_set(&m, "a", 0, "a/0 a/1 t/0 t/1 t/2");
    check_members(
        &m, "a", 0,
        "a.bias[0]=0* a.bias[0]=1* t.weight[0]=0 t.weight[0]=1 b.weight[1]=0 b.weight[1]=1 b.weight[1]=2");
    model_release(&m);
}

static void test_concat_and_split_shift(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_linear(&k, "a", "x", 3, 2);
    sketch_linear(&k, "b", "x", 3, 3);
    sketch_concat(&k, "v0 v1"); /* v2: a0 a1 b0 b1 b2 */
    sketch_linear(&k, "c", "x", 3, 5);
    sketch_op(&k, "Mul", "v2 v3");
    net_ints(k.s, "sizes", DIMS(2), INTS(4, 1));
    net_node(k.s, "Split", "v4 sizes", "p q");
    net_int(k.s, "axis", 1);
    sketch_linear(&k, "d", "p", 4, 2);
    sketch_linear(&k, "e", "q", 1, 2);
    sketch_op(&k, "Add", "v5 v6");
    net_output(k.s, "v7", 1);
    struct model m;
    model_bind(&m, k.s);
    check_set(&m, "a", 1, "a/1 c/1");
    check_set(&m, "b", 2, "b/2 c/4");
    check_words(&m, "b", 2, "b/2 and c/4 belong together because of Mul_4");
    assert_int_equal(m.c.set_read[3][3], m.c.set_of[1][1]);
    assert_int_equal(m.c.set_read[4][0], m.c.set_of[1][2]);
    model_release(&m);
}

static void test_slice_and_pad_shift(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_linear(&k, "a", "x", 3, 5);
    net_ints(k.s, "one", DIMS(1), INTS(1));
    net_ints(k.s, "last", DIMS(1), INTS(-1));
    net_ints(k.s, "pads", DIMS(4), INTS(0, 1, 0, 0));
    sketch_op(&k, "Slice", "v0 one last one"); /* a1 a2 a3 */
    sketch_op(&k, "Pad", "v1 pads");           /* 0 a1 a2 a3 */
    sketch_linear(&k, "b", "x", 3, 4);
    sketch_op(&k, "Add", "v2 v3");
    net_output(k.s, sketch_linear(&k, "c", "v4", 4, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    check_set(&m, "a", 0, "a/0");
    check_set(&m, "a", 1, "a/1 b/1");
    check_words(&m, "b", 0, "b/0 is pinned: Pad_2 adds channels beside it");
    model_release(&m);
}

/* What Pad cuts off at one end and adds at the other leaves as many channels, but not the same. */
static void test_pad_that_cuts_pins(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_linear(&k, "a", "x", 3, 4);
    net_ints(k.s, "pads", DIMS(4), INTS(0, -1, 0, 1));
    sketch_op(&k, "Pad", "v0 pads"); /* a1 a2 a3 0 */
    net_output(k.s, sketch_linear(&k, "b", "v1", 4, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    for (int i = 0; i < 4; i++)
        assert_true(m.c.sets[m.c.set_of[0][i]].pinned);
    check_words(&m, "a", 1, "a/1 is pinned: Pad_1 leaves channels out");
    model_release(&m);
}

/* Each row: the operators between layer a (4 units) and layer b, and what pins a/0, NULL for nothing. */
static void test_what_mixes_pins(void **state)
{
    (void)state;
    static const struct {
        const char *op, *attr;
        int64_t value;
        const char *words;
    } rows[] = {
        {"Softmax", "axis", -1, "a/0 is pinned: Softmax_1 mixes all its channels"},
        {"LogSoftmax", "axis", 1, "a/0 is pinned: LogSoftmax_1 mixes all its channels"},
        {"Reciprocal", NULL, 0, "a/0 is pinned: Reciprocal_1 has no finite result where the channel is 0"},
        {"Log", NULL, 0, "a/0 is pinned: Log_1 has no finite result where the channel is 0"},
        {"Sigmoid", NULL, 0, "a/0 can leave alone"},
        {"Exp", NULL, 0, "a/0 can leave alone"},
        {"Identity", NULL, 0, "a/0 can leave alone"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sketch k = sketch_new(1);
        net_input(k.s, "x", 1, DIMS(FREE, 3));
        const char *x = sketch_op(&k, rows[i].op, sketch_linear(&k, "a", "x", 3, 4));
        if (rows[i].attr)
            net_int(k.s, rows[i].attr, rows[i].value);
        net_output(k.s, sketch_linear(&k, "b", x, 4, 2), 1);
        struct model m;
        model_bind(&m, k.s);
        check_words(&m, "a", 0, rows[i].words);
        model_release(&m);
    }
}

static void test_layer_normalisation_pins_however_spelled(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 5, 3));
    sketch_floats(&k, "a.weight", DIMS(3, 4));
    net_node(k.s, "MatMul", "x a.weight", "h");
    net_node(k.s, "ReduceMean", "h", "mean");
    net_int_list(k.s, "axes", DIMS(-1));
    net_node(k.s, "Sub", "h mean", "centred");
    net_node(k.s, "Mul", "centred centred", "square");
    net_node(k.s, "ReduceMean", "square", "variance");
    net_int_list(k.s, "axes", DIMS(-1));
    net_node(k.s, "Sqrt", "variance", "deviation");
    net_node(k.s, "Div", "centred deviation", "normal");
    sketch_floats(&k, "b.weight", DIMS(4, 6));
    net_node(k.s, "MatMul", "normal b.weight", "u");
    net_node(k.s, "Relu", "u", "r");
    sketch_floats(&k, "c.weight", DIMS(6, 4));
    net_node(k.s, "MatMul", "r c.weight", "w");
    net_node(k.s, "Add", "w h", "y");
    net_output(k.s, "y", 1);
    struct model m;
    model_bind(&m, k.s);
    assert_true(m.c.sets[m.c.set_of[0][0]].pinned);
    check_set(&m, "b", 5, "b/5");
    assert_int_equal(m.c.set_read[2][5], m.c.set_of[1][5]);
    check_set(&m, "c", 1, "a/1 c/1!");
    model_release(&m);
}

/* Between convolution a (3x4x4 to 4 channels, value v0) and what reads it. Each gives the name of its result. */
static const char *one_op(struct sketch *k, const char *op, const char *inputs, const char *attr,
                          const int64_t *list)
{
    const char *y = sketch_op(k, op, inputs);
    if (attr && list[1] == DIMS_END)
        net_int(k->s, attr, list[0]);
    else if (attr)
        net_int_list(k->s, attr, list);
    return y;
}

static void test_operators_on_maps(void **state)
{
    (void)state;
    static const char freely[] = "a/0 can leave alone";
    static const struct {
        const char *op, *inputs, *attr;
        int64_t list[5];
        const char *words;
    } rows[] = {
        {"MaxPool", "v0", "kernel_shape", {2, 2, DIMS_END}, freely},
        {"GlobalMaxPool", "v0", NULL, {0}, freely},
        {"InstanceNormalization", "v0 four four", NULL, {0}, freely},
        {"PRelu", "v0 slopes", NULL, {0}, freely},
        {"Div", "v0 slopes", NULL, {0}, freely},
        {"Div", "slopes v0", NULL, {0}, "a/0 is pinned: Div_1 has no finite result where the channel is 0"},
        {"Pow", "v0 two", NULL, {0}, freely},
        {"Pow", "v0 minus", NULL, {0}, "a/0 is pinned: Pow_1 has no finite result where the channel is 0"},
        {"Clip", "v0 minus two", NULL, {0}, freely},
        {"Resize", "v0 - double", NULL, {0}, freely},
        {"ReduceMean", "v0", "axes", {2, 3, DIMS_END}, freely},
        {"ReduceMax", "v0", "axes", {1, 2, DIMS_END}, "a/0 is pinned: ReduceMax_1 mixes all its channels"},
        {"ArgMax", "v0", "axis", {1, DIMS_END}, "a/0 is pinned: ArgMax_1 mixes all its channels"},
        {"Transpose", "v0", "perm", {0, 3, 1, 2, DIMS_END}, freely},
        {"Trilu", "v0", NULL, {0}, freely},
        {"Tile", "v0 spatial", NULL, {0}, freely},
        {"Tile", "v0 channels", NULL, {0}, "a/0 is pinned: Tile_1 repeats it"},
        {"Gather", "v0 pick", "axis", {1, DIMS_END}, "a/0 is pinned: Gather_1 looks it up by number"},
        {"Gather", "v0 pick", "axis", {2, DIMS_END}, freely},
        {"Slice",
         "v0 zeros ends axes steps",
         NULL,
         {0},
         "a/0 is pinned: Slice_1 takes channels out of order"},
        {"Pad", "v0 pads", NULL, {0}, freely},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sketch k = sketch_new(1);
        net_input(k.s, "x", 1, DIMS(FREE, 3, 4, 4));
        net_floats(k.s, "four", DIMS(4), NULL);
        net_floats(k.s, "slopes", DIMS(4, 1, 1), NULL);
        net_floats(k.s, "two", NO_DIMS, FLOATS(2));
        net_floats(k.s, "minus", NO_DIMS, FLOATS(-1));
        net_floats(k.s, "double", DIMS(4), FLOATS(1, 1, 2, 2));
        net_ints(k.s, "spatial", DIMS(4), INTS(1, 1, 2, 2));
        net_ints(k.s, "channels", DIMS(4), INTS(1, 2, 1, 1));
        net_ints(k.s, "pick", DIMS(2), INTS(3, 1));
        net_ints(k.s, "zeros", DIMS(1), INTS(0));
        net_ints(k.s, "ends", DIMS(1), INTS(4));
        net_ints(k.s, "axes", DIMS(1), INTS(1));
        net_ints(k.s, "steps", DIMS(1), INTS(2));
        net_ints(k.s, "pads", DIMS(8), INTS(0, 0, 1, 1, 0, 0, 1, 1));
        sketch_conv(&k, "a", "x", 3, 4, 3, 1);
        const char *y = one_op(&k, rows[i].op, rows[i].inputs, rows[i].attr, rows[i].list);
        y = sketch_op(&k, "Flatten", y);
        net_node(k.s, "Cast", y, "real");
        net_int(k.s, "to", 1);
        struct graph *probe; /* only to learn how long the row is */
        net_output(k.s, "real", 1);
        assert_non_null(probe = graph_bind(k.s, 0, NULL));
        int64_t n = probe->values[probe->outputs[0]].shape.dim[1];
        graph_free(probe);
        free(k.s->outputs[0].name);
        k.s->outputs[0].name = mem_text("end");
        sketch_floats(&k, "w", DIMS(n, 2));
        net_node(k.s, "MatMul", "real w", "end");
        struct model m;
        model_bind(&m, k.s);
        check_words(&m, "a", 0, rows[i].words);
        model_release(&m);
    }
}

static void test_einsum_sums_and_keeps(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_linear(&k, "a", "x", 3, 4);
    sketch_linear(&k, "b", "x", 3, 5);
    const char *y = sketch_op(&k, "Einsum", "v0 v1");
    net_text(k.s, "equation", "ni,nj->nj");
    net_output(k.s, sketch_linear(&k, "c", y, 5, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    check_words(&m, "a", 0, "a/0 is pinned: Einsum_2 sums products of its channels");
    check_words(&m, "b", 0, "b/0 can leave alone");
    model_release(&m);
}

/* Every row of the operator table has a rule, but for those through which no unit can be removed and those that always fold. */
static void test_every_operator_has_a_rule(void **state)
{
    (void)state;
    static const char *const without[] = {"Scaler",   "ArrayFeatureExtractor", "ZipMap", "Normalizer",
                                          "Constant", "ConstantOfShape",       "Shape",  "Size",
                                          "Range"};
    for (int i = 0; op_at(i); i++) {
        bool listed = false;
        for (size_t k = 0; k < sizeof without / sizeof *without; k++)
            listed = listed || strcmp(op_at(i)->name, without[k]) == 0;
        if (listed == (op_at(i)->couple != NULL))
            fail_msg("%s", op_at(i)->name);
    }
}

/* Heads: a Reshape that splits the units, and the products of activations behind it. */
static void test_attention_pins_its_projections(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 5, 3));
    static const char *const names[] = {"q", "k", "v"};
    net_ints(k.s, "heads", DIMS(4), INTS(1, 5, 2, 2));
    net_ints(k.s, "merged", DIMS(3), INTS(1, 5, 4));
    for (int i = 0; i < 3; i++) {
        char weight[32], in[64], out[32];
        snprintf(weight, sizeof weight, "%s.weight", names[i]);
        sketch_floats(&k, weight, DIMS(3, 4));
        snprintf(in, sizeof in, "x %s.weight", names[i]);
        net_node(k.s, "MatMul", in, names[i]);
        snprintf(in, sizeof in, "%s heads", names[i]);
        snprintf(out, sizeof out, "%s4", names[i]);
        net_node(k.s, "Reshape", in, out);
        snprintf(in, sizeof in, "%sT", names[i]);
        net_node(k.s, "Transpose", out, in);
        net_int_list(k.s, "perm", i == 1 ? DIMS(0, 2, 3, 1) : DIMS(0, 2, 1, 3));
    }
    net_node(k.s, "MatMul", "qT kT", "scores");
    net_node(k.s, "Softmax", "scores", "p");
    net_node(k.s, "MatMul", "p vT", "o");
    net_node(k.s, "Transpose", "o", "oT");
    net_int_list(k.s, "perm", DIMS(0, 2, 1, 3));
    net_node(k.s, "Reshape", "oT merged", "flat");
    sketch_floats(&k, "proj.weight", DIMS(4, 6));
    net_node(k.s, "MatMul", "flat proj.weight", "h");
    sketch_floats(&k, "out.weight", DIMS(6, 2));
    net_node(k.s, "MatMul", "h out.weight", "y");
    net_output(k.s, "y", 1);
    struct model m;
    model_bind(&m, k.s);
    check_words(&m, "q", 1, "q/1 is pinned: Reshape_1 splits its axis");
    check_words(&m, "v", 1, "v/1 is pinned: Reshape_7 splits its axis");
    check_words(&m, "proj", 1, "proj/1 can leave alone");
    model_release(&m);
}

/* The same running statistics and scale in two layers, as exporters store equal tensors once: no reason to leave together. */
static void test_shared_constants_do_not_couple(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_batch_norm(&k, "bn", sketch_linear(&k, "a", "x", 3, 4), 4);
    const char *y = sketch_linear(&k, "b", "v1", 4, 4);
    char text[200];
    snprintf(text, sizeof text, "%s bn.weight bn.bias bn.running_mean bn.running_var", y);
    y = sketch_linear(&k, "c", sketch_op(&k, "BatchNormalization", text), 4, 2);
    net_output(k.s, y, 1);
    struct model m;
    model_bind(&m, k.s);
    check_set(&m, "a", 1, "a/1");
    check_set(&m, "b", 1, "b/1");
    bool *removed = mem_zero((size_t)m.c.n_sets, sizeof *removed);
    int64_t n;
    removed[m.c.set_of[0][1]] = true;
    struct member *z = coupling_zeroed(&m.c, removed, &n);
    assert_int_equal(n, 1); /* a.bias alone: b still needs the others */
    assert_string_equal(m.g->values[z[0].value].name, "a.bias");
    free(z);
    removed[m.c.set_of[1][1]] = true;
    z = coupling_zeroed(&m.c, removed, &n);
    assert_int_equal(n, 4); /* both biases, scale and shift */
    free(z);
    free(removed);
    model_release(&m);
}

static void test_tied_layers(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    sketch_linear(&k, "in", "x", 3, 4);
    sketch_floats(&k, "w", DIMS(6, 4));
    net_node(k.s, "Gemm", "v0 w", "h");
    net_int(k.s, "transB", 1);
    net_node(k.s, "Relu", "h", "r");
    net_node(k.s, "Transpose", "w", "wt");
    net_node(k.s, "Gemm", "r wt", "z"); /* back from 6 to 4 */
    net_int(k.s, "transB", 1);
    sketch_linear(&k, "out", "z", 4, 2);
    net_output(k.s, "v1", 1);
    struct model m;
    model_bind(&m, k.s);
    assert_int_equal(m.l.n, 3);
    assert_string_equal(m.l.v[1].tensor, "w");
    struct buf out = {0};
    assert_string_equal(set_text(&m, m.l.v[1].name, 5, &out), "Gemm_1/5");
    buf_release(&out);
    /* column 2 of the tied weight is read from in/2 and, through the second use, is what out reads */
    assert_int_equal(m.c.set_read[1][2], m.c.set_of[0][2]);
    assert_int_equal(m.c.set_read[2][2], m.c.set_of[0][2]);
    model_release(&m);
}

static void test_operator_without_a_rule_refuses_by_name(void **state)
{
    (void)state;
    struct sketch k = sketch_new(1);
    net_input(k.s, "x", 1, DIMS(FREE, 3));
    const char *x = sketch_op(&k, "Normalizer", sketch_linear(&k, "a", "x", 3, 4));
    net_domain(k.s, "ai.onnx.ml");
    net_text(k.s, "norm", "L2");
    net_output(k.s, sketch_linear(&k, "b", x, 4, 2), 1);
    struct model m;
    model_bind(&m, k.s);
    check_words(&m, "a", 0,
                "a/0 is pinned: Normalizer_1 is an operator through which units cannot be removed");
    model_release(&m);
}

/* kept counts what consumers read from removed units as cut: closed forms of an MLP. */
static void test_kept_counts_consumers(void **state)
{
    (void)state;
    struct model m;
    model_bind(&m, sketch_mlp(1));
    struct mask *mask = mask_new(&m.l);
    int64_t kept[3];
    for (int u = 0; u < 30; u++)
        mask_set_removed(mask, 0, u * 10, true);
    for (int u = 0; u < 7; u++)
        mask_set_removed(mask, 1, u, true);
    assert_int_equal(effect_kept(&m.l, &m.c, mask, kept), 270 * 784 + 93 * 270 + 10 * 93);
    assert_int_equal(kept[1], 93 * 270);
    mask_set(mask, 2, 3, false); /* in a column that is gone already */
    assert_int_equal(effect_kept(&m.l, &m.c, mask, NULL), 270 * 784 + 93 * 270 + 10 * 93);
    mask_unref(mask);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense_layers_are_free_until_the_output),
        cmocka_unit_test(test_residual_join),
        cmocka_unit_test(test_residual_around_the_input_is_pinned),
        cmocka_unit_test(test_depthwise_and_groups),
        cmocka_unit_test(test_grouped_transposed_convolution_names_its_rows),
        cmocka_unit_test(test_concat_and_split_shift),
        cmocka_unit_test(test_slice_and_pad_shift),
        cmocka_unit_test(test_pad_that_cuts_pins),
        cmocka_unit_test(test_what_mixes_pins),
        cmocka_unit_test(test_layer_normalisation_pins_however_spelled),
        cmocka_unit_test(test_operators_on_maps),
        cmocka_unit_test(test_einsum_sums_and_keeps),
        cmocka_unit_test(test_every_operator_has_a_rule),
        cmocka_unit_test(test_attention_pins_its_projections),
        cmocka_unit_test(test_shared_constants_do_not_couple),
        cmocka_unit_test(test_tied_layers),
        cmocka_unit_test(test_operator_without_a_rule_refuses_by_name),
        cmocka_unit_test(test_kept_counts_consumers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
