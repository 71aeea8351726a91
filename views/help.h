/* help: what you see, how it is computed, what to be careful about; the keys; words; search. */
#ifndef PODA_VIEWS_HELP_H
#define PODA_VIEWS_HELP_H

#include "views/frame.h"

struct help_word {
    const char *word, *meaning;
};

/* What has the cursor; where not everything fits, what is shown. */
enum help_pane { HELP_KEYS, HELP_WORDS, HELP_TEXT, HELP_PANES };

struct help_scene {
    const char *screen; /* "2 Strategy" */
    const char *see, *how, *careful;
    const struct key_hint *keys; /* of the screen */
    size_t key_count;
    const struct key_hint *everywhere;
    size_t everywhere_count;
    const char *words_title;       /* "Words used on this screen", or "Found" while searching */
    const struct help_word *words; /* glossary, or what the search found */
    size_t word_count, selected;   /* SIZE_MAX: none */
    const char *search;            /* as typed */
    bool found;                    /* the words are an answer: they take the place of everything else */
    bool page;                     /* they explain one entry, and lead nowhere */
    size_t entries;                /* how many can be found */
    enum help_pane pane;
    size_t scroll; /* rows of keys scrolled over */
};

void help_draw(const struct help_scene *p, struct surface *s, struct rect r, const struct look *look);

#endif
