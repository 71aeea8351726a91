/* complete: what may stand where the caret is: verbs, arguments, keys and their values. All it knows comes from the tables and the
 * board, so that nothing has to be asked while somebody types. */
#ifndef PODA_APP_COMPLETE_H
#define PODA_APP_COMPLETE_H

#include "app/offers.h"
#include "app/ui.h"

/* The word that the caret stands in. */
struct caret_word {
    size_t from, to; /* bytes of the line that an offer replaces */
    int index;       /* 0: the verb */
    char *verb;      /* NULL at the first word */
    char *key;       /* of KEY=VALUE; NULL */
    char *text;      /* without quotes, up to the caret; of KEY=VALUE the value */
};

/* Texts live in memory. */
struct caret_word complete_word(const char *line, size_t caret, struct scratch *memory);

void complete_offers(const struct ui *u, const struct caret_word *w, struct offers *out);

/* One line about the command, or the key, that the caret stands in; NULL. */
const char *complete_usage(const struct caret_word *w, struct scratch *memory);

/* The folder whose files are wanted, ending in '/'; "" is where the program runs; NULL: none is. */
const char *complete_folder(const struct caret_word *w, struct scratch *memory);

#endif
