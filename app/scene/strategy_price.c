/* strategy_price: what a draft costs, in classes of trust: exact at once, measured, and while nothing is measured a guess. */
#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/strategy_parts.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/stats/tradeoff.h"

/* ---- exact, at once ---- */

const struct json *strategy_mask(const struct ui *u, enum board_item *item)
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

double strategy_bytes(const struct json *mask)
{
    const struct json *sizes = json_get(mask, "sizes");
    return fmin(number_of(sizes, "bitmask"), fmin(number_of(sizes, "csr"), number_of(sizes, "dense")));
}

static void add_size(const struct ui *u, struct scratch *memory, enum board_item item, struct fact_list *list)
{
    double bytes = strategy_bytes(u->board.item[item]);
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
    const struct json *m = strategy_mask(u, &item);
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

/* ---- guess: while nothing of the draft is measured, read off its strategy's curve ---- */

bool strategy_base_fits(const struct ui *u, const struct json *result)
{
    struct scratch memory = {0};
    bool all = !strstr(strategy_keys(u, &memory), " layers=");
    scratch_release(&memory);
    return strcmp(text_of(result, "base", ""), text_of(u->board.item[BOARD_STATUS], "base", "")) == 0 &&
           (all || strcmp(text_of(result, "from", ""), text_of(u->board.item[BOARD_MASK], "mask", "")) == 0);
}

bool strategy_curve_fits(const struct ui *u, const struct json *curve)
{
    struct scratch memory = {0};
    bool same = strcmp(text_of(curve, "strategy", ""), strategy_keys(u, &memory)) == 0;
    scratch_release(&memory);
    return same && strategy_base_fits(u, curve);
}

/* A member of the points at the slider's amount; as a share of the records where it counts them. */
static double guessed(const struct ui *u, const char *member, bool share)
{
    double found = NAN;
    for (int i = 0; i < u->board.n_curves; i++) {
        const struct json *list = json_get(u->board.curves[i], "points");
        struct scratch memory = {0};
        if (!strategy_curve_fits(u, u->board.curves[i]))
            continue;
        struct tradeoff *points = scratch_take(&memory, json_count(list), sizeof *points);
        size_t n = 0;
        for (const struct json *p = json_first(list); p; p = json_next(p))
            if (json_true(json_get(p, "exact")))
                points[n++] = (struct tradeoff){number_of(p, "amount"),
                                                number_of(p, member) / (share ? number_of(p, "n") : 1)};
        found = tradeoff_between(points, n, u->amount);
        scratch_release(&memory);
    }
    return found;
}

/* Is the draft still without any measurement? */
static bool unmeasured(const struct ui *u)
{
    return u->drafting && (!u->board.item[BOARD_DRAFT_EVAL] || u->board.stale[BOARD_DRAFT_EVAL]);
}

/* The guess in place of an amount of an earlier setting; without one that amount. */
static struct amount or_guess(const struct ui *u, double guess, struct amount a)
{
    if (unmeasured(u) && isfinite(guess)) {
        a.v = guess;
        a.trust = TRUST_GUESS;
    }
    return a;
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
    double guess = guessed(u, "accuracy", false);
    struct fact *f =
        fact_add(list, memory, "accuracy", or_guess(u, guess, shown(u, item, amount_percent(accuracy, 1))));
    if (partial(e) && f->amount.trust != TRUST_GUESS)
        f->note = plus_minus(memory, accuracy, number_of(e, "accuracy_low"), number_of(e, "accuracy_high"));
    f = fact_add(
        list, memory, "vs dense",
        or_guess(u, guess - number_of(e, "dense_accuracy"), shown(u, item, amount_points(delta, 1))));
    if (!e || f->amount.trust == TRUST_GUESS)
        return;
    f->alarm = high < 0;
    if (partial(e)) {
        f->note = plus_minus(memory, delta, low, high);
        return;
    }
    f->lo = shown(u, item, amount_points(low, 1));
    f->hi = shown(u, item, amount_points(high, 1));
}

static void add_error(const struct ui *u, struct scratch *memory, enum board_item item,
                      struct fact_list *list)
{
    const struct json *e = u->board.item[item];
    struct amount error = amount_plain(number_of(e, "mse"), 4), r2 = amount_plain(number_of(e, "r2"), 4);
    struct amount delta = amount_signed(number_of(e, "delta_mse"), 4);
    double guess = guessed(u, "mse", false), low = number_of(e, "delta_mse_low");
    fact_add(list, memory, "squared error", or_guess(u, guess, shown(u, item, error)));
    struct fact *f = fact_add(list, memory, "vs dense",
                              or_guess(u, guess - number_of(e, "dense_mse"), shown(u, item, delta)));
    if (!isnan(low) && f->amount.trust != TRUST_GUESS) {
        f->lo = shown(u, item, amount_signed(low, 4));
        f->hi = shown(u, item, amount_signed(number_of(e, "delta_mse_high"), 4));
        f->alarm = low > 0;
    }
    fact_add(list, memory, "R2", or_guess(u, guessed(u, "r2", false), shown(u, item, r2)));
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
    struct amount guess = or_guess(u, guessed(u, "changed", true), shown_share);
    bool measured = e && guess.trust != TRUST_GUESS;
    struct fact *f = fact_add(list, memory, "changed", measured && few ? none : guess);
    if (!measured)
        return;
    f->note = few          ? "too few yet"
              : partial(e) ? plus_minus(memory, share, low, high)
                           : scratch_printf(memory, "%s records", count_text(memory, count_of(e, "changed")));
}

/* Records of the split that live numbers come from. */
static int64_t live_records(const struct ui *u)
{
    return count_of(json_get(u->board.item[BOARD_DATA], "splits"),
                    text_of(u->board.item[BOARD_STATUS], "split", ""));
}

static void fill_measured(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    enum board_item item;
    const struct json *e = shown_eval(u, &item);
    const char *task = text_of(u->board.item[BOARD_DATA], "task", "");
    bool now = item == (u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL) && !u->board.stale[item];
    struct fact_list list = {0};
    if (!u->board.item[BOARD_DATA]) {
        t->measured_hint = "no data: type :data DATASET.json to measure what it costs";
        return;
    }
    t->measured = now ? count_of(e, "n") : 0;
    t->measured_of = e ? count_of(e, "total") : live_records(u);
    if (now && number_of(e, "seconds") > 0)
        t->measured_in = amount_seconds(number_of(e, "seconds"));
    if (json_is_number(json_get(e, "accuracy")) || (!e && strcmp(task, "classification") == 0))
        add_accuracy(u, memory, item, &list);
    if (json_get(e, "mse") || (!e && strcmp(task, "regression") == 0))
        add_error(u, memory, item, &list);
    else /* values differ a little everywhere */
        add_changed(u, memory, item, &list);
    t->facts = list.rows;
    t->fact_count = list.n;
}

void strategy_price(const struct ui *u, struct scratch *memory, struct strategy_scene *t)
{
    fill_exact(u, memory, t);
    fill_measured(u, memory, t);
}
