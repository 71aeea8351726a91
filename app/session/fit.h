/* fit: the smallest share at which a strategy meets a size: what `prune bytes=N` would find, in short steps of one cut and its cost
 * each, so that a key need not wait. */
#ifndef PODA_SESSION_FIT_H
#define PODA_SESSION_FIT_H

#include "app/session/session.h"

struct fit;
struct json;

/* line: `prune bytes=N` with a strategy's keys. NULL where it cannot be looked for. */
struct fit *fit_new(struct session *s, const char *line);
void fit_free(struct fit *f); /* NULL is allowed */

/* One step; true: done. *out is then {"asked", "base", "from", "amount"}, amount null where no share is small enough; NULL if the
 * head moved meanwhile. Owned by the caller. */
bool fit_step(struct fit *f, struct session *s, struct json **out);

#endif
