/* curve: see curve.h. */
#include "views/curve.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "views/layout.h"
#include "views/plot.h"
#include "views/spot.h"
#include "views/widget.h"

static enum style series_style(size_t i)
{
    static const enum style styles[] = {STYLE_SERIES_1, STYLE_SERIES_2, STYLE_SERIES_3, STYLE_SERIES_4,
                                        STYLE_SERIES_5};
    return styles[i % (sizeof styles / sizeof *styles)];
}

static void include(double v, double *lo, double *hi)
{
    if (!isfinite(v))
        return;
    *lo = isnan(*lo) || v < *lo ? v : *lo;
    *hi = isnan(*hi) || v > *hi ? v : *hi;
}

/* Where a point stands: its value, else its upper bound. */
static double place_of(const struct curve_point *p)
{
    return isnan(p->y) && !p->finished ? p->hi : p->y;
}

/* The range that shows every point, the budget and the dense model, unless the scene asks for another one. */
static struct plot_axis fit_axis(const struct curve_scene *c, bool vertical)
{
    const struct curve_axis *a = vertical ? &c->y : &c->x;
    struct plot_axis out = {a->measure, a->decimals, a->log, NAN, NAN};
    for (size_t i = 0; i < c->series_count; i++)
        for (size_t k = 0; k < c->series[i].count && !c->series[i].hidden; k++) {
            const struct curve_point *p = &c->series[i].points[k];
            double v = vertical ? place_of(p) : p->x;
            if (!a->log || v > 0)
                include(v, &out.lo, &out.hi);
        }
    double extra = vertical ? c->dense : c->budget;
    if (!a->log || extra > 0)
        include(extra, &out.lo, &out.hi);
    plot_pad(&out.lo, &out.hi, a->log, plot_unit(a->measure, a->decimals));
    if (isfinite(a->lo) && isfinite(a->hi) && a->lo < a->hi && (!a->log || a->lo > 0)) {
        out.lo = a->lo;
        out.hi = a->hi;
    }
    return out;
}

static const struct curve_series *series_at(const struct curve_scene *c)
{
    return c->at_series < c->series_count && !c->series[c->at_series].hidden ? &c->series[c->at_series]
                                                                             : NULL;
}

/* One column of the data band between two points: the whole of it, or in ascii its edges. */
static void band_column(const struct plot *p, int column, double lo, double hi)
{
    const char *sign = glyphs_of(p->look)->band;
    int top = plot_row(p, hi), bottom = plot_row(p, lo);
    for (int row = top; row <= bottom && row < p->area.y + p->area.h; row++)
        if (row == top || row == bottom || p->look->glyphs != GLYPHS_ASCII)
            plot_sign(p, column, row, STYLE_BAND, sign);
}

static void draw_band(const struct plot *p, const struct curve_series *v)
{
    for (size_t k = 0; k + 1 < v->count; k++) {
        const struct curve_point *a = &v->points[k], *b = &v->points[k + 1];
        int from = plot_column(p, a->x), to = plot_column(p, b->x);
        if (!a->finished || !b->finished || isnan(a->lo + a->hi + b->lo + b->hi) ||
            from < p->area.x - p->area.w || to > p->area.x + 2 * p->area.w)
            continue;
        for (int column = from; column <= to; column++) {
            double t = to > from ? (double)(column - from) / (to - from) : 0;
            band_column(p, column, a->lo + t * (b->lo - a->lo), a->hi + t * (b->hi - a->hi));
        }
    }
}

static void draw_budget(const struct plot *p, double budget)
{
    if (isnan(budget))
        return;
    for (int i = 0; i < p->area.h; i++)
        plot_sign(p, plot_column(p, budget), p->area.y + i, STYLE_LIMIT, glyphs_of(p->look)->limit);
}

static void draw_dense(const struct plot *p, double dense)
{
    if (isnan(dense))
        return;
    for (int x = 0; x < p->area.w; x += 3)
        plot_sign(p, p->area.x + x, plot_row(p, dense), STYLE_DENSE, glyphs_of(p->look)->h);
}

static void draw_lines(const struct plot *p, const struct curve_series *v, enum style style)
{
    for (size_t k = 0; k + 1 < v->count; k++) {
        const struct curve_point *a = &v->points[k], *b = &v->points[k + 1];
        if (!isnan(a->x + a->y + b->x + b->y))
            plot_line(p, a->x, a->y, b->x, b->y, style);
    }
}

static void draw_points(const struct plot *p, const struct curve_series *v, enum style style, bool front)
{
    for (size_t k = 0; k < v->count; k++) {
        const struct curve_point *a = &v->points[k];
        char sign[2] = {a->on_front ? (char)toupper((unsigned char)v->letter) : v->letter, '\0'};
        if (!a->finished)
            sign[0] = '?';
        if (a->on_front == front && !isnan(a->x + place_of(a)))
            plot_sign(p, plot_column(p, a->x), plot_row(p, place_of(a)), style, sign);
        if (isnan(a->y) && !a->finished && !front && !isnan(a->x + a->lo))
            plot_sign(p, plot_column(p, a->x), plot_row(p, a->lo), style, sign);
    }
}

static void draw_cursor(const struct plot *p, const struct curve_scene *c)
{
    const struct curve_series *v = series_at(c);
    const struct curve_point *a = v && c->at_point < v->count ? &v->points[c->at_point] : NULL;
    if (a && !isnan(a->x + place_of(a)))
        plot_sign(p, plot_column(p, a->x), plot_row(p, place_of(a)), STYLE_CURSOR, "@");
}

/* Back to front: band, lines, limits, points, those on the front last, the cursor. */
static void draw_contents(const struct plot *p, const struct curve_scene *c)
{
    if (series_at(c))
        draw_band(p, series_at(c));
    for (size_t i = 0; i < c->series_count; i++)
        if (!c->series[i].hidden)
            draw_lines(p, &c->series[i], series_style(i));
    draw_dense(p, c->dense);
    draw_budget(p, c->budget);
    for (int front = 0; front < 2; front++)
        for (size_t i = c->series_count; i-- > 0;)
            if (!c->series[i].hidden)
                draw_points(p, &c->series[i], series_style(i), front == 1);
    draw_cursor(p, c);
}

/* For the pointer: each column belongs to the nearest point of the cursor's curve. */
static void mark_points(const struct plot *p, const struct curve_scene *c)
{
    const struct curve_series *v = series_at(c);
    for (int x = p->area.x; v && v->count > 0 && x < p->area.x + p->area.w; x++) {
        size_t nearest = 0;
        for (size_t k = 1; k < v->count; k++)
            if (abs(plot_column(p, v->points[k].x) - x) < abs(plot_column(p, v->points[nearest].x) - x))
                nearest = k;
        spot_point(p->s, (struct rect){x, p->area.y, 1, p->area.h}, (int64_t)nearest - (int64_t)c->at_point);
    }
}

/* A piece of the legend, on the next row if the present one is full. */
static void legend(struct surface *s, struct rect r, int *x, int *y, enum style style, const char *text)
{
    int w = surface_columns(text);
    if (*x + w > r.x + r.w && *x > r.x) {
        *x = r.x;
        ++*y;
    }
    if (*y < r.y + r.h)
        *x = surface_text(s, r, *x, *y, style, text) + 2;
}

static bool has_band(const struct curve_series *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (!isnan(v->points[i].lo + v->points[i].hi))
            return true;
    return false;
}

static bool any_unfinished(const struct curve_scene *c)
{
    for (size_t i = 0; i < c->series_count; i++)
        for (size_t k = 0; k < c->series[i].count && !c->series[i].hidden; k++)
            if (!c->series[i].points[k].finished)
                return true;
    return false;
}

static void draw_legend(const struct curve_scene *c, struct surface *s, struct rect r,
                        const struct look *look)
{
    int x = r.x, y = r.y;
    struct buf text = {0};
    for (size_t i = 0; i < c->series_count; i++) {
        const struct curve_series *v = &c->series[i];
        buf_clear(&text);
        buf_printf(&text, "%c %s%s", v->letter, v->name, v->hidden ? " (hidden)" : "");
        legend(s, r, &x, &y, v->hidden ? STYLE_DIM : series_style(i), buf_text(&text));
    }
    legend(s, r, &x, &y, STYLE_DIM, "CAPITAL = on front");
    legend(s, r, &x, &y, STYLE_DIM, "@ cursor");
    if (series_at(c) && has_band(series_at(c))) {
        buf_clear(&text);
        buf_printf(&text, "%s 95%% data band of %c", glyphs_of(look)->band, series_at(c)->letter);
        legend(s, r, &x, &y, STYLE_BAND, buf_text(&text));
    }
    if (!isnan(c->budget)) {
        struct amount budget = {c->budget, TRUST_EXACT, c->x.measure, c->x.decimals};
        buf_clear(&text);
        buf_printf(&text, "%s budget ", glyphs_of(look)->limit);
        amount_text(&text, budget);
        legend(s, r, &x, &y, STYLE_LIMIT, buf_text(&text));
    }
    if (!isnan(c->dense))
        legend(s, r, &x, &y, STYLE_DENSE, look->glyphs == GLYPHS_ASCII ? "-  - dense" : "─  ─ dense");
    if (any_unfinished(c))
        legend(s, r, &x, &y, STYLE_DIM, "? bounds, settled early");
    buf_release(&text);
}

static size_t points_in(const struct curve_scene *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->series_count; i++)
        n += c->series[i].count;
    return n;
}

static void draw_plot(const struct curve_scene *c, struct surface *s, struct rect r, const struct look *look)
{
    struct buf title = {0};
    buf_printf(&title, "%s against %s%s", c->y.name, c->x.name, c->x.log ? ", log" : "");
    if (title.len > 0)
        title.data[0] = (char)toupper((unsigned char)title.data[0]);
    struct rect in = surface_box(s, r, buf_text(&title), look);
    buf_release(&title);
    struct plot p = {.s = s, .look = look, .x = fit_axis(c, false), .y = fit_axis(c, true)};
    int below = in.h >= 20 ? 3 : in.h >= 12 ? 2 : 1;
    if (points_in(c) == 0) {
        surface_wrap(s, in, STYLE_DIM, c->hint ? c->hint : "No curve yet.", look);
        return;
    }
    if (!plot_axes(&p, (struct rect){in.x, in.y, in.w, in.h - below}))
        return;
    draw_contents(&p, c);
    mark_points(&p, c);
    draw_legend(c, s, (struct rect){p.area.x, in.y + in.h - below, p.area.w, below}, look);
}

static void draw_sweep(const struct curve_scene *c, struct surface *s, struct rect r, const struct look *look)
{
    if (c->sweep.total <= 0 || r.h < 1)
        return;
    struct buf text = {0};
    num_count(&text, c->sweep.done);
    buf_putc(&text, '/');
    num_count(&text, c->sweep.total);
    int w = r.w - (int)text.len - 7;
    bool done = c->sweep.done >= c->sweep.total;
    surface_text(s, r, r.x, r.y, done ? STYLE_GOOD : STYLE_LIVE, "sweep");
    bar_draw(s, (struct rect){r.x + 6, r.y, w, 1}, (double)c->sweep.done / (double)c->sweep.total,
             done ? STYLE_GOOD : STYLE_LIVE, look);
    surface_text(s, r, r.x + r.w - (int)text.len, r.y, STYLE_NORMAL, buf_text(&text));
    buf_release(&text);
}

static void draw_side(const struct curve_scene *c, struct surface *s, struct rect r, const struct look *look)
{
    struct rect in = surface_box(s, r, "At cursor @", look);
    if (in.h < 1)
        return;
    int y = 0;
    if (c->cursor_title) {
        struct rect title = {in.x, in.y, in.w, in.h > 10 ? 2 : 1};
        y = surface_wrap(s, title, series_style(c->at_series), c->cursor_title, look);
    }
    struct rect rest = {in.x, in.y + y, in.w, in.h - y - (c->sweep.total > 0 ? 1 : 0)};
    int side = facts_rows(c->side, c->side_count, in.w), want = facts_rows(c->cursor, c->cursor_count, in.w);
    struct rect top = rest;
    top.h = want + side <= rest.h || want < rest.h ? want : rest.h;
    int used = facts_draw(s, top, c->cursor, c->cursor_count, look);
    used += rest.h - used - side >= 1 ? 1 : 0;
    if (rest.h - used > 0)
        facts_draw(s, (struct rect){rest.x, rest.y + used, rest.w, rest.h - used}, c->side, c->side_count,
                   look);
    draw_sweep(c, s, (struct rect){in.x, in.y + in.h - 1, in.w, 1}, look);
}

void curve_draw(const struct curve_scene *c, struct surface *s, struct rect r, const struct look *look)
{
    enum arrangement how = layout_arrangement(s->w, s->h);
    bool alone = how == ARRANGE_LIST && look->peek;
    const struct part parts[2] = {{alone ? r.w + 1 : 40, 50, 4},
                                  {how == ARRANGE_LIST && !alone ? r.w + 1 : 26, 30, 1}};
    struct rect at[2];
    layout_columns(r, parts, 2, at);
    if (at[0].w > 0)
        draw_plot(c, s, at[0], look);
    if (at[1].w > 0)
        draw_side(c, s, at[1], look);
}
