/* util_hands: the explorer under the hands, without a terminal: events in, and what was drawn to look at. */
#ifndef PODA_UTIL_HANDS_H
#define PODA_UTIL_HANDS_H

#include "app/hands.h"
#include "views/spot.h"

/* A ui on a small model, what it posted last, and the surface as it was last drawn. */
struct hands_rig {
    struct ui ui;
    struct hands hands;
    struct surface *surface;
    struct scratch memory;
    char posted[256];
    double now;
};

void rig_draw(struct hands_rig *r);
void rig_keys(struct hands_rig *r, const char *names); /* divided by blanks */
void rig_mouse(struct hands_rig *r, enum mouse_action action, int x, int y);
void rig_paste(struct hands_rig *r, const char *text);
void rig_click(struct hands_rig *r, const char *text); /* where that text stands; fails if it does not */
bool rig_shows(const struct hands_rig *r, const char *text);
const struct spot *rig_spot(const struct hands_rig *r,
                            enum spot_kind kind); /* the newest of that kind; NULL: none */
struct json *rig_parsed(const char *text);

/* For cmocka: *state is a struct hands_rig on a model of three layers. */
int rig_set_up(void **state);
int rig_tear_down(void **state);
#define WITH_HANDS(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

#endif
