/* history: see history.h. */
#include "views/history.h"

#include "engine/base/buf.h"
#include "views/layout.h"
#include "views/table.h"
#include "views/widget.h"

enum { H_STEP, H_NOTE, H_TIME, H_METRIC, H_SIZE, H_COLUMNS };

/* What the cells need beside the scene: how branches are drawn. */
struct history_rows {
    const struct history_scene *scene;
    const struct glyph_set *glyphs;
    int deepest; /* deeper steps stand below each other, with their depth in place of lines */
};

static const struct step_row *row_at(const struct history_scene *h, size_t i)
{
    bool near = i >= h->near_from && i - h->near_from < h->near_count;
    return near ? &h->near[i - h->near_from] : &h->rows[i];
}

/* Lines of the ancestors, the branch to this step, its number and command. */
static void tree_text(const struct history_rows *h, const struct step_row *k, struct buf *out)
{
    enum { TOLD = 4 }; /* levels whose lines "100 deep " takes the place of */
    bool deep = k->depth > h->deepest;
    int depth = deep ? h->deepest - TOLD : k->depth;
    for (int d = 1; d < depth; d++)
        buf_puts(out, k->trunks >> d & 1 ? h->glyphs->trunk : "  ");
    if (deep)
        buf_printf(out, "%3d deep ", k->depth);
    else if (depth > 0 && k->chain)
        buf_puts(out, k->trunks >> depth & 1 ? h->glyphs->trunk : "  ");
    else if (depth > 0)
        buf_puts(out, k->last ? h->glyphs->last : h->glyphs->branch);
    buf_printf(out, "%s#%lld %s%s%s", k->here ? h->glyphs->here : "", (long long)k->id,
               k->hidden ? "(hidden) " : "", k->broken ? "(?) " : "", k->text);
    if (k->draft)
        buf_puts(out, " (draft)");
}

static void step_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct history_rows *h = rows;
    const struct step_row *k = row_at(h->scene, row);
    switch (column) {
    case H_STEP:
        tree_text(h, k, &out->text);
        out->style = k->broken ? STYLE_WARN : k->here ? STYLE_PRUNED : k->hidden ? STYLE_DIM : STYLE_NORMAL;
        break;
    case H_NOTE:
        if (k->tag)
            buf_printf(&out->text, "[%s]", k->tag);
        if (k->note)
            buf_printf(&out->text, "%s%s", k->tag ? " " : "", k->note);
        out->style = k->tag ? STYLE_KEY : STYLE_DIM;
        break;
    case H_TIME:
        buf_puts(&out->text, k->time ? k->time : "");
        out->style = STYLE_DIM;
        break;
    case H_METRIC:
        amount_text(&out->text, k->metric);
        out->style = amount_style(k->metric, STYLE_STRONG);
        break;
    case H_SIZE:
        amount_text(&out->text, k->size);
        out->style = amount_style(k->size, STYLE_NORMAL);
        break;
    }
}

/* Levels whose lines leave the commands most of a row. */
static int deepest(int width)
{
    enum { LEAST = 6, MOST = 20, SHARE = 8 };
    return width / SHARE < LEAST ? LEAST : width / SHARE > MOST ? MOST : width / SHARE;
}

static void draw_tree(const struct history_scene *h, struct surface *s, struct rect r,
                      const struct look *look)
{
    const struct history_columns *c = &h->columns;
    const struct column columns[H_COLUMNS] = {
        [H_STEP] = {"step", COLUMN_TEXT, 20, 0, 0, false},
        [H_NOTE] = {"", COLUMN_TEXT, 8, 30, 0, !c->tag && !c->note},
        [H_TIME] = {"time", COLUMN_NUMBER, 0, 0, 6, !c->time},
        [H_METRIC] = {h->metric ? h->metric : "metric", COLUMN_NUMBER, 0, 0, 0, !c->metric},
        [H_SIZE] = {"size", COLUMN_NUMBER, 0, 0, 2, !c->size},
    };
    struct buf title = {0};
    buf_printf(&title, "History (every step kept; %s = you are here)", glyphs_of(look)->here);
    struct rect in = surface_box(s, r, buf_text(&title), look);
    buf_release(&title);
    struct history_rows rows = {h, glyphs_of(look), deepest(in.w)};
    struct table t = {.columns = columns,
                      .column_count = H_COLUMNS,
                      .rows = &rows,
                      .count = h->count,
                      .selected = h->selected,
                      .frame = r,
                      .cell = step_cell};
    int foot = h->summary && in.h > 4 ? surface_wrap_rows(h->summary, in.w) : 0;
    foot = foot > 2 || in.h < 8 ? (foot > 0) : foot;
    if (h->chip && in.h > 2) {
        surface_fit(s, (struct rect){in.x, in.y, in.w, 1}, STYLE_WARN, ALIGN_LEFT, h->chip, look);
        in.y++;
        in.h--;
    }
    table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h - foot}, look);
    if (foot)
        surface_wrap(s, (struct rect){in.x, in.y + in.h - foot, in.w, foot}, STYLE_DIM, h->summary, look);
}

static void draw_diff(const struct history_scene *h, struct surface *s, struct rect r,
                      const struct look *look)
{
    struct rect in = surface_box(s, r, h->diff_title ? h->diff_title : "Difference", look);
    if (h->diff_title)
        facts_draw(s, in, h->diff, h->diff_count, look);
    else
        surface_wrap(s, in, STYLE_DIM, h->diff_hint ? h->diff_hint : "Nothing to compare with yet.", look);
}

/* The difference in a sentence, for where it has no pane: its first two facts only say again which steps these are. */
static void diff_text(const struct history_scene *h, struct buf *out)
{
    if (!h->diff_title)
        return;
    buf_printf(out, "%s: ", h->diff_title);
    for (size_t i = 2; i < h->diff_count; i++) {
        const struct fact *f = &h->diff[i];
        buf_printf(out, "%s%s%s", i == 2 ? "" : f->label[0] ? ", " : " ", f->label, f->label[0] ? " " : "");
        amount_text(out, f->amount);
        if (amount_shown(f->lo)) {
            buf_putc(out, ' ');
            amount_interval(out, f->lo, f->hi);
        }
        if (f->note)
            buf_printf(out, "%s%s", amount_shown(f->amount) ? " " : "", f->note);
    }
    buf_putc(out, '\n');
}

static void draw_note(const struct history_scene *h, struct surface *s, struct rect r, const char *text,
                      const struct look *look)
{
    struct rect in = surface_box(s, r, h->note_title ? h->note_title : "Note", look);
    surface_wrap(s, in, *text ? STYLE_NORMAL : STYLE_DIM, *text ? text : "No note.", look);
}

void history_draw(const struct history_scene *h, struct surface *s, struct rect r, const struct look *look)
{
    enum arrangement how = layout_arrangement(s->w, s->h);
    bool beside = how == ARRANGE_FULL || look->peek;
    int most = beside ? 7 : 9;
    struct buf text = {0};
    if (!beside)
        diff_text(h, &text);
    buf_puts(&text, h->note ? h->note : "");
    int note = surface_wrap_rows(text.len ? buf_text(&text) : "No note.", r.w - 4) + 2;
    const struct part bands[2] = {{6, 0, 1},
                                  {how == ARRANGE_LIST ? r.h + 1 : 3, note < most ? note : most, 0}};
    const struct part halves[2] = {{how == ARRANGE_LIST && beside ? r.w + 1 : 40, 68, 3},
                                   {beside ? 30 : r.w + 1, 32, 1}};
    struct rect at[2], top[2];
    layout_rows(r, bands, 2, at);
    layout_columns(at[0], halves, 2, top);
    if (top[0].w > 0)
        draw_tree(h, s, top[0], look);
    if (top[1].w > 0)
        draw_diff(h, s, top[1], look);
    draw_note(h, s, at[1], buf_text(&text), look);
    buf_release(&text);
}
