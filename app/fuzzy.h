/* fuzzy: does a text answer what was typed, and how well? Letters in order are enough; runs of letters and beginnings of words
 * count for more. Small letters stand for both cases. Operators, as in fzf: 'part ^begins ends$ !not, and all words must fit. */
#ifndef PODA_APP_FUZZY_H
#define PODA_APP_FUZZY_H

#include <stdbool.h>
#include <stddef.h>

enum { FUZZY_TERMS = 8, FUZZY_TEXT = 256 };

struct fuzzy_term {
    enum { FUZZY_LETTERS, FUZZY_PART } kind;
    bool begins, ends, not, cased;
    const char *text; /* into the query's own copy */
    size_t n;
};

struct fuzzy {
    struct fuzzy_term terms[FUZZY_TERMS];
    int n;
    char text[FUZZY_TEXT];
};

void fuzzy_query(struct fuzzy *q, const char *typed);
void fuzzy_word(struct fuzzy *q, const char *word); /* one word of letters, no operators */

/* Higher is better; below 0: does not fit. about (NULL: none) may hold words that the text lacks, for less. */
int fuzzy_score(const struct fuzzy *q, const char *text, const char *about);

#endif
