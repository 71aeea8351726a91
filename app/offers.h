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

/* The score a new one would get: below 0 it does not fit. For those whose texts are made only when they are wanted. */
int offer_score(const struct offers *o, const char *text, const char *about);
bool offer_wanted(const struct offers *o, int score);

#endif
