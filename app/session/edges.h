/* edges: where, on the way from the head to the draft, something is lost for good: by bisection over the amount, exact. In short
 * steps of one cut and one look at the wiring each, so that a newer draft need not wait. */
#ifndef PODA_SESSION_EDGES_H
#define PODA_SESSION_EDGES_H

#include "app/session/session.h"

struct json;
struct edges;

/* Begin for the session's draft; NULL where there is none, or its strategy cannot be scored. */
struct edges *edges_new(struct session *s);
void edges_free(struct edges *e); /* NULL is allowed */

/* One step; true: done, *out is the first and the last input that the draft cuts off and the head does not:
 * {"strategy", "base", "from", "lost": [{"name", "amount"}]}, amount the smallest share at which it is cut off. Owned by the caller. */
bool edges_step(struct edges *e, struct session *s, struct json **out);

#endif
