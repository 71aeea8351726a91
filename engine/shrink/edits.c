/* edits: see edits.h. */
#include "engine/shrink/edits.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/prune/constants.h"

static struct change *find(const struct edits *c, int node, int slot)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->v[i].node == node && c->v[i].slot == slot)
            return &c->v[i];
    return NULL;
}

void edits_put(struct edits *c, int node, int slot, struct tensor *t_take)
{
    struct change *w = find(c, node, slot);
    if (w) {
        tensor_free(w->t);
        w->t = t_take;
        return;
    }
    c->v = mem_grow(c->v, c->n, &c->capacity, sizeof *c->v);
    c->v[c->n++] = (struct change){node, slot, t_take};
}

struct tensor *edits_get(const struct edits *c, int node, int slot)
{
    struct change *w = find(c, node, slot);
    return w ? w->t : NULL;
}

void edits_release(struct edits *c)
{
    for (size_t i = 0; i < c->n; i++)
        tensor_free(c->v[i].t);
    free(c->v);
    *c = (struct edits){0};
}

static int64_t *long_integers(const struct tensor *t)
{
    int64_t n = shape_elements(&t->shape), *out = mem_alloc((size_t)n, sizeof *out);
    for (int64_t i = 0; i < n; i++)
        out[i] = t->i[i];
    return out;
}

bool constant_edit(struct model_edit *edit, const char *name, const struct tensor *t, struct err *e)
{
    if (t->type != DT_I32)
        return model_edit_tensor(edit, name, &t->shape, t->f, e);
    int64_t *integers = long_integers(t);
    bool ok = model_edit_integers(edit, name, &t->shape, integers, e);
    free(integers);
    return ok;
}

/* How often the file's nodes read this name, whether the graph kept them or not. */
static int uses_in_file(const struct source *s, const char *name)
{
    int n = 0;
    for (int i = 0; i < s->n_nodes; i++)
        for (int k = 0; k < s->nodes[i].n_inputs; k++)
            n += strcmp(s->nodes[i].inputs[k], name) == 0;
    for (int i = 0; i < s->n_outputs; i++)
        n += strcmp(s->outputs[i].name, name) == 0;
    return n;
}

/* -1 where the node has no such input yet. */
static int value_of(const struct edits *c, const struct change *w)
{
    return node_input(&c->g->nodes[w->node], w->slot);
}

/* Do all readers of the file want what w wants? */
static bool agreed(const struct edits *c, const struct change *w, const char *name)
{
    int n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (value_of(c, &c->v[i]) == value_of(c, w)) {
            if (!tensor_equal(c->v[i].t, w->t))
                return false;
            n++;
        }
    return n == uses_in_file(c->g->source, name);
}

static bool taken(const struct source *s, const char *name)
{
    for (int i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].name, name) == 0)
            return true;
    for (int i = 0; i < s->n_inputs; i++)
        if (strcmp(s->inputs[i].name, name) == 0)
            return true;
    for (int i = 0; i < s->n_nodes; i++)
        for (int k = 0; k < s->nodes[i].n_outputs; k++)
            if (strcmp(s->nodes[i].outputs[k], name) == 0)
                return true;
    return false;
}

/* A new initializer for this reader alone, named after what it replaces and where it stands. */
static bool rewire(const struct edits *c, const struct change *w, struct model_edit *edit, struct err *e)
{
    struct buf name = {0};
    int value = value_of(c, w), at = c->g->nodes[w->node].source_node;
    const char *stem = value >= 0 ? c->g->values[value].name : c->g->nodes[w->node].op->name;
    buf_printf(&name, "%s.node%d.%d", stem, at, w->slot);
    while (taken(c->g->source, buf_text(&name)))
        buf_putc(&name, '_');
    bool ok;
    if (w->t->type == DT_I32) {
        int64_t *integers = long_integers(w->t);
        ok = model_edit_rewire_integers(edit, at, w->slot, buf_text(&name), &w->t->shape, integers, e);
        free(integers);
    } else {
        ok = model_edit_rewire(edit, at, w->slot, buf_text(&name), &w->t->shape, w->t->f, e);
    }
    buf_release(&name);
    return ok;
}

static bool first_of_value(const struct edits *c, const struct change *w)
{
    for (const struct change *o = c->v; o < w; o++)
        if (value_of(c, o) == value_of(c, w))
            return false;
    return true;
}

bool edits_write(const struct edits *c, struct model_edit *edit, struct err *e)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct change *w = &c->v[i];
        int value = value_of(c, w);
        const char *name = value >= 0 ? constant_name(c->g, value) : NULL;
        if (!name || !agreed(c, w, name)) {
            if (!rewire(c, w, edit, e))
                return false;
        } else if (first_of_value(c, w) && !constant_edit(edit, name, w->t, e)) {
            return false;
        }
    }
    return true;
}
