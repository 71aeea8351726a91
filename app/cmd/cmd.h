/* cmd: the table of commands: one row each, everything about it. Keys, palette, exec, scripts, replay and tests all come through
 * cmd_run with the same text; help, completion and the README's tables are printed from the rows. */
#ifndef PODA_CMD_CMD_H
#define PODA_CMD_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "app/cmd/words.h"
#include "engine/base/buf.h"

struct err;
struct json;
struct session;

enum command_kind {
    COMMAND_STEP,  /* adds a step to the session tree */
    COMMAND_QUERY, /* answers and adds none; what was measured is kept with the step */
    COMMAND_MOVE,  /* moves the head along the tree */
    COMMAND_EVENT  /* leaves an event on the current step */
};

/* KEY=VALUE that a command accepts. */
struct command_key {
    const char *key;
    const char *values; /* for people: "train|validation|test|all" */
    const char *about;
};

struct answer {
    struct json *result; /* owned; an object */
    struct buf
        canonical; /* the command, resolved: defaults and seeds written out, paths with content hashes */
    int64_t step;  /* where the session stands afterwards */
};

struct command {
    const char *name;
    enum command_kind kind;
    int min_args, max_args;
    const char *args;               /* kinds, for completion: "STEP STEP"; NULL: none that is known */
    const char *usage;              /* "prune AMOUNT|TARGET [criterion=...]": an example that parses */
    const char *about;              /* one sentence */
    const struct command_key *keys; /* ended by a NULL key; NULL: none */
    bool (*run)(struct session *s, const struct words *w, struct answer *out, struct err *e);
    void (*say)(const struct json *result, struct buf *out); /* the result for people, whole lines */
};

extern const struct command *const commands[]; /* NULL-ended */

const struct command *cmd_find(const char *name);  /* NULL if unknown */
bool cmd_unknown(const char *name, struct err *e); /* says so, with the nearest; false */

/* Everything about a line that can be told without a session: words, verb, keys, number of arguments. A blank line is fine. */
bool cmd_check(const char *line, struct err *e);

/* Parse, check against the row, run. A blank line or comment succeeds with out->result NULL. On failure nothing of the session
 * has changed. ERR_UNKNOWN for words that no row knows, with the nearest; ERR_USAGE for wrong arguments, with the usage. */
bool cmd_run(struct session *s, const char *line, struct answer *out, struct err *e);
void answer_release(struct answer *a);

/* The index of a key's word in a NULL-ended list, `otherwise` where the key is absent; ERR_UNKNOWN for another word, with the
 * known ones and the nearest. */
bool read_choice(const struct words *w, const char *key, const char *const *names, int otherwise, int *out,
                 struct err *e);

/* The value of a yes|no key, false where absent; ERR_UNKNOWN for another word. */
bool read_yes(const struct words *w, const char *key, bool *out, struct err *e);

#endif
