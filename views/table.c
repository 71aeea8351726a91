/* table: see table.h. */
#include "views/table.h"

#include <assert.h>
#include <stdint.h>

#include "views/layout.h"
#include "views/spot.h"
#include "views/widget.h"

/* Where the columns of one drawing stand. Width 0: left out. */
struct table_plan {
    int x[TABLE_COLUMNS], w[TABLE_COLUMNS];
    int gap;
    size_t top, visible;
};

static void widen(const struct table *t, size_t row, struct table_cell *cell, struct table_plan *p)
{
    for (size_t c = 0; c < t->column_count; c++) {
        if (t->columns[c].absent || t->columns[c].kind == COLUMN_BAR)
            continue;
        buf_clear(&cell->text);
        t->cell(t->rows, row, c, cell);
        int w = surface_columns(buf_text(&cell->text));
        p->w[c] = w > p->w[c] ? w : p->w[c];
    }
}

/* Natural widths from the titles, the visible rows and some of the others, so that scrolling moves little. */
static void measure_table(const struct table *t, struct table_plan *p)
{
    enum { SAMPLES = 64 };
    struct table_cell cell = {{0}, STYLE_NORMAL, -1};
    for (size_t c = 0; c < t->column_count; c++)
        p->w[c] = t->columns[c].absent ? 0 : surface_columns(t->columns[c].title);
    for (size_t i = p->top; i < p->top + p->visible && i < t->count; i++)
        widen(t, i, &cell, p);
    size_t step = t->count / SAMPLES + 1;
    for (size_t i = 0; i < t->count; i += step)
        widen(t, i, &cell, p);
    if (t->with_total)
        widen(t, t->count, &cell, p);
    for (size_t c = 0; c < t->column_count; c++) {
        const struct column *col = &t->columns[c];
        if (col->absent)
            continue;
        if (col->kind == COLUMN_BAR || p->w[c] < 1)
            p->w[c] = p->w[c] > col->least ? p->w[c] : col->least;
        if (col->kind == COLUMN_TEXT && col->most > 0 && p->w[c] > col->most)
            p->w[c] = col->most;
    }
    buf_release(&cell.text);
}

static int total_width(const struct table *t, const struct table_plan *p)
{
    int sum = 0, shown = 0;
    for (size_t c = 0; c < t->column_count; c++)
        if (p->w[c] > 0) {
            sum += p->w[c];
            shown++;
        }
    return sum + (shown > 1 ? (shown - 1) * p->gap : 0);
}

/* Take `excess` columns from texts, by rank, and the widest first within one. */
static void squeeze(const struct table *t, struct table_plan *p, int excess)
{
    for (; excess > 0; excess--) {
        int from = -1;
        for (size_t c = 0; c < t->column_count; c++) {
            const struct column *col = &t->columns[c];
            if (col->kind != COLUMN_TEXT || p->w[c] <= col->least)
                continue;
            if (from < 0 || col->rank > t->columns[from].rank ||
                (col->rank == t->columns[from].rank && p->w[c] > p->w[from]))
                from = (int)c;
        }
        if (from < 0)
            return;
        p->w[from]--;
    }
}

static int slack(const struct table *t, const struct table_plan *p)
{
    int sum = 0;
    for (size_t c = 0; c < t->column_count; c++)
        if (t->columns[c].kind == COLUMN_TEXT && p->w[c] > t->columns[c].least)
            sum += p->w[c] - t->columns[c].least;
    return sum;
}

static bool drop_one(const struct table *t, struct table_plan *p)
{
    int worst = -1;
    for (size_t c = 0; c < t->column_count; c++)
        if (p->w[c] > 0 && t->columns[c].rank > 0 &&
            (worst < 0 || t->columns[c].rank > t->columns[worst].rank))
            worst = (int)c;
    if (worst >= 0)
        p->w[worst] = 0;
    return worst >= 0;
}

/* Columns that are only a comfort leave before names are cut, unless those are so long that it would not help. */
static void drop_comforts(const struct table *t, struct table_plan *p, int room)
{
    enum { HOPELESS = 40 };
    for (size_t i = 0; i < t->column_count; i++) {
        int excess = total_width(t, p) - room, worst = -1;
        if (excess <= 0 || excess > HOPELESS)
            return;
        for (size_t c = 0; c < t->column_count; c++)
            if (p->w[c] > 0 && t->columns[c].rank >= COMFORT &&
                (worst < 0 || t->columns[c].rank > t->columns[worst].rank))
                worst = (int)c;
        if (worst < 0)
            return;
        p->w[worst] = 0;
    }
}

static void grow_bars(const struct table *t, struct table_plan *p, int spare)
{
    for (size_t c = 0; c < t->column_count && spare > 0; c++) {
        const struct column *col = &t->columns[c];
        if (col->kind != COLUMN_BAR || p->w[c] == 0)
            continue;
        int more = col->most > 0 && col->most - p->w[c] < spare ? col->most - p->w[c] : spare;
        if (more > 0) {
            p->w[c] += more;
            spare -= more;
        }
    }
}

static void plan_columns(const struct table *t, struct table_plan *p, struct rect r)
{
    int room = r.w - 1;
    p->gap = 2;
    measure_table(t, p);
    if (total_width(t, p) - slack(t, p) > room)
        p->gap = 1;
    while (total_width(t, p) - slack(t, p) > room && drop_one(t, p))
        ;
    drop_comforts(t, p, room);
    squeeze(t, p, total_width(t, p) - room);
    grow_bars(t, p, room - total_width(t, p));
    int x = r.x + 1;
    for (size_t c = 0; c < t->column_count; c++) {
        p->x[c] = x;
        x += p->w[c] > 0 ? p->w[c] + p->gap : 0;
    }
}

static enum align align_of(const struct table *t, size_t column)
{
    return t->columns[column].kind == COLUMN_NUMBER ? ALIGN_RIGHT : t->by_end ? ALIGN_END : ALIGN_LEFT;
}

static void draw_heading(const struct table *t, const struct table_plan *p, struct surface *s, struct rect r,
                         const struct look *look)
{
    for (size_t c = 0; c < t->column_count; c++) {
        enum align align = t->columns[c].kind == COLUMN_NUMBER ? ALIGN_RIGHT : ALIGN_LEFT;
        struct rect at = rect_intersect(r, (struct rect){p->x[c], r.y, p->w[c], 1});
        if (t->columns[c].title[0])
            surface_fit(s, at, STYLE_COLUMN, align, t->columns[c].title, look);
    }
}

/* A text runs on over columns of text that are empty in this row: the last column of it. */
static size_t runs_to(const struct table *t, const struct table_plan *p, size_t row, size_t c)
{
    struct table_cell next = {{0}, STYLE_NORMAL, -1};
    size_t end = c;
    for (size_t k = c + 1; k < t->column_count && t->columns[k].kind == COLUMN_TEXT; k++) {
        if (p->w[k] == 0)
            continue;
        buf_clear(&next.text);
        t->cell(t->rows, row, k, &next);
        if (next.text.len > 0)
            break;
        end = k;
    }
    buf_release(&next.text);
    return end;
}

static void draw_row(const struct table *t, const struct table_plan *p, size_t row, struct surface *s,
                     struct rect line, const struct look *look)
{
    struct table_cell cell = {{0}, STYLE_NORMAL, -1};
    bool chosen = row == t->selected;
    if (t->selected != SIZE_MAX && row < t->count)
        spot_row(s, line, (int64_t)row - (int64_t)t->selected);
    if (chosen) {
        surface_restyle(s, line, STYLE_SELECTED);
        surface_text(s, line, line.x, line.y, STYLE_SELECTED, glyphs_of(look)->pointer);
    }
    for (size_t c = 0; c < t->column_count; c++) {
        struct rect at = rect_intersect(line, (struct rect){p->x[c], line.y, p->w[c], 1});
        if (at.w == 0)
            continue;
        buf_clear(&cell.text);
        cell.style = STYLE_NORMAL;
        cell.bar = -1;
        t->cell(t->rows, row, c, &cell);
        enum style style = chosen ? STYLE_SELECTED : cell.style;
        if (t->columns[c].kind == COLUMN_BAR && !(cell.bar < 0))
            bar_draw(s, at, cell.bar, cell.style, look);
        else if (align_of(t, c) != ALIGN_LEFT)
            surface_fit(s, at, style, align_of(t, c), buf_text(&cell.text), look);
        else {
            if (surface_columns(buf_text(&cell.text)) > at.w)
                c = runs_to(t, p, row, c);
            at.w = p->x[c] + p->w[c] - at.x;
            surface_fit(s, rect_intersect(line, at), style, ALIGN_LEFT, buf_text(&cell.text), look);
        }
    }
    buf_release(&cell.text);
}

int table_draw(const struct table *t, struct surface *s, struct rect r, const struct look *look)
{
    struct table_plan p = {.top = 0};
    assert(t->column_count <= TABLE_COLUMNS);
    int room = r.h - 1 - (t->with_total ? 1 : 0);
    if (room < 1 || r.w < 2)
        return 0;
    p.visible = (size_t)room < t->count ? (size_t)room : t->count;
    size_t last = t->count - p.visible;
    p.top = t->selected != SIZE_MAX ? layout_scroll(t->count, t->selected, p.visible)
            : t->first < last       ? t->first
                                    : last;
    plan_columns(t, &p, r);
    draw_heading(t, &p, s, (struct rect){r.x, r.y, r.w, 1}, look);
    int y = r.y + 1;
    for (size_t i = 0; i < p.visible; i++)
        draw_row(t, &p, p.top + i, s, (struct rect){r.x, y++, r.w, 1}, look);
    if (t->with_total)
        draw_row(t, &p, t->count, s, (struct rect){r.x, y++, r.w, 1}, look);
    scroll_mark(s, t->frame, p.top, p.visible, t->count);
    return y - r.y;
}
