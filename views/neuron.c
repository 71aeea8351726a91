/* neuron: see neuron.h. The panes; the picture of weights is in neuron_picture.c. */
#include "views/neuron.h"

#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "views/layout.h"
#include "views/neuron_picture.h"
#include "views/spot.h"
#include "views/table.h"
#include "views/widget.h"

enum { K_NAME, K_DENSE, K_PRUNED, K_DELTA, K_SHARE, K_BAR, K_MARK, K_COLUMNS };

/* As wide as the others, but what is there never looks like nothing. */
static void weight_text(struct buf *out, double v)
{
    if (v != 0 && fabs(v) < 0.0005)
        buf_printf(out, "%+.0e", v);
    else
        amount_text(out, amount_signed(v, 3));
}

/* What the cells need: the links, and what gets a full bar. */
struct link_rows {
    const struct link_row *rows;
    enum aspect aspect;
    double most;
};

/* What the links are sorted by: the share of a model, or the change. */
static double strength(const struct link_row *k, enum aspect aspect)
{
    return aspect == ASPECT_DELTA   ? fabs(k->pruned - k->dense)
           : aspect == ASPECT_DENSE ? k->dense_share
                                    : k->share;
}

static double largest(const struct link_pane *p, enum aspect aspect)
{
    double most = 0;
    for (size_t i = 0; i < p->count; i++)
        most = fmax(most, strength(&p->rows[i], aspect));
    return most > 0 ? most : 1;
}

/* Where no pruned column says that it is cut, the mark does. */
static const char *mark_of(const struct link_row *k, enum aspect aspect)
{
    return k->protected_ ? "safe" : !k->kept && aspect == ASPECT_DENSE ? "cut" : k->dead ? "dead" : "";
}

static void link_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct link_rows *p = rows;
    const struct link_row *k = &p->rows[row];
    double shown = p->aspect == ASPECT_DENSE   ? k->dense
                   : p->aspect == ASPECT_DELTA ? k->pruned - k->dense
                                               : k->pruned;
    enum style sign = shown < 0 ? STYLE_NEGATIVE : STYLE_POSITIVE;
    bool there = k->kept || p->aspect != ASPECT_PRUNED;
    switch (column) {
    case K_NAME:
        buf_puts(&out->text, k->name);
        out->style = k->kept ? STYLE_NORMAL : STYLE_CUT;
        break;
    case K_DENSE:
        weight_text(&out->text, k->dense);
        out->style = STYLE_DENSE;
        break;
    case K_PRUNED:
        if (k->kept)
            weight_text(&out->text, k->pruned);
        else
            buf_puts(&out->text, "cut");
        out->style = k->kept ? sign : STYLE_CUT;
        break;
    case K_DELTA:
        weight_text(&out->text, shown);
        out->style = sign;
        break;
    case K_SHARE:
        if (there)
            num_percent(&out->text, strength(k, p->aspect), 0);
        out->style = STYLE_DIM;
        break;
    case K_BAR:
        out->bar = there ? strength(k, p->aspect) / p->most : -1;
        out->style = sign;
        break;
    case K_MARK:
        buf_puts(&out->text, mark_of(k, p->aspect));
        out->style = k->protected_ ? STYLE_GOOD : STYLE_WARN;
        break;
    }
}

static void pane_title(const struct neuron_scene *n, const struct link_pane *p, bool first, struct buf *out)
{
    if (first) {
        buf_printf(out, "%s/%lld", n->layer, (long long)n->unit);
        if (n->name)
            buf_printf(out, " (%s)", n->name);
        if (n->protected_)
            buf_puts(out, " safe");
        buf_puts(out, "  ");
    }
    static const char *const columns[ASPECTS] = {
        [ASPECT_PRUNED] = "", [ASPECT_DELTA] = "change, ", [ASPECT_DENSE] = "dense, "};
    buf_printf(out, "%s: %s", p->title, columns[n->aspect]);
    num_count(out, p->kept);
    buf_puts(out, " of ");
    num_count(out, p->of);
    buf_puts(out, " kept");
}

/* Bias and footnote under the links. */
static void draw_foot(const struct link_pane *p, struct surface *s, struct rect r, const struct look *look)
{
    int y = r.y + r.h;
    if (p->footnote && r.h > 0)
        surface_fit(s, (struct rect){r.x, --y, r.w, 1}, STYLE_DIM, ALIGN_LEFT, p->footnote, look);
    if (amount_shown(p->bias) && y > r.y) {
        struct buf text = {0};
        buf_puts(&text, "bias ");
        amount_text(&text, p->bias);
        surface_fit(s, (struct rect){r.x, y - 1, r.w, 1}, STYLE_NORMAL, ALIGN_LEFT, buf_text(&text), look);
        buf_release(&text);
    }
}

/* The title in brackets, as an active tab; pointed at where the cursor stands on the unit itself. */
static void mark_active(const struct neuron_scene *n, struct surface *s, struct rect r, int w,
                        const struct look *look)
{
    struct rect at =
        rect_intersect((struct rect){r.x + 2, r.y, w + 2, 1}, (struct rect){r.x + 2, r.y, r.w - 4, 1});
    enum style style = n->on_unit ? STYLE_SELECTED : STYLE_TAB_ACTIVE;
    surface_restyle(s, at, style);
    surface_text(s, at, at.x, at.y, style, n->on_unit ? glyphs_of(look)->pointer : "[");
    surface_text(s, at, at.x + at.w - 1, at.y, style, "]");
}

/* LAYER/12 */
static bool names_unit(const char *name)
{
    const char *number = strrchr(name, '/');
    return number && number[1] && number[1 + strspn(number + 1, "0123456789")] == 0;
}

/* Columns of the pruned model, of the change, or of the dense one. */
static void plan_links(const struct neuron_scene *n, const struct link_pane *p, bool first,
                       struct column *columns)
{
    bool marks = false, delta = n->aspect == ASPECT_DELTA, dense = n->aspect == ASPECT_DENSE;
    for (size_t i = 0; i < p->count && !marks; i++)
        marks = *mark_of(&p->rows[i], n->aspect) != 0;
    columns[K_NAME] = (struct column){first ? "from" : "to", COLUMN_TEXT, 8, 0, 0, false};
    columns[K_DENSE] = (struct column){"dense", COLUMN_NUMBER, 0, 0, dense ? 0 : 2, false};
    columns[K_PRUNED] = (struct column){"pruned", COLUMN_NUMBER, 0, 0, delta ? 3 : 0, dense};
    columns[K_DELTA] = (struct column){"change", COLUMN_NUMBER, 0, 0, 0, !delta};
    columns[K_SHARE] = (struct column){"share", COLUMN_NUMBER, 0, 0, 7, delta};
    columns[K_BAR] = (struct column){"", COLUMN_BAR, 5, 24, 6, false};
    columns[K_MARK] = (struct column){"", COLUMN_TEXT, 4, 4, 1, !marks};
}

static void draw_links(const struct neuron_scene *n, bool first, struct surface *s, struct rect r,
                       const struct look *look)
{
    const struct link_pane *p = first ? &n->in : &n->out;
    bool active = first != n->out_active;
    struct buf title = {0};
    pane_title(n, p, first, &title);
    struct rect in = surface_box(s, r, buf_text(&title), look);
    if (!active)
        spot_key(s, r, "Tab");
    if (active && r.w > 6)
        mark_active(n, s, r, surface_columns(buf_text(&title)), look);
    buf_release(&title);
    struct column columns[K_COLUMNS];
    plan_links(n, p, first, columns);
    if (p->chip && in.h > 2) {
        surface_fit(s, (struct rect){in.x, in.y, in.w, 1}, STYLE_WARN, ALIGN_LEFT, p->chip, look);
        in.y++;
        in.h--;
    }
    int foot = (p->footnote ? 1 : 0) + (amount_shown(p->bias) ? 1 : 0);
    foot = in.h - foot >= 4 ? foot : 0;
    const struct link_rows rows = {p->rows, n->aspect, largest(p, n->aspect)};
    struct table t = {.columns = columns,
                      .column_count = K_COLUMNS,
                      .rows = &rows,
                      .count = p->count,
                      .selected = active && p->count > 0 && !n->on_unit ? p->selected : SIZE_MAX,
                      .by_end = p->count > 0 && names_unit(p->rows[0].name),
                      .frame = r,
                      .cell = link_cell};
    if (p->count == 0)
        surface_wrap(s, in, STYLE_DIM,
                     p->chip && p->of ? "No link here holds that."
                     : first          ? "Nothing comes in."
                                      : "Nothing goes out.",
                     look);
    else
        table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h - foot}, look);
    draw_foot(p, s, (struct rect){in.x, in.y + in.h - foot, in.w, foot}, look);
}

static void draw_words(const struct neuron_scene *n, struct surface *s, struct rect r,
                       const struct look *look)
{
    struct rect in = surface_box(s, r, "Says, in words", look);
    int rows = facts_rows(n->facts, n->fact_count, in.w);
    struct rect text = in;
    if (n->state) {
        surface_text(s, r, in.x - 1, in.y, STYLE_WARN, "!");
        int used = surface_wrap(s, text, STYLE_WARN, n->state, look);
        text.y += used;
        text.h -= used;
    }
    if (in.w >= 60) { /* words and facts side by side */
        struct rect right = {in.x + in.w / 2 + 1, in.y, in.w - in.w / 2 - 1, in.h};
        facts_draw(s, right, n->facts, n->fact_count, look);
        text.w = in.w / 2 - 1;
        rows = 0;
    }
    for (size_t i = 0; i < n->word_count && text.h > 0; i++) {
        struct rect room = text;
        if (text.h - rows > 1)
            room.h = text.h - rows;
        int used = surface_wrap(s, room, STYLE_NORMAL, n->words[i], look);
        text.y += used;
        text.h -= used;
    }
    if (in.w >= 60)
        return;
    int gap = text.h > rows && text.y > in.y ? 1 : 0;
    facts_draw(s, (struct rect){text.x, text.y + gap, text.w, text.h - gap}, n->facts, n->fact_count, look);
}

/* Three panes side by side, the picture below. */
static void draw_full(const struct neuron_scene *n, struct surface *s, struct rect r, const struct look *look)
{
    bool picture = n->picture.title != NULL;
    int high = picture ? neuron_picture_height(&n->picture, r.w) : 0;
    const struct part bands[2] = {{10, 0, 1}, {picture ? 8 : r.h + 1, high, 0}};
    const struct part columns[3] = {{34, 42, 3}, {26, 30, 3}, {24, 28, 1}};
    struct rect at[2], panes[3];
    layout_rows(r, bands, 2, at);
    layout_columns(at[0], columns, 3, panes);
    draw_links(n, true, s, panes[0], look);
    draw_links(n, false, s, panes[1], look);
    draw_words(n, s, panes[2], look);
    if (picture)
        neuron_picture_draw(&n->picture, s, at[1], look);
}

/* Both sides, and below them either the picture or the words. */
static void draw_two(const struct neuron_scene *n, struct surface *s, struct rect r, const struct look *look)
{
    bool picture = n->picture.title && !look->peek;
    int high =
        picture ? neuron_picture_height(&n->picture, r.w) : (int)(n->fact_count > 4 ? n->fact_count : 4) + 2;
    const struct part bands[2] = {{7, 0, 1}, {6, high, 0}};
    const struct part columns[2] = {{30, 0, 1}, {26, 0, 1}};
    struct rect at[2], panes[2];
    layout_rows(r, bands, 2, at);
    layout_columns(at[0], columns, 2, panes);
    draw_links(n, true, s, panes[0], look);
    draw_links(n, false, s, panes[1], look);
    if (picture)
        neuron_picture_draw(&n->picture, s, at[1], look);
    else
        draw_words(n, s, at[1], look);
}

void neuron_draw(const struct neuron_scene *n, struct surface *s, struct rect r, const struct look *look)
{
    enum arrangement how = layout_arrangement(s->w, s->h);
    if (how == ARRANGE_FULL)
        draw_full(n, s, r, look);
    else if (how == ARRANGE_PEEK)
        draw_two(n, s, r, look);
    else if (look->peek)
        draw_words(n, s, r, look);
    else
        draw_links(n, !n->out_active, s, r, look);
}
