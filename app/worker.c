/* worker: see worker.h. What the session does is duties.c's business. */
#include "app/worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/pool.h"
#include "engine/base/mem.h"

enum { CANCEL_NONE = -1 }; /* else CANCEL_ALL or the number of a job */

struct worker {
    struct gate *gate; /* guards from here ... */
    struct request *requests;
    size_t n_requests, requests_capacity;
    struct news *news;
    size_t n_news, news_capacity;
    bool quit, frozen, busy, stoppable, ready; /* ready: the session is open */
    int64_t cancel, last_job;
    struct own_files own; /* the session's, for those who write files elsewhere */
    /* ... to here */
    int wake;
    struct pool *pool;
    struct thread *thread;
    struct options options;
    char *path;
    /* the worker's thread alone: */
    struct session session;
    bool open;
    struct duties duties;
    char *farewell;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the terminal's side ---- */

/* Newer wishes of these kinds make older ones pointless. */
static bool replaces(enum request_kind kind)
{
    return kind == REQUEST_FIT || kind == REQUEST_PREVIEW || kind == REQUEST_NEURON ||
           kind == REQUEST_LAYER || kind == REQUEST_DIFF;
}

static void tell_locked(struct worker *w, struct news n)
{
    w->news = mem_grow(w->news, w->n_news, &w->news_capacity, sizeof *w->news);
    w->news[w->n_news++] = n;
    ssize_t ignored = write(w->wake, "n", 1); /* a full pipe wakes as well */
    (void)ignored;
}

static void remove_request(struct worker *w, size_t i)
{
    free(w->requests[i].line);
    memmove(&w->requests[i], &w->requests[i + 1], (w->n_requests - i - 1) * sizeof *w->requests);
    w->n_requests--;
}

static void tell_waiting(struct worker *w, const struct request *r, enum job_state state)
{
    tell_locked(
        w, (struct news){.kind = NEWS_JOB,
                         .report = {.id = r->job, .state = state, .what = mem_text(r->line), .brief = true}});
}

void worker_post(struct worker *w, enum request_kind kind, const char *line)
{
    gate_lock(w->gate);
    for (size_t i = 0; replaces(kind) && i < w->n_requests; i++)
        if (w->requests[i].kind == kind) {
            remove_request(w, i);
            break;
        }
    w->requests = mem_grow(w->requests, w->n_requests, &w->requests_capacity, sizeof *w->requests);
    struct request *r = &w->requests[w->n_requests++];
    *r = (struct request){.kind = kind, .line = mem_text(line ? line : "")};
    if (kind == REQUEST_COMMAND) {
        r->job = ++w->last_job;
        tell_waiting(w, r, JOB_QUEUED);
    }
    if (w->busy && w->stoppable)
        pool_stop(
            w->pool); /* a measuring step, which is taken up again; requests are not stopped by newer ones */
    gate_signal(w->gate);
    gate_unlock(w->gate);
}

void worker_cancel(struct worker *w, int64_t job)
{
    gate_lock(w->gate);
    for (size_t i = w->n_requests; i-- > 0;)
        if (w->requests[i].kind == REQUEST_COMMAND && (job == CANCEL_ALL || w->requests[i].job == job)) {
            tell_waiting(w, &w->requests[i], JOB_CANCELLED);
            remove_request(w, i);
        }
    w->cancel = job;
    pool_stop(w->pool);
    gate_signal(w->gate);
    gate_unlock(w->gate);
}

void worker_freeze(struct worker *w, bool on)
{
    gate_lock(w->gate);
    w->frozen = on;
    gate_signal(w->gate);
    gate_unlock(w->gate);
}

bool worker_take(struct worker *w, struct news *out)
{
    gate_lock(w->gate);
    bool any = w->n_news > 0;
    if (any) {
        *out = w->news[0];
        memmove(&w->news[0], &w->news[1], (w->n_news - 1) * sizeof *w->news);
        w->n_news--;
    }
    gate_unlock(w->gate);
    return any;
}

bool worker_idle(struct worker *w)
{
    gate_lock(w->gate);
    bool idle = w->ready && !w->busy && w->n_requests == 0 && w->n_news == 0;
    gate_unlock(w->gate);
    return idle;
}

void worker_own(struct worker *w, struct own_files *out)
{
    gate_lock(w->gate);
    own_files_copy(&w->own, out);
    gate_unlock(w->gate);
}

/* ---- the worker's side ---- */

/* Own files come with steps; none goes. */
static void publish_own(struct worker *w)
{
    const struct own_files *own = outfile_own(&w->session);
    gate_lock(w->gate);
    if (own->n != w->own.n)
        own_files_copy(own, &w->own);
    gate_unlock(w->gate);
}

static void tell(void *data, struct news *news_take)
{
    struct worker *w = data;
    gate_lock(w->gate);
    tell_locked(w, *news_take);
    gate_unlock(w->gate);
}

static int64_t new_job(void *data)
{
    struct worker *w = data;
    gate_lock(w->gate);
    int64_t id = ++w->last_job;
    gate_unlock(w->gate);
    return id;
}

/* The next request, or false. */
static bool next_request(struct worker *w, struct request *out)
{
    bool any = w->n_requests > 0;
    if (any) {
        *out = w->requests[0];
        memmove(&w->requests[0], &w->requests[1], (w->n_requests - 1) * sizeof *w->requests);
        w->n_requests--;
    }
    return any;
}

/* One round: a request, else one step of work, else wait. */
static void work_once(struct worker *w)
{
    struct request r;
    int64_t cancel = w->cancel;
    bool measure = !w->frozen, any = next_request(w, &r);
    w->cancel = CANCEL_NONE;
    w->busy = true;
    w->stoppable = !any;
    pool_go(w->pool);
    gate_unlock(w->gate);
    if (cancel != CANCEL_NONE)
        duties_cancel(&w->duties, cancel);
    if (any) {
        duties_do(&w->duties, &r);
        publish_own(w);
        free(r.line);
    }
    bool worked = any || duties_step(&w->duties, measure);
    gate_lock(w->gate);
    w->busy = false;
    if (!worked && w->n_requests == 0 && w->cancel == CANCEL_NONE && !w->quit) {
        ssize_t ignored = write(w->wake, "i", 1); /* idle is news, too */
        (void)ignored;
        gate_wait(w->gate);
    }
}

static void work(void *data)
{
    struct worker *w = data;
    const struct options *o = &w->options;
    const struct session_options so = {.path = w->path,
                                       .readonly = o->readonly,
                                       .look = o->look,
                                       .kernels = o->kernels,
                                       .memory = o->memory,
                                       .seed = (uint64_t)o->seed};
    struct err e = {0};
    w->open = session_open(&w->session, &so, pool_runner(w->pool), seconds, &e);
    duties_init(&w->duties, &w->session, tell, new_job, w);
    if (w->open) {
        publish_own(w);
        duties_show_head(&w->duties);
    } else {
        struct news failed = {
            .kind = NEWS_FAILED, .request = REQUEST_COMMAND, .line = mem_text("session"), .err = e};
        tell(w, &failed);
    }
    gate_lock(w->gate);
    w->ready = true;
    while (!w->quit && w->open)
        work_once(w);
    gate_unlock(w->gate);
    duties_release(&w->duties);
    w->farewell = session_farewell(&w->session);
    session_close(&w->session);
}

struct worker *worker_new(const struct options *o, const char *session_path, int wake, const char *first,
                          const char *second)
{
    struct worker *w = mem_zero(1, sizeof *w);
    w->gate = gate_new();
    w->pool = pool_new((int)o->threads);
    w->options = *o;
    w->path = mem_text(session_path);
    w->wake = wake;
    w->cancel = CANCEL_NONE;
    if (first)
        worker_post(w, REQUEST_COMMAND, first);
    if (second)
        worker_post(w, REQUEST_COMMAND, second);
    w->thread = thread_start(work, w);
    return w;
}

char *worker_end(struct worker *w)
{
    char *farewell;
    gate_lock(w->gate);
    w->quit = true;
    pool_stop(w->pool);
    gate_signal(w->gate);
    gate_unlock(w->gate);
    if (w->thread)
        thread_join_free(w->thread);
    farewell = w->farewell;
    for (size_t i = 0; i < w->n_requests; i++)
        free(w->requests[i].line);
    for (size_t i = 0; i < w->n_news; i++)
        news_release(&w->news[i]);
    free(w->requests);
    free(w->news);
    free(w->path);
    own_files_release(&w->own);
    pool_free(w->pool);
    gate_free(w->gate);
    free(w);
    return farewell;
}
