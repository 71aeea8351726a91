/* rebuild: the state that a stored step left, made again from the one before. */
#ifndef PODA_SESSION_REBUILD_H
#define PODA_SESSION_REBUILD_H

#include "app/session/session.h"

/* Model and data are loaded by stored path and checked by hash; masks and smaller models come from the store. Owned. NULL with
 * ERR_UNREADABLE, naming the file and the expected hash. before: what its parent left; NULL at a root. */
struct state *rebuild_state(struct session *s, const struct store_step *step, const struct state *before,
                            struct err *e);

#endif
