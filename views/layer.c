/* layer: see layer.h. */
#include "views/layer.h"

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "views/layout.h"
#include "views/neuron_picture.h"
#include "views/picture.h"
#include "views/spot.h"
#include "views/widget.h"

/* The values beside the pattern; frame, padding and the cursor's sign around it; ruler, cell, legend, frame, title and keys. */
enum { VALUES = 34, AROUND = 6, ABOVE_BELOW = 10 };

/* "n 1,024" in front of a row: wide enough for the last unit. */
static int label_width(int64_t units)
{
    struct buf text = {0};
    num_count(&text, units > 0 ? units - 1 : 0);
    int w = (int)text.len + 2;
    buf_release(&text);
    return w;
}

void layer_room(int columns, int rows, int64_t units, int *cell_rows, int *cell_columns)
{
    bool list = layout_arrangement(columns, rows) == ARRANGE_LIST;
    int across = columns - (list ? 0 : VALUES) - AROUND - label_width(units), high = rows - ABOVE_BELOW;
    *cell_columns = across > 1 ? across : 1;
    *cell_rows = high > 1 ? high : 1;
}

static int64_t last_unit(const struct pattern *p)
{
    int64_t most = p->rows * p->rows_per;
    for (int i = 0; p->row_first && i < p->rows; i++)
        most = p->row_first[i] >= most ? p->row_first[i] + 1 : most;
    return most;
}

/* Does the draft keep other weights in this row than the step? */
static bool row_changed(const struct pattern *p, int row)
{
    for (int k = 0; p->draft && p->changed && k < p->columns; k++)
        if (p->changed[(size_t)row * (size_t)p->columns + (size_t)k])
            return true;
    return false;
}

static void draw_row_label(const struct pattern *p, int row, int width, struct surface *s, struct rect line,
                           const struct look *look)
{
    struct buf text = {0};
    num_count(&text, p->row_first ? p->row_first[row] : row * p->rows_per);
    bool here = row == p->at_row;
    surface_text(s, line, line.x, line.y, here ? STYLE_SELECTED : STYLE_DIM, row_changed(p, row) ? "*" : "n");
    surface_fit(s, (struct rect){line.x + 1, line.y, width - 1, 1}, here ? STYLE_SELECTED : STYLE_DIM,
                ALIGN_RIGHT, buf_text(&text), look);
    if (here)
        surface_text(s, line, line.x + width, line.y, STYLE_SELECTED, glyphs_of(look)->pointer);
    buf_release(&text);
}

static void draw_pattern_cell(const struct pattern *p, int row, int column, struct surface *s, struct rect at,
                              const struct look *look)
{
    size_t i = (size_t)row * (size_t)p->columns + (size_t)column;
    double share = p->share[i];
    enum style style = STYLE_KEPT;
    const char *sign = isnan(share) ? "?" : glyph_shade(look->glyphs, share);
    if (p->sign && !isnan(share)) {
        style = p->sign[i] < 0 ? STYLE_NEGATIVE : STYLE_POSITIVE;
        sign = picture_sign(look->glyphs, p->sign[i] * share);
    }
    if (p->draft)
        style = p->changed && p->changed[i] ? STYLE_PRUNED : STYLE_STALE;
    if (row == p->at_row && column == p->at_column)
        style = STYLE_CURSOR;
    for (int x = 0; x < at.w; x++)
        surface_text(s, at, at.x + x, at.y, style, sign);
}

/* Where inputs number so and so stand: a ruler of every tenth column. */
static void draw_ruler(const struct pattern *p, int first, int shown, int wide, struct surface *s,
                       struct rect line, const struct look *look)
{
    int free_from = line.x;
    if (p->sorted) {
        surface_fit(s, line, STYLE_DIM, ALIGN_LEFT, p->sorted, look);
        return;
    }
    for (int k = 0; k < shown; k++) {
        int x = line.x + k * wide;
        if ((first + k) % 10 != 0 || x < free_from)
            continue;
        struct buf text = {0};
        num_count(&text, p->column_first ? p->column_first[first + k] : (first + k) * p->columns_per);
        if (x + (int)text.len <= line.x + line.w)
            free_from = surface_text(s, line, x, line.y, STYLE_DIM, buf_text(&text)) + 1;
        buf_release(&text);
    }
}

/* What a cell is, and its signs from nothing to all. */
static void legend_text(const struct layer_scene *l, const struct look *look, struct buf *out)
{
    if (!l->legend)
        return;
    buf_printf(out, "%s: ", l->legend);
    if (l->pattern.sign) {
        buf_puts(out, picture_legend(look->glyphs));
        return;
    }
    buf_puts(out, "blank 0 ");
    const char *last = "";
    for (int i = 1; i <= 20; i++) {
        const char *sign = glyph_shade(look->glyphs, i / 20.0);
        if (strcmp(sign, last) != 0)
            buf_puts(out, sign);
        last = sign;
    }
    buf_puts(out, " 100%");
    if (l->pattern.draft)
        buf_puts(out, "  * row changes");
}

static void draw_pattern(const struct layer_scene *l, struct surface *s, struct rect r,
                         const struct look *look)
{
    const struct pattern *p = &l->pattern;
    struct rect in = surface_box(s, r, l->title, look);
    struct buf text = {0};
    legend_text(l, look, &text);
    int legend = l->legend ? surface_wrap_rows(buf_text(&text), in.w) : 0,
        cell = l->cell ? surface_wrap_rows(l->cell, in.w) : 0;
    cell = cell > 1 && in.h - 1 - legend - cell < p->rows ? 1 : cell; /* rows of cells come first */
    int label = label_width(last_unit(p)) + 1, high = in.h - 1 - legend - cell;
    if (high < 1 || in.w < label + 4 || p->rows < 1 || p->columns < 1) {
        buf_release(&text);
        return;
    }
    int wide = 2 * p->columns <= in.w - label ? 2 : 1, across = (in.w - label) / wide;
    int rows = p->rows < high ? p->rows : high, columns = p->columns < across ? p->columns : across;
    int top = (int)layout_scroll((size_t)p->rows, p->at_row > 0 ? (size_t)p->at_row : 0, (size_t)rows);
    int left =
        (int)layout_scroll((size_t)p->columns, p->at_column > 0 ? (size_t)p->at_column : 0, (size_t)columns);
    draw_ruler(p, left, columns, wide, s, (struct rect){in.x + label, in.y, in.w - label, 1}, look);
    for (int i = 0; i < rows; i++) {
        struct rect line = {in.x, in.y + 1 + i, in.w, 1};
        draw_row_label(p, top + i, label - 1, s, line, look);
        spot_row(s, (struct rect){in.x, line.y, label, 1}, top + i - p->at_row);
        for (int k = 0; k < columns; k++) {
            struct rect at = {in.x + label + k * wide, line.y, wide, 1};
            draw_pattern_cell(p, top + i, left + k, s, at, look);
            spot_cell(s, at, top + i - p->at_row, left + k - p->at_column);
        }
    }
    scroll_mark(s, r, (size_t)top, (size_t)rows, (size_t)p->rows);
    int y = in.y + 1 + rows;
    if (l->cell)
        y += surface_wrap(s, (struct rect){in.x, y, in.w, cell}, STYLE_STRONG, l->cell, look);
    if (legend)
        surface_wrap(s, (struct rect){in.x, y, in.w, in.y + in.h - y}, STYLE_DIM, buf_text(&text), look);
    buf_release(&text);
}

/* The bins that one column stands for, added up. */
static double bins_between(const double *counts, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += counts[i];
    return sum;
}

/* On a log scale, so that a bin with one weight still shows. */
static int bar_height(double count, double most, int high)
{
    if (!(count > 0))
        return 0;
    int n = (int)ceil(high * log1p(count) / log1p(most));
    return n < high ? n : high;
}

static void draw_bars(const struct layer_histogram *h, int columns, struct surface *s, struct rect r,
                      const struct look *look)
{
    double most = 1;
    for (int x = 0; x < columns; x++) {
        size_t from = h->bins * (size_t)x / (size_t)columns, to = h->bins * (size_t)(x + 1) / (size_t)columns;
        most = fmax(most, bins_between(h->cut, from, to) + bins_between(h->kept, from, to));
    }
    for (int x = 0; x < columns; x++) {
        size_t from = h->bins * (size_t)x / (size_t)columns, to = h->bins * (size_t)(x + 1) / (size_t)columns;
        double cut = bins_between(h->cut, from, to), kept = bins_between(h->kept, from, to);
        int all = bar_height(cut + kept, most, r.h), below = cut > 0 ? bar_height(cut, most, r.h) : 0;
        for (int y = 0; y < all; y++) {
            bool gone = y < below;
            surface_text(s, r, r.x + x, r.y + r.h - 1 - y, gone ? STYLE_CUT : STYLE_KEPT,
                         gone ? glyphs_of(look)->band : glyphs_of(look)->full);
        }
    }
}

static void draw_threshold(const struct layer_histogram *h, int columns, struct surface *s, struct rect r,
                           const struct look *look)
{
    double end = h->bin_width * (double)h->bins;
    if (isnan(h->threshold) || !(end > 0) || h->threshold > end)
        return;
    int x = r.x + (int)(h->threshold / end * columns);
    for (int y = 0; y < r.h - 1; y++)
        surface_text(s, r, x, r.y + y, STYLE_LIMIT, glyphs_of(look)->limit);
    struct buf text = {0};
    buf_putc(&text, '^');
    amount_text(&text, amount_weight(h->threshold));
    int over = x + (int)text.len - (r.x + r.w);
    surface_text(s, r, over > 0 ? x - over : x, r.y + r.h - 1, STYLE_LIMIT, buf_text(&text));
    buf_release(&text);
}

static void draw_values(const struct layer_scene *l, struct surface *s, struct rect r,
                        const struct look *look)
{
    const struct layer_histogram *h = &l->histogram;
    struct rect in = surface_box(s, r, l->values_title, look);
    int facts = facts_rows(l->facts, l->fact_count, in.w);
    int high = in.h - facts - 4;
    if (h->bins == 0 || high < 3 || in.w < 16) {
        facts_draw(s, in, l->facts, l->fact_count, look);
        return;
    }
    high = high < 16 ? high : 16;
    int columns = in.w;
    surface_fit(s, in, STYLE_DIM, ALIGN_LEFT, "count of |w|, log scale", look);
    struct rect plot = {in.x, in.y + 1, in.w, high};
    draw_bars(h, columns, s, plot, look);
    /* Its left end lies before the first bin. */
    spot_slider(s, (struct rect){plot.x - 1, plot.y, columns + 1, high + 2}, "<", ">");
    surface_fill(s, (struct rect){in.x, plot.y + high, columns, 1}, STYLE_FRAME, glyphs_of(look)->h);
    struct rect ruler = {in.x, plot.y + high + 1, columns, 1};
    surface_text(s, ruler, ruler.x, ruler.y, STYLE_DIM, "0");
    struct buf end = {0};
    num_plain(&end, h->bin_width * (double)h->bins, 2);
    surface_fit(s, (struct rect){ruler.x + columns - 8, ruler.y, 8, 1}, STYLE_DIM, ALIGN_RIGHT,
                buf_text(&end), look);
    buf_release(&end);
    draw_threshold(h, columns, s, (struct rect){in.x, plot.y, columns, high + 2}, look);
    int x = surface_printf(s, in, in.x, ruler.y + 1, STYLE_CUT, "%s cut", glyphs_of(look)->band);
    x = surface_printf(s, in, x + 2, ruler.y + 1, STYLE_KEPT, "%s kept", glyphs_of(look)->full);
    surface_printf(s, in, x + 2, ruler.y + 1, STYLE_LIMIT, "%s threshold", glyphs_of(look)->limit);
    int y = ruler.y + 2;
    facts_draw(s, (struct rect){in.x, y, in.w, in.y + in.h - y}, l->facts, l->fact_count, look);
}

void layer_draw(const struct layer_scene *l, struct surface *s, struct rect r, const struct look *look)
{
    bool list = layout_arrangement(s->w, s->h) == ARRANGE_LIST;
    int cells = l->pattern.columns + AROUND + label_width(last_unit(&l->pattern)),
        twice = cells + l->pattern.columns;
    const struct part halves[2] = {{list && look->peek ? r.w + 1 : 36,
                                    twice <= r.w - 40   ? twice
                                    : cells <= r.w - 30 ? cells
                                                        : r.w * 6 / 10,
                                    1},
                                   {list && !look->peek ? r.w + 1 : 30, VALUES, 1}};
    struct rect at[2];
    layout_columns(r, halves, 2, at);
    if (at[0].w > 0)
        draw_pattern(l, s, at[0], look);
    if (at[1].w > 0 && l->kernels.title)
        neuron_picture_draw(&l->kernels, s, at[1], look);
    else if (at[1].w > 0)
        draw_values(l, s, at[1], look);
}
