/* session: a tree of steps on disk, with the facts that belong to them. Text, numbers, bytes and hashes; what they mean is the
 * app's business. One thread uses a store at a time. A step is on disk before store_add_step returns: a program that is killed,
 * or a machine without power, loses nothing that was confirmed, at most the measurements of the last 200 ms.
 *
 * Steps are numbered from 1 and no number is given twice. Every fact carries the SHA-256 of what it says, a step also of its
 * parent's hash, so that the newest stands for the whole branch.
 *
 * What fails for want of space or by a broken disk is ERR_IO: nothing of it is stored, everything before is. The store can
 * still be read (with a rollback journal: once the disk takes writes again, if it broke off in the middle of one), and written
 * once the cause is gone. What would write in a session open for looking is ERR_READONLY. */
#ifndef PODA_STORE_SESSION_H
#define PODA_STORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"

struct buf;
struct err;
struct json;
struct store;

enum store_mode {
    STORE_OPEN, /* create the file (mode 0600) if it is not there */
    STORE_LOOK  /* read only: leaves no trace in the file; head and redo move in memory */
};

/* path NULL: in memory. now: microseconds since 1970. A file that another program writes to, or that may not be written, opens
 * read-only; store_notice says why. ERR_UNREADABLE, the file untouched: a folder, no SQLite file, cut short, no session, a
 * newer version of the format. ERR_IO: it cannot be made. */
struct store *store_open(const char *path, enum store_mode mode, int64_t (*now)(void), struct err *e);
/* Writes what waits (store_flush before it tells whether that worked), and the whole session once more where its file is gone
 * (store_keep before it tells); NULL is allowed. */
void store_close(struct store *s);

/* At the end: does what is open have a file of its name? One that another program deleted or replaced is written anew, *anew
 * then, and the notice says so. ERR_IO: it cannot be. */
bool store_keep(struct store *s, bool *anew, struct err *e);

bool store_is_readonly(const struct store *s);
const char *store_notice(const struct store *s); /* NULL: all is as usual */
const char *store_path(const struct store *s);   /* NULL in memory */

struct store_step {
    int64_t id, parent; /* parent 0: a root */
    char *command, *result;
    char *mask_before, *mask_after, *weights; /* hashes; NULL: none; the last two of blobs of the session */
    char *model_path, *model_hash, *data_path, *data_hash;
    int64_t time;
    char *hash;
    bool broken; /* its hash does not fit: to be shown as ? */
};
void store_step_release(struct store_step *s);

/* Content by hash. Putting the same bytes twice keeps one. What is put is written with the next step; if that fails, it is
 * dropped. Getting finds what waits, too; ERR_UNREADABLE if there is none, or it is not what its hash says. */
bool store_put_blob(struct store *s, const void *bytes, size_t n, char hash[HASH_HEX], struct err *e);
bool store_get_blob(struct store *s, const char *hash, struct buf *out, struct err *e);

/* Add a child of the head (parent >= 0: of that step, 0 a root) and move there. Reads the texts of *step; id, parent, time and
 * hash are filled in once it is stored. Blobs and measurements that wait are stored with it, in one transaction. ERR_UNKNOWN:
 * no such parent. ERR_INTERNAL: mask_after or weights are no blobs of the session. */
bool store_add_step(struct store *s, struct store_step *step, struct err *e);

int64_t store_head(const struct store *s);                                               /* 0: no step yet */
bool store_get_step(struct store *s, int64_t id, struct store_step *out, struct err *e); /* release it */
int64_t store_last(const struct store *s); /* the highest step number; 0: none */

/* All steps in order of their numbers, parents before children; *step lives until visit returns. */
bool store_steps(struct store *s, void (*visit)(void *data, const struct store_step *step), void *data,
                 struct err *e);

/* Their numbers alone, ascending. There may be gaps of any size: what is as long as the highest number may not fit anywhere. */
bool store_numbers(struct store *s, void (*visit)(void *data, int64_t step), void *data, struct err *e);

/* Moves of the head, kept as events. undo: to the parent; at a root ERR_NOTHING_TO_UNDO. redo: to the child that was itself
 * visited last (added, or gone to), also after closing and opening again. */
bool store_goto(struct store *s, int64_t step, struct err *e);
bool store_undo(struct store *s, struct err *e);
bool store_redo(struct store *s, struct err *e);

/* A step by number ("12", "#12") or tag; ERR_UNKNOWN names the newest step or the nearest tag. */
bool store_find(struct store *s, const char *text, int64_t *step, struct err *e);

/* What people say about steps, and what was done beside them: kept in order, on disk at once, not undone by undo. A tag names
 * one step: giving it to another moves it. ERR_USAGE: it is empty, over 64 bytes, reads as a number, or holds '#', '/' or
 * control characters (sessions are addressed as SESSION#STEP/SCREEN). ERR_UNKNOWN: no such step. */
bool store_note(struct store *s, int64_t step, const char *text, struct err *e);
bool store_tag(struct store *s, int64_t step, const char *name, struct err *e);
bool store_hide(struct store *s, int64_t step, struct err *e);
bool store_event(struct store *s, int64_t step, const char *kind, const char *text, struct err *e);

struct store_measure {
    int64_t step;
    const char *metric, *split, *slice; /* slice NULL: all records */
    int64_t n;
    double value, low, high; /* NaN: unknown */
    bool exact;
    const char *environment;
    int64_t time; /* set by store_measure; read back */
    bool broken;  /* read back: its hash does not fit */
};
/* Kept in memory and written with the next step, at store_flush, or with the next call 200 ms later. If that fails, they go on
 * waiting. ERR_UNKNOWN: no such step. Before the first step (0), and in a session open for looking, they are dropped. */
bool store_measure(struct store *s, const struct store_measure *m, struct err *e);
bool store_flush(struct store *s, struct err *e);

/* The newest measurement of each metric, split and slice of a step, or of all steps (step 0); visit for each, in the order in
 * which they came. Those that the disk does not take now come at the end, all of them. */
bool store_measures(struct store *s, int64_t step, void (*visit)(void *data, const struct store_measure *m),
                    void *data, struct err *e);

/* Events of a step and kind, or of all steps (step 0) or kinds (kind NULL), oldest first. */
struct store_said {
    int64_t step, time;
    const char *kind, *text; /* text: NULL */
    bool broken;             /* its hash does not fit */
};
bool store_events(struct store *s, int64_t step, const char *kind,
                  void (*visit)(void *data, const struct store_said *event), void *data, struct err *e);

/* What is known to have been there and is not; and whether the place where the session stands is the one that its steps and moves
 * lead to. Costs a look at every number. */
struct store_gaps {
    int64_t steps, events, measurements; /* rows that are missing */
    bool astray;
};
bool store_gaps(struct store *s, struct store_gaps *out, struct err *e);

/* What one has seen of a session; all zero: nothing yet. */
struct store_seen {
    int64_t step, event, measurement; /* the newest of each */
    int64_t version;                  /* moves on when another program writes to the file */
};

/* visit every step that is new since, or to which a note, a tag, a hiding or a measurement came, or from which a tag was taken:
 * in order of their numbers, those whose measurements wait for the disk at the end. *seen moves on. *elsewhere: another program
 * wrote meanwhile, so that anything may have changed. On failure *seen stays. */
bool store_since(struct store *s, struct store_seen *seen, bool *elsewhere,
                 void (*visit)(void *data, int64_t step), void *data, struct err *e);

/* Compare every row with its hash and every step with its parent's; ERR_UNREADABLE names the first that fails. */
bool store_check(struct store *s, struct err *e);

/* The same to the end: visit for every row that fails (table step, event, measurement or blob; row is its number). Rows that
 * are missing fail, too. False only if the file cannot be read to its end. */
bool store_faults(struct store *s,
                  void (*visit)(void *data, const char *table, int64_t row, const char *what), void *data,
                  struct err *e);

/* Compute again what is derived from the facts (where the head stands, where redo goes). */
bool store_rebuild(struct store *s, struct err *e);

/* One SELECT: {"columns", "rows" (at most 10,000), "more"}. It can read and nothing else, and is stopped after some seconds.
 * NULL: ERR_USAGE with SQLite's words. json_free() it. */
struct json *store_sql(struct store *s, const char *select, struct err *e);

/* What a list of sessions shows, without opening it for work: steps, time of the last one, the newest model's path (free() it). */
bool store_peek(const char *path, int64_t *steps, int64_t *time, char **model_path, struct err *e);

/* Of the rows of one kind, or of contents that steps name. left: known of, but not to be read; -1: nobody can tell how many. */
struct store_count {
    int64_t saved, left;
};
struct store_saved {
    struct store_count steps, events, measurements, blobs;
    int64_t broken; /* saved, but not what its hash says */
    bool id_lost;   /* the session's own id could not be read, so that no hash of its rows can fit */
};

/* Every readable row of a damaged session into a new file, with its number and hash, and what was left. The old file stays as it
 * is. ERR_UNREADABLE: no step can be saved, and there is no new file. */
bool store_repair(const char *path, const char *new_path, struct store_saved *saved, struct err *e);

#endif
