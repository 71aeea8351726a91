/* curve: the third screen's scene: trade-off curves of several strategies, front, budget, cursor. */
#include "views/curve.h"

#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

/* What points are judged by: the first of these that they have. Without data only what is kept is known. */
static const struct yardstick {
    const char *member, *name, *dense; /* of a point; for people; of what eval measured: NULL: none */
    struct amount as;                  /* how a value reads */
    bool less_is_better;
} yardsticks[] = {
    {"accuracy", "accuracy", "dense_accuracy", {.measure = MEASURE_PERCENT, .decimals = 1}, false},
    {"mse", "squared error", "dense_mse", {.measure = MEASURE_PLAIN, .decimals = 4}, true},
    {"changed", "changed answers", NULL, {.measure = MEASURE_COUNT}, true},
    {"kept", "kept weights", NULL, {.measure = MEASURE_COUNT}, false},
};
enum { YARDSTICKS = sizeof yardsticks / sizeof *yardsticks };

static const struct yardstick *yardstick(const struct board *b)
{
    const struct json *p = b->n_curves ? json_first(json_get(b->curves[0], "points")) : NULL;
    for (int i = 0; p && i < YARDSTICKS; i++)
        if (json_is_number(json_get(p, yardsticks[i].member)))
            return &yardsticks[i];
    return &yardsticks[0];
}

static struct amount reads(const struct yardstick *m, double v, int more_decimals)
{
    struct amount a = m->as;
    a.v = v;
    a.trust = isfinite(v) ? TRUST_EXACT : TRUST_UNKNOWN;
    a.decimals += m->as.measure == MEASURE_PERCENT ? more_decimals : 0;
    return a;
}

/* A value so that more is better. */
static double worth(const struct yardstick *m, double v)
{
    return m->less_is_better ? -v : v;
}

static double metric_of(const struct board *b, const struct json *p)
{
    const struct yardstick *m = yardstick(b);
    return worth(m, number_of(p, m->member));
}

/* Is no point of any curve smaller and better? */
static bool on_front(const struct board *b, double x, double y)
{
    for (int i = 0; i < b->n_curves; i++)
        for (const struct json *p = json_first(json_get(b->curves[i], "points")); p; p = json_next(p)) {
            double px = number_of(p, "bytes"), py = metric_of(b, p);
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
                                      .y = number_of(p, yardstick(&u->board)->member),
                                      .lo = number_of(p, "low"),
                                      .hi = number_of(p, "high"),
                                      .finished = json_true(json_get(p, "exact"))};
        point->on_front = on_front(&u->board, point->x, metric_of(&u->board, p));
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
    const struct yardstick *m = yardstick(&u->board);
    bool measured = json_is_number(json_get(p, "changed"));
    f = fact_add(&list, memory, m->name, reads(m, number_of(p, m->member), 1));
    if (isfinite(number_of(p, "low"))) {
        f->lo = amount_percent(number_of(p, "low"), 1);
        f->hi = amount_percent(number_of(p, "high"), 1);
    }
    if (measured)
        fact_add(&list, memory, "kept", amount_count(number_of(p, "kept")));
    fact_add(&list, memory, "mult-adds", amount_count(number_of(p, "macs")));
    if (measured && strcmp(m->member, "changed") != 0)
        fact_add(&list, memory, "changed", amount_count(number_of(p, "changed")));
    c->cursor = list.rows;
    c->cursor_count = list.n;
}

/* Distance from the chord in (log size, metric), both scaled to 0..1: the knee is where it is largest. */
static const struct curve_point *knee(const struct yardstick *m, const struct curve_series *s)
{
    const struct curve_point *best = NULL, *a = s->count ? &s->points[0] : NULL,
                             *b = s->count ? &s->points[s->count - 1] : NULL;
    double most = 0, dx = a ? log(b->x) - log(a->x) : 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        low = fmin(low, worth(m, s->points[i].y));
        high = fmax(high, worth(m, s->points[i].y));
    }
    for (size_t i = 0; i < s->count && dx > 0 && high > low; i++) {
        double x = (log(s->points[i].x) - log(a->x)) / dx,
               y = (worth(m, s->points[i].y) - low) / (high - low);
        double from = (worth(m, a->y) - low) / (high - low), to = (worth(m, b->y) - low) / (high - low);
        double chord = from + x * (to - from);
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
    const struct yardstick *m = yardstick(&u->board);
    if (isfinite(u->budget)) {
        const struct curve_point *best = NULL;
        const struct curve_series *of = NULL;
        for (size_t i = 0; i < c->series_count; i++)
            for (size_t k = 0; k < c->series[i].count; k++)
                if (c->series[i].points[k].x <= u->budget &&
                    (!best || worth(m, c->series[i].points[k].y) > worth(m, best->y))) {
                    best = &c->series[i].points[k];
                    of = &c->series[i];
                }
        fact_add(&list, memory, "=Best under budget", (struct amount){0});
        struct fact *f = fact_add(&list, memory, of ? of->name : "none fits",
                                  best ? reads(m, best->y, 0) : (struct amount){0});
        f->note = best ? NULL : "";
    }
    for (size_t i = 0; i < c->series_count; i++) {
        const struct curve_point *k = knee(m, &c->series[i]);
        if (!k)
            continue;
        if (list.n == 0 || i == 0)
            fact_add(&list, memory, "=Knee (max distance)", (struct amount){0});
        struct fact *f = fact_add(&list, memory, c->series[i].name, reads(m, k->y, 0));
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
    const struct yardstick *m = yardstick(&u->board);
    c->y = (struct curve_axis){m->name, m->as.measure, m->as.decimals, false, NAN, NAN};
    c->budget = u->budget;
    c->dense = m->dense ? number_of(u->board.item[BOARD_EVAL], m->dense) : NAN;
    fill_cursor(u, memory, c);
    fill_side(u, memory, c);
    const struct job *sweep = job_log_named(&u->jobs, "curve");
    if (sweep) {
        c->sweep.done = sweep->done;
        c->sweep.total = sweep->total;
    }
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
    if (u->board.n_curves == 0 && !job_log_named(&u->jobs, "curve") && u->board.item[BOARD_DATA])
        ui_run(u, "sweep");
}

const struct screen screen_curve = {
    .view = VIEW_CURVE,
    .tab = '3',
    .scene = build,
    .move = move,
    .side = side,
    .enter = enter,
    .open = open,
    .see = "Accuracy (of values: squared error; without labels: changed answers) against the size in the "
           "smallest storage, one letter a strategy, capitals where nothing smaller is better.",
    .how = "Each point is a pruned copy of the base weights measured on the same records. The band is the "
           "95% interval of the "
           "change against dense. Knee: largest distance from the chord in (log size, accuracy).",
    .careful = "? marks points from part of the records. Points whose bands overlap are ties. The head stays "
               "where it is until "
               "you adopt a point."};
