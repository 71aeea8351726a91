/* layer: the fourth screen's scene: where in a layer the cuts fell, its values beside the threshold, and moving the threshold. */
#include "views/layer.h"

#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/kernels.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

/* What the cells say: which blocks, and whether by sign. */
static const struct {
    const char *title, *member;
    bool sign;
} modes[CELL_MODES] = {{"kept pattern", "block_kept", false},
                       {"mean of kept weights", "block_mean", true},
                       {"dense minus pruned", "block_lost", true},
                       {"mean of dense weights", "block_dense", true}};

/* The draft's pattern while there is one. */
static const struct json *shown(const struct ui *u, enum board_item *item)
{
    *item = u->drafting && u->board.item[BOARD_DRAFT_PATTERN] ? BOARD_DRAFT_PATTERN : BOARD_PATTERN;
    return u->board.item[*item];
}

static double *numbers(const struct json *list, struct scratch *memory)
{
    double *v = scratch_take(memory, json_count(list), sizeof *v);
    size_t n = 0;
    for (const struct json *j = json_first(list); j; j = json_next(j))
        v[n++] = json_num(j, NAN);
    return v;
}

static int64_t *counts(const struct json *list, struct scratch *memory)
{
    int64_t *v = scratch_take(memory, json_count(list), sizeof *v);
    size_t n = 0;
    for (const struct json *j = json_first(list); j; j = json_next(j))
        v[n++] = (int64_t)json_num(j, 0);
    return v;
}

static const struct json *element(const struct json *list, int64_t i)
{
    const struct json *j = json_first(list);
    while (j && i-- > 0)
        j = json_next(j);
    return j;
}

/* Values to shades and signs: the largest gets the full shade. */
static void shade_by_size(double *share, signed char *sign, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(share[i])); /* fmax passes over NaN: nothing is kept there */
    for (size_t i = 0; i < n; i++) {
        double v = isfinite(share[i]) && most > 0 ? share[i] / most : 0;
        sign[i] = (signed char)((v > 0) - (v < 0));
        share[i] = fabs(v);
    }
}

/* Which cells of a draft differ from the step that it begins from; NULL where they cannot be compared. */
static const bool *changed_cells(const struct ui *u, const struct json *draft, size_t n,
                                 struct scratch *memory)
{
    const struct json *before = u->board.item[BOARD_PATTERN];
    if (strcmp(text_of(before, "layer", ""), text_of(draft, "layer", "?")) != 0 ||
        strcmp(text_of(before, "order", ""), "index") != 0 ||
        strcmp(text_of(draft, "order", ""), "index") != 0 ||
        count_of(before, "rows") != count_of(draft, "rows") ||
        count_of(before, "columns") != count_of(draft, "columns"))
        return NULL;
    bool *changed = scratch_take(memory, n, sizeof *changed);
    const struct json *a = json_first(json_get(before, "block_kept")),
                      *b = json_first(json_get(draft, "block_kept"));
    for (size_t i = 0; i < n && a && b; i++, a = json_next(a), b = json_next(b))
        changed[i] = json_num(a, 0) != json_num(b, 0);
    return changed;
}

/* NULL: by index. */
static const char *order_text(const char *name)
{
    return strcmp(name, pattern_order_names[PATTERN_BY_SURVIVAL]) == 0 ? "most kept first"
           : strcmp(name, pattern_order_names[PATTERN_BY_LOSS]) == 0   ? "what lost most comes first"
                                                                       : NULL;
}

static void fill_pattern(const struct ui *u, const struct json *l, bool draft, struct scratch *memory,
                         struct pattern *p)
{
    *p = (struct pattern){.rows = (int)count_of(l, "rows"),
                          .columns = (int)count_of(l, "columns"),
                          .rows_per = count_of(l, "row_units"),
                          .columns_per = count_of(l, "column_inputs"),
                          .row_first = counts(json_get(l, "row_first"), memory),
                          .column_first = counts(json_get(l, "column_first"), memory),
                          .sorted = order_text(text_of(l, "order", "index")),
                          .draft = draft};
    p->at_row = (int)clamp_to((int64_t)u->cell_row, p->rows);
    p->at_column = (int)clamp_to((int64_t)u->cell_column, p->columns);
    size_t n = (size_t)p->rows * (size_t)p->columns;
    double *share = numbers(json_get(l, modes[u->cell_mode].member), memory);
    if (modes[u->cell_mode].sign) {
        signed char *sign = scratch_take(memory, n, sizeof *sign);
        shade_by_size(share, sign, n);
        p->sign = sign;
    } else {
        const double *of = numbers(json_get(l, "block_of"), memory);
        for (size_t i = 0; i < n; i++)
            share[i] /= of[i];
    }
    p->share = share;
    if (draft)
        p->changed = changed_cells(u, l, n, memory);
}

static const char *unit_word(const struct json *l)
{
    return count_of(l, "taps") > 1 ? "channel" : "unit";
}

/* "unit 32..39 x age 80+: 5 of 8 kept, mean +0.210" */
static const char *cell_text(const struct ui *u, const struct json *l, const struct pattern *p,
                             struct scratch *memory)
{
    if (p->rows == 0 || p->columns == 0)
        return NULL;
    int64_t at = (int64_t)p->at_row * p->columns + p->at_column, first = p->row_first[p->at_row];
    int64_t last = (int64_t)json_num(element(json_get(l, "row_last"), p->at_row), 0);
    const char *input = json_str(element(json_get(l, "column_names"), p->at_column));
    const char *member = modes[u->cell_mode].sign ? modes[u->cell_mode].member : "block_mean";
    double value = json_num(element(json_get(l, member), at), NAN);
    struct buf text = {0};
    buf_printf(&text, "%s %lld", unit_word(l), (long long)first);
    if (last != first)
        buf_printf(&text, "..%lld", (long long)last);
    buf_printf(&text, " x %s: ", input ? input : "?");
    num_count(&text, (int64_t)json_num(element(json_get(l, "block_kept"), at), 0));
    buf_puts(&text, " of ");
    num_count(&text, (int64_t)json_num(element(json_get(l, "block_of"), at), 0));
    buf_puts(&text, " kept");
    if (isfinite(value))
        buf_printf(&text, ", %s %+.3f",
                   u->cell_mode == CELL_LOST    ? "dense - pruned"
                   : u->cell_mode == CELL_DENSE ? "dense mean"
                                                : "mean",
                   value);
    return scratch_buf(memory, &text);
}

static void fan_fact(const struct json *fan, enum board_item item, const struct ui *u, const char *label,
                     struct fact_list *list, struct scratch *memory)
{
    double median = number_of(fan, "median");
    struct fact *f =
        fact_add(list, memory, label, trusted(u, item, amount_plain(median, median != floor(median))));
    f->note = scratch_printf(memory, "%s to %s", count_text(memory, count_of(fan, "min")),
                             count_text(memory, count_of(fan, "max")));
}

static void none_fact(const struct json *fan, enum board_item item, const struct ui *u, const char *label,
                      struct fact_list *list, struct scratch *memory)
{
    struct fact *f = fact_add(list, memory, label, trusted(u, item, amount_count(number_of(fan, "none"))));
    f->alarm = count_of(fan, "none") > 0;
}

/* What the threshold would do: exact at once, and as records are measured. */
static void draft_facts(const struct ui *u, struct fact_list *list, struct scratch *memory)
{
    const struct json *draft = u->board.item[BOARD_DRAFT], *now = u->board.item[BOARD_DRAFT_PATTERN],
                      *e = u->board.item[BOARD_DRAFT_EVAL];
    double before = number_of(u->board.item[BOARD_MASK], "kept");
    struct fact *f = fact_add(list, memory, "threshold ->",
                              trusted(u, BOARD_DRAFT_PATTERN, amount_weight(number_of(now, "largest_cut"))));
    f->note = u->cut < 0 ? "draft of screen 2" : "m keeps, Esc drops";
    f = fact_add(list, memory, "weights",
                 trusted(u, BOARD_DRAFT, amount_signed(number_of(draft, "kept") - before, 0)));
    f->note = scratch_printf(memory, "of %s kept", count_text(memory, (int64_t)before));
    if (json_is_number(json_get(e, "delta"))) {
        f = fact_add(list, memory, "vs dense",
                     trusted(u, BOARD_DRAFT_EVAL, amount_points(number_of(e, "delta"), 1)));
        f->lo = trusted(u, BOARD_DRAFT_EVAL, amount_points(number_of(e, "delta_low"), 1));
        f->hi = trusted(u, BOARD_DRAFT_EVAL, amount_points(number_of(e, "delta_high"), 1));
        f->alarm = number_of(e, "delta_high") < 0;
    } else if (e) {
        f = fact_add(
            list, memory, "changed",
            trusted(u, BOARD_DRAFT_EVAL, amount_percent(number_of(e, "changed") / number_of(e, "n"), 1)));
    } else if (u->board.item[BOARD_DATA]) {
        fact_add(list, memory, "vs dense", amount_points(NAN, 1));
    }
}

static void fill_facts(const struct ui *u, const struct json *l, enum board_item item, struct scratch *memory,
                       struct layer_scene *s)
{
    struct fact_list list = {0};
    const struct json *in = json_get(l, "fan_in"), *out = json_get(l, "fan_out");
    double kept = number_of(l, "kept"), of = number_of(l, "weights");
    bool draft = item == BOARD_DRAFT_PATTERN;
    if (u->drafting)
        draft_facts(u, &list, memory);
    struct fact *f = fact_add(&list, memory, "kept", trusted(u, item, amount_count(kept)));
    f->note = scratch_printf(memory, "of %s (%.1f%%)", count_text(memory, (int64_t)of),
                             of > 0 ? 100 * kept / of : 0);
    if (!draft && !isfinite(number_of(l, "threshold")) && isfinite(number_of(l, "largest_cut"))) {
        f = fact_add(&list, memory, "no threshold", (struct amount){0});
        f->note = "cut by other rules";
    }
    f = fact_add(&list, memory, "energy kept", trusted(u, item, amount_percent(number_of(l, "energy"), 1)));
    f->note = "sum w^2";
    if (!draft) {
        fact_add(&list, memory, "mean |w| kept", trusted(u, item, amount_weight(number_of(l, "mean_kept"))));
        fan_fact(in, item, u, "fan-in median", &list, memory);
        fan_fact(out, item, u, "fan-out median", &list, memory);
    }
    none_fact(in, item, u, scratch_printf(memory, "%ss at 0", unit_word(l)), &list, memory);
    none_fact(out, item, u, "inputs at 0", &list, memory);
    s->facts = list.rows;
    s->fact_count = list.n;
}

static void fill_histogram(const struct json *l, struct scratch *memory, struct layer_histogram *h)
{
    const struct json *all = json_get(l, "histogram");
    *h = (struct layer_histogram){.cut = numbers(json_get(all, "cut"), memory),
                                  .kept = numbers(json_get(all, "kept"), memory),
                                  .bins = json_count(json_get(all, "kept")),
                                  .bin_width = number_of(all, "width"),
                                  .threshold = number_of(l, "threshold")};
}

/* The kernels of the channel under the cursor, from the input under the cursor on. */
static void fill_kernels(const struct ui *u, const struct json *l, const struct pattern *p,
                         struct scratch *memory, struct layer_scene *s)
{
    const struct json *n = u->board.item[BOARD_NEURON];
    if (!u->kernels || !json_get(n, "kernel") || p->rows == 0 ||
        strcmp(text_of(n, "layer", ""), text_of(l, "layer", "?")) != 0 ||
        count_of(n, "original") != p->row_first[p->at_row])
        return;
    kernels_fill(n, memory, &s->kernels);
    s->kernels.title = scratch_printf(memory, "%s/%lld kernels", text_of(l, "layer", "?"),
                                      (long long)p->row_first[p->at_row]);
    s->kernels.first = (size_t)clamp_to((int64_t)p->at_column * p->columns_per, (int64_t)s->kernels.count);
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    enum board_item item;
    const struct json *l = shown(u, &item);
    if (!l)
        return NULL;
    struct layer_scene *s = scratch_take(memory, 1, sizeof *s);
    const char *name = text_of(l, "layer", "?"), *word = unit_word(l);
    bool draft = item == BOARD_DRAFT_PATTERN;
    s->title = scratch_printf(memory, "%s%s %s, %s %ss x %s inputs", draft ? "DRAFT " : "", name,
                              modes[u->cell_mode].title, count_text(memory, count_of(l, "units")), word,
                              count_text(memory, count_of(l, "inputs")));
    fill_pattern(u, l, draft, memory, &s->pattern);
    int64_t rows = s->pattern.rows_per, columns = s->pattern.columns_per;
    s->legend = scratch_printf(memory, "%s %s%s x %s input%s a cell", count_text(memory, rows), word,
                               rows > 1 ? "s" : "", count_text(memory, columns), columns > 1 ? "s" : "");
    s->values_title = scratch_printf(memory, "%s weights and threshold", name);
    s->cell = cell_text(u, l, &s->pattern, memory);
    fill_facts(u, l, item, memory, s);
    fill_histogram(l, memory, &s->histogram);
    fill_kernels(u, l, &s->pattern, memory, s);
    return s;
}

static void post_kernels(struct ui *u)
{
    enum board_item item;
    const struct json *l = shown(u, &item), *row;
    struct buf place = {0}, quoted = {0};
    if (!u->kernels || count_of(l, "taps") < 2)
        return;
    row = element(json_get(l, "row_first"), clamp_to((int64_t)u->cell_row, count_of(l, "rows")));
    buf_printf(&place, "%s/%.0f", text_of(l, "layer", ""), json_num(row, 0));
    text_quote(&quoted, buf_text(&place));
    ui_post(u, REQUEST_NEURON, "neuron %s", buf_text(&quoted));
    buf_release(&place);
    buf_release(&quoted);
}

/* Ask for the selected layer, in as many blocks as the screen has room for. */
static void open(struct ui *u)
{
    u->layer = (size_t)clamp_to((int64_t)u->layer, (int64_t)layer_count(u));
    const struct json *l = layer_at(u, u->layer);
    struct buf name = {0};
    int rows, columns;
    if (!l) {
        ui_say(u, NOTICE_INFO, "a layer needs a model: open MODEL.onnx");
        return;
    }
    layer_room(u->columns ? u->columns : 100, u->rows ? u->rows : 30, count_of(l, "units"), &rows, &columns);
    text_quote(&name, text_of(l, "name", ""));
    ui_post(u, REQUEST_LAYER, "layer %s rows=%d columns=%d order=%s", buf_text(&name), rows, columns,
            pattern_order_names[u->order]);
    buf_release(&name);
    post_kernels(u);
}

static void move(struct ui *u, int64_t by)
{
    enum board_item item;
    u->cell_row = step_to(u, u->cell_row, by, (size_t)count_of(shown(u, &item), "rows"), "row of cells");
    post_kernels(u);
}

static void side(struct ui *u, int64_t by)
{
    enum board_item item;
    u->cell_column =
        step_to(u, u->cell_column, by, (size_t)count_of(shown(u, &item), "columns"), "column of cells");
}

/* The first unit of the cell. */
static void enter(struct ui *u)
{
    enum board_item item;
    const struct json *l = shown(u, &item);
    if (!l)
        return;
    const struct json *row =
        element(json_get(l, "row_first"), clamp_to((int64_t)u->cell_row, count_of(l, "rows")));
    u->at = (struct ui_place){(int)u->layer, (int64_t)json_num(row, 0)};
    u->n_trail = 0;
    ui_run(u, "screen neuron");
}

void layer_mode(struct ui *u, const char *arg)
{
    (void)arg;
    u->cell_mode = (enum cell_mode)((u->cell_mode + 1) % CELL_MODES);
}

/* Values of the pruned model, of what is missing, of the dense model. */
void layer_aspect(struct ui *u, const char *arg)
{
    static const enum cell_mode next[CELL_MODES] = {
        [CELL_KEPT] = CELL_LOST, [CELL_MEAN] = CELL_LOST, [CELL_LOST] = CELL_DENSE, [CELL_DENSE] = CELL_MEAN};
    (void)arg;
    u->cell_mode = next[u->cell_mode];
    ui_say(u, NOTICE_INFO, "cells: %s", modes[u->cell_mode].title);
}

void layer_order(struct ui *u, const char *arg)
{
    (void)arg;
    u->order = pattern_order_names[u->order + 1] ? u->order + 1 : PATTERN_BY_INDEX;
    u->cell_row = u->cell_column = 0;
    open(u);
}

void layer_next(struct ui *u, const char *arg)
{
    int64_t n = (int64_t)layer_count(u), by = arg && arg[0] == '-' ? -1 : 1;
    if (n < 2) {
        ui_say(u, NOTICE_INFO, n ? "this is the only layer" : "a layer needs a model: open MODEL.onnx");
        return;
    }
    u->layer = (size_t)(((int64_t)u->layer + by + n) % n);
    u->cell_row = u->cell_column = 0;
    if (u->cut >= 0)
        ui_drop_draft(u);
    open(u);
}

void layer_kernels(struct ui *u, const char *arg)
{
    enum board_item item;
    (void)arg;
    if (count_of(shown(u, &item), "taps") < 2) {
        ui_say(u, NOTICE_INFO, "kernels belong to convolutions; ] goes to the next layer");
        return;
    }
    u->kernels = !u->kernels;
    post_kernels(u);
}

/* The prune that cuts exactly u->cut weights of the layer, the smallest. */
static void print_threshold(const struct ui *u, struct buf *out)
{
    const struct json *l = layer_at(u, u->layer);
    buf_puts(out, "prune ");
    num_exact(out, (double)u->cut / (double)count_of(l, "weights"));
    buf_puts(out, " criterion=magnitude structure=weight scope=global layers=");
    text_quote(out, text_of(l, "name", ""));
}

/* The threshold's draft: the smallest so many of the layer's weights go. */
static void draft_cut(struct ui *u, int64_t cut)
{
    struct buf line = {0};
    u->cut = cut;
    u->drafting = true;
    print_threshold(u, &line);
    ui_preview(u, buf_text(&line));
    buf_release(&line);
}

void layer_threshold(struct ui *u, const char *arg)
{
    const struct json *l = layer_at(u, u->layer);
    int64_t weights = count_of(l, "weights"), by = arg && arg[0] == '-' ? -1 : 1;
    if (weights == 0)
        return;
    int64_t cut = u->drafting && u->cut >= 0 ? u->cut : weights - count_of(l, "kept");
    int64_t step = weights >= 100 ? (weights + 50) / 100 : 1;
    if (clamp_to(cut + by * step, weights + 1) == cut)
        ui_say(u, NOTICE_INFO, by > 0 ? "all weights of this layer are cut" : "nothing of this layer is cut");
    draft_cut(u, clamp_to(cut + by * step, weights + 1));
}

/* The threshold is dragged over the histogram: what lies left of it goes. */
static void slide(struct ui *u, double at)
{
    enum board_item item;
    const struct json *all = json_get(shown(u, &item), "histogram"), *cut = json_first(json_get(all, "cut"));
    int64_t below = 0, left = (int64_t)floor(at * (double)json_count(json_get(all, "kept")) + 0.5);
    for (const struct json *kept = json_first(json_get(all, "kept")); kept && left-- > 0;
         kept = json_next(kept), cut = json_next(cut))
        below += (int64_t)(json_num(kept, 0) + json_num(cut, 0));
    if (all)
        draft_cut(u, below);
}

void layer_keep(struct ui *u)
{
    struct buf line = {0};
    print_threshold(u, &line);
    ui_post(u, REQUEST_COMMAND, "%s", buf_text(&line));
    buf_release(&line);
}

static void command(const struct ui *u, struct buf *out)
{
    const struct json *l = layer_at(u, u->layer);
    if (!l)
        return;
    buf_puts(out, "layer ");
    text_quote(out, text_of(l, "name", ""));
    buf_printf(out, " order=%s", pattern_order_names[u->order]);
}

const struct screen screen_layer = {.view = VIEW_LAYER,
                                    .tab = '4',
                                    .scene = build,
                                    .move = move,
                                    .side = side,
                                    .enter = enter,
                                    .open = open,
                                    .slide = slide,
                                    .command = command,
                                    .see = "One layer as a matrix: rows are its units, columns its inputs, a "
                                           "cell a block of both. Beside it how many weights "
                                           "have which size, cut and kept, and where the threshold lies.",
                                    .how = "A cell shows the share of its weights that is kept, rounded up, "
                                           "so that a lone survivor shows; or the mean of its "
                                           "kept weights; or the sum of what was cut over all its weights. "
                                           "Energy: sum (M w)^2 / sum w^2. Fan-in: inputs "
                                           "with a kept weight; fan-out: units that hear an input. < and > "
                                           "move the threshold by a hundredth of the "
                                           "layer's weights and cut exactly the smallest so many.",
                                    .careful = "Empty rows and columns cost nothing more to remove whole; "
                                               "scattered cuts make no multiplication faster by "
                                               "themselves. The threshold is a draft of this layer alone, "
                                               "from its unpruned weights: what other rules cut "
                                               "here comes back unless it was cut by hand."};
