/* cmd: finding a command's row, checking the words against it, running it. The rows are in table.c, the work in cmd_*.c. */
#include "app/cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "app/session/session.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

enum { NAMES_MAX = 64 };

const struct command *cmd_find(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

bool cmd_unknown(const char *verb, struct err *e)
{
    const char *names[NAMES_MAX];
    int n = 0;
    for (const struct command *const *c = commands; *c && n < NAMES_MAX - 1; c++)
        names[n++] = (*c)->name;
    names[n] = NULL;
    const char *near = text_nearest(verb, names);
    err_set(e, ERR_UNKNOWN, "no command %s", verb);
    if (near)
        return err_hint(e, "did you mean %s? 'help' lists all commands", near);
    return err_hint(e, "'help' lists all commands");
}

static bool unknown_key(const struct command *c, const char *key, struct err *e)
{
    struct buf known = {0};
    const char *names[NAMES_MAX];
    int n = 0;
    for (const struct command_key *k = c->keys; k && k->key && n < NAMES_MAX - 1; k++) {
        buf_printf(&known, "%s%s=", n ? " " : "", k->key);
        names[n++] = k->key;
    }
    names[n] = NULL;
    const char *near = text_nearest(key, names);
    err_set(e, ERR_UNKNOWN, "%s knows no %s=", c->name, key);
    if (near)
        err_hint(e, "did you mean %s=? it accepts: %s", near, buf_text(&known));
    else
        err_hint(e, n ? "it accepts: %s" : "it accepts no keys%s", buf_text(&known));
    buf_release(&known);
    return false;
}

static bool fits(const struct command *c, const struct words *w, struct err *e)
{
    for (int i = 0; i < w->n_keys; i++) {
        const struct command_key *k = c->keys;
        while (k && k->key && strcmp(k->key, w->keys[i].key) != 0)
            k++;
        if (!k || !k->key)
            return unknown_key(c, w->keys[i].key, e);
    }
    if (w->n_args >= c->min_args && w->n_args <= c->max_args)
        return true;
    if (w->n_args < c->min_args)
        err_set(e, ERR_USAGE, "%s: a word is missing", c->name);
    else if (w->n_args - c->max_args == 1)
        err_set(e, ERR_USAGE, "%s: a word is too many: %s", c->name, w->args[c->max_args]);
    else
        err_set(e, ERR_USAGE, "%s: %d words are too many, from %s on", c->name, w->n_args - c->max_args,
                w->args[c->max_args]);
    return err_hint(e, "usage: %s", c->usage);
}

/* In a session open for looking the head moves in memory and leaves no trace. */
static bool writable(const struct session *s, const struct command *c, struct err *e)
{
    if (c->kind == COMMAND_QUERY || c->kind == COMMAND_MOVE || !store_is_readonly(s->store) || s->preview)
        return true;
    const char *why = store_notice(s->store);
    err_set(e, ERR_READONLY, "%s writes, and the session may only be read%s%s", c->name, why ? ": " : "",
            why ? why : "");
    return err_hint(
        e, "open it again when that is over, without --readonly, or start a new one with --session FILE");
}

bool cmd_check(const char *line, struct err *e)
{
    struct words w;
    if (!words_parse(line, &w, e))
        return false;
    const struct command *c = w.verb ? cmd_find(w.verb) : NULL;
    bool ok = !w.verb || ((c || cmd_unknown(w.verb, e)) && fits(c, &w, e));
    words_release(&w);
    return ok;
}

bool cmd_run(struct session *s, const char *line, struct answer *out, struct err *e)
{
    *out = (struct answer){0};
    struct words w;
    if (!words_parse(line, &w, e))
        return false;
    bool ok = true;
    if (w.verb) {
        const struct command *c = cmd_find(w.verb);
        ok = (c || cmd_unknown(w.verb, e)) && fits(c, &w, e) && writable(s, c, e) && c->run(s, &w, out, e);
        if (ok && out->canonical.len == 0)
            words_print(&w, &out->canonical);
        out->step = store_head(s->store);
    }
    words_release(&w);
    if (!ok)
        answer_release(out);
    return ok;
}

void answer_release(struct answer *a)
{
    json_free(a->result);
    buf_release(&a->canonical);
    *a = (struct answer){0};
}

bool read_choice(const struct words *w, const char *key, const char *const *names, int otherwise, int *out,
                 struct err *e)
{
    const char *word = words_key(w, key);
    *out = otherwise;
    if (!word)
        return true;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], word) == 0) {
            *out = i;
            return true;
        }
    err_set(e, ERR_UNKNOWN, "%s= knows no %s", key, word);
    return err_known(e, word, names);
}

bool read_yes(const struct words *w, const char *key, bool *out, struct err *e)
{
    static const char *const words[] = {"yes", "no", NULL};
    int word;
    bool ok = read_choice(w, key, words, 1, &word, e);
    *out = ok && word == 0;
    return ok;
}
