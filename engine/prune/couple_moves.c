/* couple_moves: which channels of an operator that only moves elements are the same: what its index map says (graph/moves.h), for
 * Concat Split Slice Pad Expand Tile, and for any that come. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/graph/moves.h"
#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_build.h"
#include "engine/prune/couple_rules.h"

static const char repeats[] = "repeats it";
static const char padding[] = "adds channels beside it";
static const char strided[] = "takes channels out of order";
static const char left_out[] = "leaves channels out";

/* An input, and where it stands in the output at hand. */
struct part {
    struct side x;
    struct moved_axes at;
};

/* Why index[0 .. n) on an axis as long as `whole` is no run of it; NULL: it is one. Only where bounds are rewritten when channels
 * leave may a run be a part. */
static const char *broken(const int64_t *index, int64_t n, int64_t whole, bool bounds)
{
    int64_t count = 0, shift = 0;
    bool straight = true, tiled = true;
    for (int64_t i = 0; i < n; i++) {
        tiled &= index[i] == i % whole;
        if (index[i] < 0)
            continue;
        straight &= count == 0 || index[i] - i == shift;
        shift = index[i] - i;
        count++;
    }
    if (straight)
        return count == whole || bounds ? NULL : left_out;
    return tiled ? repeats : count > whole ? padding : strided;
}

/* Axis q of the output, of which told[i] is what a part has spoken of. */
static void couple_part(struct couple *c, int node, const struct part *p, const struct side *y, int q,
                        bool bounds, bool *told)
{
    int d = p->at.axis[q];
    const int64_t *index = p->at.index[q], n = y->shape.dim[q];
    const char *why = d < 0 ? repeats : broken(index, n, p->x.shape.dim[d], bounds);
    for (int64_t i = 0; i < n; i++) {
        told[i] |= why || index[i] >= 0;
        if (!why && index[i] >= 0)
            couple_join(c, p->x.first[d] + (int)index[i], y->first[q] + (int)i);
    }
    if (why)
        couple_pin_axis(c, y, q, PIN_MIXED, node, why);
    if (why && d >= 0)
        couple_pin_axis(c, &p->x, d, PIN_MIXED, node, why);
}

static void couple_parts_of(struct couple *c, int node, const struct part *p, int n, const struct side *y,
                            bool bounds)
{
    for (int q = 0; q < y->shape.rank; q++) {
        bool *told = mem_zero((size_t)y->shape.dim[q], sizeof *told);
        for (int k = 0; k < n; k++)
            couple_part(c, node, &p[k], y, q, bounds, told);
        for (int i = 0; i < y->shape.dim[q]; i++)
            if (!told[i])
                couple_pin(c, y->first[q] + i, 1, PIN_MIXED, node, padding);
        free(told);
    }
    for (int k = 0; k < n; k++)
        for (int d = 0; d < p[k].x.shape.rank; d++) {
            bool runs = false;
            for (int q = 0; q < y->shape.rank; q++)
                runs |= p[k].at.axis[q] == d;
            if (!runs)
                couple_pin_axis(c, &p[k].x, d, PIN_MIXED, node, repeats);
        }
}

/* What of other rank is moved only fills in. */
static bool brings_channels(const struct graph *g, const struct node *n, int k, int rank)
{
    return n->inputs[k] >= 0 && moves_carries(n, k) && (k == 0 || g->values[n->inputs[k]].shape.rank == rank);
}

static bool couple_result(struct couple *c, int node, const struct moves *m, int output, bool bounds)
{
    const struct node *n = &c->g->nodes[node];
    struct side y = couple_output(c, node, output);
    struct part *parts = mem_zero((size_t)n->n_inputs, sizeof *parts);
    int n_parts = 0;
    bool ok = true;
    for (int k = 0; ok && y.present && k < n->n_inputs; k++) {
        if (!brings_channels(c->g, n, k, y.shape.rank))
            continue;
        parts[n_parts].x = couple_input(c, node, k, false);
        ok = moves_axes(c->g, n, m, output, k, &parts[n_parts++].at);
    }
    if (ok && y.present)
        couple_parts_of(c, node, parts, n_parts, &y, bounds);
    for (int k = 0; k < n_parts; k++)
        moved_axes_release(&parts[k].at);
    free(parts);
    return ok;
}

static void derive(struct couple *c, const struct graph *g, int node, bool bounds)
{
    struct moves m = {0};
    bool ok = moves_try(g, &g->nodes[node], &m);
    for (int k = 0; ok && k < m.n_outputs; k++)
        ok = couple_result(c, node, &m, k, bounds);
    moves_release(&m);
    if (!ok)
        couple_pin_all(c, node);
}

void couple_moves(struct couple *c, const struct graph *g, int node)
{
    derive(c, g, node, false);
}

void couple_split(struct couple *c, const struct graph *g, int node)
{
    derive(c, g, node, true);
}

void couple_slice(struct couple *c, const struct graph *g, int node)
{
    const struct node *n = &g->nodes[node];
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    int axes[SHAPE_MAX], n_axes = -1, n_steps = -1;
    int64_t steps[SHAPE_MAX];
    derive(c, g, node, true);
    op_axes(g, n, 3, x.shape.rank, axes, &n_axes, NULL);
    op_ints_or_attr(g, n, 4, "steps", SHAPE_MAX, steps, &n_steps, NULL);
    for (int i = 0; i < n_steps; i++)
        if (steps[i] != 1) {
            couple_pin_axis(c, &x, n_axes < 0 ? i : axes[i], PIN_MIXED, node, strided);
            couple_pin_axis(c, &y, n_axes < 0 ? i : axes[i], PIN_MIXED, node, strided);
        }
}
