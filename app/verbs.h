/* verbs: what `poda VERB` does, one row each. */
#ifndef PODA_APP_VERBS_H
#define PODA_APP_VERBS_H

#include "app/options.h"

struct verb {
    const char *name;
    const char *usage;
    const char *about;
    int (*run)(const struct options *o); /* exit code */
};

extern const struct verb *const verbs[]; /* NULL-ended */
const struct verb *verb_find(const char *name);

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
