/* events: what people say about steps and what was done beside them: notes, tags, hiding, moves, files written. Each is a row
 * that is never changed: a tag that moves is a second row. Measurements, which come by the thousand, are measures.c. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/num.h"
#include "store/store_parts.h"

enum { TAG_BYTES = 64 };

bool event_add(struct store *s, int64_t step, const char *kind, const char *text, struct err *e)
{
    char hash[HASH_HEX];
    struct value values[] = {{0},
                             value_int(step),
                             value_text(kind),
                             value_text(text),
                             value_int(store_last(s)),
                             value_int(s->now())};
    return fact_insert(s, FACT_EVENT, values, NULL, hash, e);
}

bool store_event(struct store *s, int64_t step, const char *kind, const char *text, struct err *e)
{
    if (!store_may_write(s, e))
        return false;
    if (step == 0) {
        err_set(e, ERR_NO_MODEL, "there is no step yet");
        return err_hint(e, "open a model first: open MODEL.onnx");
    }
    return store_ready(s, e) && step_is_there(s, step, e) && store_begin(s, e) &&
           store_finish(s, event_add(s, step, kind, text, e), e);
}

bool store_note(struct store *s, int64_t step, const char *text, struct err *e)
{
    return store_event(s, step, "note", text, e);
}

static bool is_name(const char *name)
{
    int64_t number;
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || strchr("#/\x7f", name[i]))
            return false;
    return n > 0 && n <= TAG_BYTES && !num_parse_int(name, &number);
}

bool store_tag(struct store *s, int64_t step, const char *name, struct err *e)
{
    if (is_name(name))
        return store_event(s, step, "tag", name, e);
    err_set(e, ERR_USAGE, "a tag is 1 to %d bytes, is no number, and has no '#' or '/' in it: '%.80s'",
            TAG_BYTES, name);
    return err_hint(e, "example: tag candidate");
}

bool store_hide(struct store *s, int64_t step, struct err *e)
{
    return store_event(s, step, "hide", NULL, e);
}

static struct store_said read_event(const struct store *s, const struct rows *r)
{
    return (struct store_said){.step = row_int(r, 1),
                               .kind = row_text(r, 2) ? row_text(r, 2) : "?", /* of a damaged file */
                               .text = row_text(r, 3),
                               .time = row_int(r, 5),
                               .broken = !fact_agrees(&s->own, FACT_EVENT, r)};
}

bool store_events(struct store *s, int64_t step, const char *kind,
                  void (*visit)(void *data, const struct store_said *event), void *data, struct err *e)
{
    struct rows r;
    const char *rest = step ? "WHERE step = ? ORDER BY id" : "ORDER BY id";
    if (fact_rows(s->db, &r, e, FACT_EVENT, rest, step))
        while (db_next(&r, e)) {
            const struct store_said said = read_event(s, &r);
            if (!kind || strcmp(said.kind, kind) == 0)
                visit(data, &said);
        }
    db_end(&r);
    return !r.failed;
}
