/* hold: what an open session's file held, kept where nobody can reach it. Programs that copy a file over the open one, or cut it
 * short, change it under SQLite, which would go on in a hybrid of both. While a session is open its file rests (db_pin) and all
 * that is new stands in the log, so that any change of the file is a stranger's, and the bytes held here with the log are all of the session. */
#ifndef PODA_STORE_HOLD_H
#define PODA_STORE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "store/site.h"

struct db;
struct err;

struct hold {
    int fd; /* without a name; -1: nothing is held */
    int64_t size, renew_at;
    struct site_stamp stamp; /* of the session's file when it was last known to be as held */
};

/* Hold the file of d at path, at the cost of a copy; pins it. Where there is no log, or no room, nothing is held. */
void hold_take(struct hold *h, struct db *d, const char *path);
void hold_release(struct hold *h);

/* Does the file hold what it held? Costs a look at its times; where these changed, a comparison. CUT: nothing in it but the
 * beginning of what it held, so that nobody misses what stands there. */
enum hold_state { HOLD_SAME, HOLD_CUT, HOLD_OTHER };
enum hold_state hold_compare(struct hold *h, struct db *d, const char *path);

/* From time to time: what is in the log moves to the file, which is held anew. */
void hold_renew(struct hold *h, struct db *d, const char *path);

/* What is held and the log of path as a session of their own in the file `to`, which is there and empty. */
bool hold_write(const struct hold *h, const char *path, const char *to, struct err *e);

#endif
