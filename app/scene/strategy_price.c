/* strategy_price: what a draft costs, in classes of trust, and what happens on the way to it. */
#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/strategy_parts.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/stats/tradeoff.h"

/* ---- exact, at once ---- */

/* The draft's mask; until there is one the step's, which is then of an earlier setting. */
static const struct json *shown_mask(const struct ui *u, enum board_item *item)
{
    *item = u->drafting && u->board.item[BOARD_DRAFT] ? BOARD_DRAFT : BOARD_MASK;
    return u->board.item[*item];
}

static struct amount shown(const struct ui *u, enum board_item item, struct amount a)
{
    a = trusted(u, item, a);
    bool earlier = u->drafting && (item == BOARD_MASK || item == BOARD_EVAL);
    if (earlier && (a.trust == TRUST_EXACT || a.trust == TRUST_PARTIAL))
        a.trust = TRUST_STALE;
    return a;
}

/* "(+4)" against the step that the draft begins from. */
static char *against(struct scratch *memory, double now, double before)
{
    return isfinite(now) && isfinite(before) && now != before
               ? scratch_printf(memory, "(%+.0f)", now - before)
               : NULL;
}

static double smallest_bytes(const struct json *mask)
{
    const struct json *sizes = json_get(mask, "sizes");
    return fmin(number_of(sizes, "bitmask"), fmin(number_of(sizes, "csr"), number_of(sizes, "dense")));
}

static void add_size(const struct ui *u, struct scratch *memory, enum board_item item, struct fact_list *list)
{
    double bytes = smallest_bytes(u->board.item[item]);
    struct fact *f = fact_add(list, memory, "size", shown(u, item, amount_bytes(bytes)));
    if (isfinite(u->budget)) {
        struct buf text = {0};
        f->alarm = bytes > u->budget;
        buf_puts(&text, "of ");
        num_bytes(&text, u->budget);
        buf_puts(&text, f->alarm ? " too large" : " ok");
        f->note = scratch_buf(memory, &text);
    }
}

static void add_lost(const struct ui *u, struct scratch *memory, enum board_item item, struct fact_list *list)
{
    const struct json *m = u->board.item[item], *before = u->board.item[BOARD_MASK];
    double cut = (double)json_count(json_get(m, "cut_inputs")),
           cut_before = (double)json_count(json_get(before, "cut_inputs"));
    struct fact *f = fact_add(list, memory, "dead units", shown(u, item, amount_count(number_of(m, "dead"))));
    f->note = against(memory, number_of(m, "dead"), number_of(before, "dead"));
    f = fact_add(list, memory, "inputs cut", shown(u, item, amount_count(cut)));
    f->note = against(memory, cut, cut_before);
    f->alarm = cut > cut_before;
}

/* Three digits that count, however small the weights are. */
static struct amount threshold_amount(double v)
{
    int zeros = v > 0 && v < 0.01 ? (int)ceil(-log10(v)) : 2;
    return amount_plain(v, zeros + 2 < 12 ? zeros + 2 : 12);
}

static void fill_exact(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    enum board_item item;
    const struct json *m = shown_mask(u, &item);
    struct fact_list list = {0};
    struct fact *f = fact_add(&list, memory, "kept", shown(u, item, amount_count(number_of(m, "kept"))));
    f->note = scratch_printf(memory, "of %s", count_text(memory, count_of(m, "prunable")));
    add_size(u, memory, item, &list);
    fact_add(&list, memory, "mult-adds", shown(u, item, amount_count(number_of(m, "macs"))));
    if (isfinite(number_of(m, "threshold")) && strategy_by_magnitude(u)) {
        f = fact_add(&list, memory, "threshold", shown(u, item, threshold_amount(number_of(m, "threshold"))));
        f->note = strategy_of_units(u) ? "norm cut up to it" : "|w| cut up to it";
    }
    add_lost(u, memory, item, &list);
    t->exact = list.rows;
    t->exact_count = m ? list.n : 0;
}

/* ---- measured ---- */

static const struct json *shown_eval(const struct ui *u, enum board_item *item)
{
    *item = u->drafting && u->board.item[BOARD_DRAFT_EVAL] ? BOARD_DRAFT_EVAL : BOARD_EVAL;
    return u->board.item[*item];
}

/* "+-2.7": the farther of the two ends of a bound, in hundredths. */
static char *plus_minus(struct scratch *memory, double v, double low, double high)
{
    struct buf text = {0};
    buf_puts(&text, "+-");
    num_plain(&text, 100 * fmax(high - v, v - low), 1);
    return scratch_buf(memory, &text);
}

static void add_accuracy(const struct ui *u, struct scratch *memory, enum board_item item,
                         struct fact_list *list)
{
    const struct json *e = u->board.item[item];
    double accuracy = number_of(e, "accuracy"), delta = number_of(e, "delta");
    double low = number_of(e, "delta_low"), high = number_of(e, "delta_high");
    struct fact *f = fact_add(list, memory, "accuracy", shown(u, item, amount_percent(accuracy, 1)));
    if (partial(e))
        f->note = plus_minus(memory, accuracy, number_of(e, "accuracy_low"), number_of(e, "accuracy_high"));
    f = fact_add(list, memory, "vs dense", shown(u, item, amount_points(delta, 1)));
    f->alarm = high < 0;
    if (partial(e)) {
        f->note = plus_minus(memory, delta, low, high);
        return;
    }
    f->lo = shown(u, item, amount_points(low, 1));
    f->hi = shown(u, item, amount_points(high, 1));
}

/* A share that its own bound swallows is no number yet. */
static void add_changed(const struct ui *u, struct scratch *memory, enum board_item item,
                        struct fact_list *list)
{
    const struct json *e = u->board.item[item];
    double share = number_of(e, "changed") / number_of(e, "n");
    double low = number_of(e, "changed_low"), high = number_of(e, "changed_high");
    bool few = partial(e) && high - share > share;
    struct amount shown_share = shown(u, item, amount_percent(share, 1)), none = {0};
    struct fact *f = fact_add(list, memory, "changed", few ? none : shown_share);
    f->note = few          ? "too few yet"
              : partial(e) ? plus_minus(memory, share, low, high)
                           : scratch_printf(memory, "%s records", count_text(memory, count_of(e, "changed")));
}

static void fill_measured(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    enum board_item item;
    const struct json *e = shown_eval(u, &item);
    bool now = item == (u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL) && !u->board.stale[item];
    struct fact_list list = {0};
    if (!u->board.item[BOARD_DATA]) {
        t->measured_hint = "no data: type :data DATASET.json to measure what it costs";
        return;
    }
    t->measured = now ? count_of(e, "n") : 0;
    t->measured_of = e ? count_of(e, "total") : 1;
    if (!e)
        return;
    if (json_is_number(json_get(e, "accuracy")))
        add_accuracy(u, memory, item, &list);
    else if (json_get(e, "mse")) {
        fact_add(&list, memory, "squared error", shown(u, item, amount_plain(number_of(e, "mse"), 4)));
        fact_add(&list, memory, "dense", amount_plain(number_of(e, "dense_mse"), 4));
        fact_add(&list, memory, "R2", shown(u, item, amount_plain(number_of(e, "r2"), 4)));
    }
    add_changed(u, memory, item, &list);
    t->facts = list.rows;
    t->fact_count = list.n;
}

void strategy_price(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    fill_exact(u, memory, t);
    fill_measured(u, memory, t);
}

/* ---- what happens on the way ---- */

static bool same_strategy(const struct ui *u, const struct json *of)
{
    struct scratch memory = {0};
    bool same = strcmp(text_of(of, "strategy", ""), strategy_keys(u, &memory)) == 0;
    scratch_release(&memory);
    return same;
}

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
    if (edges && same_strategy(u, edges))
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
    buf_printf(&text, "%s lost its last way to the output", name);
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

/* Single weights: bytes fall by a fixed number for each one that goes, so that the share follows from the sizes now and dense:
 * bitmask by 4, CSR by 4 and its index. Whole units: the first swept point that fits. */
double strategy_budget_amount(const struct ui *u)
{
    enum board_item item;
    const struct json *m = shown_mask(u, &item), *dense = u->board.item[BOARD_DENSE];
    double kept = number_of(m, "kept"), all = number_of(dense, "kept"), most = -1;
    static const char *const storages[] = {"bitmask", "csr", "dense"};
    if (strategy_of_units(u)) {
        for (int i = 0; i < u->board.n_curves; i++)
            for (const struct json *p = json_first(json_get(u->board.curves[i], "points")); p;
                 p = json_next(p))
                if (same_strategy(u, u->board.curves[i]) && number_of(p, "bytes") <= u->budget)
                    return number_of(p, "amount");
        return NAN;
    }
    for (int i = 0; i < 3; i++) {
        double now = number_of(json_get(m, "sizes"), storages[i]),
               full = number_of(json_get(dense, "sizes"), storages[i]), each = (full - now) / (all - kept);
        if (i == 2)
            most = full <= u->budget ? all : most;
        else if (all > kept && each > 0)
            most = fmax(most, floor(kept + (u->budget - now) / each));
    }
    double amount = (number_of(m, "cut_portions") + kept - most) / number_of(m, "portions");
    return most >= 0 && all > kept ? fmax(0, amount) : NAN;
}

static void say_budget(const struct ui *u, struct scratch *memory, struct strategy_scene *t,
                       struct strategy_notice *rows)
{
    enum board_item item;
    double amount = strategy_budget_amount(u), bytes = smallest_bytes(shown_mask(u, &item));
    bool over = bytes > u->budget;
    struct buf text = {0};
    if (!isfinite(u->budget) || !isfinite(bytes))
        return;
    buf_puts(&text, over ? "over the budget of " : "the budget of ");
    num_bytes(&text, u->budget);
    buf_puts(&text, over ? "" : " is met");
    if (isfinite(amount) && amount <= 1) {
        buf_puts(&text, over ? "; it is met from " : " from ");
        num_percent(&text, amount, 1);
        buf_puts(&text, " on");
    } else if (isfinite(amount)) {
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
        if (!same_strategy(u, c) || json_count(list) > POINTS || json_count(list) < number_of(c, "wanted"))
            continue;
        n = json_count(list);
        size_t at = n; /* amounts rise, sizes fall */
        for (const struct json *p = json_first(list); p; p = json_next(p)) {
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
        buf_puts(&text, "); m or Enter keeps it, u undoes it");
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
