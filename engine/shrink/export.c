/* export: the masked model as a file of its own: the original message with the constants that the mask changed. A physically
 * smaller model is shrink.c's business. */
#include "engine/shrink/shrink.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/shrink/edits.h"
#include "engine/prune/prune.h"

/* Weights stand in the file under the layer's name for them; copies that nodes read follow from there. Marks what is done. */
static bool write_weights(const struct graph *g, const struct layers *l, const struct overrides *o,
                          bool *done, struct model_edit *edit, struct err *e)
{
    for (int i = 0; i < l->n; i++) {
        const struct layer *layer = &l->v[i];
        done[layer->value] = true;
        for (int k = 0; k < layer->n_nodes; k++)
            done[layer_copy(g, layer, k)] = true;
        if (o->v[layer->value] && !constant_edit(edit, layer->tensor, o->v[layer->value], e))
            return false;
    }
    return true;
}

bool export_masked(const struct model_file *m, const struct graph *g, const struct layers *l,
                   const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
                   struct buf *out, struct err *e)
{
    struct overrides o;
    struct edits others = {.g = g};
    struct model_edit *edit = model_edit_new(m);
    bool *done = mem_zero((size_t)g->n_values, sizeof *done);
    overrides_make(g, l, c, mask, weights, &o);
    bool ok = write_weights(g, l, &o, done, edit, e);
    for (int i = 0; ok && i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++) {
            int v = g->nodes[i].inputs[k];
            if (v >= 0 && o.v[v] && !done[v])
                edits_put(&others, i, k, tensor_copy(o.v[v]));
        }
    ok = ok && edits_write(&others, edit, e) && model_edit_serialise(edit, out, e);
    edits_release(&others);
    overrides_release(&o);
    model_edit_free(edit);
    free(done);
    return ok;
}
