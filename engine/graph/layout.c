/* layout: see layout.h. Values that share a place form a union-find whose root is the value produced first. */
#include "engine/graph/layout.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/arena.h"
#include "engine/graph/op.h"

struct plan_state {
    const struct graph *g;
    const bool *kept;
    int *parent; /* by value */
    int *last;   /* by root: last step that uses the place; n_nodes: to the end */
};

static int root_of(const struct plan_state *s, int v)
{
    while (s->parent[v] != v)
        v = s->parent[v];
    return v;
}

/* child joins the place of root. */
static void share(struct plan_state *s, int root, int child)
{
    s->parent[child] = root;
    if (s->last[child] > s->last[root])
        s->last[root] = s->last[child];
}

static void find_last_uses(struct plan_state *s)
{
    const struct graph *g = s->g;
    for (int v = 0; v < g->n_values; v++) {
        s->parent[v] = v;
        s->last[v] = s->kept[v] || g->values[v].is_input ? g->n_nodes : -1;
    }
    for (int i = 0; i < g->n_outputs; i++)
        s->last[g->outputs[i]] = g->n_nodes;
    for (int i = 0; i < g->n_nodes; i++) /* constants that are spread are so once, before the first step */
        if (g->nodes[i].op->spreads_input && g->nodes[i].inputs[0] >= 0)
            if (g->values[g->nodes[i].inputs[0]].constant)
                s->last[g->nodes[i].inputs[0]] = g->n_nodes;
    for (int i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->nodes[i];
        for (int k = 0; k < n->n_outputs; k++) /* written, even if by then nobody reads it */
            if (n->outputs[k] >= 0 && s->last[n->outputs[k]] < i)
                s->last[n->outputs[k]] = i;
        for (int k = 0; k < n->n_inputs; k++)
            if (n->inputs[k] >= 0 && s->last[n->inputs[k]] < i)
                s->last[n->inputs[k]] = i;
    }
}

static bool has_pair(const struct graph *g, const struct node *n)
{
    return n->n_inputs > 0 && n->n_outputs > 0 && n->inputs[0] >= 0 && n->outputs[0] >= 0 &&
           !g->values[n->inputs[0]].constant;
}

static void share_views(struct plan_state *s)
{
    for (int i = 0; i < s->g->n_nodes; i++) {
        const struct node *n = &s->g->nodes[i];
        if (n->op->moves_nothing && has_pair(s->g, n))
            share(s, root_of(s, n->inputs[0]), n->outputs[0]);
    }
}

/* The place of input 0 may be overwritten if nothing uses it later, and no other operand of the node looks at it in another
 * way (through a view). */
static bool can_overwrite(const struct plan_state *s, int i)
{
    const struct node *n = &s->g->nodes[i];
    int x = n->inputs[0], root = root_of(s, x);
    if (s->last[root] != i ||
        shape_elements(&s->g->values[x].shape) != shape_elements(&s->g->values[n->outputs[0]].shape))
        return false;
    for (int k = 1; k < n->n_inputs; k++)
        if (n->inputs[k] >= 0 && n->inputs[k] != x && root_of(s, n->inputs[k]) == root)
            return false;
    return true;
}

static void share_in_place(struct plan_state *s)
{
    for (int i = 0; i < s->g->n_nodes; i++) {
        const struct node *n = &s->g->nodes[i];
        if (n->op->in_place && has_pair(s->g, n) && can_overwrite(s, i))
            share(s, root_of(s, n->inputs[0]), n->outputs[0]);
    }
}

struct packing {
    struct arena_item *items;
    int64_t **target; /* where the offset of an item goes */
    int n;
};

static void add_item(struct packing *p, int64_t bytes, int first, int last, int64_t *target)
{
    p->items[p->n] = (struct arena_item){.bytes = bytes, .first = first, .last = last};
    p->target[p->n++] = target;
}

static int64_t bytes_of(const struct graph *g, int v, int lanes)
{
    return shape_elements(&g->values[v].shape) * 4 * lanes;
}

static void add_ports(const struct plan_state *s, int lanes, struct packing *p, struct layout *out)
{
    const struct graph *g = s->g;
    for (int v = 0; v < g->n_values; v++) {
        bool shown = g->values[v].constant && s->last[v] == g->n_nodes; /* kept, an output, or spread */
        if (g->values[v].is_input || shown)
            add_item(p, bytes_of(g, v, lanes), 0, g->n_nodes, &out->value[v]);
    }
}

static void add_nodes(const struct plan_state *s, int lanes, bool with_scratch, struct packing *p,
                      struct layout *out)
{
    const struct graph *g = s->g;
    for (int i = 0; i < g->n_nodes; i++) {
        const struct node *n = &g->nodes[i];
        for (int k = 0; k < n->n_outputs; k++) {
            int v = n->outputs[k];
            if (v >= 0 && s->parent[v] == v)
                add_item(p, bytes_of(g, v, lanes), i, s->last[v], &out->value[v]);
        }
        size_t scratch = with_scratch && !n->op->moves_nothing ? op_scratch(g, n, lanes) : 0;
        if (scratch)
            add_item(p, (int64_t)scratch, i, i, &out->scratch[i]);
    }
}

static void pack(const struct plan_state *s, int lanes, bool scratch, struct layout *out)
{
    const struct graph *g = s->g;
    size_t most = (size_t)g->n_values + (size_t)g->n_nodes;
    struct packing p = {mem_alloc(most, sizeof *p.items), mem_alloc(most, sizeof *p.target), 0};
    add_ports(s, lanes, &p, out);
    add_nodes(s, lanes, scratch, &p, out);
    out->bytes = arena_plan(p.items, p.n);
    for (int i = 0; i < p.n; i++)
        *p.target[i] = p.items[i].offset;
    for (int v = 0; v < g->n_values; v++)
        if (s->parent[v] != v)
            out->value[v] = out->value[root_of(s, v)];
    free(p.items);
    free(p.target);
}

static void plan(const struct graph *g, const bool *kept, int lanes, bool scratch, struct layout *out)
{
    size_t n_values = (size_t)g->n_values, n_nodes = (size_t)g->n_nodes;
    struct plan_state s = {g, kept, mem_alloc(n_values, sizeof(int)), mem_alloc(n_values, sizeof(int))};
    out->value = mem_alloc(n_values, sizeof *out->value);
    out->scratch = mem_alloc(n_nodes, sizeof *out->scratch);
    for (size_t v = 0; v < n_values; v++)
        out->value[v] = -1;
    for (size_t i = 0; i < n_nodes; i++)
        out->scratch[i] = -1;
    find_last_uses(&s);
    share_views(&s);
    share_in_place(&s);
    pack(&s, lanes, scratch, out);
    free(s.parent);
    free(s.last);
}

void layout_plan(const struct graph *g, const bool *kept, int lanes, struct layout *out)
{
    plan(g, kept, lanes, true, out);
}

int64_t layout_values(const struct graph *g)
{
    struct layout l;
    bool *kept = mem_zero((size_t)g->n_values, sizeof *kept);
    plan(g, kept, 1, false, &l);
    int64_t bytes = l.bytes;
    layout_release(&l);
    free(kept);
    return bytes;
}

void layout_release(struct layout *l)
{
    free(l->value);
    free(l->scratch);
    *l = (struct layout){0};
}
