/* facts: one table of what a fact is, for all that write, read, check and save them. See store_parts.h. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/num.h"
#include "store/schema.h"
#include "store/store_parts.h"

/* In this order a row never refers to one that comes later: so they can be copied table by table. */
const struct fact facts[FACT_TABLES] = {
    [FACT_BLOB] = {"blob", "id, bytes", 2, "NULL",
                   "INSERT OR IGNORE INTO blob(id, bytes, hash) VALUES(?,?,?)"},
    [FACT_STEP] =
        {"step",
         "id, parent, command, result, mask_before, mask_after, weights, model_path, model_hash,"
         " data_path, data_hash, time",
         12, "(SELECT p.hash FROM step p WHERE p.id = step.parent)",
         "INSERT INTO step(id, parent, command, result, mask_before, mask_after, weights, model_path,"
         " model_hash, data_path, data_hash, time, hash) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"},
    [FACT_EVENT] = {"event", "id, step, kind, text, newest, time", 6, "NULL",
                    "INSERT INTO event(id, step, kind, text, newest, time, hash) VALUES(?,?,?,?,?,?,?)"},
    [FACT_MEASUREMENT] =
        {"measurement", "id, step, metric, split, slice, n, value, low, high, exact, environment, time", 12,
         "NULL",
         "INSERT INTO measurement(id, step, metric, split, slice, n, value, low, high, exact,"
         " environment, time, hash) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"},
};

enum { OWN_ID = 32 };

static void add_value(struct hash *h, const struct value *v)
{
    struct buf text = {0}, head = {0};
    const void *bytes = v->bytes;
    size_t n = v->n;
    if (v->kind == VALUE_INT || v->kind == VALUE_REAL) {
        if (v->kind == VALUE_INT)
            buf_printf(&text, "%lld", (long long)v->i);
        else
            num_exact(&text, v->d);
        bytes = buf_text(&text);
        n = text.len;
    }
    if (v->kind == VALUE_NULL) {
        hash_add(h, "-", 1);
    } else {
        buf_printf(&head, "%zu:", n);
        hash_add(h, buf_text(&head), head.len);
        hash_add(h, bytes, n);
    }
    buf_release(&head);
    buf_release(&text);
}

static bool is_id(const char *text)
{
    return text && strlen(text) == OWN_ID && strspn(text, "0123456789abcdef") == OWN_ID;
}

bool own_read(struct db *d, struct own *out)
{
    struct rows r;
    bool found = db_rows(d, &r, NULL, "SELECT id, old_step, old_event, old_measurement FROM self", "") &&
                 db_next(&r, NULL) && is_id(row_text(&r, 0));
    *out = (struct own){.id = ""};
    if (found) {
        strcpy(out->id, row_text(&r, 0));
        out->old[FACT_STEP] = row_int(&r, 1);
        out->old[FACT_EVENT] = row_int(&r, 2);
        out->old[FACT_MEASUREMENT] = row_int(&r, 3);
    }
    db_end(&r);
    return found;
}

bool own_load(struct db *d, struct own *out, struct err *e)
{
    int64_t version;
    *out = (struct own){.id = ""};
    if (!db_number(d, "PRAGMA user_version", 0, 0, &version, e))
        return false;
    if (version < 2 || own_read(d, out))
        return true;
    err_set(e, ERR_UNREADABLE, "%s: the session is damaged: its own id is missing", db_path(d));
    return err_hint(e, "'poda sessions repair FILE' saves what can still be read");
}

/* A blob is known by its bytes alone: its number says nothing. */
static void fact_hash(const struct own *own, enum fact_table t, const struct value *values,
                      const struct value *chain, char hash[HASH_HEX])
{
    if (t == FACT_BLOB) {
        hash_bytes(values[1].bytes, values[1].n, hash);
        return;
    }
    struct hash *h = hash_new();
    const struct value id = value_text(own->id);
    hash_add(h, facts[t].table, strlen(facts[t].table));
    if (own->id[0] && values[0].i > own->old[t])
        add_value(h, &id);
    for (int i = 0; i < facts[t].n; i++)
        add_value(h, &values[i]);
    add_value(h, chain);
    hash_finish_free(h, hash);
}

bool fact_rows(struct db *d, struct rows *r, struct err *e, enum fact_table t, const char *rest, int64_t id)
{
    struct buf sql = {0};
    buf_printf(&sql, "SELECT %s, %s, hash FROM %s %s", facts[t].columns, facts[t].chain, facts[t].table,
               rest);
    bool ok = db_rows(d, r, e, buf_text(&sql), strchr(rest, '?') ? "i" : "", id);
    buf_release(&sql);
    return ok;
}

bool fact_agrees(const struct own *own, enum fact_table t, const struct rows *r)
{
    struct value values[16] = {{0}};
    char hash[HASH_HEX];
    int n = facts[t].n;
    for (int i = 0; i < n; i++)
        values[i] = row_value(r, i);
    if (t == FACT_BLOB && values[1].kind != VALUE_BYTES)
        return false;
    const struct value chain = row_value(r, n);
    fact_hash(own, t, values, &chain, hash);
    const char *stored = row_text(r, n + 1);
    return stored && strcmp(stored, hash) == 0;
}

bool fact_next_number(struct db *d, enum fact_table t, int64_t *id, struct err *e)
{
    struct buf sql = {0};
    buf_printf(&sql,
               "SELECT 1 + max(coalesce((SELECT max(id) FROM %s), 0),"
               " coalesce((SELECT max(CAST(seq AS INTEGER)) FROM sqlite_sequence WHERE name = '%s'), 0))",
               facts[t].table, facts[t].table);
    bool ok = db_number(d, buf_text(&sql), 0, 1, id, e);
    buf_release(&sql);
    if (!ok || *id <= NUMBER_MAX)
        return ok;
    err_set(e, ERR_IO, "%s: all numbers of the table %s are taken", db_path(d), facts[t].table);
    return err_hint(e, "begin another session");
}

bool fact_insert(struct store *s, enum fact_table t, struct value *values, const char *chain,
                 char hash[HASH_HEX], struct err *e)
{
    struct value all[16];
    int64_t id;
    if (values[0].kind == VALUE_NULL && t != FACT_BLOB) {
        if (!fact_next_number(s->db, t, &id, e))
            return false;
        values[0] = value_int(id);
    }
    const struct value linked = value_text(chain);
    fact_hash(&s->own, t, values, &linked, hash);
    memcpy(all, values, (size_t)facts[t].n * sizeof *values);
    all[facts[t].n] = value_text(hash);
    return db_do_values(s->db, e, facts[t].insert, all, facts[t].n + 1);
}
