/* prompt: command line with what it offers, and the box of keys that may follow a prefix. Drawn over the screen by frame.c. */
#ifndef PODA_VIEWS_PROMPT_H
#define PODA_VIEWS_PROMPT_H

#include "views/frame.h"

void prompt_draw(const struct prompt_scene *p, struct surface *s, struct rect line, const struct look *look);
void which_draw(const struct frame_scene *f, struct surface *s, const struct look *look);

#endif
