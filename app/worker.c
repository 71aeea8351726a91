/* worker: see worker.h. What results look like is facts.c's business. */
#include "app/worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/cmd/cmd.h"
#include "app/facts.h"
#include "app/pool.h"
#include "app/sweep.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

struct request {
    enum request_kind kind;
    char *line;
};

struct worker {
    struct gate *gate; /* guards from here ... */
    struct request *requests;
    size_t n_requests, requests_capacity;
    struct news *news;
    size_t n_news, news_capacity;
    bool quit, frozen, busy, stoppable, drop_sweep, ready; /* ready: the session is open */
    /* ... to here */
    int wake;
    struct pool *pool;
    struct thread *thread;
    struct options options;
    char *path;
    /* the worker's thread alone: */
    struct session session;
    bool open;
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
    return kind == REQUEST_PREVIEW || kind == REQUEST_NEURON || kind == REQUEST_DIFF;
}

void worker_post(struct worker *w, enum request_kind kind, const char *line)
{
    gate_lock(w->gate);
    for (size_t i = 0; replaces(kind) && i < w->n_requests; i++)
        if (w->requests[i].kind == kind) {
            free(w->requests[i].line);
            memmove(&w->requests[i], &w->requests[i + 1], (w->n_requests - i - 1) * sizeof *w->requests);
            w->n_requests--;
            break;
        }
    w->requests = mem_grow(w->requests, w->n_requests, &w->requests_capacity, sizeof *w->requests);
    w->requests[w->n_requests++] = (struct request){kind, mem_text(line ? line : "")};
    if (w->busy)
        pool_stop(
            w->pool); /* measuring steps are taken up again; commands are not interrupted by wishes: see run_request */
    gate_signal(w->gate);
    gate_unlock(w->gate);
}

void worker_cancel(struct worker *w)
{
    gate_lock(w->gate);
    w->drop_sweep = true;
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
    free(n->line);
    free(n->text);
    err_release(&n->err);
    *n = (struct news){0};
}

/* ---- the worker's side ---- */

static void tell(struct worker *w, struct news n)
{
    gate_lock(w->gate);
    w->news = mem_grow(w->news, w->n_news, &w->news_capacity, sizeof *w->news);
    w->news[w->n_news++] = n;
    gate_unlock(w->gate);
    ssize_t ignored = write(w->wake, "n", 1); /* a full pipe wakes as well */
    (void)ignored;
}

static void tell_board(void *data, enum board_item item, struct json *result_take)
{
    tell(data, (struct news){.kind = NEWS_BOARD, .item = item, .json = result_take});
}

static void tell_progress(struct worker *w, const char *what, int64_t done, int64_t total)
{
    tell(w, (struct news){.kind = NEWS_PROGRESS, .text = mem_text(what), .done = done, .total = total});
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

static void run_command(struct worker *w, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    struct words words;
    if (!cmd_run(&w->session, r->line, &a, &e)) {
        tell_failure(w, r, &e);
        return;
    }
    enum board_item item;
    bool moved = false;
    if (words_parse(buf_text(&a.canonical), &words, NULL) && words.verb) {
        const struct command *c = cmd_find(words.verb);
        moved = c && c->kind != COMMAND_QUERY;
        if (board_of(words.verb, &item) && a.result)
            tell_board(w, item, json_copy(a.result));
        else if (strcmp(words.verb, "curve") == 0)
            tell(w, (struct news){.kind = NEWS_CURVE, .json = json_copy(a.result)});
        words_release(&words);
    }
    if (moved)
        facts_head(&w->session, tell_board, w);
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

static void run_diff(struct worker *w, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    if (!cmd_run(&w->session, r->line, &a, &e)) {
        tell_failure(w, r, &e);
        return;
    }
    tell_board(w, BOARD_DIFF, json_copy(a.result));
    answer_release(&a);
}

static bool activity_step(struct worker *w)
{
    struct answer a;
    struct err e = {0};
    if (!w->activity)
        return false;
    bool ok = cmd_run(&w->session, w->activity, &a, &e);
    if (ok) {
        tell_board(w, BOARD_NEURON, json_copy(a.result));
        answer_release(&a);
    }
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
    else if (r->kind == REQUEST_DIFF)
        run_diff(w, r);
    else if (r->kind == REQUEST_UNDRAFT) {
        session_drop_draft(&w->session);
    } else if (r->kind == REQUEST_CURVE) {
        sweep_free(w->sweep);
        w->sweep = sweep_new(r->line);
    }
}

/* One short step of what is wanted but not asked for; false if there is nothing. */
static bool measure_step(struct worker *w, bool draft)
{
    struct err e = {0};
    bool more;
    if (!facts_wanted(&w->session, draft))
        return false;
    facts_measure(&w->session, draft, tell_board, w, &more, &e);
    bool stuck = e.code != ERR_NONE && e.code != ERR_CANCELLED;
    if (stuck)
        tell_failure(w, &(const struct request){REQUEST_COMMAND, (char *)(uintptr_t) "eval"}, &e);
    else
        err_release(&e);
    return !stuck;
}

static bool sweep_step_once(struct worker *w)
{
    struct err e = {0};
    if (!w->sweep)
        return false;
    bool ok = sweep_step(w->sweep, &w->session, &e);
    if (ok) {
        tell(w, (struct news){.kind = NEWS_CURVE, .json = sweep_result(w->sweep)});
        tell_progress(w, sweep_name(w->sweep), sweep_done(w->sweep), sweep_total(w->sweep));
    }
    bool over = ok && sweep_done(w->sweep) == sweep_total(w->sweep);
    if (e.code != ERR_NONE && e.code != ERR_CANCELLED) {
        tell_failure(w, &(const struct request){REQUEST_CURVE, (char *)(uintptr_t) "curve"}, &e);
        over = true;
    }
    err_release(&e);
    if (over) {
        sweep_free(w->sweep);
        w->sweep = NULL;
        tell_progress(w, NULL, 0, 0);
    }
    return true;
}

/* The next request, or false; *measure tells whether measuring is allowed. */
static bool next_request(struct worker *w, struct request *out, bool *measure, bool *cancelled)
{
    bool any = w->n_requests > 0;
    if (any) {
        *out = w->requests[0];
        memmove(&w->requests[0], &w->requests[1], (w->n_requests - 1) * sizeof *w->requests);
        w->n_requests--;
    }
    if (w->drop_sweep && w->sweep) {
        sweep_free(w->sweep);
        w->sweep = NULL;
    }
    *cancelled = w->drop_sweep;
    w->drop_sweep = false;
    *measure = !w->frozen;
    return any;
}

/* One round: a request, else one step of work, else wait. */
static void work_once(struct worker *w)
{
    struct request r;
    bool measure, cancelled;
    bool any = next_request(w, &r, &measure, &cancelled);
    w->busy = true;
    w->stoppable = !any; /* requests are not interrupted by newer ones */
    pool_go(w->pool);
    gate_unlock(w->gate);
    bool worked = any;
    if (cancelled)
        tell_progress(w, NULL, 0, 0);
    if (any) {
        run_request(w, &r);
        free(r.line);
    } else if (w->open) {
        worked = (measure && (measure_step(w, true) || activity_step(w) || measure_step(w, false))) ||
                 sweep_step_once(w);
    }
    gate_lock(w->gate);
    w->busy = false;
    if (!worked && w->n_requests == 0 && !w->quit) {
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
    pool_free(w->pool);
    gate_free(w->gate);
    free(w);
}
