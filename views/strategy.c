/* strategy: see strategy.h. The panes; one row of the left pane is drawn by control.c. */
#include "views/strategy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/num.h"
#include "views/control.h"
#include "views/layout.h"
#include "views/spot.h"
#include "views/table.h"
#include "views/widget.h"

enum { N_NAME, N_SPARSITY, N_BAR, N_MARK, N_COLUMNS };

static void sparsity_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct sparsity_row *l = &((const struct strategy_scene *)rows)->layers[row];
    double sparsity = l->weights > 0 ? 1 - (double)l->kept / (double)l->weights : NAN;
    switch (column) {
    case N_NAME:
        buf_puts(&out->text, l->name);
        break;
    case N_SPARSITY:
        num_percent(&out->text, sparsity, 1);
        out->style = l->kept == 0 ? STYLE_WARN : STYLE_NORMAL;
        break;
    case N_BAR:
        out->bar = sparsity;
        out->style = l->kept == 0 ? STYLE_WARN : STYLE_CUT;
        break;
    case N_MARK:
        buf_puts(&out->text, l->protected_ ? "protected" : l->kept == 0 ? "empty !" : "");
        out->style = l->protected_ ? STYLE_GOOD : STYLE_WARN;
        break;
    }
}

static void draw_layers(const struct strategy_scene *t, struct surface *s, struct rect r, struct rect frame,
                        const struct look *look)
{
    bool marks = false;
    for (size_t i = 0; i < t->layer_count; i++)
        marks = marks || t->layers[i].protected_ || t->layers[i].kept == 0;
    const struct column columns[N_COLUMNS] = {
        [N_NAME] = {"layer", COLUMN_TEXT, 6, 0, 0, false},
        [N_SPARSITY] = {"sparsity", COLUMN_NUMBER, 0, 0, 0, false},
        [N_BAR] = {look->glyphs == GLYPHS_ASCII ? "dense -> empty" : "dense → empty", COLUMN_BAR, 8, 60, 0,
                   false},
        [N_MARK] = {"", COLUMN_TEXT, 4, 9, 1, !marks},
    };
    struct table table = {.columns = columns,
                          .column_count = N_COLUMNS,
                          .rows = t,
                          .count = t->layer_count,
                          .selected = SIZE_MAX,
                          .first = t->layer_first,
                          .frame = frame,
                          .cell = sparsity_cell};
    table_draw(&table, s, r, look);
}

static void draw_controls(const struct strategy_scene *t, struct surface *s, struct rect r,
                          const struct look *look)
{
    struct buf title = {0};
    buf_printf(&title, "Strategy%s%s", t->draft ? ": " : "", t->draft ? t->draft : "");
    struct rect in = surface_box(s, r, buf_text(&title), look);
    buf_release(&title);
    int layers = t->layer_count > 0 ? 3 : 0;
    int room = in.h - (in.h > (int)t->control_count + layers ? layers : 0);
    size_t shown = room > 0 ? (size_t)room : 0;
    shown = shown < t->control_count ? shown : t->control_count;
    size_t top = layout_scroll(t->control_count, t->selected, shown);
    struct control_columns columns = control_measure(t->controls, t->control_count);
    for (size_t i = 0; i < shown; i++) {
        struct rect line = {in.x - 1, in.y + (int)i, in.w + 1, 1};
        if (top + i != t->selected) /* on it a click is no Enter: that would make the draft a step */
            spot_row(s, line, (int64_t)(top + i) - (int64_t)t->selected);
        control_draw(&t->controls[top + i], columns, top + i == t->selected, s, line, look);
    }
    int used = (int)shown + 1;
    if (in.h - used >= 2 && t->layer_count > 0)
        draw_layers(t, s, (struct rect){in.x - 1, in.y + used, in.w + 1, in.h - used}, r, look);
    else if (shown < t->control_count)
        scroll_mark(s, r, top, shown, t->control_count);
}

static void measured_heading(const struct strategy_scene *t, struct buf *out)
{
    buf_puts(out, t->frozen ? "FROZEN " : "MEASURED ");
    num_count(out, t->measured);
    buf_puts(out, " of ");
    num_count(out, t->measured_of);
    if (amount_shown(t->measured_in)) {
        buf_puts(out, ", ");
        amount_text(out, t->measured_in);
    }
}

/* Progress, and in words what kind of number the measured ones are now. */
static void draw_progress(const struct strategy_scene *t, struct surface *s, struct rect r,
                          const struct look *look)
{
    bool done = t->measured >= t->measured_of;
    const char *word = done ? "exact" : t->frozen ? "r runs it" : t->measured > 0 ? "filling in" : "waiting";
    int w = r.w - surface_columns(word) - 1;
    bar_draw(s, (struct rect){r.x, r.y, w, 1}, (double)t->measured / (double)t->measured_of,
             done ? STYLE_GOOD : STYLE_LIVE, look);
    surface_text(s, r, r.x + w + 1, r.y, done ? STYLE_GOOD : STYLE_WARN, word);
}

static void draw_measured(const struct strategy_scene *t, struct surface *s, struct rect r,
                          const struct look *look)
{
    if (r.h < 1)
        return;
    if (t->measured_of == 0) {
        surface_wrap(s, r, STYLE_DIM, t->measured_hint ? t->measured_hint : "No data: nothing is measured.",
                     look);
        return;
    }
    struct buf heading = {0};
    measured_heading(t, &heading);
    surface_fit(s, r, t->frozen ? STYLE_WARN : STYLE_HEADING, ALIGN_LEFT, buf_text(&heading), look);
    buf_release(&heading);
    struct rect facts = {r.x, r.y + 1, r.w, r.h - 1};
    bool bar = r.h > (int)t->fact_count + 1;
    facts.h -= bar ? 1 : 0;
    int used = facts_draw(s, facts, t->facts, t->fact_count, look);
    if (bar)
        draw_progress(t, s, (struct rect){r.x, facts.y + used, r.w, 1}, look);
}

static void draw_price(const struct strategy_scene *t, struct surface *s, struct rect r,
                       const struct look *look)
{
    struct rect in = surface_box(s, r, "What it costs", look);
    if (in.h < 1)
        return;
    surface_fit(s, in, STYLE_HEADING, ALIGN_LEFT, "EXACT, AT ONCE", look);
    if (in.w >= 31)
        surface_text(s, in, in.x + 15, in.y, STYLE_DIM, "(no data needed)");
    int want = facts_rows(t->exact, t->exact_count, in.w);
    int later = (t->measured_of > 0 ? facts_rows(t->facts, t->fact_count, in.w) + 2 : 3);
    int most = in.h - 1 - later > (int)t->exact_count ? in.h - 1 - later : (int)t->exact_count;
    struct rect facts = {in.x, in.y + 1, in.w, most < want ? most : want};
    facts = rect_intersect(facts, in);
    int used = 1 + facts_draw(s, facts, t->exact, t->exact_count, look);
    if (in.h > used + later)
        used++;
    draw_measured(t, s, (struct rect){in.x, in.y + used, in.w, in.h - used}, look);
}

/* For the pointer: each key with what it does. */
static void mark_keys(struct surface *s, int x, int y, const char *keys)
{
    while (*keys) {
        const char *end = strstr(keys, "  ");
        size_t n = end ? (size_t)(end - keys) : strlen(keys), gap = strspn(keys + n, " ");
        char key[16];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(keys, " "), keys);
        spot_key(s, (struct rect){x, y, (int)n, 1}, key);
        x += (int)(n + gap);
        keys += n + gap;
    }
}

static void draw_notices(const struct strategy_scene *t, struct surface *s, struct rect r,
                         const struct look *look)
{
    struct rect in = surface_box(s, r, "Notices", look);
    for (size_t i = 0; i < t->notice_count && (int)i < in.h; i++) {
        const struct strategy_notice *n = &t->notices[i];
        bool warning = n->kind == NOTE_WARNING;
        int y = in.y + (int)i, keys = n->keys ? surface_columns(n->keys) + 2 : 0;
        enum style style = warning ? STYLE_WARN : STYLE_NORMAL;
        surface_text(s, in, in.x, y, style, warning ? "!" : "i");
        int room = in.w - 2 - keys, text = surface_columns(n->text);
        if (room < 20)
            room = in.w - 2, keys = 0;
        surface_fit(s, (struct rect){in.x + 2, y, room, 1}, style, ALIGN_LEFT, n->text, look);
        if (keys) {
            int x = in.x + 2 + (text < room ? text : room) + 2;
            surface_text(s, in, x, y, STYLE_KEY, n->keys);
            mark_keys(s, x, y, n->keys);
        }
    }
}

void strategy_draw(const struct strategy_scene *t, struct surface *s, struct rect r, const struct look *look)
{
    enum arrangement how = layout_arrangement(s->w, s->h);
    bool list = how == ARRANGE_LIST, price_only = list && look->peek;
    int most = r.h > 22 ? 6 : 4, notices = (int)t->notice_count < most ? (int)t->notice_count : most;
    notices += 2;
    const struct part bands[2] = {{r.h > 14 ? 12 : 1, 0, 1},
                                  {t->notice_count == 0 || list ? r.h + 1 : notices, notices, 0}};
    struct rect at[2], panes[2];
    layout_rows(r, bands, 2, at);
    const struct part sides[2] = {{price_only ? r.w + 1 : 40, r.w * 58 / 100, 2},
                                  {list && !price_only ? r.w + 1 : 30, 36, 1}};
    layout_columns(at[0], sides, 2, panes);
    if (panes[0].w > 0)
        draw_controls(t, s, panes[0], look);
    if (panes[1].w > 0)
        draw_price(t, s, panes[1], look);
    draw_notices(t, s, at[1], look);
}
