/* active: what the units of a layer do on the records of the default split. The layer asked for last is kept, so that its units can be
 * walked without measuring again. */
#ifndef PODA_SESSION_ACTIVE_H
#define PODA_SESSION_ACTIVE_H

#include "app/session/session.h"
#include "engine/explain/activity.h"

/* By unit; borrowed until the next call. The state has data. NULL: ERR_CANCELLED, ERR_UNSUPPORTED (memory). */
const struct activity *active_layer(struct session *s, const struct state *at, int layer, struct err *e);

#endif
