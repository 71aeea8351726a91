/* curve: the third screen's scene: trade-off curves of several strategies, front, budget, cursor. */
#include "views/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/scene/curve_points.h"
#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/stats/tradeoff.h"
#include "views/plot.h"

/* ---- points ---- */

static void fill_series(const struct ui *u, struct scratch *memory, size_t i, const struct tradeoff *all,
                        size_t n_all, struct curve_series *s)
{
    const struct curve_measure *x = curve_cost(u), *y = curve_quality(u);
    const struct json **points = curve_points(u, memory, i, &s->count);
    struct curve_point *out = scratch_take(memory, s->count, sizeof *out);
    for (size_t k = 0; k < s->count; k++) {
        const struct json *p = points[k];
        out[k] = (struct curve_point){.x = curve_value(x, p),
                                      .y = curve_value(y, p),
                                      .lo = y && y->low ? number_of(p, y->low) : NAN,
                                      .hi = y && y->high ? number_of(p, y->high) : NAN,
                                      .finished = !curve_settled(p)};
        out[k].on_front = tradeoff_front(all, n_all, curve_tradeoff(u, p));
    }
    s->letter = curve_letter(u, i);
    s->name = curve_name(u, memory, i);
    s->points = out;
    s->hidden = curve_hidden(u, i);
}

/* The point of the board that the cursor stands on; NULL. */
static const struct json *cursor_point(const struct ui *u)
{
    struct scratch memory = {0};
    size_t n;
    const struct json **points = curve_points(u, &memory, curve_selected(u), &n);
    const struct json *p = n ? points[curve_cursor(u, points, n)] : NULL;
    scratch_release(&memory);
    return p;
}

/* "m 80.0%" */
static char *point_name(const struct ui *u, struct scratch *memory, size_t curve, const struct json *p)
{
    return scratch_printf(memory, "%c %.1f%%", curve_letter(u, curve), 100 * number_of(p, "amount"));
}

/* ---- what is written beside the plot ---- */

/* What it costs, in a number that has a half: the sparsity axis counts kept weights. */
static double extent(const struct ui *u, const struct json *p)
{
    return curve_cost(u)->more_is_better ? number_of(p, "kept") : curve_value(curve_cost(u), p);
}

/* What the cursor's point has to be compared with: the best measured point of the other curves that is not larger, and not less
 * than half as large, as a far smaller model is another question; NULL: none is there. */
static const struct json *rival(const struct ui *u, const struct json *p, size_t *curve)
{
    const struct json *best = NULL;
    double most = extent(u, p) * (1 + 1e-9), least = extent(u, p) * (0.5 - 1e-9);
    for (size_t i = 0; i < (size_t)u->board.n_curves; i++)
        for (const struct json *q = json_first(json_get(u->board.curves[i], "points"));
             q && i != curve_selected(u) && !curve_hidden(u, i); q = json_next(q)) {
            struct tradeoff t = curve_tradeoff(u, q);
            if (isfinite(t.quality) && extent(u, q) <= most && extent(u, q) >= least &&
                (!best || t.quality > curve_tradeoff(u, best).quality)) {
                best = q;
                *curve = i;
            }
        }
    return best;
}

/* Only accuracies can be compared record by record; where another measure is shown, ties are still judged on them, and it says so. */
static const char *judged(const struct curve_measure *y, const struct json *worse, const struct json *p,
                          double *low, double *high)
{
    bool tie, on_accuracy = strcmp(y->member, "accuracy") == 0;
    if (!curve_pair(worse, p, low, high, &tie))
        return NULL;
    if (tie)
        return on_accuracy ? "tie" : "acc. tie";
    if (*low > 0)
        return on_accuracy ? "better" : "acc. better";
    return on_accuracy ? "worse" : "acc. worse";
}

static void add_rival(const struct ui *u, struct scratch *memory, const struct json *p,
                      struct fact_list *list)
{
    size_t curve = 0;
    const struct json *q = rival(u, p, &curve);
    const struct curve_measure *y = curve_quality(u);
    double low, high;
    if (curve_settled(p) || u->board.n_curves < 2 || u->only)
        return;
    if (!q) {
        fact_add(list, memory, "vs others", (struct amount){0})->note = "none this size";
        return;
    }
    struct amount less = curve_amount(y, curve_value(y, p) - curve_value(y, q));
    less.measure = y->measure == MEASURE_PERCENT ? MEASURE_POINTS : MEASURE_SIGNED;
    struct fact *f =
        fact_add(list, memory, scratch_printf(memory, "vs %s", point_name(u, memory, curve, q)), less);
    f->note = judged(y, q, p, &low, &high);
    if (f->note && strcmp(y->member, "accuracy") == 0) {
        f->lo = amount_points(low, 1);
        f->hi = amount_points(high, 1);
    }
}

static void add_data(struct scratch *memory, struct fact_list *list, struct amount low, struct amount high)
{
    struct fact *f = fact_add(list, memory, "data", (struct amount){0});
    struct buf text = {0};
    amount_interval(&text, low, high);
    f->note = scratch_buf(memory, &text);
}

static void add_measures(const struct json *p, struct scratch *memory, struct fact_list *list)
{
    struct fact *f;
    fact_add(list, memory, "size", amount_bytes(number_of(p, "bytes")));
    if (curve_settled(p)) {
        f = fact_add(list, memory, "accuracy", amount_percent(NAN, 1));
        f->lo = amount_percent(number_of(p, "low"), 1);
        f->hi = amount_percent(number_of(p, "high"), 1);
        f = fact_add(list, memory, "computed", (struct amount){0});
        f->note = scratch_printf(memory, "? %s of %s: worse", count_text(memory, count_of(p, "n")),
                                 count_text(memory, count_of(p, "of")));
    } else if (json_is_number(json_get(p, "accuracy"))) {
        fact_add(list, memory, "accuracy", amount_percent(number_of(p, "accuracy"), 1));
        add_data(memory, list, amount_percent(number_of(p, "low"), 1),
                 amount_percent(number_of(p, "high"), 1));
        fact_add(list, memory, "loss", amount_plain(number_of(p, "loss"), 4));
    } else if (json_is_number(json_get(p, "mse"))) {
        fact_add(list, memory, "squared error", amount_plain(number_of(p, "mse"), 4));
        if (json_is_number(json_get(p, "mse_low")))
            add_data(memory, list, amount_plain(number_of(p, "mse_low"), 4),
                     amount_plain(number_of(p, "mse_high"), 4));
        fact_add(list, memory, "R2", amount_plain(number_of(p, "r2"), 3));
    }
    if (json_is_number(json_get(p, "changed"))) {
        if (!json_is_number(json_get(p, "mse")))
            fact_add(list, memory, "changed", amount_percent(number_of(p, "changed") / number_of(p, "n"), 1));
        f = fact_add(list, memory, "computed", (struct amount){0});
        f->note = json_true(json_get(p, "exact")) ? "exact" : "? partly";
    }
    fact_add(list, memory, "kept", amount_count(number_of(p, "kept")));
    fact_add(list, memory, "mult-adds", amount_count(number_of(p, "macs")));
}

/* Why a curve ends early: guards kept what more would have taken. */
static void add_reach(const struct json *curve, struct scratch *memory, struct fact_list *list)
{
    double tried = number_of(curve, "tried"), reached = (double)json_count(json_get(curve, "points"));
    if (tried > reached)
        fact_add(list, memory, "unreached", (struct amount){0})->note =
            scratch_printf(memory, "%.0f of %.0f amounts", tried - reached, tried);
}

static void fill_cursor(const struct ui *u, struct scratch *memory, struct curve_scene *c)
{
    const struct json *p = cursor_point(u);
    struct fact_list list = {0};
    c->at_series = SIZE_MAX;
    if (!p)
        return;
    size_t n;
    const struct json **points = curve_points(u, memory, curve_selected(u), &n);
    c->at_series = curve_selected(u);
    c->at_point = curve_cursor(u, points, n);
    c->cursor_title = scratch_printf(memory, "%c %s %.1f%%", c->series[c->at_series].letter,
                                     c->series[c->at_series].name, 100 * number_of(p, "amount"));
    add_measures(p, memory, &list);
    add_rival(u, memory, p, &list);
    add_reach(u->board.curves[c->at_series], memory, &list);
    c->cursor = list.rows;
    c->cursor_count = list.n;
}

/* ---- best under the budget, knees ---- */

struct ranked {
    const struct json *point;
    size_t curve;
    double quality;
};

static int by_quality(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    double x = number_of(p->point, "bytes"), y = number_of(q->point, "bytes");
    if (p->quality != q->quality)
        return p->quality < q->quality ? 1 : -1;
    return (x > y) - (x < y);
}

/* Every visible point in the budget, the best first. */
static struct ranked *in_budget(const struct ui *u, struct scratch *memory, size_t *n)
{
    size_t most = 0;
    for (int i = 0; i < u->board.n_curves; i++)
        most += json_count(json_get(u->board.curves[i], "points"));
    struct ranked *out = scratch_take(memory, most, sizeof *out);
    *n = 0;
    for (size_t i = 0; i < (size_t)u->board.n_curves; i++)
        for (const struct json *p = json_first(json_get(u->board.curves[i], "points")); p; p = json_next(p)) {
            double quality = curve_tradeoff(u, p).quality;
            if (!curve_hidden(u, i) && number_of(p, "bytes") <= u->budget && isfinite(quality))
                out[(*n)++] = (struct ranked){p, i, quality};
        }
    if (*n)
        qsort(out, *n, sizeof *out, by_quality);
    return out;
}

static void add_best(const struct ui *u, struct scratch *memory, struct fact_list *list)
{
    enum { SHOWN = 3 };
    struct buf heading = {0};
    size_t n;
    struct ranked *best = in_budget(u, memory, &n);
    buf_puts(&heading, "=Best under ");
    num_bytes(&heading, u->budget);
    fact_add(list, memory, scratch_buf(memory, &heading), (struct amount){0});
    if (n == 0)
        fact_add(list, memory, "none", (struct amount){0})->note = "fits; sweep another strategy";
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        double low, high;
        const struct curve_measure *y = curve_quality(u);
        struct fact *f = fact_add(list, memory, point_name(u, memory, best[i].curve, best[i].point),
                                  curve_amount(y, curve_value(y, best[i].point)));
        if (i > 0)
            f->note = judged(y, best[0].point, best[i].point, &low, &high);
    }
}

static void fill_side(const struct ui *u, struct scratch *memory, struct curve_scene *c)
{
    struct fact_list list = {0};
    bool heading = false;
    if (isfinite(u->budget) && curve_quality(u))
        add_best(u, memory, &list);
    for (size_t i = 0; i < c->series_count; i++) {
        size_t n;
        const struct json **points = curve_points(u, memory, i, &n);
        size_t knee = c->series[i].hidden ? SIZE_MAX : curve_knee(u, points, n);
        if (knee >= n)
            continue;
        if (!heading)
            fact_add(&list, memory, "=Knee, farthest from chord", (struct amount){0});
        heading = true;
        const struct curve_measure *y = curve_quality(u);
        struct fact *f = fact_add(&list, memory, point_name(u, memory, i, points[knee]),
                                  curve_amount(y, curve_value(y, points[knee])));
        struct buf bytes = {0};
        num_bytes(&bytes, number_of(points[knee], "bytes"));
        f->note = scratch_buf(memory, &bytes);
    }
    c->side = list.rows;
    c->side_count = list.n;
}

/* ---- axes ---- */

static void include(double v, double *lo, double *hi)
{
    *lo = isfinite(v) && !(v >= *lo) ? v : *lo;
    *hi = isfinite(v) && !(v <= *hi) ? v : *hi;
}

/* Closer by half each time, around the cursor; y fits what is seen then. */
static void zoom_axes(const struct ui *u, struct curve_scene *c)
{
    double lo = NAN, hi = NAN, low = NAN, high = NAN;
    if (u->zoom <= 0 || c->at_series >= c->series_count)
        return;
    for (size_t i = 0; i < c->series_count; i++)
        for (size_t k = 0; k < c->series[i].count && !c->series[i].hidden; k++)
            include(c->series[i].points[k].x, &lo, &hi);
    double at = c->series[c->at_series].points[c->at_point].x, width;
    if (c->x.log)
        lo = log(lo), hi = log(hi), at = log(at);
    width = (hi - lo) / (1 << u->zoom);
    lo = fmax(lo, fmin(at - width / 2, hi - width));
    hi = lo + width;
    if (c->x.log)
        lo = exp(lo), hi = exp(hi);
    for (size_t i = 0; i < c->series_count; i++)
        for (size_t k = 0; k < c->series[i].count && !c->series[i].hidden; k++)
            if (c->series[i].points[k].x >= lo * (1 - 1e-9) && c->series[i].points[k].x <= hi * (1 + 1e-9))
                include(c->series[i].points[k].y, &low, &high);
    plot_pad(&lo, &hi, c->x.log, plot_unit(c->x.measure, c->x.decimals));
    plot_pad(&low, &high, false, plot_unit(c->y.measure, c->y.decimals));
    c->x.lo = lo, c->x.hi = hi, c->y.lo = low, c->y.hi = high;
}

/* The dense model's value of the metric, where it was measured. */
static double dense_value(const struct ui *u, const struct curve_measure *y)
{
    static const char *const names[][2] = {
        {"accuracy", "dense_accuracy"}, {"mse", "dense_mse"}, {"r2", "dense_r2"}, {"loss", "dense_loss"}};
    for (size_t i = 0; y && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], y->member) == 0)
            return number_of(u->board.item[BOARD_EVAL], names[i][1]);
    return NAN;
}

static void fill_axes(const struct ui *u, struct curve_scene *c)
{
    const struct curve_measure *x = curve_cost(u), *y = curve_quality(u);
    c->x = (struct curve_axis){x->name, x->measure, x->decimals, x->log, NAN, NAN};
    c->y = y ? (struct curve_axis){y->name, y->measure, y->decimals, false, NAN, NAN}
             : (struct curve_axis){"quality", MEASURE_PLAIN, 1, false, NAN, NAN};
    c->budget = strcmp(x->member, "bytes") == 0 ? u->budget : NAN;
    c->dense = dense_value(u, y);
}

/* ---- the screen ---- */

static const char *hint(const struct ui *u, const struct curve_scene *c)
{
    if (!u->board.item[BOARD_DATA])
        return "sizes alone make no curve: type  :data DATASET.json  to measure quality, then r sweeps";
    if (c->series_count == 0)
        return "r sweeps the strategy of screen 2; change it there and sweep again to compare";
    return NULL;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    if (!u->board.item[BOARD_MODEL])
        return NULL;
    struct curve_scene *c = scratch_take(memory, 1, sizeof *c);
    size_t n_all, curves = curve_quality(u) ? (size_t)u->board.n_curves : 0;
    struct tradeoff *all = curve_all(u, memory, &n_all);
    struct curve_series *series = scratch_take(memory, curves, sizeof *series);
    for (size_t i = 0; i < curves; i++)
        fill_series(u, memory, i, all, n_all, &series[i]);
    c->series = series;
    c->series_count = curves;
    fill_axes(u, c);
    c->at_series = SIZE_MAX;
    if (curves > 0)
        fill_cursor(u, memory, c);
    zoom_axes(u, c);
    fill_side(u, memory, c);
    const struct job *sweep = job_log_named(&u->jobs, "curve");
    if (sweep) {
        c->sweep.done = sweep->done;
        c->sweep.total = sweep->total;
    }
    c->hint = hint(u, c);
    return c;
}

static void move(struct ui *u, int64_t by)
{
    u->series = step_to(u, curve_selected(u), by, (size_t)u->board.n_curves, "curve");
}

static void side(struct ui *u, int64_t by)
{
    struct scratch memory = {0};
    size_t n;
    const struct json **points = curve_points(u, &memory, curve_selected(u), &n);
    size_t to = step_to(u, n ? curve_cursor(u, points, n) : 0, by, n, "point");
    if (n > 0)
        u->at_amount = number_of(points[to], "amount");
    scratch_release(&memory);
}

/* The point under the cursor becomes a step: exactly the line that made it. */
static void enter(struct ui *u)
{
    const struct json *p = cursor_point(u);
    struct buf amount = {0};
    if (!p) {
        ui_say(u, NOTICE_INFO, "no point to adopt yet: r sweeps");
        return;
    }
    if (curve_earlier(u, curve_selected(u))) {
        ui_say(u, NOTICE_INFO,
               "this curve was drawn under other protections or hand cuts, or before a shrink: "
               "r draws it anew, then adopt");
        return;
    }
    num_exact(&amount, number_of(p, "amount"));
    ui_post(u, REQUEST_COMMAND, "prune %s %s", buf_text(&amount),
            text_of(u->board.curves[curve_selected(u)], "strategy", ""));
    buf_release(&amount);
}

/* The first visit draws a curve by itself. */
static void open(struct ui *u)
{
    if (u->board.n_curves == 0 && !job_log_named(&u->jobs, "curve") && u->board.item[BOARD_DATA])
        ui_run(u, "sweep");
}

void curve_zoom(struct ui *u, const char *arg)
{
    enum { CLOSEST = 6 };
    int by = arg ? atoi(arg) : 0;
    int next = by == 0 ? 0 : u->zoom + by;
    next = next < 0 ? 0 : next > CLOSEST ? CLOSEST : next;
    if (next == u->zoom)
        ui_say(u, NOTICE_INFO, next ? "no closer" : "all points are shown; + goes closer");
    u->zoom = next;
}

void curve_metric(struct ui *u, const char *arg)
{
    (void)arg;
    curve_next_quality(u);
    if (curve_quality(u))
        ui_say(u, NOTICE_INFO, "y axis: %s; Y another", curve_quality(u)->name);
}

void curve_axis_of(struct ui *u, const char *arg)
{
    (void)arg;
    curve_next_cost(u);
    ui_say(u, NOTICE_INFO, "x axis: %s; X another", curve_cost(u)->name);
}

void curve_only(struct ui *u, const char *arg)
{
    (void)arg;
    if (u->board.n_curves < 2) {
        ui_say(u, NOTICE_INFO, "there are no other curves to hide; r draws the one of screen 2");
        return;
    }
    u->only = !u->only;
}

/* The curve that the cursor is on, point by point; before there is one, that of the strategy. */
static void command(const struct ui *u, struct buf *out)
{
    struct scratch memory = {0};
    const struct json *curve = u->board.n_curves > 0 ? u->board.curves[curve_selected(u)] : NULL,
                      *p = json_first(json_get(curve, "points"));
    const char *split = text_of(curve, "split", NULL);
    if (!u->board.item[BOARD_MODEL])
        return;
    buf_puts(out, "curve ");
    for (const char *gap = "points="; p; p = json_next(p), gap = ",") {
        buf_puts(out, gap);
        num_exact(out, number_of(p, "amount"));
    }
    buf_printf(out, "%s%s", json_first(json_get(curve, "points")) ? " " : "",
               text_of(curve, "strategy", strategy_keys(u, &memory)));
    if (split && u->board.item[BOARD_DATA])
        buf_printf(out, " split=%s", split);
    scratch_release(&memory);
}

/* Every point of every curve. */
static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    size_t n = 0, row = 0;
    for (int i = 0; i < u->board.n_curves; i++)
        n += json_count(json_get(u->board.curves[i], "points"));
    struct sheet *t =
        sheet_new(memory,
                  "criterion structure scope amount sparsity kept parameters macs bytes accuracy "
                  "loss changed low high exact split",
                  n);
    for (int i = 0; i < u->board.n_curves; i++)
        for (const struct json *p = json_first(json_get(u->board.curves[i], "points")); p;
             p = json_next(p), row++) {
            sheet_fill(t, memory, row, u->board.curves[i]);
            sheet_fill(t, memory, row, p);
            if (p == cursor_point(u))
                t->selected = row;
        }
    return t;
}

const struct screen screen_curve = {
    .view = VIEW_CURVE,
    .tab = '3',
    .scene = build,
    .move = move,
    .side = side,
    .enter = enter,
    .command = command,
    .table = table,
    .open = open,
    .see = "A measure of quality against the size in the smallest storage, one letter a strategy, capitals "
           "where nothing "
           "smaller is as good and nothing as small is better. Y changes the measure, X the cost.",
    .how = "Each point is a pruned copy of the base weights measured on the same records. The band is the "
           "95% interval of the change against dense. vs: the best point of another curve, measured in full, "
           "that has at most the cursor's size and at least half of it. unreached: amounts that protections "
           "put out of reach. tie: the interval of the two points' "
           "paired difference (Bonett and Price 2012) holds 0. Knee: largest distance from the chord in (log "
           "size, measure), both scaled to 0..1.",
    .careful =
        "* after a name: drawn under other protections or hand cuts, or before a shrink. ? marks points "
        "from part of the records. The band is for dense against one point; whether two points differ "
        "only their own comparison tells. The head stays where it is until you adopt a point."};
