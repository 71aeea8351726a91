/* offers: the best of many lines that may be meant, best first: what the command line completes and the palette lists. */
#ifndef PODA_APP_OFFERS_H
#define PODA_APP_OFFERS_H

#include "app/fuzzy.h"
#include "app/scene/scratch.h"

enum { OFFERS_MOST = 100 };

struct offer {
    const char *text;  /* what is shown and matched */
    const char *about; /* what it does; NULL */
    const char *key;   /* that does the same; NULL */
    const char *line;  /* what is put in or run; NULL: the text */
    bool more;         /* more must follow before it can run */
    int score;
};

struct offers {
    struct offer rows[OFFERS_MOST];
    size_t n, all; /* all: that fit */
    struct fuzzy query;
    struct scratch *memory; /* where texts live */
    bool with_about;        /* matched, too */
};

/* Keep it if it fits and is among the best; of equals the first. Its texts must outlive the list. */
void offer_add(struct offers *o, struct offer one);

/* Would it be among the best? For those whose texts are made only then; one that fits and is not is counted all the same. */
bool offer_wanted(struct offers *o, const char *text, const char *about);

#endif
