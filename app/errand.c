/* errand: see errand.h. */
#include "app/errand.h"

#include <stdlib.h>
#include <string.h>

#include "app/copy.h"
#include "app/places.h"
#include "app/terminal.h"
#include "app/worker.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

enum { SENT_COPY, SENT_EXPORT, SENT_HINT };

static const char hint_file[] = "mouse-hint";

void errands_start(struct errands *a, struct aside *aside)
{
    char *path = place_file(PLACE_STATE, hint_file, NULL);
    *a = (struct errands){.aside = aside, .mouse_known = path && file_exists(path)};
    free(path);
}

static void say_error(struct ui *u, struct err *e)
{
    ui_say_error(u, e);
    err_release(e);
}

static struct copy_look look_of(const struct ui *u, const struct surface *s)
{
    struct copy_look look = {s->w, s->h, terminal_look(), terminal_theme()};
    look.look.peek = u->peek;
    return look;
}

/* ---- wishes ---- */

static void do_copy(struct errands *a, struct ui *u, const struct surface *s)
{
    struct copy_look look = look_of(u, s);
    struct chore c = {.kind = ASIDE_WRITE, .what = SENT_COPY, .replace = true, .make_folder = true};
    struct err e = {0};
    if (!copy_make(u, u->wish_text, &look, &c.bytes, &e)) {
        say_error(u, &e);
        chore_release(&c);
        return;
    }
    terminal_copy(buf_text(&c.bytes));
    c.text = place_file(PLACE_STATE, copy_file(u->wish_text ? u->wish_text : ""), &e);
    if (c.text) {
        aside_ask(a->aside, &c);
    } else {
        say_error(u, &e);
        chore_release(&c);
    }
}

static void do_export(struct errands *a, struct ui *u, const struct surface *s)
{
    struct copy_look look = look_of(u, s);
    struct chore c = {.kind = ASIDE_WRITE, .what = SENT_EXPORT, .replace = u->wish_replace};
    struct err e = {0};
    if (!u->wish_text || !copy_export(u, u->wish_text, &look, &c.bytes, &e)) {
        if (!e.message)
            err_set(&e, ERR_USAGE, "export-view needs a file name, such as view.svg");
        say_error(u, &e);
        chore_release(&c);
        return;
    }
    c.text = mem_text(u->wish_text);
    if (a->worker)
        worker_own(a->worker, &c.own);
    aside_ask(a->aside, &c);
}

static void do_print(struct errands *a, struct ui *u, const struct surface *s)
{
    struct copy_look look = look_of(u, s);
    struct buf text = {0};
    copy_make(u, "picture", &look, &text, NULL);
    terminal_print(buf_text(&text));
    buf_release(&text);
    a->printed = true;
}

static void do_glyphs(struct errands *a, struct ui *u, const struct surface *s)
{
    (void)a;
    (void)s;
    const char *why, *name = terminal_next_glyphs(&why);
    if (name)
        ui_say(u, NOTICE_INFO, "glyphs: %s", name);
    else
        ui_say(u, NOTICE_INFO, "glyphs stay %s: %s", glyph_sets[terminal_look().glyphs].name, why);
}

static void do_theme(struct errands *a, struct ui *u, const struct surface *s)
{
    (void)a;
    (void)s;
    ui_say(u, NOTICE_INFO, "theme: %s", terminal_next_theme());
}

static void do_mouse(struct errands *a, struct ui *u, const struct surface *s)
{
    (void)a;
    (void)s;
    terminal_mouse(u->mouse);
}

void errands_do(struct errands *a, struct ui *u, const struct surface *s)
{
    static void (*const rows[])(struct errands * a, struct ui * u, const struct surface *s) = {
        [WISH_COPY] = do_copy,     [WISH_EXPORT] = do_export, [WISH_PRINT] = do_print,
        [WISH_GLYPHS] = do_glyphs, [WISH_THEME] = do_theme,   [WISH_MOUSE] = do_mouse};
    if (u->wish != WISH_NONE)
        rows[u->wish](a, u, s);
    u->wish = WISH_NONE;
}

/* ---- what became of files ---- */

static void say_written(struct ui *u, const struct chore *c)
{
    struct buf size = {0}, most = {0};
    num_bytes(&size, (double)c->bytes.len);
    num_bytes(&most, CLIPBOARD_MOST);
    if (c->what == SENT_COPY && c->bytes.len <= CLIPBOARD_MOST)
        ui_say(u, NOTICE_INFO, "copied %s: to the clipboard where %s, and to %s", buf_text(&size),
               terminal_clipboard() == CLIPBOARD_TMUX ? "tmux lets it (set -s set-clipboard on)"
                                                      : "the terminal lets it",
               c->text);
    else if (c->what == SENT_COPY)
        ui_say(u, NOTICE_INFO, "copied %s to %s; a terminal's clipboard takes %s at most", buf_text(&size),
               c->text, buf_text(&most));
    else if (c->what == SENT_EXPORT)
        ui_say(u, NOTICE_INFO, "wrote %s (%s)", c->text, buf_text(&size));
    buf_release(&size);
    buf_release(&most);
}

void errands_done(struct ui *u, struct chore *c)
{
    u->handled++;
    if (c->fate == CHORE_DONE)
        say_written(u, c);
    else if (c->fate == CHORE_EXISTS)
        ui_ask(u, c->text);
    else if (c->what != SENT_HINT)
        say_error(u, &c->err);
}

void errands_mouse(struct errands *a, struct ui *u, const struct hands *h)
{
    if (a->mouse_known || !h->clicked || u->notice != NOTICE_NONE)
        return;
    struct chore c = {.kind = ASIDE_WRITE,
                      .text = place_file(PLACE_STATE, hint_file, NULL),
                      .replace = true,
                      .make_folder = true,
                      .what = SENT_HINT};
    a->mouse_known = true;
    if (c.text)
        aside_ask(a->aside, &c);
    ui_say(u, NOTICE_INFO, "to select text with the mouse, hold Shift; z m turns the mouse off and on");
}
