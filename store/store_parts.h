/* store_parts: the inside of a store, for the files of this room. */
#ifndef PODA_STORE_STORE_PARTS_H
#define PODA_STORE_STORE_PARTS_H

#include "store/db.h"
#include "store/hold.h"
#include "store/session.h"
#include "store/site.h"

struct waiting_blob {
    char hash[HASH_HEX];
    void *bytes;
    size_t n;
};

struct move {
    int64_t parent, child;
};

/* facts.c: one row a table of facts. Its hash covers the table's name, the session's own id, the columns, and the chain: of a step,
 * the parent's hash. (Rows from before version 2 of the format: no id.) So rows of two sessions in one file do not pass for one.
 * Canonical form: the name, then for every value "-" if it is NULL, else its length in bytes, ":" and the bytes; whole numbers
 * in decimal, others in the shortest form that reads back. */
enum fact_table { FACT_BLOB, FACT_STEP, FACT_EVENT, FACT_MEASUREMENT, FACT_TABLES };
struct fact {
    const char *table;
    const char *columns; /* but for the hash; the first is the number */
    int n;
    const char *chain; /* SQL for it, NULL where there is none */
    const char *insert;
};
extern const struct fact facts[FACT_TABLES];

/* Which session this is, and the last row of each table whose hash does not cover that. */
struct own {
    char id[HASH_HEX]; /* "": of version 1 */
    int64_t old[FACT_TABLES];
};
bool own_read(struct db *d, struct own *out); /* false: it is not there */
bool own_load(struct db *d, struct own *out,
              struct err *e); /* the same by the file's version; else ERR_UNREADABLE */

struct store {
    struct db *db;
    struct own own;
    char *path; /* NULL in memory */
    char *notice;
    struct site_mark mark, log; /* of the file that is open, and of SQLite's log beside it */
    struct hold hold;
    int lock; /* descriptor that holds the lock; -1: none */
    bool readonly;
    int64_t (*now)(void);
    int64_t head;
    struct waiting_blob *blobs;
    size_t n_blobs, blobs_capacity;
    struct store_measure *measures; /* that wait; they own their texts */
    size_t n_measures, measures_capacity;
    struct move *moves; /* of a session open for looking: what a written one keeps in the table visited */
    size_t n_moves, moves_capacity;
};

/* Start reading columns, chain and hash of the rows that `rest` of the SELECT chooses; a '?' in it is id. */
bool fact_rows(struct db *d, struct rows *r, struct err *e, enum fact_table t, const char *rest, int64_t id);
/* Does the present one of these rows agree with its hash? */
bool fact_agrees(const struct own *own, enum fact_table t, const struct rows *r);
/* Inside a transaction. values[0] is filled in with the next number of the table if it is VALUE_NULL. */
bool fact_insert(struct store *s, enum fact_table t, struct value *values, const char *chain,
                 char hash[HASH_HEX], struct err *e);
bool fact_next_number(struct db *d, enum fact_table t, int64_t *id, struct err *e);

bool store_may_write(const struct store *s, struct err *e); /* else ERR_READONLY, saying why */

/* rescue.c: is what is open in a file that has a name, and holds it? Else it is written anew. Every function that changes a session asks
 * first, before it reads; store_begin is db_begin after that. */
bool store_ready(struct store *s, struct err *e);
#define store_begin(s, e) store_begin_at(s, __FILE__ ":" DB_LINE(__LINE__), e)
bool store_begin_at(struct store *s, const char *where, struct err *e);
bool store_finish(struct store *s, bool ok, struct err *e); /* db_finish */

/* session.c: open what stands at s->path, for writing. */
bool store_reopen(struct store *s, struct err *e);

/* steps.c */
bool step_is_there(struct store *s, int64_t id, struct err *e); /* else ERR_UNKNOWN */
void blobs_forget(struct store *s);

/* walk.c; in a transaction */
bool walk_stand(struct db *d, int64_t step, struct err *e);
bool walk_rebuild(struct db *d, struct err *e);
bool walk_load(struct store *s, struct err *e);
bool walk_led_to(struct db *d, int64_t *step, struct err *e); /* where walk_rebuild would stand */

/* events.c: in a transaction */
bool event_add(struct store *s, int64_t step, const char *kind, const char *text, struct err *e);

/* measures.c: the waiting ones; the first in a transaction, the second after it */
bool measures_write(struct store *s, struct err *e);
void measures_forget(struct store *s);

#endif
