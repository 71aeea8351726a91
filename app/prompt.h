/* prompt: the line that is typed at the foot of the screen, and what it offers. */
#ifndef PODA_APP_PROMPT_H
#define PODA_APP_PROMPT_H

#include "app/ui.h"

void prompt_open(struct ui *u, enum prompt_kind kind);
void prompt_again(struct ui *u, const char *line); /* the command line, with that in it */
void prompt_key(struct ui *u, const char *key);
bool prompt_type(struct ui *u, const char *letters); /* false: not all of them fit */
void prompt_run(struct ui *u, const char *line); /* as if it had been typed: an error leaves the line open */
void prompt_scene(const struct ui *u, struct scratch *memory, struct prompt_scene *out);

#endif
