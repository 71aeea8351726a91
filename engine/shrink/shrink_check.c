/* shrink_check: opens what shrinking wrote and compares it with what it should be. Files compute some constants from shapes
 * (a Reshape target, the scale of an attention): those may have changed with the counts. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/names.h"
#include "engine/graph/op_util.h"
#include "engine/shrink/shrink_parts.h"

static bool shape_is_right(struct shrinking *s, int value, const struct shape *now)
{
    const struct shape *was = &s->g->values[value].shape;
    bool same = was->rank == now->rank;
    for (int d = 0; same && d < was->rank; d++)
        same = now->dim[d] == axes_length(s, value, d);
    return same;
}

/* What a real constant of a node should be; NULL for weights of layers and integers, whose effect shapes tell. */
static struct tensor *expected(struct shrinking *s, int node, int slot, const struct edits *wanted)
{
    const struct tensor *t = op_constant(s->g, &s->g->nodes[node], slot);
    const struct tensor *now = edits_get(wanted, node, slot);
    if (!t || t->type == DT_I32 || axes_weight(s, node, slot))
        return NULL;
    if (now)
        return tensor_copy(now);
    struct tensor *cut = axes_cut(s, node, slot, t);
    return cut ? cut : tensor_copy(t);
}

static void check_constants(struct shrinking *s, int node, const struct graph *g, const struct node *now,
                            struct edits *wanted, bool *again)
{
    for (int k = 0; k < s->g->nodes[node].n_inputs; k++) {
        struct tensor *t = expected(s, node, k, wanted);
        const struct tensor *is = op_constant(g, now, k);
        if (!t || (is && tensor_equal(t, is))) {
            tensor_free(t);
            continue;
        }
        edits_put(wanted, node, k, t);
        *again = true;
    }
}

void name_results(const struct graph *g, struct names *out)
{
    names_init(out, (size_t)g->n_values);
    for (int v = 0; v < g->n_values; v++)
        if (g->values[v].producer >= 0)
            names_put(out, g->values[v].name, g->values[v].producer);
}

const struct node *same_node(const struct graph *was, int node, const struct graph *now,
                             const struct names *results)
{
    int at = -1;
    for (int k = 0; at < 0 && k < was->nodes[node].n_outputs; k++)
        if (was->nodes[node].outputs[k] >= 0)
            at = names_get(results, was->values[was->nodes[node].outputs[k]].name);
    return at >= 0 ? &now->nodes[at] : NULL;
}

static bool refuse(struct err *e, const char *why)
{
    err_set(e, ERR_UNSUPPORTED, "the model cannot be made smaller: %s", why);
    return err_hint(e, "export writes the masked model, which has zeros instead");
}

static bool check_node(struct shrinking *s, int node, const struct graph *g, const struct node *now,
                       struct err *e)
{
    const struct node *was = &s->g->nodes[node];
    bool right = now != NULL;
    for (int k = 0; right && k < was->n_outputs; k++)
        right =
            was->outputs[k] < 0 ||
            (now->outputs[k] >= 0 && shape_is_right(s, was->outputs[k], &g->values[now->outputs[k]].shape));
    if (right)
        return true;
    struct buf why = {0};
    buf_puts(&why, "the result of ");
    node_print(s->g, node, &why);
    buf_puts(&why, " would have another shape");
    refuse(e, buf_text(&why));
    buf_release(&why);
    return false;
}

bool check_written(struct shrinking *s, const struct buf *onnx, const char *path, struct edits *wanted,
                   bool *again, struct err *e)
{
    struct err why = {0};
    struct names results = {0};
    struct model_file *file = model_file_parse(onnx->data, onnx->len, path, &why);
    if (file)
        model_file_shape_like(file, s->g->source);
    struct graph *g = file ? graph_bind(model_file_source(file), 0, &why) : NULL;
    bool ok = g || refuse(e, why.message);
    err_release(&why);
    *again = false;
    if (ok)
        name_results(g, &results);
    for (int i = 0; ok && i < s->g->n_nodes; i++) {
        const struct node *now = same_node(s->g, i, g, &results);
        ok = check_node(s, i, g, now, e);
        if (ok)
            check_constants(s, i, g, now, wanted, again);
    }
    names_release(&results);
    graph_free(g);
    model_file_free(file);
    return ok;
}
