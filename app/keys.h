/* keys: the one table of keys: where, which, what it runs, how the footer and the help call it. A key runs command text. */
#ifndef PODA_APP_KEYS_H
#define PODA_APP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "views/view.h"

enum { KEYS_EVERYWHERE = VIEWS };

struct key_row {
    int context;     /* enum view_id, or KEYS_EVERYWHERE */
    const char *key; /* "Enter", or two keys one after the other: "y c" */
    const char *command;
    const char *label; /* NULL: in no footer, as another key does the same */
    const char *about; /* for the help */
};

extern const struct key_row key_rows[];
extern const size_t key_row_count;

/* What a key runs on a screen: the screen's own row first. NULL: nothing. */
const struct key_row *key_find(int context, const char *key);

/* Does a sequence of two keys begin with that one? The title of the box that says how it goes on is the prefix's own. */
bool key_is_prefix(int context, const char *key);
const char *key_prefix_title(const char *key);

/* Row i (0, 1, ...) of those that go on after the prefix, *second its second key; NULL: no more. */
const struct key_row *key_after(int context, const char *prefix, size_t i, const char **second);

#endif
