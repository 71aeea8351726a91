/* verbs: the table of `poda VERB`, help, and how a verb fails. */
#include "app/verbs.h"

#include <stdio.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/keys.h"
#include "app/say.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/text.h"

#define IN_A_SESSION "--session --data --threads --seed --memory --kernels --readonly --look"

static const struct verb explorer = {"the explorer", "", "", explore,
                                     IN_A_SESSION " --glyphs --color --theme --no-mouse --accessible"};
static const struct verb exec_verb = {"exec", "exec [options] COMMAND...", "run commands, each an argument",
                                      verb_exec, IN_A_SESSION " --json --keep-going --fail-if --accessible"};
static const struct verb run_verb = {"run", "run [options] FILE|-", "run a script, one command a line",
                                     verb_run,
                                     IN_A_SESSION " --json --keep-going --fail-if --echo --accessible"};
static const struct verb replay_verb = {"replay", "replay SESSION [--look|--verify]",
                                        "show a session, or compute it again and compare", verb_replay,
                                        "--look --verify --json --threads --memory --kernels --readonly"};
static const struct verb dump_verb = {"dump", "dump --screen NAME [SESSION | MODEL --data D] [COMMAND...]",
                                      "print a screen as text, ANSI or SVG", verb_dump,
                                      IN_A_SESSION " --screen --press --size --glyphs --format --theme -o"};
static const struct verb sessions_verb = {"sessions", "sessions [repair FILE]",
                                          "list sessions, or save what is left of one", verb_sessions, ""};
static const struct verb where_verb = {"where", "where", "show where files live", verb_where, ""};
static const struct verb help_verb = {"help", "help [WORD]", "explain a command or list them all", verb_help,
                                      "--commands --keys"};

const struct verb *const verbs[] = {&exec_verb,     &run_verb,   &replay_verb, &dump_verb,
                                    &sessions_verb, &where_verb, &help_verb,   NULL};

const struct verb *verb_find(const char *name)
{
    for (const struct verb *const *v = verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

const struct verb *verb_of(const struct options *o)
{
    return o->verb ? verb_find(o->verb) : &explorer;
}

bool verb_takes(const struct verb *v, const char *option)
{
    size_t n = strlen(option);
    for (const char *at = v->options; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (length == n && strncmp(at, option, n) == 0)
            return true;
        at += length;
    }
    return false;
}

bool verb_refuses(const struct verb *v, const char *option, struct err *e)
{
    struct buf takers = {0};
    for (const struct verb *const *w = verbs; *w; w++)
        if (verb_takes(*w, option))
            buf_printf(&takers, "%s%s", takers.len ? ", " : "", (*w)->name);
    if (verb_takes(&explorer, option))
        buf_printf(&takers, "%s%s", takers.len ? ", " : "", explorer.name);
    err_set(e, ERR_USAGE, "%s takes no %s", v->name, option);
    err_hint(e, "%s goes with %s; 'poda help VERB' lists what each takes", option, buf_text(&takers));
    buf_release(&takers);
    return false;
}

int verb_fail(struct err *e)
{
    int code = err_exit_code(e->code);
    say_error(NULL, e);
    err_release(e);
    return code;
}

static void print_usage(struct buf *out)
{
    buf_puts(
        out,
        "poda explores the pruning of neural networks: what a smaller network keeps, and what that costs.\n\n"
        "  poda samples/readmit/model.onnx --data samples/readmit/dataset.json\n"
        "  poda exec 'open model.onnx' 'data dataset.json' 'prune 0.8' eval\n\n"
        "  poda [MODEL | SESSION[#STEP[/SCREEN]]] [--data DATA] [--session FILE]\n"
        "      the explorer; with nothing, a picker of samples and recent sessions\n");
    for (const struct verb *const *v = verbs; *v; v++)
        buf_printf(out, "  poda %s\n      %s\n", (*v)->usage, (*v)->about);
    buf_puts(out, "\noptions\n");
    options_print(NULL, out);
    buf_puts(out, "\ncommands ('poda help COMMAND' explains one)\n");
    for (const struct command *const *c = commands; *c; c++)
        buf_printf(out, "  %-9s %s\n", (*c)->name, (*c)->about);
}

static void print_verb(const struct verb *v, struct buf *out)
{
    buf_printf(out, "poda %s: %s\n", v->usage, v->about);
    options_print(v, out);
}

static void print_command(const struct command *c, struct buf *out)
{
    buf_printf(out, "%s: %s\n  example: %s\n", c->name, c->about, c->usage);
    for (const struct command_key *k = c->keys; k && k->key; k++)
        buf_printf(out, "  %s=%-24s %s\n", k->key, k->values, k->about);
}

static void print_command_table(struct buf *out)
{
    buf_puts(out, "| command | does |\n| --- | --- |\n");
    for (const struct command *const *c = commands; *c; c++)
        buf_printf(out, "| `%s` | %s |\n", (*c)->usage, (*c)->about);
}

static void print_key_table(struct buf *out)
{
    buf_puts(out, "| where | key | does |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *r = &key_rows[i];
        const char *where = r->context == KEYS_EVERYWHERE ? "everywhere" : views[r->context].name;
        buf_printf(out, "| %s | `%s` | %s |\n", where, r->key, r->about);
    }
}

int verb_help(const struct options *o)
{
    struct buf text = {0};
    struct err e = {0};
    const struct command *c = o->verb && o->n_args > 0 ? cmd_find(o->args[0]) : NULL;
    const struct verb *v = o->verb && o->n_args > 0 ? verb_find(o->args[0]) : NULL;
    if (o->list_commands)
        print_command_table(&text);
    else if (o->list_keys)
        print_key_table(&text);
    else if (c)
        print_command(c, &text);
    else if (v)
        print_verb(v, &text);
    else if (o->verb && o->n_args > 0 && !o->help)
        cmd_unknown(o->args[0], &e);
    else
        print_usage(&text);
    say_text(stdout, buf_text(&text));
    buf_release(&text);
    return e.code ? verb_fail(&e) : 0;
}
