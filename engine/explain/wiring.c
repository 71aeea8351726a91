/* wiring: see wiring.h. How amounts are carried is flow.c's business. */
#include "engine/explain/wiring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/explain/flow.h"

static double log10_of(flow_amount v)
{
    return v > 0 ? (double)log10l(v) : -INFINITY;
}

int64_t wiring_unit(const struct graph *g, const struct layer *l, int value, int64_t element)
{
    const struct shape *s = &g->values[value].shape;
    if (l->taps_rank == 0)
        return s->rank ? element % l->units : 0;
    int64_t positions = 1;
    for (int d = 2; d < s->rank; d++)
        positions *= s->dim[d];
    return element / positions % l->units;
}

/* What the two directions say of each unit of a layer. */
static void look_units(const struct flow *f, flow_amount **in, flow_amount **out, int layer, struct wiring *w)
{
    const struct layer *l = &f->l->v[layer];
    flow_amount *through = mem_zero((size_t)l->units, sizeof *through);
    for (int k = 0; k < l->n_nodes; k++) {
        int value = f->g->nodes[l->nodes[k]].outputs[0];
        if (value < 0 || l->swapped[k])
            continue;
        for (int64_t e = 0; e < f->elements[value]; e++) {
            int64_t u = wiring_unit(f->g, l, value, e);
            w->alive_in[layer][u] |= in[value][e] > 0;
            w->alive_out[layer][u] |= out[value][e] > 0;
            through[u] += in[value][e] * out[value][e];
        }
    }
    for (int64_t u = 0; u < l->units; u++) {
        w->unit_routes_log10[layer][u] = log10_of(through[u]);
        w->dead[layer] += !w->alive_in[layer][u] || !w->alive_out[layer][u];
    }
    w->dead_total += w->dead[layer];
    w->units_total += l->units;
    free(through);
}

static void allocate(const struct layers *l, int64_t n_inputs, struct wiring *w)
{
    size_t n = (size_t)l->n;
    *w = (struct wiring){.n_layers = l->n, .n_inputs = n_inputs};
    w->alive_in = mem_zero(n, sizeof *w->alive_in);
    w->alive_out = mem_zero(n, sizeof *w->alive_out);
    w->unit_routes_log10 = mem_zero(n, sizeof *w->unit_routes_log10);
    w->dead = mem_zero(n, sizeof *w->dead);
    w->input_alive = mem_zero((size_t)n_inputs, 1);
    w->input_links = mem_zero((size_t)n_inputs, sizeof *w->input_links);
    w->input_routes_log10 = mem_zero((size_t)n_inputs, sizeof *w->input_routes_log10);
    for (int i = 0; i < l->n; i++) {
        w->alive_in[i] = mem_zero((size_t)l->v[i].units, 1);
        w->alive_out[i] = mem_zero((size_t)l->v[i].units, 1);
        w->unit_routes_log10[i] = mem_zero((size_t)l->v[i].units, sizeof **w->unit_routes_log10);
    }
}

static void look_inputs(const struct flow *f, flow_amount **out, struct wiring *w)
{
    for (int64_t e = 0; e < w->n_inputs; e++) {
        flow_amount routes = out[f->g->inputs[0]][e];
        w->input_alive[e] = routes > 0;
        w->cut_inputs += !w->input_alive[e];
        w->input_routes_log10[e] = log10_of(routes);
    }
}

static void look_total(const struct flow *f, flow_amount **in, struct wiring *w)
{
    flow_amount total = 0;
    for (int i = 0; i < f->g->n_outputs; i++)
        for (int64_t e = 0; e < f->elements[f->g->outputs[i]]; e++)
            total += in[f->g->outputs[i]][e];
    w->routes_log10 = log10_of(total);
    w->routes = total <= 0x1p53L ? (double)total : NAN;
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
static void look_links(struct flow *f, struct wiring *w)
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
    for (int64_t e = 0; e < w->n_inputs; e++)
        w->input_links[e] = (int64_t)amounts[f->g->inputs[0]][e];
    flow_amounts_free(f, amounts);
}

void wiring_find(const struct graph *g, const struct layers *l, const struct mask *m, struct wiring *out)
{
    struct flow f;
    flow_init(&f, g, l, m);
    allocate(l, f.elements[g->inputs[0]], out);
    flow_amount **in = flow_from_inputs(&f), **back = flow_to_outputs(&f);
    for (int i = 0; i < l->n; i++)
        look_units(&f, in, back, i, out);
    look_inputs(&f, back, out);
    look_total(&f, in, out);
    flow_amounts_free(&f, in);
    flow_amounts_free(&f, back);
    look_links(&f, out);
    flow_release(&f);
}

void wiring_release(struct wiring *w)
{
    for (int i = 0; i < w->n_layers; i++) {
        free(w->alive_in[i]);
        free(w->alive_out[i]);
        free(w->unit_routes_log10[i]);
    }
    void *blocks[] = {w->alive_in,    w->alive_out,   w->unit_routes_log10, w->dead,
                      w->input_alive, w->input_links, w->input_routes_log10};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    *w = (struct wiring){0};
}
