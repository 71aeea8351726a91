/* schema: see schema.h. Facts (what a person did, saw and wrote) stand apart from what is derived from them and can be computed
 * again (store_rebuild). Facts are never changed, and every fact carries the SHA-256 of what it says: see facts.c. */
#include "store/schema.h"

#include <stdint.h>
#include <string.h>

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

static const char version_2[] =
    /* FACTS */
    /* one row: which session this is, for the hashes of its rows */
    "CREATE TABLE self("
    "  only            INTEGER PRIMARY KEY CHECK(only = 1),"
    "  id              TEXT NOT NULL,"    /* by chance, 32 hex digits */
    "  old_step        INTEGER NOT NULL," /* the last row of each table whose hash is of version 1, without id */
    "  old_event       INTEGER NOT NULL,"
    "  old_measurement INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO self SELECT 1, lower(hex(randomblob(16))), coalesce((SELECT max(id) FROM step), 0),"
    " coalesce((SELECT max(id) FROM event), 0), coalesce((SELECT max(id) FROM measurement), 0);";

/* Version n is what row n - 1 makes of version n - 1. */
static const char *const versions[] = {version_1, version_2};
enum { VERSION = sizeof versions / sizeof *versions };

static bool make_versions(struct db *d, int64_t from, int64_t to, struct err *e)
{
    bool ok = true;
    for (int64_t i = from; ok && i < to; i++)
        ok = db_script(d, versions[i], e);
    return ok;
}

static bool damaged(struct db *d, struct err *e, const char *what, const char *name)
{
    err_set(e, ERR_UNREADABLE, "%s: the session is damaged: %s%s%s", db_path(d), what, name ? " " : "",
            name ? name : "");
    return err_hint(e, "'poda sessions repair FILE' saves what can still be read");
}

/* What SQLite would run or read in our name, though a stranger wrote it. */
static bool foreign(struct db *d, struct err *e, const char *type, const char *name)
{
    err_set(e, ERR_UNREADABLE, "%s holds the %s %s, which no session of poda has", db_path(d), type, name);
    return err_hint(e, "it was not touched; 'poda sessions repair FILE' makes a copy without it");
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Is the object of these columns (type, name, table, text) in the other schema, to the letter? */
static bool compare_object(struct db *d, struct db *like, const struct rows *r, int64_t *known, struct err *e)
{
    struct rows mine;
    const char *name = row_text(r, 1) ? row_text(r, 1) : "?", *type = row_text(r, 0) ? row_text(r, 0) : "?";
    bool found =
        db_rows(like, &mine, e, "SELECT type, tbl_name, sql FROM sqlite_schema WHERE name = ?", "t", name) &&
        db_next(&mine, e);
    bool same = found && same_text(type, row_text(&mine, 0)) &&
                same_text(row_text(r, 2), row_text(&mine, 1)) &&
                same_text(row_text(r, 3), row_text(&mine, 2));
    bool failed = mine.failed;
    db_end(&mine);
    *known += same;
    return same || (!failed && (found ? damaged(d, e, "this is not what poda makes:", name)
                                      : foreign(d, e, type, name)));
}

/* Each object of the schema is one that this version makes, and none is missing. */
static bool compare_schema(struct db *d, int64_t version, struct err *e)
{
    struct rows r = {0};
    int64_t wanted = 0, known = 0;
    struct db *like = db_open(NULL, DB_LOOK, e);
    bool ok = like && make_versions(like, 0, version, e) &&
              db_number(like, "SELECT count(*) FROM sqlite_schema", 0, 0, &wanted, e) &&
              db_rows(d, &r, e, "SELECT type, name, tbl_name, sql FROM sqlite_schema", "");
    while (ok && db_next(&r, e))
        ok = compare_object(d, like, &r, &known, e);
    ok = ok && !r.failed && (known == wanted || damaged(d, e, "tables are missing", NULL));
    if (like)
        db_end(&r);
    db_close(like);
    return ok;
}

/* Numbers that other programs can read, and to which one can be added; asked of the ends of each table, at the cost of two looks. */
static bool compare_numbers(struct db *d, struct err *e)
{
    static const char *const tables[] = {"step", "event", "measurement"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int64_t least = 0, most = 0, given = 0;
        struct buf sql = {0};
        buf_printf(&sql, "SELECT min(id) FROM %s", tables[i]);
        bool ok = db_number(d, buf_text(&sql), 0, 0, &least, e);
        buf_clear(&sql);
        buf_printf(&sql, "SELECT max(id) FROM %s", tables[i]);
        ok = ok && db_number(d, buf_text(&sql), 0, 0, &most, e);
        buf_clear(&sql);
        buf_printf(&sql, "SELECT max(CAST(seq AS INTEGER)) FROM sqlite_sequence WHERE name = '%s'",
                   tables[i]);
        ok = ok && db_number(d, buf_text(&sql), 0, 0, &given, e);
        buf_release(&sql);
        if (!ok)
            return false;
        if (least < 0 || most > NUMBER_MAX || given > NUMBER_MAX || given < 0)
            return damaged(d, e, "no session gives such numbers as stand in its table", tables[i]);
    }
    return true;
}

bool schema_inspect(struct db *d, bool *empty, struct err *e)
{
    int64_t id, version, objects;
    if (!db_number(d, "PRAGMA application_id", 0, 0, &id, e) ||
        !db_number(d, "PRAGMA user_version", 0, 0, &version, e) ||
        !db_number(d, "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)", 0, 0, &objects, e))
        return false;
    *empty = id == 0 && version == 0 && objects == 0;
    if (*empty)
        return true;
    if (id != APPLICATION_ID) {
        err_set(e, ERR_UNREADABLE, "%s is no session of poda", db_path(d));
        return err_hint(e, "give a file that --session made, or a new name");
    }
    if (version > VERSION) {
        err_set(e, ERR_UNREADABLE, "%s has version %lld of the session format; this program knows up to %d",
                db_path(d), (long long)version, (int)VERSION);
        return err_hint(e, "open it with a newer poda; it was not touched");
    }
    if (version <= 0)
        return damaged(d, e, "tables are missing", NULL);
    return compare_schema(d, version, e) && compare_numbers(d, e);
}

struct db *schema_example(struct err *e)
{
    struct db *d = db_open(NULL, DB_LOOK, e);
    if (d && make_versions(d, 0, VERSION, e))
        return d;
    db_close(d);
    return NULL;
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
    bool ok = make_versions(d, version, VERSION, e);
    struct buf marks = {0};
    buf_printf(&marks, "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID, (int)VERSION);
    ok = ok && db_script(d, buf_text(&marks), e);
    buf_release(&marks);
    return db_finish(d, ok, e);
}
