/* strategy: the second screen's scene: the choices of a draft, its price, what happens on the way. */
#include "views/strategy.h"

#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/prune/prune.h"

enum { ROW_CRITERION, ROW_SCOPE, ROW_STRUCTURE, ROW_AMOUNT };

static const struct {
    const char *label, *key;
    const char *const *names;
} choices[] = {[ROW_CRITERION] = {"criterion", "criterion", criterion_names},
               [ROW_SCOPE] = {"scope", "scope", scope_names},
               [ROW_STRUCTURE] = {"structure", "structure", structure_names}};

static size_t names_count(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

const char *strategy_keys(const struct ui *u, struct scratch *memory)
{
    struct buf text = {0};
    for (int i = 0; i < ROW_AMOUNT; i++)
        buf_printf(&text, "%s%s=%s", i ? " " : "", choices[i].key, choices[i].names[u->choice[i]]);
    return scratch_buf(memory, &text);
}

void strategy_preview(struct ui *u)
{
    struct scratch memory = {0};
    struct buf amount = {0};
    if (!u->board.item[BOARD_MODEL]) {
        ui_say(u, NOTICE_INFO, "pruning needs a model: open MODEL.onnx");
        return;
    }
    num_exact(&amount, u->amount);
    u->drafting = true;
    ui_post(u, REQUEST_PREVIEW, "prune %s %s", buf_text(&amount), strategy_keys(u, &memory));
    buf_release(&amount);
    scratch_release(&memory);
}

static void fill_controls(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    struct control *rows = scratch_take(memory, CONTROLS, sizeof *rows);
    for (int i = 0; i < ROW_AMOUNT; i++)
        rows[i] = (struct control){.kind = CONTROL_CHOICE,
                                   .label = choices[i].label,
                                   .choices = choices[i].names,
                                   .choice_count = names_count(choices[i].names),
                                   .chosen = (size_t)u->choice[i]};
    rows[ROW_AMOUNT] = (struct control){.kind = CONTROL_SLIDER,
                                        .label = "cut",
                                        .low = 0,
                                        .high = 0.99,
                                        .at = u->amount,
                                        .low_end = amount_percent(0, 0),
                                        .high_end = amount_percent(0.99, 0),
                                        .value = amount_percent(u->amount, 1)};
    t->controls = rows;
    t->control_count = CONTROLS;
    t->selected = (size_t)u->control;
}

static void fill_layers(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    const struct json *table =
        u->board.item[u->drafting && u->board.item[BOARD_DRAFT_LAYERS] ? BOARD_DRAFT_LAYERS : BOARD_LAYERS];
    const struct json *list = json_get(table, "layers");
    t->layer_count = json_count(list);
    struct sparsity_row *rows = scratch_take(memory, t->layer_count, sizeof *rows);
    size_t i = 0;
    for (const struct json *l = json_first(list); l; l = json_next(l), i++)
        rows[i] = (struct sparsity_row){
            .name = text_of(l, "name", "?"), .weights = count_of(l, "weights"), .kept = count_of(l, "kept")};
    t->layers = rows;
}

static const struct json *shown_mask(const struct ui *u, enum board_item *item)
{
    *item = u->drafting && u->board.item[BOARD_DRAFT] ? BOARD_DRAFT : BOARD_MASK;
    return u->board.item[*item];
}

/* "(+4)" against the step that the draft begins from. */
static char *against(struct scratch *memory, double now, double before)
{
    return isfinite(now) && isfinite(before) && now != before
               ? scratch_printf(memory, "(%+.0f)", now - before)
               : NULL;
}

static void fill_exact(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    enum board_item item;
    const struct json *m = shown_mask(u, &item), *before = u->board.item[BOARD_MASK],
                      *sizes = json_get(m, "sizes");
    struct fact_list list = {0};
    struct fact *f;
    double smallest =
        fmin(number_of(sizes, "bitmask"), fmin(number_of(sizes, "csr"), number_of(sizes, "dense")));
    double cut = (double)json_count(json_get(m, "cut_inputs")),
           cut_before = (double)json_count(json_get(before, "cut_inputs"));
    f = fact_add(&list, memory, "kept", trusted(u, item, amount_count(number_of(m, "kept"))));
    f->note = scratch_printf(memory, "of %s", count_text(memory, count_of(m, "prunable")));
    f = fact_add(&list, memory, "size", trusted(u, item, amount_bytes(smallest)));
    if (isfinite(u->budget)) {
        f->note = smallest <= u->budget ? "in budget" : "over budget";
        f->alarm = smallest > u->budget;
    }
    fact_add(&list, memory, "mult-adds", trusted(u, item, amount_count(number_of(m, "macs"))));
    if (isfinite(number_of(m, "threshold")))
        fact_add(&list, memory, "score cut up to",
                 trusted(u, item, amount_plain(number_of(m, "threshold"), 4)));
    f = fact_add(&list, memory, "dead units", trusted(u, item, amount_count(number_of(m, "dead"))));
    f->note = against(memory, number_of(m, "dead"), number_of(before, "dead"));
    f = fact_add(&list, memory, "inputs cut", trusted(u, item, amount_count(cut)));
    f->note = against(memory, cut, cut_before);
    f->alarm = cut > cut_before;
    t->exact = list.rows;
    t->exact_count = m ? list.n : 0;
}

static void fill_measured(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    enum board_item item = u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL;
    const struct json *e = u->board.item[item];
    struct fact_list list = {0};
    struct fact *f;
    if (!u->board.item[BOARD_DATA]) {
        t->measured_hint = "no data: type :data DATASET.json";
        return;
    }
    t->measured = count_of(e, "n");
    t->measured_of = e ? count_of(e, "total") : 1;
    if (json_is_number(json_get(e, "accuracy"))) {
        fact_add(&list, memory, "accuracy", trusted(u, item, amount_percent(number_of(e, "accuracy"), 1)));
        f = fact_add(&list, memory, "vs dense", trusted(u, item, amount_points(number_of(e, "delta"), 1)));
        f->lo = trusted(u, item, amount_points(number_of(e, "delta_low"), 1));
        f->hi = trusted(u, item, amount_points(number_of(e, "delta_high"), 1));
        f->alarm = number_of(e, "delta_high") < 0;
    } else if (json_get(e, "mse")) {
        fact_add(&list, memory, "squared error", trusted(u, item, amount_plain(number_of(e, "mse"), 4)));
        fact_add(&list, memory, "dense", amount_plain(number_of(e, "dense_mse"), 4));
    }
    f = fact_add(&list, memory, "changed",
                 trusted(u, item, amount_percent(number_of(e, "changed") / number_of(e, "n"), 1)));
    f->note = e ? scratch_printf(memory, "%s records", count_text(memory, count_of(e, "changed"))) : NULL;
    t->facts = list.rows;
    t->fact_count = list.n;
}

/* The first input that the draft cuts off and the step before had. */
static const char *newly_cut(const struct json *now, const struct json *before)
{
    for (const struct json *a = json_first(json_get(now, "cut_inputs")); a; a = json_next(a)) {
        bool known = false;
        for (const struct json *b = json_first(json_get(before, "cut_inputs")); b; b = json_next(b))
            known |= strcmp(json_str(a), json_str(b)) == 0;
        if (!known)
            return json_str(a);
    }
    return NULL;
}

static void fill_notices(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    enum { NOTICES = 4 };
    struct strategy_notice *rows = scratch_take(memory, NOTICES, sizeof *rows);
    enum board_item item;
    const struct json *m = shown_mask(u, &item), *before = u->board.item[BOARD_MASK];
    const char *input = item == BOARD_DRAFT ? newly_cut(m, before) : NULL;
    if (input)
        rows[t->notice_count++] = (struct strategy_notice){
            NOTE_WARNING, scratch_printf(memory, "the input %s loses its last way to the output", input),
            scratch_printf(memory, ":protect \"input:%s\"", input)};
    for (size_t i = 0; i < t->layer_count && t->notice_count < NOTICES - 1; i++)
        if (t->layers[i].weights > 0 && t->layers[i].kept * 50 < t->layers[i].weights)
            rows[t->notice_count++] = (struct strategy_notice){
                NOTE_WARNING,
                scratch_printf(memory,
                               "layer %s keeps less than 2%% of its weights: it is about to be emptied",
                               t->layers[i].name),
                NULL};
    if (item == BOARD_DRAFT)
        rows[t->notice_count++] = (struct strategy_notice){
            NOTE_INFO, "this is a draft: m or Enter makes it a step, undo with u", NULL};
    t->notices = rows;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    if (!u->board.item[BOARD_MODEL])
        return NULL;
    struct strategy_scene *t = scratch_take(memory, 1, sizeof *t);
    if (u->drafting)
        t->draft = scratch_printf(memory, "draft from #%lld, not yet a step",
                                  (long long)count_of(u->board.item[BOARD_STATUS], "step"));
    t->frozen = u->frozen;
    fill_controls(u, memory, t);
    fill_layers(u, memory, t);
    fill_exact(u, memory, t);
    fill_measured(u, memory, t);
    fill_notices(u, memory, t);
    return t;
}

static void move(struct ui *u, int64_t by)
{
    u->control = (int)clamp_to(u->control + by, CONTROLS);
}

static void side(struct ui *u, int64_t by)
{
    if (u->control == ROW_AMOUNT) {
        double next = round(u->amount * 100 + (double)by) / 100;
        u->amount = next < 0 ? 0 : next > 0.99 ? 0.99 : next;
    } else {
        size_t n = names_count(choices[u->control].names);
        u->choice[u->control] = (int)((u->choice[u->control] + (by > 0 ? 1 : n - 1)) % n);
    }
    strategy_preview(u);
}

static void enter(struct ui *u)
{
    ui_run(u, "keep");
}

/* The draft as the step it would become. */
static void command(const struct ui *u, struct buf *out)
{
    struct scratch memory = {0};
    if (u->drafting) {
        buf_puts(out, "prune ");
        num_exact(out, u->amount);
        buf_printf(out, " %s", strategy_keys(u, &memory));
    }
    scratch_release(&memory);
}

/* The layers as they would be. */
static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    enum board_item item =
        u->drafting && u->board.item[BOARD_DRAFT_LAYERS] ? BOARD_DRAFT_LAYERS : BOARD_LAYERS;
    return sheet_of(memory, json_get(u->board.item[item], "layers"),
                    "name shape weights kept sparsity units dead");
}

/* The amount, in whole hundredths as its keys go. */
static void slide(struct ui *u, double at)
{
    if (u->control != ROW_AMOUNT)
        return;
    u->amount = round(at * 99) / 100;
    strategy_preview(u);
}

const struct screen screen_strategy = {.view = VIEW_STRATEGY,
                                       .tab = '2',
                                       .scene = build,
                                       .move = move,
                                       .side = side,
                                       .enter = enter,
                                       .table = table,
                                       .command = command,
                                       .slide = slide,
                                       .see =
                                           "Left, what is scored, in what portions it goes, where the cut "
                                           "falls and how much. Right, what that costs: exact at "
                                           "once from masks alone, and measured on records as they come in.",
                                       .how = "Portions are ranked by score (magnitude: |w|, a unit by its "
                                              "norm) and exactly the chosen share goes, ties in index "
                                              "order. Every change starts from the unpruned weights, so that "
                                              "going back and forth gives the same model.",
                                       .careful = "~ marks numbers from part of the records, * numbers of "
                                                  "the setting before. A draft is no step until it is kept."};
