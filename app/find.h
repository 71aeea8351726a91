/* find: searching and narrowing any list of a screen by its rows' names, and going to a step by its tag. A line at the foot takes
 * what is typed; while it is typed, the list follows. Lists are those that the screen's row names (screens.h). */
#ifndef PODA_APP_FIND_H
#define PODA_APP_FIND_H

#include "app/ui.h"

/* The names of a screen's rows, in their order, and where its cursor is. */
struct row_names {
    const char *const *names;
    size_t n, at;
};

/* Does the text hold all of these words, whatever their case? No words: yes. */
bool find_matches(const char *text, const char *words);

/* What narrows the list of the screen; NULL: nothing. */
const char *find_filter(const struct ui *u);
const char *find_chip(const struct ui *u, struct scratch *memory, size_t hidden); /* NULL without a filter */

void find_key(struct ui *u, const char *key);      /* while u->finding */
bool find_type(struct ui *u, const char *letters); /* the same; false: not all of them fit */
bool find_clear(struct ui *u);                     /* drop the filter; false: there was none */
void find_prompt(const struct ui *u, struct scratch *memory, struct prompt_scene *out);

/* Commands. */
void find_open(struct ui *u, const char *arg); /* search, filter, tag */
void find_next(struct ui *u, const char *arg); /* 1, -1 */

#endif
