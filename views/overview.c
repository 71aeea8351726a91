/* overview: see overview.h. */
#include "views/overview.h"

#include <math.h>
#include <string.h>

#include "engine/base/num.h"
#include "views/layout.h"
#include "views/spot.h"
#include "views/table.h"
#include "views/widget.h"

/* Columns of a sentence; some are kept free for "-> 7" behind it. */
static int sentence_width(const struct verdict_line *v, int inside)
{
    return v->see ? inside - 5 : inside;
}

static int verdict_rows(const struct overview_scene *o, int width)
{
    int rows = 0;
    for (size_t i = 0; i < o->verdict_count; i++)
        rows += surface_wrap_rows(o->verdict[i].text, sentence_width(&o->verdict[i], width - 4));
    return rows > 0 ? rows + 2 : 0;
}

static void draw_verdict(const struct overview_scene *o, struct surface *s, struct rect r,
                         const struct look *look)
{
    struct rect in = surface_box(s, r, "Verdict, in plain words", look);
    for (size_t i = 0; i < o->verdict_count && in.h > 0; i++) {
        const struct verdict_line *v = &o->verdict[i];
        struct rect text = {in.x, in.y, sentence_width(v, in.w), in.h};
        int rows = surface_wrap(s, text, v->alarm ? STYLE_WARN : STYLE_NORMAL, v->text, look);
        if (v->alarm) /* in the free column at the edge, as the pointer of a table is */
            surface_text(s, r, in.x - 1, in.y, STYLE_WARN, "!");
        if (v->see) {
            int x = in.x + in.w - 3 - surface_columns(v->see);
            spot_key(s, (struct rect){x, in.y, in.x + in.w - x, 1}, v->see);
            x = surface_text(s, in, x, in.y, STYLE_DIM, look->glyphs == GLYPHS_ASCII ? "->" : " →");
            surface_text(s, in, x + 1, in.y, STYLE_KEY, v->see);
        }
        in.y += rows;
        in.h -= rows;
    }
}

enum { L_NAME, L_SHAPE, L_WEIGHTS, L_KEPT, L_SPARSITY, L_BAR, L_DEAD, L_ALONE, L_MARK, L_COLUMNS };

static double sparsity(const struct layer_row *l)
{
    return l->weights > 0 ? 1 - (double)l->kept / (double)l->weights : NAN;
}

/* The share that a row's percentage and bar show: of the layer what is cut, of all that is cut, of all weights. */
static double layer_share(const struct overview_scene *o, const struct layer_row *l)
{
    double cut = (double)(o->total.weights - o->total.kept);
    switch (o->aspect) {
    case ASPECT_DELTA:
        return cut > 0 ? (double)(l->weights - l->kept) / cut : 0;
    case ASPECT_DENSE:
        return o->total.weights > 0 ? (double)l->weights / (double)o->total.weights : NAN;
    default:
        return sparsity(l);
    }
}

static void kept_cell(const struct overview_scene *o, const struct layer_row *l, struct table_cell *out)
{
    if (o->aspect == ASPECT_DELTA && l->weights > l->kept)
        buf_putc(&out->text, '-');
    num_count(&out->text, o->aspect == ASPECT_DELTA ? l->weights - l->kept : l->kept);
    out->style = o->aspect == ASPECT_DELTA ? STYLE_CUT : STYLE_PRUNED;
}

static void units_cell(const struct overview_scene *o, const struct layer_row *l, struct table_cell *out)
{
    if (o->aspect != ASPECT_DENSE) {
        num_count(&out->text, l->dead);
        buf_putc(&out->text, '/');
    }
    num_count(&out->text, l->units);
    out->style = l->dead > 0 && o->aspect != ASPECT_DENSE ? STYLE_WARN : STYLE_DIM;
}

static void layer_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct overview_scene *o = rows;
    bool total = row == o->layer_count;
    const struct layer_row *l = total ? &o->total : &o->layers[row];
    out->style = total ? STYLE_STRONG : STYLE_NORMAL;
    switch (column) {
    case L_NAME:
        buf_puts(&out->text, l->name ? l->name : "total");
        break;
    case L_SHAPE:
        buf_puts(&out->text, l->shape ? l->shape : "");
        out->style = STYLE_DIM;
        break;
    case L_WEIGHTS:
        num_count(&out->text, l->weights);
        out->style = STYLE_DENSE;
        break;
    case L_KEPT:
        kept_cell(o, l, out);
        break;
    case L_SPARSITY:
        num_percent(&out->text, layer_share(o, l), 1);
        break;
    case L_BAR:
        out->bar = layer_share(o, l);
        out->style = o->aspect == ASPECT_DENSE ? STYLE_DENSE : STYLE_CUT;
        break;
    case L_DEAD:
        units_cell(o, l, out);
        break;
    case L_ALONE:
        amount_text(&out->text, l->alone);
        out->style = amount_style(l->alone, STYLE_NORMAL);
        break;
    case L_MARK:
        buf_puts(&out->text, l->protected_ ? "protected" : "");
        out->style = STYLE_GOOD;
        break;
    }
}

static void draw_routes(const struct overview_scene *o, struct surface *s, struct rect line,
                        const struct look *look)
{
    struct buf text = {0};
    buf_puts(&text, "routes input->output: ");
    if (o->routes_text) {
        buf_puts(&text, o->routes_text);
    } else {
        amount_text(&text, o->routes_dense);
        buf_puts(&text, " dense, ");
        amount_text(&text, o->routes);
        buf_puts(&text, " kept");
        if (o->routes_dense.v > 0 && isfinite(o->routes.v)) {
            buf_puts(&text, " (");
            num_percent(&text, o->routes.v / o->routes_dense.v, 1);
            buf_putc(&text, ')');
        }
    }
    surface_fit(s, line, STYLE_DIM, ALIGN_LEFT, buf_text(&text), look);
    buf_release(&text);
}

/* Below the table, where lines are left: what its columns mean, and the routes. */
static void draw_layer_notes(const struct overview_scene *o, struct surface *s, struct rect r, bool alone,
                             const struct look *look)
{
    bool routes = o->routes_text || amount_shown(o->routes);
    if (routes && r.h >= 1)
        draw_routes(o, s, (struct rect){r.x, r.y + r.h - 1, r.w, 1}, look);
    r.h -= routes ? 1 : 0;
    if (r.h >= 2)
        surface_fit(s, (struct rect){r.x, r.y + r.h - 1, r.w, 1}, STYLE_DIM, ALIGN_LEFT,
                    "dead: no way in or no way out; such a unit is just its bias", look);
    if (alone && r.h >= 3)
        surface_fit(s, (struct rect){r.x, r.y + r.h - 2, r.w, 1}, STYLE_DIM, ALIGN_LEFT,
                    "alone: accuracy change when only this layer is pruned, as now", look);
}

/* "Layers: what was cut, by sparsity; 80.0% of all weights cut": the total is told in every layout. */
static struct rect titled_box(const struct overview_scene *o, struct surface *s, struct rect r,
                              const char *what, const char *sorted, bool total, const struct look *look)
{
    static const char *const aspects[ASPECTS] = {"", ": what was cut", ": dense model"};
    struct buf title = {0};
    buf_printf(&title, "%s%s%s%s", what, aspects[o->aspect], sorted ? ", " : "", sorted ? sorted : "");
    if (total && o->total.weights > 0) {
        buf_puts(&title, "; ");
        num_percent(&title, sparsity(&o->total), 1);
        buf_puts(&title, " cut");
    }
    struct rect in = surface_box(s, r, buf_text(&title), look);
    buf_release(&title);
    return in;
}

static void draw_layers(const struct overview_scene *o, struct surface *s, struct rect r,
                        const struct look *look)
{
    static const char *const kept[ASPECTS] = {"kept", "cut", ""},
                             *const share[ASPECTS] = {"sparsity", "of the cut", "of all"},
                             *const units[ASPECTS] = {"dead", "dead", "units"};
    bool alone = false, marks = false, dense = o->aspect == ASPECT_DENSE;
    for (size_t i = 0; i < o->layer_count; i++) {
        alone = alone || amount_shown(o->layers[i].alone);
        marks = marks || o->layers[i].protected_;
    }
    const struct column columns[L_COLUMNS] = {
        [L_NAME] = {"layer", COLUMN_TEXT, 8, 0, 0, false},
        [L_SHAPE] = {"shape", COLUMN_TEXT, 9, 24, 5, false},
        [L_WEIGHTS] = {"weights", COLUMN_NUMBER, 0, 0, 3, false},
        [L_KEPT] = {kept[o->aspect], COLUMN_NUMBER, 0, 0, 1, dense},
        [L_SPARSITY] = {share[o->aspect], COLUMN_NUMBER, 0, 0, 0, false},
        [L_BAR] = {"", COLUMN_BAR, 5, 42, 6, false},
        [L_DEAD] = {units[o->aspect], COLUMN_NUMBER, 0, 0, 2, false},
        [L_ALONE] = {"alone", COLUMN_NUMBER, 0, 0, 4, !alone || dense},
        [L_MARK] = {"", COLUMN_TEXT, 4, 9, 7, !marks},
    };
    struct rect in = titled_box(o, s, r, "Layers", o->sorted, true, look);
    if (o->layer_count == 0) {
        surface_wrap(s, in, STYLE_DIM,
                     o->no_layers ? o->no_layers : "No model is open. Type :open and the name of a file.",
                     look);
        return;
    }
    struct table t = {.columns = columns,
                      .column_count = L_COLUMNS,
                      .rows = o,
                      .count = o->layer_count,
                      .selected = o->selected,
                      .with_total = true,
                      .frame = r,
                      .cell = layer_cell};
    int used = table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h}, look);
    draw_layer_notes(o, s, (struct rect){in.x, in.y + used + 1, in.w, in.h - used - 1}, alone, look);
}

enum { S_NAME, S_BYTES, S_BAR, S_NOTE, S_COLUMNS };

static void size_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct overview_scene *o = rows;
    const struct size_row *z = &o->sizes[row];
    bool best = z->note && strcmp(z->note, "best") == 0;
    double most = 0;
    switch (column) {
    case S_NAME:
        buf_puts(&out->text, z->name);
        break;
    case S_BYTES:
        amount_text(&out->text, z->bytes);
        out->style = amount_style(z->bytes, best ? STYLE_GOOD : STYLE_STRONG);
        break;
    case S_BAR:
        for (size_t i = 0; i < o->size_count; i++)
            most = fmax(most, o->sizes[i].bytes.v);
        out->bar = most > 0 ? z->bytes.v / most : NAN;
        out->style = best ? STYLE_GOOD : STYLE_DENSE;
        break;
    case S_NOTE:
        buf_puts(&out->text, z->note ? z->note : "");
        out->style = best ? STYLE_GOOD : STYLE_DIM;
        break;
    }
}

/* alone: without the layers beside it. */
static void draw_sizes(const struct overview_scene *o, struct surface *s, struct rect r, bool alone,
                       const struct look *look)
{
    static const struct column columns[S_COLUMNS] = {
        [S_NAME] = {"stored as", COLUMN_TEXT, 11, 0, 0, false},
        [S_BYTES] = {"size", COLUMN_NUMBER, 0, 0, 0, false},
        [S_BAR] = {"", COLUMN_BAR, 4, 30, 6, false},
        [S_NOTE] = {"", COLUMN_TEXT, 4, 0, 1, false},
    };
    struct rect in = titled_box(o, s, r, "Size and cost", NULL, alone, look);
    struct table t = {.columns = columns,
                      .column_count = S_COLUMNS,
                      .rows = o,
                      .count = o->size_count,
                      .selected = SIZE_MAX,
                      .cell = size_cell};
    int used = table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h}, look);
    if (in.h > used + (int)o->cost_count)
        used++;
    facts_draw(s, (struct rect){in.x, in.y + used, in.w, in.h - used}, o->costs, o->cost_count, look);
}

enum { Q_METRIC, Q_DENSE, Q_PRUNED, Q_DELTA, Q_INTERVAL, Q_READING, Q_COLUMNS };

static void quality_amount(struct table_cell *out, struct amount a, enum style style)
{
    amount_text(&out->text, a);
    out->style = amount_style(a, style);
    if (!amount_shown(a)) {
        buf_putc(&out->text, '-');
        out->style = STYLE_DIM;
    }
}

static void quality_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct quality_row *q = &((const struct overview_scene *)rows)->quality[row];
    switch (column) {
    case Q_METRIC:
        buf_puts(&out->text, q->metric);
        break;
    case Q_DENSE:
        quality_amount(out, q->dense, STYLE_DENSE);
        break;
    case Q_PRUNED:
        quality_amount(out, q->pruned, STYLE_PRUNED);
        break;
    case Q_DELTA:
        quality_amount(out, q->delta, q->alarm ? STYLE_WARN : STYLE_STRONG);
        break;
    case Q_INTERVAL:
        amount_interval(&out->text, q->lo, q->hi);
        out->style = amount_style(q->delta, STYLE_NORMAL);
        break;
    case Q_READING:
        buf_printf(&out->text, "%s%s", q->alarm ? "! " : "", q->reading ? q->reading : "");
        out->style = q->alarm ? STYLE_WARN : STYLE_NORMAL;
        break;
    }
}

static void draw_quality(const struct overview_scene *o, struct surface *s, struct rect r,
                         const struct look *look)
{
    const struct column columns[Q_COLUMNS] = {
        [Q_METRIC] = {"metric", COLUMN_TEXT, 10, 0, 0, false},
        [Q_DENSE] = {"dense", COLUMN_NUMBER, 0, 0, o->aspect == ASPECT_DENSE ? 0 : COMFORT, false},
        [Q_PRUNED] = {"pruned", COLUMN_NUMBER, 0, 0, o->aspect == ASPECT_DENSE ? COMFORT : 2, false},
        [Q_DELTA] = {"delta", COLUMN_NUMBER, 0, 0, o->aspect == ASPECT_DENSE ? 2 : 0, false},
        [Q_INTERVAL] = {"95% interval", COLUMN_NUMBER, 0, 0, 1, false},
        [Q_READING] = {"reading", COLUMN_TEXT, 12, 0, 3, false},
    };
    struct buf title = {0};
    buf_printf(&title, "Quality%s%s", o->quality_title ? " on " : "",
               o->quality_title ? o->quality_title : "");
    struct rect in = surface_box(s, r, buf_text(&title), look);
    buf_release(&title);
    struct table t = {.columns = columns,
                      .column_count = Q_COLUMNS,
                      .rows = o,
                      .count = o->quality_count,
                      .selected = SIZE_MAX,
                      .cell = quality_cell};
    if (o->quality_count > 0)
        table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h}, look);
    else
        surface_wrap(s, in, STYLE_DIM, o->quality_hint ? o->quality_hint : "No data yet.", look);
}

/* Three bands. Where not all fit, peek shows quality and sizes in place of verdict and layers. */
static void arrange_bands(const struct overview_scene *o, struct rect r, bool peek, enum arrangement how,
                          struct rect *verdict, struct rect *middle, struct rect *quality)
{
    int said = verdict_rows(o, r.w), tested = (o->quality_count ? (int)o->quality_count + 1 : 2) + 2;
    int layers = (int)(o->layer_count < 40 ? o->layer_count : 40) + 4;
    struct part bands[3] = {{said ? 3 : 0, said, 0}, {6, layers, 1}, {tested, tested, 0}};
    struct rect at[3];
    if (how == ARRANGE_FULL)
        bands[1].least = 10;
    else if (peek)
        bands[0] = (struct part){r.h + 1, 0, 0};
    else if (how == ARRANGE_LIST)
        bands[0].want = 3, bands[2].least = r.h + 1;
    else
        bands[0].least = said, bands[1].least = layers > 12 ? 12 : layers;
    layout_rows(r, bands, 3, at);
    *verdict = at[0], *middle = at[1], *quality = at[2];
}

void overview_draw(const struct overview_scene *o, struct surface *s, struct rect r, const struct look *look)
{
    enum arrangement how = layout_arrangement(s->w, s->h);
    struct rect verdict, middle, quality, halves[2];
    bool peek = look->peek && how != ARRANGE_FULL;
    arrange_bands(o, r, peek, how, &verdict, &middle, &quality);
    const struct part parts[2] = {{peek ? r.w + 1 : 40, 66, 2},
                                  {how == ARRANGE_FULL || peek ? 30 : r.w + 1, 34, 1}};
    layout_columns(middle, parts, 2, halves);
    draw_verdict(o, s, verdict, look);
    draw_layers(o, s, halves[0], look);
    draw_sizes(o, s, halves[1], halves[0].w <= 0, look);
    draw_quality(o, s, quality, look);
}
