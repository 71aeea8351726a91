/* program: a graph with the constants it computes with, its weights in their kernels' form, and the width and layout of a run.
 * What computes is run.c. */
#include "engine/graph/program.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/graph/op.h"
#include "engine/graph/prepared.h"
#include "engine/graph/program_parts.h"
#include "engine/graph/weighted.h"

static void mark_kept(struct program *p, const struct program_options *o)
{
    const struct graph *g = p->g;
    p->kept = mem_zero((size_t)g->n_values, sizeof *p->kept);
    for (int v = 0; v < g->n_values; v++)
        p->kept[v] = g->values[v].is_input || (o->keep_all && !g->values[v].constant);
    for (int i = 0; i < o->n_keep; i++)
        p->kept[o->keep[i]] = true;
    for (int i = 0; i < g->n_outputs; i++)
        p->kept[g->outputs[i]] = true;
}

static bool refuse_memory(const struct program *p, int lanes, int64_t limit, struct err *e)
{
    struct buf need = {0}, most = {0};
    num_bytes(&need, (double)p->layout.bytes);
    num_bytes(&most, (double)limit);
    err_set(e, ERR_UNSUPPORTED,
            "the model needs %s to compute %d record%s at a time, more than the limit of %s", buf_text(&need),
            lanes, lanes == 1 ? "" : "s", buf_text(&most));
    buf_release(&need);
    buf_release(&most);
    return err_hint(e, "raise the limit with --memory");
}

/* The given width; else the narrowest that takes all records at once, or the widest whose arena fits. A file whose batch is fixed
 * above 1 computes one batch at a time. */
static bool choose_lanes(struct program *p, const struct program_options *o, struct err *e)
{
    static const int widths[] = {64, 16, 1};
    const int n_widths = sizeof widths / sizeof *widths;
    const int only[] = {p->g->batch == BATCH_ABOVE_ONE ? 1 : o->lanes};
    bool free_choice = only[0] == 0;
    const int *width = free_choice ? widths : only;
    int64_t limit = o->memory ? o->memory : PROGRAM_MEMORY;
    for (int i = 0; i < (free_choice ? n_widths : 1); i++) {
        if (free_choice && o->records > 0 && i + 1 < n_widths && o->records <= width[i + 1])
            continue;
        layout_release(&p->layout);
        p->lanes = width[i];
        layout_plan(p->g, p->kept, width[i], &p->layout);
        if (p->layout.bytes <= limit)
            return true;
    }
    return refuse_memory(p, p->lanes, limit, e);
}

static void set_constants(struct program *p, const struct tensor *const *overrides)
{
    const struct graph *g = p->g;
    p->constants = mem_zero((size_t)g->n_values, sizeof *p->constants);
    for (int v = 0; v < g->n_values; v++) {
        p->constants[v] = g->values[v].constant;
        if (overrides && overrides[v]) {
            assert(overrides[v]->type == g->values[v].type);
            assert(shape_equal(&overrides[v]->shape, &g->values[v].shape));
            p->constants[v] = overrides[v];
        }
    }
}

/* The constant that a node weighs with; -1: none. */
static int weight_of(const struct node *n)
{
    const struct weighted *w = op_weighted(n);
    return w && w->constant ? n->inputs[w->weight] : -1;
}

static void prepare_weights(struct program *p, const bool *left_out)
{
    const struct graph *g = p->g;
    p->prepared = mem_zero((size_t)g->n_nodes, sizeof *p->prepared);
    for (int i = 0; i < g->n_nodes; i++) {
        int weight = weight_of(&g->nodes[i]);
        if (weight < 0 || (left_out && left_out[i]))
            continue;
        const struct weighted *w = op_weighted(&g->nodes[i]);
        bool same = p->base && p->base->constants[weight] == p->constants[weight];
        p->prepared[i] =
            same ? p->base->prepared[i]
                 : prepared_new(&p->kernels, w, p->constants[weight]->f, weighted_width(w, p->lanes));
    }
}

struct program *program_new(const struct graph *g, const struct tensor *const *overrides,
                            const struct program_options *o, struct err *e)
{
    struct program *p = mem_zero(1, sizeof *p);
    p->g = g;
    p->kernels = *o->kernels;
    mark_kept(p, o);
    if (!choose_lanes(p, o, e)) {
        program_free(p);
        return NULL;
    }
    set_constants(p, overrides);
    prepare_weights(p, o->left_out);
    return p;
}

struct program *program_variant(const struct program *base, const struct tensor *const *overrides,
                                const bool *left_out)
{
    struct program *p = mem_alloc(1, sizeof *p);
    *p = *base;
    p->base = base;
    set_constants(p, overrides);
    prepare_weights(p, left_out);
    return p;
}

void program_free(struct program *p)
{
    if (!p)
        return;
    for (int i = 0; p->prepared && i < p->g->n_nodes; i++)
        if (!p->base || p->prepared[i] != p->base->prepared[i])
            prepared_free(p->prepared[i]);
    free(p->prepared);
    free(p->constants);
    if (!p->base) {
        free(p->kept);
        layout_release(&p->layout);
    }
    free(p);
}

int program_lanes(const struct program *p)
{
    return p->lanes;
}

size_t program_arena_bytes(const struct program *p)
{
    return (size_t)p->layout.bytes;
}

const struct graph *program_graph(const struct program *p)
{
    return p->g;
}

const struct tensor *program_constant(const struct program *p, int value)
{
    return p->constants[value];
}
