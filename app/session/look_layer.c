/* look_layer: one layer as the screens and the command show it: engine/explain/pattern with names. See look.h. */
#include "app/session/look.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/explain/pattern.h"

static int64_t number_for_life(int64_t *const *numbers, int layer, int64_t i)
{
    return numbers && numbers[layer] ? numbers[layer][i] : i;
}

void look_input_name(const struct state *at, int layer, int64_t input, bool reads_input, struct buf *out)
{
    const struct model *m = at->current;
    const struct layer *l = &m->layers.v[layer];
    const int *set_read = m->coupling.set_read[layer];
    int set = set_read[input];
    int64_t position = 0;
    if (reads_input && l->taps_rank == 0) {
        char *name = state_input_name(at, number_for_life(m->input_numbers, layer, input));
        buf_puts(out, name);
        free(name);
        return;
    }
    if (set < 0 || m->coupling.sets[set].n_units == 0) {
        buf_printf(out, "%s %lld", l->taps_rank ? "channel" : "input",
                   (long long)number_for_life(m->input_numbers, layer, input));
        return;
    }
    const struct unit *u = &m->coupling.sets[set].units[0];
    buf_printf(out, "%s/%lld", m->layers.v[u->layer].name,
               (long long)number_for_life(m->numbers, u->layer, u->unit));
    if (m->coupling.sets[set].n_units > 1)
        buf_printf(out, " (of %d coupled)", m->coupling.sets[set].n_units);
    while (input > position && set_read[input - position - 1] == set)
        position++;
    if (position > 0 || (input + 1 < l->inputs && set_read[input + 1] == set))
        buf_printf(out, " #%lld", (long long)position);
}

/* "a", or "a .. b" of the first and last input of each block. */
static void put_column_names(struct json *result, const struct state *at, int layer,
                             const struct pattern_side *s)
{
    struct json *list = json_put_array(result, "column_names");
    bool reads = layer_reads_input(at->current->graph, &at->current->layers.v[layer]) >= 0;
    for (int b = 0; b < s->blocks; b++) {
        struct buf name = {0};
        int64_t first = b * s->per, last = first + s->per < s->n ? first + s->per - 1 : s->n - 1;
        look_input_name(at, layer, s->at[first], reads, &name);
        if (last > first) {
            buf_puts(&name, " .. ");
            look_input_name(at, layer, s->at[last], reads, &name);
        }
        json_push_text(list, buf_text(&name));
        buf_release(&name);
    }
}

/* The numbers that stand first and last in each block. */
static void put_ends(struct json *result, const char *first, const char *last, const struct pattern_side *s,
                     int64_t *const *numbers, int layer)
{
    struct json *from = json_put_array(result, first), *to = json_put_array(result, last);
    for (int b = 0; b < s->blocks; b++) {
        int64_t end = (b + 1) * s->per < s->n ? (b + 1) * s->per : s->n;
        json_push_int(from, number_for_life(numbers, layer, s->at[b * s->per]));
        json_push_int(to, number_for_life(numbers, layer, s->at[end - 1]));
    }
}

static void put_blocks(struct json *result, const struct layer_pattern *p)
{
    struct json *kept = json_put_array(result, "block_kept"), *of = json_put_array(result, "block_of"),
                *mean = json_put_array(result, "block_mean"), *lost = json_put_array(result, "block_lost"),
                *dense = json_put_array(result, "block_dense");
    for (int64_t i = 0; i < (int64_t)p->units.blocks * p->inputs.blocks; i++) {
        json_push_int(kept, p->blocks[i].kept);
        json_push_int(of, p->blocks[i].of);
        json_push(mean, json_number(p->blocks[i].mean));
        json_push(lost, json_number(p->blocks[i].lost));
        json_push(dense, json_number(p->blocks[i].dense));
    }
}

static void put_histogram(struct json *result, const struct layer_pattern *p)
{
    struct json *h = json_put_object(result, "histogram");
    json_put_num(h, "width", p->bin_width);
    struct json *kept = json_put_array(h, "kept"), *cut = json_put_array(h, "cut");
    for (int i = 0; i < PATTERN_BINS; i++) {
        json_push_int(kept, p->bins_kept[i]);
        json_push_int(cut, p->bins_cut[i]);
    }
}

static void put_fan(struct json *result, const char *name, const struct pattern_fan *f)
{
    struct json *one = json_put_object(result, name);
    json_put_int(one, "min", f->least);
    json_put_num(one, "median", f->median);
    json_put_int(one, "max", f->most);
    json_put_int(one, "none", f->none);
}

static void put_layer(struct json *result, const struct layer *l, const struct layer_pattern *p,
                      enum pattern_order order)
{
    json_put_text(result, "layer", l->name);
    json_put_text(result, "op", l->op);
    json_put_int(result, "units", l->units);
    json_put_int(result, "inputs", l->inputs);
    json_put_int(result, "taps", l->taps);
    json_put_int(result, "groups", l->groups);
    json_put_int(result, "weights", p->of);
    json_put_int(result, "kept", p->kept);
    json_put_num(result, "energy", p->energy);
    json_put_num(result, "mean_kept", p->mean_kept);
    json_put_num(result, "threshold", p->threshold);
    json_put_num(result, "smallest_kept", p->smallest_kept);
    json_put_num(result, "largest_cut", p->largest_cut);
    put_fan(result, "fan_in", &p->fan_in);
    put_fan(result, "fan_out", &p->fan_out);
    json_put_text(result, "order", pattern_order_names[order]);
    json_put_int(result, "rows", p->units.blocks);
    json_put_int(result, "columns", p->inputs.blocks);
    json_put_int(result, "row_units", p->units.per);
    json_put_int(result, "column_inputs", p->inputs.per);
}

struct json *look_layer(const struct state *at, int layer, const struct pattern_wish *wish)
{
    const struct model *m = at->current;
    struct layer_pattern p;
    struct json *result = json_object();
    pattern_find(&m->layers, &m->coupling, layer, layer_weights(m->graph, &m->layers.v[layer]), at->mask,
                 wish, &p);
    put_layer(result, &m->layers.v[layer], &p, wish->order);
    put_ends(result, "row_first", "row_last", &p.units, m->numbers, layer);
    put_ends(result, "column_first", "column_last", &p.inputs, m->input_numbers, layer);
    put_column_names(result, at, layer, &p.inputs);
    put_blocks(result, &p);
    put_histogram(result, &p);
    pattern_release(&p);
    return result;
}
