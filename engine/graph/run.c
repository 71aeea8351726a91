/* run: the scratch of one worker and the loop that computes. All operands are worked out once, when the run is made: a forward
 * only calls operators. What was decided before is in program.c. */
#include <assert.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/chain.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/graph/program_parts.h"

struct run {
    const struct program *p;
    const struct run *first; /* of a variant: whose values it reads but for */
    const bool *vary;        /* these; NULL: all are its own */
    bool refills;            /* constants that vary have places: others that take turns fill them, too */
    bool owns_arena;
    char *arena;
    struct op_call *calls;    /* by node */
    struct operand *operands; /* of all calls, inputs before outputs */
    int *chain;               /* by node: how many calls go together from there on (chain.h) */
};

static void *place_of(const struct run *r, int v)
{
    int64_t offset = r->p->layout.value[v];
    const struct run *from = r->vary && !r->vary[v] ? r->first : r;
    return offset < 0 ? NULL : from->arena + offset;
}

static struct operand operand_of(const struct run *r, int v)
{
    if (v < 0)
        return (struct operand){0};
    const struct value *value = &r->p->g->values[v];
    const struct tensor *constant = r->p->constants[v];
    return (struct operand){.data = constant ? constant->data : place_of(r, v),
                            .shape = &value->shape,
                            .type = value->type,
                            .lane_stride = constant ? 0 : 1,
                            .present = true};
}

static void make_calls(struct run *r)
{
    const struct program *p = r->p;
    struct operand *next = r->operands = mem_zero(graph_operands(p->g), sizeof *r->operands);
    r->calls = mem_zero((size_t)p->g->n_nodes, sizeof *r->calls);
    for (int i = 0; i < p->g->n_nodes; i++) {
        const struct node *n = &p->g->nodes[i];
        struct operand *inputs = next, *outputs = next + n->n_inputs;
        next = outputs + n->n_outputs;
        for (int k = 0; k < n->n_inputs; k++)
            inputs[k] = operand_of(r, n->inputs[k]);
        if (n->op->spreads_input && inputs[0].present && inputs[0].lane_stride == 0) {
            inputs[0].data = place_of(r, n->inputs[0]);
            inputs[0].lane_stride = 1;
        }
        for (int k = 0; k < n->n_outputs; k++)
            outputs[k] = operand_of(r, n->outputs[k]);
        int64_t scratch = p->layout.scratch[i];
        r->calls[i] = (struct op_call){.node = n,
                                       .kernels = &p->kernels,
                                       .lanes = p->lanes,
                                       .n_inputs = n->n_inputs,
                                       .n_outputs = n->n_outputs,
                                       .inputs = inputs,
                                       .outputs = outputs,
                                       .prepared = p->prepared[i],
                                       .scratch = scratch < 0 ? NULL : r->arena + scratch};
    }
}

static bool has_place(const struct run *r, int v)
{
    return r->p->constants[v] && r->p->layout.value[v] >= 0 && (!r->vary || r->vary[v]);
}

/* Constants that are outputs, kept or spread have a place of their own, filled once. */
static void show_constants(struct run *r)
{
    const struct program *p = r->p;
    for (int v = 0; v < p->g->n_values; v++) {
        if (!has_place(r, v))
            continue;
        struct operand from = operand_of(r, v), to = from;
        to.data = place_of(r, v);
        to.lane_stride = 1;
        operand_copy(&to, 0, &from, 0, shape_elements(to.shape), p->lanes);
    }
}

static void find_chains(struct run *r)
{
    int n = r->p->g->n_nodes;
    r->chain = mem_alloc((size_t)n, sizeof *r->chain);
    for (int i = 0, length; i < n; i += length) {
        length = chain_length(&r->calls[i], n - i);
        for (int k = 0; k < length; k++)
            r->chain[i + k] = k ? 1 : length;
    }
}

struct run *run_new(const struct program *p)
{
    struct run *r = mem_zero(1, sizeof *r);
    r->p = p;
    r->arena = mem_lanes((size_t)p->layout.bytes, 1);
    r->owns_arena = true;
    make_calls(r);
    find_chains(r);
    show_constants(r);
    return r;
}

struct run *run_variant(const struct program *variant, const struct run *first, const bool *vary,
                        const struct run *beside)
{
    struct run *r = mem_zero(1, sizeof *r);
    *r = (struct run){.p = variant, .first = first, .vary = vary, .owns_arena = !beside};
    r->arena = beside ? beside->arena : mem_lanes((size_t)variant->layout.bytes, 1);
    make_calls(r);
    find_chains(r);
    for (int v = 0; v < variant->g->n_values; v++)
        r->refills |= has_place(r, v);
    return r;
}

void run_free(struct run *r)
{
    if (!r)
        return;
    if (r->owns_arena)
        free(r->arena);
    free(r->calls);
    free(r->chain);
    free(r->operands);
    free(r);
}

void *run_input(struct run *r, int i)
{
    return place_of(r, r->p->g->inputs[i]);
}

/* Calls i .. i + n, which go together. false: *stop. */
static bool run_calls(struct run *r, int i, int n, const atomic_bool *stop)
{
    const struct op_call *c = &r->calls[i];
    if (stop && atomic_load_explicit(stop, memory_order_relaxed))
        return false;
    if (n > 1)
        chain_run(c, n);
    else if (!chain_is_view(c))
        c->node->op->forward(c);
    return true;
}

static bool run_nodes(struct run *r, int n, const atomic_bool *stop)
{
    bool on = true;
    for (int i = 0, together; on && i < n; i += together) {
        together = i + r->chain[i] <= n ? r->chain[i] : 1;
        on = run_calls(r, i, together, stop);
    }
    return on;
}

/* How many of the nodes go together from the first on: they must all be among them. */
static int together_of(const struct run *r, const int *nodes, int n)
{
    int together = r->chain[*nodes];
    for (int k = 1; k < together; k++)
        if (k >= n || nodes[k] != *nodes + k)
            return 1;
    return together;
}

bool run_some(struct run *r, const int *nodes, int n, const atomic_bool *stop)
{
    bool on = true;
    if (r->refills)
        show_constants(r);
    for (int i = 0, together; on && i < n; i += together) {
        together = together_of(r, nodes + i, n - i);
        on = run_calls(r, nodes[i], together, stop);
    }
    return on;
}

void run_form(struct run *r, int node, const struct prepared *form)
{
    r->calls[node].prepared = form;
}

float *run_result(const struct run *r, int node)
{
    return r->calls[node].outputs[0].data;
}

bool run_forward(struct run *r, const atomic_bool *stop)
{
    return run_nodes(r, r->p->g->n_nodes, stop);
}

bool run_until(struct run *r, int value, const atomic_bool *stop)
{
    const struct graph *g = r->p->g;
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_outputs; k++)
            if (g->nodes[i].outputs[k] == value)
                return run_nodes(r, i + 1, stop);
    return true; /* an input or a constant */
}

const void *run_output(const struct run *r, int i)
{
    return place_of(r, r->p->g->outputs[i]);
}

const void *run_value(const struct run *r, int value)
{
    assert(r->p->kept[value]);
    return place_of(r, value);
}

const struct op_call *run_call(const struct run *r, int node)
{
    return &r->calls[node];
}
