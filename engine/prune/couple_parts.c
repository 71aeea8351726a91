/* couple_parts: rules of Resize, Trilu and Einsum. What only moves elements is in couple_moves.c, the others in couple_rules.c. */
#include <string.h>

#include "engine/graph/op.h"
#include "engine/graph/op_util.h"
#include "engine/prune/couple_build.h"
#include "engine/prune/couple_rules.h"

static const char repeats[] = "repeats it";
static const char mixes[] = "mixes all its channels";
static const char summed[] = "sums products of its channels";

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
