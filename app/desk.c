/* desk: see desk.h. */
#include "app/desk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

static void report(struct desk *d, enum desk_kind kind, enum job_state state, const char *note)
{
    const struct desk_job *j = &d->jobs[kind];
    struct job_report r = {.id = j->id,
                           .state = state,
                           .what = mem_text(j->what),
                           .note = mem_text(note),
                           .done = j->done,
                           .total = j->total,
                           .at = d->seconds(),
                           .brief = kind != DESK_SWEEP,
                           .quiet = kind != DESK_SWEEP && kind != DESK_COMMAND};
    d->report(d->data, &r);
}

void desk_work_as(struct desk *d, enum desk_kind kind, int64_t id, const char *what)
{
    desk_close(d, kind, JOB_DROPPED, "superseded");
    d->jobs[kind] = (struct desk_job){.id = id, .what = mem_text(what)};
    report(d, kind, JOB_RUNNING, NULL);
}

void desk_work(struct desk *d, enum desk_kind kind, const char *what, int64_t done, int64_t total)
{
    struct desk_job *j = &d->jobs[kind];
    if (j->id == 0 || strcmp(j->what, what) != 0)
        desk_work_as(d, kind, d->new_id(d->data), what);
    j->done = done;
    j->total = total;
    report(d, kind, JOB_RUNNING, NULL);
}

void desk_close(struct desk *d, enum desk_kind kind, enum job_state state, const char *note)
{
    struct desk_job *j = &d->jobs[kind];
    if (j->id == 0)
        return;
    report(d, kind, state, note);
    free(j->what);
    *j = (struct desk_job){0};
}

enum desk_kind desk_find(const struct desk *d, int64_t id)
{
    int kind = 0;
    while (kind < DESK_KINDS && (id == 0 || d->jobs[kind].id != id))
        kind++;
    return (enum desk_kind)kind;
}

void desk_release(struct desk *d)
{
    for (int kind = 0; kind < DESK_KINDS; kind++)
        free(d->jobs[kind].what);
    *d = (struct desk){0};
}
