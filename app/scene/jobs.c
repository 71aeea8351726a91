/* jobs: the scene of what runs, waits and ended, and of what the program measures of itself. */
#include "views/jobs.h"

#include <math.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"

enum { DETAILS = 4 };

static void fill_rows(const struct ui *u, struct scratch *memory, struct jobs_scene *j)
{
    struct job_row *rows = scratch_take(memory, u->jobs.n, sizeof *rows);
    for (size_t i = 0; i < u->jobs.n; i++) {
        const struct job *job = &u->jobs.jobs[i];
        rows[i] = (struct job_row){.id = job->id,
                                   .what = job->what ? job->what : "?",
                                   .state = job->state,
                                   .done = job->done,
                                   .total = job->total,
                                   .took = seconds_amount(job_took(job)),
                                   .left = seconds_amount(job_left(job)),
                                   .note = job->note};
    }
    j->rows = rows;
    j->count = u->jobs.n;
}

/* "0% 98.8   50% 98.7": the points that the curve of this name has so far; NULL: none. */
static char *points_text(const struct ui *u, struct scratch *memory, const char *name)
{
    struct buf text = {0};
    for (int i = 0; i < u->board.n_curves; i++) {
        const struct json *c = u->board.curves[i];
        const char *words[] = {text_of(c, "criterion", "?"), text_of(c, "structure", "?"),
                               text_of(c, "scope", "?")};
        bool same = true;
        for (int k = 0; k < 3; k++)
            same &= strstr(name, words[k]) != NULL;
        const struct json *p = same ? json_first(json_get(c, "points")) : NULL;
        for (; p; p = json_next(p))
            if (json_is_number(json_get(p, "accuracy")))
                buf_printf(&text, "%s%.0f%% %.1f",
                           text.len ? "   " : "accuracy so far: ", 100 * number_of(p, "amount"),
                           100 * number_of(p, "accuracy"));
    }
    return text.len ? scratch_buf(memory, &text) : NULL;
}

static void fill_detail(const struct ui *u, struct scratch *memory, struct jobs_scene *j)
{
    const struct job *job = &u->jobs.jobs[j->selected];
    const char **lines = scratch_take(memory, DETAILS, sizeof *lines);
    const char *points = job->what ? points_text(u, memory, job->what) : NULL;
    size_t n = 0;
    j->detail_title = scratch_printf(memory, "Job %lld: %s", (long long)job->id, job->what ? job->what : "?");
    if (job->note)
        lines[n++] = job->note;
    if (points && strncmp(job->what, "curve", 5) == 0)
        lines[n++] = points;
    if (job->state == JOB_RUNNING)
        lines[n++] = "If you leave now, every step and every finished measurement is saved.";
    if (n == 0)
        lines[n++] =
            job->state == JOB_DONE ? "Finished." : "Waits until what was asked for before it is done.";
    j->details = lines;
    j->detail_count = n;
}

static void add_times(struct fact_list *list, struct scratch *memory, const char *label,
                      const struct times *t)
{
    if (t->n == 0)
        return;
    struct fact *f = fact_add(list, memory, label, amount_seconds(times_quantile(t, 0.5)));
    f->note = scratch_printf(memory, "median of %zu, worst %.0f ms", t->n, 1e3 * times_quantile(t, 1));
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    struct jobs_scene *j = scratch_take(memory, 1, sizeof *j);
    struct fact_list facts = {0};
    fill_rows(u, memory, j);
    j->selected = (size_t)clamp_to((int64_t)u->job, (int64_t)j->count);
    if (j->count)
        fill_detail(u, memory, j);
    add_times(&facts, memory, "key to frame", &u->pulse.frames);
    add_times(&facts, memory, "cancel to rest", &u->pulse.cancels);
    add_times(&facts, memory, "start to numbers", &u->pulse.first);
    if (u->pulse.peak_memory)
        fact_add(&facts, memory, "memory at most", amount_bytes((double)u->pulse.peak_memory));
    j->facts = facts.rows;
    j->fact_count = facts.n;
    return j;
}

static void move(struct ui *u, int64_t by)
{
    u->job = step_to(u, u->job, by, u->jobs.n, "job");
}

void jobs_cancel(struct ui *u, const char *arg)
{
    (void)arg;
    const struct job *job = u->job < u->jobs.n ? &u->jobs.jobs[u->job] : NULL;
    if (!job || job_ended(job)) {
        ui_say(u, NOTICE_INFO, job ? "this job has ended already" : "there is no job to cancel");
        return;
    }
    u->port.cancel(u->port.data, job->id);
    ui_say(u, NOTICE_INFO, "job %lld is stopped; what was measured is kept", (long long)job->id);
}

void jobs_cancel_all(struct ui *u, const char *arg)
{
    (void)arg;
    bool any = u->jobs.n > 0 && !job_ended(&u->jobs.jobs[0]);
    if (any)
        u->port.cancel(u->port.data, 0);
    ui_say(u, NOTICE_INFO,
           any ? "everything is stopped; what was measured is kept" : "nothing runs or waits");
}

void jobs_clear(struct ui *u, const char *arg)
{
    (void)arg;
    size_t before = u->jobs.n;
    job_log_clear(&u->jobs);
    move(u, 0);
    if (u->jobs.n == before)
        ui_say(u, NOTICE_INFO, "no job has ended yet");
}

const struct screen screen_jobs = {
    .view = VIEW_JOBS,
    .scene = build,
    .move = move,
    .see =
        "What runs, what waits and what ended: commands, evaluations of the step where you stand and of the "
        "draft, sweeps, with progress, the time they took and why one failed or was dropped.",
    .how = "Time left follows from the pace of the last two seconds and is hidden until there is one. "
           "Evaluations that took less than a tenth of a second leave the list. key to frame: from reading a "
           "key to the frame that answers it; cancel to rest: until the stopped job had let go.",
    .careful = "Only the newest evaluation counts: a draft that moved on drops the one before it. A stopped "
               "evaluation goes on when the next command or draft is asked for."};
