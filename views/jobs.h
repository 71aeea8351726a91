/* jobs: what is it doing now, and can I stop it? */
#ifndef PODA_VIEWS_JOBS_H
#define PODA_VIEWS_JOBS_H

#include <stdint.h>

#include "views/amount.h"
#include "views/surface.h"

enum job_state {
    JOB_QUEUED,
    JOB_RUNNING,
    JOB_PAUSED,
    JOB_DONE,
    JOB_DROPPED,
    JOB_CANCELLED,
    JOB_FAILED,
    JOB_STATES
};

struct job_row {
    int64_t id;
    const char *what;
    enum job_state state;
    int64_t done, total;      /* total 0: not known */
    struct amount took, left; /* seconds */
    const char *note;         /* why it was dropped or failed; NULL */
};

struct jobs_scene {
    const struct job_row *rows;
    size_t count, selected;
    const char *detail_title;   /* "Job 44: sweep wanda"; NULL: none */
    const char *const *details; /* lines */
    size_t detail_count;
    const struct fact *facts; /* memory, frame times, cancel latency */
    size_t fact_count;
};

void jobs_draw(const struct jobs_scene *j, struct surface *s, struct rect r, const struct look *look);

#endif
