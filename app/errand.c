/* errand: see errand.h. */
#include "app/errand.h"

#include <stdlib.h>
#include <string.h>

#include "app/copy.h"
#include "app/places.h"
#include "app/terminal.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

enum { SENT_COPY, SENT_EXPORT, SENT_HINT };

static const char hint_file[] = "mouse-hint";

static char *state_path(const char *name)
{
    char *folder = place_folder(PLACE_STATE), *path = file_join(folder, name);
    free(folder);
    return path;
}

void errands_start(struct errands *a, int wake)
{
    char *path = state_path(hint_file);
    *a = (struct errands){.outbox = outbox_new(wake), .mouse_known = file_exists(path)};
    free(path);
}

void errands_end(struct errands *a)
{
    outbox_free(a->outbox);
    a->outbox = NULL;
}

bool errands_idle(struct errands *a)
{
    return outbox_idle(a->outbox);
}

static void say_error(struct ui *u, struct err *e)
{
    ui_say(u, NOTICE_ERROR, "%s%s%s", e->message, e->hint ? ". " : "", e->hint ? e->hint : "");
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
    struct parcel p = {.what = SENT_COPY, .replace = true, .make_folder = true};
    struct err e = {0};
    if (!copy_make(u, u->wish_text, &look, &p.bytes, &e)) {
        say_error(u, &e);
        parcel_release(&p);
        return;
    }
    p.path = state_path(copy_file(u->wish_text ? u->wish_text : ""));
    terminal_copy(buf_text(&p.bytes));
    outbox_put(a->outbox, &p);
}

static void do_export(struct errands *a, struct ui *u, const struct surface *s)
{
    struct copy_look look = look_of(u, s);
    struct parcel p = {.what = SENT_EXPORT, .replace = u->wish_replace};
    struct err e = {0};
    if (!u->wish_text || !copy_export(u, u->wish_text, &look, &p.bytes, &e)) {
        if (!e.message)
            err_set(&e, ERR_USAGE, "export-view needs a file name, such as view.svg");
        say_error(u, &e);
        parcel_release(&p);
        return;
    }
    p.path = mem_text(u->wish_text);
    outbox_put(a->outbox, &p);
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

static void say_written(struct ui *u, const struct parcel *p)
{
    struct buf size = {0}, most = {0};
    num_bytes(&size, (double)p->bytes.len);
    num_bytes(&most, CLIPBOARD_MOST);
    if (p->what == SENT_COPY && p->bytes.len <= CLIPBOARD_MOST)
        ui_say(u, NOTICE_INFO, "copied %s: to the clipboard where %s, and to %s", buf_text(&size),
               terminal_clipboard() == CLIPBOARD_TMUX ? "tmux lets it (set -s set-clipboard on)"
                                                      : "the terminal lets it",
               p->path);
    else if (p->what == SENT_COPY)
        ui_say(u, NOTICE_INFO, "copied %s to %s; a terminal's clipboard takes %s at most", buf_text(&size),
               p->path, buf_text(&most));
    else if (p->what == SENT_EXPORT)
        ui_say(u, NOTICE_INFO, "wrote %s (%s)", p->path, buf_text(&size));
    buf_release(&size);
    buf_release(&most);
}

void errands_news(struct errands *a, struct ui *u)
{
    struct parcel p;
    while (outbox_take(a->outbox, &p)) {
        u->handled++;
        if (p.fate == PARCEL_WRITTEN)
            say_written(u, &p);
        else if (p.fate == PARCEL_EXISTS)
            ui_ask(u, p.path);
        else if (p.what != SENT_HINT)
            say_error(u, &p.err);
        parcel_release(&p);
    }
}

void errands_mouse(struct errands *a, struct ui *u, const struct hands *h)
{
    if (a->mouse_known || !h->clicked || u->notice != NOTICE_NONE)
        return;
    struct parcel p = {
        .path = state_path(hint_file), .replace = true, .make_folder = true, .what = SENT_HINT};
    a->mouse_known = true;
    outbox_put(a->outbox, &p);
    ui_say(u, NOTICE_INFO, "to select text with the mouse, hold Shift; z m turns the mouse off and on");
}
