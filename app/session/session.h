/* session: what the commands work on: a tree of steps in a store, the state at its head, and what was measured there. One
 * thread uses it at a time. Terminals, threads and arguments are not known here. */
#ifndef PODA_SESSION_SESSION_H
#define PODA_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "app/session/by_step.h"
#include "app/session/outfile.h"
#include "app/session/state.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "engine/base/plan.h"
#include "engine/kernels/kernels.h"
#include "store/session.h"

struct json;
struct words;

/* What was kept at a step; NaN: unknown. */
struct kept {
    double weights, sparsity;
};

/* What somebody who shows the history was told of it: look_news. */
struct told {
    bool any;
    int64_t head;
    const char *live; /* name of the split that its numbers are of, where measured; "": none */
    struct store_seen seen;
};

struct session_options {
    const char *path; /* session file; NULL: in memory */
    bool readonly;
    bool look;           /* stored results only: nothing is loaded or computed */
    const char *kernels; /* word of --kernels; NULL */
    int64_t memory;      /* bytes; 0: default */
    uint64_t seed;       /* default of seed= */
};

struct session {
    struct store *store;
    struct runner *runner; /* borrowed: who carries plans out */
    struct kernels kernels;
    struct session_options options;
    double (*seconds)(void); /* a monotonic clock */
    struct state *state;     /* at the head */
    struct state *draft;     /* what a previewed command would make; NULL: none */
    bool preview;            /* commits go to the draft */
    char *draft_command;     /* what made the draft, canonical; NULL: none */
    struct edges *edges;     /* where the draft loses what; under way, see edges.h; NULL */
    bool draft_told;         /* that is done */
    bool routes_told;        /* the head's routes are counted and shown */
    struct race *race;       /* curves give up points that have lost, see race.h; NULL: they measure all */
    bool answers;            /* curves tell every record's answer, so that points can be compared in pairs */
    struct by_step visited;  /* struct state *: made or rebuilt in this process, so that undo is a pointer */
    struct by_step kept;     /* struct kept, for the history */
    struct told told;
    struct outcomes *outcomes; /* measure.h */
    struct ranking *ranking;   /* of the strategy asked last: a slider step only selects */
    struct model
        *ranked;     /* whose portions they are, shared: the ranking and the masks it cuts borrow from it */
    char *ranked_by; /* the strategy, as text */
    struct activity *active; /* of a layer's units, see active.h; NULL */
    char *active_key;        /* what it depends on, as text */
    struct own_files own;    /* outfile.h: found so far, */
    int64_t own_last;        /* of steps up to this one */
    struct err missing;      /* why the state at the head could not be rebuilt when the session was opened */
    void (*partial)(void *data, struct json *result_take); /* who wants results on the way; NULL: nobody */
    void *partial_data;
};

/* Open or create the session and stand where it was left. A model or data file that is missing or changed leaves the session
 * open for looking: s->missing says why. */
bool session_open(struct session *s, const struct session_options *o, struct runner *r,
                  double (*seconds)(void), struct err *e);
void session_close(struct session *s);

/* Before the end: what has to be told about the session's file, as another program deleted or replaced it; NULL: nothing.
 * free() it. */
char *session_farewell(struct session *s);

/* A STEP: store the command with what it made, move the head there. In preview the state becomes the draft instead.
 * canonical and result are stored; state_take is handed over, also on failure. blob (may be NULL) is kept with the step and
 * named in it as `weights`. */
bool session_commit(struct session *s, const char *canonical, const struct json *result,
                    struct state *state_take, const struct buf *blob, struct err *e);

/* The state that step left, rebuilt from the stored path if need be; borrowed. NULL with ERR_UNREADABLE where files are
 * missing. */
struct state *session_state_at(struct session *s, int64_t step, struct err *e);

/* Take the state of the store's head, after it was moved; of a session open for stored results only there is none. On failure
 * the head goes back to step `before` (0: stays). */
bool session_stand(struct session *s, int64_t before, struct err *e);

void session_drop_draft(struct session *s);

/* The canonical command of a step; free() it. NULL if there is none. */
char *session_command_at(struct session *s, int64_t step);

/* What a command needs before it can work; each sets its own error (no_model, no_data, no_labels). */
bool session_need_model(const struct session *s, struct err *e);
bool session_need_data(const struct session *s, struct err *e);

/* Scores, sorted, of a strategy on the head's model; borrowed until the next call. */
struct ranking *session_ranking(struct session *s, const struct strategy *strategy, struct err *e);

/* Facts of the current step: a measurement; a file that was written, with its SHA-256. */
void session_measure(struct session *s, const char *metric, const char *split, int64_t n, double value,
                     double low, double high, bool exact);
void session_environment(const struct session *s,
                         struct buf *out); /* kernels and library, as measurements name them */
bool session_event_file(struct session *s, const char *kind, const char *path, struct err *e);

const struct state *
session_now(const struct session *s); /* in preview the draft, where there is one; else the head's */

#endif
