/* options: see options.h. One row an option. */
#include "app/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "app/verbs.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum kind { FLAG, TEXT, NUMBER, BYTES };

struct row {
    const char *name;
    enum kind kind;
    size_t at; /* in struct options */
    const char *value, *about;
};

#define AT(member) offsetof(struct options, member)

static const struct row rows[] = {
    {"--json", FLAG, AT(json), "", "one JSON object a line and a command"},
    {"--echo", FLAG, AT(echo), "", "show each line before its result"},
    {"--session", TEXT, AT(session), "FILE", "keep the session in this file"},
    {"--data", TEXT, AT(data), "DATA", "data set: a dataset.json, or a .csv; loaded once a model is open"},
    {"--threads", NUMBER, AT(threads), "N", "worker threads; 0: as many as processors"},
    {"--seed", NUMBER, AT(seed), "N", "default of seed="},
    {"--memory", BYTES, AT(memory), "SIZE", "limit of one worker's activations, such as 512M"},
    {"--kernels", TEXT, AT(kernels), "WORD", "plain, avx2, avx512 or noblas"},
    {"--keep-going", FLAG, AT(keep_going), "", "go on after a failure; exit with the first one's code"},
    {"--readonly", FLAG, AT(readonly), "", "change nothing"},
    {"--accessible", FLAG, AT(accessible), "", "plain lines, nothing drawn anew: exec and run always are so"},
    {"--fail-if", TEXT, AT(fail_if), "EXPR", "exit 4 if it holds for the last result: 'delta < -0.02'"},
    {"--look", FLAG, AT(look), "", "stored results only, nothing is computed"},
    {"--verify", FLAG, AT(verify), "", "recompute and compare"},
    {"--screen", TEXT, AT(screen), "NAME", "which screen"},
    {"--press", TEXT, AT(press), "KEYS", "keys to press first, such as '2 L L m 1'"},
    {"--size", TEXT, AT(size), "WxH", "columns and rows, such as 100x30"},
    {"--glyphs", TEXT, AT(glyphs), "LEVEL", "ascii, blocks or braille"},
    {"--format", TEXT, AT(format), "FORMAT", "text, ansi, svg or csv"},
    {"--color", TEXT, AT(color), "WHEN", "auto, always or never"},
    {"--theme", TEXT, AT(theme), "NAME", "default, light, high-contrast, mono or deuteran"},
    {"--no-mouse", FLAG, AT(no_mouse), "", "leave the mouse to the terminal"},
    {"-o", TEXT, AT(output), "FILE",
     "a new file for the screen; its end tells the format: .txt .ans .svg .csv"},
    {"--commands", FLAG, AT(list_commands), "", "all commands as a table"},
    {"--keys", FLAG, AT(list_keys), "", "all keys as a table"},
    {"--help", FLAG, AT(help), "", "this text"},
    {"-h", FLAG, AT(help), "", "this text"},
    {"--version", FLAG, AT(version), "", "version and libraries"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool unknown(const char *word, struct err *e)
{
    const char *names[ROWS + 1] = {NULL};
    for (int i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    const char *near = text_nearest(word, names);
    err_set(e, ERR_USAGE, "no option %s", word);
    return near ? err_hint(e, "did you mean %s? 'poda --help' lists all", near)
                : err_hint(e, "'poda --help' lists all");
}

static bool set(struct options *o, const struct row *row, const char *value, struct err *e)
{
    void *member = (char *)o + row->at;
    if (row->kind == FLAG)
        *(bool *)member = true;
    else if (row->kind == TEXT)
        *(const char **)member = value;
    else if (row->kind == NUMBER ? !num_parse_int(value, member) : !num_parse_bytes(value, member))
        return err_set(e, ERR_USAGE, "%s %s: a %s is expected", row->name, value,
                       row->kind == NUMBER ? "whole number" : "size");
    return true;
}

/* --name value, --name=value. *i moves over a value that stands apart. */
static bool take_option(struct options *o, bool *given, int argc, char **argv, int *i, struct err *e)
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    for (int k = 0; k < ROWS; k++) {
        if (strlen(rows[k].name) != n || strncmp(rows[k].name, word, n) != 0)
            continue;
        given[k] = true;
        if (rows[k].kind == FLAG)
            return equals ? err_set(e, ERR_USAGE, "%s takes no value", rows[k].name)
                          : set(o, &rows[k], NULL, e);
        if (equals)
            return set(o, &rows[k], equals + 1, e);
        if (*i + 1 >= argc)
            return err_set(e, ERR_USAGE, "%s needs a value: %s", rows[k].name, rows[k].value);
        return set(o, &rows[k], argv[++*i], e);
    }
    return unknown(word, e);
}

/* Help and the version are told whatever else was said. */
static bool check_taken(const struct options *o, const bool *given, struct err *e)
{
    const struct verb *v = verb_of(o);
    for (int k = 0; k < ROWS; k++)
        if (given[k] && !o->help && !o->version && !verb_takes(v, rows[k].name))
            return verb_refuses(v, rows[k].name, e);
    return true;
}

bool options_read(int argc, char **argv, struct options *out, struct err *e)
{
    bool only_args = false, given[ROWS] = {false};
    *out = (struct options){.seed = 1};
    out->args = mem_zero((size_t)argc, sizeof *out->args);
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_args && strcmp(word, "--") == 0)
            only_args = true;
        else if (!only_args && word[0] == '-' && word[1])
            if (!take_option(out, given, argc, argv, &i, e))
                return false;
            else
                continue;
        else if (!out->verb && out->n_args == 0 && verb_find(word))
            out->verb = word;
        else
            out->args[out->n_args++] = word;
    }
    if (out->threads < 0 || out->threads > 1024 || out->seed < 0 || out->memory < 0)
        return err_set(e, ERR_USAGE,
                       "--threads, --seed and --memory must not be negative, --threads at most 1024");
    return check_taken(out, given, e);
}

void options_release(struct options *o)
{
    free(o->args);
}

/* The name of the only verb that takes the option; NULL: several do. */
static const char *only_verb(const char *option)
{
    const char *only = NULL;
    int n = verb_takes(verb_of(&(const struct options){0}), option);
    for (const struct verb *const *v = verbs; *v; v++)
        if (verb_takes(*v, option)) {
            only = (*v)->name;
            n++;
        }
    return n == 1 ? only : NULL;
}

void options_print(const struct verb *v, struct buf *out)
{
    for (int i = 0; i < ROWS; i++) {
        const char *only = v ? NULL : only_verb(rows[i].name);
        struct buf name = {0};
        if (v && !verb_takes(v, rows[i].name))
            continue;
        buf_printf(&name, "%s %s", rows[i].name, rows[i].value);
        buf_printf(out, "  %-18s %s%s%s\n", buf_text(&name), only ? only : "", only ? ": " : "",
                   rows[i].about);
        buf_release(&name);
    }
}
