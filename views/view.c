/* view: see view.h. */
#include "views/view.h"

#include <string.h>

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

/* A screen's own function takes its own scene; the table needs one type for all. */
#define ADAPT(screen)                                                                                        \
    static void draw_##screen(const void *scene, struct surface *s, struct rect r, const struct look *look)  \
    {                                                                                                        \
        screen##_draw(scene, s, r, look);                                                                    \
    }
ADAPT(overview)
ADAPT(strategy)
ADAPT(curve)
ADAPT(layer)
ADAPT(neuron)
ADAPT(history)
ADAPT(jobs)
ADAPT(help)
ADAPT(picker)
ADAPT(message)

const struct view views[VIEWS] = {
    [VIEW_OVERVIEW] = {"overview", "Overview and layers", draw_overview},
    [VIEW_STRATEGY] = {"strategy", "Strategy and its price", draw_strategy},
    [VIEW_CURVE] = {"curve", "Trade-off curve", draw_curve},
    [VIEW_LAYER] = {"layer", "Layer: pattern and values", draw_layer},
    [VIEW_NEURON] = {"neuron", "Neuron inspector", draw_neuron},
    [VIEW_HISTORY] = {"history", "History", draw_history},
    [VIEW_JOBS] = {"jobs", "Jobs", draw_jobs},
    [VIEW_HELP] = {"help", "Help", draw_help},
    [VIEW_PICKER] = {"picker", "Open a model or a session", draw_picker},
    [VIEW_MESSAGE] = {"message", "Message", draw_message},
};

const struct view *view_by_name(const char *name)
{
    for (int i = 0; i < VIEWS; i++)
        if (strcmp(views[i].name, name) == 0)
            return &views[i];
    return NULL;
}

void scene_draw(const struct scene *scene, struct surface *s, const struct look *look)
{
    static const struct message_scene nothing = {"Nothing to show yet", STYLE_TITLE,
                                                 "Numbers appear here as soon as they are known.", NULL};
    surface_clear(s);
    if (layout_arrangement(s->w, s->h) == ARRANGE_TOO_SMALL) {
        message_too_small(s, look);
        return;
    }
    struct rect body = layout_frame(s->w, s->h).body;
    if (scene->body)
        views[scene->view].draw(scene->body, s, body, look);
    else
        message_draw(scene->frame.page ? scene->frame.page : &nothing, s, body, look);
    frame_draw(&scene->frame, s, look);
}
