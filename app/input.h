/* input: what a terminal sends, bytes in, events out: keys by name, the mouse, pasted text. It knows no terminal: bytes are fed
 * to it, so that tests drive it. Sequences that mean nothing here are swallowed whole and never become letters. */
#ifndef PODA_APP_INPUT_H
#define PODA_APP_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

enum event_kind { EVENT_KEY, EVENT_MOUSE, EVENT_PASTE, EVENT_PASTE_WAITS, EVENT_PASTE_STOPPED };
enum mouse_action { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

/* Keys: "a", "A", "Enter", "Esc", "Tab", "S-Tab", "Up", "C-Up", "PgDn", "F1", "C-r", "M-x". Characters come as their UTF-8. */
struct event {
    enum event_kind kind;
    char name[16];
    bool printable;
    enum mouse_action action; /* of the left button, or the wheel */
    int x, y;                 /* from 0 */
    const char *text;         /* of a paste; borrowed until the next call */
};

struct input {
    struct buf bytes; /* not yet understood */
    size_t used;      /* of them */
    struct buf paste;
    bool pasting;  /* its beginning came and its end did not */
    bool told;     /* that it takes long */
    bool given_up; /* by ^C: what is still to come of it is swallowed */
    bool latin;    /* the locale is not UTF-8: a byte is a character */
};

void input_feed(struct input *in, const char *bytes, size_t n);

/* The next event; false: none, or only the beginning of one. late: nothing came for as long as input_patience says, so that an
 * Esc is an Esc, a paste is over with what came of it, after one EVENT_PASTE_WAITS, and other beginnings are dropped. A paste with ^C
 * in it is given up: one EVENT_PASTE_STOPPED, and nothing of it becomes text or keys. */
bool input_next(struct input *in, bool late, struct event *out);

double input_patience(const struct input *in); /* seconds of silence; negative: nothing has begun */
void input_release(struct input *in);

#endif
