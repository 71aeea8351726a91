/* couple_weights: rules of operators with prunable weights: their outputs are units, their inputs are what the weight's columns
 * read. A product of two activations has no units and pins what it sums over. */
#include "engine/graph/op.h"
#include "engine/graph/weighted.h"
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
    int node;
    bool vector; /* the weight has no axis of units */
};

static bool view_of(const struct couple *c, int node, struct view *out)
{
    if (c->layer_of[node] < 0)
        return false;
    const struct layer *l = &c->l->v[c->layer_of[node]];
    int k = c->reader_of[node];
    *out = (struct view){.l = l, .node = node, .vector = l->unit_axis < 0};
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

/* Groups of a convolution come and go whole: all its inputs and outputs are one channel. */
static void couple_groups(struct couple *c, const struct view *v, const struct weighted *w,
                          const struct side *x)
{
    const struct weighted_axes *a = &w->axes;
    for (int q = 0; q < w->groups; q++) {
        int head = v->units + q * (int)w->rows;
        for (int i = 0; i < w->inputs; i++)
            couple_join(c, head, x->first[a->data] + q * (int)w->inputs + i);
        for (int i = 1; i < w->rows; i++)
            couple_join(c, head, head + i);
    }
    if (a->unit > a->input) { /* a transposed one: shrinking takes rows of inputs, not of units */
        struct side weight = couple_input(c, v->node, w->weight, false);
        couple_axes(c, &weight, a->input, x, a->data);
    }
}

static void couple_sum(struct couple *c, const struct view *v, const struct weighted *w)
{
    struct side x = couple_input(c, v->node, w->data, false), bias = {0},
                inputs = row(v->inputs, v->n_inputs);
    if (w->bias >= 0)
        bias = couple_input(c, v->node, w->bias, true);
    struct side y = couple_output(c, v->node, 0);
    if (w->groups > 1)
        couple_groups(c, v, w, &x);
    else
        couple_axes(c, &x, w->axes.data, &inputs, 0);
    bear(c, v, &y, w->axes.result);
    for (int d = 0; d < x.shape.rank; d++)
        if (w->axes.same[d] >= 0)
            couple_axes(c, &x, d, &y, w->axes.same[d]);
    couple_broadcast(c, v->node, &bias, bias.shape.rank, &y, w->axes.result + 1);
    if (v->l->taps_rank) {
        couple_pin_positions(c, &x, v->node);
        couple_pin_positions(c, &y, v->node);
    }
}

bool couple_layer(struct couple *c, const struct graph *g, int node)
{
    struct view v;
    const struct weighted *w = op_described(&g->nodes[node]);
    if (!view_of(c, node, &v))
        return false;
    if (w->groups != v.l->groups) {
        couple_pin(c, v.units, v.n_units, PIN_MIXED, node, odd);
        return false;
    }
    couple_sum(c, &v, w);
    return true;
}

static void pin_side(struct couple *c, const struct side *s, int node, const char *why)
{
    for (int d = 0; d < s->shape.rank; d++)
        couple_pin_axis(c, s, d, PIN_MIXED, node, why);
}

void couple_weights(struct couple *c, const struct graph *g, int node)
{
    if (couple_layer(c, g, node))
        return;
    struct side y = couple_output(c, node, 0);
    for (int k = 0; k < 3; k++) {
        struct side x = couple_input(c, node, k, false);
        pin_side(c, &x, node, summed);
    }
    pin_side(c, &y, node, summed);
}

void couple_products(struct couple *c, const struct graph *g, int node)
{
    if (couple_layer(c, g, node))
        return;
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
