/* tape: what is decided once: which values take part, where their derivatives live, the exchanged weights. Runs are in
 * tape_run.c. */
#include "engine/learn/tape.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/graph/arena.h"
#include "engine/graph/backward.h"
#include "engine/graph/moves.h"
#include "engine/graph/prepared.h"
#include "engine/graph/weighted.h"
#include "engine/learn/tape_parts.h"

#define MEMORY_DEFAULT ((int64_t)1 << 30)

/* ---- who takes part ---- */

static bool carries(const struct graph *g, int v)
{
    return v >= 0 && backward_carries(g->values[v].type);
}

/* Does a set of values reach a node's results, or start there? */
static void spread_forward(const struct graph *g, bool *set)
{
    for (int i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->nodes[i];
        bool any = false;
        for (int k = 0; k < n->n_inputs; k++)
            any |= carries(g, n->inputs[k]) && set[n->inputs[k]];
        for (int k = 0; k < n->n_outputs; k++)
            if (any && carries(g, n->outputs[k]))
                set[n->outputs[k]] = true;
    }
}

static void spread_backward(const struct graph *g, bool *set)
{
    for (int i = g->n_nodes - 1; i >= 0; i--) {
        const struct node *n = &g->nodes[i];
        bool any = false;
        for (int k = 0; k < n->n_outputs; k++)
            any |= carries(g, n->outputs[k]) && set[n->outputs[k]];
        for (int k = 0; k < n->n_inputs; k++)
            if (any && carries(g, n->inputs[k]))
                set[n->inputs[k]] = true;
    }
}

static void find_active(struct tape *t, const struct tape_options *o)
{
    const struct graph *g = t->g;
    size_t n = (size_t)g->n_values;
    bool *reaches = mem_zero(n, sizeof *reaches);
    t->active = mem_zero(n, sizeof *t->active);
    t->wanted = mem_zero(n, sizeof *t->wanted);
    t->moving = mem_zero(n, sizeof *t->moving);
    t->works = mem_zero((size_t)g->n_nodes, sizeof *t->works);
    for (int i = 0; i < o->n_wanted; i++)
        t->wanted[o->wanted[i]] = t->active[o->wanted[i]] = true;
    for (int v = 0; o->direction && v < g->n_values; v++)
        t->moving[v] = o->direction[v] != NULL;
    reaches[g->outputs[0]] = true;
    spread_forward(g, t->active);
    spread_forward(g, t->moving);
    spread_backward(g, reaches);
    for (int v = 0; v < g->n_values; v++) {
        t->active[v] = t->active[v] && reaches[v];
        t->moving[v] = t->moving[v] && reaches[v];
    }
    for (int i = 0; i < g->n_nodes; i++) {
        bool from = false, to = false;
        for (int k = 0; k < g->nodes[i].n_inputs; k++)
            from |= g->nodes[i].inputs[k] >= 0 && t->active[g->nodes[i].inputs[k]];
        for (int k = 0; k < g->nodes[i].n_outputs; k++)
            to |= g->nodes[i].outputs[k] >= 0 && t->active[g->nodes[i].outputs[k]];
        t->works[i] = from && to;
    }
    free(reaches);
}

static bool node_moves(const struct tape *t, int node)
{
    const struct node *n = &t->g->nodes[node];
    bool any = false;
    for (int k = 0; k < n->n_outputs; k++)
        any |= n->outputs[k] >= 0 && t->moving[n->outputs[k]];
    return any;
}

static bool refuse(const struct tape *t, int node, const char *why, struct err *e)
{
    struct buf name = {0};
    node_print(t->g, node, &name);
    err_set(e, ERR_UNSUPPORTED, "%s: %s", buf_text(&name), why);
    buf_release(&name);
    return err_hint(e, "choose what needs no derivatives, or values behind that node");
}

/* Whatever has to be passed must have a derivative. */
static bool check_nodes(const struct tape *t, struct err *e)
{
    const struct value *y = &t->g->values[t->g->outputs[0]];
    if (!backward_carries(y->type))
        return err_set(e, ERR_UNSUPPORTED,
                       "the model's output %s holds no real numbers: there is nothing to derive", y->name);
    if (y->constant)
        return err_set(e, ERR_UNSUPPORTED, "the model's output %s is constant: there is nothing to derive",
                       y->name);
    for (int i = 0; i < t->g->n_nodes; i++) {
        const struct backward *b = t->g->nodes[i].op->backward;
        if (!t->works[i] && !node_moves(t, i))
            continue;
        if (!b)
            return refuse(
                t, i, "this operator has no derivative, and the derivatives that are wanted pass through it",
                e);
    }
    return true;
}

/* ---- where derivatives live ---- */

int64_t tape_elements(const struct tape *t, int v)
{
    bool together = t->g->values[v].constant && !t->apart;
    return shape_elements(&t->g->values[v].shape) * (together ? 1 : t->lanes);
}

/* The last working node that reads a value: where its derivative begins; -1: none. */
static void find_begins(struct tape *t)
{
    for (int v = 0; v < t->g->n_values; v++)
        t->begins[v] = -1;
    for (int i = 0; i < t->g->n_nodes; i++)
        for (int k = 0; t->works[i] && k < t->g->nodes[i].n_inputs; k++)
            if (t->g->nodes[i].inputs[k] >= 0 && t->active[t->g->nodes[i].inputs[k]])
                t->begins[t->g->nodes[i].inputs[k]] = i;
}

static bool has_place(const struct tape *t, int v)
{
    return t->active[v] || t->wanted[v] || v == t->g->outputs[0];
}

/* Steps of the arena run backward: node n_nodes - 1 is step 1, and step 0 is the seed. */
static int first_step(const struct tape *t, int v)
{
    bool whole = t->begins[v] < 0 || t->g->values[v].constant;
    return whole ? 0 : t->g->n_nodes - t->begins[v];
}

/* Values with a place in order of their first step. */
static int *in_order(const struct tape *t, int *n)
{
    int *from = mem_zero((size_t)t->g->n_nodes + 2, sizeof *from);
    int *order = mem_alloc((size_t)t->g->n_values, sizeof *order);
    for (int v = 0; v < t->g->n_values; v++)
        from[first_step(t, v) + 1] += has_place(t, v);
    for (int step = 0; step <= t->g->n_nodes; step++)
        from[step + 1] += from[step];
    *n = from[t->g->n_nodes + 1];
    for (int v = 0; v < t->g->n_values; v++)
        if (has_place(t, v))
            order[from[first_step(t, v)]++] = v;
    free(from);
    return order;
}

static void place_derivatives(struct tape *t)
{
    const struct graph *g = t->g;
    int n, *order = in_order(t, &n);
    struct arena_item *items = mem_zero((size_t)n, sizeof *items);
    for (int i = 0; i < n; i++) {
        int v = order[i], producer = g->values[v].producer;
        bool kept = t->wanted[v] || v == g->outputs[0] || producer < 0;
        items[i] = (struct arena_item){.bytes = tape_elements(t, v) * 4,
                                       .first = first_step(t, v),
                                       .last = kept ? g->n_nodes + 1 : g->n_nodes - producer};
    }
    t->bytes = arena_plan(items, n);
    for (int v = 0; v < g->n_values; v++)
        t->place[v] = -1;
    for (int i = 0; i < n; i++)
        t->place[order[i]] = items[i].offset;
    free(items);
    free(order);
}

static void place_tangents(struct tape *t)
{
    t->tangent_bytes = 0;
    for (int v = 0; v < t->g->n_values; v++) {
        bool own = t->moving[v] && !t->g->values[v].constant;
        t->tangent[v] = own ? t->tangent_bytes : -1;
        t->tangent_bytes += own ? (tape_elements(t, v) * 4 + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : 0;
    }
}

static void measure_scratch(struct tape *t)
{
    t->scratch_bytes = (size_t)BACKWARD_ROWS * (size_t)t->lanes * sizeof(double);
    for (int i = 0; i < t->g->n_nodes; i++) {
        size_t bytes =
            t->works[i] || node_moves(t, i) ? backward_scratch(t->g, &t->g->nodes[i], t->lanes) : 0;
        t->scratch_bytes = bytes > t->scratch_bytes ? bytes : t->scratch_bytes;
    }
}

/* ---- made once a node ---- */

static struct prepared *prepare(const struct tape *t, const struct weighted *w, const struct tensor *weight)
{
    return weight ? prepared_new(&t->kernels, w, weight->f, weighted_width(w, t->lanes)) : NULL;
}

static void prepare_sum(const struct tape *t, const struct node *n, const struct weighted *w,
                        struct backward_plan *plan)
{
    int weight = n->inputs[w->weight];
    struct weighted turned = weighted_turn(w);
    const struct tensor *along = t->direction ? t->direction[weight] : NULL;
    plan->turned_weight = prepare(t, &turned, program_constant(t->program, weight));
    plan->along = prepare(t, w, along);
    plan->turned_along = prepare(t, &turned, along);
}

static void make_moves(struct tape *t)
{
    for (int i = 0; i < t->g->n_nodes; i++) {
        const struct node *n = &t->g->nodes[i];
        bool passed = t->works[i] || node_moves(t, i);
        if (!passed || n->op->moves_nothing || !moves_only(t->g, n))
            continue;
        t->plans[i].moves = mem_alloc(1, sizeof *t->plans[i].moves);
        moves_find(t->g, n, t->plans[i].moves);
    }
}

static void prepare_sums(struct tape *t)
{
    for (int i = 0; i < t->g->n_nodes; i++) {
        const struct weighted *w = op_weighted(&t->g->nodes[i]);
        if (w && w->constant && (t->works[i] || node_moves(t, i)))
            prepare_sum(t, &t->g->nodes[i], w, &t->plans[i]);
    }
}

/* ---- making it ---- */

static bool refuse_memory(const struct tape *t, int64_t limit, struct err *e)
{
    struct buf need = {0}, most = {0};
    num_bytes(&need, (double)tape_bytes(t));
    num_bytes(&most, (double)limit);
    err_set(e, ERR_UNSUPPORTED, "derivatives of %d record%s at a time need %s, more than the limit of %s",
            t->lanes, t->lanes == 1 ? "" : "s", buf_text(&need), buf_text(&most));
    buf_release(&need);
    buf_release(&most);
    return err_hint(e, "raise the limit with --memory");
}

/* The program and the places at one width; false with e set where that does not fit. */
static bool fits(struct tape *t, const struct tensor *const *weights, int lanes, int64_t limit, struct err *e)
{
    const struct program_options po = {
        .kernels = &t->kernels, .lanes = lanes, .memory = limit, .keep_all = true};
    program_free(t->program);
    t->program = program_new(t->g, weights, &po, e);
    if (!t->program)
        return false;
    t->lanes = program_lanes(t->program);
    place_derivatives(t);
    place_tangents(t);
    measure_scratch(t);
    return tape_bytes(t) <= limit || refuse_memory(t, limit, e);
}

static bool choose_lanes(struct tape *t, const struct tensor *const *weights, const struct tape_options *o,
                         struct err *e)
{
    static const int widths[] = {64, 16, 1};
    int n = o->lanes ? 1 : (int)(sizeof widths / sizeof *widths);
    int64_t limit = o->memory ? o->memory : MEMORY_DEFAULT;
    for (int i = 0; i < n; i++) {
        struct err why = {0};
        bool last = i == n - 1;
        if (fits(t, weights, o->lanes ? o->lanes : widths[i], limit, last ? e : &why))
            return true;
        err_release(&why);
    }
    return false;
}

struct tape *tape_new(const struct graph *g, const struct tensor *const *weights,
                      const struct tape_options *o, struct err *e)
{
    size_t n = (size_t)g->n_values;
    struct tape *t = mem_zero(1, sizeof *t);
    t->g = g;
    t->kernels = *o->kernels;
    t->apart = o->apart;
    t->direction = o->direction;
    t->linearised = o->linearised;
    t->place = mem_alloc(n, sizeof *t->place);
    t->tangent = mem_alloc(n, sizeof *t->tangent);
    t->begins = mem_alloc(n, sizeof *t->begins);
    find_active(t, o);
    find_begins(t);
    t->plans = mem_zero((size_t)g->n_nodes, sizeof *t->plans);
    if (!check_nodes(t, e) || !choose_lanes(t, weights, o, e)) {
        tape_free(t);
        return NULL;
    }
    make_moves(t); /* large only where a run is */
    prepare_sums(t);
    return t;
}

void tape_free(struct tape *t)
{
    if (!t)
        return;
    for (int i = 0; t->plans && i < t->g->n_nodes; i++) {
        if (t->plans[i].moves)
            moves_release(t->plans[i].moves);
        free(t->plans[i].moves);
        prepared_free(t->plans[i].turned_weight);
        prepared_free(t->plans[i].along);
        prepared_free(t->plans[i].turned_along);
    }
    program_free(t->program);
    free(t->plans);
    free(t->active);
    free(t->wanted);
    free(t->moving);
    free(t->works);
    free(t->place);
    free(t->tangent);
    free(t->begins);
    free(t);
}

int tape_lanes(const struct tape *t)
{
    return t->lanes;
}

int64_t tape_bytes(const struct tape *t)
{
    return (int64_t)program_arena_bytes(t->program) + t->bytes * (t->direction ? 2 : 1) + t->tangent_bytes +
           (int64_t)t->scratch_bytes;
}
