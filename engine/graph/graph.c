/* graph: looking things up in a bound graph, naming its nodes, and its end. How it is built is in bind.c. */
#include "engine/graph/graph.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/graph/op.h"

void graph_free(struct graph *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->n_nodes; i++) {
        struct node *n = &g->nodes[i];
        free(n->name);
        free(n->scope);
        free(n->inputs);
        free(n->outputs);
        free(n->params);
    }
    for (int i = 0; i < g->n_values; i++) {
        free(g->values[i].name);
        tensor_free(g->values[i].constant);
    }
    free(g->nodes);
    free(g->values);
    free(g->inputs);
    free(g->outputs);
    free(g);
}

int node_input(const struct node *n, int i)
{
    return i >= 0 && i < n->n_inputs ? n->inputs[i] : -1;
}

const struct attr *node_attr(const struct node *n, const char *name)
{
    for (int i = 0; i < n->n_attrs; i++)
        if (!strcmp(n->attrs[i].name, name))
            return &n->attrs[i];
    return NULL;
}

int64_t node_int(const struct node *n, const char *name, int64_t otherwise)
{
    const struct attr *a = node_attr(n, name);
    return a && a->kind == ATTR_INT ? a->ints[0] : otherwise;
}

float node_float(const struct node *n, const char *name, float otherwise)
{
    const struct attr *a = node_attr(n, name);
    return a && a->kind == ATTR_FLOAT ? a->floats[0] : otherwise;
}

const char *node_text(const struct node *n, const char *name, const char *otherwise)
{
    const struct attr *a = node_attr(n, name);
    return a && a->kind == ATTR_STRING ? a->texts[0] : otherwise;
}

void node_print(const struct graph *g, int node, struct buf *out)
{
    const struct node *n = &g->nodes[node];
    buf_printf(out, "%s%s%s (node %d)", n->op->name, n->name[0] ? " " : "", n->name, n->source_node);
}

int graph_value(const struct graph *g, const char *name)
{
    for (int i = 0; i < g->n_values; i++)
        if (!strcmp(g->values[i].name, name))
            return i;
    return -1;
}

size_t graph_operands(const struct graph *g)
{
    size_t n = 0;
    for (int i = 0; i < g->n_nodes; i++)
        n += (size_t)g->nodes[i].n_inputs + (size_t)g->nodes[i].n_outputs;
    return n;
}
