/* picker: see picker.h. */
#include "views/picker.h"

#include <stdint.h>

#include "views/layout.h"
#include "views/spot.h"
#include "views/table.h"

enum { P_NAME, P_ABOUT, P_RIGHT, P_COLUMNS };

static void picker_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct picker_row *k = &((const struct picker_row *)rows)[row];
    switch (column) {
    case P_NAME:
        buf_puts(&out->text, k->name);
        out->style = STYLE_STRONG;
        break;
    case P_ABOUT:
        buf_puts(&out->text, k->broken ? "! " : "");
        buf_puts(&out->text, k->about ? k->about : "");
        out->style = k->broken ? STYLE_WARN : STYLE_NORMAL;
        break;
    case P_RIGHT:
        buf_puts(&out->text, k->right ? k->right : "");
        out->style = STYLE_DIM;
        break;
    }
}

/* cursor: where the selected row stands, counted from this list's first, also where it is in another list. */
static void draw_list(const char *title, const char *first, const struct picker_row *rows, size_t n,
                      size_t selected, int64_t cursor, const char *none, struct surface *s, struct rect r,
                      const struct look *look)
{
    const struct column columns[P_COLUMNS] = {
        [P_NAME] = {first, COLUMN_TEXT, 12, 40, 0, false},
        [P_ABOUT] = {"what it is", COLUMN_TEXT, 16, 0, 2, false},
        [P_RIGHT] = {"", COLUMN_NUMBER, 0, 0, 1, false},
    };
    struct rect in = surface_box(s, r, title, look);
    struct table t = {.columns = columns,
                      .column_count = P_COLUMNS,
                      .rows = rows,
                      .count = n,
                      .selected = selected,
                      .frame = r,
                      .cell = picker_cell};
    for (size_t i = 0; selected == SIZE_MAX && i < n && (int)i < in.h - 1; i++)
        spot_row(s, (struct rect){in.x - 1, in.y + 1 + (int)i, in.w + 1, 1}, (int64_t)i - cursor);
    if (n > 0)
        table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h}, look);
    else
        surface_wrap(s, in, STYLE_DIM, none, look);
}

void picker_draw(const struct picker_scene *p, struct surface *s, struct rect r, const struct look *look)
{
    struct rect at[3];
    bool second = p->selected >= p->sample_count;
    int samples = (int)(p->sample_count < 12 ? p->sample_count : 12) + 3;
    struct part bands[3] = {{4, samples, 0}, {4, 0, 1}, {p->hint ? 3 : r.h + 1, 3, 0}};
    if (layout_arrangement(s->w, s->h) == ARRANGE_LIST) /* the list that has the selection */
        bands[second ? 0 : 1].least = r.h + 1;
    layout_rows(r, bands, 3, at);
    draw_list("Samples: models that come with poda", "sample", p->samples, p->sample_count,
              second ? SIZE_MAX : p->selected, (int64_t)p->selected,
              p->narrowed ? "None of these." : "No samples are installed.", s, at[0], look);
    draw_list("Recent sessions: everything is still there", "session", p->sessions, p->session_count,
              second ? p->selected - p->sample_count : SIZE_MAX,
              (int64_t)p->selected - (int64_t)p->sample_count,
              p->narrowed ? "None of these."
                          : "None yet. A session begins when a model is opened, and is kept as it grows.",
              s, at[1], look);
    if (p->hint && at[2].h > 2) {
        struct rect in = surface_box(s, at[2], "Another file", look);
        surface_wrap(s, in, STYLE_NORMAL, p->hint, look);
    }
}
