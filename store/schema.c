/* schema: see schema.h. Facts only: what a person did, saw and wrote. Everything else is computed from them, so that there is
 * nothing to rebuild. Every fact row carries the SHA-256 of what it says. */
#include "store/schema.h"

#include <stdint.h>

#include "engine/base/err.h"
#include "store/db.h"

#define APPLICATION_ID 0x706f6461 /* "poda" */
enum { VERSION = 1 };

static const char version_1[] =
    /* one row: where the session stands */
    "CREATE TABLE session("
    "  only INTEGER PRIMARY KEY CHECK(only = 1),"
    "  head INTEGER NOT NULL," /* step; 0 before the first */
    "  next INTEGER NOT NULL"  /* number of the next step: never given twice */
    ") STRICT;"
    /* content by its hash: masks, smaller models, weights */
    "CREATE TABLE blob("
    "  hash TEXT PRIMARY KEY," /* SHA-256 of bytes, hex */
    "  bytes BLOB NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    /* the tree; a step is never changed */
    "CREATE TABLE step("
    "  id INTEGER PRIMARY KEY,"
    "  parent INTEGER NOT NULL," /* 0: a root */
    "  command TEXT NOT NULL,"   /* canonical */
    "  result TEXT,"             /* what it answered, JSON */
    "  mask_before TEXT,"        /* hashes; NULL where there is no mask */
    "  mask_after TEXT,"
    "  weights TEXT," /* blob: a smaller model or other weights */
    "  model_path TEXT, model_hash TEXT,"
    "  data_path TEXT, data_hash TEXT,"
    "  time INTEGER NOT NULL," /* microseconds since 1970 */
    "  hash TEXT NOT NULL"     /* over all of this and the parent's hash */
    ") STRICT;"
    /* where redo goes */
    "CREATE TABLE visited("
    "  parent INTEGER PRIMARY KEY,"
    "  child INTEGER NOT NULL"
    ") STRICT;"
    /* what was measured at a step */
    "CREATE TABLE measurement("
    "  id INTEGER PRIMARY KEY,"
    "  step INTEGER NOT NULL REFERENCES step(id),"
    "  metric TEXT NOT NULL, split TEXT, slice TEXT,"
    "  n INTEGER NOT NULL,"
    "  value REAL, low REAL, high REAL," /* NULL: unknown */
    "  exact INTEGER NOT NULL,"          /* 1: all records of the slice */
    "  environment TEXT,"                /* kernels and library it was computed with */
    "  time INTEGER NOT NULL, hash TEXT NOT NULL"
    ") STRICT;"
    /* notes, tags, hidings, moves of the head, files written: in order, never changed */
    "CREATE TABLE event("
    "  id INTEGER PRIMARY KEY,"
    "  step INTEGER NOT NULL REFERENCES step(id),"
    "  kind TEXT NOT NULL," /* note tag hide goto undo redo export predict */
    "  text TEXT,"
    "  time INTEGER NOT NULL, hash TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX measurement_step ON measurement(step);"
    "CREATE INDEX event_step ON event(step);"
    "INSERT INTO session VALUES(1, 0, 1);";

static bool create(struct db *d, struct err *e)
{
    return db_begin(d, e) &&
           ((db_script(d, version_1, e) &&
             db_script(d, "PRAGMA application_id=1886348385; PRAGMA user_version=1", e) && db_commit(d, e)) ||
            (db_rollback(d), false));
}

bool schema_prepare(struct db *d, bool may_write, struct err *e)
{
    int64_t id = db_int(d, -1, "PRAGMA application_id"), version = db_int(d, -1, "PRAGMA user_version");
    int64_t tables = db_int(d, -1, "SELECT count(*) FROM sqlite_schema");
    _Static_assert(APPLICATION_ID == 1886348385, "the number in create()");
    if (id == 0 && tables == 0 && may_write)
        return create(d, e);
    if (id != APPLICATION_ID || tables < 0) {
        err_set(e, ERR_UNREADABLE, "%s is no session of poda", db_path(d));
        return err_hint(e, "give a file that --session made, or a new name");
    }
    if (version > VERSION) {
        err_set(e, ERR_UNREADABLE, "%s has version %lld of the session format; this program knows up to %d",
                db_path(d), (long long)version, VERSION);
        return err_hint(e, "open it with a newer poda; it was not touched");
    }
    return true;
}
