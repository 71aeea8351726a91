/* widget: see widget.h. */
#include "views/widget.h"

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "engine/base/text.h"
#include "views/frame.h"
#include "views/spot.h"

void bar_draw(struct surface *s, struct rect r, double fraction, enum style style, const struct look *look)
{
    const char *edge = glyphs_of(look)->v;
    if (r.w < 3)
        return;
    surface_text(s, r, r.x, r.y, STYLE_FRAME, edge);
    surface_text(s, r, r.x + r.w - 1, r.y, STYLE_FRAME, edge);
    struct rect in = {r.x + 1, r.y, r.w - 2, 1};
    surface_fill(s, in, STYLE_FRAME, glyphs_of(look)->empty);
    if (isnan(fraction)) {
        surface_text(s, in, in.x, in.y, STYLE_DIM, "?");
        return;
    }
    const char *empty = glyphs_of(look)->empty;
    for (int i = 0; i < in.w; i++) {
        const char *sign = glyph_bar(look->glyphs, fraction, in.w, i);
        if (strcmp(sign, empty) != 0)
            surface_text(s, in, in.x + i, in.y, style, sign);
    }
}

void slider_draw(struct surface *s, struct rect r, double fraction, enum style style, const struct look *look)
{
    const struct glyph_set *g = glyphs_of(look);
    if (r.w < 3)
        return;
    struct rect in = {r.x + 1, r.y, r.w - 2, 1};
    surface_text(s, r, r.x, r.y, STYLE_FRAME, g->v);
    surface_text(s, r, r.x + r.w - 1, r.y, STYLE_FRAME, g->v);
    surface_fill(s, in, STYLE_FRAME, g->track);
    fraction = fraction > 1 ? 1 : fraction > 0 ? fraction : 0;
    int at = (int)lround(fraction * (in.w - 1));
    surface_fill(s, (struct rect){in.x, in.y, at, 1}, style, g->track);
    surface_text(s, in, in.x + at, in.y, style, g->knob);
}

void amount_draw(struct surface *s, struct rect r, struct amount a, enum style style, const struct look *look)
{
    struct buf text = {0};
    amount_text(&text, a);
    surface_fit(s, r, amount_style(a, style), ALIGN_RIGHT, buf_text(&text), look);
    buf_release(&text);
}

/* Widths of the label and number columns of a panel of facts. */
struct fact_columns {
    int label, number;
};

static bool is_heading(const struct fact *f)
{
    return f->label && f->label[0] == '=';
}

static int number_width(const struct fact *facts, size_t n)
{
    struct buf text = {0};
    int width = 0;
    for (size_t i = 0; i < n; i++) {
        buf_clear(&text);
        amount_text(&text, facts[i].amount);
        int w = facts[i].label && !is_heading(&facts[i]) ? text_columns(buf_text(&text)) : 0;
        width = w > width ? w : width;
    }
    buf_release(&text);
    return width;
}

/* Labels that leave no room for the numbers do not count: they get a line of their own. Those of remarks line up where they
 * are short. */
static struct fact_columns measure_facts(const struct fact *facts, size_t n, int width)
{
    struct fact_columns c = {0, number_width(facts, n)};
    for (size_t i = 0; i < n; i++) {
        const struct fact *f = &facts[i];
        if (!f->label || is_heading(f) || (!amount_shown(f->amount) && !f->note))
            continue;
        int label = surface_columns(f->label);
        int most = amount_shown(f->amount) ? width - 1 - c.number : width / 3;
        c.label = label > c.label && label <= most ? label : c.label;
    }
    if (c.label == 0)
        c.label = width - 1 - c.number > 4 ? width - 1 - c.number : 4;
    return c;
}

/* Interval, note and alarm of a fact, as one text. */
static void fact_tail(struct buf *out, const struct fact *f)
{
    amount_interval(out, f->lo, f->hi);
    if (f->note && amount_shown(f->amount))
        buf_printf(out, "%s%s", out->len ? "  " : "", f->note);
    if (f->alarm)
        buf_puts(out, out->len ? " !" : "!");
}

static void fact_without_number(struct surface *s, struct rect r, const struct fact *f, int label,
                                const struct look *look)
{
    bool heading = is_heading(f);
    const char *text = heading ? f->label + 1 : f->label;
    enum style style = heading ? STYLE_HEADING : f->alarm ? STYLE_WARN : STYLE_NORMAL;
    int own = surface_columns(text), used = own > 0 ? own + (heading ? 2 : 1) : 0;
    surface_fit(s, r, style, ALIGN_LEFT, text, look);
    if (!f->note)
        return;
    int note = surface_columns(f->note), column = heading || own == 0 ? used : label + 1;
    int start = column + note <= r.w ? column
                                     : r.w - note; /* in line with the others, else as far right as need be */
    start = start > used ? start : used;
    if (start < r.w)
        surface_fit(s, (struct rect){r.x + start, r.y, r.w - start, 1}, heading ? STYLE_DIM : style,
                    ALIGN_LEFT, f->note, look);
}

static bool tail_fits(const char *tail, struct fact_columns c, int width)
{
    return c.label + 1 + c.number + 1 + surface_columns(tail) <= width;
}

/* What stands behind the number: on the same line, or below it where the line is short and `room` allows. */
static int draw_tail(struct surface *s, struct rect r, const struct fact *f, struct fact_columns c, int room,
                     const struct look *look)
{
    struct buf tail = {0};
    int rows = 1, x = r.x + c.label + 1 + c.number + 2;
    enum style style = f->alarm ? STYLE_WARN : amount_style(f->amount, STYLE_DIM);
    fact_tail(&tail, f);
    if (tail.len && !tail_fits(buf_text(&tail), c, r.w) && room > 1) {
        surface_fit(s, (struct rect){r.x + 2, r.y + 1, r.w - 2, 1}, style, ALIGN_RIGHT, buf_text(&tail),
                    look);
        rows = 2;
    } else if (tail.len && x < r.x + r.w) {
        x -= x + surface_columns(buf_text(&tail)) > r.x + r.w ? 1 : 0;
        surface_fit(s, (struct rect){x, r.y, r.x + r.w - x, 1}, style, ALIGN_LEFT, buf_text(&tail), look);
    }
    buf_release(&tail);
    return rows;
}

/* One fact with a number; returns rows used, at most `room`. */
static int fact_with_number(struct surface *s, struct rect r, const struct fact *f, struct fact_columns c,
                            int room, const struct look *look)
{
    enum style style = f->alarm ? STYLE_WARN : STYLE_NORMAL;
    int above = surface_columns(f->label) > c.label && room > 1 ? 1 : 0;
    surface_fit(s, (struct rect){r.x, r.y, above ? r.w : c.label, 1}, style, ALIGN_LEFT, f->label, look);
    r.y += above;
    amount_draw(s, (struct rect){r.x + c.label + 1, r.y, c.number, 1}, f->amount,
                f->alarm ? STYLE_WARN : STYLE_STRONG, look);
    return above + draw_tail(s, r, f, c, room - above, look);
}

int facts_draw(struct surface *s, struct rect r, const struct fact *facts, size_t n, const struct look *look)
{
    struct fact_columns c = measure_facts(facts, n, r.w);
    int row = 0;
    for (size_t i = 0; i < n && row < r.h; i++) {
        struct rect line = {r.x, r.y + row, r.w, 1};
        int room = r.h - row - (int)(n - i - 1); /* every later fact gets its line first */
        if (!facts[i].label)
            row += room >= 1 ? 1 : 0;
        else if (amount_shown(facts[i].amount))
            row += fact_with_number(s, line, &facts[i], c, room, look);
        else if (facts[i].note || is_heading(&facts[i])) {
            fact_without_number(s, line, &facts[i], c.label, look);
            row++;
        }
    }
    return row;
}

int facts_rows(const struct fact *facts, size_t n, int width)
{
    struct fact_columns c = measure_facts(facts, n, width);
    int rows = 0;
    for (size_t i = 0; i < n; i++) {
        const struct fact *f = &facts[i];
        struct buf tail = {0};
        bool number = f->label && amount_shown(f->amount);
        fact_tail(&tail, f);
        rows += !f->label || number || f->note || is_heading(f) ? 1 : 0;
        rows += number && surface_columns(f->label) > c.label ? 1 : 0;
        rows += number && tail.len && !tail_fits(buf_text(&tail), c, width) ? 1 : 0;
        buf_release(&tail);
    }
    return rows;
}

/* As many columns as the widest key and label leave room for. */
struct key_grid {
    int key, label, each, rows;
};

static struct key_grid key_grid(const struct key_hint *keys, size_t n, int width)
{
    struct key_grid g = {0};
    for (size_t i = 0; i < n; i++) {
        int k = surface_columns(keys[i].key), l = surface_columns(keys[i].label);
        g.key = k > g.key ? k : g.key;
        g.label = l > g.label ? l : g.label;
    }
    g.each = g.key + 2 + g.label + 3;
    int columns = (width + 3) / g.each > 1 ? (width + 3) / g.each : 1;
    g.rows = ((int)n + columns - 1) / columns;
    return g;
}

int keys_rows(const struct key_hint *keys, size_t n, int width)
{
    return key_grid(keys, n, width).rows;
}

static void draw_keys(struct surface *s, struct rect r, const struct key_hint *keys, size_t n, size_t first,
                      bool clicked, const struct look *look)
{
    struct key_grid g = key_grid(keys, n, r.w);
    for (size_t i = 0; i < n; i++) {
        int row = (int)i % g.rows - (int)first, x = r.x + (int)i / g.rows * g.each;
        if (row < 0 || row >= r.h)
            continue;
        surface_fit(s, (struct rect){x, r.y + row, g.key, 1}, STYLE_KEY, ALIGN_LEFT, keys[i].key, look);
        int left = r.x + r.w - (x + g.key + 2);
        surface_fit(s, (struct rect){x + g.key + 2, r.y + row, left < g.label ? left : g.label, 1},
                    STYLE_NORMAL, ALIGN_LEFT, keys[i].label, look);
        if (clicked)
            spot_key(s, rect_intersect(r, (struct rect){x, r.y + row, g.each, 1}), keys[i].key);
    }
}

void keys_draw(struct surface *s, struct rect r, const struct key_hint *keys, size_t n, size_t first,
               const struct look *look)
{
    draw_keys(s, r, keys, n, first, false, look);
}

void keys_draw_clicked(struct surface *s, struct rect r, const struct key_hint *keys, size_t n,
                       const struct look *look)
{
    draw_keys(s, r, keys, n, 0, true, look);
}

void scroll_mark(struct surface *s, struct rect frame, size_t top, size_t visible, size_t count)
{
    if (count <= visible || frame.w < 20)
        return;
    struct buf text = {0};
    buf_putc(&text, ' ');
    num_count(&text, (int64_t)top + 1);
    buf_putc(&text, '-');
    num_count(&text, (int64_t)(top + visible));
    buf_puts(&text, " of ");
    num_count(&text, (int64_t)count);
    buf_putc(&text, ' ');
    int x = frame.x + frame.w - 2 - (int)text.len;
    surface_text(s, frame, x, frame.y + frame.h - 1, STYLE_DIM, buf_text(&text));
    buf_release(&text);
}
