/* complete: see complete.h. What stands on the board is listed by complete_board.c. */
#include "app/complete.h"

#include <ctype.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/complete_board.h"
#include "app/keys.h"
#include "engine/base/buf.h"
#include "engine/base/text.h"

static char *part(struct scratch *memory, const char *text, size_t n)
{
    return scratch_printf(memory, "%.*s", (int)n, text);
}

/* Bytes of the word that begins at text, blanks inside quotes counted. */
static size_t word_bytes(const char *text)
{
    size_t n = 0;
    for (bool quoted = false; text[n] && (quoted || text[n] != ' '); n++) {
        if (quoted && text[n] == '\\' && text[n + 1])
            n++;
        else if (text[n] == '"')
            quoted = !quoted;
    }
    return n;
}

static char *unquoted(struct scratch *memory, const char *text, size_t n)
{
    struct buf out = {0};
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (quoted && text[i] == '\\' && i + 1 < n)
            buf_putc(&out, text[++i]);
        else
            buf_putc(&out, text[i]);
    }
    return scratch_buf(memory, &out);
}

struct caret_word complete_word(const char *line, size_t caret, struct scratch *memory)
{
    struct caret_word w = {0};
    size_t at = 0, n = 0;
    for (int words = 0;; words++) {
        at += strspn(line + at, " ");
        n = word_bytes(line + at);
        if (at + n >= caret)
            break;
        if (words == 0)
            w.verb = part(memory, line + at, n);
        const char *equals = memchr(line + at, '=', n);
        w.index += !(equals && words > 0);
        at += n;
    }
    if (at > caret) /* in the blanks before a word */
        at = caret, n = 0;
    const char *equals = memchr(line + at, '=', n);
    w.from = at;
    w.to = at + n;
    if (w.verb && equals && line + caret > equals) {
        w.key = part(memory, line + at, (size_t)(equals - line) - at);
        w.from = (size_t)(equals - line) + 1;
    }
    w.text = unquoted(memory, line + w.from, caret - w.from);
    return w;
}

static const struct command_key *key_of(const struct caret_word *w)
{
    const struct command *c = w->verb ? cmd_find(w->verb) : NULL;
    for (const struct command_key *k = c ? c->keys : NULL; k && k->key && w->key; k++)
        if (strcmp(k->key, w->key) == 0)
            return k;
    return NULL;
}

/* The n-th word of a list with blanks; the last stands for all that follow if it ends in "...". */
static char *kind_of(const char *list, int n, struct scratch *memory)
{
    for (; list; n--) {
        size_t length = strcspn(list, " ");
        if (n == 0)
            return part(memory, list, length);
        list = list[length] ? list + length + 1 : NULL;
    }
    return NULL;
}

static void offer_verbs(struct offers *out)
{
    for (const struct command *const *c = commands; *c; c++)
        offer_add(out, (struct offer){.text = (*c)->name, .about = (*c)->about, .more = true});
    for (size_t i = 0; i < key_row_count; i++) { /* those of the eye; the verb is told once */
        const char *verb = part(out->memory, key_rows[i].command, strcspn(key_rows[i].command, " "));
        bool told = cmd_find(verb) != NULL;
        for (size_t k = 0; k < i && !told; k++)
            told = strncmp(key_rows[k].command, verb, strlen(verb)) == 0 &&
                   strchr(" ", key_rows[k].command[strlen(verb)]);
        if (!told)
            offer_add(out, (struct offer){.text = verb,
                                          .about = key_rows[i].about,
                                          .key = key_rows[i].key,
                                          .more = key_rows[i].command[strlen(verb)] != '\0'});
    }
}

/* What keys run with that verb: `screen` lists the screens. */
static void offer_view_arguments(const struct caret_word *w, struct offers *out)
{
    size_t n = strlen(w->verb);
    for (size_t i = 0; i < key_row_count && w->index == 1; i++) {
        const char *command = key_rows[i].command;
        if (strncmp(command, w->verb, n) == 0 && command[n] == ' ' && isalpha((unsigned char)command[n + 1]))
            offer_add(out, (struct offer){
                               .text = command + n + 1, .about = key_rows[i].about, .key = key_rows[i].key});
    }
}

/* The words of "a|b|c"; what is written in capitals stands for something else. */
static void offer_values(const struct ui *u, const struct command_key *k, const struct caret_word *w,
                         struct offers *out)
{
    if (strcmp(k->key, "layers") == 0)
        board_offer_list(u, w->text, out);
    else if (strcmp(k->key, "label") == 0)
        return;
    for (const char *at = k->values; *at;) {
        size_t n = strcspn(at, "|");
        if (islower((unsigned char)*at))
            offer_add(out, (struct offer){.text = part(out->memory, at, n)});
        at += n + (at[n] == '|');
    }
}

static void offer_keys(const struct command *c, struct offers *out)
{
    for (const struct command_key *k = c->keys; k && k->key; k++) {
        char *text = scratch_printf(out->memory, "%s=", k->key);
        offer_add(out, (struct offer){.text = text,
                                      .about = scratch_printf(out->memory, "%s: %s", k->values, k->about),
                                      .line = text,
                                      .more = true});
    }
}

void complete_offers(const struct ui *u, const struct caret_word *w, struct offers *out)
{
    const struct command *c = w->verb ? cmd_find(w->verb) : NULL;
    const struct command_key *k = key_of(w);
    const char *kind = c && !w->key ? kind_of(c->args, w->index - 1, out->memory) : NULL;
    fuzzy_word(&out->query, w->text);
    if (!w->verb)
        offer_verbs(out);
    else if (k)
        offer_values(u, k, w, out);
    else if (!w->key) {
        if (kind)
            board_offer(u, kind, w->text, out);
        fuzzy_word(&out->query, w->text);
        if (c)
            offer_keys(c, out);
        else
            offer_view_arguments(w, out);
        if (strcmp(w->verb, "look") == 0)
            board_offer(u, "UNIT", w->text, out);
    }
}

const char *complete_usage(const struct caret_word *w, struct scratch *memory)
{
    const struct command *c = w->verb ? cmd_find(w->verb) : NULL;
    const struct command_key *k = key_of(w);
    if (k)
        return scratch_printf(memory, "%s=%s  %s", k->key, k->values, k->about);
    if (!c)
        return NULL;
    struct buf text = {0};
    buf_printf(&text, "%s%s%s", c->name, c->args ? " " : "", c->args ? c->args : "");
    for (k = c->keys; k && k->key; k++)
        buf_printf(&text, " [%s=]", k->key);
    buf_printf(&text, "  such as: %s", c->usage);
    return scratch_buf(memory, &text);
}

const char *complete_folder(const struct caret_word *w, struct scratch *memory)
{
    const struct command *c = w->verb ? cmd_find(w->verb) : NULL;
    const char *kind = c && !w->key ? kind_of(c->args, w->index - 1, memory) : NULL;
    if (!kind || strcmp(kind, "FILE") != 0)
        return NULL;
    const char *slash = strrchr(w->text, '/');
    return part(memory, w->text, slash ? (size_t)(slash - w->text) + 1 : 0);
}
