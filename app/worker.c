/* worker: see worker.h. What results look like is facts.c's business. */
#include "app/worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/cmd/cmd.h"
#include "app/desk.h"
#include "app/facts.h"
#include "app/pool.h"
#include "app/sweep.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

struct request {
    enum request_kind kind;
    int64_t job; /* of commands: its number in the list of jobs */
    char *line;
};

enum { CANCEL_NONE = -1, CANCEL_ALL = 0 }; /* else the number of a job */

struct worker {
    struct gate *gate; /* guards from here ... */
    struct request *requests;
    size_t n_requests, requests_capacity;
    struct news *news;
    size_t n_news, news_capacity;
    bool quit, frozen, busy, stoppable, ready; /* ready: the session is open */
    int64_t cancel, last_job;
    /* ... to here */
    int wake;
    struct pool *pool;
    struct thread *thread;
    struct options options;
    char *path;
    /* the worker's thread alone: */
    struct session session;
    bool open;
    struct desk desk; /* the jobs that are open */
    bool held[2];     /* measuring of the head, of the draft was stopped: until something new is asked for */
    struct sweep *sweep; /* a curve under way; NULL */
    char *activity;      /* a neuron whose activity is still to be measured; NULL */
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
    return kind == REQUEST_PREVIEW || kind == REQUEST_NEURON;
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

void news_release(struct news *n)
{
    json_free(n->json);
    job_report_release(&n->report);
    free(n->line);
    free(n->text);
    err_release(&n->err);
    *n = (struct news){0};
}

/* ---- the worker's side ---- */

static void tell(struct worker *w, struct news n)
{
    gate_lock(w->gate);
    tell_locked(w, n);
    gate_unlock(w->gate);
}

static void tell_board(void *data, enum board_item item, struct json *result_take)
{
    tell(data, (struct news){.kind = NEWS_BOARD, .item = item, .json = result_take});
}

static void tell_job(void *data, struct job_report *report_take)
{
    tell(data, (struct news){.kind = NEWS_JOB, .report = *report_take});
}

static int64_t new_job(void *data)
{
    struct worker *w = data;
    gate_lock(w->gate);
    int64_t id = ++w->last_job;
    gate_unlock(w->gate);
    return id;
}

static void tell_failure(struct worker *w, const struct request *r, struct err *e_take)
{
    tell(w,
         (struct news){.kind = NEWS_FAILED, .request = r->kind, .line = mem_text(r->line), .err = *e_take});
}

static char *said(const struct answer *a)
{
    struct words words;
    struct buf text = {0};
    if (words_parse(buf_text(&a->canonical), &words, NULL)) {
        const struct command *c = cmd_find(words.verb);
        if (c && c->say)
            c->say(a->result, &text);
        words_release(&words);
    }
    return buf_take(&text);
}

/* Which board item a query's answer also is. */
static bool board_of(const char *verb, enum board_item *item)
{
    static const struct {
        const char *verb;
        enum board_item item;
    } rows[] = {
        {"data", BOARD_DATA}, {"layers", BOARD_LAYERS}, {"neuron", BOARD_NEURON}, {"history", BOARD_HISTORY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].verb, verb) == 0) {
            *item = rows[i].item;
            return true;
        }
    return false;
}

/* A job that could not be done: stopped on purpose, or why not. */
static void close_failed(struct worker *w, enum desk_kind kind, const struct err *e)
{
    struct buf why = {0};
    if (e->code == ERR_CANCELLED) {
        desk_close(&w->desk, kind, JOB_CANCELLED, "stopped; what was measured is kept");
        return;
    }
    buf_printf(&why, "%s%s%s", e->message, e->hint ? ". " : "", e->hint ? e->hint : "");
    desk_close(&w->desk, kind, JOB_FAILED, buf_text(&why));
    buf_release(&why);
}

/* The answer on the board, where it belongs there; whether the head may have moved. */
static bool show_answer(struct worker *w, const struct answer *a)
{
    enum board_item item;
    struct words words;
    bool moved = false;
    if (!words_parse(buf_text(&a->canonical), &words, NULL))
        return false;
    const struct command *c = words.verb ? cmd_find(words.verb) : NULL;
    if (c && board_of(c->name, &item) && a->result)
        tell_board(w, item, json_copy(a->result));
    else if (c && strcmp(c->name, "curve") == 0)
        tell(w, (struct news){.kind = NEWS_CURVE, .json = json_copy(a->result)});
    moved = c && c->kind != COMMAND_QUERY;
    words_release(&words);
    return moved;
}

/* A typed curve on its way: its points so far. */
static void show_partial(void *data, struct json *result_take)
{
    struct worker *w = data;
    struct desk_job *j = &w->desk.jobs[DESK_COMMAND];
    int64_t done = (int64_t)json_count(json_get(result_take, "points"));
    desk_work(&w->desk, DESK_COMMAND, j->what, done, (int64_t)json_num(json_get(result_take, "wanted"), 0));
    tell(w, (struct news){.kind = NEWS_CURVE, .json = result_take});
}

static void run_command(struct worker *w, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    desk_work_as(&w->desk, DESK_COMMAND, r->job, r->line);
    w->session.partial = show_partial;
    bool ok = cmd_run(&w->session, r->line, &a, &e);
    w->session.partial = NULL;
    if (!ok) {
        close_failed(w, DESK_COMMAND, &e);
        tell_failure(w, r, &e);
        return;
    }
    if (show_answer(w, &a)) {
        desk_close(&w->desk, DESK_HEAD, JOB_DROPPED, "superseded: the model was changed");
        facts_head(&w->session, tell_board, w);
    }
    desk_close(&w->desk, DESK_COMMAND, JOB_DONE, NULL);
    if (a.result)
        tell(w, (struct news){.kind = NEWS_ANSWER,
                              .request = r->kind,
                              .line = mem_text(r->line),
                              .text = said(&a),
                              .json = json_copy(a.result)});
    answer_release(&a);
}

static void run_preview(struct worker *w, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    w->session.preview = true;
    bool ok = cmd_run(&w->session, r->line, &a, &e);
    w->session.preview = false;
    if (!ok) {
        tell_failure(w, r, &e);
        return;
    }
    json_put_text(a.result, "command", buf_text(&a.canonical));
    desk_close(&w->desk, DESK_DRAFT, JOB_DROPPED, "superseded by a newer draft");
    tell_board(w, BOARD_DRAFT, json_copy(a.result));
    answer_release(&a);
    facts_draft(&w->session, tell_board, w);
}

/* The wiring at once; what the unit does on records follows when nothing else is asked for. */
static void run_neuron(struct worker *w, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    struct buf quick = {0};
    buf_printf(&quick, "%s activity=no", r->line);
    if (cmd_run(&w->session, buf_text(&quick), &a, &e)) {
        tell_board(w, BOARD_NEURON, json_copy(a.result));
        answer_release(&a);
        free(w->activity);
        w->activity = mem_text(r->line);
    } else {
        tell_failure(w, r, &e);
    }
    buf_release(&quick);
}

static bool activity_step(struct worker *w)
{
    struct answer a;
    struct err e = {0};
    if (!w->activity)
        return false;
    desk_work(&w->desk, DESK_ACTIVITY, w->activity, 0, 0);
    bool ok = cmd_run(&w->session, w->activity, &a, &e);
    if (ok) {
        tell_board(w, BOARD_NEURON, json_copy(a.result));
        answer_release(&a);
    }
    if (ok)
        desk_close(&w->desk, DESK_ACTIVITY, JOB_DONE, NULL);
    else if (e.code != ERR_CANCELLED)
        close_failed(w, DESK_ACTIVITY, &e);
    if (ok || e.code != ERR_CANCELLED) {
        free(w->activity);
        w->activity = NULL;
    }
    err_release(&e);
    return true;
}

static void run_request(struct worker *w, const struct request *r)
{
    if (r->kind == REQUEST_COMMAND)
        run_command(w, r);
    else if (r->kind == REQUEST_PREVIEW)
        run_preview(w, r);
    else if (r->kind == REQUEST_NEURON)
        run_neuron(w, r);
    else if (r->kind == REQUEST_UNDRAFT) {
        desk_close(&w->desk, DESK_DRAFT, JOB_DROPPED, "the draft was given up");
        session_drop_draft(&w->session);
    } else if (r->kind == REQUEST_CURVE) {
        sweep_free(w->sweep);
        w->sweep = sweep_new(r->line);
    }
    if (r->kind != REQUEST_NEURON)
        w->held[false] = w->held[true] = false;
}

/* "evaluate #5 on test", "evaluate draft prune 0.8 on test" */
static char *measuring(struct worker *w, bool draft)
{
    struct buf name = {0};
    const struct state *at = draft ? w->session.draft : w->session.state;
    buf_printf(&name, "evaluate #%lld", (long long)store_head(w->session.store));
    if (draft) {
        char hash[HASH_HEX];
        mask_hash(at->mask, hash);
        buf_printf(&name, " with the draft %.6s", hash);
    }
    buf_printf(&name, " on %s", split_names[dataset_live_split(at->data->set)]);
    return buf_take(&name);
}

/* One short step of what is wanted but not asked for; false if there is nothing. */
static bool measure_step(struct worker *w, bool draft)
{
    struct err e = {0};
    enum desk_kind kind = draft ? DESK_DRAFT : DESK_HEAD;
    bool more = false;
    int64_t total;
    if (w->held[draft] || !facts_wanted(&w->session, draft))
        return false;
    char *name = measuring(w, draft);
    int64_t known = facts_measured(&w->session, draft, &total);
    desk_work(&w->desk, kind, name, known, total);
    bool ok = facts_measure(&w->session, draft, tell_board, w, &more, &e);
    bool stuck = e.code != ERR_NONE && e.code != ERR_CANCELLED;
    known = facts_measured(&w->session, draft, &total);
    desk_work(&w->desk, kind, name, known, total);
    if (ok && !more)
        desk_close(&w->desk, kind, JOB_DONE, "exact");
    free(name);
    if (stuck) {
        close_failed(w, kind, &e);
        tell_failure(w, &(const struct request){.line = (char *)(uintptr_t) "eval"}, &e);
        w->held[draft] = true;
    } else {
        err_release(&e);
    }
    return !stuck;
}

static bool sweep_step_once(struct worker *w)
{
    struct err e = {0};
    if (!w->sweep)
        return false;
    desk_work(&w->desk, DESK_SWEEP, sweep_name(w->sweep), sweep_done(w->sweep), sweep_total(w->sweep));
    bool ok = sweep_step(w->sweep, &w->session, &e);
    if (ok)
        tell(w, (struct news){.kind = NEWS_CURVE, .json = sweep_result(w->sweep)});
    bool over = ok && sweep_done(w->sweep) == sweep_total(w->sweep);
    bool failed = e.code != ERR_NONE && e.code != ERR_CANCELLED;
    if (over) {
        desk_work(&w->desk, DESK_SWEEP, sweep_name(w->sweep), sweep_done(w->sweep), sweep_total(w->sweep));
        desk_close(&w->desk, DESK_SWEEP, JOB_DONE, "exact");
    }
    if (failed) {
        close_failed(w, DESK_SWEEP, &e);
        tell_failure(w, &(const struct request){.kind = REQUEST_CURVE, .line = (char *)(uintptr_t) "curve"},
                     &e);
    }
    err_release(&e);
    if (over || failed) {
        sweep_free(w->sweep);
        w->sweep = NULL;
    }
    return true;
}

/* ---- cancelling ---- */

static void stop_kind(struct worker *w, enum desk_kind kind)
{
    if (kind == DESK_SWEEP) {
        sweep_free(w->sweep);
        w->sweep = NULL;
    } else if (kind == DESK_ACTIVITY) {
        free(w->activity);
        w->activity = NULL;
    } else if (kind == DESK_HEAD || kind == DESK_DRAFT) {
        w->held[kind == DESK_DRAFT] = true;
    }
    desk_close(&w->desk, kind, JOB_CANCELLED, "stopped; what was measured is kept");
}

static void obey_cancel(struct worker *w, int64_t job)
{
    if (job == CANCEL_NONE)
        return;
    enum desk_kind only = job == CANCEL_ALL ? DESK_KINDS : desk_find(&w->desk, job);
    for (int kind = 0; kind < DESK_KINDS; kind++)
        if (job == CANCEL_ALL || kind == (int)only)
            stop_kind(w, (enum desk_kind)kind);
    tell(w, (struct news){.kind = NEWS_STOPPED});
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
    bool worked = any;
    obey_cancel(w, cancel);
    if (any) {
        run_request(w, &r);
        free(r.line);
    } else if (w->open) {
        worked = (measure && (measure_step(w, true) || activity_step(w) || measure_step(w, false))) ||
                 sweep_step_once(w);
    }
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
    w->session.partial_data = w;
    if (w->open)
        facts_head(&w->session, tell_board, w);
    else
        tell(w, (struct news){
                    .kind = NEWS_FAILED, .request = REQUEST_COMMAND, .line = mem_text("session"), .err = e});
    gate_lock(w->gate);
    w->ready = true;
    while (!w->quit && w->open)
        work_once(w);
    gate_unlock(w->gate);
    sweep_free(w->sweep);
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
    w->desk = (struct desk){.new_id = new_job, .report = tell_job, .seconds = seconds, .data = w};
    if (first)
        worker_post(w, REQUEST_COMMAND, first);
    if (second)
        worker_post(w, REQUEST_COMMAND, second);
    w->thread = thread_start(work, w);
    return w;
}

void worker_free(struct worker *w)
{
    gate_lock(w->gate);
    w->quit = true;
    pool_stop(w->pool);
    gate_signal(w->gate);
    gate_unlock(w->gate);
    if (w->thread)
        thread_join_free(w->thread);
    for (size_t i = 0; i < w->n_requests; i++)
        free(w->requests[i].line);
    for (size_t i = 0; i < w->n_news; i++)
        news_release(&w->news[i]);
    free(w->requests);
    free(w->news);
    free(w->path);
    free(w->activity);
    desk_release(&w->desk);
    pool_free(w->pool);
    gate_free(w->gate);
    free(w);
}
