/* visits: the places that were looked at, for going back and forward. Apart from undo: the session does not move. */
#ifndef PODA_APP_VISITS_H
#define PODA_APP_VISITS_H

#include <stddef.h>
#include <stdint.h>

#include "views/view.h"

struct ui;

struct ui_place { /* a unit that was looked at */
    int layer;
    int64_t unit;
};

enum { PLACES_KEPT = 32, VISITS_MOST = 100 };

struct visit {
    enum view_id screen;
    size_t layer; /* where the cursors stand */
    int64_t step;
    struct ui_place at;
    struct ui_place trail[PLACES_KEPT];
    int n_trail;
};

struct visits {
    struct visit *list; /* VISITS_MOST; NULL before the first */
    size_t n, at;       /* at: where the eye is */
};

/* After whatever a command did: another screen or a followed link is a new place, a moved cursor changes the one where the eye is. */
void visits_settle(struct ui *u);
void visits_release(struct visits *v);

/* The command `visit`: -1 back, 1 forward. */
void visits_go(struct ui *u, const char *arg);

#endif
