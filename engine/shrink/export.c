/* export: the masked model as a file of its own: the original message with the constants that the mask changed. A physically
 * smaller model is shrink.c's business. */
#include "engine/shrink/shrink.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/prune/prune.h"
#include "engine/shrink/shrink_parts.h"

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

/* What the export is made of. */
struct masked {
    const struct model_file *m;
    const struct graph *g;
    const struct layers *l;
    struct overrides o;
    struct edits others; /* constants beside the weights */
    bool *done;          /* by value: written with the weights */
};

static void want_others(struct masked *x)
{
    for (int i = 0; i < x->g->n_nodes; i++)
        for (int k = 0; k < x->g->nodes[i].n_inputs; k++) {
            int v = x->g->nodes[i].inputs[k];
            if (v >= 0 && x->o.v[v] && !x->done[v])
                edits_put(&x->others, i, k, tensor_copy(x->o.v[v]));
        }
}

static bool write_file(struct masked *x, struct buf *out, struct err *e)
{
    struct model_edit *edit = model_edit_new(x->m, e);
    bool ok = edit && write_weights(x->g, x->l, &x->o, x->done, edit, e);
    if (ok && x->others.n == 0)
        want_others(x);
    ok = ok && edits_write(&x->others, edit, e) && model_edit_serialise(edit, out, e);
    model_edit_free(edit);
    return ok;
}

/* Is there a product that was folded? The file computes it again, from weights that may be cut. */
static bool folds_products(const struct graph *g)
{
    bool *left = mem_zero((size_t)g->source->n_nodes, sizeof *left), any = false;
    for (int i = 0; i < g->n_nodes; i++)
        left[g->nodes[i].source_node] = true;
    for (int i = 0; i < g->source->n_nodes && !any; i++) {
        const struct op *op = op_find(g->source->nodes[i].domain, g->source->nodes[i].op);
        any = !left[i] && op && op->cost;
    }
    free(left);
    return any;
}

/* A constant that comes out otherwise gets a place of its own, as it is here: written for one record, it must serve any. */
static bool keep_constant(struct masked *x, int node, int slot, const struct graph *now,
                          const struct node *there, struct err *e)
{
    const struct node *n = &x->g->nodes[node];
    int v = n->inputs[slot];
    if (v < 0 || x->done[v] || !x->g->values[v].constant)
        return true;
    const struct tensor *want = x->o.v[v] ? x->o.v[v] : x->g->values[v].constant;
    const struct tensor *is = there ? op_constant(now, there, slot) : NULL;
    if (is && tensor_equal(want, is))
        return true;
    if (x->g->batch == BATCH_FREE && n->op->flow != FLOW_SAME) {
        struct buf name = {0};
        node_print(x->g, node, &name);
        err_set(e, ERR_UNSUPPORTED,
                "the masked model cannot be written: %s reads a constant that is computed from weights that "
                "were cut",
                buf_text(&name));
        buf_release(&name);
        return err_hint(e, "put these weights back: restore LAYER/UNIT");
    }
    edits_put(&x->others, node, slot, tensor_copy(want));
    return true;
}

static bool keep_constants(struct masked *x, const struct buf *written, struct err *e)
{
    struct names results = {0};
    struct model_file *file = model_file_parse(buf_text(written), written->len, model_file_path(x->m), e);
    if (file)
        model_file_shape_like(file, x->g->source);
    struct graph *now = file ? graph_bind(model_file_source(file), 0, e) : NULL;
    bool ok = now != NULL;
    if (ok)
        name_results(now, &results);
    for (int i = 0; ok && i < x->g->n_nodes; i++)
        for (int k = 0; ok && k < x->g->nodes[i].n_inputs; k++)
            ok = keep_constant(x, i, k, now, same_node(x->g, i, now, &results), e);
    names_release(&results);
    graph_free(now);
    model_file_free(file);
    return ok;
}

bool export_masked(const struct model_file *m, const struct graph *g, const struct layers *l,
                   const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
                   struct buf *out, struct err *e)
{
    struct masked x = {.m = m, .g = g, .l = l, .others = {.g = g}};
    struct buf first = {0};
    overrides_make(g, l, c, mask, weights, &x.o);
    x.done = mem_zero((size_t)g->n_values, sizeof *x.done);
    bool ok = write_file(&x, &first, e);
    size_t wanted = x.others.n;
    ok = ok && (!folds_products(g) || keep_constants(&x, &first, e));
    if (ok && x.others.n > wanted)
        ok = write_file(&x, out, e);
    else if (ok)
        buf_add(out, first.data, first.len);
    buf_release(&first);
    edits_release(&x.others);
    overrides_release(&x.o);
    free(x.done);
    return ok;
}
