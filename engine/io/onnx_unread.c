/* onnx_unread: what the edits of a message (onnx_edit.c) left without readers leaves it: nodes, and the initializers that only
 * they read. Shapes in there may no longer fit, and other runtimes judge every node of a file. What nobody read before stays. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/graph/names.h"
#include "engine/io/onnx_message.h"

/* What is known of a name of the graph. */
struct use {
    int64_t reads;
    bool lost; /* somebody who read it does so no more */
    bool gone; /* the node that made it leaves */
};

struct unread {
    struct names names;
    int n;
    struct use *uses; /* by number of a name */
};

static struct use *use_of(struct unread *u, const char *name)
{
    if (names_put(&u->names, name, u->n))
        u->n++;
    return &u->uses[names_get(&u->names, name)];
}

/* Subgraphs read names of the graphs around them: whatever they read or put out counts. */
static size_t count_names(const Onnx__GraphProto *g)
{
    size_t n = g->n_output;
    for (size_t i = 0; i < g->n_node; i++) {
        const Onnx__NodeProto *node = g->node[i];
        n += node->n_input + node->n_output;
        for (size_t k = 0; k < node->n_attribute; k++)
            n += node->attribute[k]->g ? count_names(node->attribute[k]->g) : 0;
    }
    return n;
}

static void read_graph(struct unread *u, const Onnx__GraphProto *g);

static void read_node(struct unread *u, const Onnx__NodeProto *node, int by)
{
    for (size_t i = 0; i < node->n_input; i++) {
        struct use *x = use_of(u, text_or_empty(node->input[i]));
        x->reads += by;
        x->lost |= by < 0;
    }
    for (size_t k = 0; k < node->n_attribute; k++)
        if (node->attribute[k]->g)
            read_graph(u, node->attribute[k]->g);
}

static void read_graph(struct unread *u, const Onnx__GraphProto *g)
{
    for (size_t i = 0; i < g->n_node; i++)
        read_node(u, g->node[i], 1);
    for (size_t i = 0; i < g->n_output; i++)
        use_of(u, text_or_empty(g->output[i]->name))->reads++;
}

static bool leaves(struct unread *u, const char *name)
{
    const struct use *x = use_of(u, text_or_empty(name));
    return name && name[0] && x->lost && x->reads == 0;
}

static bool is_read(struct unread *u, const char *name)
{
    return name && name[0] && use_of(u, name)->reads > 0;
}

/* What a node reads is defined before it: one walk from the end finds whole chains. Nodes with subgraphs stay. */
static void mark_nodes(struct unread *u, const Onnx__GraphProto *g, bool *drop)
{
    for (size_t i = g->n_node; i-- > 0;) {
        const Onnx__NodeProto *node = g->node[i];
        for (size_t k = 0; k < node->n_output; k++)
            drop[i] |= leaves(u, node->output[k]);
        for (size_t k = 0; k < node->n_output; k++)
            drop[i] &= !is_read(u, node->output[k]);
        for (size_t k = 0; k < node->n_attribute; k++)
            drop[i] &= node->attribute[k]->g == NULL;
        if (!drop[i])
            continue;
        read_node(u, node, -1);
        for (size_t k = 0; k < node->n_output; k++)
            use_of(u, text_or_empty(node->output[k]))->gone = true;
    }
}

static void mark_rest(struct unread *u, const Onnx__GraphProto *g, bool *tensors, bool *inputs, bool *infos)
{
    for (size_t i = 0; i < g->n_initializer; i++) {
        tensors[i] = leaves(u, g->initializer[i]->name);
        if (tensors[i])
            use_of(u, text_or_empty(g->initializer[i]->name))->gone = true;
    }
    for (size_t i = 0; i < g->n_input; i++)
        inputs[i] = use_of(u, text_or_empty(g->input[i]->name))->gone;
    for (size_t i = 0; i < g->n_value_info; i++)
        infos[i] = use_of(u, text_or_empty(g->value_info[i]->name))->gone;
}

/* The list without what is marked; the new length. */
static size_t drop_marked(void *list, size_t n, const bool *drop)
{
    ProtobufCMessage **v = list;
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (drop[i])
            protobuf_c_message_free_unpacked(v[i], NULL);
        else
            v[left++] = v[i];
    return left;
}

void onnx_drop_unread(Onnx__GraphProto *g, char *const *lost, size_t n_lost)
{
    size_t most = count_names(g) + n_lost + g->n_initializer + g->n_input + g->n_value_info;
    struct unread u = {.uses = mem_zero(most, sizeof *u.uses)};
    bool *drop = mem_zero(g->n_node, sizeof *drop), *tensors = mem_zero(g->n_initializer, sizeof *tensors);
    bool *inputs = mem_zero(g->n_input, sizeof *inputs), *infos = mem_zero(g->n_value_info, sizeof *infos);
    names_init(&u.names, most);
    read_graph(&u, g);
    for (size_t i = 0; i < n_lost; i++)
        use_of(&u, lost[i])->lost = true;
    mark_nodes(&u, g, drop);
    mark_rest(&u, g, tensors, inputs, infos);
    names_release(&u.names); /* it borrows what leaves now */
    g->n_node = drop_marked(g->node, g->n_node, drop);
    g->n_initializer = drop_marked(g->initializer, g->n_initializer, tensors);
    g->n_input = drop_marked(g->input, g->n_input, inputs);
    g->n_value_info = drop_marked(g->value_info, g->n_value_info, infos);
    free(u.uses);
    free(drop);
    free(tensors);
    free(inputs);
    free(infos);
}
