/* source: see source.h. Whoever fills a source allocates each part by itself and counts it at once, so that a half-filled one
 * can be freed. */
#include "engine/graph/source.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

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

/* ---- sizes that the file leaves free ---- */

static struct source_port *find_input(struct source *s, const char *name, struct err *e)
{
    struct buf known = {0};
    for (int i = 0; i < s->n_inputs; i++) {
        if (strcmp(s->inputs[i].name, name) == 0) {
            buf_release(&known);
            return &s->inputs[i];
        }
        buf_printf(&known, "%s%s", i ? " " : "", s->inputs[i].name);
    }
    err_set(e, ERR_UNKNOWN, "the model has no input %s (inputs: %s)", name, buf_text(&known));
    source_shape_hint(s, e);
    buf_release(&known);
    return NULL;
}

/* Of an input with free sizes beside the batch: " shape=image:1x3x?x?". */
static void put_free(const struct source_port *p, struct buf *out)
{
    bool free_sizes = p->rank < 0;
    for (int d = 1; d < p->rank; d++)
        free_sizes |= p->dim[d] < 0 || p->given[d];
    if (!free_sizes)
        return;
    buf_printf(out, " shape=%s:", p->name);
    for (int d = 0; d < p->rank; d++)
        if ((p->dim[d] < 0 || p->given[d]) && d > 0)
            buf_puts(out, "x?");
        else
            buf_printf(out, "%s%lld", d ? "x" : "", p->dim[d] < 0 ? 1 : (long long)p->dim[d]);
    if (p->rank < 0)
        buf_puts(out, "1x?x?");
}

bool source_shape_hint(const struct source *s, struct err *e)
{
    struct buf shapes = {0};
    for (int i = 0; i < s->n_inputs; i++)
        put_free(&s->inputs[i], &shapes);
    if (shapes.len)
        err_hint(e, "say which sizes are meant, a number for each ?: open FILE%s", buf_text(&shapes));
    else
        err_hint(e, "all sizes but the batch are fixed in the file: open it without shape=");
    buf_release(&shapes);
    return false;
}

static bool refuse_shape(const struct source *s, const struct source_port *p, const struct shape *shape,
                         int d, struct err *e)
{
    if (d < 0)
        err_set(e, ERR_USAGE, "input %s has %d dimensions in the file, not %d", p->name, p->rank,
                shape->rank);
    else
        err_set(e, ERR_USAGE, "dimension %d of input %s is %lld in the file, not %lld", d, p->name,
                (long long)p->dim[d], (long long)shape->dim[d]);
    return source_shape_hint(s, e);
}

bool source_shape(struct source *s, const char *input, const struct shape *shape, struct err *e)
{
    struct source_port *p = find_input(s, input, e);
    if (!p)
        return false;
    if (p->rank >= 0 && p->rank != shape->rank)
        return refuse_shape(s, p, shape, -1, e);
    for (int d = 0; d < shape->rank; d++)
        if (p->rank >= 0 && p->dim[d] >= 0 && !p->given[d] && p->dim[d] != shape->dim[d])
            return refuse_shape(s, p, shape, d, e);
    for (int d = 0; d < shape->rank; d++) {
        bool is_free = p->rank < 0 || p->dim[d] < 0 || p->given[d], batch = d == 0 && shape->dim[d] == 1;
        p->given[d] = is_free && !batch;
        p->dim[d] = is_free && batch ? -1 : shape->dim[d];
    }
    p->rank = shape->rank;
    return true;
}

void source_shape_like(struct source *s, const struct source *like)
{
    for (int i = 0; i < s->n_inputs && i < like->n_inputs; i++) {
        struct source_port *to = &s->inputs[i];
        const struct source_port *from = &like->inputs[i];
        to->rank = from->rank;
        memcpy(to->dim, from->dim, sizeof to->dim);
        memcpy(to->given, from->given, sizeof to->given);
    }
}
