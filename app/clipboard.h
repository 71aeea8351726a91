/* clipboard: text as the bytes that put it into a terminal's clipboard (OSC 52, as in xterm's control sequences). Whether the terminal
 * obeys nobody tells; hence the file beside it (copy.h). */
#ifndef PODA_APP_CLIPBOARD_H
#define PODA_APP_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { CLIPBOARD_MOST = 74994 }; /* bytes of text that xterm takes, the least of those that take any */

/* What stands between the program and the terminal. */
enum clipboard_way {
    CLIPBOARD_BARE, /* nothing */
    CLIPBOARD_TMUX, /* takes it bare, where its set-clipboard is on */
    CLIPBOARD_SCREEN /* GNU screen passes on what stands in device control strings, each of 767 bytes at most */
};

/* From the environment's $TERM, $TMUX and $STY; each may be NULL. Where both are set, $TERM tells which is the inner one. */
enum clipboard_way clipboard_find(const char *term, const char *tmux, const char *sty);

/* Appends; nothing where it is too much. */
void clipboard_bytes(const char *text, size_t n, enum clipboard_way way, struct buf *out);

#endif
