/* neuron: the fifth screen's scene: what a unit hears and who hears it, dense beside pruned; the picture of its weights. */
#include "views/neuron.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/kernels.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { WORDS = 4, NAMED = 3 };

/* What a link is sorted by, read once: members of a result are found by walking it. */
struct ranked_link {
    const struct json *link;
    bool kept;
    double strength;
    int64_t index;
};

static int by_strength(const void *a, const void *b)
{
    const struct ranked_link *x = a, *y = b;
    if (x->kept != y->kept)
        return x->kept ? -1 : 1;
    if (x->strength != y->strength)
        return x->strength > y->strength ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* The links of one side in the order to show: kept ones by strength, then cut ones. *kept counts the kept. */
static const struct json **sorted_links(const struct ui *u, bool out, struct scratch *memory, size_t *n,
                                        size_t *kept)
{
    const struct json *list = json_get(u->board.item[BOARD_NEURON], out ? "outgoing" : "incoming");
    size_t count = json_count(list);
    struct ranked_link *ranked = scratch_take(memory, count, sizeof *ranked);
    const struct json **links = scratch_take(memory, count, sizeof *links);
    *n = *kept = 0;
    for (const struct json *l = json_first(list); l; l = json_next(l)) {
        struct ranked_link *r = &ranked[(*n)++];
        r->link = l;
        r->kept = count_of(l, "kept") > 0;
        r->strength = fabs(number_of(l, r->kept ? "pruned" : "weight"));
        r->index = count_of(l, "index");
        *kept += r->kept;
    }
    if (count)
        qsort(ranked, count, sizeof *ranked, by_strength);
    for (size_t i = 0; i < count; i++)
        links[i] = ranked[i].link;
    return links;
}

static void fill_pane(const struct ui *u, bool out, struct scratch *memory, struct link_pane *pane)
{
    size_t n, kept;
    const struct json **links = sorted_links(u, out, memory, &n, &kept);
    size_t shown = u->all_cut ? n : kept;
    struct link_row *rows = scratch_take(memory, shown, sizeof *rows);
    for (size_t i = 0; i < shown; i++)
        rows[i] = (struct link_row){.name = text_of(links[i], "name", "?"),
                                    .dense = number_of(links[i], "weight"),
                                    .pruned = number_of(links[i], "pruned"),
                                    .share = number_of(links[i], "share"),
                                    .kept = count_of(links[i], "kept") > 0,
                                    .protected_ = json_true(json_get(links[i], "protected")),
                                    .dead = !json_true(json_get(links[i], "live"))};
    *pane =
        (struct link_pane){.title = out ? "Out" : "In",
                           .rows = rows,
                           .count = shown,
                           .kept = (int64_t)kept,
                           .of = (int64_t)n,
                           .selected = shown ? (size_t)clamp_to((int64_t)u->link[out], (int64_t)shown) : 0};
    if (!out && json_is_number(json_get(u->board.item[BOARD_NEURON], "bias")))
        pane->bias = amount_signed(number_of(u->board.item[BOARD_NEURON], "bias"), 3);
    if (n > kept)
        pane->footnote =
            scratch_printf(memory, "cut %zu, largest %s %+.3f%s", n - kept, text_of(links[kept], "name", "?"),
                           number_of(links[kept], "weight"), u->all_cut ? "" : "   c lists them");
}

/* "Rises with a, b; falls with c." */
static char *say_inputs(const struct ui *u, struct scratch *memory)
{
    size_t n, kept, named[2] = {0};
    const struct json **links = sorted_links(u, false, memory, &n, &kept);
    struct buf text[2] = {{0}, {0}}, all = {0};
    for (size_t i = 0; i < kept; i++) {
        int falls = number_of(links[i], "pruned") < 0;
        if (count_of(links[i], "of") != 1 || named[falls] == NAMED)
            continue;
        buf_printf(&text[falls], "%s%s", named[falls]++ ? ", " : "", text_of(links[i], "name", "?"));
    }
    if (text[0].len)
        buf_printf(&all, "Rises with %s.", buf_text(&text[0]));
    if (text[1].len)
        buf_printf(&all, "%sFalls with %s.", all.len ? " " : "", buf_text(&text[1]));
    buf_release(&text[0]);
    buf_release(&text[1]);
    return all.len ? scratch_buf(memory, &all) : NULL;
}

static void fill_words(const struct ui *u, struct scratch *memory, struct neuron_scene *s)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    const char **words = scratch_take(memory, WORDS, sizeof *words);
    char *inputs = say_inputs(u, memory);
    double twin = number_of(n, "twin");
    if (inputs)
        words[s->word_count++] = inputs;
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
        f->note = isfinite(log_routes) ? scratch_printf(memory, "10^%.1f", log_routes) : "none";
    }
    if (isfinite(number_of(n, "dense_routes_log10"))) {
        f = fact_add(&list, memory, "dense", (struct amount){0});
        f->note = scratch_printf(memory, "10^%.1f", number_of(n, "dense_routes_log10"));
    }
    if (isfinite(number_of(n, "twin")))
        fact_add(&list, memory, "agrees with twin r",
                 trusted(u, BOARD_NEURON, amount_plain(number_of(n, "twin"), 2)));
    if (isfinite(number_of(n, "silent"))) {
        f = fact_add(&list, memory, "silent on",
                     trusted(u, BOARD_NEURON, amount_percent(number_of(n, "silent"), 0)));
        f->note = scratch_printf(memory, "(dense %.0f%%)", 100 * number_of(n, "dense_silent"));
    }
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

/* The link under the cursor; its names live in *memory's arrays and the board. */
static const struct json *selected(const struct ui *u, struct scratch *memory)
{
    size_t n, kept;
    const struct json **links = sorted_links(u, u->out_pane, memory, &n, &kept);
    size_t shown = u->all_cut ? n : kept;
    return shown ? links[clamp_to((int64_t)u->link[u->out_pane], (int64_t)shown)] : NULL;
}

/* The kernels begin with the one of the incoming link under the cursor. */
static size_t first_kernel(const struct ui *u)
{
    struct scratch memory = {0};
    const struct json *link = u->out_pane ? NULL : selected(u, &memory);
    size_t n = 0;
    for (const struct json *l = json_first(json_get(u->board.item[BOARD_NEURON], "incoming")); l && l != link;
         l = json_next(l))
        n++;
    scratch_release(&memory);
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
    size_t n, kept;
    sorted_links(u, u->out_pane, &memory, &n, &kept);
    scratch_release(&memory);
    return u->all_cut ? n : kept;
}

static void move(struct ui *u, int64_t by)
{
    size_t *at = &u->link[u->out_pane];
    *at = step_to(u, *at, by, shown_links(u), "link");
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
    struct scratch memory = {0};
    const struct json *link = selected(u, &memory);
    int layer = link ? layer_named(u, json_str(json_get(link, "layer"))) : -1;
    if (layer < 0) {
        ui_say(u, NOTICE_INFO,
               link ? "this link comes from an input of the model: there is nothing behind it"
                    : "no link to follow");
    } else {
        if (u->n_trail == PLACES_KEPT) {
            memmove(u->trail, u->trail + 1, (PLACES_KEPT - 1) * sizeof *u->trail);
            u->n_trail--;
        }
        u->trail[u->n_trail++] = u->at;
        show(u, layer, u->out_pane ? count_of(link, "index") : count_of(link, "source"));
    }
    scratch_release(&memory);
}

void neuron_out(struct ui *u, const char *arg)
{
    (void)arg;
    if (u->screen != VIEW_NEURON || u->n_trail == 0) {
        ui_say(u, NOTICE_INFO, "no followed link to go back on");
        return;
    }
    u->n_trail--;
    show(u, u->trail[u->n_trail].layer, u->trail[u->n_trail].unit);
}

void neuron_pane(struct ui *u, const char *arg)
{
    (void)arg;
    u->out_pane = !u->out_pane;
}

void neuron_show_cut(struct ui *u, const char *arg)
{
    struct scratch memory = {0};
    size_t in, in_kept, out, out_kept;
    (void)arg;
    sorted_links(u, false, &memory, &in, &in_kept);
    sorted_links(u, true, &memory, &out, &out_kept);
    u->all_cut = !u->all_cut;
    if (in == in_kept && out == out_kept)
        ui_say(u, NOTICE_INFO, "no link of this unit is cut");
    scratch_release(&memory);
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

/* A command on the selected link; prefix: what stands before its place, as "link:". */
static void on_link(struct ui *u, const char *command, const char *prefix)
{
    struct scratch memory = {0};
    const struct json *link = selected(u, &memory);
    const char *place = text_of(link, "place", NULL);
    struct buf what = {0}, quoted = {0};
    buf_printf(&what, "%s%s", prefix, place ? place : "");
    text_quote(&quoted, buf_text(&what));
    if (!link)
        ui_say(u, NOTICE_INFO, "no link here; c lists the cut ones");
    else if (!place) /* of a flattened unit: those are reached from the consumer's side */
        ui_say(u, NOTICE_INFO,
               "this link is %lld connections: follow it with Enter and choose among its incoming ones",
               (long long)count_of(link, "of"));
    else
        ui_post(u, REQUEST_COMMAND, "%s %s", command, buf_text(&quoted));
    buf_release(&what);
    buf_release(&quoted);
    scratch_release(&memory);
}

/* Give a protected link free, if the protection is its own or its layer's. */
static void release(struct ui *u, const struct json *link)
{
    const char *by = text_of(link, "protected_by", NULL);
    struct buf quoted = {0};
    if (by && strncmp(by, "link:", 5) == 0) {
        text_quote(&quoted, by);
        ui_post(u, REQUEST_COMMAND, "release %s", buf_text(&quoted));
    } else {
        ui_say(u, NOTICE_INFO, "more than this link is protected: release it with :release %s",
               by ? by : "and what was protected (an input, a unit or a part of the kernel)");
    }
    buf_release(&quoted);
}

/* P: what is cut comes back, what is kept becomes safe, what is safe becomes free. */
void neuron_restore_or_protect(struct ui *u, const char *arg)
{
    struct scratch memory = {0};
    const struct json *link = selected(u, &memory);
    (void)arg;
    if (count_of(link, "kept") == 0)
        on_link(u, "restore", "");
    else if (json_true(json_get(link, "protected")))
        release(u, link);
    else
        on_link(u, "protect", "link:");
    scratch_release(&memory);
}

void neuron_cut(struct ui *u, const char *arg)
{
    (void)arg;
    on_link(u, "cut", "");
}

static void command(const struct ui *u, struct buf *out)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    struct buf place = {0};
    if (!n)
        return;
    buf_printf(&place, "%s/%lld", text_of(n, "layer", ""), (long long)count_of(n, "unit"));
    buf_puts(out, "look ");
    text_quote(out, buf_text(&place));
    buf_release(&place);
}

/* The links of the pane that the cursor is in, in the order of the model. */
static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    const struct json *list = json_get(u->board.item[BOARD_NEURON], u->out_pane ? "outgoing" : "incoming"),
                      *under = selected(u, memory);
    struct sheet *t = sheet_of(memory, list, "index name layer source weight pruned kept of share live");
    size_t row = 0;
    for (const struct json *l = json_first(list); l; l = json_next(l), row++)
        if (l == under)
            t->selected = row;
    return t;
}

const struct screen screen_neuron = {.view = VIEW_NEURON,
                                     .tab = '5',
                                     .scene = build,
                                     .move = move,
                                     .enter = enter,
                                     .open = open,
                                     .table = table,
                                     .command = command,
                                     .see = "What this unit hears and who hears it: every connection by "
                                            "name, dense beside pruned, strongest first.",
                                     .how = "share is |w| over the sum of |w| on its side. A convolution's "
                                            "link is an input channel with its kernel's L2 norm. "
                                            "routes counts the paths of kept connections from an input "
                                            "through this unit to an output. r: correlation of its "
                                            "activations with those of the same unit in the dense model.",
                                     .careful = "A large weight is not the same as a large effect: the input "
                                                "may hardly vary. A unit with no route in or out is "
                                                "dead; a route proves nothing."};
