/* steps: the nodes of the tree and the blobs they refer to: adding and reading. Walking is walk.c. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "store/store_parts.h"

void store_step_release(struct store_step *s)
{
    char *texts[] = {s->command,    s->result,     s->mask_before, s->mask_after, s->weights,
                     s->model_path, s->model_hash, s->data_path,   s->data_hash,  s->hash};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    *s = (struct store_step){0};
}

/* The columns of the fact table; everything that is there, also from a damaged file, where a command may be missing. */
static void read_step(const struct store *s, const struct rows *r, struct store_step *out)
{
    char **texts[] = {&out->command,    &out->result,     &out->mask_before, &out->mask_after, &out->weights,
                      &out->model_path, &out->model_hash, &out->data_path,   &out->data_hash};
    *out = (struct store_step){.id = row_int(r, 0), .parent = row_int(r, 1), .time = row_int(r, 11)};
    out->broken = !fact_agrees(&s->own, FACT_STEP, r) || out->parent >= out->id;
    if (out->parent >= out->id) /* altered by hand: who follows parents must come to an end */
        out->parent = 0;
    for (int i = 0; i < 9; i++)
        *texts[i] = mem_text(row_text(r, 2 + i));
    out->hash = mem_text(row_text(r, 13));
    if (!out->command)
        out->command = mem_text("?");
    if (!out->hash)
        out->hash = mem_text("");
}

static bool unknown(struct store *s, int64_t id, struct err *e)
{
    int64_t last = store_last(s);
    err_set(e, ERR_UNKNOWN, "no step %lld", (long long)id);
    return last ? err_hint(e, "steps are 1 to %lld; 'history' shows them", (long long)last)
                : err_hint(e, "there is no step yet: open MODEL.onnx");
}

bool step_is_there(struct store *s, int64_t id, struct err *e)
{
    int64_t found;
    return db_number(s->db, "SELECT 1 FROM step WHERE id = ?", id, 0, &found, e) &&
           (found == 1 || unknown(s, id, e));
}

bool store_get_step(struct store *s, int64_t id, struct store_step *out, struct err *e)
{
    struct rows r;
    bool found = fact_rows(s->db, &r, e, FACT_STEP, "WHERE id = ?", id) && db_next(&r, e);
    if (found)
        read_step(s, &r, out);
    db_end(&r);
    return found || (!r.failed && unknown(s, id, e));
}

bool store_steps(struct store *s, void (*visit)(void *data, const struct store_step *step), void *data,
                 struct err *e)
{
    struct rows r;
    struct store_step step;
    if (fact_rows(s->db, &r, e, FACT_STEP, "ORDER BY id", 0))
        while (db_next(&r, e)) {
            read_step(s, &r, &step);
            visit(data, &step);
            store_step_release(&step);
        }
    db_end(&r);
    return !r.failed;
}

bool store_numbers(struct store *s, void (*visit)(void *data, int64_t step), void *data, struct err *e)
{
    struct rows r;
    if (db_rows(s->db, &r, e, "SELECT id FROM step NOT INDEXED ORDER BY id", ""))
        while (db_next(&r, e))
            visit(data, row_int(&r, 0));
    db_end(&r);
    return !r.failed;
}

int64_t store_last(const struct store *s)
{
    int64_t last;
    db_number(s->db, "SELECT max(id) FROM step", 0, 0, &last, NULL);
    return last;
}

bool store_put_blob(struct store *s, const void *bytes, size_t n, char hash[HASH_HEX], struct err *e)
{
    if (!store_may_write(s, e))
        return false;
    hash_bytes(bytes, n, hash);
    for (size_t i = 0; i < s->n_blobs; i++)
        if (strcmp(s->blobs[i].hash, hash) == 0)
            return true;
    s->blobs = mem_grow(s->blobs, s->n_blobs, &s->blobs_capacity, sizeof *s->blobs);
    struct waiting_blob *b = &s->blobs[s->n_blobs++];
    memcpy(b->hash, hash, HASH_HEX);
    b->bytes = mem_copy(bytes, n, 1);
    b->n = n;
    return true;
}

void blobs_forget(struct store *s)
{
    for (size_t i = 0; i < s->n_blobs; i++)
        free(s->blobs[i].bytes);
    s->n_blobs = 0;
}

static bool blobs_write(struct store *s, struct err *e)
{
    char hash[HASH_HEX];
    for (size_t i = 0; i < s->n_blobs; i++) {
        struct value values[] = {{0}, {.kind = VALUE_BYTES, .bytes = s->blobs[i].bytes, .n = s->blobs[i].n}};
        if (!fact_insert(s, FACT_BLOB, values, NULL, hash, e))
            return false;
    }
    return true;
}

static bool take_waiting(struct store *s, const char *hash, struct buf *out)
{
    for (size_t i = 0; i < s->n_blobs; i++)
        if (strcmp(s->blobs[i].hash, hash) == 0) {
            buf_add(out, s->blobs[i].bytes, s->blobs[i].n);
            return true;
        }
    return false;
}

bool store_get_blob(struct store *s, const char *hash, struct buf *out, struct err *e)
{
    struct rows r;
    size_t n = 0;
    char found[HASH_HEX] = "";
    if (take_waiting(s, hash, out))
        return true;
    if (db_rows(s->db, &r, e, "SELECT bytes FROM blob WHERE hash = ?", "t", hash) && db_next(&r, e)) {
        const void *bytes = row_bytes(&r, 0, &n);
        hash_bytes(bytes, n, found);
        if (strcmp(found, hash) == 0)
            buf_add(out, bytes, n);
    }
    db_end(&r);
    if (strcmp(found, hash) == 0)
        return true;
    err_set(e, ERR_UNREADABLE, "%s: the content %.12s... is %s", db_path(s->db), hash,
            found[0] ? "damaged" : "missing");
    return err_hint(e, "'poda sessions repair FILE' saves what is left");
}

/* The parent's hash as it is stored, "" if there is none: a chain that is broken above goes on from what stands there. */
static bool parent_hash(struct store *s, int64_t parent, char hash[HASH_HEX], struct err *e)
{
    struct rows r;
    hash[0] = '\0';
    bool found = db_rows(s->db, &r, e, "SELECT hash FROM step WHERE id = ?", "i", parent) && db_next(&r, e);
    const char *text = found ? row_text(&r, 0) : NULL;
    if (text && strlen(text) < HASH_HEX)
        strcpy(hash, text);
    db_end(&r);
    return found || (!r.failed && unknown(s, parent, e));
}

static bool insert_step(struct store *s, const struct store_step *step, struct store_step *out,
                        char hash[HASH_HEX], struct err *e)
{
    char chain[HASH_HEX];
    out->parent = step->parent < 0 ? s->head : step->parent;
    out->time = s->now();
    struct value values[] = {{0},
                             out->parent ? value_int(out->parent) : (struct value){0},
                             value_text(step->command),
                             value_text(step->result),
                             value_text(step->mask_before),
                             value_text(step->mask_after),
                             value_text(step->weights),
                             value_text(step->model_path),
                             value_text(step->model_hash),
                             value_text(step->data_path),
                             value_text(step->data_hash),
                             value_int(out->time)};
    if (out->parent && !parent_hash(s, out->parent, chain, e))
        return false;
    bool ok = fact_insert(s, FACT_STEP, values, out->parent ? chain : NULL, hash, e);
    out->id = values[0].i;
    return ok;
}

bool store_add_step(struct store *s, struct store_step *step, struct err *e)
{
    char hash[HASH_HEX];
    struct store_step made = {0};
    if (!store_may_write(s, e))
        return false;
    bool ok = store_begin(s, e);
    if (ok) {
        ok = blobs_write(s, e) && measures_write(s, e) && insert_step(s, step, &made, hash, e) &&
             walk_stand(s->db, made.id, e);
        ok = store_finish(s, ok, e);
    }
    blobs_forget(s);
    if (!ok)
        return err_place(e, "the step was not stored, everything before it is");
    measures_forget(s);
    s->head = step->id = made.id;
    step->parent = made.parent;
    step->time = made.time;
    free(step->hash);
    step->hash = mem_text(hash);
    return true;
}
