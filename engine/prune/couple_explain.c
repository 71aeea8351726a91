/* couple_explain: says in words why units belong together and why one cannot leave. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/graph/op.h"
#include "engine/prune/couple.h"
#include "engine/prune/couple_begin.h"
#include "engine/prune/couple_build.h"

enum { TOLD = 6 }; /* units that a sentence names; the rest is counted */

static void node_name(const struct graph *g, int node, struct buf *out)
{
    const struct node *n = &g->nodes[node];
    if (n->name && n->name[0])
        buf_puts(out, n->name);
    else
        buf_printf(out, "%s_%d", n->op->name, n->source_node);
}

static void unit_name(const struct layers *l, const struct unit *u, struct buf *out)
{
    buf_printf(out, "%s/%lld", l->v[u->layer].name, (long long)u->unit);
}

/* The nodes that join the told units, in the order in which they do: states the graph again, node by node, and notes each
 * node after which fewer classes are left. */
static int joining_nodes(const struct graph *g, const struct layers *l, const struct unit *units, int n,
                         int *nodes)
{
    struct couple b;
    int found = 0, classes = n;
    if (!couple_begin(&b, g, l, NULL))
        return 0;
    for (int i = 0; i < g->n_nodes && classes > 1; i++) {
        couple_state(&b, i);
        int now = 0;
        for (int k = 0; k < n; k++) {
            bool seen = false;
            int root = couple_find(&b, b.units_first[units[k].layer] + (int)units[k].unit);
            for (int j = 0; j < k && !seen; j++)
                seen = couple_find(&b, b.units_first[units[j].layer] + (int)units[j].unit) == root;
            now += !seen;
        }
        if (now < classes)
            nodes[found++] = i;
        classes = now;
    }
    couple_end(&b);
    return found;
}

/* The asked unit first, then others of its set while there is room. */
static int told_units(const struct coupled_set *s, const struct unit *asked, struct unit *told)
{
    int n = 1;
    told[0] = *asked;
    for (int i = 0; i < s->n_units && n < TOLD; i++) {
        bool again = s->units[i].layer == asked->layer && s->units[i].unit == asked->unit;
        if (!again)
            told[n++] = s->units[i];
    }
    return n;
}

static void together(const struct graph *g, const struct layers *l, const struct coupled_set *s,
                     const struct unit *asked, struct buf *out)
{
    struct unit told[TOLD];
    int nodes[TOLD], n = told_units(s, asked, told), more = s->n_units - n;
    for (int i = 0; i < n; i++) {
        buf_puts(out, i == 0 ? "" : i + 1 == n && !more ? " and " : ", ");
        unit_name(l, &told[i], out);
    }
    if (more)
        buf_printf(out, " and %d more", more);
    buf_puts(out, " belong together because of ");
    int found = joining_nodes(g, l, told, n, nodes);
    for (int i = 0; i < found; i++) {
        buf_puts(out, i == 0 ? "" : i + 1 == found ? " and " : ", ");
        node_name(g, nodes[i], out);
    }
}

void coupling_explain(const struct graph *g, const struct layers *l, const struct coupling *c, int layer,
                      int64_t unit, struct buf *out)
{
    const struct coupled_set *s = &c->sets[c->set_of[layer][unit]];
    const struct unit asked = {layer, unit};
    if (s->n_units > 1)
        together(g, l, s, &asked, out);
    if (s->n_units > 1 && s->pinned)
        buf_puts(out, "; ");
    if (s->pinned) {
        unit_name(l, &asked, out);
        buf_puts(out, " is pinned: ");
        if (s->pinned_node >= 0) {
            node_name(g, s->pinned_node, out);
            buf_putc(out, ' ');
        }
        buf_puts(out, s->why);
    } else if (s->n_units == 1) {
        unit_name(l, &asked, out);
        buf_puts(out, " can leave alone");
    }
}
