/* overview: the first screen's scene: verdict in words, layers, sizes, quality. */
#include "views/overview.h"

#include <math.h>

#include "app/find.h"
#include "app/scene/facts_of.h"
#include "app/scene/verdict.h"
#include "app/screens.h"
#include "engine/base/json.h"

static void fill_layer(const struct ui *u, struct scratch *memory, const struct json *l,
                       struct layer_row *row)
{
    (void)u;
    *row = (struct layer_row){.name = text_of(l, "name", "?"),
                              .shape = shape_text(memory, l),
                              .weights = count_of(l, "weights"),
                              .kept = count_of(l, "kept"),
                              .units = count_of(l, "units"),
                              .dead = count_of(l, "dead")};
    if (json_is_number(json_get(l, "alone")))
        row->alone = trusted(u, BOARD_LAYERS, amount_points(number_of(l, "alone"), 1));
}

static void fill_layers(const struct ui *u, struct scratch *memory, struct overview_scene *o)
{
    o->layer_count = layer_count(u);
    struct layer_row *rows = scratch_take(memory, o->layer_count, sizeof *rows);
    const struct json *l = layer_at(u, 0);
    for (size_t i = 0; i < o->layer_count; i++, l = json_next(l)) {
        fill_layer(u, memory, l, &rows[i]);
        o->total.weights += rows[i].weights;
        o->total.kept += rows[i].kept;
        o->total.units += rows[i].units;
        o->total.dead += rows[i].dead;
    }
    o->layers = rows;
    o->selected = u->layer;
}

static char *routes_text(const struct ui *u, struct scratch *memory)
{
    double dense = number_of(u->board.item[BOARD_DENSE], "routes_log10");
    double now = number_of(u->board.item[BOARD_MASK], "routes_log10");
    if (!isfinite(dense))
        return NULL;
    if (!isfinite(now))
        return scratch_printf(memory, "10^%.1f dense, none kept", dense);
    return scratch_printf(memory, "10^%.1f dense, 10^%.1f kept (%.2g%%)", dense, now,
                          100 * pow(10, now - dense));
}

static void fill_sizes(const struct ui *u, struct scratch *memory, struct overview_scene *o)
{
    static const struct {
        const char *member, *name;
    } storages[] = {
        {"dense", "dense f32"}, {"csr", "CSR"}, {"bitmask", "bitmask+val"}, {"file", "ONNX file"}};
    const struct json *sizes = json_get(u->board.item[BOARD_MASK], "sizes");
    struct size_row *rows = scratch_take(memory, 4, sizeof *rows);
    size_t best = 0;
    for (size_t i = 0; i < 4; i++) {
        rows[i].name = storages[i].name;
        rows[i].bytes = trusted(u, BOARD_MASK, amount_bytes(number_of(sizes, storages[i].member)));
        if (number_of(sizes, storages[i].member) < number_of(sizes, storages[best].member))
            best = i;
    }
    rows[best].note = "best";
    o->sizes = rows;
    o->size_count = sizes ? 4 : 0;
    const struct json *mask = u->board.item[BOARD_MASK];
    struct fact_list costs = {0};
    struct fact *f =
        fact_add(&costs, memory, "mult-adds", trusted(u, BOARD_MASK, amount_count(number_of(mask, "macs"))));
    f->note =
        scratch_printf(memory, "(%.0f%%)", 100 * number_of(mask, "macs") / number_of(mask, "dense_macs"));
    fact_add(&costs, memory, "parameters",
             trusted(u, BOARD_MASK, amount_count(number_of(mask, "parameters"))));
    if (isfinite(u->budget)) {
        bool fits = number_of(sizes, storages[best].member) <= u->budget;
        f = fact_add(&costs, memory, "budget", amount_bytes(u->budget));
        f->note = fits ? "fits" : "too large";
        f->alarm = !fits;
    }
    o->costs = costs.rows;
    o->cost_count = sizes ? costs.n : 0;
}

static void fill_quality(const struct ui *u, struct scratch *memory, struct overview_scene *o)
{
    const struct json *e = u->board.item[BOARD_EVAL];
    if (!e) {
        o->quality_hint = u->board.item[BOARD_MODEL]
                              ? "no data yet: type  :data DATASET.json  to measure what pruning costs"
                              : "open a model first: type  :open MODEL.onnx";
        return;
    }
    struct quality_row *rows = scratch_take(memory, 3, sizeof *rows);
    size_t n = 0;
    double records = number_of(e, "n");
    if (json_is_number(json_get(e, "accuracy"))) {
        rows[n++] = (struct quality_row){
            .metric = "accuracy",
            .dense = amount_percent(number_of(e, "dense_accuracy"), 1),
            .pruned = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "accuracy"), 1)),
            .delta = trusted(u, BOARD_EVAL, amount_points(number_of(e, "delta"), 1)),
            .lo = trusted(u, BOARD_EVAL, amount_points(number_of(e, "delta_low"), 1)),
            .hi = trusted(u, BOARD_EVAL, amount_points(number_of(e, "delta_high"), 1)),
            .reading = verdict_reading(number_of(e, "delta_low"), number_of(e, "delta_high")),
            .alarm = number_of(e, "delta_high") < 0};
        rows[n++] = (struct quality_row){
            .metric = "loss",
            .dense = amount_plain(number_of(e, "dense_loss"), 4),
            .pruned = trusted(u, BOARD_EVAL, amount_plain(number_of(e, "loss"), 4)),
            .delta =
                trusted(u, BOARD_EVAL, amount_signed(number_of(e, "loss") - number_of(e, "dense_loss"), 4))};
    } else if (json_get(e, "mse")) {
        rows[n++] = (struct quality_row){
            .metric = "squared error",
            .dense = amount_plain(number_of(e, "dense_mse"), 4),
            .pruned = trusted(u, BOARD_EVAL, amount_plain(number_of(e, "mse"), 4)),
            .delta =
                trusted(u, BOARD_EVAL, amount_signed(number_of(e, "mse") - number_of(e, "dense_mse"), 4))};
    }
    rows[n] = (struct quality_row){
        .metric = "different answers",
        .pruned = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "changed") / records, 1))};
    if (json_is_number(json_get(e, "newly_wrong")))
        rows[n].reading = scratch_printf(memory, "%.0f newly wrong, %.0f newly right",
                                         number_of(e, "newly_wrong"), number_of(e, "newly_right"));
    o->quality = rows;
    o->quality_count = n + 1;
    o->quality_title = scratch_printf(
        memory, "%s set, n=%s%s (paired: the same records through both models)", text_of(e, "split", "?"),
        count_text(memory, (int64_t)records),
        partial(e) ? scratch_printf(memory, " of %s", count_text(memory, count_of(e, "total"))) : "");
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    if (!u->board.item[BOARD_MODEL])
        return NULL;
    struct overview_scene *o = scratch_take(memory, 1, sizeof *o);
    o->verdict = verdict_lines(u, memory, &o->verdict_count);
    fill_layers(u, memory, o);
    o->routes_text = routes_text(u, memory);
    fill_sizes(u, memory, o);
    fill_quality(u, memory, o);
    return o;
}

static void move(struct ui *u, int64_t by)
{
    u->layer = (size_t)clamp_to((int64_t)u->layer + by, (int64_t)layer_count(u));
}

static void rows(const struct ui *u, struct scratch *memory, struct row_names *out)
{
    const char **names = scratch_take(memory, layer_count(u) + 1, sizeof *names);
    const struct json *l = json_first(json_get(u->board.item[BOARD_LAYERS], "layers"));
    *out = (struct row_names){.names = names, .at = u->layer};
    for (; l; l = json_next(l))
        names[out->n++] = text_of(l, "name", "");
}

static void enter(struct ui *u)
{
    if (layer_count(u) == 0)
        return;
    u->at = (struct ui_place){(int)u->layer, 0};
    u->n_trail = 0;
    ui_run(u, "screen neuron");
}

const struct screen screen_overview = {
    .view = VIEW_OVERVIEW,
    .tab = '1',
    .scene = build,
    .move = move,
    .enter = enter,
    .rows = rows,
    .see = "The verdict in words, how much of each layer is kept, what the model takes in every storage, and "
           "what the pruning "
           "costs on the validation records.",
    .how = "Dense and pruned answer the same records; delta is (newly right - newly wrong) / n, its 95% "
           "interval by Bonett and "
           "Price (2012). Sizes: dense 4 bytes a number; bitmask one bit a weight and 4 bytes a kept one; "
           "CSR 4 bytes and a "
           "2- or 4-byte column a kept one. dead: no route from an input or none to an output.",
    .careful = "No detectable change is not the same as no change: look at the interval, and at how many "
               "answers changed. A "
               "smaller count of weights makes the file smaller only in a storage that leaves zeros out."};
