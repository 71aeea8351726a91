/* worker: the session's thread. The terminal's thread posts requests and takes news; it never waits for models, data or files.
 * Requests go first; between them the worker measures the head, the draft and curves in short steps, the newest wish first. */
#ifndef PODA_APP_WORKER_H
#define PODA_APP_WORKER_H

#include "app/board.h"
#include "app/options.h"
#include "engine/base/err.h"

struct worker;

enum request_kind {
    REQUEST_COMMAND, /* any command; its answer becomes news */
    REQUEST_PREVIEW, /* a prune that becomes the draft; a newer one replaces an older */
    REQUEST_UNDRAFT, /* forget the draft */
    REQUEST_NEURON,  /* `neuron L/U` for the board; a newer one replaces an older */
    REQUEST_DIFF,    /* `diff A B` for the board; a newer one replaces an older */
    REQUEST_CURVE,   /* a strategy's keys: sweep it, coarse to fine */
    REQUEST_KINDS
};

enum news_kind {
    NEWS_BOARD,   /* item and json for the board */
    NEWS_CURVE,   /* json for the board's curves */
    NEWS_ANSWER,  /* a command succeeded: line, text for people, json */
    NEWS_FAILED,  /* a request failed: line and err */
    NEWS_PROGRESS /* text: what is being done, done of total; text NULL: nothing */
};

struct news {
    enum news_kind kind;
    enum request_kind request; /* of answers and failures */
    enum board_item item;
    struct json *json;
    char *line, *text;
    struct err err;
    int64_t done, total;
};

/* Opens the session that the options name, then the model and data, on the worker's own thread. wake is a descriptor that gets a
 * byte whenever there is news. first and second (NULL: none) are run as commands at the start. */
struct worker *worker_new(const struct options *o, const char *session_path, int wake, const char *first,
                          const char *second);
void worker_free(struct worker *w); /* stops what runs, saves, ends the thread */

void worker_post(struct worker *w, enum request_kind kind, const char *line);
void worker_cancel(struct worker *w);                 /* stop the running step and drop the sweep */
void worker_freeze(struct worker *w, bool on);        /* no measuring until it is asked for */
bool worker_take(struct worker *w, struct news *out); /* false: none; release it */
void news_release(struct news *n);
bool worker_idle(struct worker *w);

#endif
