/* routes: see routes.h. How amounts are carried is flow.c's business. */
#include "engine/explain/routes.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/explain/flow.h"
#include "engine/explain/wiring.h"
#include "engine/prune/effect.h"

static double log10_of(flow_amount v)
{
    return v > 0 ? (double)log10l(v) : -INFINITY;
}

/* What the two directions say of each unit of a layer. */
static void look_units(const struct flow *f, flow_amount **in, flow_amount **out, int layer, struct routes *r)
{
    const struct layer *l = &f->l->v[layer];
    flow_amount *through = mem_zero((size_t)l->units, sizeof *through);
    for (int k = 0; k < l->n_nodes; k++) {
        int value = f->g->nodes[l->nodes[k]].outputs[0];
        if (value < 0 || l->swapped[k])
            continue;
        for (int64_t e = 0; e < f->elements[value]; e++)
            through[wiring_unit(f->g, l, value, e)] += in[value][e] * out[value][e];
    }
    for (int64_t u = 0; u < l->units; u++)
        r->unit_log10[layer][u] = log10_of(through[u]);
    free(through);
}

static void allocate(const struct layers *l, int64_t n_inputs, struct routes *r)
{
    *r = (struct routes){.n_layers = l->n, .n_inputs = n_inputs};
    r->unit_log10 = mem_zero((size_t)l->n, sizeof *r->unit_log10);
    r->input_links = mem_zero((size_t)n_inputs, sizeof *r->input_links);
    r->input_log10 = mem_zero((size_t)n_inputs, sizeof *r->input_log10);
    for (int i = 0; i < l->n; i++)
        r->unit_log10[i] = mem_zero((size_t)l->v[i].units, sizeof **r->unit_log10);
}

static void look_total(const struct flow *f, flow_amount **in, struct routes *r)
{
    flow_amount total = 0;
    for (int i = 0; i < f->g->n_outputs; i++)
        for (int64_t e = 0; e < f->elements[f->g->outputs[i]]; e++)
            total += in[f->g->outputs[i]][e];
    r->total_log10 = log10_of(total);
}

static void count_links(void *data, const struct edge_run *run)
{
    flow_amount *links = data;
    for (int64_t i = 0; run->weight >= 0 && i < run->count; i++)
        links[run->input + i * run->input_step] += 1;
}

/* By value: does something of the model's first input come to it before any layer? free() it. */
static uint8_t *find_early(const struct flow *f)
{
    uint8_t *early = mem_zero((size_t)f->g->n_values, 1);
    early[f->g->inputs[0]] = 1;
    for (int i = 0; i < f->g->n_nodes; i++) {
        const struct node *n = &f->g->nodes[i];
        for (int k = 0; !f->stops[i] && k < n->n_inputs; k++)
            for (int o = 0; n->inputs[k] >= 0 && early[n->inputs[k]] && o < n->n_outputs; o++)
                if (n->outputs[o] >= 0)
                    early[n->outputs[o]] = 1;
    }
    return early;
}

/* Connections of the first layers behind each input element: amounts that begin at those layers' inputs and go back. */
static void look_links(struct flow *f, struct routes *r)
{
    flow_amount **amounts = flow_amounts(f);
    flow_stop_at_layers(f);
    uint8_t *early = find_early(f);
    for (int i = 0; i < f->g->n_nodes; i++) {
        bool first = f->stops[i] && early[flow_data(f, i)];
        flow_amount *links = first ? amounts[flow_data(f, i)] : NULL;
        if (links)
            flow_edges(f, i, count_links, links);
    }
    free(early);
    flow_backward(f, amounts);
    for (int64_t e = 0; e < r->n_inputs; e++)
        r->input_links[e] = (int64_t)amounts[f->g->inputs[0]][e];
    flow_amounts_free(f, amounts);
}

bool routes_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, const atomic_bool *stop, struct routes *out)
{
    struct flow f;
    struct mask *left = m ? effect_of(l, c, m) : NULL;
    flow_init(&f, g, l, left);
    f.stop = stop;
    allocate(l, f.elements[g->inputs[0]], out);
    flow_amount **in = flow_from_inputs(&f), **back = flow_to_outputs(&f);
    for (int i = 0; i < l->n; i++)
        look_units(&f, in, back, i, out);
    for (int64_t e = 0; e < out->n_inputs; e++)
        out->input_log10[e] = log10_of(back[g->inputs[0]][e]);
    look_total(&f, in, out);
    flow_amounts_free(&f, in);
    flow_amounts_free(&f, back);
    look_links(&f, out);
    bool whole = !flow_stopped(&f);
    flow_release(&f);
    mask_unref(left);
    if (!whole)
        routes_release(out);
    return whole;
}

void routes_release(struct routes *r)
{
    for (int i = 0; i < r->n_layers; i++)
        free(r->unit_log10[i]);
    free(r->unit_log10);
    free(r->input_links);
    free(r->input_log10);
    *r = (struct routes){0};
}
