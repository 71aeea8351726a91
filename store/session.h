/* session: a tree of steps in one SQLite file, saved as it grows. A step is committed before store_add_step returns, so that a
 * program that is killed loses nothing that was confirmed. This header: the file, its steps, where one stands, and the blobs
 * that steps refer to. Beside it: marks.h (notes, tags, events), measures.h, history.h, sql.h, audit.h (check, repair, lists).
 *
 * A store belongs to one thread at a time. Texts are UTF-8 and end with NUL; what a function takes it copies; what it gives
 * is released by the function that is named. Hashes are 64 lower-case hex digits. Steps are numbered from 1, never twice. */
#ifndef PODA_STORE_SESSION_H
#define PODA_STORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"

struct buf;
struct err;
struct store; /* opaque */

enum store_mode {
    STORE_CREATE, /* make the file (mode 0600) if it is not there, else go on with it */
    STORE_WRITE,  /* the file must be there */
    STORE_LOOK,   /* read-only by wish */
};

/* Where time comes from: microseconds since 1970, UTC. Borrowed for the life of the store. */
struct store_clock {
    int64_t (*now)(void *data);
    void *data;
};

/* Open a session; path NULL is one in memory. One that may not or cannot be written (file or folder read-only, another program
 * has it open for writing) opens for looking, and store_notice says why. ERR_UNREADABLE, file untouched: a folder, not SQLite,
 * truncated, no session, a newer schema. ERR_IO: the file cannot be made. NULL on failure. */
struct store *store_open(const char *path, enum store_mode mode, const struct store_clock *clock,
                         struct err *e);

/* Write measurements that wait, and free. False (ERR_IO) if they could not be written; the store is gone all the same. */
bool store_close(struct store *s, struct err *e);

bool store_is_readonly(const struct store *s);
const char *store_path(const struct store *s); /* as given; NULL in memory */
const char *
store_notice(const struct store *s); /* a sentence for the user, NULL if there is none; borrowed */

/* One step. Fields without a value are NULL; in and out the same struct. */
struct store_step {
    int64_t id;              /* from 1; ignored by store_add_step */
    int64_t parent;          /* 0: a root */
    const char *command;     /* canonical text */
    const char *mask_before; /* hashes of blobs */
    const char *mask_after;
    const char *weights; /* hash of a blob: weights where they differ from the model's file */
    const char *model_hash, *model_path;
    const char *data_hash, *data_path;
    const char *result; /* JSON text */
    int64_t time;       /* microseconds; set by store_add_step */
    char
        hash[HASH_HEX]; /* SHA-256 over all of the above and the parent's hash: stands for the whole branch */
    bool intact;        /* read back: the row agrees with its hash, else show it as ? */
    /* private: */
    char *memory; /* holds the texts of a step that was read; NULL in one that a caller made */
};

void store_step_release(struct store_step *step);

/* Add a step under step->parent with the blobs put since the last step, in one transaction, and stand on it. mask_after and
 * weights must be blobs of the session (ERR_INTERNAL), the parent one of its steps or 0. ERR_IO (disk full, broken): nothing
 * of this step is stored, everything before is; the store can still be read, and written once the cause is gone. ERR_READONLY.
 * id may be NULL. */
bool store_add_step(struct store *s, const struct store_step *step, int64_t *id, struct err *e);

/* ERR_UNKNOWN if there is no such step. */
bool store_get_step(struct store *s, int64_t id, struct store_step *out, struct err *e);

int64_t store_newest(struct store *s); /* highest number given so far; 0: none */

/* Where one stands: 0 in an empty session. Kept when the session is closed. */
int64_t store_head(const struct store *s);

/* Walking adds no step; it is logged as an event. In a store for looking, it moves this window only and leaves no trace. head
 * (may be NULL) is where one stands then. goto: ERR_UNKNOWN. undo goes to the parent; redo to the child visited last, also
 * after reopening; both ERR_NOTHING_TO_UNDO, in words of their own. */
bool store_goto(struct store *s, int64_t id, struct err *e);
bool store_undo(struct store *s, int64_t *head, struct err *e);
bool store_redo(struct store *s, int64_t *head, struct err *e);

/* The steps from a root down to id, both included; free() it. NULL: ERR_UNKNOWN. */
int64_t *store_branch(struct store *s, int64_t id, size_t *n, struct err *e);
/* The nearest step that both descend from (or are); 0 if they stand under different roots. */
bool store_ancestor(struct store *s, int64_t a, int64_t b, int64_t *out, struct err *e);

/* Blobs are found by the SHA-256 of their bytes and stored once. put keeps a copy that the next step commits; if that step
 * fails, what waits is dropped. get appends to out and checks the bytes: ERR_UNREADABLE if there is no such blob, or it does
 * not agree with its hash. */
void store_put_blob(struct store *s, const void *bytes, size_t n, char hash[HASH_HEX]);
bool store_get_blob(struct store *s, const char *hash, struct buf *out, struct err *e);

#endif
