/* hold: what an open session's file held, kept where nobody can reach it. Programs that copy a file over the open one, or cut it
 * short, change it under SQLite, which would go on in a hybrid of both. While a session is open its file rests (db_pin) and all
 * that is new stands in the log, which only grows: any other change of either is a stranger's. The log can be copied over as well, as
 * `cp backup.poda* .` does; so what was confirmed in it is held, too, and the bytes held here are all of the session. */
#ifndef PODA_STORE_HOLD_H
#define PODA_STORE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "store/site.h"

struct db;
struct err;

struct hold {
    int fd, log;                               /* without names; -1: nothing is held */
    int64_t size, log_size, renew_at, version; /* version: of SQLite, for what other programs wrote */
    struct site_stamp stamp,
        log_stamp; /* of the session's file and log when they were last known to be as held */
    bool log_lost; /* the log is a stranger's now */
};

/* Hold the file of d at path, at the cost of a copy; pins it. Where there is no log, or no room, nothing is held. */
void hold_take(struct hold *h, struct db *d, const char *path);
void hold_release(struct hold *h);

/* After every commit: what it and others' before it added to the log. After one that failed: what it left there is nobody's. */
void hold_log(struct hold *h, struct db *d, const char *path);
void hold_gave_up(struct hold *h, const char *path);

/* Do the file and its log hold what they held? Costs a look at their times; where these changed, a comparison. CUT: nothing in the
 * file but (the beginning of) what it held, so that nobody misses what stands there; log_lost tells of the log. */
enum hold_state { HOLD_SAME, HOLD_CUT, HOLD_OTHER };
enum hold_state hold_compare(struct hold *h, struct db *d, const char *path);

/* From time to time: what is in the log moves to the file, which is held anew. */
void hold_renew(struct hold *h, struct db *d, const char *path);

/* What is held as a session of its own in the file `to`, which is there and empty. */
bool hold_write(const struct hold *h, const char *to, struct err *e);

#endif
