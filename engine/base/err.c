/* err: one table of codes, and the texts of a failure. See err.h. */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"

static const struct {
    const char *word;
    int exit_code;
} codes[ERR_CODES] = {
    [ERR_NONE] = {"none", 0},
    [ERR_USAGE] = {"usage", 2},
    [ERR_UNKNOWN] = {"unknown", 2},
    [ERR_NO_MODEL] = {"no_model", 1},
    [ERR_NO_DATA] = {"no_data", 1},
    [ERR_NO_LABELS] = {"no_labels", 1},
    [ERR_UNREADABLE] = {"unreadable", 3},
    [ERR_UNSUPPORTED] = {"unsupported", 3},
    [ERR_UNREACHABLE] = {"unreachable", 1},
    [ERR_TOO_FEW] = {"too_few", 1},
    [ERR_PINNED] = {"pinned", 1},
    [ERR_READONLY] = {"readonly", 1},
    [ERR_NOTHING_TO_UNDO] = {"nothing_to_undo", 1},
    [ERR_IO] = {"io", 1},
    [ERR_CANCELLED] = {"cancelled", 1},
    [ERR_INTERNAL] = {"internal", 1},
};

static char *formatted(const char *format, va_list args, size_t most)
{
    struct buf raw = {0}, safe = {0}, brief = {0};
    buf_vprintf(&raw, format, args);
    text_escape(&safe, buf_text(&raw), raw.len);
    text_brief(&brief, buf_text(&safe), safe.len, most);
    buf_release(&raw);
    buf_release(&safe);
    return buf_take(&brief);
}

bool err_set(struct err *e, enum err_code code, const char *format, ...)
{
    if (!e || e->code != ERR_NONE)
        return false;
    va_list args;
    va_start(args, format);
    e->message = formatted(format, args, ERR_MESSAGE_MOST);
    va_end(args);
    e->code = code;
    return false;
}

bool err_hint(struct err *e, const char *format, ...)
{
    if (!e || e->code == ERR_NONE || e->hint)
        return false;
    va_list args;
    va_start(args, format);
    e->hint = formatted(format, args, ERR_HINT_MOST);
    va_end(args);
    return false;
}

bool err_known(struct err *e, const char *word, const char *const *list)
{
    struct buf known = {0};
    const char *near = text_nearest(word, list);
    for (; *list; list++)
        buf_printf(&known, " %s", *list);
    if (near)
        err_hint(e, "did you mean %s? known:%s", near, buf_text(&known));
    else
        err_hint(e, "known:%s", buf_text(&known));
    buf_release(&known);
    return false;
}

bool err_place(struct err *e, const char *format, ...)
{
    if (!e || e->code == ERR_NONE)
        return false;
    va_list args;
    va_start(args, format);
    char *place = formatted(format, args, ERR_MESSAGE_MOST);
    va_end(args);
    struct buf whole = {0};
    buf_printf(&whole, "%s: %s", place, e->message);
    free(place);
    free(e->message);
    e->message = buf_take(&whole);
    return false;
}

void err_tell(const struct err *e, struct buf *out)
{
    size_t n = strlen(e->message);
    buf_puts(out, e->message);
    if (e->hint)
        buf_printf(out, "%s %s", n > 0 && strchr(".?!", e->message[n - 1]) ? "" : ".", e->hint);
}

void err_release(struct err *e)
{
    free(e->message);
    free(e->hint);
    *e = (struct err){0};
}

const char *err_word(enum err_code code)
{
    return codes[code].word;
}

int err_exit_code(enum err_code code)
{
    return codes[code].exit_code;
}
