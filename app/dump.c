/* dump: a screen printed, without a terminal: the same scenes as the explorer's, on a surface of any size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/at_once.h"
#include "app/copy.h"
#include "app/exec.h"
#include "app/say.h"
#include "app/screens.h"
#include "app/target.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "views/dump.h"

enum { AS_TEXT, AS_ANSI, AS_SVG, AS_CSV, FORMATS };

/* A dump tells no times: the same line prints the same bytes. */
static double no_time(void)
{
    return 0;
}

struct dumper {
    struct options quiet; /* those given, for commands whose results nobody sees */
    struct executor x;
    struct at_once it;
    char *screen; /* command that SESSION#STEP/SCREEN asks for; NULL */
    int columns, rows;
    struct look look;
    enum theme theme;
    int format;
};

static bool format_by_end(const char *path, int *out, struct err *e)
{
    static const char *const ends[] = {
        [AS_TEXT] = ".txt", [AS_ANSI] = ".ans", [AS_SVG] = ".svg", [AS_CSV] = ".csv"};
    const char *end = strrchr(path, '.');
    for (int i = 0; end && i < FORMATS; i++)
        if (strcmp(ends[i], end) == 0) {
            *out = i;
            return true;
        }
    err_set(e, ERR_USAGE, "-o %s: its end tells no format", path);
    return err_hint(e,
                    "known: .txt plain, .ans with colours, .svg a picture, .csv the table; or say --format");
}

static bool format_by_name(const char *word, int *out, struct err *e)
{
    static const char *const names[] = {
        [AS_TEXT] = "text", [AS_ANSI] = "ansi", [AS_SVG] = "svg", [AS_CSV] = "csv", [FORMATS] = NULL};
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(names[i], word) == 0) {
            *out = i;
            return true;
        }
    err_set(e, ERR_UNKNOWN, "--format knows no %s", word);
    return err_known(e, word, names);
}

static bool read_looks(const struct options *o, struct dumper *d, struct err *e)
{
    d->columns = 100;
    d->rows = 30;
    if (o->size && (sscanf(o->size, "%dx%d", &d->columns, &d->rows) != 2 || d->columns < 1 || d->rows < 1 ||
                    d->columns > 1000 || d->rows > 1000))
        return err_set(e, ERR_USAGE, "--size %s is not WIDTHxHEIGHT, such as 100x30", o->size);
    if ((o->glyphs && !glyphs_by_name(o->glyphs, &d->look.glyphs, e)) ||
        (o->theme && !theme_by_name(o->theme, &d->theme, e)))
        return false;
    d->format = AS_TEXT;
    if (o->format ? !format_by_name(o->format, &d->format, e)
                  : o->output && !format_by_end(o->output, &d->format, e))
        return false;
    if (o->output && file_exists(o->output)) {
        err_set(e, ERR_IO, "-o %s: that file is there already", o->output);
        return err_hint(e, "name a new one, or remove it first");
    }
    return !o->screen || screen_known(o->screen, e);
}

/* The screen that --screen names, then the keys of --press. */
static void go_there(struct dumper *d, const struct options *o)
{
    struct buf line = {0};
    at_once_settle(&d->it);
    if (o->screen && strcmp(o->screen, "help") != 0) {
        buf_printf(&line, "screen %s", o->screen);
        ui_run(&d->it.ui, buf_text(&line));
    } else if (o->screen) {
        help_toggle(&d->it.ui, NULL);
    } else if (d->screen) {
        ui_run(&d->it.ui, d->screen);
    }
    at_once_settle(&d->it);
    for (const char *key = o->press ? o->press : ""; *key;) {
        size_t n = strcspn(key, " ");
        buf_clear(&line);
        buf_add(&line, key, n);
        if (n > 0)
            at_once_key(&d->it, buf_text(&line));
        key += n + (key[n] == ' ');
    }
    buf_release(&line);
}

/* The screen; false with e set where there is a page in its place, because the session's model is missing or another. */
static bool draw(struct dumper *d, struct buf *out, struct err *e)
{
    struct surface *s = surface_new(d->columns, d->rows);
    struct scratch memory = {0};
    struct scene scene;
    ui_scene(&d->it.ui, &memory, &scene);
    d->look.peek = d->it.ui.peek;
    scene_draw(&scene, s, &d->look);
    if (d->format == AS_SVG)
        dump_svg(out, s, d->theme);
    else if (d->format == AS_ANSI)
        dump_ansi(out, s, d->theme, COLOURS_TRUE);
    else
        dump_text(out, s);
    const struct err *why = &d->x.session.missing;
    bool there = scene.body || why->code == ERR_NONE;
    scratch_release(&memory);
    surface_free(s);
    return there || err_set(e, why->code, "%s", why->message) || err_hint(e, "%s", why->hint);
}

static bool show(struct dumper *d, const struct options *o, struct err *e)
{
    struct buf out = {0};
    bool ok = true;
    ui_resize(&d->it.ui, d->columns, d->rows);
    go_there(d, o);
    if (d->format == AS_CSV)
        ok = copy_make(&d->it.ui, "table", NULL, &out, e);
    else
        ok = draw(d, &out, e);
    if (ok && o->output)
        ok = file_write(o->output, buf_text(&out), out.len, e);
    else
        say_bytes(stdout, buf_text(&out));
    buf_release(&out);
    return ok;
}

/* No command of one word has a dot or a slash: what has one was meant as a file, also where there is none. */
static bool names_a_file(const char *word)
{
    return target_named(word) || (!strchr(word, ' ') && strpbrk(word, "./"));
}

/* The first argument may be a model or a session; the others are commands. */
static bool open_target(struct dumper *d, const struct options *o, struct err *e, int *first_command)
{
    struct options *quiet = &d->quiet;
    struct target t = {0};
    bool named = o->n_args > 0 && names_a_file(o->args[0]);
    *first_command = named ? 1 : 0;
    *quiet = *o;
    if (named && !target_find(o->args[0], o->data, o->session ? o->session : "", &t, e))
        return false;
    quiet->session = t.session && *t.session ? t.session : o->session;
    quiet->readonly = true;
    if (!quiet->session)
        quiet->readonly = false;
    quiet->json = false;
    FILE *nowhere = fopen("/dev/null", "w");
    bool ok = executor_open(&d->x, quiet, nowhere, e);
    d->x.session.seconds = no_time;
    d->x.data = named ? NULL : o->data; /* a target brings its own */
    const char *lines[] = {t.first, t.second, t.step};
    for (int i = 0; ok && i < 3; i++)
        if (lines[i])
            ok = executor_do(&d->x, lines[i]);
    d->screen = t.screen;
    t.screen = NULL;
    target_release(&t);
    return ok || d->x.code != 0;
}

int verb_dump(const struct options *o)
{
    struct dumper d = {0};
    struct err e = {0};
    int first;
    if (!read_looks(o, &d, &e) || !open_target(&d, o, &e, &first))
        return verb_fail(&e);
    for (int i = first; i < o->n_args && d.x.code == 0; i++)
        executor_do(&d.x, o->args[i]);
    int code = executor_end(&d.x);
    if (code == 0) {
        at_once_init(&d.it, &d.x.session);
        code = show(&d, o, &e) ? 0 : verb_fail(&e);
        at_once_release(&d.it);
    }
    free(d.screen);
    fclose(d.x.out);
    executor_close(&d.x);
    return code;
}
