/* shrunk: the state after `shrink`: a smaller graph with mask and guards carried over, units and inputs under their old numbers. */
#ifndef PODA_SESSION_SHRUNK_H
#define PODA_SESSION_SHRUNK_H

#include "app/session/session.h"

/* The next state, with the smaller model's bytes (to be stored with the step) and the result: parameters macs removed_units
 * max_difference dead_weights stayed, and what a mask leaves; each may be NULL. A stored step is rebuilt from `stored`, the bytes
 * kept with it, for another version of the program may write the same smaller model otherwise; NULL: as shrinking writes it now.
 * NULL on failure: ERR_INTERNAL if the smaller model does not compute the same as the masked one (1e-5 max(1, |output|) on seeded
 * random records), ERR_UNREADABLE if a stored one has other sizes. */
struct state *shrunk_state(struct session *s, const struct state *at, const struct buf *stored,
                           struct json **result, struct buf *onnx, struct err *e);

#endif
