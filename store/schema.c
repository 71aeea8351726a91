/* schema: see schema.h. Facts (what a person did, saw and wrote) stand apart from what is derived from them and can be computed
 * again (store_rebuild). Facts are never changed, and every fact carries the SHA-256 of what it says: see facts.c. */
#include "store/schema.h"

#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "store/db.h"

#define APPLICATION_ID 0x706f6461 /* "poda" */

static const char version_1[] =
    /* FACTS */
    /* content by its hash: masks, smaller models, weights */
    "CREATE TABLE blob("
    "  id    INTEGER PRIMARY KEY,"
    "  hash  TEXT NOT NULL UNIQUE," /* SHA-256 of bytes, hex */
    "  bytes BLOB NOT NULL"         /* as the program wrote them */
    ") STRICT;"
    /* the tree */
    "CREATE TABLE step("
    "  id          INTEGER PRIMARY KEY AUTOINCREMENT," /* from 1, never given twice */
    "  parent      INTEGER REFERENCES step(id),"       /* NULL: a root */
    "  command     TEXT NOT NULL,"                     /* canonical: all defaults written out */
    "  result      TEXT,"                              /* what it answered, JSON */
    "  mask_before TEXT," /* hash of the model's mask; NULL where there was none */
    "  mask_after  TEXT REFERENCES blob(hash),"
    "  weights     TEXT REFERENCES blob(hash)," /* a smaller model or other weights; NULL: as in the file */
    "  model_path  TEXT,"
    "  model_hash  TEXT," /* SHA-256 of the file */
    "  data_path   TEXT,"
    "  data_hash   TEXT,"
    "  time        INTEGER NOT NULL," /* microseconds since 1970, UTC */
    "  hash        TEXT NOT NULL"     /* over all of this and the parent's hash */
    ") STRICT;"
    /* what was measured at a step */
    "CREATE TABLE measurement("
    "  id          INTEGER PRIMARY KEY AUTOINCREMENT," /* order of coming */
    "  step        INTEGER NOT NULL REFERENCES step(id),"
    "  metric      TEXT NOT NULL,"    /* accuracy, loss, ... */
    "  split       TEXT,"             /* test, validation, ... */
    "  slice       TEXT,"             /* a group, an amount, ...; NULL: all records */
    "  n           INTEGER NOT NULL," /* records measured */
    "  value       REAL,"             /* NULL: unknown, also below */
    "  low         REAL,"
    "  high        REAL,"
    "  exact       INTEGER NOT NULL," /* 1: all records of the slice, 0: a sample */
    "  environment TEXT,"             /* kernels and library it was computed with */
    "  time        INTEGER NOT NULL,"
    "  hash        TEXT NOT NULL"
    ") STRICT;"
    /* notes, tags, hidings, moves of the head, files written */
    "CREATE TABLE event("
    "  id     INTEGER PRIMARY KEY AUTOINCREMENT,"    /* order of happening */
    "  step   INTEGER NOT NULL REFERENCES step(id)," /* what it is about; where a move went */
    "  kind   TEXT NOT NULL,"                        /* note tag hide goto undo redo export predict ... */
    "  text   TEXT,"                                 /* the note, the tag's name, JSON */
    "  newest INTEGER NOT NULL," /* the newest step at that time: orders moves among steps */
    "  time   INTEGER NOT NULL,"
    "  hash   TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX step_parent ON step(parent);"
    "CREATE INDEX measurement_step ON measurement(step);"
    "CREATE INDEX event_step ON event(step);"
    "CREATE INDEX event_text ON event(kind, text);"
    "CREATE VIEW note AS SELECT id, step, text, time FROM event WHERE kind = 'note';"
    /* a name stands where it was put last */
    "CREATE VIEW tag AS SELECT max(id) AS id, step, text AS name, time FROM event WHERE kind = 'tag' GROUP "
    "BY text;"
    /* DERIVED */
    /* one row: where the session stands */
    "CREATE TABLE here("
    "  only INTEGER PRIMARY KEY CHECK(only = 1),"
    "  head INTEGER REFERENCES step(id)" /* NULL before the first step */
    ") STRICT;"
    "INSERT INTO here VALUES(1, NULL);"
    /* where redo goes: the child visited last */
    "CREATE TABLE visited("
    "  parent INTEGER PRIMARY KEY REFERENCES step(id),"
    "  child  INTEGER NOT NULL REFERENCES step(id)"
    ") STRICT;";

/* Version n is what row n - 1 makes of version n - 1. */
static const char *const versions[] = {version_1};
enum { VERSION = sizeof versions / sizeof *versions };

bool schema_inspect(struct db *d, bool *empty, struct err *e)
{
    int64_t id, version, objects, tables;
    if (!db_number(d, "PRAGMA application_id", 0, 0, &id, e) ||
        !db_number(d, "PRAGMA user_version", 0, 0, &version, e) ||
        !db_number(d, "SELECT count(*) FROM sqlite_schema", 0, 0, &objects, e) ||
        !db_number(d,
                   "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN"
                   " ('blob', 'step', 'measurement', 'event', 'here', 'visited')",
                   0, 0, &tables, e))
        return false;
    *empty = id == 0 && version == 0 && objects == 0;
    if (*empty || (id == APPLICATION_ID && version > 0 && version <= VERSION && tables == 6))
        return true;
    if (id == APPLICATION_ID && version > VERSION) {
        err_set(e, ERR_UNREADABLE, "%s has version %lld of the session format; this program knows up to %d",
                db_path(d), (long long)version, (int)VERSION);
        return err_hint(e, "open it with a newer poda; it was not touched");
    }
    if (id == APPLICATION_ID) {
        err_set(e, ERR_UNREADABLE, "%s: the session is damaged: tables are missing", db_path(d));
        return err_hint(e, "'poda sessions repair FILE' saves what can still be read");
    }
    err_set(e, ERR_UNREADABLE, "%s is no session of poda", db_path(d));
    return err_hint(e, "give a file that --session made, or a new name");
}

bool schema_migrate(struct db *d, struct err *e)
{
    int64_t version;
    if (!db_number(d, "PRAGMA user_version", 0, 0, &version, e))
        return false;
    if (version >= VERSION)
        return true;
    if (!db_begin(d, e))
        return false;
    bool ok = true;
    for (int64_t i = version; ok && i < VERSION; i++)
        ok = db_script(d, versions[i], e);
    struct buf marks = {0};
    buf_printf(&marks, "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID, (int)VERSION);
    ok = ok && db_script(d, buf_text(&marks), e);
    buf_release(&marks);
    return db_finish(d, ok, e);
}
