/* by_hand: what a person decides on a state: places cut or put back, and what is protected from later cuts. What the marks mean is
 * engine/prune/guards' business; here they meet the texts of the command language and a state's own masks. */
#ifndef PODA_SESSION_BY_HAND_H
#define PODA_SESSION_BY_HAND_H

#include <stdbool.h>

#include "app/session/state.h"

struct err;

/* Change a state of one's own (state_copy) at one place: a connection, a kernel, or a unit with its coupled set. Nothing changes
 * on failure (guards.h lists the errors). */
bool by_hand_cut(struct state *s, const struct place *p, struct err *e);
bool by_hand_restore(struct state *s, const struct place *p, struct err *e);

/* WHAT: input:NAME layer:NAME unit:LAYER/UNIT link:LAYER/UNIT/INPUT. ERR_UNKNOWN for names that are not there;
 * by_hand_release: ERR_USAGE if it was not protected. */
bool by_hand_protect(struct state *s, const char *what, struct err *e);
bool by_hand_release(struct state *s, const char *what, struct err *e);

#endif
