/* exec: commands one after the other, in a session, with results on stdout. */
#ifndef PODA_APP_EXEC_H
#define PODA_APP_EXEC_H

#include <stdio.h>

#include "app/options.h"
#include "app/pool.h"
#include "app/session/session.h"

struct executor {
    struct pool *pool;
    struct session session;
    const struct options *o;
    FILE *out;
    const char *data;  /* to be loaded as soon as a model is there; NULL: none, or done */
    struct json *last; /* the last result; owned */
    char *told;        /* the session's notice that was said last; owned; NULL: none */
    int code;          /* the first failure's; 0 */
};

/* Opens the session that the options name. false with e set. */
bool executor_open(struct executor *x, const struct options *o, FILE *out, struct err *e);
void executor_close(struct executor *x);

/* One command: its result on x->out, its failure on stderr (or on x->out as JSON). false if the next one must not run. */
bool executor_do(struct executor *x, const char *line);

/* A failure in the form that was asked for: a JSON line on stdout or words on stderr. line: the command that failed; NULL: the
 * verb itself did, before its first command. exec_refused: the latter, released; gives its exit code. */
void exec_failed(const struct options *o, const char *line, const struct err *e);
int exec_refused(const struct options *o, struct err *e);

/* The exit code, with --fail-if looked at. */
int executor_end(struct executor *x);

#endif
