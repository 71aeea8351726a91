/* strategy: the second screen's controls: what is scored, in what portions it goes, where, how much; and the draft they ask for.
 * What the draft costs is strategy_price.c's business. */
#include "views/strategy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/words.h"
#include "app/scene/facts_of.h"
#include "app/scene/strategy_parts.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"
#include "engine/prune/prune.h"

enum { ROW_CRITERION, ROW_SCOPE, ROW_STRUCTURE, ROW_NORM, ROW_AMOUNT, ROW_LAYERS, ROW_PROTECT, ROW_SEED };

static size_t names_count(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

size_t strategy_ticks(const struct ui *u)
{
    size_t n = layer_count(u);
    return n < LAYERS_TICKED ? n : LAYERS_TICKED;
}

static size_t left_out(const struct ui *u)
{
    size_t n = 0;
    for (size_t i = 0; i < strategy_ticks(u); i++)
        n += u->left_out[i];
    return n;
}

bool strategy_of_units(const struct ui *u)
{
    return u->choice[ROW_STRUCTURE] == STRUCTURE_UNIT;
}

bool strategy_by_magnitude(const struct ui *u)
{
    return u->choice[ROW_CRITERION] == CRITERION_MAGNITUDE;
}

/* ---- the rows: when they are there, how they look, what to the side means ---- */

static bool by_chance(const struct ui *u)
{
    return u->choice[ROW_CRITERION] == CRITERION_RANDOM;
}

static bool scored_units(const struct ui *u)
{
    return strategy_of_units(u) && !by_chance(u);
}

static bool several_layers(const struct ui *u)
{
    return layer_count(u) > 1;
}

static void fill_amount(const struct ui *u, struct scratch *memory, struct control *c)
{
    (void)memory;
    c->high = 0.99;
    c->at = u->amount;
    c->low_end = amount_percent(0, 0);
    c->high_end = amount_percent(0.99, 0);
    c->value = amount_percent(u->amount, 1);
}

static void fill_seed(const struct ui *u, struct scratch *memory, struct control *c)
{
    (void)memory;
    c->value = amount_plain((double)u->seed, 0);
    c->note = "h l another draw";
}

static void fill_ticks(const struct ui *u, struct scratch *memory, struct control *c)
{
    size_t n = strategy_ticks(u);
    struct toggle *rows = scratch_take(memory, n, sizeof *rows);
    const struct json *l = layer_at(u, 0);
    for (size_t i = 0; i < n; i++, l = json_next(l))
        rows[i] = (struct toggle){text_of(l, "name", "?"), !u->left_out[i]};
    c->toggles = rows;
    c->toggle_count = n;
    c->toggle_selected = u->tick;
}

static void side_amount(struct ui *u, int64_t by)
{
    double next = round(u->amount * 100 + (double)by) / 100;
    next = next < 0 ? 0 : next > 0.99 ? 0.99 : next;
    if (next == u->amount && u->drafting) {
        ui_say(u, NOTICE_INFO,
               by > 0 ? "the slider ends here; = takes any amount" : "nothing less can be cut");
        return;
    }
    u->amount = next;
    strategy_preview(u);
}

static void side_seed(struct ui *u, int64_t by)
{
    u->seed = u->seed + by < 0 ? 0 : u->seed + by;
    strategy_preview(u);
}

static void side_tick(struct ui *u, int64_t by)
{
    u->tick = step_to(u, u->tick, by, strategy_ticks(u), "layer");
}

/* One row of the pane. A choice has names and needs no functions. */
static const struct row {
    const char *label;
    enum control_kind kind;
    const char *key; /* of the command line, for choices */
    const char *const *names;
    bool (*there)(const struct ui *u); /* NULL: always */
    void (*fill)(const struct ui *u, struct scratch *memory, struct control *c);
    void (*side)(struct ui *u, int64_t by);
} rows[CONTROLS] = {
    [ROW_CRITERION] = {"criterion", CONTROL_CHOICE, "criterion", criterion_names, NULL, NULL, NULL},
    [ROW_SCOPE] = {"scope", CONTROL_CHOICE, "scope", scope_names, NULL, NULL, NULL},
    [ROW_STRUCTURE] = {"structure", CONTROL_CHOICE, "structure", structure_names, NULL, NULL, NULL},
    [ROW_NORM] = {"norm", CONTROL_CHOICE, "norm", norm_names, scored_units, NULL, NULL},
    [ROW_AMOUNT] = {"sparsity", CONTROL_SLIDER, NULL, NULL, NULL, fill_amount, side_amount},
    [ROW_LAYERS] = {"cut in", CONTROL_TOGGLES, NULL, NULL, several_layers, fill_ticks, side_tick},
    [ROW_PROTECT] = {"protect", CONTROL_TOGGLES, NULL, NULL, several_layers, strategy_fill_guards,
                     strategy_side_guard},
    [ROW_SEED] = {"seed", CONTROL_NUMBER, NULL, NULL, by_chance, fill_seed, side_seed},
};

bool strategy_on_guards(const struct ui *u)
{
    return u->control == ROW_PROTECT;
}

static bool is_there(const struct ui *u, int row)
{
    return !rows[row].there || rows[row].there(u);
}

static void fill_controls(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    struct control *out = scratch_take(memory, CONTROLS, sizeof *out);
    for (int i = 0; i < CONTROLS; i++) {
        const struct row *r = &rows[i];
        if (!is_there(u, i))
            continue;
        struct control *c = &out[t->control_count];
        *c = (struct control){.kind = r->kind, .label = r->label};
        if (r->names) {
            c->choices = r->names;
            c->choice_count = names_count(r->names);
            c->chosen = (size_t)u->choice[i];
        } else {
            r->fill(u, memory, c);
        }
        if (i <= u->control)
            t->selected = t->control_count;
        t->control_count++;
    }
    t->controls = out;
}

/* ---- the draft ---- */

/* In the order and with everything that a canonical line has, so that the two can be compared. */
const char *strategy_keys(const struct ui *u, struct scratch *memory)
{
    struct buf text = {0}, names = {0};
    buf_printf(&text, "criterion=%s structure=%s scope=%s", criterion_names[u->choice[ROW_CRITERION]],
               structure_names[u->choice[ROW_STRUCTURE]], scope_names[u->choice[ROW_SCOPE]]);
    if (strategy_of_units(u))
        buf_printf(&text, " norm=%s", norm_names[u->choice[ROW_NORM]]);
    buf_printf(&text, " seed=%lld", (long long)u->seed);
    if (left_out(u) > 0) {
        const struct json *l = layer_at(u, 0);
        for (size_t i = 0; l; i++, l = json_next(l))
            if (i >= LAYERS_TICKED || !u->left_out[i])
                buf_printf(&names, "%s%s", names.len ? "," : "", text_of(l, "name", ""));
        buf_puts(&text, " layers=");
        text_quote(&text, buf_text(&names));
        buf_release(&names);
    }
    return scratch_buf(memory, &text);
}

void strategy_preview(struct ui *u)
{
    struct scratch memory = {0};
    struct buf line = {0};
    if (!u->board.item[BOARD_MODEL]) {
        ui_say(u, NOTICE_INFO, "pruning needs a model: open MODEL.onnx");
        return;
    }
    buf_puts(&line, "prune ");
    num_exact(&line, u->amount);
    buf_printf(&line, " %s", strategy_keys(u, &memory));
    u->drafting = true;
    u->cut = -1;
    u->full_run = false;
    ui_preview(u, buf_text(&line));
    strategy_ask_fit(u);
    buf_release(&line);
    scratch_release(&memory);
}

static void take_choice(struct ui *u, int row, const struct words *w)
{
    const char *word = words_key(w, rows[row].key);
    for (int i = 0; word && rows[row].names[i]; i++)
        if (strcmp(rows[row].names[i], word) == 0)
            u->choice[row] = i;
}

static void take_layers(struct ui *u, const char *list)
{
    const struct json *l = layer_at(u, 0);
    for (size_t i = 0; i < strategy_ticks(u); i++, l = json_next(l)) {
        const char *name = text_of(l, "name", ""), *at = list ? strstr(list, name) : NULL;
        size_t n = strlen(name);
        while (at && ((at > list && at[-1] != ',') || (at[n] != ',' && at[n] != '\0')))
            at = strstr(at + 1, name);
        u->left_out[i] = list && !at;
    }
}

/* Where the head is a prune, the controls stand as it was made. */
static void follow_head(struct ui *u)
{
    struct words w;
    double amount;
    const char *line = text_of(u->board.item[BOARD_STATUS], "command", "");
    if (!words_parse(line, &w, NULL))
        return;
    if (w.verb && strcmp(w.verb, "prune") == 0 && w.n_args == 1 && num_parse(w.args[0], &amount)) {
        const char *seed = words_key(&w, "seed");
        u->amount = amount;
        for (int i = 0; i < CONTROLS; i++)
            if (rows[i].names)
                take_choice(u, i, &w);
        if (seed)
            num_parse_int(seed, &u->seed);
        take_layers(u, words_key(&w, "layers"));
    }
    words_release(&w);
}

void strategy_follow(struct ui *u)
{
    if (u->redraft) {
        u->redraft = false;
        strategy_preview(u);
    } else if (u->screen == VIEW_STRATEGY && !u->drafting) {
        follow_head(u);
        strategy_ask_fit(u);
    }
}

/* ---- the screen ---- */

static void fill_layers(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    const struct json *table =
        u->board.item[u->drafting && u->board.item[BOARD_DRAFT_LAYERS] ? BOARD_DRAFT_LAYERS : BOARD_LAYERS];
    const struct json *list = json_get(table, "layers");
    t->layer_count = json_count(list);
    struct sparsity_row *out = scratch_take(memory, t->layer_count, sizeof *out);
    size_t i = 0;
    for (const struct json *l = json_first(list); l; l = json_next(l), i++)
        out[i] = (struct sparsity_row){.name = text_of(l, "name", "?"),
                                       .weights = count_of(l, "weights"),
                                       .kept = count_of(l, "kept"),
                                       .protected_ = json_true(json_get(l, "protected"))};
    t->layers = out;
    t->layer_first = u->control == ROW_LAYERS                                 ? u->tick
                     : u->control == ROW_PROTECT && u->guard < t->layer_count ? u->guard
                                                                              : 0;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    if (!u->board.item[BOARD_MODEL])
        return NULL;
    struct strategy_scene *t = scratch_take(memory, 1, sizeof *t);
    if (u->drafting)
        t->draft = scratch_printf(memory, "draft from #%lld, not yet a step",
                                  (long long)count_of(u->board.item[BOARD_STATUS], "step"));
    t->frozen = u->frozen && !u->full_run;
    fill_controls(u, memory, t);
    fill_layers(u, memory, t);
    strategy_price(u, memory, t);
    strategy_notices(u, memory, t);
    return t;
}

static void move(struct ui *u, int64_t by)
{
    int step = by > 0 ? 1 : -1, from = u->control;
    for (int64_t left = by * step; left > 0; left--) {
        int next = u->control + step;
        while (next >= 0 && next < CONTROLS && !is_there(u, next))
            next += step;
        if (next < 0 || next >= CONTROLS)
            break;
        u->control = next;
    }
    if (by != 0 && u->control == from)
        ui_say(u, NOTICE_INFO, "this is the %s control", by > 0 ? "last" : "first");
}

static void side(struct ui *u, int64_t by)
{
    const struct row *r = &rows[u->control];
    if (r->names) {
        size_t n = names_count(r->names);
        u->choice[u->control] = (int)((u->choice[u->control] + (by > 0 ? 1 : n - 1)) % n);
        strategy_preview(u);
    } else {
        r->side(u, by);
    }
}

static void enter(struct ui *u)
{
    ui_run(u, "keep");
}

/* The step that the draft would become; without one, what the controls stand on. */
static void command(const struct ui *u, struct buf *out)
{
    struct scratch memory = {0};
    if (u->drafting && u->asked) {
        buf_puts(out, u->asked);
    } else if (u->board.item[BOARD_MODEL]) {
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

static void open(struct ui *u)
{
    u->control = ROW_AMOUNT;
    if (!u->drafting)
        follow_head(u);
    strategy_ask_fit(u);
}

/* arg: the box with that number in the row; NULL: the one under the cursor. */
void strategy_tick(struct ui *u, const char *arg)
{
    int64_t at = 0;
    bool told = arg && num_parse_int(arg, &at);
    if (strategy_on_guards(u)) {
        if (told)
            u->guard = (size_t)clamp_to(at, INT32_MAX);
        strategy_toggle_guard(u);
        return;
    }
    if (told) {
        u->control = ROW_LAYERS;
        u->tick = (size_t)clamp_to(at, (int64_t)strategy_ticks(u));
    }
    if (u->control != ROW_LAYERS || u->tick >= strategy_ticks(u)) {
        ui_say(u, NOTICE_INFO, "Space ticks a layer in the rows 'cut in' and 'protect'");
        return;
    }
    if (!u->left_out[u->tick] && left_out(u) + 1 == strategy_ticks(u)) {
        ui_say(u, NOTICE_INFO, "one layer has to stay ticked: there the cut falls");
        return;
    }
    u->left_out[u->tick] = !u->left_out[u->tick];
    strategy_preview(u);
}

/* Measure everything once although live work is frozen. */
void strategy_run(struct ui *u, const char *arg)
{
    enum board_item item = u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL;
    (void)arg;
    if (!u->board.item[BOARD_DATA])
        ui_say(u, NOTICE_INFO, "nothing to measure without data: type :data DATASET.json");
    else if (!u->frozen)
        ui_say(u, NOTICE_INFO, "live measuring goes on to the last record by itself; F stops it");
    else if (json_true(json_get(u->board.item[item], "exact")) && !u->board.stale[item])
        ui_say(u, NOTICE_INFO, "all records are measured already");
    else if (!u->full_run) {
        u->full_run = true;
        u->port.freeze(u->port.data, false);
    }
}

const struct screen screen_strategy = {
    .view = VIEW_STRATEGY,
    .tab = '2',
    .scene = build,
    .move = move,
    .side = side,
    .enter = enter,
    .open = open,
    .table = table,
    .command = command,
    .slide = slide,
    .see = "Left, what is scored, in what portions it goes, where the cut falls and how much; ticks limit it "
           "to some layers. "
           "Right, what that costs: exact at once from masks alone, and measured on records as they come in.",
    .how = "Portions are ranked by score (magnitude: |w|, a unit by its norm) and exactly the chosen share "
           "of the ticked "
           "layers goes, ties in index order. Every change starts from the unpruned weights, so that going "
           "back and forth "
           "gives the same model. While records are missing, +- is a bound that holds at every look "
           "(Waudby-Smith and "
           "Ramdas 2020); when all are in, the interval is the one for other records of the kind (Bonett and "
           "Price 2012).",
    .careful = "~ marks numbers from part of the records, * numbers of the setting before, guess what lies "
               "on the line between two measured points of this strategy's curve. A draft is no "
               "step until it "
               "is kept. The share counts the ticked layers only."};
