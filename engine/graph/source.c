/* source: see source.h. Whoever fills a source allocates each part by itself and counts it at once, so that a half-filled one
 * can be freed. */
#include "engine/graph/source.h"

#include <stdlib.h>

static void free_texts(char **texts, int64_t n)
{
    for (int64_t i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
}

static void attr_release(struct attr *a)
{
    free(a->name);
    switch (a->kind) {
    case ATTR_STRING:
    case ATTR_STRINGS:
        free_texts(a->texts, a->n);
        break;
    case ATTR_TENSOR:
        tensor_free(a->tensor);
        break;
    case ATTR_INT:
    case ATTR_INTS:
        free(a->ints);
        break;
    case ATTR_FLOAT:
    case ATTR_FLOATS:
        free(a->floats);
        break;
    case ATTR_OTHER:
        break;
    }
}

static void node_release(struct source_node *n)
{
    free(n->domain);
    free(n->op);
    free(n->name);
    free(n->scope);
    free_texts(n->inputs, n->n_inputs);
    free_texts(n->outputs, n->n_outputs);
    for (int i = 0; i < n->n_attrs; i++)
        attr_release(&n->attrs[i]);
    free(n->attrs);
}

static void free_ports(struct source_port *ports, int n)
{
    for (int i = 0; i < n; i++) {
        free(ports[i].name);
        for (int d = 0; d < SHAPE_MAX; d++)
            free(ports[i].dim_names[d]);
    }
    free(ports);
}

void source_free(struct source *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->n_nodes; i++)
        node_release(&s->nodes[i]);
    free(s->nodes);
    for (int i = 0; i < s->n_tensors; i++) {
        free(s->tensors[i].name);
        tensor_free(s->tensors[i].tensor);
    }
    free(s->tensors);
    free_ports(s->inputs, s->n_inputs);
    free_ports(s->outputs, s->n_outputs);
    free(s);
}
