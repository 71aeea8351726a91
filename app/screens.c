/* screens: see screens.h. */
#include "app/screens.h"

#include <stddef.h>

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

int64_t clamp_to(int64_t value, int64_t count)
{
    if (value >= count)
        value = count - 1;
    return value < 0 ? 0 : value;
}
