/* options: the words behind the program's name: a verb, its arguments, and options that all verbs share. */
#ifndef PODA_APP_OPTIONS_H
#define PODA_APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct buf;

struct options {
    const char *verb; /* NULL: the explorer */
    const char **args;
    int n_args;
    bool json, echo, list_commands, list_keys, keep_going, readonly, look, verify, help, version, no_mouse,
        accessible;
    const char *session, *data, *kernels, *fail_if, *screen, *press, *size, *glyphs, *format, *output, *color,
        *theme;
    int64_t threads, seed, memory;
};

/* Borrows argv. ERR_USAGE for unknown options (naming the nearest), bad values, and options that the verb does not take; release
 * with options_release. */
bool options_read(int argc, char **argv, struct options *out, struct err *e);
void options_release(struct options *o);

/* One line an option that the verb takes, for help; NULL: all, those of one verb alone with its name. Appends. */
struct verb;
void options_print(const struct verb *v, struct buf *out);

#endif
