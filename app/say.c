/* say: see say.h. */
#include "app/say.h"

#include <stdarg.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/text.h"

void say_line(FILE *to, const char *format, ...)
{
    struct buf raw = {0}, safe = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&raw, format, args);
    va_end(args);
    text_escape(&safe, buf_text(&raw), raw.len);
    buf_putc(&safe, '\n');
    fputs(buf_text(&safe), to);
    buf_release(&raw);
    buf_release(&safe);
}

void say_text(FILE *to, const char *text)
{
    struct buf safe = {0};
    while (*text) {
        size_t n = strcspn(text, "\n\t");
        text_escape(&safe, text, n);
        text += n;
        if (*text)
            buf_putc(&safe, *text++);
    }
    say_bytes(to, buf_text(&safe));
    buf_release(&safe);
}

void say_bytes(FILE *to, const char *text)
{
    fputs(text, to);
    fflush(to);
}

void say_error(const char *command, const struct err *e)
{
    say_line(stderr, "poda: %s%s%s", command ? command : "", command ? ": " : "", e->message);
    if (e->hint)
        say_line(stderr, "      %s", e->hint);
}
