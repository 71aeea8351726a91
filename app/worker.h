/* worker: the session's thread. The terminal's thread posts requests and takes news; it never waits for models, data or files.
 * Requests go first; between them the worker measures the head, the draft and curves in short steps, the newest wish first. */
#ifndef PODA_APP_WORKER_H
#define PODA_APP_WORKER_H

#include "app/duties.h"
#include "app/options.h"
#include "app/session/outfile.h"

struct worker;

/* Opens the session that the options name, then the model and data, on the worker's own thread. wake is a descriptor that gets a
 * byte whenever there is news. first and second (NULL: none) are run as commands at the start. */
struct worker *worker_new(const struct options *o, const char *session_path, int wake, const char *first,
                          const char *second);
/* Stops what runs, saves, ends the thread, frees all. What has to be told about the session then (session_farewell). */
char *worker_end(struct worker *w);

void worker_post(struct worker *w, enum request_kind kind, const char *line);
void worker_cancel(struct worker *w,
                   int64_t job); /* stop what runs or waits: the job of that number; 0: everything */
void worker_freeze(struct worker *w, bool on);        /* no measuring until it is asked for */
bool worker_take(struct worker *w, struct news *out); /* false: none; release it */
bool worker_idle(struct worker *w);
void worker_own(struct worker *w, struct own_files *out); /* what nobody may write over: outfile.h */

#endif
