/* dump: a screen printed, without a terminal: the same scenes as the explorer's, on a surface of any size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/exec.h"
#include "app/facts.h"
#include "app/screens.h"
#include "app/sweep.h"
#include "app/target.h"
#include "app/ui.h"
#include "app/verbs.h"
#include "app/cmd/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "views/dump.h"

struct dumper {
    struct executor x;
    struct ui ui;
    int columns, rows;
    struct look look;
    enum theme theme;
    enum { AS_TEXT, AS_ANSI, AS_SVG } format;
};

static void put(void *data, enum board_item item, struct json *result_take)
{
    struct dumper *d = data;
    board_put(&d->ui.board, item, result_take);
}

/* What screens ask for is answered at once. */
static void answer_now(void *data, enum request_kind kind, const char *line)
{
    struct dumper *d = data;
    struct answer a;
    struct err e = {0};
    if (kind == REQUEST_CURVE) {
        struct sweep *s = sweep_new(line);
        while (sweep_done(s) < sweep_total(s) && sweep_step(s, &d->x.session, &e))
            continue;
        if (sweep_done(s) > 0)
            board_put_curve(&d->ui.board, sweep_result(s));
        sweep_free(s);
    } else if (cmd_run(&d->x.session, line, &a, &e)) {
        if (kind == REQUEST_NEURON)
            board_put(&d->ui.board, BOARD_NEURON, json_copy(a.result));
        else if (kind == REQUEST_DIFF)
            board_put(&d->ui.board, BOARD_DIFF, json_copy(a.result));
        answer_release(&a);
    }
    if (e.code)
        ui_say(&d->ui, NOTICE_ERROR, "%s", e.message);
    err_release(&e);
}

static bool read_looks(const struct options *o, struct dumper *d, struct err *e)
{
    static const char *const formats[] = {"text", "ansi", "svg", NULL};
    d->columns = 100;
    d->rows = 30;
    if (o->size && (sscanf(o->size, "%dx%d", &d->columns, &d->rows) != 2 || d->columns < 1 || d->rows < 1 ||
                    d->columns > 1000 || d->rows > 1000))
        return err_set(e, ERR_USAGE, "--size %s is not WIDTHxHEIGHT, such as 100x30", o->size);
    if (o->glyphs && !glyphs_by_name(o->glyphs, &d->look.glyphs))
        return err_set(e, ERR_USAGE, "--glyphs knows no %s", o->glyphs) ||
               err_hint(e, "known: ascii blocks braille");
    if (o->theme && !theme_by_name(o->theme, &d->theme))
        return err_set(e, ERR_USAGE, "--theme knows no %s", o->theme) ||
               err_hint(e, "known: default light high-contrast mono deuteran");
    int format = 0;
    while (o->format && formats[format] && strcmp(formats[format], o->format) != 0)
        format++;
    if (!formats[format])
        return err_set(e, ERR_USAGE, "--format knows no %s", o->format) ||
               err_hint(e, "known: text ansi svg");
    d->format = format;
    if (!o->screen || strcmp(o->screen, "help") == 0 || view_by_name(o->screen))
        return true;
    struct buf known = {0};
    for (int v = 0; v < VIEWS; v++)
        if (screen_of((enum view_id)v))
            buf_printf(&known, " %s", views[v].name);
    err_set(e, ERR_UNKNOWN, "no screen %s", o->screen);
    err_hint(e, "known:%s", buf_text(&known));
    buf_release(&known);
    return false;
}

/* Everything on the board, measured to the end. */
static void fill_board(struct dumper *d)
{
    struct session *s = &d->x.session;
    struct err e = {0};
    bool more = true;
    facts_head(s, put, d);
    if (s->state->data) {
        while (more && facts_measure(s, false, put, d, &more, &e))
            continue;
    }
    err_release(&e);
}

static void show(struct dumper *d, const struct options *o)
{
    struct surface *s = surface_new(d->columns, d->rows);
    struct scratch memory = {0};
    struct scene scene;
    struct buf out = {0};
    if (o->screen && strcmp(o->screen, "help") == 0)
        help_toggle(&d->ui, NULL);
    else if (o->screen) {
        struct buf line = {0};
        buf_printf(&line, "screen %s", o->screen);
        ui_run(&d->ui, buf_text(&line));
        buf_release(&line);
    }
    ui_scene(&d->ui, &memory, &scene);
    scene_draw(&scene, s, &d->look);
    if (d->format == AS_SVG)
        dump_svg(&out, s, d->theme);
    else if (d->format == AS_ANSI)
        dump_ansi(&out, s, d->theme, COLOURS_TRUE);
    else
        dump_text(&out, s);
    fputs(buf_text(&out), stdout);
    buf_release(&out);
    scratch_release(&memory);
    surface_free(s);
}

/* The first argument may be a model or a session; the others are commands. */
static bool open_target(struct dumper *d, const struct options *o, struct err *e, int *first_command)
{
    struct options quiet = *o;
    struct target t = {0};
    bool named = o->n_args > 0 && file_exists(o->args[0]) && !file_is_directory(o->args[0]);
    *first_command = named ? 1 : 0;
    if (named && !target_find(o->args[0], o->data, o->session ? o->session : "", &t, e))
        return false;
    quiet.session = t.session && *t.session ? t.session : o->session;
    quiet.readonly = true;
    if (!quiet.session)
        quiet.readonly = false;
    quiet.json = false;
    FILE *nowhere = fopen("/dev/null", "w");
    bool ok = executor_open(&d->x, &quiet, nowhere, e);
    const char *lines[] = {t.first, t.second, t.step};
    for (int i = 0; ok && i < 3; i++)
        if (lines[i])
            ok = executor_do(&d->x, lines[i]);
    target_release(&t);
    return ok || d->x.code != 0;
}

int verb_dump(const struct options *o)
{
    struct dumper d = {0};
    struct err e = {0};
    int first;
    const struct ui_port port = {answer_now, NULL, NULL, &d};
    if (!read_looks(o, &d, &e) || !open_target(&d, o, &e, &first))
        return verb_fail(&e);
    ui_init(&d.ui, &port);
    for (int i = first; i < o->n_args && d.x.code == 0; i++)
        executor_do(&d.x, o->args[i]);
    int code = d.x.code;
    if (code == 0) {
        fill_board(&d);
        show(&d, o);
    }
    ui_release(&d.ui);
    fclose(d.x.out);
    executor_close(&d.x);
    return code;
}
