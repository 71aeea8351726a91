/* copy: what leaves the screen as text: for the clipboard, for a file, for the terminal's scrollback. Made from the ui alone, so that
 * tests need no terminal; who writes it where is the loop's business. */
#ifndef PODA_APP_COPY_H
#define PODA_APP_COPY_H

#include "app/ui.h"

struct err;

/* How the view is drawn where a picture is wanted. */
struct copy_look {
    int columns, rows;
    struct look look;
    enum theme theme;
};

/* what: row, table, command or picture. False: nothing of that kind is
 * here, and e says so. */
bool copy_make(const struct ui *u, const char *what, const struct copy_look *look, struct buf *out,
               struct err *e);
const char *copy_file(const char *what);

/* The view for a file, in the format that its name's end tells: .txt .ans .svg .csv. */
bool copy_export(const struct ui *u, const char *path, const struct copy_look *look, struct buf *out,
                 struct err *e);

/* Commands of ui_commands.c: they leave a wish that the loop fulfils. */
void copy_wish(struct ui *u, enum ui_wish wish, const char *text);

#endif
