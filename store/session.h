/* session: a tree of steps on disk, with the facts that belong to them. Text, numbers, bytes and hashes; what they mean is the
 * app's business. One thread uses a store at a time. A step is on disk before store_add_step returns. */
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
    STORE_OPEN, /* create the file if it is not there */
    STORE_LOOK  /* read only */
};

/* path NULL: in memory. now: microseconds since 1970. A file that another program writes to, or that may not be written, opens
 * read-only; store_notice says why. */
struct store *store_open(const char *path, enum store_mode mode, int64_t (*now)(void), struct err *e);
void store_close(struct store *s); /* flushes; NULL is allowed */
bool store_is_readonly(const struct store *s);
const char *store_notice(const struct store *s); /* NULL: all is as usual */
const char *store_path(const struct store *s);   /* NULL in memory */

struct store_step {
    int64_t id, parent; /* parent 0: a root */
    char *command, *result;
    char *mask_before, *mask_after, *weights;
    char *model_path, *model_hash, *data_path, *data_hash;
    int64_t time;
    char *hash;
    bool broken; /* its hash does not fit: to be shown as ? */
};
void store_step_release(struct store_step *s);

/* Content by hash. Putting the same bytes twice keeps one. */
bool store_put_blob(struct store *s, const void *bytes, size_t n, char hash[HASH_HEX], struct err *e);
bool store_get_blob(struct store *s, const char *hash, struct buf *out,
                    struct err *e); /* ERR_UNREADABLE if it is not what its hash says */

/* Add a child of the head (parent >= 0: of that step, 0 a root) and move there. Reads the texts of *step; id, time and hash are
 * filled in. Blobs put since the last step are stored with it, in one transaction. */
bool store_add_step(struct store *s, struct store_step *step, struct err *e);

int64_t store_head(const struct store *s);
bool store_get_step(struct store *s, int64_t id, struct store_step *out, struct err *e); /* release it */
int64_t store_last(const struct store *s); /* the highest step number; 0: none */

/* Moves of the head, kept as events. undo: to the parent; at a root ERR_NOTHING_TO_UNDO. redo: to the child visited last. */
bool store_goto(struct store *s, int64_t step, struct err *e);
bool store_undo(struct store *s, struct err *e);
bool store_redo(struct store *s, struct err *e);

/* A step by number ("12", "#12") or tag; ERR_UNKNOWN. */
bool store_find(struct store *s, const char *text, int64_t *step, struct err *e);

bool store_note(struct store *s, int64_t step, const char *text, struct err *e);
bool store_tag(struct store *s, int64_t step, const char *name,
               struct err *e); /* ERR_USAGE if it reads as a number */
bool store_hide(struct store *s, int64_t step, struct err *e);
bool store_event(struct store *s, int64_t step, const char *kind, const char *text, struct err *e);

struct store_measure {
    int64_t step;
    const char *metric, *split, *slice; /* slice NULL: all records */
    int64_t n;
    double value, low, high; /* NaN: unknown */
    bool exact;
    const char *environment;
};
/* Kept in memory and written with the next step, at store_flush, or with the next call 200 ms later. */
bool store_measure(struct store *s, const struct store_measure *m, struct err *e);
bool store_flush(struct store *s, struct err *e);

/* The newest measurement of each metric, split and slice of a step; visit for each. */
bool store_measures(struct store *s, int64_t step, void (*visit)(void *data, const struct store_measure *m),
                    void *data, struct err *e);

/* Events of a step and kind, or of all steps (step 0) or kinds (kind NULL), oldest first. */
bool store_events(struct store *s, int64_t step, const char *kind,
                  void (*visit)(void *data, int64_t step, const char *kind, const char *text, int64_t time),
                  void *data, struct err *e);

/* Compare every row with its hash and every step with its parent's; ERR_UNREADABLE names the first that fails. */
bool store_check(struct store *s, struct err *e);

struct json *store_sql(struct store *s, const char *select, struct err *e);

/* What a list of sessions shows, without opening it for work: steps, time of the last one, the newest model's path (free() it). */
bool store_peek(const char *path, int64_t *steps, int64_t *time, char **model_path, struct err *e);

/* Every readable row of a damaged session into a new file. */
bool store_repair(const char *path, const char *new_path, int64_t *steps, struct err *e);

#endif
