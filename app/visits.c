/* visits: see visits.h. */
#include "app/visits.h"

#include <stdlib.h>
#include <string.h>

#include "app/screens.h"
#include "app/ui.h"
#include "engine/base/mem.h"

static struct visit where(const struct ui *u)
{
    struct visit v = {
        .screen = u->screen, .layer = u->layer, .step = u->history.at, .at = u->at, .n_trail = u->n_trail};
    memcpy(v.trail, u->trail, sizeof v.trail);
    return v;
}

/* Screens without a tab are no places: nothing stays where the picker was. */
static bool a_place(const struct ui *u)
{
    const struct screen *s = screen_of(u->screen);
    return s && u->screen != VIEW_PICKER;
}

/* Did the eye jump, rather than a cursor move? Following a link makes the trail longer, going back on it shorter. */
static bool jumped(const struct visit *from, const struct visit *to)
{
    return from->screen != to->screen || (to->screen == VIEW_NEURON && from->n_trail != to->n_trail);
}

void visits_settle(struct ui *u)
{
    struct visits *v = &u->visits;
    struct visit now = where(u);
    if (!a_place(u))
        return;
    if (!v->list)
        v->list = mem_zero(VISITS_MOST, sizeof *v->list);
    if (v->n > 0 && jumped(&v->list[v->at], &now)) {
        if (v->at + 1 == VISITS_MOST) {
            memmove(&v->list[0], &v->list[1], (VISITS_MOST - 1) * sizeof *v->list);
            v->at--;
        }
        v->at++;
        v->n = v->at + 1;
    }
    v->n = v->n ? v->n : 1;
    v->list[v->at] = now;
}

void visits_go(struct ui *u, const char *arg)
{
    struct visits *v = &u->visits;
    bool back = arg && *arg == '-';
    if (back ? v->at == 0 : v->at + 1 >= v->n) {
        ui_say(u, NOTICE_INFO, back ? "no view was visited before this one" : "this is the newest view");
        return;
    }
    v->at += back ? (size_t)-1 : 1;
    const struct visit *to = &v->list[v->at];
    const struct screen *s = screen_of(to->screen);
    u->help = false;
    u->screen = to->screen;
    for (int pass = 0; pass < 2; pass++) { /* a screen may move its cursors on coming in */
        u->layer = to->layer;
        u->history.at = to->step;
        u->at = to->at;
        memcpy(u->trail, to->trail, sizeof u->trail);
        u->n_trail = to->n_trail;
        if (pass == 0 && s && s->open)
            s->open(u);
    }
}

void visits_release(struct visits *v)
{
    free(v->list);
    *v = (struct visits){0};
}
