/* joblog: see joblog.h. */
#include "app/joblog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

static const double a_moment = 0.1, pace_over = 2.0, pace_least = 0.5;

static int order_of(const struct job *j)
{
    return j->state == JOB_RUNNING ? 0 : j->state == JOB_QUEUED ? 1 : 2;
}

bool job_ended(const struct job *j)
{
    return order_of(j) == 2;
}

static int in_list_order(const void *a, const void *b)
{
    const struct job *x = a, *y = b;
    if (order_of(x) != order_of(y))
        return order_of(x) - order_of(y);
    int newest_first = (x->id < y->id) - (x->id > y->id);
    return job_ended(x) ? newest_first : -newest_first;
}

static void drop(struct job_log *l, size_t i)
{
    free(l->jobs[i].what);
    free(l->jobs[i].note);
    memmove(&l->jobs[i], &l->jobs[i + 1], (l->n - i - 1) * sizeof *l->jobs);
    l->n--;
}

static size_t find(struct job_log *l, int64_t id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->jobs[i].id == id)
            return i;
    l->jobs = mem_grow(l->jobs, l->n, &l->capacity, sizeof *l->jobs);
    l->jobs[l->n] = (struct job){.id = id, .started = NAN, .now = NAN};
    return l->n++;
}

static void mark(struct job *j, double at)
{
    if (j->n_marks == JOB_MARKS) {
        memmove(j->marks, j->marks + 1, (JOB_MARKS - 1) * sizeof *j->marks);
        j->n_marks--;
    }
    j->marks[j->n_marks++] = (struct job_mark){at, j->done};
}

static void update(struct job *j, const struct job_report *r)
{
    if (r->what) {
        free(j->what);
        j->what = mem_text(r->what);
    }
    free(j->note);
    j->note = mem_text(r->note);
    j->state = r->state;
    j->quiet = r->quiet;
    j->done = r->done;
    j->total = r->total;
    if (r->state == JOB_QUEUED)
        return;
    if (isnan(j->started) && r->state == JOB_RUNNING)
        j->started = r->at;
    j->now = r->at;
    mark(j, r->at);
}

void job_log_take(struct job_log *l, const struct job_report *r)
{
    size_t i = find(l, r->id);
    update(&l->jobs[i], r);
    if (r->brief && r->state == JOB_DONE && !(job_took(&l->jobs[i]) >= a_moment))
        drop(l, i);
    qsort(l->jobs, l->n, sizeof *l->jobs, in_list_order);
    if (l->n > JOBS_KEPT && job_ended(&l->jobs[l->n - 1]))
        drop(l, l->n - 1);
}

void job_log_clear(struct job_log *l)
{
    while (l->n > 0 && job_ended(&l->jobs[l->n - 1]))
        drop(l, l->n - 1);
}

void job_log_release(struct job_log *l)
{
    while (l->n > 0)
        drop(l, l->n - 1);
    free(l->jobs);
    *l = (struct job_log){0};
}

const struct job *job_log_running(const struct job_log *l)
{
    const struct job *last = NULL;
    for (size_t i = 0; i < l->n && l->jobs[i].state == JOB_RUNNING; i++)
        if (!last || last->quiet || !l->jobs[i].quiet)
            last = &l->jobs[i];
    return last;
}

const struct job *job_log_named(const struct job_log *l, const char *begin)
{
    for (size_t i = 0; i < l->n && l->jobs[i].state == JOB_RUNNING; i++)
        if (l->jobs[i].what && strncmp(l->jobs[i].what, begin, strlen(begin)) == 0)
            return &l->jobs[i];
    return NULL;
}

double job_took(const struct job *j)
{
    return j->now - j->started;
}

double job_left(const struct job *j)
{
    int first = j->n_marks - 1;
    if (j->state != JOB_RUNNING || j->n_marks < 3 || j->total <= j->done)
        return NAN;
    while (first > 0 && j->now - j->marks[first - 1].at <= pace_over)
        first--;
    double span = j->now - j->marks[first].at;
    double work = (double)(j->done - j->marks[first].done);
    if (span < pace_least || work <= 0)
        return NAN;
    return (double)(j->total - j->done) * span / work;
}

void job_report_release(struct job_report *r)
{
    free(r->what);
    free(r->note);
    *r = (struct job_report){0};
}
