/* verbs: what `poda VERB` does, one row each. */
#ifndef PODA_APP_VERBS_H
#define PODA_APP_VERBS_H

#include "app/options.h"

struct verb {
    const char *name;
    const char *usage;
    const char *about;
    int (*run)(const struct options *o); /* exit code */
    const char *options; /* those that it takes, parted by blanks; all take help and version */
};

extern const struct verb *const verbs[]; /* NULL-ended; the explorer is none of them */
const struct verb *verb_find(const char *name);
const struct verb *verb_of(const struct options *o); /* what the words ask for; without a verb the explorer */
bool verb_takes(const struct verb *v, const char *option);
bool verb_refuses(const struct verb *v, const char *option,
                  struct err *e); /* false; e names those that take it */

int verb_exec(const struct options *o); /* exec.c */
int verb_run(const struct options *o);
int verb_replay(const struct options *o);   /* replay.c */
int verb_dump(const struct options *o);     /* dump.c */
int verb_sessions(const struct options *o); /* places.c */
int verb_where(const struct options *o);
int verb_help(const struct options *o); /* verbs.c */
int explore(const struct options *o);   /* explore.c: no verb */

/* Print an error to stderr as "poda: message" and its hint; gives its exit code and releases it. */
struct err;
int verb_fail(struct err *e);

#endif
