/* bind: from a source to a graph. First names only (who defines and who reads what, in which order, what the outputs need),
 * then the operators by name, then node by node shapes and folding, at last what nobody reads goes. See bind.h for the files
 * that share the work, graph.h for what comes out. */
#include "engine/graph/bind.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"

enum { CONSTANTS_MAX = 1 << 29 }; /* bytes of folded constants unless the caller says otherwise */
#define WORK_MAX 5e8 /* multiply-adds of all folding together: a few seconds (op_work bounds each node) */

/* An error of a source node: "GRU /rnn/GRU (node 7): ...". */
static bool node_fail(struct binder *b, int node, enum err_code code, const char *what, const char *name,
                      const char *why)
{
    const struct source_node *n = &b->s->nodes[node];
    return err_set(b->e, code, "%s%s%s (node %d): %s '%s'%s", n->op, n->name[0] ? " " : "", n->name, node,
                   what, name, why);
}

/* ---- names ---- */

static bool define(struct binder *b, int kind, int index, const char *name)
{
    b->defs[b->n_defs] = (struct definition){kind, index, name, -1, false};
    b->n_defs++;
    return !name[0] || names_put(&b->names, name, b->n_defs - 1) ||
           err_set(b->e, ERR_UNREADABLE, "two values of the graph are called '%s'", name);
}

static bool define_all(struct binder *b)
{
    const struct source *s = b->s;
    size_t most = (size_t)s->n_inputs + (size_t)s->n_tensors;
    for (int i = 0; i < s->n_nodes; i++)
        most += (size_t)s->nodes[i].n_outputs;
    names_init(&b->names, most);
    b->defs = mem_zero(most, sizeof *b->defs);
    b->node_defs = mem_zero((size_t)s->n_nodes, sizeof *b->node_defs);
    bool ok = true;
    for (int i = 0; i < s->n_inputs && ok; i++)
        ok = define(b, FROM_INPUT, i, s->inputs[i].name);
    for (int i = 0; i < s->n_tensors && ok; i++)
        ok = define(b, FROM_TENSOR, i, s->tensors[i].name);
    for (int i = 0; i < s->n_nodes && ok; i++) {
        b->node_defs[i] = b->n_defs;
        for (int k = 0; k < s->nodes[i].n_outputs && ok; k++)
            ok = define(b, FROM_NODE, i, s->nodes[i].outputs[k]);
    }
    return ok;
}

/* Whatever a node reads is defined, and before it. */
static bool check_order(struct binder *b)
{
    for (int i = 0; i < b->s->n_nodes; i++) {
        const struct source_node *n = &b->s->nodes[i];
        for (int k = 0; k < n->n_inputs; k++) {
            if (!n->inputs[k][0])
                continue;
            int d = names_get(&b->names, n->inputs[k]);
            if (d < 0)
                return node_fail(b, i, ERR_UNREADABLE, "it reads", n->inputs[k], ", which nothing produces");
            if (b->defs[d].kind == FROM_NODE && b->defs[d].index >= i)
                return node_fail(b, i, ERR_UNREADABLE, "it reads", n->inputs[k],
                                 ", which comes only later: the nodes form a cycle or are out of order");
        }
    }
    return true;
}

static void mark_needed(struct binder *b)
{
    const struct source *s = b->s;
    b->needed = mem_zero((size_t)s->n_nodes, sizeof *b->needed);
    for (int i = 0; i < b->n_outputs; i++)
        b->defs[b->outputs[i]].read = true;
    for (int i = s->n_nodes - 1; i >= 0; i--) {
        const struct source_node *n = &s->nodes[i];
        for (int k = 0; k < n->n_outputs; k++)
            b->needed[i] = b->needed[i] || b->defs[b->node_defs[i] + k].read;
        for (int k = 0; k < n->n_inputs && b->needed[i]; k++)
            if (n->inputs[k][0])
                b->defs[names_get(&b->names, n->inputs[k])].read = true;
    }
}

/* ---- operators ---- */

static const struct op *op_of(const struct source_node *n)
{
    return op_find(strcmp(n->domain, "ai.onnx") ? n->domain : "", n->op);
}

static bool unknown_operator(struct binder *b, int i)
{
    const struct source_node *n = &b->s->nodes[i];
    err_set(b->e, ERR_UNSUPPORTED, "operator %s%s%s of node %s (node %d) is not supported", n->domain,
            n->domain[0] ? "." : "", n->op, n->name[0] ? n->name : "without a name", i);
    return err_hint(b->e, "export the model without %s, or built from other operators", n->op);
}

static bool check_operators(struct binder *b)
{
    for (int i = 0; i < b->s->n_nodes; i++) {
        const struct source_node *n = &b->s->nodes[i];
        if (!b->needed[i])
            continue;
        const struct op *op = op_of(n);
        if (!op)
            return unknown_operator(b, i);
        int present = n->n_inputs;
        while (present > 0 && !n->inputs[present - 1][0])
            present--;
        if (present < op->min_inputs || (op->max_inputs >= 0 && present > op->max_inputs))
            return node_fail(b, i, ERR_UNREADABLE, "the operator", n->op, " has another number of inputs");
        for (int k = 0; k < op->min_inputs; k++)
            if (!n->inputs[k][0])
                return node_fail(b, i, ERR_UNREADABLE, "the operator", n->op, " lacks an input it must have");
        if (n->n_outputs > op->max_outputs)
            return node_fail(b, i, ERR_UNREADABLE, "the operator", n->op, " has another number of outputs");
    }
    return true;
}

/* ---- values and nodes ---- */

int bind_value(struct binder *b, const char *name, enum dtype type, const struct shape *shape)
{
    struct graph *g = b->g; /* has room for every definition */
    g->values[g->n_values] = (struct value){.name = mem_text(name),
                                            .type = type,
                                            .shape = *shape,
                                            .producer = -1,
                                            .initializer = -1,
                                            .origin = -1};
    return g->n_values++;
}

/* Only tensors that somebody reads; a tensor that holds no numbers is judged here, so that unread ones do no harm. */
static bool bind_tensors(struct binder *b)
{
    for (int i = 0; i < b->s->n_tensors; i++) {
        const struct source_tensor *t = &b->s->tensors[i];
        struct definition *d = &b->defs[b->s->n_inputs + i];
        if (!d->read)
            continue;
        if (!t->tensor)
            return err_set(b->e, ERR_UNSUPPORTED,
                           "initializer %s holds elements that poda does not compute with "
                           "(type %d of the file)",
                           t->name, t->file_type);
        d->value = bind_value(b, t->name, t->tensor->type, &t->tensor->shape);
        b->g->values[d->value].constant = tensor_ref(t->tensor);
        b->g->values[d->value].initializer = i;
    }
    return true;
}

static struct node *new_node(struct binder *b, int i)
{
    const struct source_node *from = &b->s->nodes[i];
    struct node *n = &b->g->nodes[b->g->n_nodes++];
    *n = (struct node){
        .op = op_of(from), .name = mem_text(from->name), .scope = mem_text(from->scope), .source_node = i};
    n->attrs = from->attrs;
    n->n_attrs = from->n_attrs;
    n->opset = n->op->domain[0] ? b->s->ml_opset : b->s->opset;
    n->n_inputs = from->n_inputs;
    n->n_outputs = from->n_outputs;
    n->inputs = mem_alloc((size_t)from->n_inputs, sizeof *n->inputs);
    n->outputs = mem_alloc((size_t)from->n_outputs, sizeof *n->outputs);
    for (int k = 0; k < n->n_inputs; k++)
        n->inputs[k] = from->inputs[k][0] ? b->defs[names_get(&b->names, from->inputs[k])].value : -1;
    for (int k = 0; k < n->n_outputs; k++) {
        struct definition *d = &b->defs[b->node_defs[i] + k];
        const struct shape scalar = {0};
        n->outputs[k] = -1;
        if (!d->read)
            continue;
        n->outputs[k] = d->value = bind_value(b, d->name, DT_F32, &scalar);
        b->g->values[d->value].producer = b->g->n_nodes - 1;
    }
    return n;
}

static void drop_last_node(struct graph *g)
{
    struct node *n = &g->nodes[--g->n_nodes];
    free(n->name);
    free(n->scope);
    free(n->inputs);
    free(n->outputs);
    free(n->params);
}

static bool bind_nodes(struct binder *b)
{
    for (int i = 0; i < b->s->n_nodes; i++) {
        if (!b->needed[i])
            continue;
        struct node *n = new_node(b, i);
        if (!n->op->shape(b->g, n, b->e))
            return false;
        if (!fold_possible(b->g, n))
            continue;
        if (!fold_node(b, n))
            return false;
        drop_last_node(b->g);
    }
    return true;
}

/* ---- the end ---- */

/* Constants that served only for folding leave; origins of what is left stay. */
static void mark_kept(const struct graph *g, bool *keep)
{
    for (int v = 0; v < g->n_values; v++)
        keep[v] = !g->values[v].constant;
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++)
            if (g->nodes[i].inputs[k] >= 0)
                keep[g->nodes[i].inputs[k]] = true;
    for (int i = 0; i < g->n_outputs; i++)
        keep[g->outputs[i]] = true;
    for (int v = 0; v < g->n_values; v++)
        if (keep[v] && g->values[v].origin >= 0)
            keep[g->values[v].origin] = true;
}

static void renumber(int *list, int n, const int *to)
{
    for (int i = 0; i < n; i++)
        if (list[i] >= 0)
            list[i] = to[list[i]];
}

static void drop_unread(struct graph *g)
{
    bool *keep = mem_zero((size_t)g->n_values, sizeof *keep);
    int *to = mem_alloc((size_t)g->n_values, sizeof *to), n = 0;
    mark_kept(g, keep);
    for (int v = 0; v < g->n_values; v++) {
        to[v] = keep[v] ? n : -1;
        if (keep[v]) {
            g->values[n++] = g->values[v];
            continue;
        }
        free(g->values[v].name);
        tensor_free(g->values[v].constant);
    }
    g->n_values = n;
    for (int v = 0; v < n; v++)
        renumber(&g->values[v].origin, 1, to);
    for (int i = 0; i < g->n_nodes; i++) {
        renumber(g->nodes[i].inputs, g->nodes[i].n_inputs, to);
        renumber(g->nodes[i].outputs, g->nodes[i].n_outputs, to);
    }
    renumber(g->inputs, g->n_inputs, to);
    renumber(g->outputs, g->n_outputs, to);
    free(keep);
    free(to);
}

static void set_outputs(struct binder *b)
{
    struct graph *g = b->g;
    g->outputs = mem_alloc((size_t)b->n_outputs, sizeof *g->outputs);
    g->n_outputs = b->n_outputs;
    for (int i = 0; i < b->n_outputs; i++)
        g->outputs[i] = b->defs[b->outputs[i]].value;
}

static bool bind_all(struct binder *b)
{
    if (!define_all(b) || !check_order(b) || !bind_outputs(b))
        return false;
    mark_needed(b);
    if (!check_operators(b))
        return false;
    b->g->values = mem_zero((size_t)b->n_defs, sizeof *b->g->values);
    b->g->nodes = mem_zero((size_t)b->s->n_nodes, sizeof *b->g->nodes);
    if (!kernels_choose("noblas", &b->kernels, b->e) || !bind_inputs(b) || !bind_tensors(b) || !bind_nodes(b))
        return false;
    set_outputs(b);
    drop_unread(b->g);
    return true;
}

static struct graph *bind(const struct source *s, int64_t batch, int64_t stretch, int64_t constants_max,
                          struct err *e)
{
    struct binder b = {.s = s, .e = e, .batch = batch, .stretch = stretch};
    b.constants_left = constants_max ? constants_max : CONSTANTS_MAX;
    b.work_left = WORK_MAX;
    b.g = mem_zero(1, sizeof *b.g);
    b.g->source = s;
    bool ok = bind_all(&b);
    names_release(&b.names);
    free(b.defs);
    free(b.node_defs);
    free(b.needed);
    free(b.outputs);
    if (ok)
        return b.g;
    graph_free(b.g);
    return NULL;
}

struct graph *graph_bind_batch(const struct source *s, int64_t batch, int64_t constants_max, struct err *e)
{
    return bind(s, batch, 1, constants_max, e);
}

static bool has_free_sizes(const struct source *s)
{
    for (int i = 0; i < s->n_inputs; i++)
        for (int d = 0; d < s->inputs[i].rank; d++)
            if (s->inputs[i].dim[d] < 0 || s->inputs[i].given[d])
                return true;
    return false;
}

struct graph *graph_bind_other(const struct source *s)
{
    if (!has_free_sizes(s))
        return NULL;
    struct graph *g = bind(s, 2, 2, 0, NULL);
    return g ? g : bind(s, 2, 1, 0, NULL);
}

struct graph *graph_bind(const struct source *s, int64_t constants_max, struct err *e)
{
    return bind(s, 1, 1, constants_max, e);
}
