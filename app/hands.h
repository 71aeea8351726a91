/* hands: what was typed, clicked or pasted, given to the ui. A click is looked up among the spots of the surface as it was last drawn
 * and becomes what a key would run. No curses here: tests drive it with events. */
#ifndef PODA_APP_HANDS_H
#define PODA_APP_HANDS_H

#include "app/input.h"
#include "app/ui.h"

struct hands {
    bool dragging;
    struct rect track; /* of the slider that is dragged */
    bool clicked;      /* the mouse was used at all */
};

void hands_event(struct hands *h, struct ui *u, const struct surface *s, const struct event *e, double now);

/* Does the event speak of what is on the screen now, so that it must be drawn first? Also where s, as it was last drawn, is too
 * small to act on anything: it may have grown. */
bool hands_aim(const struct surface *s, const struct event *e);

#endif
