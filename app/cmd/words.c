/* words: see words.h. What the words mean is cmd.h's business. */
#include "app/cmd/words.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Append the quoted text after *at's opening quote; leaves *at after the closing one. */
static bool take_quoted(const char **at, struct buf *word, struct err *e)
{
    for ((*at)++; **at && **at != '"'; (*at)++) {
        if (**at == '\\' && ((*at)[1] == '"' || (*at)[1] == '\\'))
            (*at)++;
        buf_putc(word, **at);
    }
    if (**at != '"') {
        err_set(e, ERR_USAGE, "a double quote is not closed");
        return err_hint(e, "inside quotes write \\\" for a quote and \\\\ for a backslash");
    }
    (*at)++;
    return true;
}

/* The next word, with the place of its first '=' outside quotes (-1: none). false with *more false at the end of the line. */
static bool take_word(const char **at, struct buf *word, long *equals, bool *more, struct err *e)
{
    while (blank(**at))
        (*at)++;
    *more = **at && **at != '#';
    *equals = -1;
    if (!*more)
        return true;
    while (**at && !blank(**at)) {
        if (**at == '"') {
            if (!take_quoted(at, word, e))
                return false;
            continue;
        }
        if (**at == '=' && *equals < 0)
            *equals = (long)word->len;
        buf_putc(word, *(*at)++);
    }
    return true;
}

static void add_arg(struct words *w, struct buf *word)
{
    w->args = mem_resize(w->args, (size_t)w->n_args + 1, sizeof *w->args);
    w->args[w->n_args++] = buf_take(word);
}

/* Verbs and keys need no quotes. */
static bool plain(const char *word)
{
    return *word && !strpbrk(word, " \t\r\n\"\\#=");
}

/* Lists may come in several words: the second and later ones are joined to the first by commas. */
static bool join_list(struct words *w, const char *key, const char *value)
{
    for (int i = 0; i < w->n_keys; i++)
        if (strcmp(key, "shape") == 0 && strcmp(w->keys[i].key, key) == 0) {
            struct buf joined = {0};
            buf_printf(&joined, "%s,%s", w->keys[i].value, value);
            free(w->keys[i].value);
            w->keys[i].value = buf_take(&joined);
            return true;
        }
    return false;
}

static bool add_key(struct words *w, struct buf *word, long equals, struct err *e)
{
    char *key = buf_take(word);
    key[equals] = '\0';
    if (join_list(w, key, key + equals + 1)) {
        free(key);
        return true;
    }
    if (!plain(key) || words_key(w, key)) {
        bool twice = *key && words_key(w, key);
        err_set(e, ERR_USAGE,
                twice ? "%s= is given twice" : "'%s=' is no key: a plain word is expected before '='", key);
        free(key);
        return false;
    }
    w->keys = mem_resize(w->keys, (size_t)w->n_keys + 1, sizeof *w->keys);
    w->keys[w->n_keys++] = (struct key_value){key, mem_text(key + equals + 1)};
    return true;
}

bool words_parse(const char *line, struct words *out, struct err *e)
{
    *out = (struct words){0};
    struct buf word = {0};
    bool ok = true, more = true;
    while (ok) {
        long equals;
        ok = take_word(&line, &word, &equals, &more, e);
        if (!ok || !more)
            break;
        if (!out->verb) {
            out->verb = buf_take(&word);
            ok = plain(out->verb) ||
                 err_set(e, ERR_USAGE, "'%s' is no command: a plain word is expected", out->verb);
        } else if (equals >= 0)
            ok = add_key(out, &word, equals, e);
        else
            add_arg(out, &word);
    }
    buf_release(&word);
    if (!ok)
        words_release(out);
    return ok;
}

void words_release(struct words *w)
{
    free(w->verb);
    for (int i = 0; i < w->n_args; i++)
        free(w->args[i]);
    free(w->args);
    for (int i = 0; i < w->n_keys; i++) {
        free(w->keys[i].key);
        free(w->keys[i].value);
    }
    free(w->keys);
    *w = (struct words){0};
}

const char *words_key(const struct words *w, const char *key)
{
    for (int i = 0; i < w->n_keys; i++)
        if (strcmp(w->keys[i].key, key) == 0)
            return w->keys[i].value;
    return NULL;
}

/* An argument with '=' outside quotes would read as a key. */
static void print_arg(const char *arg, struct buf *out)
{
    if (strchr(arg, '=') && !strpbrk(arg, " \t\r\n\"\\#"))
        buf_printf(out, "\"%s\"", arg);
    else
        text_quote(out, arg);
}

void words_print(const struct words *w, struct buf *out)
{
    buf_puts(out, w->verb ? w->verb : "");
    for (int i = 0; i < w->n_args; i++) {
        buf_putc(out, ' ');
        print_arg(w->args[i], out);
    }
    for (int i = 0; i < w->n_keys; i++) {
        buf_printf(out, " %s=", w->keys[i].key);
        text_quote(out, w->keys[i].value);
    }
}
