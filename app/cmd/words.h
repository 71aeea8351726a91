/* words: one line of the command language, taken apart. VERB ARG... KEY=VALUE...; words with blanks stand in double quotes with
 * \" and \\; KEY=VALUE splits at the first '='; '#' begins a comment. No variables, conditions or loops: the shell has those. */
#ifndef PODA_CMD_WORDS_H
#define PODA_CMD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct buf;

struct key_value {
    char *key, *value;
};

struct words {
    char *verb; /* NULL for a blank line or a comment */
    int n_args;
    char **args;
    int n_keys;
    struct key_value *keys;
};

/* ERR_USAGE for an open quote, an empty key, a key given twice; shape= is a list, whose parts are joined by
 * commas. */
bool words_parse(const char *line, struct words *out, struct err *e);
void words_release(struct words *w);

/* The value of a key; NULL if it was not given. */
const char *words_key(const struct words *w, const char *key);

/* The line that parses to the same words. Appends. */
void words_print(const struct words *w, struct buf *out);

#endif
