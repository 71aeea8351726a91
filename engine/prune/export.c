/* export: the masked model as a file of its own: the original message with the constants that the mask changed. A physically
 * smaller model is shrink.c's business. */
#include "engine/prune/shrink.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/prune/prune.h"

/* Under which name the file holds a constant: an initializer's, or the output of a Constant node. NULL: it was folded from others. */
static const char *name_in_file(const struct graph *g, int value)
{
    const struct value *v = &g->values[value];
    const struct source *s = g->source;
    if (v->initializer >= 0)
        return s->tensors[v->initializer].name;
    for (int i = 0; i < s->n_nodes; i++)
        if (strcmp(s->nodes[i].op, "Constant") == 0 && s->nodes[i].n_outputs == 1 &&
            strcmp(s->nodes[i].outputs[0], v->name) == 0)
            return v->name;
    return NULL;
}

/* A copy made while binding (a transposed weight) follows from its origin and is not in the file. */
static bool write_constant(struct model_edit *edit, const struct graph *g, int value, const struct tensor *t,
                           struct err *e)
{
    const char *name = name_in_file(g, value);
    if (name)
        return model_edit_tensor(edit, name, &t->shape, t->f, e);
    if (g->values[value].origin >= 0 && g->values[value].origin != value)
        return true;
    err_set(e, ERR_UNSUPPORTED,
            "the constant %s was computed from others: its pruned form cannot be written into the file",
            g->values[value].name);
    return err_hint(
        e, "export the model once more with constant folding, so that the weight stands in the file itself");
}

bool export_masked(const struct model_file *m, const struct graph *g, const struct layers *l,
                   const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
                   struct buf *out, struct err *e)
{
    struct overrides o;
    struct model_edit *edit = model_edit_new(m);
    bool ok = true;
    overrides_make(g, l, c, mask, weights, &o);
    for (int v = 0; ok && v < o.n_values; v++)
        if (o.v[v])
            ok = write_constant(edit, g, v, o.v[v], e);
    ok = ok && model_edit_serialise(edit, out, e);
    overrides_release(&o);
    model_edit_free(edit);
    return ok;
}
