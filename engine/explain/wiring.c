/* wiring: see wiring.h. What is reached is reach.c's business. */
#include "engine/explain/wiring.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/explain/reach.h"
#include "engine/prune/effect.h"

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
static void look_units(const struct flow *f, uint8_t **in, uint8_t **out, int layer, struct wiring *w)
{
    const struct layer *l = &f->l->v[layer];
    for (int k = 0; k < l->n_nodes; k++) {
        int value = f->g->nodes[l->nodes[k]].outputs[0];
        for (int64_t e = 0; value >= 0 && !l->swapped[k] && e < f->elements[value]; e++) {
            int64_t u = wiring_unit(f->g, l, value, e);
            w->alive_in[layer][u] |= in[value][e];
            w->alive_out[layer][u] |= out[value][e];
        }
    }
    for (int64_t u = 0; u < l->units; u++)
        w->dead[layer] += !w->alive_in[layer][u] || !w->alive_out[layer][u];
    w->dead_total += w->dead[layer];
    w->units_total += l->units;
}

static void allocate(const struct layers *l, int64_t n_inputs, struct wiring *w)
{
    size_t n = (size_t)l->n;
    *w = (struct wiring){.n_layers = l->n, .n_inputs = n_inputs};
    w->alive_in = mem_zero(n, sizeof *w->alive_in);
    w->alive_out = mem_zero(n, sizeof *w->alive_out);
    w->dead = mem_zero(n, sizeof *w->dead);
    w->input_alive = mem_zero((size_t)n_inputs, 1);
    for (int i = 0; i < l->n; i++) {
        w->alive_in[i] = mem_zero((size_t)l->v[i].units, 1);
        w->alive_out[i] = mem_zero((size_t)l->v[i].units, 1);
    }
}

void wiring_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, struct wiring *out)
{
    struct flow f;
    struct mask *left = m ? effect_of(l, c, m) : NULL;
    flow_init(&f, g, l, left);
    allocate(l, f.elements[g->inputs[0]], out);
    uint8_t **in = reach_from_inputs(&f), **back = reach_to_outputs(&f);
    for (int i = 0; i < l->n; i++)
        look_units(&f, in, back, i, out);
    for (int64_t e = 0; e < out->n_inputs; e++) {
        out->input_alive[e] = back[g->inputs[0]][e];
        out->cut_inputs += !out->input_alive[e];
    }
    reach_free(&f, in);
    reach_free(&f, back);
    flow_release(&f);
    mask_unref(left);
}

void wiring_release(struct wiring *w)
{
    for (int i = 0; i < w->n_layers; i++) {
        free(w->alive_in[i]);
        free(w->alive_out[i]);
    }
    void *blocks[] = {w->alive_in, w->alive_out, w->dead, w->input_alive};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    *w = (struct wiring){0};
}
