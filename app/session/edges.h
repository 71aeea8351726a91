/* edges: where, on the way from the head to the draft, something is lost for good: by bisection over the amount, exact. */
#ifndef PODA_SESSION_EDGES_H
#define PODA_SESSION_EDGES_H

#include "app/session/session.h"

struct json;

/* The first and the last input that the draft cuts off and the head does not: {"lost": [{"name", "amount"}], "strategy"}, amount the smallest
 * share at which it is cut off. NULL where there is no draft, or its strategy cannot be scored. */
struct json *edges_find(struct session *s);

#endif
