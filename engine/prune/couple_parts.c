/* couple_parts: rules of operators that join, cut and stretch axes (a channel shifts): Concat Split Slice Pad Expand Tile Resize
 * Trilu Einsum. The others are in couple_rules.c. */
#include <string.h>

#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_build.h"
#include "engine/prune/couple_rules.h"

static const char repeats[] = "repeats it";
static const char padding[] = "adds channels beside it";
static const char strided[] = "takes channels out of order";
static const char mixes[] = "mixes all its channels";
static const char summed[] = "sums products of its channels";

/* n channels of x from `from` on are those of y from `at` on. */
static void shift(struct couple *c, const struct side *x, int x_axis, int64_t from, const struct side *y,
                  int y_axis, int64_t at, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        couple_join(c, x->first[x_axis] + (int)(from + i), y->first[y_axis] + (int)(at + i));
}

static int axis_of(const struct graph *g, int node, int64_t otherwise, int rank)
{
    return (int)((node_int(&g->nodes[node], "axis", otherwise) + rank) % rank);
}

void couple_concat(struct couple *c, const struct graph *g, int node)
{
    struct side y = couple_output(c, node, 0);
    int axis = axis_of(g, node, 1, y.shape.rank);
    int64_t at = 0;
    for (int k = 0; k < g->nodes[node].n_inputs; k++) {
        struct side x = couple_input(c, node, k, false);
        for (int d = 0; d < x.shape.rank; d++)
            if (d != axis)
                couple_axes(c, &x, d, &y, d);
        shift(c, &x, axis, 0, &y, axis, at, x.shape.dim[axis]);
        at += x.shape.dim[axis];
    }
}

/* Lengths of the parts: of unread outputs from the split sizes, else equal ones. */
static int64_t part_length(const struct graph *g, int node, int k, int64_t whole, int axis)
{
    const struct node *n = &g->nodes[node];
    if (n->outputs[k] >= 0)
        return g->values[n->outputs[k]].shape.dim[axis];
    int64_t sizes[1024];
    int count = -1;
    if (op_ints_or_attr(g, n, 1, "split", 1024, sizes, &count, NULL) && k < count)
        return sizes[k];
    int64_t each = (whole + n->n_outputs - 1) / n->n_outputs;
    return k + 1 < n->n_outputs ? each : whole - each * k;
}

void couple_split(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false);
    int axis = axis_of(g, node, 0, x.shape.rank);
    int64_t at = 0;
    for (int k = 0; k < g->nodes[node].n_outputs; k++) {
        struct side y = couple_output(c, node, k);
        for (int d = 0; y.present && d < y.shape.rank; d++)
            if (d != axis)
                couple_axes(c, &x, d, &y, d);
        if (y.present)
            shift(c, &x, axis, at, &y, axis, 0, y.shape.dim[axis]);
        at += part_length(g, node, k, x.shape.dim[axis], axis);
    }
}

void couple_slice(struct couple *c, const struct graph *g, int node)
{
    const struct node *n = &g->nodes[node];
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    int rank = x.shape.rank, count = 0, n_axes = -1, n_steps = -1;
    int64_t starts[SHAPE_MAX], axes[SHAPE_MAX], steps[SHAPE_MAX], from[SHAPE_MAX] = {0}, step[SHAPE_MAX];
    op_ints_or_attr(g, n, 1, "starts", SHAPE_MAX, starts, &count, NULL);
    op_ints_or_attr(g, n, 3, "axes", SHAPE_MAX, axes, &n_axes, NULL);
    op_ints_or_attr(g, n, 4, "steps", SHAPE_MAX, steps, &n_steps, NULL);
    for (int d = 0; d < rank; d++)
        step[d] = 1;
    for (int i = 0; i < count; i++) {
        int d = (int)(((n_axes < 0 ? i : axes[i]) + rank) % rank);
        int64_t at = starts[i] < 0 ? starts[i] + x.shape.dim[d] : starts[i];
        from[d] = at < 0 ? 0 : at > x.shape.dim[d] ? x.shape.dim[d] : at;
        step[d] = n_steps < 0 ? 1 : steps[i];
    }
    for (int d = 0; d < rank; d++) {
        if (step[d] == 1) {
            shift(c, &x, d, from[d], &y, d, 0, y.shape.dim[d]);
            continue;
        }
        couple_pin_axis(c, &x, d, PIN_MIXED, node, strided);
        couple_pin_axis(c, &y, d, PIN_MIXED, node, strided);
    }
}

/* How many entries Pad puts before each axis; false if it is not known or does more than adding a constant. */
static bool pads_before(const struct graph *g, int node, int rank, int64_t before[SHAPE_MAX])
{
    const struct node *n = &g->nodes[node];
    int64_t pads[2 * SHAPE_MAX], axes[SHAPE_MAX];
    int count = -1, n_axes = -1;
    if (!op_ints_or_attr(g, n, 1, "pads", 2 * SHAPE_MAX, pads, &count, NULL) || count < 0)
        return false;
    if (n->n_inputs > 3 && !op_ints_or_attr(g, n, 3, "axes", SHAPE_MAX, axes, &n_axes, NULL))
        return false;
    for (int i = 0; i < count / 2; i++) {
        int64_t d = n_axes < 0 ? i : (axes[i] + rank) % rank;
        if (pads[i] < 0 || pads[i + count / 2] < 0)
            return false;
        before[d] = pads[i];
    }
    return strcmp(node_text(n, "mode", "constant"), "constant") == 0;
}

void couple_pad(struct couple *c, const struct graph *g, int node)
{
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    int64_t before[SHAPE_MAX] = {0};
    bool simple = pads_before(g, node, x.shape.rank, before);
    for (int d = 0; d < x.shape.rank; d++) {
        if (x.shape.dim[d] == y.shape.dim[d] && (simple ? before[d] == 0 : true)) {
            couple_axes(c, &x, d, &y, d);
            continue;
        }
        int64_t n = x.shape.dim[d], end = before[d] + n;
        if (!simple) {
            couple_pin_axis(c, &x, d, PIN_MIXED, node, padding);
            couple_pin_axis(c, &y, d, PIN_MIXED, node, padding);
            continue;
        }
        couple_pin(c, y.first[d], before[d], PIN_MIXED, node, padding);
        couple_pin(c, y.first[d] + (int)end, y.shape.dim[d] - end, PIN_MIXED, node, padding);
        shift(c, &x, d, 0, &y, d, before[d], n);
    }
}

void couple_stretch(struct couple *c, const struct graph *g, int node)
{
    (void)g;
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    int more = y.shape.rank - x.shape.rank;
    for (int d = 0; d < y.shape.rank; d++) {
        if (d >= more && x.shape.dim[d - more] == y.shape.dim[d]) {
            couple_axes(c, &x, d - more, &y, d);
            continue;
        }
        couple_pin_axis(c, &y, d, PIN_MIXED, node, repeats);
        if (d >= more)
            couple_pin_axis(c, &x, d - more, PIN_MIXED, node, repeats);
    }
}

void couple_trilu(struct couple *c, const struct graph *g, int node)
{
    (void)g;
    struct side x = couple_input(c, node, 0, false), y = couple_output(c, node, 0);
    for (int d = 0; d < x.shape.rank; d++) {
        couple_axes(c, &x, d, &y, d);
        if (d >= x.shape.rank - 2)
            couple_pin_axis(c, &x, d, PIN_MIXED, node, mixes);
    }
}

/* The k-th term of an equation without blanks, "ij,jk->ik"; the result is the term after "->", NULL where it is implied. */
static const char *term(const char *equation, int k, int *length)
{
    const char *arrow = strstr(equation, "->");
    const char *at = k < 0 ? (arrow ? arrow + 2 : NULL) : equation;
    for (; at && k > 0; k--) {
        at = strchr(at, ',');
        at = at ? at + 1 : NULL;
    }
    *length = at ? (int)strcspn(at, ",-") : 0;
    return at;
}

/* Labels are axes: those of the result are the same there, the others are summed. Ellipses and blanks pin everything. */
void couple_einsum(struct couple *c, const struct graph *g, int node)
{
    const char *equation = node_text(&g->nodes[node], "equation", "");
    if (couple_layer(c, g, node))
        return;
    bool plain = !strpbrk(equation, ". ");
    struct side y = couple_output(c, node, 0);
    int n_out, n;
    const char *out = term(equation, -1, &n_out);
    plain = plain && out && n_out == y.shape.rank;
    for (int d = 0; !plain && d < y.shape.rank; d++)
        couple_pin_axis(c, &y, d, PIN_MIXED, node, summed);
    for (int k = 0; k < g->nodes[node].n_inputs; k++) {
        struct side x = couple_input(c, node, k, false);
        const char *labels = term(equation, k, &n);
        for (int d = 0; d < x.shape.rank; d++) {
            const char *at = plain && labels && d < n ? memchr(out, labels[d], (size_t)n_out) : NULL;
            if (at && x.shape.dim[d] == y.shape.dim[at - out])
                couple_axes(c, &x, d, &y, (int)(at - out));
            else
                couple_pin_axis(c, &x, d, PIN_MIXED, node, summed);
        }
    }
}
