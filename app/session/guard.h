/* guard: what a person decides by hand: places cut or put back, and what is protected from later cuts. */
#ifndef PODA_SESSION_GUARD_H
#define PODA_SESSION_GUARD_H

#include <stdbool.h>

#include "app/session/state.h"
#include "engine/prune/layers.h"

struct err;

/* Change a state of one's own (state_copy) at one place: a connection, a kernel, or a whole unit with its coupled set.
 * guard_cut: ERR_PINNED for a unit that cannot leave (with the reason) and for a protected place.
 * guard_restore: ERR_USAGE for a link of a unit that is removed whole: the unit comes first. */
bool guard_cut(struct state *s, const struct place *p, struct err *e);
bool guard_restore(struct state *s, const struct place *p, struct err *e);

/* WHAT: input:NAME layer:NAME unit:LAYER/UNIT link:LAYER/UNIT/INPUT. ERR_UNKNOWN for names that are not there;
 * guard_release: ERR_USAGE if it was not protected. */
bool guard_protect(struct state *s, const char *what, struct err *e);
bool guard_release(struct state *s, const char *what, struct err *e);

/* Is every weight of the place protected? */
bool guard_holds(const struct state *s, const struct place *p);

#endif
