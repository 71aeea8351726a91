/* flow: see flow.h. */
#include "engine/explain/flow.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/moves.h"
#include "engine/graph/op_util.h"
#include "engine/prune/bits.h"

static void find_layers(struct flow *f)
{
    for (int i = 0; i < f->g->n_nodes; i++)
        f->layer_of[i] = -1;
    for (int i = 0; i < f->l->n; i++)
        for (int k = 0; k < f->l->v[i].n_nodes; k++) {
            f->layer_of[f->l->v[i].nodes[k]] = i;
            f->transposed[f->l->v[i].nodes[k]] = f->l->v[i].transposed[k];
        }
}

static void find_kept(struct flow *f, const struct mask *left)
{
    f->kept = mem_zero((size_t)f->l->n, sizeof *f->kept);
    for (int i = 0; left && i < f->l->n; i++)
        f->kept[i] = mask_words(left, i);
}

void flow_init(struct flow *f, const struct graph *g, const struct layers *l, const struct mask *left)
{
    *f = (struct flow){.g = g, .l = l};
    f->layer_of = mem_alloc((size_t)g->n_nodes, sizeof *f->layer_of);
    f->transposed = mem_zero((size_t)g->n_nodes, sizeof *f->transposed);
    f->elements = mem_zero((size_t)g->n_values, sizeof *f->elements);
    for (int v = 0; v < g->n_values; v++)
        f->elements[v] = g->values[v].constant ? 0 : shape_elements(&g->values[v].shape);
    find_layers(f);
    find_kept(f, left);
}

void flow_release(struct flow *f)
{
    free(f->kept);
    free(f->layer_of);
    free(f->transposed);
    free(f->elements);
    free(f->stops);
    *f = (struct flow){0};
}

bool flow_stopped(const struct flow *f)
{
    return f->stop && atomic_load_explicit(f->stop, memory_order_relaxed);
}

flow_amount **flow_amounts(const struct flow *f)
{
    flow_amount **amounts = mem_zero((size_t)f->g->n_values, sizeof *amounts);
    for (int v = 0; v < f->g->n_values; v++)
        if (f->elements[v])
            amounts[v] = mem_zero((size_t)f->elements[v], sizeof **amounts);
    return amounts;
}

void flow_amounts_free(const struct flow *f, flow_amount **amounts)
{
    for (int v = 0; v < f->g->n_values; v++)
        free(amounts[v]);
    free(amounts);
}

/* Where a node's amounts are taken from and added to, in either direction. */
struct step {
    const struct flow *f;
    const struct node *n;
    bool forward;
    int layer;                       /* -1: none */
    int64_t file_rows, file_columns; /* of a weight read through a transposed copy; 0: as it stands */
    flow_amount **amounts;
    edge_visitor *visit; /* flow_edges: instead of adding */
    void *data;
};

/* From one to the next along a side of the copy is a step along the other side of the file's matrix. */
static int64_t file_step(int64_t rows, int64_t columns, int64_t step)
{
    return step == 0 ? 0 : step == rows ? 1 : columns;
}

/* The run's weights in the file's order, from those of the copy that the node reads: along one of its sides. */
static void in_file_order(const struct step *s, struct edge_run *r)
{
    if (!s->file_rows)
        return;
    r->weight = r->weight % s->file_rows * s->file_columns + r->weight / s->file_rows;
    r->weight_step = file_step(s->file_rows, s->file_columns, r->weight_step);
}

void flow_file_steps(const struct flow *f, int node, int64_t *row_step, int64_t *input_step)
{
    const struct shape *w = &f->g->values[f->l->v[f->layer_of[node]].value].shape;
    if (!f->transposed[node])
        return;
    *row_step = file_step(w->dim[0], w->dim[w->rank - 1], *row_step);
    *input_step = file_step(w->dim[0], w->dim[w->rank - 1], *input_step);
}

static flow_amount *operand_amounts(const struct step *s, int slot)
{
    int v = node_input(s->n, slot);
    return v >= 0 ? s->amounts[v] : NULL;
}

/* Carry along one connection. */
static void carry(const struct step *s, int output, int64_t at, int slot, int64_t from)
{
    int v = s->n->outputs[output];
    flow_amount *in = operand_amounts(s, slot), *out = v >= 0 ? s->amounts[v] : NULL;
    if (!in || !out)
        return;
    if (s->forward)
        out[at] += in[from];
    else
        in[from] += out[at];
}

/* Hand part of a run on, or add along it. */
static void take_run(const struct step *s, const struct edge_run *run, int64_t first, int64_t count)
{
    struct edge_run r = *run;
    r.count = count;
    r.output += first * r.output_step;
    r.input += first * r.input_step;
    r.weight += first * r.weight_step;
    if (s->visit) {
        s->visit(s->data, &r);
        return;
    }
    flow_amount *in = operand_amounts(s, r.slot), *out = s->amounts[s->n->outputs[0]];
    if (!in || !out)
        return;
    in += r.input, out += r.output;
    for (int64_t i = 0; s->forward && i < count; i++)
        out[i * r.output_step] += in[i * r.input_step];
    for (int64_t i = 0; !s->forward && i < count; i++)
        in[i * r.input_step] += out[i * r.output_step];
}

/* Along the kept ones of a run that all end in one result, as those of a dense layer do: one after the other, in the order of
 * take_run. Where the weights lie side by side, a word of the mask at a time. */
static void add_kept(const struct step *s, const struct edge_run *r, const uint64_t *kept)
{
    flow_amount *in = operand_amounts(s, r->slot), *out = s->amounts[s->n->outputs[0]];
    if (!in || !out || (!s->forward && out[r->output] == 0))
        return;
    flow_amount sum = out[r->output];
    in += r->input;
    for (int64_t i = 0, n = 1; i < r->count; i += n) {
        int64_t at = r->weight + i * r->weight_step;
        uint64_t word = kept[at / 64] >> at % 64;
        n = r->weight_step != 1 ? 1 : r->count - i < 64 - at % 64 ? r->count - i : 64 - at % 64;
        word &= UINT64_MAX >> (64 - n);
        for (; word; word &= word - 1) {
            flow_amount *one = &in[(i + __builtin_ctzll(word)) * r->input_step];
            if (s->forward)
                sum += *one;
            else
                *one += sum;
        }
    }
    out[r->output] = sum;
}

/* The kept stretches of a run. */
static void carry_run(void *data, const struct edge_run *run)
{
    const struct step *s = data;
    struct edge_run r = *run;
    if (flow_stopped(s->f))
        return;
    const uint64_t *kept = s->layer >= 0 && r.weight >= 0 ? s->f->kept[s->layer] : NULL;
    if (s->layer >= 0 && r.weight >= 0)
        in_file_order(s, &r);
    if (!kept || r.weight_step == 0) {
        if (!kept || bits_get(kept, r.weight))
            take_run(s, &r, 0, r.count);
        return;
    }
    if (!s->visit && r.output_step == 0) {
        add_kept(s, &r, kept);
        return;
    }
    for (int64_t i = 0, end; i < r.count; i = end) {
        while (i < r.count && !bits_get(kept, r.weight + i * r.weight_step))
            i++;
        for (end = i; end < r.count && bits_get(kept, r.weight + end * r.weight_step);)
            end++;
        if (end > i)
            take_run(s, &r, i, end - i);
    }
}

static void carry_same(const struct step *s)
{
    const struct graph *g = s->f->g;
    const struct shape *over = &g->values[s->n->outputs[0]].shape;
    int64_t count = shape_elements(over);
    for (int slot = 0; slot < s->n->n_inputs; slot++) {
        if (!operand_amounts(s, slot))
            continue;
        struct walk w;
        walk_begin(&w, over);
        int a = walk_broadcast(&w, &g->values[s->n->inputs[slot]].shape);
        for (int64_t i = 0; i < count; i++, walk_step(&w))
            carry(s, 0, i, slot, w.offset[a]);
    }
}

/* Everything of every input into everything of every output. */
static void carry_all(const struct step *s)
{
    flow_amount sum = 0;
    const struct node *n = s->n;
    int from_n = s->forward ? n->n_inputs : n->n_outputs, to_n = s->forward ? n->n_outputs : n->n_inputs;
    const int *from = s->forward ? n->inputs : n->outputs, *to = s->forward ? n->outputs : n->inputs;
    for (int i = 0; i < from_n; i++)
        for (int64_t k = 0; from[i] >= 0 && k < s->f->elements[from[i]]; k++)
            sum += s->amounts[from[i]][k];
    for (int i = 0; i < to_n; i++)
        for (int64_t k = 0; to[i] >= 0 && k < s->f->elements[to[i]]; k++)
            s->amounts[to[i]][k] += sum;
}

bool flow_by_channel(const struct shape *x, const struct shape *y)
{
    return x->rank >= 3 && y->rank >= 2 && x->dim[0] == y->dim[0] && x->dim[1] == y->dim[1];
}

/* All positions of a channel into all positions of the same channel. */
static void carry_channel(const struct step *s)
{
    const struct graph *g = s->f->g;
    const struct shape *x = &g->values[s->n->inputs[0]].shape, *y = &g->values[s->n->outputs[0]].shape;
    if (!flow_by_channel(x, y) || !operand_amounts(s, 0)) {
        carry_all(s);
        return;
    }
    int64_t channels = x->dim[0] * x->dim[1], in = shape_elements(x) / channels,
            out = shape_elements(y) / channels;
    flow_amount *from = s->amounts[s->forward ? s->n->inputs[0] : s->n->outputs[0]];
    flow_amount *to = s->amounts[s->forward ? s->n->outputs[0] : s->n->inputs[0]];
    int64_t n_from = s->forward ? in : out, n_to = s->forward ? out : in;
    for (int64_t c = 0; c < channels; c++) {
        flow_amount sum = 0;
        for (int64_t k = 0; k < n_from; k++)
            sum += from[c * n_from + k];
        for (int64_t k = 0; k < n_to; k++)
            to[c * n_to + k] += sum;
    }
}

static void carry_moves(const struct step *s)
{
    struct moves m;
    moves_find(s->f->g, s->n, &m);
    for (int o = 0; o < s->n->n_outputs; o++)
        for (int64_t k = 0; m.from[o] && k < s->f->elements[s->n->outputs[o]]; k++) {
            int slot;
            int64_t element;
            if (moves_source(&m, o, k, &slot, &element))
                carry(s, o, k, slot, element);
        }
    moves_release(&m);
}

static struct step step_of(const struct flow *f, int node, bool forward, flow_amount **amounts)
{
    struct step s = {
        .f = f, .n = &f->g->nodes[node], .forward = forward, .layer = f->layer_of[node], .amounts = amounts};
    if (s.layer >= 0 && f->transposed[node]) {
        const struct shape *w = &f->g->values[f->l->v[s.layer].value].shape;
        s.file_rows = w->dim[0];
        s.file_columns = w->dim[w->rank - 1];
    }
    return s;
}

static void carry_node(const struct flow *f, int node, bool forward, flow_amount **amounts)
{
    struct step s = step_of(f, node, forward, amounts);
    const struct op *op = s.n->op;
    if ((f->stops && f->stops[node]) || flow_stopped(f))
        return;
    if (op->flow == FLOW_EDGES)
        op_edges(f->g, s.n, carry_run, &s);
    else if (moves_only(f->g, s.n))
        carry_moves(&s);
    else if (op->flow == FLOW_SAME)
        carry_same(&s);
    else if (op->flow == FLOW_CHANNEL)
        carry_channel(&s);
    else
        carry_all(&s);
}

void flow_forward(const struct flow *f, flow_amount **amounts)
{
    for (int i = 0; i < f->g->n_nodes; i++)
        carry_node(f, i, true, amounts);
}

void flow_backward(const struct flow *f, flow_amount **amounts)
{
    for (int i = f->g->n_nodes - 1; i >= 0; i--)
        carry_node(f, i, false, amounts);
}

static void begin_at(const struct flow *f, flow_amount **amounts, const int *values, int n)
{
    for (int i = 0; i < n; i++)
        for (int64_t k = 0; k < f->elements[values[i]]; k++)
            amounts[values[i]][k] = 1;
}

flow_amount **flow_from_inputs(const struct flow *f)
{
    flow_amount **amounts = flow_amounts(f);
    begin_at(f, amounts, f->g->inputs, f->g->n_inputs);
    flow_forward(f, amounts);
    return amounts;
}

flow_amount **flow_to_outputs(const struct flow *f)
{
    flow_amount **amounts = flow_amounts(f);
    begin_at(f, amounts, f->g->outputs, f->g->n_outputs);
    flow_backward(f, amounts);
    return amounts;
}

void flow_stop_at_layers(struct flow *f)
{
    f->stops = mem_alloc((size_t)f->g->n_nodes, 1);
    for (int i = 0; i < f->g->n_nodes; i++)
        f->stops[i] = f->layer_of[i] >= 0;
}

int flow_data(const struct flow *f, int node)
{
    const int *inputs = f->g->nodes[node].inputs;
    return f->elements[inputs[0]] ? inputs[0] : inputs[1];
}

void flow_edges(const struct flow *f, int node, edge_visitor *visit, void *data)
{
    struct step s = step_of(f, node, true, NULL);
    s.visit = visit;
    s.data = data;
    if (s.n->op->flow == FLOW_EDGES)
        op_edges(f->g, s.n, carry_run, &s);
}
