/* keys: the one table of keys: where, which, what it runs, how the footer and the help call it. A key runs command text. */
#ifndef PODA_APP_KEYS_H
#define PODA_APP_KEYS_H

#include <stddef.h>

#include "views/view.h"

enum { KEYS_EVERYWHERE = VIEWS };

struct key_row {
    int context; /* enum view_id, or KEYS_EVERYWHERE */
    const char *key;
    const char *command;
    const char *label; /* NULL: in no footer, as another key does the same */
    const char *about; /* for the help */
};

extern const struct key_row key_rows[];
extern const size_t key_row_count;

/* What a key runs on a screen: the screen's own row first. NULL: nothing. */
const struct key_row *key_find(int context, const char *key);

#endif
