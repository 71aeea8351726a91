/* util_pty: the explorer in a terminal that the test plays itself: it reads every byte that is written, at its own pace. */
#ifndef PODA_UTIL_PTY_H
#define PODA_UTIL_PTY_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine/base/buf.h"

struct pty {
    int master;
    pid_t child;
    char home[32];
    struct buf out; /* all that was written to it */
    long handled;   /* keys and news, when it was idle last */
};

/* words: "TERM=xterm NO_COLOR=1 -- samples/readmit/model.onnx --theme mono": the environment, then what stands behind the program's
 * name. Comes back when the explorer is idle. */
void pty_open(struct pty *p, int columns, int rows, const char *words);

void pty_type(struct pty *p, const char *bytes);

/* Reads on until the explorer says that it is idle and has handled at least so many keys and news more than when it was idle before.
 * After one key, more = 1 is sure: news only follow from it. */
void pty_settle(struct pty *p, int more);

/* As pty_settle, on a line that brings at most so many bytes in 5 ms. */
void pty_crawl(struct pty *p, int more, size_t bytes);

/* Reads on until that was written; for what is shown while the explorer works. */
void pty_until(struct pty *p, const char *text);

/* Q; 0 to 127 is the exit code, above stands 128 + the signal. What was written until then is in p->out. */
int pty_end(struct pty *p);
int pty_left(struct pty *p);     /* the same without Q: what was typed has to end it */
void pty_release(struct pty *p); /* and what the explorer left behind */

#endif
