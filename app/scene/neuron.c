/* neuron: the fifth screen's scene: what a unit hears and who hears it, dense beside pruned; the picture of its weights. */
#include "views/neuron.h"

#include <math.h>
#include <string.h>

#include "app/find.h"
#include "app/scene/facts_of.h"
#include "app/scene/kernels.h"
#include "app/scene/links.h"
#include "app/scene/unit_table.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { WORDS = 4 };

/* Panes are narrow. */
static const char *chip(const struct ui *u, struct scratch *memory, size_t hidden)
{
    const char *filter = find_filter(u);
    return filter ? scratch_printf(memory, "only '%s': %s hidden; Esc shows all", filter,
                                   count_text(memory, (int64_t)hidden))
                  : NULL;
}

static void fill_pane(const struct ui *u, bool out, struct scratch *memory, struct link_pane *pane)
{
    const struct unit_side *side = &u->board.unit->side[out];
    const struct link_list list = links_listed(u, out, memory);
    *pane = (struct link_pane){.title = out ? "Out" : "In",
                               .rows = list.rows,
                               .count = list.n,
                               .chip = chip(u, memory, list.hidden),
                               .kept = (int64_t)side->kept,
                               .of = (int64_t)side->n,
                               .selected = (size_t)clamp_to((int64_t)u->link[out], (int64_t)list.n)};
    if (!out && json_is_number(json_get(u->board.item[BOARD_NEURON], "bias")))
        pane->bias = amount_signed(number_of(u->board.item[BOARD_NEURON], "bias"), 3);
    if (side->n == side->kept)
        return;
    const struct link_row *largest = &side->by[ASPECT_PRUNED].rows[side->kept];
    pane->footnote = scratch_printf(
        memory, fabs(largest->dense) < 0.0005 ? "cut %zu%s, largest %s %+.0e" : "cut %zu%s, largest %s %+.3f",
        side->n - side->kept, u->all_cut || u->aspect != ASPECT_PRUNED ? "" : " (c lists)", largest->name,
        largest->dense);
}

static void fill_words(const struct ui *u, struct scratch *memory, struct neuron_scene *s)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    const char **words = scratch_take(memory, WORDS, sizeof *words);
    double twin = u->board.unit->activity.twin;
    if (u->board.unit->inputs)
        words[s->word_count++] = u->board.unit->inputs;
    if (json_true(json_get(n, "dead")))
        words[s->word_count++] = "It is cut off: no way in or no way out. All that is left is its bias.";
    else if (isfinite(twin))
        words[s->word_count++] = twin > 0.9   ? "It still does what its dense twin does."
                                 : twin > 0.5 ? "It does about what its dense twin does."
                                              : "It no longer does what its dense twin does.";
    if (*text_of(n, "belongs", ""))
        words[s->word_count++] = text_of(n, "belongs", "");
    s->words = words;
}

/* As known before the last change, or not yet. */
static struct amount acting(const struct ui *u, struct amount a)
{
    a = trusted(u, BOARD_NEURON, a);
    if (u->board.unit->activity.before && a.trust == TRUST_EXACT)
        a.trust = TRUST_STALE;
    return a;
}

/* Measured after the rest: "?" until then, so that nothing moves when it comes. Without data it never does. */
static void activity_facts(const struct ui *u, struct scratch *memory, struct fact_list *list)
{
    const struct unit_activity *a = &u->board.unit->activity;
    struct fact *f;
    if (!u->board.item[BOARD_DATA] && !a->measured)
        return;
    if (!a->measured || isfinite(a->twin)) /* where one of both never varies there is none */
        fact_add(list, memory, "r with twin", acting(u, amount_plain(a->twin, 2)));
    f = fact_add(list, memory, "silent on", acting(u, amount_percent(a->silent, 0)));
    if (a->measured)
        f->note = scratch_printf(memory, "(dense %.0f%%)", 100 * a->dense_silent);
}

static void fill_facts(const struct ui *u, struct scratch *memory, struct neuron_scene *s)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    struct fact_list list = {0};
    struct fact *f;
    double routes = number_of(n, "routes"), log_routes = number_of(n, "routes_log10");
    if (isfinite(routes))
        f = fact_add(&list, memory, "routes through", trusted(u, BOARD_NEURON, amount_count(routes)));
    else {
        f = fact_add(&list, memory, "routes through", (struct amount){0});
        f->note = isfinite(log_routes) ? scratch_printf(memory, "10^%.1f", log_routes) : "?";
    }
    if (isfinite(number_of(n, "dense_routes_log10"))) {
        f = fact_add(&list, memory, "dense", (struct amount){0});
        f->note = scratch_printf(memory, "10^%.1f", number_of(n, "dense_routes_log10"));
    }
    const struct json *field = json_first(json_get(n, "field"));
    if (field) {
        f = fact_add(&list, memory, "receptive field", (struct amount){0});
        f->note =
            scratch_printf(memory, "%.0f x %.0f", json_num(field, NAN), json_num(json_next(field), NAN));
    }
    activity_facts(u, memory, &list);
    s->facts = list.rows;
    s->fact_count = list.n;
}

/* Incoming weights of a unit that reads an image's pixels. */
static void fill_image(const struct ui *u, struct scratch *memory, struct weight_picture *p)
{
    const struct json *in = json_first(json_get(u->board.item[BOARD_MODEL], "inputs")),
                      *shape = json_get(in, "shape");
    const struct json *links = json_get(u->board.item[BOARD_NEURON], "incoming"), *first = json_first(links);
    double dim[4] = {0};
    int rank = 0;
    for (const struct json *d = json_first(shape); d && rank < 4; d = json_next(d))
        dim[rank++] = json_num(d, 0);
    if (rank != 4 || dim[1] != 1 || (double)json_count(links) != dim[2] * dim[3] ||
        json_str(json_get(first, "layer")))
        return;
    float *dense = scratch_take(memory, json_count(links), sizeof *dense),
          *pruned = scratch_take(memory, json_count(links), sizeof *pruned);
    size_t i = 0;
    for (const struct json *l = first; l; l = json_next(l), i++) {
        dense[i] = (float)number_of(l, "weight");
        pruned[i] = (float)number_of(l, "pruned");
    }
    struct weight_tile *tile = scratch_take(memory, 1, sizeof *tile);
    *tile = (struct weight_tile){"weights of the pixels", dense, pruned};
    *p = (struct weight_picture){scratch_printf(memory, "Incoming weights, %.0f x %.0f", dim[2], dim[3]),
                                 (int)dim[2],
                                 (int)dim[3],
                                 tile,
                                 1,
                                 0};
}

/* The kernels begin with the one of the incoming link under the cursor. */
static size_t first_kernel(const struct ui *u)
{
    const struct json *link = u->out_pane ? NULL : links_selected(u);
    size_t n = 0;
    for (const struct json *l = json_first(json_get(u->board.item[BOARD_NEURON], "incoming")); l && l != link;
         l = json_next(l))
        n++;
    return link ? n : 0;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    if (!n)
        return NULL;
    struct neuron_scene *s = scratch_take(memory, 1, sizeof *s);
    s->layer = text_of(n, "layer", "?");
    s->unit = count_of(n, "original");
    s->aspect = (enum aspect)u->aspect;
    s->on_unit = links_on_unit(u);
    s->protected_ = json_true(json_get(n, "protected"));
    fill_pane(u, false, memory, &s->in);
    fill_pane(u, true, memory, &s->out);
    s->out_active = u->out_pane;
    fill_words(u, memory, s);
    fill_facts(u, memory, s);
    if (json_get(n, "kernel")) {
        kernels_fill(n, memory, &s->picture);
        s->picture.first = first_kernel(u);
    } else {
        fill_image(u, memory, &s->picture);
    }
    s->state = json_true(json_get(n, "removed")) ? "removed"
               : json_true(json_get(n, "dead"))  ? "dead: no way in or no way out"
                                                 : NULL;
    return s;
}

static size_t shown_links(const struct ui *u)
{
    struct scratch memory = {0};
    size_t n = links_listed(u, u->out_pane, &memory).n;
    scratch_release(&memory);
    return n;
}

/* The cursor goes onto the unit itself, which stands above the links of the first pane. */
static void go_to_unit(struct ui *u)
{
    u->on_unit = true;
    u->out_pane = false;
    neuron_say_unit(u);
}

static void move(struct ui *u, int64_t by)
{
    size_t *at = &u->link[u->out_pane], n = shown_links(u);
    bool first = *at == 0 || n == 0;
    if (by < 0 && first && u->board.unit) {
        go_to_unit(u);
    } else if (by > 0 && u->on_unit) {
        u->on_unit = false;
        *at = step_to(u, 0, n ? by - 1 : by, n, "link");
    } else {
        *at = step_to(u, *at, by, n, "link");
    }
}

/* Ask for the unit that u->at names. */
static void open(struct ui *u)
{
    const struct json *l = layer_at(u, (size_t)u->at.layer);
    struct buf place = {0};
    if (!l) {
        ui_say(u, NOTICE_INFO, "a neuron needs a model: open MODEL.onnx");
        return;
    }
    if (u->at.unit < count_of(l, "first")) /* those before it left when the model was shrunk */
        u->at.unit = count_of(l, "first");
    buf_printf(&place, "%s/%lld", text_of(l, "name", ""), (long long)u->at.unit);
    struct buf quoted = {0};
    text_quote(&quoted, buf_text(&place));
    ui_post(u, REQUEST_NEURON, "neuron %s", buf_text(&quoted));
    buf_release(&place);
    buf_release(&quoted);
}

static void show(struct ui *u, int layer, int64_t unit)
{
    u->at = (struct ui_place){layer, unit};
    u->link[0] = u->link[1] = 0;
    u->on_unit = false;
    open(u);
}

static int layer_named(const struct ui *u, const char *name)
{
    int i = 0;
    for (const struct json *l = layer_at(u, 0); l; l = json_next(l), i++)
        if (name && strcmp(text_of(l, "name", ""), name) == 0)
            return i;
    return -1;
}

/* Follow the link to the unit at its other end. */
static void enter(struct ui *u)
{
    const struct json *link = links_selected(u);
    int layer = link ? layer_named(u, json_str(json_get(link, "layer"))) : -1;
    if (layer < 0) {
        ui_say(u, NOTICE_INFO,
               link && count_of(link, "makers") == 0
                   ? "several units make this input; which ones is not known"
               : link       ? "this link comes from an input of the model: there is nothing behind it"
               : u->on_unit ? "this is the unit itself; its links are below"
                            : "no link to follow");
    } else {
        if (u->n_trail == PLACES_KEPT) {
            memmove(u->trail, u->trail + 1, (PLACES_KEPT - 1) * sizeof *u->trail);
            u->n_trail--;
        }
        u->trail[u->n_trail++] = u->at;
        find_clear(u); /* the other unit's links have other names */
        if (count_of(link, "makers") > 1)
            ui_say(u, NOTICE_INFO, "%lld coupled units make this input together; this is the first of them",
                   (long long)count_of(link, "makers"));
        show(u, layer, u->out_pane ? count_of(link, "index") : count_of(link, "source"));
    }
}

void neuron_out(struct ui *u, const char *arg)
{
    (void)arg;
    u->n_trail--;
    show(u, u->trail[u->n_trail].layer, u->trail[u->n_trail].unit);
}

void neuron_pane(struct ui *u, const char *arg)
{
    (void)arg;
    u->out_pane = !u->out_pane;
    u->on_unit = false;
}

void neuron_show_cut(struct ui *u, const char *arg)
{
    const struct unit_table *n = u->board.unit;
    (void)arg;
    if (u->aspect != ASPECT_PRUNED) {
        ui_say(u, NOTICE_INFO, "the cut links are listed here: these columns speak of the dense model, too");
        return;
    }
    u->all_cut = !u->all_cut;
    if (n && n->side[0].n == n->side[0].kept && n->side[1].n == n->side[1].kept)
        ui_say(u, NOTICE_INFO, "no link of this unit is cut");
}

/* Other columns, other order: the cursors begin again, where most of what is shown is. */
void neuron_aspect(struct ui *u, const char *arg)
{
    overview_aspect(u, arg);
    u->link[0] = u->link[1] = 0;
}

static void names(const struct ui *u, struct scratch *memory, struct row_names *out)
{
    const struct link_list l = links_listed(u, u->out_pane, memory);
    const char **all = scratch_take(memory, l.n + 1, sizeof *all);
    for (size_t i = 0; i < l.n; i++)
        all[i] = l.rows[i].name;
    *out = (struct row_names){all, l.n, (size_t)clamp_to((int64_t)u->link[u->out_pane], (int64_t)l.n)};
}

void neuron_sibling(struct ui *u, const char *arg)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    int64_t to = count_of(n, arg && arg[0] == '-' ? "previous" : "next");
    if (n && to == count_of(n, "original"))
        ui_say(u, NOTICE_INFO, "this is the layer's only unit");
    else if (n)
        show(u, u->at.layer, to);
}

void neuron_parent(struct ui *u, const char *arg)
{
    int n = (int)layer_count(u), by = arg && arg[0] == '-' ? -1 : 1;
    int layer = n > 0 ? (u->at.layer + by + n) % n : 0;
    if (n == 1 && u->at.unit == count_of(layer_at(u, 0), "first"))
        ui_say(u, NOTICE_INFO, "this is the only layer");
    else if (n > 0)
        show(u, layer, count_of(layer_at(u, (size_t)layer), "first"));
}

static void command(const struct ui *u, struct buf *out)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    if (!n)
        return;
    buf_puts(out, "neuron ");
    text_quote(out, text_of(n, "name", ""));
}

/* The links of the pane that the cursor is in, in the order of the model. */
static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    const struct json *list = json_get(u->board.item[BOARD_NEURON], u->out_pane ? "outgoing" : "incoming"),
                      *under = links_selected(u);
    struct sheet *t = sheet_of(memory, list, "index name layer source weight pruned kept of share live");
    size_t row = 0;
    for (const struct json *l = json_first(list); l; l = json_next(l), row++)
        if (l == under)
            t->selected = row;
    return t;
}

const struct screen screen_neuron = {
    .view = VIEW_NEURON,
    .tab = '5',
    .scene = build,
    .move = move,
    .enter = enter,
    .open = open,
    .table = table,
    .rows = names,
    .filters = true,
    .command = command,
    .see = "What this unit hears and who hears it: every connection by "
           "name, dense beside pruned, strongest first.",
    .how = "share is |w| over the sum of |w| on its side. A convolution's "
           "link is an input channel with its kernel's L2 norm. "
           "routes counts the paths of kept connections from an input "
           "through this unit to an output. receptive field: input "
           "positions that one result can depend on, rows x columns, by kernels, "
           "strides and dilations. r: correlation of its "
           "activations with those of the same unit in the dense model.",
    .careful = "A large weight is not the same as a large effect: the input "
               "may hardly vary. A unit with no route in or out is "
               "dead; a route proves nothing."};
