/* target: what a person means by MODEL or SESSION[#STEP[/SCREEN]]: which session file, and the commands that it begins with. */
#ifndef PODA_APP_TARGET_H
#define PODA_APP_TARGET_H

#include <stdbool.h>

struct err;
struct json;

struct target {
    char *session;        /* file; NULL: in memory */
    char *first, *second; /* commands; NULL: none */
    char *step;           /* "goto 12"; NULL */
    char *screen;         /* "screen groups"; NULL */
};

/* name NULL: the session alone. A session file is told from a model by its first bytes. data NULL: a dataset.json beside a
 * bundled sample's model is taken. session NULL: a new file in the data folder for a model. */
bool target_find(const char *name, const char *data, const char *session, struct target *out, struct err *e);
bool target_named(const char *name); /* is there such a file, with or without #STEP/SCREEN? */
void target_release(struct target *t);

/* The same from a typed line, `open FILE ...`: a model begins a new session, a session is opened. */
bool target_from_line(const char *line, const char *data, struct target *out, struct err *e);

/* What the picker offers: lists samples and sessions, newest first, each name about right path data why (NULL: it opens). */
struct json *target_choices(void);

#endif
