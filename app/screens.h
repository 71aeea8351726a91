/* screens: one row a screen: how it becomes a scene, and what moving, going in and to the side mean there. */
#ifndef PODA_APP_SCREENS_H
#define PODA_APP_SCREENS_H

#include "app/sheet.h"
#include "app/ui.h"

struct row_names;

struct screen {
    enum view_id view;
    char tab; /* its key; 0: none */
    const void *(*scene)(const struct ui *u,
                         struct scratch *memory); /* the view's scene; NULL: nothing to show yet */
    void (*move)(struct ui *u, int64_t by);
    void (*side)(struct ui *u, int64_t by);
    void (*enter)(struct ui *u);
    void (*open)(struct ui *u); /* on coming in; NULL: nothing to do */
    void (*rows)(const struct ui *u, struct scratch *memory,
                 struct row_names *out); /* for searching (find.h); NULL: no list */
    bool filters, filter_only;           /* the list can be narrowed; / narrows it at once */
    const char *see, *how, *careful;     /* the help */
    const struct sheet *(*table)(const struct ui *u,
                                 struct scratch *memory); /* what it lists, in full; NULL */
    void (*command)(const struct ui *u,
                    struct buf *out); /* whose answer is shown, as exec takes it; NULL or nothing: none */
    void (*slide)(struct ui *u,
                  double at); /* the slider under the cursor, 0..1 between its ends; NULL: none */
};

const struct screen *screen_of(enum view_id view);  /* NULL: no such screen in this version */
bool screen_known(const char *name, struct err *e); /* in this version; if not, e lists those that are */

extern const struct screen screen_overview, screen_strategy, screen_curve, screen_layer, screen_neuron,
    screen_history, screen_picker, screen_jobs, screen_help;

/* What several screens need. */
int64_t clamp_to(int64_t value, int64_t count); /* 0..count-1; 0 for none */
size_t step_to(struct ui *u, size_t at, int64_t by, size_t count,
               const char *what); /* by rows on, within 0..count-1; at an end it says so */
const char *strategy_keys(const struct ui *u,
                          struct scratch *memory); /* "criterion=... structure=... scope=..." */
void strategy_preview(struct ui *u);               /* ask for the draft */
void strategy_follow(struct ui *u);                /* the head moved: its choices, or the draft again */
void strategy_ask_fit(struct ui *u); /* from which share on the budget is met, where that is not known yet */

/* Commands of the overview. */
void overview_aspect(struct ui *u, const char *arg);
void overview_sort(struct ui *u, const char *arg);
void overview_invert(struct ui *u, const char *arg);

/* Commands of the strategy screen. */
void strategy_tick(struct ui *u, const char *arg);
void strategy_run(struct ui *u, const char *arg);
void strategy_protect(struct ui *u, const char *arg);

/* Commands of the curve screen. */
void curve_zoom(struct ui *u, const char *arg);
void curve_metric(struct ui *u, const char *arg);
void curve_axis_of(struct ui *u, const char *arg);
void curve_only(struct ui *u, const char *arg);

/* Commands of the layer screen. */
void layer_mode(struct ui *u, const char *arg);
void layer_aspect(struct ui *u, const char *arg);
void layer_order(struct ui *u, const char *arg);
void layer_next(struct ui *u, const char *arg);
void layer_kernels(struct ui *u, const char *arg);
void layer_threshold(struct ui *u, const char *arg);
void layer_keep(struct ui *u); /* the threshold's draft becomes a step */

/* Commands of the neuron screen. */
void neuron_out(struct ui *u, const char *arg); /* back along a followed link; there is one */
void neuron_pane(struct ui *u, const char *arg);
void neuron_sibling(struct ui *u, const char *arg);
void neuron_parent(struct ui *u, const char *arg);
void neuron_restore_or_protect(struct ui *u, const char *arg);
void neuron_cut(struct ui *u, const char *arg);
void neuron_show_cut(struct ui *u, const char *arg);
void neuron_aspect(struct ui *u, const char *arg);
void neuron_say_unit(struct ui *u); /* what may be done to the unit itself */

/* Commands of the jobs screen. */
void jobs_cancel(struct ui *u, const char *arg);
void jobs_cancel_all(struct ui *u, const char *arg);
void jobs_clear(struct ui *u, const char *arg);

/* Help stands over a screen; what is typed searches it. */
void help_toggle(struct ui *u, const char *arg);   /* arg: search that */
bool help_type(struct ui *u, const char *letters); /* false: not all of them fit */
void help_pane(struct ui *u, const char *arg);
void help_open(struct ui *u, const char *arg); /* the word, or what was found, of that number */
void help_back(struct ui *u, const char *arg); /* all: the whole search at once */

const struct json *picker_choice(const struct ui *u); /* the row under the cursor; NULL: none */

/* The history screen: its commands, and whether the cursor is on the step where the session stands; says so if not. */
void history_follow(struct ui *u); /* the head moved, or the tree is new */
bool history_stands(struct ui *u);
void history_against(struct ui *u, const char *arg);
void history_mark(struct ui *u, const char *arg);
void history_hide(struct ui *u, const char *arg);
void history_hidden(struct ui *u, const char *arg);
void history_chapter(struct ui *u, const char *arg);

#endif
