/* sweep: a curve in short steps, coarse to fine, so that other requests go in between: a point a step, or as many evaluated together as
 * take no longer than a step should. */
#ifndef PODA_APP_SWEEP_H
#define PODA_APP_SWEEP_H

#include "app/session/session.h"

struct json;
struct race;
struct sweep;

/* keys: the strategy as text, such as "criterion=magnitude scope=layer". race is borrowed: what finished before, in other sweeps,
 * too. */
struct sweep *sweep_new(const char *keys, struct race *race);
void sweep_free(struct sweep *s); /* NULL is allowed */

/* Measure the next points. false: stopped (they are taken again), or failed with e set. */
bool sweep_step(struct sweep *s, struct session *session, struct err *e);

struct json *
sweep_result(const struct sweep *s); /* as `curve` answers, with what there is so far; owned by the caller */
char *sweep_note(
    const struct sweep *s); /* "exact", or how many points were given up and what that saved; free() it */
int64_t sweep_done(const struct sweep *s);
int64_t sweep_total(const struct sweep *s);
const char *sweep_name(const struct sweep *s);

#endif
