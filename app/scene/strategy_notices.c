/* strategy_notices: what happens on the way to a draft: an input is lost, a layer is emptied, the budget is met, the curve bends. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/strategy_parts.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/stats/tradeoff.h"

static bool names(const struct json *list, const char *name)
{
    for (const struct json *a = json_first(list); a; a = json_next(a))
        if (strcmp(json_str(a), name) == 0)
            return true;
    return false;
}

/* Inputs that the draft cuts off and the step has. */
static const struct json *next_lost(const struct ui *u, const struct json *after)
{
    const struct json *now = json_get(u->board.item[BOARD_DRAFT], "cut_inputs"),
                      *before = json_get(u->board.item[BOARD_MASK], "cut_inputs");
    for (const struct json *a = after ? json_next(after) : json_first(now); a; a = json_next(a))
        if (!names(before, json_str(a)))
            return a;
    return NULL;
}

/* Where the named input goes; NaN while it was not looked up. */
static double lost_from(const struct ui *u, const char *name)
{
    const struct json *edges = u->board.item[BOARD_DRAFT_EDGES];
    if (edges && strategy_curve_fits(u, edges))
        for (const struct json *l = json_first(json_get(edges, "lost")); l; l = json_next(l))
            if (strcmp(text_of(l, "name", ""), name) == 0)
                return number_of(l, "amount");
    return NAN;
}

const char *strategy_lost_input(const struct ui *u)
{
    const struct json *first = u->drafting ? next_lost(u, NULL) : NULL,
                      *edges = u->board.item[BOARD_DRAFT_EDGES];
    if (!first)
        return NULL;
    for (const struct json *l = json_first(json_get(edges, "lost")); l; l = json_next(l))
        if (names(json_get(u->board.item[BOARD_DRAFT], "cut_inputs"), text_of(l, "name", "")) &&
            isfinite(lost_from(u, text_of(l, "name", ""))))
            return text_of(l, "name", NULL);
    return json_str(first);
}

enum { NOTICES = 6 };

static void say(struct strategy_scene *t, struct strategy_notice *rows, bool warning, const char *text,
                const char *keys)
{
    if (t->notice_count < NOTICES)
        rows[t->notice_count++] = (struct strategy_notice){warning ? NOTE_WARNING : NOTE_INFO, text, keys};
}

static void say_lost(const struct ui *u, struct scratch *memory, struct strategy_scene *t,
                     struct strategy_notice *rows)
{
    const char *name = strategy_lost_input(u);
    size_t more = 0;
    struct buf text = {0};
    if (!name)
        return;
    for (const struct json *a = next_lost(u, NULL); a; a = next_lost(u, a))
        more += strcmp(json_str(a), name) != 0;
    buf_printf(&text, "%s lost its last way out", name);
    if (isfinite(lost_from(u, name))) {
        buf_puts(&text, " at ");
        num_percent(&text, lost_from(u, name), 1);
    }
    if (more > 0)
        buf_printf(&text, ", %zu more input%s behind it", more, more > 1 ? "s" : "");
    buf_putc(&text, '.');
    say(t, rows, true, scratch_buf(memory, &text), "P protect it");
}

static void say_layers(struct scratch *memory, struct strategy_scene *t, struct strategy_notice *rows)
{
    for (size_t i = 0; i < t->layer_count; i++) {
        const struct sparsity_row *l = &t->layers[i];
        if (l->weights > 0 && l->kept == 0)
            say(t, rows, true,
                scratch_printf(memory, "layer %s is empty: nothing passes through it.", l->name), NULL);
        else if (l->kept * 50 < l->weights)
            say(t, rows, true,
                scratch_printf(memory, "layer %s is about to be emptied: %s of %s weights are left.", l->name,
                               count_text(memory, l->kept), count_text(memory, l->weights)),
                NULL);
    }
}

static char *fit_line(const struct ui *u, struct scratch *memory)
{
    return scratch_printf(memory, "prune bytes=%.0f %s", u->budget, strategy_keys(u, memory));
}

void strategy_ask_fit(struct ui *u)
{
    struct scratch memory = {0};
    const char *line = fit_line(u, &memory);
    const char *question =
        scratch_printf(&memory, "%s %s %s", text_of(u->board.item[BOARD_STATUS], "base", ""),
                       strstr(line, " layers=") ? text_of(u->board.item[BOARD_MASK], "mask", "") : "", line);
    bool wanted = u->screen == VIEW_STRATEGY && isfinite(u->budget) && u->board.item[BOARD_MODEL];
    if (wanted && (!u->fitting || strcmp(u->fitting, question) != 0)) {
        free(u->fitting);
        u->fitting = mem_text(question);
        ui_post(u, REQUEST_FIT, "%s", line);
    }
    scratch_release(&memory);
}

/* What was found; NULL while it is looked for. */
static const struct json *fit_now(const struct ui *u, struct scratch *memory)
{
    const struct json *fit = u->board.item[BOARD_FIT];
    bool fits =
        fit && strcmp(text_of(fit, "asked", ""), fit_line(u, memory)) == 0 && strategy_base_fits(u, fit);
    return fits ? fit : NULL;
}

static void say_budget(const struct ui *u, struct scratch *memory, struct strategy_scene *t,
                       struct strategy_notice *rows)
{
    enum board_item item;
    const struct json *fit = fit_now(u, memory);
    double amount = number_of(fit, "amount"), bytes = strategy_bytes(strategy_mask(u, &item));
    bool over = bytes > u->budget;
    struct buf text = {0};
    if (!isfinite(u->budget) || !isfinite(bytes))
        return;
    buf_puts(&text, over ? "over the budget of " : "the budget of ");
    num_bytes(&text, u->budget);
    buf_puts(&text, over ? "" : " is met");
    if (isfinite(amount)) {
        buf_puts(&text, over ? "; it is met from " : " from ");
        num_percent(&text, amount, 1);
        buf_puts(&text, " on");
    } else if (fit) {
        buf_puts(&text, "; no share of these layers meets it");
    }
    buf_putc(&text, '.');
    say(t, rows, over, scratch_buf(memory, &text), "3 see curve");
}

/* The knee of the finished sweep of this strategy, and the slope behind it. */
static void say_bend(const struct ui *u, struct scratch *memory, struct strategy_scene *t,
                     struct strategy_notice *rows)
{
    enum { POINTS = 64 };
    double x[POINTS], accuracy[POINTS], amount[POINTS];
    size_t n = 0;
    for (int i = 0; i < u->board.n_curves; i++) {
        const struct json *c = u->board.curves[i], *list = json_get(c, "points");
        if (!strategy_curve_fits(u, c) || json_count(list) > POINTS ||
            !(number_of(c, "tried") >= number_of(c, "wanted")))
            continue;
        for (const struct json *p = json_first(list); p; p = json_next(p))
            n += json_true(json_get(p, "exact"));
        size_t at = n; /* amounts rise, sizes fall */
        for (const struct json *p = json_first(list); p; p = json_next(p)) {
            if (!json_true(json_get(p, "exact")))
                continue;
            at--;
            x[at] = log(number_of(p, "bytes"));
            accuracy[at] = number_of(p, "accuracy");
            amount[at] = number_of(p, "amount");
        }
    }
    if (n == 0)
        return;
    size_t knee = tradeoff_knee(x, accuracy, n);
    double fall = knee < n ? 100 * (accuracy[knee] - accuracy[0]) : NAN;
    if (!(fall > 0) || !(amount[0] > amount[knee]))
        return;
    struct buf text = {0};
    buf_puts(&text, "the curve bends at ");
    num_percent(&text, amount[knee], 1);
    buf_puts(&text, ": behind it accuracy falls 1pp per ");
    num_percent(&text, (amount[0] - amount[knee]) / fall, 1);
    buf_puts(&text, " more.");
    say(t, rows, u->amount > amount[knee], scratch_buf(memory, &text), "3 see curve");
}

static void say_move(const struct ui *u, struct scratch *memory, struct strategy_scene *t,
                     struct strategy_notice *rows)
{
    const struct json *draft = u->board.item[BOARD_DRAFT];
    long long step = (long long)count_of(u->board.item[BOARD_STATUS], "step");
    double weights = number_of(draft, "changed_weights"), units = number_of(draft, "changed_units");
    struct buf text = {0};
    if (!u->drafting || !isfinite(weights))
        return;
    if (weights == 0 && units == 0) {
        buf_printf(&text, "the same mask as step #%lld", step);
    } else {
        buf_printf(&text, "moving from #%lld to here changes ", step);
        if (units > 0)
            buf_printf(&text, "%s units with ", count_text(memory, (int64_t)units));
        buf_printf(&text, "%s weights (", count_text(memory, (int64_t)weights));
        num_percent(&text, weights / number_of(draft, "prunable"), 1);
        buf_puts(&text, "); m keeps, u drops it");
    }
    say(t, rows, false, scratch_buf(memory, &text), NULL);
}

void strategy_notices(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    struct strategy_notice *rows = scratch_take(memory, NOTICES, sizeof *rows);
    say_lost(u, memory, t, rows);
    say_layers(memory, t, rows);
    say_budget(u, memory, t, rows);
    say_bend(u, memory, t, rows);
    say_move(u, memory, t, rows);
    t->notices = rows;
}
