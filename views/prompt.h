/* prompt: command line with what it offers, and the box of keys that may follow a prefix. Drawn over the screen by frame.c. */
#ifndef PODA_VIEWS_PROMPT_H
#define PODA_VIEWS_PROMPT_H

#include "views/frame.h"

/* above: rows over the line that hold a message and stay as they are. */
void prompt_draw(const struct prompt_scene *p, struct surface *s, struct rect line, int above,
                 const struct look *look);
void prompt_line(const struct prompt_scene *p, struct surface *s, struct rect line);

/* Rows of the list from `top` on: text, what it does, the key at the right. */
void choices_draw(const struct prompt_scene *p, struct surface *s, struct rect in, size_t top, size_t visible,
                  const struct look *look);
void which_draw(const struct frame_scene *f, struct surface *s, const struct look *look);

#endif
