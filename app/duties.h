/* duties: what the session does for the explorer: requests, and between them measuring the head, the draft and curves in short
 * steps. One thread uses it; what it finds out it tells as news. */
#ifndef PODA_APP_DUTIES_H
#define PODA_APP_DUTIES_H

#include "app/board.h"
#include "app/desk.h"
#include "app/session/race.h"
#include "app/session/session.h"
#include "engine/base/err.h"

enum request_kind {
    REQUEST_COMMAND, /* any command; its answer becomes news */
    REQUEST_PREVIEW, /* a prune that becomes the draft; a newer one replaces an older */
    REQUEST_UNDRAFT, /* forget the draft */
    REQUEST_NEURON,  /* `neuron L/U` for the board; a newer one replaces an older */
    REQUEST_LAYER, /* `layer L ...` of the draft, or where there is none of the head; a newer one replaces an older */
    REQUEST_DIFF, /* `diff A B` for the board; a newer one replaces an older */
    REQUEST_FIT, /* `prune bytes=N KEYS`: from which share on it fits, for the board; a newer one replaces an older */
    REQUEST_CURVE, /* a strategy's keys: sweep it, coarse to fine */
    REQUEST_KINDS
};

struct request {
    enum request_kind kind;
    int64_t job; /* of commands: its number in the list of jobs */
    char *line;
};

enum news_kind {
    NEWS_BOARD,  /* item and json for the board */
    NEWS_CURVE,  /* json for the board's curves */
    NEWS_ANSWER, /* a command succeeded: line, text for people, json */
    NEWS_FAILED, /* a request failed: line and err */
    NEWS_JOB,    /* report: of a job that waits, runs or ended */
    NEWS_STOPPED /* a cancel is obeyed: nothing of it runs any more */
};

struct news {
    enum news_kind kind;
    enum request_kind request; /* of answers and failures */
    enum board_item item;
    struct json *json;
    char *line, *text;
    struct err err;
    struct job_report report;
};
void news_release(struct news *n);

struct fit;
struct sweep;

struct duties {
    struct session *session; /* borrowed; the caller opens and closes it */
    struct desk desk;        /* the jobs that are open */
    bool held[2]; /* measuring of the head, of the draft was stopped: until something new is asked for */
    struct sweep *sweep; /* a curve under way; NULL */
    struct race race;    /* what its points have to beat */
    struct fit *fit;     /* a share being looked for; NULL */
    char *activity;      /* a neuron whose activity is still to be measured; NULL */
    void (*tell)(void *data, struct news *news_take);
    int64_t (*new_job)(void *data); /* the next number for a job */
    void *data;
};

void duties_init(struct duties *d, struct session *session, void (*tell)(void *data, struct news *news_take),
                 int64_t (*new_job)(void *data), void *data);
void duties_release(struct duties *d);

/* Tell everything about the head, as it is known at once. */
void duties_show_head(struct duties *d);

void duties_do(struct duties *d, const struct request *r);

/* One short step of what is wanted but not asked for; measure: the head and the draft, too. False: nothing is left. */
bool duties_step(struct duties *d, bool measure);

enum { CANCEL_ALL = 0 };

/* Give up the open job of that number, or all. */
void duties_cancel(struct duties *d, int64_t job);

#endif
