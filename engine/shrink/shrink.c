/* shrink: the order of work: choose the sets that leave, cut every constant, fold, rewrite counts, write, check. What is left of
 * each layer is told in the numbers of the model before. */
#include "engine/shrink/shrink.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/effect.h"
#include "engine/shrink/shrink_parts.h"

/* ---- what is told ---- */

/* A unit of the removed set that an input hears. */
static struct unit silence(const struct shrinking *s, int layer, int64_t input)
{
    int set = s->c->set_read[layer][input];
    return set >= 0 && s->removed[set] ? s->c->sets[set].units[0] : (struct unit){.layer = -1};
}

static void tell_layer(struct shrinking *s, int layer, struct shrunk_layer *out)
{
    const struct layer *l = &s->l->v[layer];
    out->kept = mem_alloc((size_t)l->units, sizeof *out->kept);
    out->removed = mem_alloc((size_t)l->units, sizeof *out->removed);
    out->inputs = mem_alloc((size_t)l->inputs, sizeof *out->inputs);
    out->silent = mem_alloc((size_t)l->inputs, sizeof *out->silent);
    for (int64_t u = 0; u < l->units; u++)
        if (axes_unit_stays(s, layer, u))
            out->kept[out->n_kept++] = u;
        else
            out->removed[out->n_removed++] = u;
    for (int64_t k = 0; k < l->inputs; k++)
        if (axes_input_stays(s, layer, k)) {
            out->silent[out->n_inputs] = silence(s, layer, k);
            out->inputs[out->n_inputs++] = k;
        }
}

/* Kept weights of a layer in rows and columns that leave though nobody removed them. */
static int64_t lost(struct shrinking *s, int layer)
{
    const struct layer *l = &s->l->v[layer];
    int64_t n = 0;
    for (int64_t i = 0; i < l->weights; i++) {
        int64_t unit, input, tap;
        if (!mask_weight(s->left, layer, i))
            continue;
        layer_position(l, i, &unit, &input, &tap);
        n += (!axes_unit_stays(s, layer, unit) || !axes_input_stays(s, layer, input));
    }
    return n;
}

static void tell_stayed(const struct shrinking *s, struct shrunk *out)
{
    size_t capacity = 0;
    for (int i = 0; i < s->c->n_sets; i++) {
        if (!s->why[i])
            continue;
        out->stayed = mem_grow(out->stayed, (size_t)out->n_stayed, &capacity, sizeof *out->stayed);
        out->stayed[out->n_stayed++] = (struct stayed){s->c->sets[i].units[0], mem_text(s->why[i])};
    }
}

static void tell(struct shrinking *s, struct shrunk *out)
{
    out->n_layers = s->l->n;
    out->layers = mem_zero((size_t)s->l->n, sizeof *out->layers);
    for (int i = 0; i < s->l->n; i++) {
        tell_layer(s, i, &out->layers[i]);
        out->n_removed += out->layers[i].n_removed;
        out->dead_weights += lost(s, i);
    }
    tell_stayed(s, out);
}

void shrunk_release(struct shrunk *s)
{
    for (int i = 0; i < s->n_layers; i++) {
        free(s->layers[i].kept);
        free(s->layers[i].removed);
        free(s->layers[i].inputs);
        free(s->layers[i].silent);
    }
    for (int i = 0; i < s->n_stayed; i++)
        free(s->stayed[i].why);
    free(s->layers);
    free(s->stayed);
    buf_release(&s->onnx);
    *s = (struct shrunk){0};
}

/* ---- what is written ---- */

static bool write_weights(struct shrinking *s, struct model_edit *edit, struct err *e)
{
    bool ok = true;
    for (int i = 0; ok && i < s->l->n; i++) {
        const struct layer *l = &s->l->v[i];
        const struct tensor *from = shrink_base(s, l->value);
        struct tensor *cut = axes_cut_weight(s, i, from);
        if (cut || from != s->g->values[l->value].constant)
            ok = constant_edit(edit, l->tensor, cut ? cut : from, e);
        tensor_free(cut);
    }
    return ok;
}

/* Constants beside the weights, as their readers want them: base values and folded biases without the channels that leave. */
static void want_constants(struct shrinking *s, struct edits *wanted)
{
    fold_constants(s, wanted);
    for (int i = 0; i < s->g->n_nodes; i++)
        for (int k = 0; k < s->g->nodes[i].n_inputs; k++) {
            int v = s->g->nodes[i].inputs[k];
            if (v < 0 || !s->g->values[v].constant || axes_weight(s, i, k))
                continue;
            const struct tensor *now = edits_get(wanted, i, k), *from = now ? now : shrink_base(s, v);
            struct tensor *cut = axes_cut(s, i, k, from);
            if (cut)
                edits_put(wanted, i, k, cut);
            else if (from != now && from != s->g->values[v].constant)
                edits_put(wanted, i, k, tensor_copy(from));
        }
}

static bool write_model(struct shrinking *s, const struct model_file *m, struct edits *wanted,
                        struct buf *out, struct err *e)
{
    struct model_edit *edit = model_edit_new(m, e);
    buf_clear(out);
    if (!edit)
        return false;
    bool ok = write_weights(s, edit, e) && counts_write(s, wanted, edit, e) && edits_write(wanted, edit, e);
    model_edit_drop_value_info(edit);
    ok = ok && model_edit_serialise(edit, out, e);
    model_edit_free(edit);
    return ok;
}

/* Twice at most: constants that the file computes may come out otherwise with other counts, and get a place of their own then. */
static bool write_and_check(struct shrinking *s, const struct model_file *m, struct buf *out, struct err *e)
{
    struct edits wanted = {.g = s->g};
    bool again;
    want_constants(s, &wanted);
    bool ok =
        write_model(s, m, &wanted, out, e) && check_written(s, out, model_file_path(m), &wanted, &again, e);
    if (ok && again)
        ok = write_model(s, m, &wanted, out, e) &&
             check_written(s, out, model_file_path(m), &wanted, &again, e);
    edits_release(&wanted);
    return ok;
}

bool shrink(const struct model_file *m, const struct graph *g, const struct layers *l,
            const struct coupling *c, const struct mask *mask, const struct tensor *const *weights,
            struct shrunk *out, struct err *e)
{
    struct shrinking s = {.g = g, .l = l, .c = c, .mask = mask, .weights = weights};
    *out = (struct shrunk){0};
    if (!axes_begin(&s, e))
        return false;
    s.left = effect_of(l, c, mask);
    bool ok = choose_sets(&s, e) && write_and_check(&s, m, &out->onnx, e);
    if (ok)
        tell(&s, out);
    else
        buf_release(&out->onnx);
    counts_release(&s);
    choose_release(&s);
    mask_unref(s.left);
    axes_end(&s);
    return ok;
}

/* ---- masks ---- */

static int same_layer(const struct layers *l, const char *tensor)
{
    for (int i = 0; i < l->n; i++)
        if (strcmp(l->v[i].tensor, tensor) == 0)
            return i;
    return -1;
}

/* In a smaller model fewer units may be known to belong together (an axis of length 1 is no channel any more): what follows from
 * a removed unit is cut in the mask itself. */
static bool is_silent(const struct shrunk_layer *s, int64_t input, const struct mask *m)
{
    return s->silent[input].layer >= 0 && mask_removed(m, s->silent[input].layer, s->silent[input].unit);
}

static void carry_over(const struct shrunk_layer *s, const struct layer *old, int old_layer,
                       const struct mask *m, const struct layer *now, int layer, struct mask *out)
{
    for (int64_t u = 0; u < now->units && u < s->n_kept; u++) {
        if (mask_removed(m, old_layer, s->kept[u]))
            mask_set_removed(out, layer, u, true);
        for (int64_t k = 0; k < now->inputs && k < s->n_inputs; k++)
            for (int64_t t = 0; t < now->taps; t++)
                if (is_silent(s, k, m) ||
                    !mask_weight(m, old_layer, layer_index(old, s->kept[u], s->inputs[k], t)))
                    mask_set(out, layer, layer_index(now, u, k, t), false);
    }
}

struct mask *shrunk_mask(const struct shrunk *s, const struct layers *old, const struct mask *m,
                         const struct layers *now)
{
    struct mask *out = mask_new(now);
    for (int i = 0; i < now->n; i++) {
        int was = same_layer(old, now->v[i].tensor);
        if (was >= 0)
            carry_over(&s->layers[was], &old->v[was], was, m, &now->v[i], i, out);
    }
    return out;
}
