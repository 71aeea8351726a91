/* errand: what the ui wishes of the terminal and of the disk, carried out for the loop: copies, exports, glyphs, themes, the mouse,
 * printing. The ui only notes the wish, so that it needs neither. */
#ifndef PODA_APP_ERRAND_H
#define PODA_APP_ERRAND_H

#include "app/aside.h"
#include "app/hands.h"

struct worker;

struct errands {
    struct aside *aside;   /* borrowed, as the worker is */
    struct worker *worker; /* NULL: nothing is open */
    bool mouse_known;      /* the hint about the mouse was given, now or in an earlier run */
    bool printed;          /* the view stands in the scrollback; the next key takes the screen again */
};

void errands_start(struct errands *a, struct aside *aside);
void errands_do(struct errands *a, struct ui *u, const struct surface *s);  /* the wish, if there is one */
void errands_done(struct ui *u, struct chore *c);                           /* a file was written, or not */
void errands_mouse(struct errands *a, struct ui *u, const struct hands *h); /* the hint at the first click */

#endif
