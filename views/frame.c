/* frame: see frame.h. The lines around a screen; prompt and boxes over it are in prompt.c. */
#include "views/frame.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/num.h"
#include "views/palette.h"
#include "views/prompt.h"
#include "views/spot.h"
#include "views/view.h"
#include "views/widget.h"

const struct tab tabs[TABS] = {
    {'1', "Over", "overview"}, {'2', "Strat", "strategy"}, {'3', "Curve", "curve"}, {'4', "Layer", "layer"},
    {'5', "Neuron", "neuron"}, {'6', "Record", "record"},  {'7', "Who", "who"},     {'8', "Feat", "features"},
    {'9', "Hist", "history"},  {'0', "Report", "report"},
};

/* A piece of the title line; the highest rank leaves first where room is short. */
struct piece {
    struct buf text;
    enum style style;
    int rank;
};

enum { MODEL, STEP, METRIC, SIZE, STORAGE, PIECES };

static void title_pieces(const struct frame_scene *f, struct piece *p)
{
    buf_puts(&p[MODEL].text, f->model ? f->model : "no model");
    if (f->step)
        buf_printf(&p[STEP].text, "%s%s", f->step, f->broken ? " (?) fails its hash" : "");
    if (amount_shown(f->now)) {
        buf_printf(&p[METRIC].text, "%s ", f->metric ? f->metric : "");
        amount_text(&p[METRIC].text, f->now);
        if (amount_shown(f->dense)) {
            buf_puts(&p[METRIC].text, " (dense ");
            amount_text(&p[METRIC].text, f->dense);
            buf_putc(&p[METRIC].text, ')');
        }
    }
    amount_text(&p[SIZE].text, f->size);
    if (f->storage)
        buf_puts(&p[STORAGE].text, f->storage);
    p[METRIC].style = amount_style(f->now, STYLE_PRUNED);
    p[SIZE].style = amount_style(f->size, STYLE_STRONG);
}

static int pieces_width(const struct piece *p, int model)
{
    int sum = 0;
    for (int i = 0; i < PIECES; i++)
        if (p[i].text.len > 0) {
            int w = i == MODEL ? model : surface_columns(buf_text(&p[i].text));
            sum += w + (i == STORAGE ? 1 : 3);
        }
    return sum;
}

/* Leave pieces out until the rest fits with at least a dozen columns of the model's name; returns the columns for the name. */
static int fit_pieces(struct piece *p, int room)
{
    int name = surface_columns(buf_text(&p[MODEL].text)), least = name < 12 ? name : 12;
    while (pieces_width(p, least) > room) {
        int worst = -1;
        for (int i = 0; i < PIECES; i++)
            if (p[i].text.len > 0 && p[i].rank > 0 && (worst < 0 || p[i].rank > p[worst].rank))
                worst = i;
        if (worst < 0)
            break;
        buf_clear(&p[worst].text);
    }
    int spare = room - pieces_width(p, 0);
    return name < spare ? name : spare;
}

static void draw_title(const struct frame_scene *f, struct surface *s, struct rect r, const struct look *look)
{
    static const struct {
        const char *word;
        enum style style;
    } modes[FRAME_MODES] = {
        {"LIVE", STYLE_LIVE}, {"FROZEN", STYLE_WARN}, {"READ-ONLY", STYLE_WARN}, {"LOOK", STYLE_WARN}};
    struct piece p[PIECES] = {
        [MODEL] = {.style = STYLE_STRONG},
        [STEP] = {.style = f->broken ? STYLE_WARN : STYLE_NORMAL, .rank = f->broken ? 0 : 2},
        [METRIC] = {.rank = 1},
        [SIZE] = {.rank = 3},
        [STORAGE] = {.style = STYLE_NORMAL, .rank = 4}};
    char mode[32];
    snprintf(mode, sizeof mode, "%s%s", f->mouse_off ? "mouse off  " : "", modes[f->mode].word);
    int mode_width = (int)strlen(mode) + 1;
    title_pieces(f, p);
    int name = fit_pieces(p, r.w - 5 - mode_width - 2);
    int x = surface_text(s, r, r.x + 1, r.y, STYLE_TITLE, "poda");
    for (int i = 0; i < PIECES; i++) {
        if (p[i].text.len > 0) {
            x = i == STORAGE ? x + 1 : surface_printf(s, r, x, r.y, STYLE_FRAME, " %s ", glyphs_of(look)->v);
            int w = i == MODEL ? name : surface_columns(buf_text(&p[i].text));
            surface_fit(s, rect_intersect(r, (struct rect){x, r.y, w, 1}), p[i].style, ALIGN_LEFT,
                        buf_text(&p[i].text), look);
            x += w;
        }
        buf_release(&p[i].text);
    }
    struct rect at = {r.x + r.w - mode_width, r.y, mode_width - 1, 1};
    surface_fit(s, at, modes[f->mode].style, ALIGN_RIGHT, mode, look);
}

static enum style tab_style(const struct tab *t, bool active)
{
    if (active)
        return STYLE_TAB_ACTIVE;
    return view_by_name(t->view) ? STYLE_TAB : STYLE_TAB_LATER;
}

/* Brackets mark the active tab. Between two tabs there are two columns, one, or no labels at all, as room allows. true: behind them
 * stands the key of the help. */
static bool draw_tabs(const struct frame_scene *f, struct surface *s, struct rect r)
{
    int labels = 0, gap, x = r.x;
    for (int i = 0; i < TABS; i++)
        labels += 2 + (int)strlen(tabs[i].label);
    bool wide = labels + 2 * TABS + 7 <= r.w, named = labels + TABS + 1 <= r.w;
    gap = wide ? 2 : 1;
    for (int i = 0; i < TABS; i++) {
        bool active = tabs[i].key == f->tab;
        enum style style = tab_style(&tabs[i], active);
        const char key[2] = {tabs[i].key, '\0'};
        int from = x++;
        x = surface_printf(s, r, x, r.y, style, named || active ? "%c %s" : "%c", tabs[i].key, tabs[i].label);
        spot_key(s, rect_intersect(r, (struct rect){from, r.y, x - from + 1, 1}), key);
        if (active) {
            surface_text(s, r, from, r.y, style, "[");
            surface_text(s, r, x, r.y, style, "]");
        }
        x += gap - 1;
    }
    bool help = x + 6 < r.x + r.w;
    if (help) {
        spot_key(s, (struct rect){r.x + r.w - 7, r.y, 7, 1}, "?");
        x = surface_text(s, r, r.x + r.w - 7, r.y, STYLE_KEY, "?");
        surface_text(s, r, x + 1, r.y, STYLE_TAB, "help");
    }
    return help;
}

/* How far it is: "22 of 36, 61 s left". */
static void job_progress(struct buf *out, const struct job_scene *j)
{
    if (j->total > 0) {
        num_count(out, j->done);
        buf_puts(out, " of ");
        num_count(out, j->total);
    }
    if (amount_shown(j->left)) {
        buf_puts(out, out->len ? ", " : "");
        amount_text(out, j->left);
        buf_puts(out, " left");
    }
}

/* The job's name gives way to what stands beside it: to as much of `others` as leaves a few columns of it. */
static int job_name_width(const char *what, int room, const int *others, int n)
{
    enum { LEAST = 12 };
    int name = surface_columns(what);
    for (int i = 0; i < n; i++)
        if (room - others[i] >= LEAST)
            return name < room - others[i] ? name : room - others[i];
    return name < LEAST ? name : LEAST;
}

/* others: columns that the rest of the line wants, from all of it to the least. */
static int draw_job(const struct job_scene *j, struct surface *s, struct rect r, int x, const int *others,
                    int n, const struct look *look)
{
    enum { BAR = 12 };
    struct buf text = {0};
    job_progress(&text, j);
    int from = x, own = (j->total > 0 ? BAR + 1 : 0) + surface_columns(buf_text(&text)) + 1;
    int name = job_name_width(j->what, r.x + r.w - x - own, others, n);
    surface_fit(s, rect_intersect(r, (struct rect){x, r.y, name, 1}), STYLE_LIVE, ALIGN_LEFT, j->what, look);
    x += name + 1;
    if (j->total > 0) {
        bar_draw(s, rect_intersect(r, (struct rect){x, r.y, BAR, 1}), (double)j->done / (double)j->total,
                 STYLE_LIVE, look);
        x += BAR + 1;
    }
    x = surface_text(s, r, x, r.y, STYLE_STATUS, buf_text(&text));
    spot_key(s, rect_intersect(r, (struct rect){from, r.y, x - from, 1}), "J");
    buf_release(&text);
    return x;
}

static int notice_rows(const struct frame_scene *f, struct rect r)
{
    int rows = surface_wrap_rows(f->message ? f->message : "", r.w - 4);
    return f->notice == NOTICE_NONE ? 0 : rows < 1 ? 1 : rows > 4 ? 4 : rows;
}

/* A message that is longer than the line takes the rows above, too: its end is the next step. */
static void draw_notice(const struct frame_scene *f, struct surface *s, struct rect r,
                        const struct look *look)
{
    static const struct {
        const char *sign;
        enum style style;
    } kinds[] = {[NOTICE_NONE] = {"", STYLE_STATUS},
                 [NOTICE_INFO] = {"i", STYLE_STRONG},
                 [NOTICE_WARNING] = {"!", STYLE_WARN},
                 [NOTICE_ERROR] = {"!", STYLE_ERROR}};
    const char *message = f->message ? f->message : "";
    int rows = notice_rows(f, r);
    struct rect all = {r.x, r.y - rows + 1, r.w, rows};
    surface_fill(s, all, kinds[f->notice].style, " ");
    surface_text(s, all, all.x + 1, all.y, kinds[f->notice].style, kinds[f->notice].sign);
    surface_wrap(s, (struct rect){all.x + 3, all.y, all.w - 4, rows}, kinds[f->notice].style, message, look);
}

static void draw_status(const struct frame_scene *f, struct surface *s, struct rect r,
                        const struct look *look)
{
    if (f->notice != NOTICE_NONE) {
        draw_notice(f, s, r, look);
        return;
    }
    const char *parts[] = {f->status_left, f->status_middle, f->status_right};
    int x = r.x + 1, others[] = {1, 1};
    for (int i = 0; i < 3; i++)
        if (parts[i] && parts[i][0]) {
            others[0] += 3 + surface_columns(parts[i]);
            others[1] = i < 2 ? others[0] : others[1];
        }
    if (f->job.what)
        x = draw_job(&f->job, s, r, x, others, 2, look);
    for (int i = 0; i < 2; i++) {
        if (!parts[i] || !parts[i][0])
            continue;
        if (x > r.x + 1)
            x = surface_printf(s, r, x, r.y, STYLE_FRAME, " %s ", glyphs_of(look)->v);
        int w = surface_columns(parts[i]), left = r.x + r.w - 1 - x;
        if (left > 0)
            surface_fit(s, (struct rect){x, r.y, w < left ? w : left, 1}, STYLE_STATUS, ALIGN_LEFT, parts[i],
                        look);
        x += w;
    }
    if (f->status_right && x + 3 + surface_columns(f->status_right) < r.x + r.w)
        surface_text(s, r, r.x + r.w - 1 - surface_columns(f->status_right), r.y, STYLE_DIM, f->status_right);
}

static int hint_width(const struct key_hint *k)
{
    return surface_columns(k->key) + 1 + surface_columns(k->label);
}

/* The key of the help keeps its place, unless it stands elsewhere: who does not know the others begins with it. */
static void draw_keys(const struct frame_scene *f, struct surface *s, struct rect r, bool help_told)
{
    int x = r.x + 1, kept = 0;
    for (size_t i = 0; i < f->key_count && !help_told; i++)
        if (strcmp(f->keys[i].key, "?") == 0)
            kept = hint_width(&f->keys[i]) + 2;
    for (size_t i = 0; i < f->key_count; i++) {
        const struct key_hint *k = &f->keys[i];
        int w = hint_width(k);
        if (strcmp(k->key, "?") == 0)
            kept = 0;
        if (x + w + kept > r.x + r.w)
            continue; /* a shorter one may still fit */
        spot_key(s, (struct rect){x, r.y, w, 1}, k->key);
        x = surface_text(s, r, x, r.y, STYLE_KEY, k->key) + 1;
        x = surface_text(s, r, x, r.y, STYLE_STATUS, k->label) + 2;
    }
}

void frame_draw(const struct frame_scene *f, struct surface *s, const struct look *look)
{
    struct frame_layout at = layout_frame(s->w, s->h);
    draw_title(f, s, at.title, look);
    bool help_told = draw_tabs(f, s, at.tabs);
    draw_status(f, s, at.status, look);
    if (f->prompt.open && !f->prompt.title)
        prompt_draw(&f->prompt, s, at.keys, notice_rows(f, at.status), look);
    else
        draw_keys(f, s, at.keys, help_told);
    if (f->prompt.open && f->prompt.title)
        palette_draw(&f->prompt, s, at.body, look);
    if (f->which_title)
        which_draw(f, s, look);
}
