/* op_table: all operators of all families, found by domain and name. The rows themselves stand in the families' files. */
#include <string.h>

#include "engine/graph/op_rows.h"
#include "engine/graph/weighted.h"

#define FAMILY(family)                                                                                       \
    {                                                                                                        \
        op_##family##_rows, &op_##family##_count                                                             \
    }

static const struct {
    const struct op *rows;
    const int *count;
} families[] = {
    FAMILY(view), FAMILY(move), FAMILY(slice),  FAMILY(make),   FAMILY(math), FAMILY(pair), FAMILY(reduce),
    FAMILY(norm), FAMILY(pool), FAMILY(resize), FAMILY(einsum), FAMILY(ml),   FAMILY(gemm), FAMILY(conv),
};

const struct op *op_at(int i)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        if (i < *families[f].count)
            return &families[f].rows[i];
        i -= *families[f].count;
    }
    return NULL;
}

const struct op *op_find(const char *domain, const char *name)
{
    const struct op *op;
    for (int i = 0; (op = op_at(i)); i++)
        if (!strcmp(op->name, name) && !strcmp(op->domain, domain))
            return op;
    return NULL;
}

const struct weighted *op_described(const struct node *n)
{
    return n->op->weighted ? n->op->weighted(n) : NULL;
}

const struct weighted *op_weighted(const struct node *n)
{
    const struct weighted *w = op_described(n);
    return w && !w->apart ? w : NULL;
}

void op_edges(const struct graph *g, const struct node *n, edge_visitor *visit, void *data)
{
    const struct weighted *w = op_weighted(n);
    if (w)
        weighted_edges(w, visit, data);
    else
        n->op->edges(g, n, visit, data);
}

void op_costs(const struct graph *g, const struct node *n, struct op_cost *out)
{
    const struct weighted *w = op_weighted(n);
    *out = (struct op_cost){0};
    if (w)
        weighted_cost(w, out);
    else if (n->op->cost)
        n->op->cost(g, n, out);
}

size_t op_scratch(const struct graph *g, const struct node *n, int lanes)
{
    const struct weighted *w = op_weighted(n);
    if (w)
        return weighted_scratch(w, lanes);
    return n->op->scratch ? n->op->scratch(g, n, lanes) : 0;
}
