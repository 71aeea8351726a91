/* store_parts: the inside of a store, for the files of this room. */
#ifndef PODA_STORE_STORE_PARTS_H
#define PODA_STORE_STORE_PARTS_H

#include "store/db.h"
#include "store/session.h"

struct waiting_blob {
    char hash[HASH_HEX];
    void *bytes;
    size_t n;
};

struct waiting_measure {
    struct store_measure m; /* owns its texts */
    int64_t time;
};

struct store {
    struct db *db;
    char *path; /* NULL in memory */
    char *notice;
    int lock; /* descriptor that holds the lock; -1: none */
    bool readonly;
    int64_t (*now)(void);
    int64_t head;
    struct waiting_blob *blobs;
    size_t n_blobs;
    struct waiting_measure *measures;
    size_t n_measures, measures_capacity;
};

/* facts.c: the hash of a fact from its parts (NULL counts as empty, apart from ""). Ended by (const char *)-1 is not needed: n. */
void fact_hash(const char *const *parts, int n, char hash[HASH_HEX]);
bool fact_event(struct store *s, int64_t step, const char *kind, const char *text,
                struct err *e);                   /* inside a transaction */
bool facts_write(struct store *s, struct err *e); /* waiting measurements, inside a transaction */
void facts_forget(struct store *s);

/* steps.c */
void step_hash(const struct store_step *step, const char *parent_hash, char hash[HASH_HEX]);
bool steps_read(struct rows *r, struct store_step *out); /* the columns of STEP_COLUMNS */
#define STEP_COLUMNS                                                                                         \
    "id, parent, command, result, mask_before, mask_after, weights, model_path, model_hash, data_path, "     \
    "data_hash, time, hash"

/* lock.c: one writer a file. -1 if another program has it. */
int lock_take(const char *path);
void lock_drop(int lock, const char *path);

#endif
