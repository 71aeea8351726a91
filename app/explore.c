/* explore: the full screen: wait, drain, draw. Handlers set flags; only this loop draws. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/cmd/words.h"
#include "app/errand.h"
#include "app/input.h"
#include "app/pace.h"
#include "app/places.h"
#include "app/say.h"
#include "app/screens.h"
#include "app/target.h"
#include "app/terminal.h"
#include "app/times.h"
#include "app/ui.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

enum { EXIT_INTERRUPTED = 130 };

/* Handlers write a byte here; the loop reads it. */
static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    char byte = number == SIGWINCH ? 'w' : number == SIGCONT ? 'c' : number == SIGTSTP ? 'z' : 't';
    int before = errno;
    ssize_t ignored = write(signal_pipe[1], &byte, 1);
    (void)ignored;
    errno = before;
}

struct explorer {
    struct ui ui;
    struct worker *worker;
    struct aside *aside;
    struct surface *surface;
    struct scratch memory;
    int wake[2];
    struct input input;
    struct hands hands;
    struct errands errands;
    bool dirty, key_pressed, leave;
    bool typed;       /* the terminal has sent something */
    double read_last; /* when it did */
    double drawn;
    struct pace pace;
    double started, key_read, cancelled; /* when; 0: not under way */
    const struct options *options;
    char *data;   /* named before there was a model for it; NULL */
    bool testing; /* PODA_TEST=1: the title tells when nothing is left to do */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void open_first(struct explorer *x, const char *line);

static void post(void *data, enum request_kind kind, const char *line)
{
    struct explorer *x = data;
    if (x->worker)
        worker_post(x->worker, kind, line);
    else
        open_first(x, line);
}

static void cancel(void *data, int64_t job)
{
    struct explorer *x = data;
    if (x->worker)
        worker_cancel(x->worker, job);
    x->cancelled = now();
}

static void freeze(void *data, bool on)
{
    struct explorer *x = data;
    if (x->worker)
        worker_freeze(x->worker, on);
}

static void beside(void *data, enum aside_kind kind, const char *text)
{
    struct explorer *x = data;
    struct chore c = {.kind = kind, .text = mem_text(text ? text : "")};
    aside_ask(x->aside, &c);
}

static bool make_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

static void watch_signals(void)
{
    static const int signals[] = {SIGWINCH, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP};
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &act, NULL);
}

/* The nearest moment at which something falls due without a word from outside; negative: none, so that rest costs nothing. */
static double next_due(const struct explorer *x)
{
    double t = now(), frame = x->drawn + pace_interval(&x->pace) - t, which = ui_waits(&x->ui, t),
           patience = input_patience(&x->input), rest = x->read_last + patience - t, due = -1;
    if (x->dirty && !x->errands.printed)
        due = frame > 0 ? frame : 0;
    if (which >= 0 && (due < 0 || which < due))
        due = which;
    if (patience >= 0 && (due < 0 || rest < due))
        due = rest > 0 ? rest : 0;
    return due;
}

static void wait_for(struct explorer *x)
{
    struct pollfd fds[3] = {{STDIN_FILENO, POLLIN, 0}, {signal_pipe[0], POLLIN, 0}, {x->wake[0], POLLIN, 0}};
    double due = next_due(x);
    int timeout = due < 0 ? -1 : (int)(due * 1000) + (due > 0), n = poll(fds, 3, timeout);
    x->typed = n > 0 && (fds[0].revents & POLLIN);
    if (n > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) && !x->typed)
        x->leave = true; /* the terminal is gone */
}

static void suspend(struct explorer *x)
{
    x->ui.suspend = x->errands.printed = false;
    terminal_suspend();
    x->dirty = x->key_pressed = true;
}

static void drain_pipe(int fd, char *bytes, size_t n)
{
    ssize_t got = read(fd, bytes, n - 1);
    bytes[got > 0 ? got : 0] = '\0';
}

static void drain_signals(struct explorer *x)
{
    char bytes[64];
    drain_pipe(signal_pipe[0], bytes, sizeof bytes);
    if (strchr(bytes, 't'))
        x->leave = true;
    if (strchr(bytes, 'z'))
        x->ui.suspend = true;
    if (strchr(bytes, 'c') && !x->errands.printed)
        terminal_continued();
    if (strchr(bytes, 'w'))
        terminal_resized();
    if (bytes[0])
        x->dirty = true;
    if (x->ui.suspend)
        suspend(x);
}

static void time_cancel(struct explorer *x, const struct news *n)
{
    if (x->cancelled > 0 && n->kind == NEWS_STOPPED) {
        times_add(&x->ui.pulse.cancels, now() - x->cancelled);
        x->cancelled = 0;
    }
}

/* Files that were written, and what was found on disk, which goes to the board. */
static void drain_aside(struct explorer *x)
{
    struct chore c;
    while (aside_take(x->aside, &c)) {
        struct news n = {.kind = NEWS_BOARD,
                         .item = c.kind == ASIDE_FOLDER ? BOARD_FOLDER : BOARD_RECALL,
                         .json = c.found};
        c.found = NULL;
        if (c.kind == ASIDE_WRITE)
            errands_done(&x->ui, &c);
        else if (n.json)
            ui_news(&x->ui, &n);
        news_release(&n);
        chore_release(&c);
    }
}

static void drain_news(struct explorer *x)
{
    char bytes[256];
    struct news n;
    drain_pipe(x->wake[0], bytes, sizeof bytes);
    x->dirty |= bytes[0] != '\0';
    while (x->worker && worker_take(x->worker, &n)) {
        if (n.kind == NEWS_BOARD && n.item == BOARD_STATUS)
            terminal_saved_as(json_str(json_get(n.json, "path")));
        time_cancel(x, &n);
        ui_news(&x->ui, &n);
        news_release(&n);
    }
    drain_aside(x);
}

static void read_input(struct explorer *x)
{
    char bytes[4096];
    int n = x->typed ? terminal_read(bytes, sizeof bytes) : 0;
    if (n < 0)
        x->leave = true; /* the terminal is gone */
    if (n > 0) {
        input_feed(&x->input, bytes, (size_t)n);
        x->read_last = now();
    }
}

static int64_t peak_memory(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? (int64_t)used.ru_maxrss * 1024 : 0;
}

static void draw(struct explorer *x)
{
    int columns, rows;
    struct scene scene;
    struct look look = terminal_look();
    terminal_size(&columns, &rows);
    if (columns != x->surface->w || rows != x->surface->h)
        surface_resize(x->surface, columns, rows);
    ui_resize(&x->ui, columns, rows);
    look.peek = x->ui.peek;
    x->ui.pulse.peak_memory = peak_memory();
    scratch_clear(&x->memory);
    ui_scene(&x->ui, &x->memory, &scene);
    scene_draw(&scene, x->surface, &look);
    if (x->ui.redraw)
        terminal_redraw();
    x->ui.redraw = false;
    double before = now();
    terminal_show(x->surface);
    x->dirty = x->key_pressed = false;
    x->drawn = now();
    pace_wrote(&x->pace, x->drawn - before);
    if (x->key_read > 0)
        times_add(&x->ui.pulse.frames, x->drawn - x->key_read);
    x->key_read = 0;
    if (x->ui.pulse.first.n == 0 && x->ui.board.item[BOARD_MASK])
        times_add(&x->ui.pulse.first, x->drawn - x->started);
}

static void take_event(struct explorer *x, const struct event *e)
{
    x->key_pressed = true;
    if (x->errands.printed) { /* any key takes the screen again */
        x->errands.printed = false;
        x->ui.handled++;
        terminal_continued();
        x->dirty = true;
        return;
    }
    if (x->dirty && hands_aim(x->surface, e))
        draw(x);
    x->dirty = x->key_pressed = true;
    if (x->key_read == 0)
        x->key_read = now();
    hands_event(&x->hands, &x->ui, x->surface, e, now());
    errands_do(&x->errands, &x->ui, x->surface);
    errands_mouse(&x->errands, &x->ui, &x->hands);
    if (x->ui.suspend)
        suspend(x);
}

static bool late(const struct explorer *x)
{
    double patience = input_patience(&x->input);
    return patience >= 0 && now() - x->read_last >= patience;
}

static void drain_input(struct explorer *x)
{
    struct event e;
    read_input(x);
    while (input_next(&x->input, late(x), &e))
        if (!x->ui.quit || strcmp(e.name, "C-c") == 0) /* the third of three does not wait for anything */
            take_event(x, &e);
    if (ui_tick(&x->ui, now()))
        x->dirty = x->key_pressed = true;
}

/* Where PODA_TIMES names a file, what was measured goes there. */
static void write_times(struct explorer *x)
{
    const char *path = getenv("PODA_TIMES");
    struct buf text = {0};
    if (path) {
        times_print(&x->ui.pulse.first, "first-screen", &text);
        times_print(&x->ui.pulse.frames, "key-to-frame", &text);
        times_print(&x->ui.pulse.cancels, "cancel-to-rest", &text);
        file_write(path, buf_text(&text), text.len, NULL);
    }
    buf_release(&text);
}

/* For tests: idle means that no key, no request and no news is left. */
static void tell_idle(struct explorer *x)
{
    bool drawn = !x->dirty || x->errands.printed;
    if (x->testing && drawn && next_due(x) < 0 && aside_idle(x->aside) &&
        (!x->worker || worker_idle(x->worker))) {
        struct buf title = {0};
        buf_printf(&title, "idle:%lld", (long long)x->ui.handled);
        terminal_title(buf_text(&title));
        buf_release(&title);
    }
}

/* ---- what is opened ---- */

static bool start_worker(struct explorer *x, const struct options *o, const struct target *t)
{
    x->worker = worker_new(o, t->session, x->wake[1], t->first, t->second);
    x->errands.worker = x->worker;
    x->ui.screen = VIEW_OVERVIEW;
    if (t->step)
        worker_post(x->worker, REQUEST_COMMAND, t->step);
    if (t->screen)
        ui_run(&x->ui, t->screen);
    return true;
}

/* Before anything is open: a typed line may open it. Data are kept until their model comes. */
static void open_first(struct explorer *x, const char *line)
{
    struct err e = {0};
    struct words w;
    struct target t = {0};
    if (!words_parse(line, &w, &e) || !w.verb) {
        ui_say(&x->ui, NOTICE_ERROR, "%s", e.message ? e.message : "nothing to open");
        err_release(&e);
        return;
    }
    if (strcmp(w.verb, "data") == 0) {
        free(x->data);
        x->data = mem_text(line);
        ui_say(&x->ui, NOTICE_INFO, "these data are loaded with the model: now :open MODEL.onnx");
    } else if (strcmp(w.verb, "open") != 0) {
        ui_say(&x->ui, NOTICE_INFO, "%s needs a model: choose one above, or :open MODEL.onnx", w.verb);
    } else if (target_from_line(line, x->options->data, &t, &e)) {
        if (t.first && x->data) {
            free(t.second);
            t.second = mem_text(x->data);
        }
        start_worker(x, x->options, &t);
    } else {
        ui_say_error(&x->ui, &e);
    }
    err_release(&e);
    target_release(&t);
    words_release(&w);
}

static bool pick(struct explorer *x, const struct options *o, struct err *e)
{
    struct target t;
    const struct json *row = picker_choice(&x->ui);
    x->ui.picked = false;
    if (!row ||
        !target_find(json_str(json_get(row, "path")), json_str(json_get(row, "data")), o->session, &t, e))
        return false;
    bool ok = start_worker(x, o, &t);
    target_release(&t);
    return ok;
}

static void run_loop(struct explorer *x, const struct options *o)
{
    while (!x->ui.quit && !x->leave) {
        struct err e = {0};
        wait_for(x);
        drain_signals(x);
        drain_news(x);
        drain_input(x);
        if (x->ui.picked && !pick(x, o, &e))
            ui_say(&x->ui, NOTICE_ERROR, "%s", e.message ? e.message : "nothing to open");
        err_release(&e);
        if (x->dirty && !x->errands.printed &&
            (x->key_pressed || now() - x->drawn >= pace_interval(&x->pace)))
            draw(x);
        tell_idle(x);
    }
}

static bool begin(struct explorer *x, const struct options *o, struct err *e)
{
    struct target t = {0};
    const struct terminal_options to = {o->color, o->glyphs, o->theme, !o->no_mouse};
    const struct ui_port port = {post, cancel, freeze, beside, x};
    bool ask = o->n_args == 0 && !o->session;
    ui_init(&x->ui, &port);
    if (o->n_args > 1)
        return err_set(e, ERR_USAGE, "the explorer opens one model or session") ||
               err_hint(e, "poda MODEL.onnx --data DATASET.json");
    if (!ask && !target_find(o->n_args ? o->args[0] : NULL, o->data, o->session, &t, e))
        return false;
    if (!make_pipe(x->wake) || !make_pipe(signal_pipe))
        return err_set(e, ERR_IO, "no pipe: %s", strerror(errno));
    if (!terminal_start(&to, e)) {
        target_release(&t);
        return false;
    }
    watch_signals();
    x->aside = aside_new(x->wake[1]);
    beside(x, ASIDE_RECALL, NULL);
    errands_start(&x->errands, x->aside);
    x->ui.mouse = !o->no_mouse;
    x->input.latin = terminal_latin();
    x->surface = surface_new(80, 24);
    x->testing = getenv("PODA_TEST") && strcmp(getenv("PODA_TEST"), "1") == 0;
    if (ask) {
        board_put(&x->ui.board, BOARD_SAMPLES, target_choices());
        x->ui.screen = VIEW_PICKER;
    } else {
        start_worker(x, o, &t);
    }
    target_release(&t);
    return true;
}

static bool refuse_accessible(struct err *e)
{
    err_set(e, ERR_UNSUPPORTED, "the explorer draws a full screen; there is no line-by-line explorer yet");
    return err_hint(e, "the same commands in plain lines: poda run -");
}

int explore(const struct options *o)
{
    struct explorer x = {.options = o, .dirty = true, .key_pressed = true, .started = now()};
    struct err e = {0};
    bool ok = o->accessible ? refuse_accessible(&e) : begin(&x, o, &e);
    if (ok) {
        draw(&x);
        run_loop(&x, o);
    }
    terminal_end();
    signal(SIGINT, SIG_DFL); /* should a step not end, ^C still does */
    if (x.ui.abort)
        _exit(EXIT_INTERRUPTED);
    char *farewell = x.worker ? worker_end(x.worker) : NULL;
    if (farewell)
        say_line(stderr, "poda: %s", farewell);
    free(farewell);
    if (x.aside)
        aside_free(x.aside);
    write_times(&x);
    surface_free(x.surface);
    scratch_release(&x.memory);
    input_release(&x.input);
    ui_release(&x.ui);
    free(x.data);
    return ok ? 0 : verb_fail(&e);
}
