/* couple_weights: rules of operators with prunable weights: their outputs are units, their inputs are what the weight's columns
 * read. A product of two activations has no units and pins what it sums over. */
#include <string.h>

#include "engine/graph/equation.h"
#include "engine/graph/op.h"
#include "engine/prune/couple_build.h"
#include "engine/prune/couple_rules.h"

static const char summed[] = "sums products of its channels";
static const char position[] = "has it as a position, not a channel";
static const char single[] = "is a layer with a single unit";
static const char looked_up[] = "looks it up by number";
static const char odd[] = "shares this weight in a way that lets no unit leave";

/* How a node reads a layer, seen from the node. */
struct view {
    const struct layer *l;
    int units, inputs; /* first variables */
    int64_t n_units, n_inputs;
    int slot, node;
    bool vector; /* the weight has no axis of units */
};

static bool view_of(const struct couple *c, int node, struct view *out)
{
    if (c->layer_of[node] < 0)
        return false;
    const struct layer *l = &c->l->v[c->layer_of[node]];
    int k = c->reader_of[node];
    *out = (struct view){.l = l, .slot = l->slots[k], .node = node, .vector = l->unit_axis < 0};
    out->units = l->swapped[k] ? c->inputs_first[c->layer_of[node]] : c->units_first[c->layer_of[node]];
    out->inputs = l->swapped[k] ? c->units_first[c->layer_of[node]] : c->inputs_first[c->layer_of[node]];
    out->n_units = l->swapped[k] ? l->inputs : l->units;
    out->n_inputs = l->swapped[k] ? l->units : l->inputs;
    return true;
}

static struct side row(int first, int64_t n)
{
    struct side s = {.present = true};
    s.shape.rank = 1;
    s.shape.dim[0] = n;
    s.first[0] = first;
    return s;
}

/* The node's result has its units on axis `out`. */
static void bear(struct couple *c, const struct view *v, const struct side *y, int out)
{
    struct side units = row(v->units, v->n_units);
    if (v->vector)
        couple_pin(c, v->units, v->n_units, PIN_MIXED, v->node, single);
    else
        couple_axes(c, y, out, &units, 0);
}

/* The same, and the data have the summed channels on axis `in`. */
static void weigh(struct couple *c, const struct view *v, const struct side *x, int in, const struct side *y,
                  int out)
{
    struct side inputs = row(v->inputs, v->n_inputs);
    couple_axes(c, x, in, &inputs, 0);
    bear(c, v, y, out);
}

static void couple_gemm(struct couple *c, const struct graph *g, const struct view *v, int node)
{
    struct side x = couple_input(c, node, 0, false), bias = couple_input(c, node, 2, true);
    struct side y = couple_output(c, node, 0);
    int in = node_int(&g->nodes[node], "transA", 0) ? 0 : 1;
    weigh(c, v, &x, in, &y, 1);
    couple_axes(c, &x, 1 - in, &y, 0);
    couple_broadcast(c, node, &bias, bias.shape.rank, &y, 2);
}

static void couple_matmul(struct couple *c, const struct view *v, int node)
{
    bool right = v->slot == 1;
    struct side x = couple_input(c, node, 1 - v->slot, false), y = couple_output(c, node, 0);
    int rank = x.shape.rank, out = y.shape.rank;
    if (rank == 1) {
        weigh(c, v, &x, 0, &y, out - 1);
        return;
    }
    weigh(c, v, &x, right ? rank - 1 : rank - 2, &y, right ? out - 1 : out - 2);
    int kept = out - !v->vector; /* axes of the result that the data bring */
    if (right)
        couple_broadcast(c, node, &x, rank - 1, &y, kept);
    else {
        couple_axes(c, &x, rank - 1, &y, out - 1);
        couple_broadcast(c, node, &x, rank - 2, &y, out - 1 - !v->vector);
    }
}

/* Groups of a convolution come and go whole: all its inputs and outputs are one channel. */
static void couple_groups(struct couple *c, const struct view *v, const struct side *x, const struct side *y)
{
    const struct layer *l = v->l;
    int per_in = (int)(x->shape.dim[1] / l->groups), per_out = (int)(l->units / l->groups);
    for (int q = 0; q < l->groups; q++) {
        int head = v->units + q * per_out;
        for (int i = 0; i < per_in; i++)
            couple_join(c, head, x->first[1] + q * per_in + i);
        for (int i = 1; i < per_out; i++)
            couple_join(c, head, head + i);
    }
    bear(c, v, y, 1);
}

static void couple_conv(struct couple *c, const struct view *v, int node)
{
    struct side x = couple_input(c, node, 0, false), bias = couple_input(c, node, 2, true);
    struct side y = couple_output(c, node, 0);
    if (v->l->groups > 1) {
        couple_groups(c, v, &x, &y);
        if (v->l->unit_axis == 1) { /* a transposed one: shrinking takes rows of inputs, not of units */
            struct side w = couple_input(c, node, 1, false);
            couple_axes(c, &w, 0, &x, 1);
        }
    } else {
        weigh(c, v, &x, 1, &y, 1);
    }
    couple_axes(c, &x, 0, &y, 0);
    if (bias.present)
        couple_axes(c, &bias, 0, &y, 1);
    couple_pin_positions(c, &x, node);
    couple_pin_positions(c, &y, node);
}

bool couple_einsum_weight(struct couple *c, const struct graph *g, int node)
{
    struct view v;
    struct equation_weight w;
    if (!view_of(c, node, &v) || !equation_weight(g, &g->nodes[node], &w))
        return false;
    struct side x = couple_input(c, node, 1 - w.slot, false), y = couple_output(c, node, 0);
    weigh(c, &v, &x, w.x_axis, &y, w.y_axis);
    for (int d = 0; d < x.shape.rank; d++)
        if (d != w.x_axis)
            couple_axes(c, &x, d, &y, w.y_of[d]);
    return true;
}

static void pin_side(struct couple *c, const struct side *s, int node, const char *why)
{
    for (int d = 0; d < s->shape.rank; d++)
        couple_pin_axis(c, s, d, PIN_MIXED, node, why);
}

/* MatMul of two activations or with a constant that is no weight. */
static void couple_product(struct couple *c, int node)
{
    struct side a = couple_input(c, node, 0, false), b = couple_input(c, node, 1, false);
    struct side y = couple_output(c, node, 0);
    int ra = a.shape.rank, rb = b.shape.rank, ry = y.shape.rank, matrix = (ra > 1) + (rb > 1);
    couple_pin_axis(c, &a, ra - 1, PIN_MIXED, node, summed);
    couple_pin_axis(c, &b, rb > 1 ? rb - 2 : 0, PIN_MIXED, node, summed);
    if (ra > 1)
        couple_axes(c, &a, ra - 2, &y, ry - matrix);
    if (rb > 1)
        couple_axes(c, &b, rb - 1, &y, ry - 1);
    couple_broadcast(c, node, &a, ra > 1 ? ra - 2 : 0, &y, ry - matrix);
    couple_broadcast(c, node, &b, rb > 1 ? rb - 2 : 0, &y, ry - matrix);
}

void couple_weights(struct couple *c, const struct graph *g, int node)
{
    struct view v;
    const struct node *n = &g->nodes[node];
    bool matmul = strcmp(n->op->name, "MatMul") == 0, gemm = strcmp(n->op->name, "Gemm") == 0;
    bool layer = view_of(c, node, &v), fits = layer && node_int(n, "group", 1) == v.l->groups;
    if (layer && !fits)
        couple_pin(c, v.units, v.n_units, PIN_MIXED, node, odd);
    if (!fits && matmul) {
        couple_product(c, node);
    } else if (!fits) {
        struct side y = couple_output(c, node, 0);
        for (int k = 0; k < 3; k++) {
            struct side x = couple_input(c, node, k, false);
            pin_side(c, &x, node, summed);
        }
        pin_side(c, &y, node, summed);
    } else if (matmul) {
        couple_matmul(c, &v, node);
    } else if (gemm) {
        couple_gemm(c, g, &v, node);
    } else {
        couple_conv(c, &v, node);
    }
}

void couple_gather(struct couple *c, const struct graph *g, int node)
{
    struct view v;
    bool embedding = view_of(c, node, &v);
    struct side data = {0};
    if (!embedding)
        data = couple_input(c, node, 0, false);
    struct side index = couple_input(c, node, 1, false), y = couple_output(c, node, 0);
    int rank = g->values[g->nodes[node].inputs[0]].shape.rank, at = 0;
    if (!embedding)
        at = (int)((node_int(&g->nodes[node], "axis", 0) + rank) % rank);
    for (int d = 0; d < index.shape.rank; d++) {
        couple_axes(c, &index, d, &y, at + d);
        if (index.constant)
            couple_pin_axis(c, &y, at + d, PIN_POSITION, node, position);
    }
    if (embedding) {
        couple_pin(c, v.inputs, v.n_inputs, PIN_MIXED, node, looked_up);
        bear(c, &v, &y, y.shape.rank - 1);
        return;
    }
    couple_pin_axis(c, &data, at, PIN_MIXED, node, looked_up);
    for (int d = 0; d < rank; d++)
        if (d != at)
            couple_axes(c, &data, d, &y, d < at ? d : d - 1 + index.shape.rank);
}
