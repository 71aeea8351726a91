/* plot: see plot.h. */
#include "views/plot.h"

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum {
    FAR = 1 << 20,   /* a cell that is outside of every area */
    MOST_TICKS = 200 /* also where a step is too small to change a number */
};

double plot_unit(enum measure measure, int decimals)
{
    if (measure == MEASURE_COUNT || measure == MEASURE_BYTES)
        return 1;
    bool hundredths = measure == MEASURE_PERCENT || measure == MEASURE_POINTS;
    return pow(10, -decimals - (hundredths ? 2 : 0));
}

void plot_pad(double *lo, double *hi, bool log, double unit)
{
    if (!isfinite(*lo) || !isfinite(*hi)) {
        *lo = log ? 1 : 0;
        *hi = log ? 10 : 1;
        return;
    }
    if (log) {
        double margin = fmax(0.04 * (log10(*hi) - log10(*lo)), 0.02);
        *lo = pow(10, log10(*lo) - margin);
        *hi = pow(10, log10(*hi) + margin);
        return;
    }
    double margin = fmax(0.06 * (*hi - *lo), 4 * unit);
    *lo -= margin;
    *hi += margin;
}

static double position(const struct plot_axis *a, double v)
{
    return a->log ? (log(v) - log(a->lo)) / (log(a->hi) - log(a->lo)) : (v - a->lo) / (a->hi - a->lo);
}

static int cell_of(double place, int cells)
{
    if (isnan(place) || fabs(place) > 1000)
        return FAR;
    return (int)floor(place * (cells - 1) + 0.5);
}

int plot_column(const struct plot *p, double x)
{
    int column = cell_of(position(&p->x, x), p->area.w);
    return column == FAR ? FAR : p->area.x + column;
}

int plot_row(const struct plot *p, double y)
{
    int row = cell_of(1 - position(&p->y, y), p->area.h);
    return row == FAR ? FAR : p->area.y + row;
}

/* The smallest of 1, 2, 5 times a power of ten that is at least v: a step a person would choose. */
static double nice_step(double v)
{
    double unit = pow(10, floor(log10(v)));
    double times = v / unit;
    return unit * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

/* The largest of them that is at most v. */
static double nice_within(double v)
{
    double unit = pow(10, floor(log10(v)));
    double times = v / unit;
    return unit * (times < 2 ? 1 : times < 5 ? 2 : 5);
}

/* The distance of ticks when about `count` of them fit, two at least: not finer than the decimals that are written; bytes in hundredths, tenths
 * and whole ones of the KiB or MiB in which they are written. */
static double tick_step(const struct plot_axis *a, int count)
{
    double step = (a->hi - a->lo) / (count > 1 ? count : 1), unit = plot_unit(a->measure, a->decimals),
           scale = 1;
    while (a->measure == MEASURE_BYTES && a->hi / scale >= 1024)
        scale *= 1024;
    unit = scale > 1 ? scale / 100 : unit;
    step = fmin(nice_step(step / scale), nice_within((a->hi - a->lo) / 2 / scale));
    return scale * fmax(step, nice_step(unit / scale));
}

/* On a log axis: powers of two for bytes, else 1, 2, 5 times powers of ten. */
static double next_log_tick(const struct plot_axis *a, double v)
{
    if (a->measure == MEASURE_BYTES)
        return isnan(v) ? exp2(ceil(log2(a->lo) - 1e-9)) : 2 * v;
    if (isnan(v))
        v = pow(10, floor(log10(a->lo)));
    else if (v / pow(10, floor(log10(v) + 1e-9)) < 1.5)
        return 2 * v;
    else
        return v / pow(10, floor(log10(v) + 1e-9)) < 3 ? 2.5 * v : 2 * v;
    while (v < a->lo * (1 - 1e-9))
        v = next_log_tick(a, v);
    return v;
}

/* Does so little of a log axis show that its own ticks would be fewer than three? Even steps serve it then. */
static bool nearly_even(const struct plot_axis *a)
{
    double v = next_log_tick(a, NAN);
    return next_log_tick(a, next_log_tick(a, v)) > a->hi;
}

/* The tick after v, or the first one at or above lo when v is NaN. */
static double next_tick(const struct plot_axis *a, double v, double step)
{
    if (a->log && !nearly_even(a))
        return next_log_tick(a, v);
    return isnan(v) ? step * ceil(a->lo / step - 1e-9) : v + step;
}

static void tick_text(struct buf *out, const struct plot_axis *a, double v)
{
    static const char *const units[] = {"B", "KiB", "MiB"};
    struct amount amount = {v, TRUST_EXACT, a->measure, a->decimals};
    int unit = v < 1024 ? 0 : v < 1024 * 1024 ? 1 : 2;
    double scaled = v / pow(1024, unit);
    buf_clear(out);
    if (a->measure == MEASURE_BYTES && unit < 2 && scaled == floor(scaled)) {
        buf_printf(out, "%.0f %s", scaled, units[unit]);
    } else if (a->measure == MEASURE_BYTES && fabs(10 * scaled - nearbyint(10 * scaled)) > 1e-6) {
        num_plain(out, scaled, 2);
        buf_printf(out, " %s", units[unit]);
    } else {
        amount_text(out, amount);
    }
}

static int tick_width(const struct plot_axis *a, double step)
{
    struct buf text = {0};
    int width = 0;
    double v = next_tick(a, NAN, step);
    for (int i = 0; i < MOST_TICKS && v <= a->hi; i++, v = next_tick(a, v, step)) {
        tick_text(&text, a, v);
        int w = text_columns(buf_text(&text));
        width = w > width ? w : width;
    }
    buf_release(&text);
    return width;
}

static void draw_y_axis(const struct plot *p, struct rect r, int label, double step)
{
    struct buf text = {0};
    const char *v = glyphs_of(p->look)->v;
    for (int i = 0; i < p->area.h; i++)
        surface_text(p->s, r, p->area.x - 1, p->area.y + i, STYLE_FRAME, v);
    int last = FAR;
    double t = next_tick(&p->y, NAN, step);
    for (int i = 0; i < MOST_TICKS && t <= p->y.hi; i++, t = next_tick(&p->y, t, step)) {
        int row = plot_row(p, t);
        if (row == last || row < p->area.y || row >= p->area.y + p->area.h)
            continue;
        tick_text(&text, &p->y, t);
        surface_fit(p->s, (struct rect){r.x, row, label, 1}, STYLE_NORMAL, ALIGN_RIGHT, buf_text(&text),
                    p->look);
        last = row;
    }
    buf_release(&text);
}

static void draw_x_axis(const struct plot *p, struct rect r, double step)
{
    struct buf text = {0};
    int y = p->area.y + p->area.h, free_from = r.x;
    surface_fill(p->s, (struct rect){p->area.x, y, p->area.w, 1}, STYLE_FRAME, glyphs_of(p->look)->h);
    surface_text(p->s, r, p->area.x - 1, y, STYLE_FRAME, glyphs_of(p->look)->bl);
    double t = next_tick(&p->x, NAN, step);
    for (int i = 0; i < MOST_TICKS && t <= p->x.hi; i++, t = next_tick(&p->x, t, step)) {
        tick_text(&text, &p->x, t);
        int w = text_columns(buf_text(&text)), x = plot_column(p, t) - w / 2;
        if (x + w > r.x + r.w)
            x = r.x + r.w - w;
        if (x < free_from)
            continue;
        surface_text(p->s, r, plot_column(p, t), y, STYLE_FRAME, p->look->glyphs == GLYPHS_ASCII ? "+" : "┬");
        free_from = surface_text(p->s, r, x, y + 1, STYLE_NORMAL, buf_text(&text)) + 2;
    }
    buf_release(&text);
}

bool plot_axes(struct plot *p, struct rect r)
{
    if (r.w < 24 || r.h < 6)
        return false;
    double y_step = tick_step(&p->y, r.h / 2);
    double x_step = tick_step(&p->x, r.w / 14);
    int label = tick_width(&p->y, y_step);
    label = label < r.w / 2 ? label : r.w / 2;
    p->area = (struct rect){r.x + label + 2, r.y, r.w - label - 2, r.h - 2};
    draw_y_axis(p, r, label, y_step);
    draw_x_axis(p, r, x_step);
    return true;
}

void plot_sign(const struct plot *p, int column, int row, enum style style, const char *sign)
{
    if (column != FAR && row != FAR)
        surface_text(p->s, p->area, column, row, style, sign);
}

/* Add a dot to a cell that is free, holds the band, or dots already. */
static void add_dot(const struct plot *p, int dot_x, int dot_y, enum style style)
{
    int x = p->area.x + dot_x / 2, y = p->area.y + dot_y / 4;
    const char *held = surface_at(p->s, x, y)->text;
    size_t n = strlen(held), used;
    uint32_t code = n > 0 ? text_decode(held, n, &used) : ' ';
    char sign[8];
    unsigned bits = 1u << (2 * (dot_y % 4) + dot_x % 2);
    if (code >= 0x2800 && code <= 0x28ff) {
        static const unsigned char bit_of[8] = {0, 2, 4, 1, 3, 5, 6, 7}; /* from braille's order to rows */
        for (int i = 0; i < 8; i++)
            if ((code - 0x2800) >> i & 1)
                bits |= 1u << bit_of[i];
    } else if (code != ' ' && strcmp(held, glyphs_of(p->look)->band) != 0) {
        return;
    }
    glyph_dots(bits, sign);
    plot_sign(p, x, y, style, sign);
}

/* Step along the line; across times down positions a cell. */
static void walk(const struct plot *p, double x0, double y0, double x1, double y1, enum style style)
{
    bool fine = p->look->glyphs == GLYPHS_BRAILLE;
    double w = p->area.w * (fine ? 2 : 1) - 1, h = p->area.h * (fine ? 4 : 1) - 1;
    x0 *= w, x1 *= w, y0 *= h, y1 *= h;
    double longest = fine ? fmax(fabs(x1 - x0), fabs(y1 - y0)) : fabs(x1 - x0);
    int steps = longest < 4096 ? (int)ceil(longest) : 4096;
    for (int i = 0; i <= steps; i++) {
        double t = steps > 0 ? (double)i / steps : 0;
        int x = (int)lround(x0 + t * (x1 - x0)), y = (int)lround(y0 + t * (y1 - y0));
        if (x < 0 || y < 0 || x > w || y > h)
            continue;
        if (fine) {
            add_dot(p, x, y, style);
            continue;
        }
        const char *held = surface_at(p->s, p->area.x + x, p->area.y + y)->text;
        if (strcmp(held, " ") == 0 || strcmp(held, glyphs_of(p->look)->band) == 0)
            plot_sign(p, p->area.x + x, p->area.y + y, style, glyphs_of(p->look)->dot);
    }
}

void plot_line(const struct plot *p, double x0, double y0, double x1, double y1, enum style style)
{
    if (p->look->glyphs == GLYPHS_ASCII)
        return;
    double px0 = position(&p->x, x0), px1 = position(&p->x, x1);
    double py0 = 1 - position(&p->y, y0), py1 = 1 - position(&p->y, y1);
    if (fabs(px0) < 100 && fabs(px1) < 100 && fabs(py0) < 100 && fabs(py1) < 100)
        walk(p, px0, py0, px1, py1, style);
}
