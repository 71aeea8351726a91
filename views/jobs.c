/* jobs: see jobs.h. */
#include "views/jobs.h"

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "views/layout.h"
#include "views/table.h"
#include "views/widget.h"

enum { J_ID, J_WHAT, J_STATE, J_DONE, J_BAR, J_TOOK, J_LEFT, J_NOTE, J_COLUMNS };

static const struct {
    const char *word;
    enum style style;
} states[JOB_STATES] = {
    [JOB_QUEUED] = {"queued", STYLE_DIM},   [JOB_RUNNING] = {"running", STYLE_LIVE},
    [JOB_PAUSED] = {"paused", STYLE_WARN},  [JOB_DONE] = {"done", STYLE_GOOD},
    [JOB_DROPPED] = {"dropped", STYLE_DIM}, [JOB_CANCELLED] = {"cancelled", STYLE_DIM},
    [JOB_FAILED] = {"failed", STYLE_ERROR},
};

static void progress_text(const struct job_row *j, struct buf *out)
{
    if (j->done == 0 && j->total == 0) {
        buf_putc(out, '-');
        return;
    }
    num_count(out, j->done);
    if (j->total > 0 && j->state != JOB_DONE) {
        buf_putc(out, '/');
        num_count(out, j->total);
    }
}

static void time_text(struct amount a, struct table_cell *out)
{
    amount_text(&out->text, a);
    out->style = amount_style(a, STYLE_NORMAL);
    if (!amount_shown(a)) {
        buf_putc(&out->text, '-');
        out->style = STYLE_DIM;
    }
}

static void job_cell(const void *rows, size_t row, size_t column, struct table_cell *out)
{
    const struct job_row *j = &((const struct jobs_scene *)rows)->rows[row];
    switch (column) {
    case J_ID:
        num_count(&out->text, j->id);
        out->style = STYLE_DIM;
        break;
    case J_WHAT:
        buf_puts(&out->text, j->what);
        break;
    case J_STATE:
        buf_puts(&out->text, states[j->state].word);
        out->style = states[j->state].style;
        break;
    case J_DONE:
        progress_text(j, &out->text);
        break;
    case J_BAR:
        if (j->total > 0 && (j->state == JOB_RUNNING || j->state == JOB_PAUSED))
            out->bar = (double)j->done / (double)j->total;
        out->style = states[j->state].style;
        break;
    case J_TOOK:
        time_text(j->took, out);
        break;
    case J_LEFT:
        time_text(j->left, out);
        break;
    case J_NOTE:
        buf_puts(&out->text, j->note ? j->note : "");
        out->style = j->state == JOB_FAILED ? STYLE_WARN : STYLE_DIM;
        break;
    }
}

static void draw_list(const struct jobs_scene *j, struct surface *s, struct rect r, const struct look *look)
{
    static const struct column columns[J_COLUMNS] = {
        [J_ID] = {"id", COLUMN_NUMBER, 0, 0, 5, false},
        [J_WHAT] = {"what", COLUMN_TEXT, 16, 0, 0, false},
        [J_STATE] = {"state", COLUMN_TEXT, 9, 9, 0, false},
        [J_DONE] = {"done", COLUMN_NUMBER, 0, 0, 0, false},
        [J_BAR] = {"", COLUMN_BAR, 8, 24, 6, false},
        [J_TOOK] = {"took", COLUMN_NUMBER, 0, 0, 4, false},
        [J_LEFT] = {"left", COLUMN_NUMBER, 0, 0, 1, false},
        [J_NOTE] = {"note", COLUMN_TEXT, 12, 0, 2, false},
    };
    struct rect in = surface_box(s, r, "Jobs", look);
    struct table t = {.columns = columns,
                      .column_count = J_COLUMNS,
                      .rows = j,
                      .count = j->count,
                      .selected = j->selected,
                      .frame = r,
                      .cell = job_cell};
    if (j->count > 0)
        table_draw(&t, s, (struct rect){in.x - 1, in.y, in.w + 1, in.h}, look);
    else
        surface_wrap(s, in, STYLE_DIM, "Nothing runs, nothing ran yet.", look);
}

static void draw_detail(const struct jobs_scene *j, struct surface *s, struct rect r, const struct look *look)
{
    struct rect in = surface_box(s, r, j->detail_title, look);
    for (size_t i = 0; i < j->detail_count && in.h > 0; i++) {
        int used = surface_wrap(s, in, STYLE_NORMAL, j->details[i], look);
        in.y += used;
        in.h -= used;
    }
}

void jobs_draw(const struct jobs_scene *j, struct surface *s, struct rect r, const struct look *look)
{
    enum arrangement how = layout_arrangement(s->w, s->h);
    int facts = (int)j->fact_count + 2, detail = (int)j->detail_count + 2, none = r.h + 1;
    bool hide = how == ARRANGE_LIST && !look->peek;
    const struct part bands[3] = {{how == ARRANGE_LIST && look->peek ? none : 6, 0, 1},
                                  {!j->detail_title || hide ? none : 4, detail, 0},
                                  {j->fact_count == 0 || how != ARRANGE_FULL ? none : 3, facts, 0}};
    struct rect at[3];
    layout_rows(r, bands, 3, at);
    draw_list(j, s, at[0], look);
    draw_detail(j, s, at[1], look);
    if (at[2].h > 2)
        facts_draw(s, surface_box(s, at[2], "What the program measures of itself", look), j->facts,
                   j->fact_count, look);
}
