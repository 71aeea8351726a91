/* duties: see duties.h. What results look like is facts.c's business. */
#include "app/duties.h"

#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/facts.h"
#include "app/session/fit.h"
#include "app/sweep.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

void news_release(struct news *n)
{
    json_free(n->json);
    job_report_release(&n->report);
    free(n->line);
    free(n->text);
    err_release(&n->err);
    *n = (struct news){0};
}

static void tell(struct duties *d, struct news n)
{
    d->tell(d->data, &n);
}

static void tell_board(void *data, enum board_item item, struct json *result_take)
{
    tell(data, (struct news){.kind = NEWS_BOARD, .item = item, .json = result_take});
}

static void tell_job(void *data, struct job_report *report_take)
{
    tell(data, (struct news){.kind = NEWS_JOB, .report = *report_take});
}

static void tell_failure(struct duties *d, const struct request *r, struct err *e_take)
{
    tell(d,
         (struct news){.kind = NEWS_FAILED, .request = r->kind, .line = mem_text(r->line), .err = *e_take});
}

/* The result of an answer that says nothing else. */
static struct json *take_result(struct answer *a)
{
    struct json *result = a->result;
    a->result = NULL;
    answer_release(a);
    return result;
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
    } rows[] = {{"data", BOARD_DATA},
                {"layer", BOARD_PATTERN},
                {"layers", BOARD_LAYERS},
                {"neuron", BOARD_NEURON},
                {"history", BOARD_HISTORY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].verb, verb) == 0) {
            *item = rows[i].item;
            return true;
        }
    return false;
}

/* A job that could not be done: stopped on purpose, or why not. */
static void close_failed(struct duties *d, enum desk_kind kind, const struct err *e)
{
    struct buf why = {0};
    if (e->code == ERR_CANCELLED) {
        desk_close(&d->desk, kind, JOB_CANCELLED, "stopped; what was measured is kept");
        return;
    }
    err_tell(e, &why);
    desk_close(&d->desk, kind, JOB_FAILED, buf_text(&why));
    buf_release(&why);
}

/* The answer on the board, where it belongs there; whether the head may have moved. */
static bool show_answer(struct duties *d, const struct answer *a)
{
    enum board_item item;
    struct words words;
    bool moved = false;
    if (!words_parse(buf_text(&a->canonical), &words, NULL))
        return false;
    const struct command *c = words.verb ? cmd_find(words.verb) : NULL;
    if (c && board_of(c->name, &item) && a->result)
        tell_board(d, item, json_copy(a->result));
    else if (c && strcmp(c->name, "curve") == 0)
        tell(d, (struct news){.kind = NEWS_CURVE, .json = json_copy(a->result)});
    moved = c && c->kind != COMMAND_QUERY;
    words_release(&words);
    return moved;
}

/* A typed curve on its way: its points so far. */
static void show_partial(void *data, struct json *result_take)
{
    struct duties *d = data;
    struct desk_job *j = &d->desk.jobs[DESK_COMMAND];
    int64_t done = (int64_t)json_count(json_get(result_take, "points"));
    desk_work(&d->desk, DESK_COMMAND, j->what, done, (int64_t)json_num(json_get(result_take, "wanted"), 0));
    tell(d, (struct news){.kind = NEWS_CURVE, .json = result_take});
}

static void run_command(struct duties *d, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    desk_work_as(&d->desk, DESK_COMMAND, r->job, r->line);
    d->session->partial = show_partial;
    bool ok = cmd_run(d->session, r->line, &a, &e);
    d->session->partial = NULL;
    if (!ok) {
        close_failed(d, DESK_COMMAND, &e);
        tell_failure(d, r, &e);
        return;
    }
    if (show_answer(d, &a)) {
        desk_close(&d->desk, DESK_HEAD, JOB_DROPPED, "superseded: the model was changed");
        facts_head(d->session, tell_board, d);
    } else {
        facts_history(d->session, tell_board, d); /* what a query measured is kept with its step */
    }
    desk_close(&d->desk, DESK_COMMAND, JOB_DONE, NULL);
    if (a.result)
        tell(d, (struct news){.kind = NEWS_ANSWER,
                              .request = r->kind,
                              .line = mem_text(r->line),
                              .text = said(&a),
                              .json = json_copy(a.result)});
    answer_release(&a);
}

static void run_preview(struct duties *d, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    d->session->preview = true;
    bool ok = cmd_run(d->session, r->line, &a, &e);
    d->session->preview = false;
    if (!ok) {
        tell_failure(d, r, &e);
        return;
    }
    json_put_text(a.result, "command", buf_text(&a.canonical));
    json_put_text(a.result, "asked", r->line);
    desk_close(&d->desk, DESK_DRAFT, JOB_DROPPED, "superseded by a newer draft");
    tell_board(d, BOARD_DRAFT, json_copy(a.result));
    answer_release(&a);
    facts_draft(d->session, tell_board, d);
}

/* The wiring at once; what the unit does on records follows when nothing else is asked for. */
static void run_neuron(struct duties *d, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    struct buf quick = {0};
    buf_printf(&quick, "%s activity=no", r->line);
    if (cmd_run(d->session, buf_text(&quick), &a, &e)) {
        tell_board(d, BOARD_NEURON, take_result(&a));
        free(d->activity);
        d->activity = mem_text(r->line);
    } else {
        tell_failure(d, r, &e);
    }
    buf_release(&quick);
}

static void run_layer(struct duties *d, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    bool draft = d->session->draft != NULL;
    d->session->preview = draft;
    if (cmd_run(d->session, r->line, &a, &e)) {
        tell_board(d, draft ? BOARD_DRAFT_PATTERN : BOARD_PATTERN, take_result(&a));
    } else {
        tell_failure(d, r, &e);
    }
    d->session->preview = false;
}

static void run_diff(struct duties *d, const struct request *r)
{
    struct answer a;
    struct err e = {0};
    if (!cmd_run(d->session, r->line, &a, &e)) {
        tell_failure(d, r, &e);
        return;
    }
    tell_board(d, BOARD_DIFF, take_result(&a));
}

static bool activity_step(struct duties *d)
{
    struct answer a;
    struct err e = {0};
    if (!d->activity)
        return false;
    desk_work(&d->desk, DESK_ACTIVITY, d->activity, 0, 0);
    bool ok = cmd_run(d->session, d->activity, &a, &e);
    if (ok) {
        tell_board(d, BOARD_NEURON, take_result(&a));
    }
    if (ok)
        desk_close(&d->desk, DESK_ACTIVITY, JOB_DONE, NULL);
    else if (e.code != ERR_CANCELLED)
        close_failed(d, DESK_ACTIVITY, &e);
    if (ok || e.code != ERR_CANCELLED) {
        free(d->activity);
        d->activity = NULL;
    }
    err_release(&e);
    return true;
}

void duties_do(struct duties *d, const struct request *r)
{
    if (r->kind == REQUEST_COMMAND)
        run_command(d, r);
    else if (r->kind == REQUEST_PREVIEW)
        run_preview(d, r);
    else if (r->kind == REQUEST_NEURON)
        run_neuron(d, r);
    else if (r->kind == REQUEST_LAYER)
        run_layer(d, r);
    else if (r->kind == REQUEST_DIFF)
        run_diff(d, r);
    else if (r->kind == REQUEST_UNDRAFT) {
        desk_close(&d->desk, DESK_DRAFT, JOB_DROPPED, "the draft was given up");
        session_drop_draft(d->session);
    } else if (r->kind == REQUEST_FIT) {
        fit_free(d->fit);
        d->fit = fit_new(d->session, r->line);
    } else if (r->kind == REQUEST_CURVE) {
        sweep_free(d->sweep);
        d->sweep = sweep_new(r->line, &d->race);
    }
    if (r->kind != REQUEST_NEURON && r->kind != REQUEST_LAYER && r->kind != REQUEST_DIFF &&
        r->kind != REQUEST_FIT)
        d->held[false] = d->held[true] = false;
}

/* "evaluate #5 on test", "evaluate #5 with the draft 3f2a51 on test"; records: else what comes after them */
static char *measuring(struct duties *d, bool draft, bool records)
{
    struct buf name = {0};
    const struct state *at = draft ? d->session->draft : d->session->state;
    buf_printf(&name, "%s #%lld",
               records ? "evaluate"
               : draft ? "see what is lost on the way from"
                       : "count the routes of",
               (long long)store_head(d->session->store));
    if (draft) {
        char hash[HASH_HEX];
        mask_hash(at->mask, hash);
        buf_printf(&name, " with the draft %.6s", hash);
    }
    if (records)
        buf_printf(&name, " on %s", split_names[dataset_default_split(at->data->set)]);
    return buf_take(&name);
}

/* One short step of what is wanted but not asked for; false if there is nothing. */
static bool measure_step(struct duties *d, bool draft)
{
    struct err e = {0};
    enum desk_kind kind = draft ? DESK_DRAFT : DESK_HEAD;
    bool more = false;
    int64_t total;
    if (d->held[draft] || !facts_wanted(d->session, draft))
        return false;
    int64_t known = facts_measured(d->session, draft, &total);
    char *name = measuring(d, draft, known < total);
    desk_work(&d->desk, kind, name, known, total);
    facts_measure(d->session, draft, tell_board, d, &more, &e);
    bool stuck = e.code != ERR_NONE && e.code != ERR_CANCELLED;
    known = facts_measured(d->session, draft, &total);
    desk_work(&d->desk, kind, name, known, total);
    if (e.code == ERR_NONE && !more)
        desk_close(&d->desk, kind, JOB_DONE, "exact");
    free(name);
    if (stuck) {
        close_failed(d, kind, &e);
        tell_failure(d, &(const struct request){.line = (char *)(uintptr_t) "eval"}, &e);
        d->held[draft] = true;
    } else {
        err_release(&e);
    }
    return !stuck;
}

static bool fit_step_once(struct duties *d)
{
    struct json *found;
    if (!d->fit)
        return false;
    if (!fit_step(d->fit, d->session, &found))
        return true;
    if (found)
        tell_board(d, BOARD_FIT, found);
    fit_free(d->fit);
    d->fit = NULL;
    return true;
}

static bool sweep_step_once(struct duties *d)
{
    struct err e = {0};
    if (!d->sweep)
        return false;
    desk_work(&d->desk, DESK_SWEEP, sweep_name(d->sweep), sweep_done(d->sweep), sweep_total(d->sweep));
    bool ok = sweep_step(d->sweep, d->session, &e);
    if (ok)
        tell(d, (struct news){.kind = NEWS_CURVE, .json = sweep_result(d->sweep)});
    bool over = ok && sweep_done(d->sweep) == sweep_total(d->sweep);
    bool failed = e.code != ERR_NONE && e.code != ERR_CANCELLED;
    if (over) {
        char *note = sweep_note(d->sweep);
        desk_work(&d->desk, DESK_SWEEP, sweep_name(d->sweep), sweep_done(d->sweep), sweep_total(d->sweep));
        desk_close(&d->desk, DESK_SWEEP, JOB_DONE, note);
        free(note);
    }
    if (failed) {
        close_failed(d, DESK_SWEEP, &e);
        tell_failure(d, &(const struct request){.kind = REQUEST_CURVE, .line = (char *)(uintptr_t) "curve"},
                     &e);
    }
    err_release(&e);
    if (over || failed) {
        sweep_free(d->sweep);
        d->sweep = NULL;
    }
    return true;
}

/* ---- cancelling ---- */

static void stop_kind(struct duties *d, enum desk_kind kind)
{
    if (kind == DESK_SWEEP) {
        sweep_free(d->sweep);
        d->sweep = NULL;
    } else if (kind == DESK_ACTIVITY) {
        free(d->activity);
        d->activity = NULL;
    } else if (kind == DESK_HEAD || kind == DESK_DRAFT) {
        d->held[kind == DESK_DRAFT] = true;
    }
    desk_close(&d->desk, kind, JOB_CANCELLED, "stopped; what was measured is kept");
}

void duties_cancel(struct duties *d, int64_t job)
{
    enum desk_kind only = job == CANCEL_ALL ? DESK_KINDS : desk_find(&d->desk, job);
    for (int kind = 0; kind < DESK_KINDS; kind++)
        if (job == CANCEL_ALL || kind == (int)only)
            stop_kind(d, (enum desk_kind)kind);
    tell(d, (struct news){.kind = NEWS_STOPPED});
}

bool duties_step(struct duties *d, bool measure)
{
    return (measure && measure_step(d, true)) || fit_step_once(d) ||
           (measure && (activity_step(d) || measure_step(d, false))) || sweep_step_once(d);
}

void duties_show_head(struct duties *d)
{
    facts_head(d->session, tell_board, d);
}

static int64_t new_job(void *data)
{
    struct duties *d = data;
    return d->new_job(d->data);
}

void duties_init(struct duties *d, struct session *session,
                 void (*tell_news)(void *data, struct news *news_take), int64_t (*new_id)(void *data),
                 void *data)
{
    *d = (struct duties){.session = session, .tell = tell_news, .new_job = new_id, .data = data};
    d->desk = (struct desk){.new_id = new_job, .report = tell_job, .seconds = session->seconds, .data = d};
    session->partial_data = d;
}

void duties_release(struct duties *d)
{
    sweep_free(d->sweep);
    race_release(&d->race);
    fit_free(d->fit);
    free(d->activity);
    desk_release(&d->desk);
}
