/* shrink_unused: nodes of the file that no output needs. The graph does not have them, but they stay in the file, and other runtimes
 * judge and even compute them: what they read keeps its shape. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/names.h"
#include "engine/graph/op.h"
#include "engine/shrink/shrink_parts.h"

struct unused {
    struct shrinking *s;
    struct names values; /* of the graph, by name */
    struct names needed; /* names that an output needs */
};

static void name_values(struct unused *u)
{
    const struct graph *g = u->s->g;
    names_init(&u->values, (size_t)g->n_values);
    for (int v = 0; v < g->n_values; v++)
        names_put(&u->values, g->values[v].name, v);
}

static bool is_needed(const struct unused *u, const struct source_node *n)
{
    bool needed = false;
    for (int k = 0; k < n->n_outputs; k++)
        needed |= n->outputs[k][0] && names_get(&u->needed, n->outputs[k]) >= 0;
    return needed;
}

/* Nodes stand in order: one walk from the end. */
static void name_needed(struct unused *u)
{
    const struct graph *g = u->s->g;
    size_t most = (size_t)g->n_outputs;
    for (int i = 0; i < g->source->n_nodes; i++)
        most += (size_t)g->source->nodes[i].n_inputs;
    names_init(&u->needed, most);
    for (int i = 0; i < g->n_outputs; i++)
        names_put(&u->needed, g->values[g->outputs[i]].name, i);
    for (int i = g->source->n_nodes - 1; i >= 0; i--)
        for (int k = 0; is_needed(u, &g->source->nodes[i]) && k < g->source->nodes[i].n_inputs; k++)
            names_put(&u->needed, g->source->nodes[i].inputs[k], i);
}

static void keep_set(struct shrinking *s, int set, const struct source_node *n, int node)
{
    if (!set_stays(s, set))
        set_stay(s, set, "%s%s%s (node %d) reads it and is no part of what poda computes", n->op,
                 n->name[0] ? " " : "", n->name, node);
}

/* A weight is cut in its place in the file; other constants that somebody else reads are not. */
static void keep_layer(struct shrinking *s, int value, const struct source_node *n, int node)
{
    const struct value *v = &s->g->values[value];
    for (int i = 0; i < s->l->n; i++) {
        const struct layer *l = &s->l->v[i];
        if (l->value != value && l->value != v->origin)
            continue;
        for (int64_t u = 0; u < l->units; u++)
            keep_set(s, s->c->set_of[i][u], n, node);
        for (int64_t k = 0; k < l->inputs; k++)
            keep_set(s, s->c->set_read[i][k], n, node);
    }
}

static void keep_value(struct shrinking *s, int value, const struct source_node *n, int node)
{
    const struct shape *shape = &s->g->values[value].shape;
    for (int d = 0; d < shape->rank; d++)
        for (int i = 0; i < shape->dim[d]; i++)
            keep_set(s, axes_set(s, axes_first(s, value, d) + i), n, node);
}

void keep_unused(struct shrinking *s)
{
    struct unused u = {.s = s};
    name_values(&u);
    name_needed(&u);
    for (int i = 0; i < s->g->source->n_nodes; i++) {
        const struct source_node *n = &s->g->source->nodes[i];
        const struct op *op = op_find(n->domain, n->op);
        if (is_needed(&u, n) || (op && op->reads_shape_only))
            continue;
        for (int k = 0; k < n->n_inputs; k++) {
            int v = names_get(&u.values, n->inputs[k]);
            if (v >= 0 && s->g->values[v].constant)
                keep_layer(s, v, n, i);
            else if (v >= 0)
                keep_value(s, v, n, i);
        }
    }
    names_release(&u.values);
    names_release(&u.needed);
}
