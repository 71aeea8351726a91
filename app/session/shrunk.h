/* shrunk: the state after `shrink`: a smaller graph with mask and guards carried over, units and inputs under their old numbers. */
#ifndef PODA_SESSION_SHRUNK_H
#define PODA_SESSION_SHRUNK_H

#include "app/session/session.h"

/* The next state, with the smaller model's bytes (stored with the step) and the result: parameters macs removed_units
 * max_difference dead_weights stayed, and what a mask leaves. Deterministic: a stored step is rebuilt by doing it again. NULL on
 * failure: ERR_INTERNAL if the smaller model does not compute the same as the masked one (1e-5 max(1, |output|) on seeded
 * random records). */
struct state *shrunk_state(struct session *s, const struct state *at, struct json **result, struct buf *onnx,
                           struct err *e);

#endif
