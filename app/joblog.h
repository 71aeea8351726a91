/* joblog: what the session's thread does and did, as the jobs screen lists it: fed by reports, asked by scenes. No threads and no
 * clock here: reports carry their time. */
#ifndef PODA_APP_JOBLOG_H
#define PODA_APP_JOBLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "views/jobs.h"

/* Something about one job: its first report makes it known, a later one replaces what was known. */
struct job_report {
    int64_t id; /* from 1, rising */
    enum job_state state;
    char *what;          /* NULL: as before */
    char *note;          /* why it was dropped or failed; NULL: none */
    int64_t done, total; /* units of work; total 0: not known */
    double at;           /* seconds on a clock that only rises */
    bool brief;          /* when done within a moment it leaves the list: nobody waited for it */
    bool quiet;          /* not for the status line: numbers that fill in tell of it themselves */
};

enum { JOB_MARKS = 32 };

struct job {
    int64_t id;
    enum job_state state;
    char *what, *note;
    int64_t done, total;
    double started, now; /* began to run; latest report. NaN: not yet */
    bool quiet;
    struct job_mark {
        double at;
        int64_t done;
    } marks[JOB_MARKS]; /* the last reports while running, oldest first */
    int n_marks;
};

enum { JOBS_KEPT = 200 };

struct job_log {
    struct job *jobs; /* what runs first, then what waits, then the newest that ended */
    size_t n, capacity;
};

void job_log_take(struct job_log *l, const struct job_report *r);
void job_log_clear(struct job_log *l); /* forget what has ended */
void job_log_release(struct job_log *l);

/* The job that runs and began last, one that is not quiet first; NULL: none. */
const struct job *job_log_running(const struct job_log *l);

/* The one that runs and whose name begins so; NULL: none. */
const struct job *job_log_named(const struct job_log *l, const char *begin);

double job_took(const struct job *j); /* seconds; NaN before it ran */

/* Seconds that the rest takes at the pace of the last two seconds; NaN while that pace is not known (fewer than three reports, or
 * none of half a second ago) or nothing is left. */
double job_left(const struct job *j);

bool job_ended(const struct job *j);
void job_report_release(struct job_report *r);

#endif
