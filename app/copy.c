/* copy: see copy.h. */
#include "app/copy.h"

#include <stdlib.h>
#include <string.h>

#include "app/screens.h"
#include "app/sheet.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "views/dump.h"

void copy_wish(struct ui *u, enum ui_wish wish, const char *text)
{
    free(u->wish_text);
    u->wish = wish;
    u->wish_text = mem_text(text);
    u->wish_replace = false;
}

static const struct screen *here(const struct ui *u)
{
    return screen_of(u->screen);
}

static bool no_table(const struct ui *u, struct err *e)
{
    err_set(e, ERR_UNKNOWN, "the screen '%s' shows no table", views[u->screen].title);
    return err_hint(e, "y p copies it as plain text");
}

/* ---- the kinds ---- */

typedef bool copy_maker(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e);

static bool make_table(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e)
{
    struct scratch memory = {0};
    const struct sheet *t = here(u) && here(u)->table ? here(u)->table(u, &memory) : NULL;
    (void)look;
    if (t)
        sheet_csv(t, out);
    scratch_release(&memory);
    return t || no_table(u, e);
}

static bool make_row(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e)
{
    struct scratch memory = {0};
    const struct sheet *t = here(u) && here(u)->table ? here(u)->table(u, &memory) : NULL;
    (void)look;
    if (t)
        sheet_row(t, out);
    scratch_release(&memory);
    if (t && out->len == 0) {
        err_set(e, ERR_UNKNOWN, "the cursor stands on no row here");
        return err_hint(e, "y t copies the whole table");
    }
    return t || no_table(u, e);
}

static bool make_command(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e)
{
    (void)look;
    if (here(u) && here(u)->command)
        here(u)->command(u, out);
    if (out->len > 0)
        return true;
    err_set(e, ERR_UNKNOWN,
            u->board.item[BOARD_MODEL]
                ? "no command tells what the screen '%s' shows"
                : "no model is open, so that no command tells what the screen '%s' shows",
            views[u->screen].title);
    return err_hint(e, "y p copies it as plain text");
}

/* The view as it stands, without what lies over it. */
static struct surface *draw_view(const struct ui *u, const struct copy_look *look)
{
    struct surface *s = surface_new(look->columns, look->rows);
    struct scratch memory = {0};
    struct scene scene;
    ui_scene(u, &memory, &scene);
    scene.frame.notice = NOTICE_NONE;
    scene.frame.prompt.open = false;
    scene.frame.which_title = NULL;
    scene_draw(&scene, s, &look->look);
    scratch_release(&memory);
    return s;
}

static bool make_picture(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e)
{
    struct surface *s = draw_view(u, look);
    (void)e;
    dump_text(out, s);
    surface_free(s);
    return true;
}

static bool make_colours(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e)
{
    struct surface *s = draw_view(u, look);
    (void)e;
    dump_ansi(out, s, look->theme, COLOURS_TRUE);
    surface_free(s);
    return true;
}

static bool make_svg(const struct ui *u, const struct copy_look *look, struct buf *out, struct err *e)
{
    struct surface *s = draw_view(u, look);
    (void)e;
    dump_svg(out, s, look->theme);
    surface_free(s);
    return true;
}

/* ---- by word, by the end of a file's name ---- */

static const struct {
    const char *what, *file;
    copy_maker *make;
} kinds[] = {{"row", "copy.txt", make_row},
             {"table", "copy.csv", make_table},
             {"command", "copy.txt", make_command},
             {"picture", "copy.txt", make_picture}};

static const struct {
    const char *end;
    copy_maker *make;
} formats[] = {{".txt", make_picture}, {".ans", make_colours}, {".svg", make_svg}, {".csv", make_table}};

const char *copy_file(const char *what)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].what, what) == 0)
            return kinds[i].file;
    return "copy.txt";
}

bool copy_make(const struct ui *u, const char *what, const struct copy_look *look, struct buf *out,
               struct err *e)
{
    for (size_t i = 0; what && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].what, what) == 0)
            return kinds[i].make(u, look, out, e);
    err_set(e, ERR_UNKNOWN, "nothing to copy is called %s", what ? what : "that");
    return err_hint(e, "known: row table command picture");
}

bool copy_export(const struct ui *u, const char *path, const struct copy_look *look, struct buf *out,
                 struct err *e)
{
    const char *end = strrchr(path, '.');
    for (size_t i = 0; end && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].end, end) == 0)
            return formats[i].make(u, look, out, e);
    err_set(e, ERR_USAGE, "the end of '%s' tells no format", path);
    return err_hint(e, "known: .txt plain, .ans with colours, .svg a picture, .csv the table");
}
