/* neuron: see neuron.h. */
#include "engine/explain/neuron.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/explain/reach.h"
#include "engine/graph/weighted.h"
#include "engine/prune/effect.h"

/* Where each element of a value comes from: a number for each input element and unit, carried as three sums (count, number, number
 * squared), so that an element with several sources is told from one whose sources agree. Numbers are small enough for the squares
 * to stay exact. */
struct origins {
    const struct flow *f;
    flow_amount **count, **code, **square;
    int64_t *
        first; /* by layer: the number of its unit 0; one more at the end. Below first[0] lie the input's elements */
};

static void set_code(struct origins *o, int value, int64_t element, flow_amount code)
{
    o->count[value][element] = 1;
    o->code[value][element] = code;
    o->square[value][element] = code * code;
}

static void number_units(const struct flow *f, struct origins *o)
{
    o->first = mem_alloc((size_t)f->l->n + 1, sizeof *o->first);
    o->first[0] = f->elements[f->g->inputs[0]];
    for (int i = 0; i < f->l->n; i++)
        o->first[i + 1] = o->first[i] + f->l->v[i].units;
}

static void origins_find(const struct flow *f, struct origins *o)
{
    *o = (struct origins){
        .f = f, .count = flow_amounts(f), .code = flow_amounts(f), .square = flow_amounts(f)};
    number_units(f, o);
    for (int64_t e = 0; e < o->first[0]; e++)
        set_code(o, f->g->inputs[0], e, (flow_amount)e);
    for (int i = 0; i < f->l->n; i++)
        for (int k = 0; k < f->l->v[i].n_nodes; k++) {
            int value = f->g->nodes[f->l->v[i].nodes[k]].outputs[0];
            for (int64_t e = 0; value >= 0 && e < f->elements[value]; e++)
                set_code(o, value, e, (flow_amount)(o->first[i] + wiring_unit(f->g, &f->l->v[i], value, e)));
        }
    flow_forward(f, o->count);
    flow_forward(f, o->code);
    flow_forward(f, o->square);
}

static void origins_release(struct origins *o)
{
    flow_amounts_free(o->f, o->count);
    flow_amounts_free(o->f, o->code);
    flow_amounts_free(o->f, o->square);
    free(o->first);
}

/* The one source of an element into link->layer and ->source; layer -2 where there are several or none. */
static void origin_of(const struct origins *o, int value, int64_t element, struct link *link)
{
    flow_amount n = o->count[value] ? o->count[value][element] : 0;
    link->layer = -2;
    link->source = -1;
    if (n < 1)
        return;
    flow_amount code = o->code[value][element] / n;
    if (o->square[value][element] / n - code * code > 0.01L)
        return;
    int64_t number = (int64_t)roundl(code);
    int layer = -1;
    while (layer + 1 < o->f->l->n && number >= o->first[layer + 1])
        layer++;
    link->layer = layer;
    link->source = layer < 0 ? number : number - o->first[layer];
}

/* The element of the layer's data input that its input number i reads (a channel's first position). */
static int64_t input_element(const struct graph *g, const struct layer *l, int value, int64_t unit,
                             int64_t input)
{
    int64_t channel = unit / (l->units / l->groups) * l->inputs + input;
    if (l->taps_rank == 0)
        return input;
    int64_t plane = 1;
    for (int d = 2; d < g->values[value].shape.rank; d++)
        plane *= g->values[value].shape.dim[d];
    return channel * plane;
}

static void sum_link(struct link *link, double dense, bool kept)
{
    link->of++;
    link->kept += kept;
    link->weight += dense * dense;
    link->pruned += kept ? dense * dense : 0;
}

/* Squares to a signed weight or an L2 norm. */
static void finish_link(struct link *link, double single)
{
    link->weight = link->of == 1 ? single : sqrt(link->weight);
    link->pruned = link->of == 1 ? (link->kept ? single : 0) : sqrt(link->pruned);
}

static void find_shares(struct link *links, int64_t n, int64_t *kept)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += fabs(links[i].pruned);
    for (int64_t i = 0; i < n; i++) {
        links[i].share = sum > 0 ? fabs(links[i].pruned) / sum : 0;
        *kept += links[i].kept > 0;
    }
}

/* Inputs that stem from one flattened unit are told apart by their order. */
static void number_positions(struct link *in, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        bool same =
            i > 0 && in[i].layer >= 0 && in[i].layer == in[i - 1].layer && in[i].source == in[i - 1].source;
        bool next = i + 1 < n && in[i].layer >= 0 && in[i].layer == in[i + 1].layer &&
                    in[i].source == in[i + 1].source;
        in[i].position = same ? in[i - 1].position + 1 : next ? 0 : -1;
    }
}

static bool source_lives(const struct wiring *now, const struct link *link)
{
    return link->layer < 0 || now->alive_in[link->layer][link->source];
}

static void find_incoming(const struct flow *f, const struct mask *left, const struct wiring *now,
                          struct neuron *n)
{
    const struct layer *l = &f->l->v[n->layer];
    int value = flow_data(f, l->node);
    const float *w = layer_weights(f->g, l);
    struct origins o;
    origins_find(f, &o);
    n->n_in = l->inputs;
    n->in = mem_zero((size_t)l->inputs, sizeof *n->in);
    for (int64_t i = 0; i < l->inputs; i++) {
        struct link *link = &n->in[i];
        double single = 0;
        link->index = link->input = i;
        for (int64_t t = 0; t < l->taps; t++) {
            int64_t at = layer_index(l, n->unit, i, t);
            single = w[at];
            sum_link(link, single, mask_weight(left, n->layer, at));
        }
        finish_link(link, single);
        origin_of(&o, value, input_element(f->g, l, value, n->unit, i), link);
        link->live = source_lives(now, link);
    }
    number_positions(n->in, n->n_in);
    find_shares(n->in, n->n_in, &n->kept_in);
    origins_release(&o);
}

/* Collects a consumer's weights that read the marked elements, each once. */
struct outgoing {
    const struct flow *f;
    const struct mask *left;
    const uint8_t *marked;
    int layer;
    uint8_t *seen; /* by weight of the consumer */
    struct link *by_unit;
    double *single;
    const float *w;
};

static void take_weight(struct outgoing *o, int64_t weight)
{
    int64_t unit, in, tap;
    if (o->seen[weight])
        return;
    o->seen[weight] = 1;
    layer_position(&o->f->l->v[o->layer], weight, &unit, &in, &tap);
    o->by_unit[unit].input = o->by_unit[unit].of == 0 || o->by_unit[unit].input == in ? in : -1;
    sum_link(&o->by_unit[unit], o->w[weight], mask_weight(o->left, o->layer, weight));
    o->single[unit] = o->w[weight];
}

static void take_edges(void *data, const struct edge_run *run)
{
    struct outgoing *o = data;
    for (int64_t i = 0; run->weight >= 0 && i < run->count; i++)
        if (o->marked[run->input + i * run->input_step])
            take_weight(o, run->weight + i * run->weight_step);
}

/* Does a tap read a marked position of a channel? */
static bool tap_reads(const struct weighted *w, const uint8_t *channel, int64_t tap)
{
    for (int64_t y = 0; y < w->axis[0].out; y++) {
        int64_t row = weighted_reads(w, 0, y, tap / w->axis[1].kernel);
        for (int64_t x = 0; row >= 0 && x < w->axis[1].out; x++) {
            int64_t column = weighted_reads(w, 1, x, tap % w->axis[1].kernel);
            if (column >= 0 && channel[(row * w->axis[1].in + column) * w->x_position])
                return true;
        }
    }
    return false;
}

static bool any_marked(const struct weighted *w, const uint8_t *channel)
{
    for (int64_t p = 0; p < weighted_sources(w); p++)
        if (channel[p * w->x_position])
            return true;
    return false;
}

/* The weights of one input through one tap: all rows read what it reads. */
static void take_rows(struct outgoing *o, int node, int64_t group, int64_t input, int64_t tap)
{
    const struct weighted *w = op_weighted(&o->f->g->nodes[node]);
    int64_t row_step = w->row_step, input_step = w->input_step;
    flow_file_steps(o->f, node, &row_step, &input_step);
    for (int64_t r = 0; r < w->rows; r++)
        take_weight(o, group * w->group_step + r * row_step + input * input_step + tap);
}

static void take_sums(struct outgoing *o, int node)
{
    const struct weighted *w = op_weighted(&o->f->g->nodes[node]);
    for (int64_t at = 0; at < w->blocks * w->groups; at++)
        for (int64_t i = 0; i < w->inputs; i++) {
            const uint8_t *channel =
                o->marked + at / w->groups * w->x_block + at % w->groups * w->x_group + i * w->x_input;
            for (int64_t tap = 0; any_marked(w, channel) && tap < w->taps; tap++)
                if (tap_reads(w, channel, tap))
                    take_rows(o, node, at % w->groups, i, tap);
        }
}

static void add_outgoing(const struct outgoing *o, const struct wiring *now, struct neuron *n)
{
    int64_t units = o->f->l->v[o->layer].units;
    n->out = mem_resize(n->out, (size_t)(n->n_out + units), sizeof *n->out);
    for (int64_t u = 0; u < units; u++) {
        struct link link = o->by_unit[u];
        if (link.of == 0)
            continue;
        finish_link(&link, o->single[u]);
        link.layer = o->layer;
        link.index = u;
        link.source = n->unit;
        link.position = -1;
        link.live = now->alive_out[o->layer][u];
        n->out[n->n_out++] = link;
    }
}

/* Mark what the unit's results become before any other layer reads them. */
static uint8_t **mark_results(const struct flow *f, const struct neuron *n)
{
    uint8_t **marked = reach_marks(f);
    const struct layer *l = &f->l->v[n->layer];
    for (int k = 0; k < l->n_nodes; k++) {
        int value = f->g->nodes[l->nodes[k]].outputs[0];
        for (int64_t e = 0; value >= 0 && e < f->elements[value]; e++)
            marked[value][e] = wiring_unit(f->g, l, value, e) == n->unit;
    }
    reach_forward(f, marked);
    return marked;
}

static void find_outgoing(const struct flow *f, const struct mask *left, const struct wiring *now,
                          struct neuron *n)
{
    uint8_t **marked = mark_results(f, n);
    for (int i = 0; i < f->g->n_nodes; i++) {
        int layer = f->layer_of[i];
        int value = layer < 0 ? -1 : flow_data(f, i);
        if (value < 0 || !marked[value])
            continue;
        const struct layer *l = &f->l->v[layer];
        struct outgoing o = {
            .f = f, .left = left, .marked = marked[value], .layer = layer, .w = layer_weights(f->g, l)};
        o.seen = mem_zero((size_t)l->weights, 1);
        o.by_unit = mem_zero((size_t)l->units, sizeof *o.by_unit);
        o.single = mem_zero((size_t)l->units, sizeof *o.single);
        if (op_weighted(&f->g->nodes[i]))
            take_sums(&o, i);
        else
            flow_edges(f, i, take_edges, &o);
        add_outgoing(&o, now, n);
        free(o.seen);
        free(o.by_unit);
        free(o.single);
    }
    reach_free(f, marked);
    find_shares(n->out, n->n_out, &n->kept_out);
}

void neuron_find(const struct graph *g, const struct layers *l, const struct coupling *c,
                 const struct mask *m, const struct wiring *now, int layer, int64_t unit, struct neuron *out)
{
    struct flow f;
    const struct layer *at = &l->v[layer];
    *out = (struct neuron){.layer = layer, .unit = unit, .bias = NAN};
    if (at->bias >= 0)
        out->bias = tensor_real(g->values[at->bias].constant, unit);
    out->removed = mask_removed(m, layer, unit);
    out->dead = !now->alive_in[layer][unit] || !now->alive_out[layer][unit];
    struct mask *left = effect_of(l, c, m);
    flow_init(&f, g, l, NULL);
    flow_stop_at_layers(&f);
    find_incoming(&f, left, now, out);
    find_outgoing(&f, left, now, out);
    flow_release(&f);
    mask_unref(left);
}

void neuron_release(struct neuron *n)
{
    free(n->in);
    free(n->out);
    *n = (struct neuron){0};
}
