/* couple_begin: see couple_begin.h. */
#include "engine/prune/couple_begin.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/prune/couple_build.h"

/* Variables that the model needs, to be checked before any is made. */
static int64_t variables(const struct graph *g, const struct layers *l)
{
    int64_t n = 0;
    for (int v = 0; v < g->n_values; v++)
        n += g->values[v].constant ? 0 : couple_width(&g->values[v].shape);
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++) {
            int v = g->nodes[i].inputs[k];
            n += v >= 0 && g->values[v].constant ? couple_width(&g->values[v].shape) : 0;
        }
    for (int i = 0; i < l->n; i++)
        n += l->v[i].units + l->v[i].inputs;
    return n;
}

static void make_values(struct couple *c)
{
    const struct graph *g = c->g;
    c->value_first = mem_alloc((size_t)g->n_values, sizeof *c->value_first);
    for (int v = 0; v < g->n_values; v++)
        c->value_first[v] = g->values[v].constant ? -1 : couple_fresh(c, couple_width(&g->values[v].shape));
}

static void make_layers(struct couple *c)
{
    const struct layers *l = c->l;
    c->units_first = mem_alloc((size_t)l->n, sizeof *c->units_first);
    c->inputs_first = mem_alloc((size_t)l->n, sizeof *c->inputs_first);
    c->layer_of = mem_alloc((size_t)c->g->n_nodes, sizeof *c->layer_of);
    c->reader_of = mem_alloc((size_t)c->g->n_nodes, sizeof *c->reader_of);
    for (int i = 0; i < c->g->n_nodes; i++)
        c->layer_of[i] = c->reader_of[i] = -1;
    for (int i = 0; i < l->n; i++) {
        c->units_first[i] = couple_fresh(c, l->v[i].units);
        c->inputs_first[i] = couple_fresh(c, l->v[i].inputs);
        for (int k = 0; k < l->v[i].n_nodes; k++) {
            c->layer_of[l->v[i].nodes[k]] = i;
            c->reader_of[l->v[i].nodes[k]] = k;
        }
    }
}

static void count_readers(struct couple *c)
{
    c->readers = mem_zero((size_t)c->g->n_values, sizeof *c->readers);
    for (int i = 0; i < c->g->n_nodes; i++)
        for (int k = 0; k < c->g->nodes[i].n_inputs; k++)
            if (c->g->nodes[i].inputs[k] >= 0)
                c->readers[c->g->nodes[i].inputs[k]]++;
}

static void pin_value(struct couple *c, int value, enum pin_kind kind, const char *why)
{
    const struct value *v = &c->g->values[value];
    if (!v->constant)
        couple_pin(c, c->value_first[value], couple_width(&v->shape), kind, -1, why);
}

bool couple_begin(struct couple *c, const struct graph *g, const struct layers *l, struct err *e)
{
    int64_t n = variables(g, l);
    if (n > COUPLE_MAX) {
        err_set(e, ERR_UNSUPPORTED,
                "this model has %lld channels and positions, more than the %d that can be told apart",
                (long long)n, COUPLE_MAX);
        return err_hint(e, "export it for smaller inputs");
    }
    *c = (struct couple){.g = g, .l = l};
    make_values(c);
    make_layers(c);
    count_readers(c);
    for (int i = 0; i < g->n_inputs; i++)
        pin_value(c, g->inputs[i], PIN_INPUT, "it meets an input of the model");
    return true;
}

void couple_pin_outputs(struct couple *c)
{
    for (int i = 0; i < c->g->n_outputs; i++)
        pin_value(c, c->g->outputs[i], PIN_OUTPUT, "it is an output of the model");
}

void couple_end(struct couple *c)
{
    free(c->parent);
    free(c->pinned);
    free(c->value_first);
    free(c->units_first);
    free(c->inputs_first);
    free(c->layer_of);
    free(c->reader_of);
    free(c->readers);
    free(c->pins);
    free(c->uses);
}
