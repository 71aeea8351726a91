/* palette: everything that can be done, by typing some of its letters: what keys of this screen run, commands, steps, tags,
 * layers. A row that needs more words opens the command line. The messages of this run are listed the same way. */
#ifndef PODA_APP_PALETTE_H
#define PODA_APP_PALETTE_H

#include "app/ui.h"

/* The commands `palette`, `messages` and `look LAYER[/UNIT]`. */
void palette_open(struct ui *u, const char *arg);
void messages_open(struct ui *u, const char *arg);
void palette_look(struct ui *u, const char *arg);

bool palette_key(struct ui *u, const char *key);                 /* false: it is for the line */
size_t palette_footer(const struct ui *u, struct key_hint *out); /* its keys, at most 8; 0: no list is open */
void palette_scene(const struct ui *u, struct scratch *memory, struct prompt_scene *out);

#endif
