/* curve: the third screen's scene: trade-off curves of several strategies, front, budget, cursor. */
#include "views/curve.h"

#include <math.h>

#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

static double metric_of(const struct json *p)
{
    double accuracy = number_of(p, "accuracy");
    return isfinite(accuracy) ? accuracy : -number_of(p, "loss");
}

/* Is no point of any curve smaller and better? */
static bool on_front(const struct board *b, double x, double y)
{
    for (int i = 0; i < b->n_curves; i++)
        for (const struct json *p = json_first(json_get(b->curves[i], "points")); p; p = json_next(p)) {
            double px = number_of(p, "bytes"), py = metric_of(p);
            if (px <= x && py >= y && (px < x || py > y))
                return false;
        }
    return isfinite(y);
}

static char *series_name(struct scratch *memory, const struct json *c)
{
    return scratch_printf(memory, "%s %s %s", text_of(c, "criterion", "?"), text_of(c, "structure", "?"),
                          text_of(c, "scope", "?"));
}

static void fill_series(const struct ui *u, struct scratch *memory, int i, struct curve_series *s)
{
    static const char letters[CURVES_MAX] = {'m', 'r', 'u', 'v', 'w', 'x'};
    const struct json *c = u->board.curves[i], *list = json_get(c, "points");
    s->count = json_count(list);
    struct curve_point *points = scratch_take(memory, s->count, sizeof *points);
    size_t at = s->count; /* amounts rise, sizes fall */
    for (const struct json *p = json_first(list); p; p = json_next(p)) {
        struct curve_point *point = &points[--at];
        *point = (struct curve_point){.x = number_of(p, "bytes"),
                                      .y = number_of(p, "accuracy"),
                                      .lo = number_of(p, "low"),
                                      .hi = number_of(p, "high"),
                                      .finished = json_true(json_get(p, "exact"))};
        point->on_front = on_front(&u->board, point->x, metric_of(p));
    }
    s->letter = letters[i];
    s->name = series_name(memory, c);
    s->points = points;
}

/* The point of the board that the cursor stands on; NULL. */
static const struct json *cursor_point(const struct ui *u)
{
    if (u->series >= (size_t)u->board.n_curves)
        return NULL;
    const struct json *list = json_get(u->board.curves[u->series], "points"), *p = json_first(list);
    size_t n = json_count(list), index = n ? n - 1 - (u->point < n ? u->point : n - 1) : 0;
    while (p && index-- > 0)
        p = json_next(p);
    return p;
}

static void fill_cursor(const struct ui *u, struct scratch *memory, struct curve_scene *c)
{
    const struct json *p = cursor_point(u);
    struct fact_list list = {0};
    struct fact *f;
    if (!p) {
        c->at_series = SIZE_MAX;
        return;
    }
    size_t n = c->series[u->series].count;
    c->at_series = u->series;
    c->at_point = u->point < n ? u->point : n - 1;
    c->cursor_title =
        scratch_printf(memory, "%s %.1f%%", c->series[u->series].name, 100 * number_of(p, "amount"));
    fact_add(&list, memory, "size", amount_bytes(number_of(p, "bytes")));
    f = fact_add(&list, memory, "accuracy", amount_percent(number_of(p, "accuracy"), 2));
    f->lo = amount_percent(number_of(p, "low"), 1);
    f->hi = amount_percent(number_of(p, "high"), 1);
    fact_add(&list, memory, "kept", amount_count(number_of(p, "kept")));
    fact_add(&list, memory, "mult-adds", amount_count(number_of(p, "macs")));
    fact_add(&list, memory, "changed", amount_count(number_of(p, "changed")));
    c->cursor = list.rows;
    c->cursor_count = list.n;
}

/* Distance from the chord in (log size, metric), both scaled to 0..1: the knee is where it is largest. */
static const struct curve_point *knee(const struct curve_series *s)
{
    const struct curve_point *best = NULL, *a = s->count ? &s->points[0] : NULL,
                             *b = s->count ? &s->points[s->count - 1] : NULL;
    double most = 0, dx = a ? log(b->x) - log(a->x) : 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        low = fmin(low, s->points[i].y);
        high = fmax(high, s->points[i].y);
    }
    for (size_t i = 0; i < s->count && dx > 0 && high > low; i++) {
        double x = (log(s->points[i].x) - log(a->x)) / dx, y = (s->points[i].y - low) / (high - low);
        double chord = (a->y - low) / (high - low) + x * (b->y - a->y) / (high - low);
        if (y - chord > most) {
            most = y - chord;
            best = &s->points[i];
        }
    }
    return best;
}

static void fill_side(const struct ui *u, struct scratch *memory, struct curve_scene *c)
{
    struct fact_list list = {0};
    if (isfinite(u->budget)) {
        const struct curve_point *best = NULL;
        const struct curve_series *of = NULL;
        for (size_t i = 0; i < c->series_count; i++)
            for (size_t k = 0; k < c->series[i].count; k++)
                if (c->series[i].points[k].x <= u->budget && (!best || c->series[i].points[k].y > best->y)) {
                    best = &c->series[i].points[k];
                    of = &c->series[i];
                }
        fact_add(&list, memory, "=Best under budget", (struct amount){0});
        struct fact *f = fact_add(&list, memory, of ? of->name : "none fits",
                                  best ? amount_percent(best->y, 1) : (struct amount){0});
        f->note = best ? NULL : "";
    }
    for (size_t i = 0; i < c->series_count; i++) {
        const struct curve_point *k = knee(&c->series[i]);
        if (!k)
            continue;
        if (list.n == 0 || i == 0)
            fact_add(&list, memory, "=Knee (max distance)", (struct amount){0});
        struct fact *f = fact_add(&list, memory, c->series[i].name, amount_percent(k->y, 1));
        struct buf bytes = {0};
        num_bytes(&bytes, k->x);
        f->note = scratch_buf(memory, &bytes);
    }
    c->side = list.rows;
    c->side_count = list.n;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    if (!u->board.item[BOARD_MODEL])
        return NULL;
    struct curve_scene *c = scratch_take(memory, 1, sizeof *c);
    struct curve_series *series = scratch_take(memory, (size_t)u->board.n_curves, sizeof *series);
    for (int i = 0; i < u->board.n_curves; i++)
        fill_series(u, memory, i, &series[i]);
    c->series = series;
    c->series_count = (size_t)u->board.n_curves;
    c->x = (struct curve_axis){"stored size", MEASURE_BYTES, 1, true, NAN, NAN};
    c->y = (struct curve_axis){"accuracy", MEASURE_PERCENT, 1, false, NAN, NAN};
    c->budget = u->budget;
    c->dense = number_of(u->board.item[BOARD_EVAL], "dense_accuracy");
    fill_cursor(u, memory, c);
    fill_side(u, memory, c);
    c->sweep.done = u->job_done;
    c->sweep.total = u->job ? u->job_total : 0;
    if (u->board.n_curves == 0)
        c->hint = "r sweeps the strategy of screen 2; change it there and sweep again to compare";
    return c;
}

static void move(struct ui *u, int64_t by)
{
    u->series = (size_t)clamp_to((int64_t)u->series + by, u->board.n_curves);
}

static void side(struct ui *u, int64_t by)
{
    size_t n = u->series < (size_t)u->board.n_curves
                   ? json_count(json_get(u->board.curves[u->series], "points"))
                   : 0;
    u->point = (size_t)clamp_to((int64_t)u->point + by, (int64_t)n);
}

/* The point under the cursor becomes a step. */
static void enter(struct ui *u)
{
    const struct json *p = cursor_point(u), *c = p ? u->board.curves[u->series] : NULL;
    struct buf amount = {0};
    if (!p) {
        ui_say(u, NOTICE_INFO, "no point to adopt yet: r sweeps");
        return;
    }
    num_exact(&amount, number_of(p, "amount"));
    ui_post(u, REQUEST_COMMAND, "prune %s criterion=%s structure=%s scope=%s", buf_text(&amount),
            text_of(c, "criterion", ""), text_of(c, "structure", ""), text_of(c, "scope", ""));
    buf_release(&amount);
}

/* The first visit draws a curve by itself. */
static void open(struct ui *u)
{
    if (u->board.n_curves == 0 && !u->job && u->board.item[BOARD_DATA])
        ui_run(u, "sweep");
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
                  "loss changed low high exact",
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
    .table = table,
    .open = open,
    .see = "Accuracy against the size in the smallest storage, one letter a strategy, capitals where nothing "
           "smaller is better.",
    .how = "Each point is a pruned copy of the base weights measured on the same records. The band is the "
           "95% interval of the "
           "change against dense. Knee: largest distance from the chord in (log size, accuracy).",
    .careful = "? marks points from part of the records. Points whose bands overlap are ties. The head stays "
               "where it is until "
               "you adopt a point."};
