/* exec: see exec.h. The verbs exec and run. */
#include "app/exec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/cmd/cmd.h"
#include "app/fail_if.h"
#include "app/interrupt.h"
#include "app/say.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

enum { EXIT_LIMIT = 4, LINE_SHOWN = 1000 /* bytes of a command that failed */ };
#define SCRIPT_BYTES_MAX ((size_t)16 << 20)

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What became of the session's file, once. It may change with any command: another program puts something else there, and the
 * session goes on under another name. */
static void tell_notice(struct executor *x)
{
    const char *notice = store_notice(x->session.store);
    if (!notice || x->o->readonly || x->o->look || (x->told && strcmp(x->told, notice) == 0))
        return;
    say_line(stderr, "poda: %s", notice);
    free(x->told);
    x->told = mem_text(notice);
}

bool executor_open(struct executor *x, const struct options *o, FILE *out, struct err *e)
{
    const struct session_options so = {.path = o->session,
                                       .readonly = o->readonly,
                                       .look = o->look,
                                       .kernels = o->kernels,
                                       .memory = o->memory,
                                       .seed = (uint64_t)o->seed};
    *x = (struct executor){.o = o, .out = out, .pool = pool_new((int)o->threads)};
    interrupt_stops(x->pool);
    if (session_open(&x->session, &so, pool_runner(x->pool), seconds, e)) {
        if (x->session.kernels.notice)
            say_line(stderr, "poda: %s", x->session.kernels.notice);
        tell_notice(x);
        return true;
    }
    executor_close(x);
    return false;
}

void executor_close(struct executor *x)
{
    interrupt_stops(NULL);
    json_free(x->last);
    char *last = session_farewell(&x->session);
    if (last)
        say_line(stderr, "poda: %s", last);
    free(last);
    free(x->told);
    session_close(&x->session);
    pool_free(x->pool);
}

static void print_line(FILE *out, struct json *line_take)
{
    struct buf text = {0};
    json_print(line_take, &text);
    json_free(line_take);
    buf_putc(&text, '\n');
    say_bytes(out, buf_text(&text));
    buf_release(&text);
}

static void show_result(struct executor *x, const struct answer *a)
{
    if (x->o->json) {
        struct json *line = json_object();
        json_put_bool(line, "ok", true);
        json_put_text(line, "command", buf_text(&a->canonical));
        json_put_int(line, "step", a->step);
        json_put(line, "result", json_copy(a->result));
        print_line(x->out, line);
        return;
    }
    struct words w;
    struct buf text = {0};
    if (words_parse(buf_text(&a->canonical), &w, NULL)) {
        const struct command *c = cmd_find(w.verb);
        struct json *safe = json_escaped(a->result);
        if (c && c->say)
            c->say(safe, &text);
        json_free(safe);
        words_release(&w);
    }
    say_text(x->out, buf_text(&text));
    buf_release(&text);
}

static void show_json_error(FILE *out, const char *line, const struct err *e)
{
    struct json *object = json_object(), *error;
    json_put_bool(object, "ok", false);
    json_put_text(object, "command", line);
    error = json_put_object(object, "error");
    json_put_text(error, "code", err_word(e->code));
    json_put_text(error, "message", e->message);
    json_put_text(error, "hint", e->hint);
    print_line(out, object);
}

void exec_failed(const struct options *o, const char *line, const struct err *e)
{
    if (o->json) {
        show_json_error(stdout, line ? line : o->verb, e);
        return;
    }
    struct buf shown = {0};
    text_brief(&shown, line ? line : "", line ? strlen(line) : 0, LINE_SHOWN);
    say_error(line ? buf_text(&shown) : NULL, e);
    buf_release(&shown);
}

int exec_refused(const struct options *o, struct err *e)
{
    int code = err_exit_code(e->code);
    exec_failed(o, NULL, e);
    err_release(e);
    return code;
}

static bool do_line(struct executor *x, const char *line)
{
    struct answer a;
    struct err e = {0};
    bool ok = cmd_run(&x->session, line, &a, &e);
    tell_notice(x);
    if (ok) {
        if (a.result) {
            show_result(x, &a);
            json_free(x->last);
            x->last = json_copy(a.result);
        }
        answer_release(&a);
        return true;
    }
    int code = pool_stopped(x->pool) && e.code == ERR_CANCELLED ? EXIT_INTERRUPTED : err_exit_code(e.code);
    exec_failed(x->o, line, &e);
    err_release(&e);
    if (x->code == 0)
        x->code = code;
    return x->o->keep_going && code != EXIT_INTERRUPTED;
}

static bool loaded(const struct state *at, const char *path)
{
    char *wanted = file_absolute(path), *there = at->data ? file_absolute(at->data->set->path) : NULL;
    bool same = there && strcmp(wanted, there) == 0;
    free(wanted);
    free(there);
    return same;
}

/* As if `data` stood behind what opened the model. A session that was left with these data goes on with them. */
static bool take_data(struct executor *x)
{
    const char *path = x->data;
    if (!path || !x->session.state->current)
        return true;
    x->data = NULL;
    if (loaded(x->session.state, path))
        return true;
    struct buf line = {0};
    buf_puts(&line, "data ");
    text_quote(&line, path);
    bool go_on = do_line(x, buf_text(&line));
    buf_release(&line);
    return go_on;
}

bool executor_do(struct executor *x, const char *line)
{
    return take_data(x) && do_line(x, line) && take_data(x);
}

int executor_end(struct executor *x)
{
    struct limit limit;
    struct err e = {0};
    bool holds = false;
    if (x->code == 0 && x->data) {
        err_set(&e, ERR_NO_MODEL, "--data %s: no model was opened that it could be loaded for", x->data);
        err_hint(&e, "begin with 'open MODEL.onnx'");
        return exec_refused(x->o, &e);
    }
    if (x->code != 0 || !x->o->fail_if)
        return x->code;
    if (!limit_parse(x->o->fail_if, &limit, &e) || !limit_holds(&limit, x->last, &holds, &e))
        return verb_fail(&e);
    if (holds)
        say_line(stderr, "poda: the limit is violated: %s", x->o->fail_if);
    return holds ? EXIT_LIMIT : 0;
}

/* Options that must be right before anything runs. */
static bool ready(const struct options *o, struct executor *x, struct err *e)
{
    struct limit limit;
    if ((o->fail_if && !limit_parse(o->fail_if, &limit, e)) || !executor_open(x, o, stdout, e))
        return false;
    x->data = o->data;
    return true;
}

int verb_exec(const struct options *o)
{
    struct executor x;
    struct err e = {0};
    if (o->n_args == 0) {
        err_set(&e, ERR_USAGE, "exec needs at least one command");
        err_hint(&e, "example: poda exec 'open model.onnx' 'prune 0.8' sizes");
    }
    if (e.code || !ready(o, &x, &e))
        return exec_refused(o, &e);
    for (int i = 0; i < o->n_args; i++)
        if (!executor_do(&x, o->args[i]))
            break;
    int code = executor_end(&x);
    executor_close(&x);
    return code;
}

/* ---- scripts ---- */

/* Where the lines come from: a file, read whole before the first runs, or standard input, each as it comes. */
struct script {
    const char *name;
    struct buf text; /* of a file */
    FILE *in;
    int64_t line;
};

static bool script_open(struct script *s, const char *path, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    *s = (struct script){.name = standard ? "standard input" : path};
    if (!standard && !file_read(path, SCRIPT_BYTES_MAX, &s->text, e))
        return file_hint(path, e);
    if (s->text.len == 0)
        buf_putc(&s->text, '\n'); /* memory without bytes cannot be read as a file everywhere */
    s->in = standard ? stdin : fmemopen(s->text.data, s->text.len, "r");
    return s->in || err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

static void script_close(struct script *s)
{
    if (s->in && s->in != stdin)
        fclose(s->in);
    buf_release(&s->text);
}

static bool unreadable(const struct script *s, struct err *e)
{
    err_set(e, ERR_UNREADABLE, "%s: %s", s->name, strerror(errno));
    return err_hint(e, "give a script: poda run FILE, or poda run - <FILE");
}

/* The next line without its end. False: there is none, or e says why it cannot be read. */
static bool next_line(struct script *s, struct buf *line, struct err *e)
{
    int c;
    buf_clear(line);
    s->line++;
    while ((c = getc(s->in)) != EOF && c != '\n') {
        if (c == '\0' || line->len == SCRIPT_BYTES_MAX) {
            err_set(e, ERR_UNREADABLE, "%s line %lld: %s", s->name, (long long)s->line,
                    c ? "longer than any command" : "a byte 0, which no script holds");
            return err_hint(e, "a script is text, one command a line");
        }
        buf_putc(line, (char)c);
    }
    if (c == EOF && ferror(s->in))
        return unreadable(s, e);
    return c != EOF || line->len > 0;
}

static bool run_line(struct executor *x, const char *line)
{
    if (x->o->echo && !x->o->json) {
        bool command = *line && *line != '#';
        say_bytes(x->out, command ? "\n" : "");
        say_line(x->out, command ? "> %s" : "%s", line);
        fflush(x->out);
    }
    return executor_do(x, line);
}

/* From the line that is there already to the last; comments and blank lines do nothing. */
static void run_lines(struct executor *x, struct script *s, struct buf *line)
{
    struct err e = {0};
    bool more = true;
    while (more && run_line(x, buf_text(line))) {
        interrupt_ends();
        more = !pool_stopped(x->pool) && next_line(s, line, &e);
        interrupt_stops(x->pool);
    }
    int code = e.code ? exec_refused(x->o, &e) : pool_stopped(x->pool) ? EXIT_INTERRUPTED : 0;
    x->code = x->code ? x->code : code;
}

/* The first line is awaited before a session is opened for it. */
static int run_script(const struct options *o, struct script *s, struct err *e)
{
    struct executor x;
    struct buf line = {0};
    interrupt_ends();
    bool any = next_line(s, &line, e), open = !e->code && ready(o, &x, e);
    if (open && any)
        run_lines(&x, s, &line);
    buf_release(&line);
    if (!open)
        return exec_refused(o, e);
    int code = executor_end(&x);
    executor_close(&x);
    return code;
}

int verb_run(const struct options *o)
{
    struct script s;
    struct err e = {0};
    if (o->n_args != 1) {
        err_set(&e, ERR_USAGE, "run takes one script, or '-' for standard input");
        err_hint(&e, "example: poda run samples/readmit/tour.poda");
        return exec_refused(o, &e);
    }
    int code = script_open(&s, o->args[0], &e) ? run_script(o, &s, &e) : exec_refused(o, &e);
    script_close(&s);
    return code;
}
