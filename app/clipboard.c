/* clipboard: see clipboard.h. */
#include "app/clipboard.h"

#include <string.h>

#include "engine/base/buf.h"

enum { PIECE = 512 }; /* of a string for GNU screen, far enough from its limit */

enum clipboard_way clipboard_find(const char *term, const char *tmux, const char *sty)
{
    bool in_tmux = tmux && *tmux, in_screen = sty && *sty;
    if (in_screen && !(in_tmux && term && strncmp(term, "tmux", 4) == 0))
        return CLIPBOARD_SCREEN;
    return in_tmux ? CLIPBOARD_TMUX : CLIPBOARD_BARE;
}

static void base64(struct buf *out, const char *text, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)(unsigned char)text[i] << 16;
        v |= i + 1 < n ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
        v |= i + 2 < n ? (unsigned char)text[i + 2] : 0;
        buf_putc(out, digits[v >> 18]);
        buf_putc(out, digits[v >> 12 & 63]);
        buf_putc(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        buf_putc(out, i + 2 < n ? digits[v & 63] : '=');
    }
}

void clipboard_bytes(const char *text, size_t n, enum clipboard_way way, struct buf *out)
{
    struct buf bare = {0};
    if (n > CLIPBOARD_MOST)
        return;
    buf_puts(&bare, "\033]52;c;");
    base64(&bare, text, n);
    buf_putc(&bare, '\a');
    if (way != CLIPBOARD_SCREEN)
        buf_add(out, bare.data, bare.len);
    for (size_t at = 0; way == CLIPBOARD_SCREEN && at < bare.len; at += PIECE) {
        buf_puts(out, "\033P");
        buf_add(out, bare.data + at, bare.len - at < PIECE ? bare.len - at : PIECE);
        buf_puts(out, "\033\\");
    }
    buf_release(&bare);
}
