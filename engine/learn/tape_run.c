/* tape_run: the scratch of one worker, and its passes forward and backward. What was decided before is in tape.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/op_util.h"
#include "engine/graph/weighted.h"
#include "engine/learn/tape_parts.h"

enum { FIRST, SECOND, ORDERS };

/* A node's operands of all passes. */
struct operands {
    struct operand *d[ORDERS]; /* inputs before outputs */
    struct operand *t;         /* the same of the tangents */
};

struct tape_run {
    const struct tape *t;
    struct run *run;
    char *d[ORDERS], *tangents, *scratch;
    struct operands *nodes;
    struct operand *operands; /* of all nodes */
};

static struct operand derivative_of(const struct tape_run *r, int v, int order)
{
    const struct tape *t = r->t;
    if (v < 0 || t->place[v] < 0 || !(t->active[v] || v == t->g->outputs[0]) || !r->d[order])
        return (struct operand){0};
    const struct value *value = &t->g->values[v];
    return (struct operand){.data = r->d[order] + t->place[v],
                            .shape = &value->shape,
                            .type = DT_F32,
                            .lane_stride = !value->constant || t->apart,
                            .present = true};
}

static struct operand tangent_of(const struct tape_run *r, int v)
{
    const struct tape *t = r->t;
    if (v < 0 || !t->moving[v])
        return (struct operand){0};
    const struct tensor *along = t->direction[v];
    return (struct operand){.data = along ? along->data : r->tangents + t->tangent[v],
                            .shape = &t->g->values[v].shape,
                            .type = DT_F32,
                            .lane_stride = !along,
                            .present = true};
}

static void make_operands(struct tape_run *r)
{
    const struct graph *g = r->t->g;
    struct operand *next = r->operands = mem_zero(3 * graph_operands(g), sizeof *next);
    r->nodes = mem_zero((size_t)g->n_nodes, sizeof *r->nodes);
    for (int i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->nodes[i];
        int all = n->n_inputs + n->n_outputs;
        struct operands *o = &r->nodes[i];
        for (int order = 0; order < ORDERS; order++, next += all)
            o->d[order] = next;
        o->t = next;
        next += all;
        for (int k = 0; k < all; k++) {
            int v = k < n->n_inputs ? n->inputs[k] : n->outputs[k - n->n_inputs];
            o->d[FIRST][k] = derivative_of(r, v, FIRST);
            o->d[SECOND][k] = derivative_of(r, v, SECOND);
            o->t[k] = tangent_of(r, v);
        }
    }
}

struct tape_run *tape_run_new(const struct tape *t)
{
    struct tape_run *r = mem_zero(1, sizeof *r);
    r->t = t;
    r->run = run_new(t->program);
    r->d[FIRST] = mem_lanes((size_t)t->bytes, 1);
    r->d[SECOND] = t->direction ? mem_lanes((size_t)t->bytes, 1) : NULL;
    r->tangents = t->direction ? mem_lanes((size_t)t->tangent_bytes, 1) : NULL;
    r->scratch = mem_lanes(t->scratch_bytes, 1);
    make_operands(r);
    return r;
}

void tape_run_free(struct tape_run *r)
{
    if (!r)
        return;
    run_free(r->run);
    for (int order = 0; order < ORDERS; order++)
        free(r->d[order]);
    free(r->tangents);
    free(r->scratch);
    free(r->nodes);
    free(r->operands);
    free(r);
}

void *tape_input(struct tape_run *r, int i)
{
    return run_input(r->run, i);
}

const float *tape_value(const struct tape_run *r, int value)
{
    return run_value(r->run, value);
}

const float *tape_tangent(const struct tape_run *r, int value)
{
    return r->t->moving[value] && !r->t->g->values[value].constant
               ? (const void *)(r->tangents + r->t->tangent[value])
               : NULL;
}

/* ---- passes ---- */

static bool stopped(const atomic_bool *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

/* A node's call; its operands of an order, its tangents. */
static struct backward_call call_of(const struct tape_run *r, int node, int from, int to)
{
    const struct op_call *c = run_call(r->run, node);
    const struct operands *o = &r->nodes[node];
    return (struct backward_call){.call = c,
                                  .dy = o->d[from] + c->n_inputs,
                                  .dx = o->d[to],
                                  .tx = o->t,
                                  .ty = o->t + c->n_inputs,
                                  .plan = &r->t->plans[node],
                                  .scratch = r->scratch};
}

static bool any_present(const struct operand *o, int n)
{
    bool any = false;
    for (int i = 0; i < n; i++)
        any |= o[i].present;
    return any;
}

bool tape_forward(struct tape_run *r, const atomic_bool *stop)
{
    const struct tape *t = r->t;
    if (!run_forward(r->run, stop))
        return false;
    for (int i = 0; t->direction && i < t->g->n_nodes; i++) {
        struct backward_call b = call_of(r, i, FIRST, FIRST);
        if (stopped(stop))
            return false;
        if (any_present(b.ty, b.call->n_outputs))
            t->g->nodes[i].op->backward->tangent(&b);
    }
    for (int order = 0; order < ORDERS; order++)
        for (int v = 0; r->d[order] && v < t->g->n_values; v++) /* those that no step begins */
            if (t->place[v] >= 0 && (t->begins[v] < 0 || t->g->values[v].constant))
                memset(r->d[order] + t->place[v], 0, (size_t)tape_elements(t, v) * sizeof(float));
    return true;
}

float *tape_seed(struct tape_run *r, bool second)
{
    return (void *)(r->d[second ? SECOND : FIRST] + r->t->place[r->t->g->outputs[0]]);
}

/* Derivatives that this node is the first to add to begin at 0. */
static void begin(const struct tape_run *r, int node)
{
    const struct tape *t = r->t;
    const struct node *n = &t->g->nodes[node];
    for (int order = 0; order < ORDERS; order++)
        for (int k = 0; r->d[order] && k < n->n_inputs; k++) {
            int v = n->inputs[k];
            if (v >= 0 && t->place[v] >= 0 && t->begins[v] == node && !t->g->values[v].constant)
                memset(r->d[order] + t->place[v], 0, (size_t)tape_elements(t, v) * sizeof(float));
        }
}

bool tape_backward(struct tape_run *r, const atomic_bool *stop)
{
    const struct tape *t = r->t;
    for (int i = t->g->n_nodes - 1; i >= 0; i--) {
        const struct backward *op = t->g->nodes[i].op->backward;
        if (!t->works[i])
            continue;
        if (stopped(stop))
            return false;
        begin(r, i);
        struct backward_call b = call_of(r, i, FIRST, FIRST);
        op->add(&b);
        if (!t->direction)
            continue;
        b = call_of(r, i, SECOND, SECOND);
        op->add(&b);
        b = call_of(r, i, FIRST, SECOND);
        if (op->bend && !t->linearised && any_present(b.tx, b.call->n_inputs))
            op->bend(&b);
    }
    return true;
}

const float *tape_derivative(const struct tape_run *r, int value, bool second)
{
    assert(r->t->place[value] >= 0);
    return (const void *)(r->d[second ? SECOND : FIRST] + r->t->place[value]);
}

void tape_weight_row(struct tape_run *r, int node, int64_t group, int64_t row, int64_t first, int64_t n,
                     bool across, float *to)
{
    const struct weighted *w = op_weighted(&r->t->g->nodes[node]);
    const struct op_call *c = run_call(r->run, node);
    struct operand dy = derivative_of(r, r->t->g->nodes[node].outputs[0], FIRST);
    if (!dy.present)
        return;
    if (!across)
        weighted_record_row(w, c->kernels, c->lanes, &c->inputs[w->data], &dy, group, row, first, n, to,
                            (void *)r->scratch);
    for (int64_t i = 0; across && i < n; i++)
        weighted_record_row(w, c->kernels, c->lanes, &c->inputs[w->data], &dy, group, row + i, first, 1,
                            to + i * w->taps * c->lanes, (void *)r->scratch);
}
