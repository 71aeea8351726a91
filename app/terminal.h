/* terminal: the only file that knows curses: full screen on and off, showing a surface. What the bytes that it reads mean is
 * input.h's business. Whatever ends the program, the terminal is left as it was found. */
#ifndef PODA_APP_TERMINAL_H
#define PODA_APP_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "app/clipboard.h"
#include "views/glyph.h"
#include "views/style.h"
#include "views/surface.h"

struct err;

struct terminal_options {
    const char *color;  /* auto, always, never; NULL: auto */
    const char *glyphs; /* NULL: by the locale and $TERM */
    const char *theme;  /* NULL: default */
    bool mouse;
};

/* ERR_USAGE where there is no terminal or it cannot show a full screen, with what to do instead. what_was_saved is printed by
 * the crash report (the session's file; NULL: none). */
bool terminal_start(const struct terminal_options *o, struct err *e);
void terminal_end(void);
void terminal_abandon(
    void); /* from any thread, just before the program ends: plain writes, no memory is taken */
void terminal_saved_as(const char *session_path);

void terminal_size(int *columns, int *rows);
void terminal_resized(void); /* after SIGWINCH: ask the terminal for its size */
struct look terminal_look(void);
void terminal_show(const struct surface *s);
void terminal_redraw(void); /* as if nothing were on the screen */
void terminal_title(const char *text);
void terminal_suspend(void);   /* ^Z: gives the terminal back and stops; returns when continued */
void terminal_continued(void); /* after SIGCONT: takes the terminal again, whatever the shell did to it */
void terminal_mouse(bool on);
void terminal_copy(const char *text); /* to the clipboard, where the terminal allows it */
enum clipboard_way terminal_clipboard(void);
void terminal_print(const char *text); /* into the scrollback, until terminal_continued */
const char *
terminal_next_glyphs(const char **why); /* the next level, its name; NULL: it stays as it is, and why */
const char *terminal_next_theme(void);
enum theme terminal_theme(void);

bool terminal_latin(void); /* its characters are single bytes, as the locale says */
int terminal_read(char *bytes,
                  size_t n); /* what was typed (see input.h); 0: nothing; -1: the terminal is gone */

#endif
