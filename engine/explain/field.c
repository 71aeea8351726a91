/* field: see field.h. Each value gets the field of its first position, and how far that of the next one lies from it. */
#include "engine/explain/field.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/moves.h"
#include "engine/graph/op.h"
#include "engine/graph/op_window.h"

/* Along rows and columns, in positions of the model's input. A value that follows from constants alone has reached false. */
struct reach {
    bool reached, known;
    int64_t first[2], last[2], step[2];
};

static const struct reach nowhere, lost = {.reached = true},
                                   itself = {true, true, .step = {1, 1}}; /* of an input of the model */

static bool has_positions(const struct graph *g, int value)
{
    int rank = g->values[value].shape.rank;
    return rank == 3 || rank == 4;
}

static struct reach slide(struct reach r, const struct window *axis)
{
    for (int i = 0; i < 2; i++) {
        r.first[i] -= axis[i].before * r.step[i];
        r.last[i] =
            r.last[i] - axis[i].before * r.step[i] + (axis[i].kernel - 1) * axis[i].dilation * r.step[i];
        r.step[i] *= axis[i].stride;
    }
    return r;
}

/* What either of two branches depends on. */
static struct reach join(struct reach a, struct reach b)
{
    if (!a.reached || !b.reached)
        return a.reached ? a : b;
    for (int i = 0; i < 2; i++) {
        if (!a.known || !b.known || a.step[i] != b.step[i])
            return lost;
        a.first[i] = a.first[i] < b.first[i] ? a.first[i] : b.first[i];
        a.last[i] = a.last[i] > b.last[i] ? a.last[i] : b.last[i];
    }
    return a;
}

/* All of the same spatial shape as the result: position by position. Others that vary, as a gate per channel, do not fit. */
static bool fits(const struct graph *g, const struct node *n, int value)
{
    const struct shape *x = &g->values[value].shape, *y = &g->values[n->outputs[0]].shape;
    bool same = x->rank == y->rank;
    for (int d = 2; same && d < y->rank; d++)
        same = x->dim[d] == y->dim[d];
    return same;
}

/* Does an output have each position of an input where the input has it? */
static bool in_place(const struct graph *g, const struct node *n, const struct moves *m, int output,
                     int input)
{
    struct moved_axes a;
    const struct shape *x = &g->values[n->inputs[input]].shape, *y = &g->values[n->outputs[output]].shape;
    bool ok = moves_axes(g, n, m, output, input, &a);
    for (int d = 2; ok && d < y->rank; d++) {
        ok = a.axis[d] == d && x->dim[d] == y->dim[d];
        for (int64_t i = 0; ok && i < y->dim[d]; i++)
            ok = a.index[d][i] == i;
    }
    moved_axes_release(&a);
    return ok;
}

static bool joins_positions(const struct graph *g, const struct node *n, const struct reach *reach)
{
    struct moves m = {0};
    if (n->op->flow == FLOW_SAME)
        return true;
    bool ok = moves_try(g, n, &m);
    for (int o = 0; ok && o < n->n_outputs; o++)
        for (int i = 0; ok && n->outputs[o] >= 0 && i < n->n_inputs; i++)
            ok = n->inputs[i] < 0 || !reach[n->inputs[i]].reached || in_place(g, n, &m, o, i);
    moves_release(&m);
    return ok;
}

static bool is_input(const struct graph *g, int value)
{
    for (int i = 0; i < g->n_inputs; i++)
        if (g->inputs[i] == value)
            return true;
    return false;
}

static struct reach reach_of(const struct graph *g, const struct node *n, const struct reach *reach)
{
    const struct window *axis = n->op->windows ? n->op->windows(n) : NULL;
    struct reach all = nowhere;
    bool ok = n->outputs[0] >= 0 && has_positions(g, n->outputs[0]);
    for (int i = 0; i < n->n_inputs; i++) {
        int v = n->inputs[i];
        if (v < 0 || !reach[v].reached)
            continue;
        all = join(all, reach[v]);
        ok = ok && (i == 0 || !axis) && (axis || fits(g, n, v));
    }
    if (!all.reached)
        return nowhere;
    bool turned =
        n->outputs[0] >= 0 && (n->op->moves_nothing || n->op->flow == FLOW_MOVE) &&
        has_positions(g, n->outputs[0]) && is_input(g, n->inputs[0]) &&
        shape_elements(&g->values[n->inputs[0]].shape) == shape_elements(&g->values[n->outputs[0]].shape);
    if (turned)
        return itself;
    if (!ok || (!axis && !joins_positions(g, n, reach)))
        return lost;
    return axis && all.known ? slide(all, axis) : all;
}

bool field_find(const struct graph *g, const struct layer *l, int64_t size[2])
{
    const struct op *op = g->nodes[l->node].op;
    if (l->taps_rank == 0 || l->n_nodes != 1 || !op->windows || !op->windows(&g->nodes[l->node]))
        return false;
    struct reach *reach = mem_zero((size_t)g->n_values, sizeof *reach);
    for (int i = 0; i < g->n_inputs; i++)
        reach[g->inputs[i]] = has_positions(g, g->inputs[i]) ? itself : lost;
    for (int i = 0; i <= l->node; i++) {
        const struct node *n = &g->nodes[i];
        const struct reach r = reach_of(g, n, reach);
        for (int o = 0; o < n->n_outputs; o++)
            if (n->outputs[o] >= 0)
                reach[n->outputs[o]] = r;
    }
    int out = g->nodes[l->node].outputs[0];
    bool known = out >= 0 && reach[out].reached && reach[out].known;
    for (int i = 0; known && i < 2; i++)
        size[i] = reach[out].last[i] - reach[out].first[i] + 1;
    free(reach);
    return known;
}
