/* cmd_look: the commands that look inside without changing anything: layers, sizes, neuron. */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/report_json.h"
#include "app/session/look.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/explain/neuron.h"
#include "engine/prune/cost.h"

static double member(const struct json *object, const char *name)
{
    return json_num(json_get(object, name), NAN);
}

static void put_layer(struct json *list, const struct state *at, int i, const struct cost *c,
                      const struct wiring *w)
{
    const struct model *m = at->current;
    const struct layer *l = &m->layers.v[i];
    const struct layer_cost *lc = &c->layers[i];
    struct json *one = json_push_object(list), *shape;
    int64_t zeros = 0;
    const float *weights = layer_weights(m->graph, l);
    for (int64_t k = 0; k < l->weights; k++)
        zeros += weights[k] == 0;
    json_put_text(one, "name", l->name);
    json_put_text(one, "tensor", l->tensor);
    json_put_text(one, "op", l->op);
    shape = json_put_array(one, "shape");
    for (int d = 0; d < m->graph->values[l->value].shape.rank; d++)
        json_push_int(shape, m->graph->values[l->value].shape.dim[d]);
    json_put_int(one, "weights", l->weights);
    json_put_int(one, "kept", lc->kept);
    json_put_num(one, "sparsity", l->weights ? 1 - (double)lc->kept / (double)l->weights : NAN);
    json_put_int(one, "units", l->units);
    json_put_int(one, "inputs", l->inputs);
    json_put_int(one, "first", l->units ? model_unit(m, i, 0) : 0);
    json_put_int(one, "last", l->units ? model_unit(m, i, l->units - 1) : 0);
    json_put_int(one, "dead", w->dead[i]);
    json_put_int(one, "macs", lc->macs);
    json_put_int(one, "dense_macs", lc->dense_macs);
    json_put_null(one, "alone"); /* measured only where asked: alone=yes */
    json_put_int(one, "zeros", zeros);
    json_put_int(one, "dense_bytes", lc->dense_bytes);
    json_put_int(one, "bitmask_bytes", lc->bitmask_bytes);
    json_put_int(one, "csr_bytes", lc->csr_bytes);
    look_protection(at, i, one);
}

static struct json *layers_json(const struct state *at)
{
    const struct model *m = at->current;
    struct json *result = json_object(), *list = json_put_array(result, "layers");
    struct cost c;
    cost_of(m->graph, &m->layers, &m->coupling, at->mask, &c);
    for (int i = 0; i < m->layers.n; i++)
        put_layer(list, at, i, &c, state_wiring(at));
    cost_release(&c);
    return result;
}

static bool run_layers(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    bool alone;
    if (!session_need_model(s, e) || !read_yes(w, "alone", &alone, e))
        return false;
    const struct state *at = session_now(s);
    out->result = layers_json(at);
    return !alone || look_alone(s, at, out->result, e);
}

/* What cannot leave: the whole layer, or so many of its weights. */
static void say_protection(const struct json *l, struct buf *out)
{
    if (json_true(json_get(l, "protected"))) {
        buf_puts(out, "  protected");
    } else if (member(l, "protected_links") > 0) {
        buf_puts(out, "  ");
        num_count(out, (int64_t)member(l, "protected_links"));
        buf_puts(out, " protected");
    }
}

static void say_layers(const struct json *r, struct buf *out)
{
    const char *split = json_str(json_get(r, "split"));
    buf_printf(
        out,
        "layer                     op             weights        kept  sparsity  dead/units  alone%s%s\n",
        split ? " on " : "", split ? split : "");
    for (const struct json *l = json_first(json_get(r, "layers")); l; l = json_next(l)) {
        struct buf weights = {0}, kept = {0}, cut = {0};
        num_count(&weights, (int64_t)member(l, "weights"));
        num_count(&kept, (int64_t)member(l, "kept"));
        num_percent(&cut, member(l, "sparsity"), 1);
        buf_printf(out, "%-25s %-10s %11s %11s  %8s  %5.0f/%-5.0f ", json_str(json_get(l, "name")),
                   json_str(json_get(l, "op")), buf_text(&weights), buf_text(&kept), buf_text(&cut),
                   member(l, "dead"), member(l, "units"));
        if (json_is_number(json_get(l, "alone")))
            num_points(out, member(l, "alone"), 2);
        say_protection(l, out);
        buf_putc(out, '\n');
        buf_release(&weights);
        buf_release(&kept);
        buf_release(&cut);
    }
}

static bool run_sizes(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    (void)w;
    if (!session_need_model(s, e))
        return false;
    const struct state *at = session_now(s);
    const struct model *m = at->current;
    struct cost c;
    cost_of(m->graph, &m->layers, &m->coupling, at->mask, &c);
    out->result = json_object();
    put_sizes(out->result, &c, m->file_bytes);
    json_put_text(out->result, "smallest", c.smallest);
    cost_release(&c);
    look_activations(at, out->result);
    return true;
}

static void say_sizes(const struct json *r, struct buf *out)
{
    for (const struct json *size = json_first(json_get(r, "sizes")); size; size = json_next(size)) {
        buf_printf(out, "%-8s ", json_name(size));
        num_bytes(out, json_num(size, NAN));
        buf_putc(out, '\n');
    }
    buf_puts(out, "activations of one record at once: ");
    num_bytes(out, member(r, "activation_bytes"));
    buf_putc(out, '\n');
}

static bool run_neuron(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    struct place place;
    bool quick = words_key(w, "activity") && strcmp(words_key(w, "activity"), "no") == 0, given;
    if (!session_need_model(s, e) || !read_yes(w, "activity", &given, e))
        return false;
    const struct state *at = session_now(s);
    if (!state_place(at, w->args[0], &place, e))
        return false;
    if (place.unit < 0 || place.input >= 0) {
        err_set(e, ERR_USAGE, "%s is no unit", w->args[0]);
        return err_hint(e, "usage: neuron LAYER/UNIT");
    }
    out->result = look_neuron(s, at, place.layer, place.unit, !quick, e);
    return out->result != NULL;
}

static void say_links(const struct json *r, const char *list, const char *title, struct buf *out)
{
    size_t kept = 0;
    const struct json *links = json_get(r, list);
    for (const struct json *l = json_first(links); l; l = json_next(l))
        kept += member(l, "kept") > 0;
    buf_printf(out, "%s: %zu of %zu kept\n", title, kept, json_count(links));
    int shown = 0;
    for (const struct json *l = json_first(links); l && shown < 10; l = json_next(l)) {
        if (!(member(l, "kept") > 0))
            continue;
        buf_printf(out, "  %-24s %+.4f  ", json_str(json_get(l, "name")), member(l, "weight"));
        num_percent(out, member(l, "share"), 1);
        buf_putc(out, '\n');
        shown++;
    }
}

static void say_neuron(const struct json *r, struct buf *out)
{
    buf_printf(out, "%s/%.0f", json_str(json_get(r, "layer")), member(r, "original"));
    if (json_is_number(json_get(r, "bias")))
        buf_printf(out, "  bias %+.4f", member(r, "bias"));
    buf_puts(out, json_true(json_get(r, "dead")) ? "  DEAD: no way in or no way out\n" : "\n");
    say_links(r, "incoming", "hears", out);
    say_links(r, "outgoing", "is heard by", out);
    if (json_is_number(json_get(r, "silent")))
        buf_printf(out, "on %s: ", json_str(json_get(r, "split")));
    if (json_is_number(json_get(r, "twin")))
        buf_printf(out, "agrees with its dense twin: r = %.2f; ", member(r, "twin"));
    if (json_is_number(json_get(r, "silent"))) {
        buf_puts(out, "silent on ");
        num_percent(out, member(r, "silent"), 1);
        buf_puts(out, " of the records (dense ");
        num_percent(out, member(r, "dense_silent"), 1);
        buf_puts(out, ")\n");
    }
}

static const struct command_key layers_keys[] = {
    {"alone", "yes|no", "measure what each layer's cuts cost alone"}, {NULL, NULL, NULL}};

static const struct command_key neuron_keys[] = {{"activity", "yes|no", "measure what it does on records"},
                                                 {NULL, NULL, NULL}};

const struct command command_layers = {.name = "layers",
                                       .kind = COMMAND_QUERY,
                                       .usage = "layers alone=yes",
                                       .about = "the table of layers",
                                       .keys = layers_keys,
                                       .run = run_layers,
                                       .say = say_layers};
const struct command command_sizes = {.name = "sizes",
                                      .kind = COMMAND_QUERY,
                                      .usage = "sizes",
                                      .about = "bytes in every storage, and of activations",
                                      .run = run_sizes,
                                      .say = say_sizes};
const struct command command_neuron = {.name = "neuron",
                                       .kind = COMMAND_QUERY,
                                       .min_args = 1,
                                       .max_args = 1,
                                       .args = "UNIT",
                                       .usage = "neuron fc1/37",
                                       .about = "what a unit hears and who hears it",
                                       .keys = neuron_keys,
                                       .run = run_neuron,
                                       .say = say_neuron};
