/* edit: see edit.h. */
#include "app/edit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

void edit_splice(struct buf *text, size_t *caret, size_t from, size_t to, const char *by)
{
    char *rest = mem_text(buf_text(text) + to);
    if (from < text->len) {
        text->len = from;
        text->data[from] = '\0';
    }
    buf_puts(text, by);
    *caret = text->len;
    buf_puts(text, rest);
    free(rest);
}

void edit_set(struct buf *text, size_t *caret, const char *line)
{
    buf_clear(text);
    buf_puts(text, line);
    *caret = text->len;
}

static int width_at(const struct buf *text, size_t at, size_t *length)
{
    return text_width(text_decode(text->data + at, text->len - at, length));
}

/* Where the next character begins: over one, then over all that combine with it. */
static size_t after(const struct buf *text, size_t at)
{
    size_t n;
    if (at >= text->len)
        return text->len;
    width_at(text, at, &n);
    for (at += n; at < text->len && width_at(text, at, &n) == 0; at += n)
        continue;
    return at;
}

static size_t before(const struct buf *text, size_t at)
{
    size_t from = 0, next = 0;
    while (next < at) {
        from = next;
        next = after(text, from);
    }
    return from;
}

static size_t word_before(const struct buf *text, size_t at)
{
    while (at > 0 && text->data[at - 1] == ' ')
        at--;
    while (at > 0 && text->data[at - 1] != ' ')
        at--;
    return at;
}

static bool move_key(const struct buf *text, size_t *caret, const char *key)
{
    if (strcmp(key, "Left") == 0 || strcmp(key, "C-b") == 0)
        *caret = before(text, *caret);
    else if (strcmp(key, "Right") == 0 || strcmp(key, "C-f") == 0)
        *caret = after(text, *caret);
    else if (strcmp(key, "Home") == 0 || strcmp(key, "C-a") == 0)
        *caret = 0;
    else if (strcmp(key, "End") == 0 || strcmp(key, "C-e") == 0)
        *caret = text->len;
    else
        return false;
    return true;
}

bool edit_insert(struct buf *text, size_t *caret, const char *letters)
{
    size_t n = strlen(letters), room = text->len < EDIT_MOST ? EDIT_MOST - text->len : 0, fit = 0, length;
    while (fit < n) {
        text_decode(letters + fit, n - fit, &length);
        if (fit + length > room)
            break;
        fit += length;
    }
    struct buf some = {0};
    buf_add(&some, letters, fit);
    if (fit > 0)
        edit_splice(text, caret, *caret, *caret, buf_text(&some));
    buf_release(&some);
    return fit == n;
}

bool edit_key(struct buf *text, size_t *caret, const char *key)
{
    size_t at = *caret;
    if (strcmp(key, "Backspace") == 0) {
        edit_splice(text, caret, before(text, at), at, "");
    } else if (strcmp(key, "Delete") == 0 || strcmp(key, "C-d") == 0) {
        edit_splice(text, caret, at, after(text, at), "");
    } else if (strcmp(key, "C-w") == 0) {
        edit_splice(text, caret, word_before(text, at), at, "");
    } else if (strcmp(key, "C-u") == 0) {
        edit_splice(text, caret, 0, at, "");
    } else if (strcmp(key, "C-k") == 0) {
        edit_splice(text, caret, at, text->len, "");
    } else {
        return move_key(text, caret, key);
    }
    return true;
}
