/* ui_commands: the commands that move the eye and leave nothing in the session. One row each; keys and the prompt run them by name.
 * Every other line goes to the session. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/words.h"
#include "app/copy.h"
#include "app/find.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/refuse.h"
#include "app/screens.h"
#include "app/ui.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "views/surface.h"

static int64_t number(const char *arg)
{
    int64_t v = 0;
    return arg && num_parse_int(arg, &v) ? v : 0;
}

static const struct screen *here(const struct ui *u)
{
    return u->help ? &screen_help : screen_of(u->screen);
}

static void do_move(struct ui *u, const char *arg)
{
    if (here(u) && here(u)->move)
        here(u)->move(u, number(arg));
    else
        ui_say(u, NOTICE_INFO, "nothing to move over here");
}

static void do_side(struct ui *u, const char *arg)
{
    if (here(u) && here(u)->side)
        here(u)->side(u, number(arg));
    else
        ui_say(u, NOTICE_INFO, "nothing lies to the side here");
}

static void do_enter(struct ui *u, const char *arg)
{
    (void)arg;
    if (here(u) && here(u)->enter)
        here(u)->enter(u);
    else
        ui_say(u, NOTICE_INFO, "nothing to go into here");
}

static void do_screen(struct ui *u, const char *arg)
{
    const struct view *v = arg ? view_by_name(arg) : NULL;
    enum view_id id = v ? (enum view_id)(v - views) : VIEWS;
    const struct screen *s = v ? screen_of(id) : NULL;
    if (id == VIEW_HELP) {
        help_toggle(u, NULL);
        return;
    }
    if (!s) {
        refuse_screen(u, arg ? arg : "");
        return;
    }
    u->help = false;
    u->screen = id;
    if (s->open)
        s->open(u);
}

static void do_back(struct ui *u, const char *arg)
{
    (void)arg;
    if (u->help)
        u->help = false;
    else if (u->screen == VIEW_NEURON && u->n_trail > 0)
        ui_run(u, "out");
    else if (u->screen != VIEW_OVERVIEW && u->board.item[BOARD_MODEL])
        u->screen = VIEW_OVERVIEW;
    else
        u->quit = true;
}

/* Along followed links, from a unit to its layer, from there to the whole. */
static void do_out(struct ui *u, const char *arg)
{
    if (u->screen == VIEW_NEURON && u->n_trail > 0) {
        neuron_out(u, arg);
    } else if (u->screen == VIEW_NEURON) {
        u->layer = (size_t)(u->at.layer > 0 ? u->at.layer : 0);
        ui_run(u, "screen layer");
    } else if (u->screen == VIEW_OVERVIEW || u->screen == VIEW_PICKER) {
        ui_say(u, NOTICE_INFO, "nothing is further out; q leaves");
    } else {
        ui_run(u, "screen overview");
    }
}

static void do_quit(struct ui *u, const char *arg)
{
    (void)arg;
    u->quit = true;
}

static void do_prompt(struct ui *u, const char *arg)
{
    static const struct {
        const char *word;
        enum prompt_kind kind;
    } kinds[] = {{"command", PROMPT_COMMAND}, {"amount", PROMPT_AMOUNT}, {"budget", PROMPT_BUDGET},
                 {"note", PROMPT_NOTE},       {"tag", PROMPT_TAG},       {"export", PROMPT_EXPORT}};
    for (size_t i = 0; arg && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].word, arg) == 0)
            prompt_open(u, kinds[i].kind);
}

/* The draft becomes a step, as the controls stand now; without one the step gets a tag. */
static void do_keep(struct ui *u, const char *arg)
{
    struct scratch memory = {0};
    struct buf amount = {0};
    (void)arg;
    if (u->drafting && u->cut >= 0) {
        layer_keep(u);
    } else if (u->drafting) {
        num_exact(&amount, u->amount);
        ui_post(u, REQUEST_COMMAND, "prune %s %s", buf_text(&amount), strategy_keys(u, &memory));
    } else {
        prompt_open(u, PROMPT_TAG);
    }
    buf_release(&amount);
    scratch_release(&memory);
}

/* A draft is dropped; without one the session goes back a step. */
static void do_freeze(struct ui *u, const char *arg)
{
    (void)arg;
    u->frozen = !u->frozen;
    u->port.freeze(u->port.data, u->frozen);
    ui_say(u, NOTICE_INFO, u->frozen ? "live measuring stopped; F resumes it" : "live measuring resumed");
}

static void do_interrupt(struct ui *u, const char *arg)
{
    (void)arg;
    bool working = job_log_running(&u->jobs) != NULL;
    if (working)
        u->port.cancel(u->port.data, 0);
    ui_say(u, NOTICE_INFO,
           working ? "stopped; what was measured is kept; ^C once more within 2 s leaves"
                   : "nothing runs; ^C once more within 2 s leaves, q goes back");
}

static struct surface *picture(const struct ui *u, bool peek)
{
    struct surface *s = surface_new(u->columns, u->rows);
    struct scratch memory = {0};
    struct look look = {.peek = peek};
    struct scene scene;
    ui_scene(u, &memory, &scene);
    scene_draw(&scene, s, &look);
    scratch_release(&memory);
    return s;
}

/* Whether this screen has other panes to show at this size. */
static bool peek_differs(const struct ui *u)
{
    struct surface *a = picture(u, false), *b = picture(u, true);
    bool differs = false;
    for (int y = 0; y < a->h; y++)
        for (int x = 0; x < a->w; x++)
            differs |= strcmp(surface_at(a, x, y)->text, surface_at(b, x, y)->text) != 0;
    surface_free(a);
    surface_free(b);
    return differs;
}

static void do_peek(struct ui *u, const char *arg)
{
    (void)arg;
    if (u->columns > 0 && !peek_differs(u))
        ui_say(u, NOTICE_INFO, "every pane of this screen is in sight");
    else
        u->peek = !u->peek;
}

static void do_suspend(struct ui *u, const char *arg)
{
    (void)arg;
    u->suspend = true;
}

static void do_redraw(struct ui *u, const char *arg)
{
    (void)arg;
    u->redraw = true;
    ui_say(u, NOTICE_INFO, "drawn anew");
}

static void do_sweep(struct ui *u, const char *arg)
{
    struct scratch memory = {0};
    (void)arg;
    if (u->board.item[BOARD_MODEL]) {
        if (u->board.n_curves > 0) /* the same strategy again draws the same curve */
            ui_say(u, NOTICE_INFO, "sweep of %s", strategy_keys(u, &memory));
        ui_post(u, REQUEST_CURVE, "%s", strategy_keys(u, &memory));
    } else
        ui_say(u, NOTICE_INFO, "a curve needs a model: open MODEL.onnx");
    scratch_release(&memory);
}

static void do_copy(struct ui *u, const char *arg)
{
    copy_wish(u, WISH_COPY, arg);
}

static void do_export_view(struct ui *u, const char *arg)
{
    copy_wish(u, WISH_EXPORT, arg);
}

static void do_print_view(struct ui *u, const char *arg)
{
    copy_wish(u, WISH_PRINT, arg);
}

static void do_glyphs(struct ui *u, const char *arg)
{
    copy_wish(u, WISH_GLYPHS, arg);
}

static void do_theme(struct ui *u, const char *arg)
{
    copy_wish(u, WISH_THEME, arg);
}

static void do_mouse(struct ui *u, const char *arg)
{
    u->mouse = !u->mouse;
    copy_wish(u, WISH_MOUSE, arg);
}

/* A slider is dragged to a place between its ends, 0..1. */
static void do_slide(struct ui *u, const char *arg)
{
    double at;
    if (here(u) && here(u)->slide && arg && num_parse(arg, &at))
        here(u)->slide(u, at);
}

static const struct {
    const char *name;
    void (*run)(struct ui *u, const char *arg);
} rows[] = {
    {"move", do_move},
    {"side", do_side},
    {"enter", do_enter},
    {"screen", do_screen},
    {"back", do_back},
    {"quit", do_quit},
    {"help", help_toggle},
    {"prompt", do_prompt},
    {"keep", do_keep},
    {"freeze", do_freeze},
    {"interrupt", do_interrupt},
    {"peek", do_peek},
    {"suspend", do_suspend},
    {"redraw", do_redraw},
    {"sweep", do_sweep},
    {"cell-mode", layer_mode},
    {"cell-aspect", layer_aspect},
    {"cell-order", layer_order},
    {"kernels", layer_kernels},
    {"next-layer", layer_next},
    {"threshold", layer_threshold},
    {"out", do_out},
    {"pane", neuron_pane},
    {"sibling", neuron_sibling},
    {"parent", neuron_parent},
    {"restore-or-protect", neuron_restore_or_protect},
    {"cut-link", neuron_cut},
    {"show-cut", neuron_show_cut},
    {"links-aspect", neuron_aspect},
    {"job-cancel", jobs_cancel},
    {"job-cancel-all", jobs_cancel_all},
    {"job-clear", jobs_clear},
    {"palette", palette_open},
    {"messages", messages_open},
    {"visit", visits_go},
    {"look", palette_look},
    {"aspect", overview_aspect},
    {"sort", overview_sort},
    {"invert", overview_invert},
    {"tick", strategy_tick},
    {"run-all", strategy_run},
    {"protect-noticed", strategy_protect},
    {"zoom", curve_zoom},
    {"metric", curve_metric},
    {"axis", curve_axis_of},
    {"only", curve_only},
    {"copy", do_copy},
    {"export-view", do_export_view},
    {"print-view", do_print_view},
    {"glyphs", do_glyphs},
    {"theme", do_theme},
    {"mouse", do_mouse},
    {"slide", do_slide},
    {"against", history_against},
    {"mark-step", history_mark},
    {"hide-step", history_hide},
    {"show-hidden", history_hidden},
    {"chapter", history_chapter},
    {"find", find_open},
    {"find-next", find_next},
    {"help-back", help_back},
    {"help-pane", help_pane},
    {"help-open", help_open},
};

const char *ui_command(size_t i)
{
    return i < sizeof rows / sizeof *rows ? rows[i].name : NULL;
}

bool ui_knows(const char *verb)
{
    for (size_t i = 0; ui_command(i); i++)
        if (strcmp(ui_command(i), verb) == 0)
            return true;
    return false;
}

void ui_run(struct ui *u, const char *line)
{
    struct words w;
    struct err e = {0};
    if (!words_parse(line, &w, &e)) {
        ui_say(u, NOTICE_ERROR, "%s", e.message);
        err_release(&e);
        return;
    }
    bool found = !w.verb;
    for (size_t i = 0; !found && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, w.verb) == 0) {
            rows[i].run(u, w.n_args ? w.args[0] : NULL);
            found = true;
        }
    if (!found && u->drafting && strcmp(w.verb, "undo") == 0)
        ui_drop_draft(u); /* the draft is what was done last, though no step yet */
    else if (!found)
        ui_post(u, REQUEST_COMMAND, "%s", line);
    words_release(&w);
    visits_settle(u);
}
