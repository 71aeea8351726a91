/* audit: looking at session files from outside: are all rows what they were, what can be saved from a broken one, which
 * session is this in a list. */
#ifndef PODA_STORE_AUDIT_H
#define PODA_STORE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct store;

struct store_fault {
    const char *table; /* step, blob, event, measurement */
    int64_t row;       /* its id: for a step, the number */
    const char *what;  /* "does not agree with its hash", ... */
};

/* Recompute the hash of every fact and follow the chain of steps; each (may be NULL) is called for every row that fails. rows
 * and faults (may be NULL) count. True if the file could be read to its end, faults or not; ERR_UNREADABLE if it is damaged
 * beneath the rows. */
bool store_check(struct store *s, void (*each)(void *data, const struct store_fault *f), void *data,
                 int64_t *rows, int64_t *faults, struct err *e);

/* Drop what is derived (head, child visited last) and compute it again from the facts. ERR_READONLY, ERR_IO. */
bool store_rebuild(struct store *s, struct err *e);

/* For lists of sessions. Takes no lock, writes nothing. */
struct store_peek {
    char *name;    /* of the model opened last; NULL if none was */
    int64_t steps; /* how many */
    int64_t head;
    int64_t last; /* time of the newest step or event, microseconds since 1970; 0: none */
};

bool store_peek(const char *path, struct store_peek *out, struct err *e);
void store_peek_release(struct store_peek *p);

/* Write every row of the broken session at path that can still be read into a new session at out_path, which must not exist.
 * Numbers and hashes stay, so that store_check tells what is missing. rows (may be NULL) counts. ERR_UNREADABLE: nothing could
 * be read; then nothing is left at out_path. */
bool store_repair(const char *path, const char *out_path, int64_t *rows, struct err *e);

#endif
