/* steps: the tree: adding, reading, walking. What belongs to a step is facts.c's business. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"
#include "engine/base/text.h"
#include "store/store_parts.h"

void store_step_release(struct store_step *s)
{
    char *texts[] = {s->command,    s->result,     s->mask_before, s->mask_after, s->weights,
                     s->model_path, s->model_hash, s->data_path,   s->data_hash,  s->hash};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    *s = (struct store_step){0};
}

void step_hash(const struct store_step *s, const char *parent_hash, char hash[HASH_HEX])
{
    struct buf numbers = {0};
    buf_printf(&numbers, "%lld %lld %lld", (long long)s->id, (long long)s->parent, (long long)s->time);
    const char *parts[] = {buf_text(&numbers), s->command,   s->result,     s->mask_before,
                           s->mask_after,      s->weights,   s->model_path, s->model_hash,
                           s->data_path,       s->data_hash, parent_hash};
    fact_hash(parts, sizeof parts / sizeof *parts, hash);
    buf_release(&numbers);
}

bool steps_read(struct rows *r, struct store_step *out)
{
    char **texts[] = {&out->command,    &out->result,     &out->mask_before, &out->mask_after, &out->weights,
                      &out->model_path, &out->model_hash, &out->data_path,   &out->data_hash};
    *out = (struct store_step){.id = row_int(r, 0), .parent = row_int(r, 1), .time = row_int(r, 11)};
    for (int i = 0; i < 9; i++)
        *texts[i] = mem_text(row_text(r, 2 + i));
    out->hash = mem_text(row_text(r, 12));
    return out->command && out->hash;
}

/* The hash of a step as it is stored; "" for the root's parent. */
static bool stored_hash(struct store *s, int64_t id, char hash[HASH_HEX], struct err *e)
{
    struct rows r;
    hash[0] = '\0';
    if (id == 0)
        return true;
    bool ok = db_rows(s->db, &r, e, "SELECT hash FROM step WHERE id = ?", "i", id) && db_next(&r, e);
    const char *text = ok ? row_text(&r, 0) : NULL;
    if (text && strlen(text) < HASH_HEX)
        strcpy(hash, text);
    db_end(&r);
    return ok || err_set(e, ERR_UNKNOWN, "no step %lld", (long long)id);
}

bool store_get_step(struct store *s, int64_t id, struct store_step *out, struct err *e)
{
    struct rows r;
    char hash[HASH_HEX], parent[HASH_HEX];
    bool ok =
        db_rows(s->db, &r, e, "SELECT " STEP_COLUMNS " FROM step WHERE id = ?", "i", id) && db_next(&r, e);
    if (ok)
        ok = steps_read(&r, out);
    db_end(&r);
    if (!ok)
        return err_set(e, ERR_UNKNOWN, "no step %lld", (long long)id);
    out->broken = true;
    if (stored_hash(s, out->parent, parent, NULL)) {
        step_hash(out, parent, hash);
        out->broken = strcmp(hash, out->hash) != 0;
    }
    return true;
}

static bool write_blobs(struct store *s, struct err *e)
{
    for (size_t i = 0; i < s->n_blobs; i++)
        if (!db_do(s->db, e, "INSERT OR IGNORE INTO blob VALUES(?, ?)", "tb", s->blobs[i].hash,
                   s->blobs[i].bytes, s->blobs[i].n))
            return false;
    return true;
}

static void forget_blobs(struct store *s)
{
    for (size_t i = 0; i < s->n_blobs; i++)
        free(s->blobs[i].bytes);
    free(s->blobs);
    s->blobs = NULL;
    s->n_blobs = 0;
}

static bool stand_at(struct store *s, int64_t step, struct err *e)
{
    return db_do(s->db, e, "UPDATE session SET head = ?", "i", step) &&
           db_do(s->db, e, "INSERT OR REPLACE INTO visited SELECT parent, id FROM step WHERE id = ?", "i",
                 step);
}

static bool insert_step(struct store *s, struct store_step *step, struct err *e)
{
    char hash[HASH_HEX], parent[HASH_HEX];
    step->id = db_int(s->db, 1, "SELECT next FROM session");
    step->time = s->now();
    if (!stored_hash(s, step->parent, parent, e))
        return false;
    step_hash(step, parent, hash);
    free(step->hash);
    step->hash = mem_text(hash);
    return db_do(s->db, e, "INSERT INTO step VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", "iitttttttttit", step->id,
                 step->parent, step->command, step->result, step->mask_before, step->mask_after,
                 step->weights, step->model_path, step->model_hash, step->data_path, step->data_hash,
                 step->time, step->hash) &&
           db_do(s->db, e, "UPDATE session SET next = ?", "i", step->id + 1);
}

bool store_add_step(struct store *s, struct store_step *step, struct err *e)
{
    if (step->parent < 0)
        step->parent = s->head;
    if (!db_begin(s->db, e)) {
        forget_blobs(s);
        return false;
    }
    bool ok = write_blobs(s, e) && facts_write(s, e) && insert_step(s, step, e) && stand_at(s, step->id, e);
    ok = ok && db_commit(s->db, e);
    forget_blobs(s);
    if (!ok) {
        db_rollback(s->db);
        return false;
    }
    facts_forget(s);
    s->head = step->id;
    return true;
}

bool store_put_blob(struct store *s, const void *bytes, size_t n, char hash[HASH_HEX], struct err *e)
{
    (void)e;
    hash_bytes(bytes, n, hash);
    s->blobs = mem_resize(s->blobs, s->n_blobs + 1, sizeof *s->blobs);
    struct waiting_blob *b = &s->blobs[s->n_blobs++];
    memcpy(b->hash, hash, HASH_HEX);
    b->bytes = mem_copy(bytes, n, 1);
    b->n = n;
    return true;
}

bool store_get_blob(struct store *s, const char *hash, struct buf *out, struct err *e)
{
    struct rows r;
    size_t n = 0;
    char found[HASH_HEX];
    bool ok = db_rows(s->db, &r, e, "SELECT bytes FROM blob WHERE hash = ?", "t", hash) && db_next(&r, e);
    if (ok) {
        const void *bytes = row_bytes(&r, 0, &n);
        hash_bytes(bytes, n, found);
        ok = strcmp(found, hash) == 0;
        if (ok)
            buf_add(out, bytes, n);
    }
    db_end(&r);
    if (ok)
        return true;
    err_set(e, ERR_UNREADABLE, "%s: the content %.12s... is missing or damaged", db_path(s->db), hash);
    return err_hint(e, "'poda sessions repair FILE' saves what is left");
}

int64_t store_head(const struct store *s)
{
    return s->head;
}

int64_t store_last(const struct store *s)
{
    return db_int(s->db, 0, "SELECT max(id) FROM step");
}

/* Move the head and say so in the log. In a session that is only read the head moves in memory. */
static bool move(struct store *s, int64_t step, const char *kind, struct err *e)
{
    if (!s->readonly) {
        bool ok = db_begin(s->db, e) && stand_at(s, step, e) && fact_event(s, step, kind, NULL, e) &&
                  db_commit(s->db, e);
        if (!ok) {
            db_rollback(s->db);
            return false;
        }
    }
    s->head = step;
    return true;
}

bool store_goto(struct store *s, int64_t step, struct err *e)
{
    char hash[HASH_HEX];
    return stored_hash(s, step, hash, e) && move(s, step, "goto", e);
}

static int64_t one_number(struct store *s, const char *sql, int64_t argument)
{
    struct rows r;
    int64_t v = 0;
    if (db_rows(s->db, &r, NULL, sql, "i", argument) && db_next(&r, NULL))
        v = row_int(&r, 0);
    db_end(&r);
    return v;
}

bool store_undo(struct store *s, struct err *e)
{
    int64_t parent = one_number(s, "SELECT parent FROM step WHERE id = ?", s->head);
    if (parent > 0)
        return move(s, parent, "undo", e);
    err_set(e, ERR_NOTHING_TO_UNDO,
            s->head ? "this is the first step: there is nothing to undo" : "there is nothing to undo yet");
    return err_hint(e, "'history' shows the tree, 'goto STEP' goes anywhere");
}

bool store_redo(struct store *s, struct err *e)
{
    int64_t child = one_number(s, "SELECT child FROM visited WHERE parent = ?", s->head);
    if (child > 0 && s->head > 0)
        return move(s, child, "redo", e);
    err_set(e, ERR_NOTHING_TO_UNDO, "there is nothing to redo: no step follows this one");
    return err_hint(e, "'history' shows the tree, 'goto STEP' goes anywhere");
}

static bool by_tag(struct store *s, const char *tag, int64_t *step)
{
    struct rows r;
    *step = 0;
    if (db_rows(s->db, &r, NULL,
                "SELECT step FROM event WHERE kind = 'tag' AND text = ? ORDER BY id DESC LIMIT 1", "t",
                tag) &&
        db_next(&r, NULL))
        *step = row_int(&r, 0);
    db_end(&r);
    return *step > 0;
}

bool store_find(struct store *s, const char *text, int64_t *step, struct err *e)
{
    char hash[HASH_HEX];
    const char *number = text[0] == '#' ? text + 1 : text;
    if (num_parse_int(number, step)) {
        if (*step > 0 && stored_hash(s, *step, hash, NULL))
            return true;
    } else if (by_tag(s, text, step)) {
        return true;
    }
    err_set(e, ERR_UNKNOWN, "no step %s", text);
    return err_hint(e, "'history' lists the steps and tags");
}
