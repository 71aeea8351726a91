/* history: the whole tree at once, for lists and drawings: every step with its notes and tags. */
#ifndef PODA_STORE_HISTORY_H
#define PODA_STORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/session.h"

struct store_entry {
    struct store_step step; /* step.intact: false is shown as ? */
    char **notes;           /* oldest first */
    size_t n_notes;
    char **tags; /* those that stand here now, oldest first */
    size_t n_tags;
    bool hidden;
    bool here;             /* the head */
    int64_t same_mask;     /* the first earlier step with the same mask, weights and model; 0: none */
    int64_t visited_child; /* where redo would go; 0: none */
};

/* Zero-initialised is empty. */
struct store_history {
    struct store_entry *entries; /* in order of step number; parents come before children */
    size_t n;
    int64_t head;
    int64_t bytes; /* of the session as stored */
};

bool store_history(struct store *s, struct store_history *out, struct err *e);
const struct store_entry *store_history_find(const struct store_history *h, int64_t step); /* NULL: none */
void store_history_release(struct store_history *h);

#endif
