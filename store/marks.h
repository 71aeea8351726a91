/* marks: what people say about steps, and what was done beside them: notes, tags, hiding, walking, files written. Each is an
 * event on a step: kept in the order in which it happened, and not undone by undo. */
#ifndef PODA_STORE_MARKS_H
#define PODA_STORE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct store;

/* All commit before they return. ERR_UNKNOWN: no such step; ERR_READONLY; ERR_IO: nothing of it is stored. */

bool store_note(struct store *s, int64_t step, const char *text, struct err *e);

/* Name a step. A name stands for one step: naming another moves it. ERR_USAGE: empty, a number, over 64 bytes, or with a
 * blank, control character, '#', '/' or quote (sessions are addressed as SESSION#STEP/SCREEN). */
bool store_tag(struct store *s, int64_t step, const char *name, struct err *e);

/* Leave a step out of the tree that is shown, or show it again. The step itself stays. */
bool store_hide(struct store *s, int64_t step, bool hidden, struct err *e);

/* Any other event: kind is a word such as export, predict, report; text is JSON or NULL. */
bool store_event(struct store *s, int64_t step, const char *kind, const char *text, struct err *e);

struct store_mark {
    int64_t id; /* order of happening */
    int64_t step;
    const char *kind; /* note tag hide show goto undo redo export predict report ... */
    const char *text; /* may be NULL */
    int64_t time;     /* microseconds since 1970 */
    bool intact;      /* the row agrees with its hash, else show it as ? */
};

/* The events of one step (0: of all), in order; what a mark points to lives until each returns. */
bool store_marks(struct store *s, int64_t step, void (*each)(void *data, const struct store_mark *m),
                 void *data, struct err *e);

/* The step meant by "12", "#12" or a tag. ERR_UNKNOWN names the newest step or the nearest tag. */
bool store_find(struct store *s, const char *text, int64_t *step, struct err *e);

#endif
