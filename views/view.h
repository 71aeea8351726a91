/* view: the table of screens, and the one call that draws a whole frame. Every screen is a function of a const scene onto a
 * surface: the same scene, size and look give the same cells. A scene is built and owned by the caller; nothing is kept. */
#ifndef PODA_VIEWS_VIEW_H
#define PODA_VIEWS_VIEW_H

#include "views/frame.h"

enum view_id {
    VIEW_OVERVIEW, /* body: struct overview_scene */
    VIEW_STRATEGY, /* struct strategy_scene */
    VIEW_CURVE,    /* struct curve_scene */
    VIEW_LAYER,    /* struct layer_scene */
    VIEW_NEURON,   /* struct neuron_scene */
    VIEW_HISTORY,  /* struct history_scene */
    VIEW_JOBS,     /* struct jobs_scene */
    VIEW_HELP,     /* struct help_scene */
    VIEW_PICKER,   /* struct picker_scene */
    VIEW_MESSAGE,  /* struct message_scene */
    VIEWS
};

struct view {
    const char *name;  /* as in poda dump --screen NAME */
    const char *title; /* for people */
    void (*draw)(const void *scene, struct surface *s, struct rect r, const struct look *look);
};

extern const struct view views[VIEWS];

const struct view *view_by_name(const char *name); /* NULL if unknown */

/* One whole frame. */
struct scene {
    struct frame_scene frame;
    enum view_id view;
    const void
        *body; /* the scene of that view; NULL draws the frame's page, or that numbers are on their way */
};

/* Clear s and draw. Below 60 x 15 only the page that says so. */
void scene_draw(const struct scene *scene, struct surface *s, const struct look *look);

#endif
