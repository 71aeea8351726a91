/* screens: see screens.h. */
#include "app/screens.h"

#include <stddef.h>
#include <string.h>

#include "engine/base/err.h"

static const struct screen *const screens[] = {&screen_overview, &screen_strategy, &screen_curve,
                                               &screen_layer,    &screen_neuron,   &screen_history,
                                               &screen_picker,   &screen_jobs,     &screen_help};

const struct screen *screen_of(enum view_id view)
{
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
        if (screens[i]->view == view)
            return screens[i];
    return NULL;
}

bool screen_known(const char *name, struct err *e)
{
    const char *names[VIEWS + 1] = {NULL};
    int n = 0;
    for (int v = 0; v < VIEWS; v++)
        if (screen_of((enum view_id)v))
            names[n++] = views[v].name;
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    err_set(e, ERR_UNKNOWN, "no screen %s", name);
    return err_known(e, name, names);
}

int64_t clamp_to(int64_t value, int64_t count)
{
    if (value >= count)
        value = count - 1;
    return value < 0 ? 0 : value;
}

size_t step_to(struct ui *u, size_t at, int64_t by, size_t count, const char *what)
{
    int64_t from = clamp_to((int64_t)at, (int64_t)count), to = clamp_to(from + by, (int64_t)count);
    if (by != 0 && count == 0)
        ui_say(u, NOTICE_INFO, "no %s here to go to", what);
    else if (by != 0 && from == to)
        ui_say(u, NOTICE_INFO,
               count == 1 ? "this is the only %s"
               : by > 0   ? "this is the last %s"
                          : "this is the first %s",
               what);
    return (size_t)to;
}
