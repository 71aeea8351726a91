/* recall: the lines typed before, oldest first, and the walk through them. Where they are kept is aside.h's business. */
#ifndef PODA_APP_RECALL_H
#define PODA_APP_RECALL_H

#include <stddef.h>

struct json;

enum { RECALL_MOST = 1000 };

struct recall {
    char **lines;
    size_t n;
    size_t at;    /* the line shown; n: none, what is typed */
    char *prefix; /* how lines must begin: what was typed when the walk began; NULL: no walk */
};

void recall_add(struct recall *r, const char *line); /* not the same twice in a row, nor empty ones */
void recall_older(struct recall *r, const struct json *lines); /* of earlier runs: before the others */

/* The line before (by -1) or after (1) the one shown that begins with what was typed; after the newest what was typed.
 * NULL: there is none. */
const char *recall_walk(struct recall *r, int by, const char *typed);
void recall_rest(struct recall *r); /* the walk is over */
void recall_release(struct recall *r);

#endif
