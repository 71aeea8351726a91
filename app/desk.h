/* desk: the jobs that the session's thread has open, at most one of a kind, and what it reports of them. */
#ifndef PODA_APP_DESK_H
#define PODA_APP_DESK_H

#include "app/joblog.h"

enum desk_kind { DESK_COMMAND, DESK_DRAFT, DESK_ACTIVITY, DESK_HEAD, DESK_SWEEP, DESK_KINDS };

struct desk {
    struct desk_job {
        int64_t id; /* 0: none is open */
        char *what;
        int64_t done, total;
    } jobs[DESK_KINDS];
    int64_t (*new_id)(void *data);
    void (*report)(void *data, struct job_report *report_take);
    double (*seconds)(void);
    void *data;
};

/* A job of the kind is at `done` of `total`. One with another name that was open is dropped: something newer was wanted. */
void desk_work(struct desk *d, enum desk_kind kind, const char *what, int64_t done, int64_t total);
void desk_work_as(struct desk *d, enum desk_kind kind, int64_t id,
                  const char *what); /* it had an id before */

/* The open job of the kind ends so; nothing if none is open. note may be NULL. */
void desk_close(struct desk *d, enum desk_kind kind, enum job_state state, const char *note);

/* Which kind has the job open; DESK_KINDS: none. */
enum desk_kind desk_find(const struct desk *d, int64_t id);
void desk_release(struct desk *d);

#endif
