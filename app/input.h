/* input: what a terminal sends, bytes in, events out: keys by name, the mouse, pasted text. It knows no terminal: bytes are fed
 * to it, so that tests drive it. Sequences that mean nothing here are swallowed whole and never become letters. */
#ifndef PODA_APP_INPUT_H
#define PODA_APP_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

enum event_kind { EVENT_KEY, EVENT_MOUSE, EVENT_PASTE };
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
    bool pasting;
    bool latin; /* the locale is not UTF-8: a byte is a character */
};

void input_feed(struct input *in, const char *bytes, size_t n);

/* The next event; false: none, or only the beginning of one. late: the rest did not come in time, so that an Esc is an Esc and
 * other beginnings are dropped. A paste has all the time it needs. */
bool input_next(struct input *in, bool late, struct event *out);

bool input_waits(const struct input *in); /* is there a beginning whose rest must come soon? */
void input_release(struct input *in);

#endif
