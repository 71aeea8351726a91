/* rebuild: the state that a stored step left, made again from the path that leads to it. */
#ifndef PODA_SESSION_REBUILD_H
#define PODA_SESSION_REBUILD_H

#include "app/session/session.h"

/* Model and data are loaded by stored path and checked by hash; masks and smaller models come from the store. Owned. NULL with
 * ERR_UNREADABLE, naming the file and the expected hash. */
struct state *rebuild_state(struct session *s, int64_t step, struct err *e);

#endif
