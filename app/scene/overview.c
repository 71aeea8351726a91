/* overview: the first screen's scene: verdict in words, layers, sizes, quality. */
#include "views/overview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/find.h"
#include "app/scene/facts_of.h"
#include "app/scene/verdict.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

static void fill_layer(const struct ui *u, struct scratch *memory, const struct json *l,
                       struct layer_row *row)
{
    (void)u;
    *row = (struct layer_row){.name = text_of(l, "name", "?"),
                              .shape = shape_text(memory, l),
                              .weights = count_of(l, "weights"),
                              .kept = count_of(l, "kept"),
                              .units = count_of(l, "units"),
                              .dead = count_of(l, "dead"),
                              .protected_ = json_true(json_get(l, "protected"))};
    if (json_is_number(json_get(l, "alone")))
        row->alone = trusted(u, BOARD_LAYERS, amount_points(number_of(l, "alone"), 1));
}

/* ---- the order of the layers ---- */

static double by_weights(const struct layer_row *l)
{
    return (double)l->weights;
}

static double by_kept(const struct layer_row *l)
{
    return (double)l->kept;
}

static double by_sparsity(const struct layer_row *l)
{
    return l->weights > 0 ? 1 - (double)l->kept / (double)l->weights : 0;
}

static double by_dead(const struct layer_row *l)
{
    return l->units > 0 ? (double)l->dead / (double)l->units : 0;
}

static const struct {
    const char *name; /* NULL: as in the model */
    double (*value)(const struct layer_row *l);
} orders[] = {{NULL, NULL},
              {"by weights", by_weights},
              {"by kept", by_kept},
              {"by sparsity", by_sparsity},
              {"by dead units", by_dead}};
enum { ORDERS = sizeof orders / sizeof *orders };

struct placed {
    struct layer_row row;
    size_t index; /* in the model */
    double value; /* the smaller the earlier */
};

static int by_value(const void *a, const void *b)
{
    const struct placed *p = a, *q = b;
    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

static struct placed *placed_layers(const struct ui *u, struct scratch *memory, size_t n)
{
    struct placed *out = scratch_take(memory, n, sizeof *out);
    const struct json *l = layer_at(u, 0);
    for (size_t i = 0; i < n; i++, l = json_next(l)) {
        fill_layer(u, memory, l, &out[i].row);
        out[i].index = i;
        out[i].value = u->sort ? orders[u->sort].value(&out[i].row) : (double)i;
        if ((u->sort != 0) != u->sort_up)
            out[i].value = -out[i].value;
    }
    if (n)
        qsort(out, n, sizeof *out, by_value);
    return out;
}

static void fill_layers(const struct ui *u, struct scratch *memory, struct overview_scene *o)
{
    o->layer_count = layer_count(u);
    if (number_of(u->board.item[BOARD_MODEL], "prunable") == 0)
        o->no_layers =
            "Nothing in this model can be pruned: none of its constants is a prunable weight. The list "
            "'unprunable' of open --json says why.";
    struct placed *placed = placed_layers(u, memory, o->layer_count);
    struct layer_row *rows = scratch_take(memory, o->layer_count, sizeof *rows);
    for (size_t i = 0; i < o->layer_count; i++) {
        rows[i] = placed[i].row;
        o->total.weights += rows[i].weights;
        o->total.kept += rows[i].kept;
        o->total.units += rows[i].units;
        o->total.dead += rows[i].dead;
        if (placed[i].index == u->layer)
            o->selected = i;
    }
    o->layers = rows;
    o->sorted = u->sort_up && orders[u->sort].name
                    ? scratch_printf(memory, "%s upwards", orders[u->sort].name)
                : u->sort_up ? "last first"
                             : orders[u->sort].name;
}

/* Of the dense routes: in whole percent where that tells enough; neither 100% where one is gone nor 0% where one is left. */
static const char *routes_share(struct scratch *memory, double lost_log10)
{
    double percent = 100 * pow(10, lost_log10);
    if (!(lost_log10 < 0))
        return "100%";
    if (percent > 99)
        return "over 99%";
    return percent < 0.01    ? "below 0.01%"
           : percent >= 9.95 ? scratch_printf(memory, "%.0f%%", percent)
                             : scratch_printf(memory, "%.2g%%", percent);
}

static char *routes_text(const struct ui *u, struct scratch *memory)
{
    double dense = number_of(u->board.item[BOARD_DENSE], "routes_log10");
    double now = number_of(u->board.item[BOARD_MASK], "routes_log10");
    const struct json *known = json_get(u->board.item[BOARD_MASK], "routes_known");
    if (known && !json_true(known))
        return scratch_printf(memory, "? (being counted)");
    if (!isfinite(dense))
        return NULL;
    if (!isfinite(now))
        return scratch_printf(memory, "10^%.1f dense, none kept", dense);
    return scratch_printf(memory, "10^%.1f dense, 10^%.1f kept (%s)", dense, now,
                          routes_share(memory, now - dense));
}

/* As the columns show it: of the pruned model, the dense one, or what pruning took. */
static double in_aspect(const struct ui *u, double now, double before)
{
    return u->aspect == ASPECT_DENSE ? before : u->aspect == ASPECT_DELTA ? now - before : now;
}

/* Below the sizes: whether the smallest fits, and what else becomes less. */
static void fill_costs(const struct ui *u, struct scratch *memory, double smallest, struct overview_scene *o)
{
    const struct json *mask = u->board.item[BOARD_MASK], *dense = u->board.item[BOARD_DENSE];
    struct fact_list costs = {0};
    struct fact *f;
    if (isfinite(u->budget)) {
        f = fact_add(&costs, memory, "budget", amount_bytes(u->budget));
        f->note = smallest <= u->budget ? "fits" : "too large";
        f->alarm = smallest > u->budget;
    }
    double macs = number_of(mask, "macs"), dense_macs = number_of(mask, "dense_macs");
    f = fact_add(&costs, memory, "mult-adds",
                 trusted(u, BOARD_MASK, amount_count(in_aspect(u, macs, dense_macs))));
    if (u->aspect == ASPECT_PRUNED && dense_macs > 0)
        f->note = scratch_printf(memory, "(%.0f%%)", 100 * macs / dense_macs);
    fact_add(
        &costs, memory, "parameters",
        trusted(u, BOARD_MASK,
                amount_count(in_aspect(u, number_of(mask, "parameters"), number_of(dense, "parameters")))));
    o->costs = costs.rows;
    o->cost_count = mask ? costs.n : 0;
}

static void fill_sizes(const struct ui *u, struct scratch *memory, struct overview_scene *o)
{
    static const struct {
        const char *member, *name;
    } storages[] = {
        {"dense", "dense f32"}, {"csr", "CSR"}, {"bitmask", "bitmask+val"}, {"file", "ONNX file"}};
    const struct json *sizes = json_get(u->board.item[BOARD_MASK], "sizes"),
                      *dense = json_get(u->board.item[BOARD_DENSE], "sizes");
    struct size_row *rows = scratch_take(memory, 4, sizeof *rows);
    size_t best = 0;
    for (size_t i = 0; i < 4; i++) {
        double now = number_of(sizes, storages[i].member), before = number_of(dense, storages[i].member);
        rows[i].name = storages[i].name;
        rows[i].bytes = trusted(u, BOARD_MASK, amount_bytes(in_aspect(u, now, before)));
        if (now < number_of(sizes, storages[best].member))
            best = i;
    }
    rows[best].note = u->aspect == ASPECT_DENSE ? NULL : "best";
    o->sizes = rows;
    o->size_count = sizes ? 4 : 0;
    fill_costs(u, memory, number_of(sizes, storages[best].member), o);
}

enum { QUALITY_ROWS = 3 };

/* While records are missing the interval says what all of them will say, not more. */
static struct quality_row accuracy_row(const struct ui *u, const struct json *e)
{
    double low = number_of(e, "delta_low"), high = number_of(e, "delta_high");
    return (struct quality_row){.metric = "accuracy",
                                .dense = amount_percent(number_of(e, "dense_accuracy"), 1),
                                .pruned = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "accuracy"), 1)),
                                .delta = trusted(u, BOARD_EVAL, amount_points(number_of(e, "delta"), 1)),
                                .lo = trusted(u, BOARD_EVAL, amount_points(low, 1)),
                                .hi = trusted(u, BOARD_EVAL, amount_points(high, 1)),
                                .reading = partial(e) ? "of all records, so far" : verdict_reading(low, high),
                                .alarm = high < 0};
}

static struct quality_row plain_row(const struct ui *u, const struct json *e, const char *metric,
                                    const char *now, const char *dense, int decimals)
{
    return (struct quality_row){
        .metric = metric,
        .dense = amount_plain(number_of(e, dense), decimals),
        .pruned = trusted(u, BOARD_EVAL, amount_plain(number_of(e, now), decimals)),
        .delta = trusted(u, BOARD_EVAL, amount_signed(number_of(e, now) - number_of(e, dense), decimals))};
}

/* More error is worse, where more accuracy is better. */
static struct quality_row error_row(const struct ui *u, const struct json *e)
{
    struct quality_row row = plain_row(u, e, "squared error", "mse", "dense_mse", 4);
    double low = number_of(e, "delta_mse_low"), high = number_of(e, "delta_mse_high");
    if (isnan(low))
        return row;
    row.lo = trusted(u, BOARD_EVAL, amount_signed(low, 4));
    row.hi = trusted(u, BOARD_EVAL, amount_signed(high, 4));
    row.alarm = low > 0;
    row.reading = low > 0 ? "a real rise" : high < 0 ? "a real fall" : "could be noise";
    return row;
}

static struct quality_row changed_row(const struct ui *u, struct scratch *memory, const struct json *e)
{
    struct quality_row row = {
        .metric = "different answers",
        .pruned = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "changed") / number_of(e, "n"), 1)),
        .lo = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "changed_low"), 1)),
        .hi = trusted(u, BOARD_EVAL, amount_percent(number_of(e, "changed_high"), 1))};
    if (json_is_number(json_get(e, "newly_wrong")))
        row.reading =
            scratch_printf(memory, "newly wrong %s, right %s", count_text(memory, count_of(e, "newly_wrong")),
                           count_text(memory, count_of(e, "newly_right")));
    return row;
}

static const char *split_title(const struct json *eval, struct scratch *memory)
{
    const char *split = text_of(eval, "split", "all");
    return strcmp(split, "all") == 0 ? "all records" : scratch_printf(memory, "%s set", split);
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
    struct quality_row *rows = scratch_take(memory, QUALITY_ROWS, sizeof *rows);
    size_t n = 0;
    if (json_is_number(json_get(e, "accuracy"))) {
        rows[n++] = accuracy_row(u, e);
        rows[n++] = plain_row(u, e, "loss", "loss", "dense_loss", 4);
    } else if (json_get(e, "mse")) {
        rows[n++] = error_row(u, e);
        rows[n++] = plain_row(u, e, "R2", "r2", "dense_r2", 4);
    }
    if (!json_get(e, "mse"))
        rows[n++] = changed_row(u, memory, e);
    o->quality = rows;
    o->quality_count = n;
    o->quality_title = scratch_printf(
        memory, "%s, n=%s%s (paired: the same records through both models)", split_title(e, memory),
        count_text(memory, count_of(e, "n")),
        partial(e) ? scratch_printf(memory, " of %s", count_text(memory, count_of(e, "total"))) : "");
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    if (!u->board.item[BOARD_MODEL])
        return NULL;
    struct overview_scene *o = scratch_take(memory, 1, sizeof *o);
    o->aspect = (enum aspect)u->aspect;
    o->verdict = verdict_lines(u, memory, &o->verdict_count);
    fill_layers(u, memory, o);
    o->routes_text = routes_text(u, memory);
    fill_sizes(u, memory, o);
    fill_quality(u, memory, o);
    return o;
}

/* Along the order that is seen. */
static void move(struct ui *u, int64_t by)
{
    struct scratch memory = {0};
    size_t n = layer_count(u);
    struct placed *placed = placed_layers(u, &memory, n);
    int64_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (placed[i].index == u->layer)
            at = (int64_t)i;
    if (n)
        u->layer = placed[step_to(u, (size_t)at, by, n, "layer")].index;
    scratch_release(&memory);
}

void overview_aspect(struct ui *u, const char *arg)
{
    static const char *const said[ASPECTS] = {"columns: the pruned model", "columns: what pruning changed",
                                              "columns: the dense model"};
    (void)arg;
    u->aspect = (u->aspect + 1) % ASPECTS;
    ui_say(u, NOTICE_INFO, "%s", said[u->aspect]);
}

void overview_sort(struct ui *u, const char *arg)
{
    int64_t by = 1;
    num_parse_int(arg ? arg : "1", &by);
    u->sort = (u->sort + ORDERS + (by < 0 ? -1 : 1)) % ORDERS;
}

void overview_invert(struct ui *u, const char *arg)
{
    (void)arg;
    u->sort_up = !u->sort_up;
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
    u->cell_row = u->cell_column = 0;
    ui_run(u, "screen layer");
}

static void command(const struct ui *u, struct buf *out)
{
    if (u->board.item[BOARD_MODEL])
        buf_puts(out, "layers");
}

static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    struct sheet *t = sheet_of(memory, json_get(u->board.item[BOARD_LAYERS], "layers"),
                               "name tensor op shape weights kept sparsity units dead macs alone zeros");
    t->selected = u->layer;
    return t;
}

const struct screen screen_overview = {
    .view = VIEW_OVERVIEW,
    .tab = '1',
    .scene = build,
    .move = move,
    .enter = enter,
    .command = command,
    .table = table,
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
