/* reach: see reach.h. Weighted sums: reach_sums.c. */
#include "engine/explain/reach.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/explain/reach_sums.h"
#include "engine/graph/moves.h"
#include "engine/graph/op_util.h"

struct step {
    const struct flow *f;
    int node;
    const struct node *n;
    bool forward;
    uint8_t **marks;
};

static uint8_t *marks_of(const struct step *s, int value)
{
    return value >= 0 ? s->marks[value] : NULL;
}

static void pass(const struct step *s, uint8_t *x, uint8_t *y)
{
    if (s->forward)
        *y |= *x;
    else
        *x |= *y;
}

/* Everything of every input into everything of every output. */
static void mark_all(const struct step *s)
{
    const struct node *n = s->n;
    int from_n = s->forward ? n->n_inputs : n->n_outputs, to_n = s->forward ? n->n_outputs : n->n_inputs;
    const int *from = s->forward ? n->inputs : n->outputs, *to = s->forward ? n->outputs : n->inputs;
    bool any = false;
    for (int i = 0; i < from_n; i++) {
        uint8_t *marks = marks_of(s, from[i]);
        any = any || (marks && memchr(marks, 1, (size_t)s->f->elements[from[i]]));
    }
    for (int i = 0; any && i < to_n; i++)
        if (marks_of(s, to[i]))
            memset(marks_of(s, to[i]), 1, (size_t)s->f->elements[to[i]]);
}

static void mark_same(const struct step *s)
{
    const struct graph *g = s->f->g;
    const struct shape *over = &g->values[s->n->outputs[0]].shape;
    int64_t count = shape_elements(over);
    uint8_t *y = marks_of(s, s->n->outputs[0]);
    for (int slot = 0; slot < s->n->n_inputs; slot++) {
        uint8_t *x = marks_of(s, s->n->inputs[slot]);
        const struct shape *shape = x ? &g->values[s->n->inputs[slot]].shape : NULL;
        struct walk w;
        if (!x)
            continue;
        if (shape_equal(shape, over)) {
            for (int64_t i = 0; i < count; i++)
                pass(s, &x[i], &y[i]);
            continue;
        }
        walk_begin(&w, over);
        int a = walk_broadcast(&w, shape);
        for (int64_t i = 0; i < count; i++, walk_step(&w))
            pass(s, &x[w.offset[a]], &y[i]);
    }
}

/* All positions of a channel into all positions of the same channel. */
static void mark_channel(const struct step *s)
{
    const struct graph *g = s->f->g;
    const struct shape *x = &g->values[s->n->inputs[0]].shape, *y = &g->values[s->n->outputs[0]].shape;
    uint8_t *in = marks_of(s, s->n->inputs[0]), *out = marks_of(s, s->n->outputs[0]);
    if (!in || !flow_by_channel(x, y)) {
        mark_all(s);
        return;
    }
    int64_t channels = x->dim[0] * x->dim[1];
    size_t n_in = (size_t)(shape_elements(x) / channels), n_out = (size_t)(shape_elements(y) / channels);
    for (int64_t c = 0; c < channels; c++, in += n_in, out += n_out) {
        if (s->forward && memchr(in, 1, n_in))
            memset(out, 1, n_out);
        if (!s->forward && memchr(out, 1, n_out))
            memset(in, 1, n_in);
    }
}

static void mark_moves(const struct step *s)
{
    struct moves m;
    moves_find(s->f->g, s->n, &m);
    for (int o = 0; o < s->n->n_outputs; o++)
        for (int64_t k = 0; m.from[o] && k < s->f->elements[s->n->outputs[o]]; k++) {
            int slot;
            int64_t element;
            if (moves_source(&m, o, k, &slot, &element) && marks_of(s, s->n->inputs[slot]))
                pass(s, &marks_of(s, s->n->inputs[slot])[element], &marks_of(s, s->n->outputs[o])[k]);
        }
    moves_release(&m);
}

static void mark_run(void *data, const struct edge_run *run)
{
    const struct step *s = data;
    uint8_t *x = marks_of(s, node_input(s->n, run->slot)), *y = marks_of(s, s->n->outputs[0]);
    for (int64_t i = 0; x && y && i < run->count; i++)
        pass(s, &x[run->input + i * run->input_step], &y[run->output + i * run->output_step]);
}

static void mark_sums(const struct step *s, const struct weighted *w)
{
    int layer = s->f->layer_of[s->node];
    struct sum_bits bits = {NULL, w->group_step, w->row_step, w->input_step};
    if (layer >= 0) {
        bits.kept = s->f->kept[layer];
        flow_file_steps(s->f, s->node, &bits.row_step, &bits.input_step);
    }
    reach_sums(w, &bits, s->forward, marks_of(s, s->n->inputs[w->data]), marks_of(s, s->n->outputs[0]));
}

static void mark_edges(struct step *s)
{
    const struct weighted *w = op_weighted(s->n);
    uint8_t *inputs[FLOW_INPUTS] = {NULL};
    if (w && w->constant) {
        mark_sums(s, w);
    } else if (!w && s->n->op->mark) {
        for (int i = 0; i < s->n->n_inputs && i < FLOW_INPUTS; i++)
            inputs[i] = marks_of(s, s->n->inputs[i]);
        s->n->op->mark(s->n, s->forward, inputs, marks_of(s, s->n->outputs[0]));
    } else {
        flow_edges(s->f, s->node, mark_run, s);
    }
}

static void mark_node(const struct flow *f, int node, bool forward, uint8_t **marks)
{
    struct step s = {.f = f, .node = node, .n = &f->g->nodes[node], .forward = forward, .marks = marks};
    if (f->stops && f->stops[node])
        return;
    if (s.n->op->flow == FLOW_EDGES)
        mark_edges(&s);
    else if (moves_only(f->g, s.n))
        mark_moves(&s);
    else if (s.n->op->flow == FLOW_SAME)
        mark_same(&s);
    else if (s.n->op->flow == FLOW_CHANNEL)
        mark_channel(&s);
    else
        mark_all(&s);
}

uint8_t **reach_marks(const struct flow *f)
{
    uint8_t **marks = mem_zero((size_t)f->g->n_values, sizeof *marks);
    for (int v = 0; v < f->g->n_values; v++)
        if (f->elements[v])
            marks[v] = mem_zero((size_t)f->elements[v], 1);
    return marks;
}

static uint8_t **begin(const struct flow *f, const int *values, int n)
{
    uint8_t **marks = reach_marks(f);
    for (int i = 0; i < n; i++)
        if (marks[values[i]])
            memset(marks[values[i]], 1, (size_t)f->elements[values[i]]);
    return marks;
}

void reach_forward(const struct flow *f, uint8_t **marks)
{
    for (int i = 0; i < f->g->n_nodes; i++)
        mark_node(f, i, true, marks);
}

uint8_t **reach_from_inputs(const struct flow *f)
{
    uint8_t **marks = begin(f, f->g->inputs, f->g->n_inputs);
    reach_forward(f, marks);
    return marks;
}

uint8_t **reach_to_outputs(const struct flow *f)
{
    uint8_t **marks = begin(f, f->g->outputs, f->g->n_outputs);
    for (int i = f->g->n_nodes - 1; i >= 0; i--)
        mark_node(f, i, false, marks);
    return marks;
}

void reach_free(const struct flow *f, uint8_t **marks)
{
    for (int v = 0; v < f->g->n_values; v++)
        free(marks[v]);
    free(marks);
}
