/* couple_rules: rules of operators without prunable weights. An axis that a rule neither joins nor pins would be free to lose
 * channels on its own, so every rule speaks of every axis of its outputs. */
#include "engine/prune/couple_rules.h"

#include <string.h>

#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_build.h"

static const char mixes[] = "mixes all its channels";
static const char splits[] = "splits its axis";
static const char merges[] = "merges two axes of channels";
static const char position[] = "has it as a position, not a channel";
static const char pole[] = "has no finite result where the channel is 0";

static bool named(const struct graph *g, int node, const char *name)
{
    return strcmp(g->nodes[node].op->name, name) == 0;
}

/* x broadcast to y, whole. */
static void broadcast(struct couple *c, int node, const struct side *x, const struct side *y)
{
    couple_broadcast(c, node, x, x->shape.rank, y, y->shape.rank);
}

void couple_same(struct couple *c, const struct graph *g, int node)
{
    bool zeroed = named(g, node, "Add") || named(g, node, "Sub") || named(g, node, "Mul");
    for (int k = 0; k < g->nodes[node].n_outputs; k++) {
        struct side y = couple_output(c, node, k);
        for (int i = 0; i < g->nodes[node].n_inputs; i++) {
            struct side x = couple_input(c, node, i, zeroed);
            broadcast(c, node, &x, &y);
        }
    }
}

/* Is x to the power of this constant finite at 0? */
static bool power_is_finite(const struct tensor *t)
{
    for (int64_t i = 0; t && i < shape_elements(&t->shape); i++)
        if (tensor_real(t, i) < 0)
            return false;
    return t != NULL;
}

void couple_pole(struct couple *c, const struct graph *g, int node)
{
    couple_same(c, g, node);
    if (named(g, node, "Pow") && power_is_finite(op_constant(g, &g->nodes[node], 1)))
        return;
    int slot = named(g, node, "Div") ? 1 : 0;
    if (op_constant(g, &g->nodes[node], slot))
        return;
    struct side x = couple_input(c, node, slot, false), y = couple_output(c, node, 0);
    for (int d = 0; d < x.shape.rank; d++)
        if (x.shape.dim[d] == y.shape.dim[d + y.shape.rank - x.shape.rank])
            couple_pin_axis(c, &x, d, PIN_MIXED, node, pole);
}

void couple_norm(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    broadcast(c, node, &x, &y);
    for (int k = 1; k < g->nodes[node].n_inputs; k++) {
        struct side p = couple_input(c, node, k, k < 3);
        if (p.present && p.shape.rank == 1 && x.shape.rank > 1)
            couple_axes(c, &p, 0, &x, 1);
    }
}

/* Pins the axes of x for which mixed[d] is true; the others are the same in y, which has as many. */
static void mix(struct couple *c, int node, const bool *mixed, const struct side *x, const struct side *y)
{
    for (int d = 0; d < x->shape.rank; d++) {
        if (mixed[d])
            couple_pin_axis(c, x, d, PIN_MIXED, node, mixes);
        if (y->present && mixed[d])
            couple_pin_axis(c, y, d, PIN_MIXED, node, mixes);
        couple_axes(c, x, d, y, d);
    }
}

void couple_layer_norm(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    int rank = x.shape.rank, first = (int)((node_int(&g->nodes[node], "axis", -1) + rank) % rank);
    bool mixed[SHAPE_MAX] = {false};
    for (int d = first; d < rank; d++)
        mixed[d] = true;
    mix(c, node, mixed, &x, &y);
    for (int k = 1; k < 3;
         k++) { /* scale and shift, which may be computed and may reach beyond the axes mixed */
        struct side p = couple_input(c, node, k, true);
        broadcast(c, node, &p, &y);
    }
    for (int k = 1; k < 3; k++) { /* statistics: Mean and InvStdDev, where anyone reads them */
        struct side s = couple_output(c, node, k);
        for (int d = 0; s.present && d < s.shape.rank; d++)
            couple_pin_axis(c, &s, d, PIN_MIXED, node, mixes);
    }
}

void couple_softmax(struct couple *c, const struct graph *g, int node)
{
    const struct node *n = &g->nodes[node];
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    bool flattens = n->opset < 13; /* then it runs over all axes from this one on */
    int rank = x.shape.rank, first = rank ? (int)((node_int(n, "axis", flattens ? 1 : -1) + rank) % rank) : 0;
    bool mixed[SHAPE_MAX] = {false};
    for (int d = first; d < (flattens ? rank : first + 1) && d < rank; d++)
        mixed[d] = true;
    mix(c, node, mixed, &x, &y);
}

/* Which axes a reduction runs over. */
static void reduced(const struct graph *g, int node, int rank, bool *mixed)
{
    const struct node *n = &g->nodes[node];
    int axes[SHAPE_MAX], count = -1;
    if (strncmp(n->op->name, "Arg", 3) == 0) {
        axes[0] = (int)((node_int(n, "axis", 0) + rank) % rank);
        count = 1;
    } else {
        op_axes(g, n, 1, rank, axes, &count, NULL);
    }
    bool all = count <= 0 && !node_int(n, "noop_with_empty_axes", 0);
    for (int d = 0; d < rank; d++)
        mixed[d] = all;
    for (int i = 0; i < count; i++)
        mixed[axes[i]] = true;
}

void couple_reduce(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    bool keep = node_int(&g->nodes[node], "keepdims", 1), mixed[SHAPE_MAX] = {false};
    if (x.shape.rank == 0)
        return;
    reduced(g, node, x.shape.rank, mixed);
    for (int d = 0, at = 0; d < x.shape.rank; d++) {
        if (mixed[d])
            couple_pin_axis(c, &x, d, PIN_MIXED, node, mixes);
        else
            couple_axes(c, &x, d, &y, at);
        if (mixed[d] && keep)
            couple_pin_axis(c, &y, at, PIN_MIXED, node, mixes);
        at += !mixed[d] || keep;
    }
}

void couple_pool(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false);
    for (int k = 0; k < g->nodes[node].n_outputs; k++) {
        struct side y = couple_output(c, node, k);
        for (int d = 0; d < 2; d++)
            couple_axes(c, &x, d, &y, d);
        couple_pin_positions(c, &y, node);
    }
    couple_pin_positions(c, &x, node);
}

static bool all_pinned(struct couple *c, const struct side *x, int axis)
{
    for (int i = 0; i < x->shape.dim[axis]; i++)
        if (c->pinned[couple_find(c, x->first[axis] + i)] < 0)
            return false;
    return true;
}

/* Axes of x before `to`, of which only `channel` can lose entries, become the one axis `at` of y: a channel spreads over all
 * places where it stands. */
static void spread(struct couple *c, const struct side *x, int to, int channel, const struct side *y, int at)
{
    int64_t after = 1, here = x->shape.dim[channel];
    for (int d = channel + 1; d < to; d++)
        after *= x->shape.dim[d];
    for (int64_t i = 0; i < y->shape.dim[at]; i++)
        couple_join(c, y->first[at] + (int)i, x->first[channel] + (int)(i / after % here));
}

static void merge(struct couple *c, int node, const struct side *x, int from, int to, const struct side *y,
                  int at)
{
    int channel = -1, n = 0;
    for (int d = from; d < to; d++)
        if (x->shape.dim[d] > 1 && !all_pinned(c, x, d)) {
            channel = d;
            n++;
        }
    if (n == 1) {
        spread(c, x, to, channel, y, at);
        return;
    }
    for (int d = from; n && d < to; d++)
        couple_pin_axis(c, x, d, PIN_MIXED, node, merges);
    couple_pin_axis(c, y, at, n ? PIN_MIXED : PIN_POSITION, node, n ? merges : position);
}

/* Axes [a, b) of x and [p, q) of y hold the same number of elements and no shorter runs do. */
static void regroup(struct couple *c, int node, const struct side *x, int a, int b, const struct side *y,
                    int p, int q)
{
    int wide_x = -1, wide_y = -1, n_x = 0, n_y = 0;
    for (int d = a; d < b; d++)
        if (x->shape.dim[d] != 1) {
            wide_x = d;
            n_x++;
        }
    for (int d = p; d < q; d++)
        if (y->shape.dim[d] != 1) {
            wide_y = d;
            n_y++;
        }
    if (n_x == 1 && n_y == 1)
        couple_axes(c, x, wide_x, y, wide_y);
    else if (n_y == 1)
        merge(c, node, x, a, b, y, wide_y);
    for (int d = a; d < b; d++)
        if (x->shape.dim[d] == 1 || n_y > 1)
            couple_pin_axis(c, x, d, n_y > 1 ? PIN_MIXED : PIN_POSITION, node, n_y > 1 ? splits : position);
    for (int d = p; d < q; d++)
        if (y->shape.dim[d] == 1 || n_y > 1)
            couple_pin_axis(c, y, d, n_y > 1 ? PIN_MIXED : PIN_POSITION, node, n_y > 1 ? splits : position);
}

void couple_reshape(struct couple *c, const struct graph *g, int node)
{
    (void)g;
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    int a = 0, p = 0, rx = x.shape.rank, ry = y.shape.rank;
    while (a < rx || p < ry) {
        int b = a < rx ? a + 1 : a, q = p < ry ? p + 1 : p;
        int64_t left = a < rx ? x.shape.dim[a] : 1, right = p < ry ? y.shape.dim[p] : 1;
        while (left != right && (left < right ? b < rx : q < ry))
            if (left < right)
                left *= x.shape.dim[b++];
            else
                right *= y.shape.dim[q++];
        regroup(c, node, &x, a, b, &y, p, q);
        a = b;
        p = q;
    }
}

void couple_transpose(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    const struct attr *perm = node_attr(&g->nodes[node], "perm");
    for (int d = 0; d < y.shape.rank; d++)
        couple_axes(c, &x, perm ? (int)perm->ints[d] : y.shape.rank - 1 - d, &y, d);
}
