/* util_scenes: the running example of the screens, as const scenes: readmit-mlp 42-128-64-2, pruned by magnitude to 80 %. Its
 * numbers agree across screens; they are invented, the screens only have to show them. */
#ifndef PODA_UTIL_SCENES_H
#define PODA_UTIL_SCENES_H

#include "views/curve.h"
#include "views/help.h"
#include "views/history.h"
#include "views/jobs.h"
#include "views/layer.h"
#include "views/message.h"
#include "views/neuron.h"
#include "views/overview.h"
#include "views/picker.h"
#include "views/strategy.h"
#include "views/view.h"

/* Screens in their normal state; arrays are static. */
struct frame_scene example_frame(char tab);
struct overview_scene example_overview(void);
struct strategy_scene example_strategy(void);
struct curve_scene example_curve(void);
struct neuron_scene example_neuron(void);
struct history_scene example_history(void);
struct jobs_scene example_jobs(void);
struct layer_scene example_layer(void);
struct help_scene example_help(void);
struct picker_scene example_picker(void);
struct neuron_scene example_pixels(void);  /* one unit of a 28 x 28 image */
struct neuron_scene example_kernels(void); /* a filter over six channels */

/* Screens in states that the explorer's own scenes make of boards. */
struct scene board_overview_delta(void);
struct scene board_overview_dense(void);
struct scene board_overview_emptied(void);
struct scene board_overview_regression(void);
struct scene board_strategy_notices(void);
struct scene board_strategy_bound(void);
struct scene board_strategy_few(void);
struct scene board_strategy_stale(void);
struct scene board_strategy_guess(void);
struct scene board_strategy_waiting(void);
struct scene board_strategy_frozen(void);
struct scene board_strategy_no_data(void);
struct scene board_strategy_over(void);
struct scene board_strategy_units(void);
struct scene board_curve_ties(void);
struct scene board_curve_zoomed(void);
struct scene board_curve_changed(void);
struct scene board_curve_only(void);
struct scene board_curve_none_fits(void);
struct scene board_curve_no_data(void);
struct scene board_curve_regression(void);

/* Every screen in every state that is easily forgotten. */
struct example {
    const char *name; /* "overview-unknown": golden files are named by it */
    struct scene (*build)(
        void);    /* the scene points into storage that the next call of the same row may change */
    bool peek;    /* drawn with peek in the golden files */
    bool foreign; /* holds characters beyond ascii, as names from files may */
};

extern const struct example examples[];
extern const size_t example_count;

#endif
