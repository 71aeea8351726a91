/* message: a page of words: an error that leaves nothing else to show, a terminal that is too small. */
#ifndef PODA_VIEWS_MESSAGE_H
#define PODA_VIEWS_MESSAGE_H

#include "views/surface.h"

struct message_scene {
    const char *title;
    enum style style; /* of the title */
    const char *text; /* paragraphs divided by newlines */
    const char *hint; /* the next step; NULL */
};

void message_draw(const struct message_scene *m, struct surface *s, struct rect r, const struct look *look);

/* The whole surface: what size is needed and what it is. Readable down to 10 x 1. */
void message_too_small(struct surface *s, const struct look *look);

#endif
