/* at_once: the explorer's ui and a session on one thread: whatever it asks for is answered before the next key. For screens that are
 * printed, and for tests. */
#ifndef PODA_APP_AT_ONCE_H
#define PODA_APP_AT_ONCE_H

#include "app/duties.h"
#include "app/ui.h"

struct at_once {
    struct ui ui;
    struct duties duties;
    struct request *asked; /* not yet answered */
    size_t n_asked, asked_capacity;
    int64_t last_job;
    double seconds; /* the ui's clock: a tenth of a second a key */
};

/* session is borrowed and must be open. a must not move afterwards. */
void at_once_init(struct at_once *a, struct session *session);
void at_once_release(struct at_once *a);

/* Until nothing is asked for and everything is measured. */
void at_once_settle(struct at_once *a);

/* A key by its name, such as "Enter", "C-r" or "x", then settle. */
void at_once_key(struct at_once *a, const char *key);

#endif
