/* replay: a stored session again: looked at (what was stored, nothing computed) or verified (every step and measurement computed
 * anew and compared). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/exec.h"
#include "app/say.h"
#include "app/session/by_step.h"
#include "app/session/look.h"
#include "app/session/measure.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

enum { EXIT_DIFFERS = 5 };

struct verify {
    const struct options *o;
    struct store *stored;
    struct executor again; /* in memory */
    struct by_step
        step_of; /* int64_t, by stored step: its number in `again`; none where it was not reached */
    int64_t steps, measures, rounding;
    int code;
};

/* What went wrong at a step: with --json the failure of its command. */
static void tell(const struct verify *v, const struct store_step *step, struct err *e)
{
    err_place(e, "step %lld", (long long)step->id);
    exec_failed(v->o, v->o->json ? step->command : NULL, e);
    err_release(e);
}

/* The last difference decides the exit code; all are told. */
static void differs(struct verify *v, const struct store_step *step, const char *what, const char *stored,
                    const char *now)
{
    struct err e = {0};
    err_set(&e, ERR_INTERNAL, "%s differs: stored %s, now %s", what, stored, now);
    tell(v, step, &e);
    v->code = EXIT_DIFFERS;
}

struct wanted {
    struct verify *v;
    const struct store_step *step;
    struct json *by_split; /* what eval answers now, by split */
    const char *environment;
};

static const struct json *eval_now(struct wanted *w, const char *split, struct err *e)
{
    struct buf line = {0};
    struct answer a;
    if (!json_get(w->by_split, split)) {
        buf_printf(&line, "eval split=%s", split);
        bool ok = cmd_run(&w->v->again.session, buf_text(&line), &a, e);
        buf_release(&line);
        if (!ok)
            return NULL;
        json_put(w->by_split, split, json_copy(a.result));
        answer_release(&a);
    }
    return json_get(w->by_split, split);
}

/* Records whose two best outputs are so close that another machine's rounding may swap them. */
static int64_t close_calls(struct wanted *w, const char *split)
{
    struct session *s = &w->v->again.session;
    int which = dataset_split(s->state->data->set, split, NULL);
    const struct outcome *o = which < 0 ? NULL : measure_pruned(s, s->state, (enum split)which, 0, NULL);
    return o ? outcome_close_calls(o) : 0;
}

/* On the same kernels and library everything is equal; elsewhere counts may move by the records within rounding. */
static bool same_value(struct wanted *w, const struct store_measure *m, double now)
{
    bool here = m->environment && w->environment && strcmp(m->environment, w->environment) == 0;
    if (m->value == now || (isnan(m->value) && isnan(now)))
        return true;
    if (here)
        return false;
    bool fraction = strstr(m->metric, "accuracy") || strcmp(m->metric, "delta") == 0;
    bool count = strcmp(m->metric, "changed") == 0 || strncmp(m->metric, "newly_", 6) == 0;
    double allowed = 1e-4 * fmax(1, fabs(m->value));
    if (fraction || count) {
        double moved = (double)close_calls(w, m->split);
        allowed = fraction ? moved / (double)m->n : moved;
        w->v->rounding += (int64_t)moved;
    }
    return fabs(m->value - now) <= allowed + 1e-12;
}

static void check_measure(void *data, const struct store_measure *m)
{
    struct wanted *w = data;
    struct err e = {0};
    if (!m->exact || !m->split || m->slice)
        return;
    const struct json *now = eval_now(w, m->split, &e);
    w->v->measures++;
    if (!now) {
        differs(w->v, w->step, m->metric, "a number", e.message);
    } else if (!same_value(w, m, json_num(json_get(now, m->metric), NAN))) {
        struct buf a = {0}, b = {0};
        json_print(json_get(now, m->metric), &b);
        struct json *stored = json_number(m->value);
        json_print(stored, &a);
        json_free(stored);
        differs(w->v, w->step, m->metric, buf_text(&a), buf_text(&b));
        buf_release(&a);
        buf_release(&b);
    }
    err_release(&e);
}

/* A file that a step needs: missing is another answer than changed. */
static int explain_failure(const struct store_step *step, const struct err *e)
{
    struct words w;
    bool missing = false;
    if (words_parse(step->command, &w, NULL)) {
        missing = e->code == ERR_UNREADABLE && w.n_args > 0 && !file_exists(w.args[0]);
        words_release(&w);
    }
    return missing ? 3 : EXIT_DIFFERS;
}

static bool do_step(struct verify *v, const struct store_step *step)
{
    struct session *s = &v->again.session;
    struct answer a;
    struct err e = {0};
    char hash[HASH_HEX];
    const int64_t *reached = by_step_at(&v->step_of, step->parent);
    int64_t parent = reached ? *reached : 0;
    if (step->parent > 0 && parent == 0)
        return false; /* its parent failed, which was told */
    if ((parent > 0 && (!store_goto(s->store, parent, &e) || !session_stand(s, 0, &e))) ||
        !cmd_run(s, step->command, &a, &e)) {
        v->code = explain_failure(step, &e);
        if (!v->o->json)
            err_place(&e, "%s", step->command);
        tell(v, step, &e);
        return false;
    }
    answer_release(&a);
    v->steps++;
    *(int64_t *)by_step_add(&v->step_of, step->id) = store_head(s->store);
    mask_hash(s->state->mask, hash);
    if (step->mask_after && strcmp(hash, step->mask_after) != 0)
        differs(v, step, "the mask", step->mask_after, hash);
    struct buf environment = {0};
    session_environment(s, &environment);
    struct wanted w = {v, step, json_object(), buf_text(&environment)};
    if (!store_measures(v->stored, step->id, check_measure, &w, &e)) {
        v->code = EXIT_DIFFERS;
        tell(v, step, &e);
    }
    json_free(w.by_split);
    buf_release(&environment);
    err_release(&e);
    return true;
}

static void show_equal(const struct options *o, const struct verify *v)
{
    if (o->json)
        say_line(stdout,
                 "{\"ok\":true,\"command\":\"replay\",\"step\":%lld,\"result\":{\"steps\":%lld,"
                 "\"measurements\":%lld,"
                 "\"within_rounding\":%lld}}",
                 (long long)v->steps, (long long)v->steps, (long long)v->measures, (long long)v->rounding);
    else
        say_line(stdout, "%lld steps and %lld measurements computed again: all equal%s", (long long)v->steps,
                 (long long)v->measures, v->rounding ? " within rounding" : "");
}

static void verify_step(void *data, const struct store_step *step)
{
    struct verify *v = data;
    if (do_step(v, step) && !v->o->json)
        say_line(stdout, "#%lld  ok  %s", (long long)step->id, step->command);
}

static int verify_session(const struct options *o, struct store *stored)
{
    struct verify v = {.o = o, .stored = stored, .step_of.size = sizeof(int64_t)};
    struct err e = {0};
    struct options in_memory = *o;
    in_memory.session = NULL;
    in_memory.readonly = in_memory.look = false;
    if (!store_check(stored, &e)) {
        exec_refused(o, &e);
        return EXIT_DIFFERS;
    }
    if (!executor_open(&v.again, &in_memory, stdout, &e))
        return exec_refused(o, &e);
    if (!store_steps(stored, verify_step, &v, &e))
        v.code = exec_refused(o, &e);
    if (v.code == 0)
        show_equal(o, &v);
    by_step_release(&v.step_of);
    executor_close(&v.again);
    return v.code;
}

static int look_session(const struct options *o)
{
    struct executor x;
    struct err e = {0};
    struct options look = *o;
    look.session = o->args[0];
    look.look = true;
    if (!executor_open(&x, &look, stdout, &e))
        return exec_refused(o, &e);
    executor_do(&x, "history");
    int code = executor_end(&x);
    executor_close(&x);
    return code;
}

static int64_t no_time(void)
{
    return 0;
}

int verb_replay(const struct options *o)
{
    struct err e = {0};
    if (o->n_args != 1 || (o->look && o->verify)) {
        err_set(&e, ERR_USAGE, "replay takes one session file, and either --look or --verify");
        err_hint(&e, "example: poda replay session.db --verify");
        return exec_refused(o, &e);
    }
    if (!o->verify)
        return look_session(o);
    struct store *stored = store_open(o->args[0], STORE_LOOK, no_time, &e);
    if (!stored)
        return exec_refused(o, &e);
    int code = verify_session(o, stored);
    store_close(stored);
    return code;
}
