/* facts_of: see facts_of.h. */
#include "app/scene/facts_of.h"

#include <assert.h>
#include <math.h>

#include "engine/base/json.h"
#include "engine/base/num.h"

enum { FACTS_MAX = 40 };

double number_of(const struct json *object, const char *name)
{
    return json_num(json_get(object, name), NAN);
}

int64_t count_of(const struct json *object, const char *name)
{
    return (int64_t)json_num(json_get(object, name), 0);
}

const char *text_of(const struct json *object, const char *name, const char *otherwise)
{
    const char *text = json_str(json_get(object, name));
    return text ? text : otherwise;
}

bool partial(const struct json *eval)
{
    return eval && !json_true(json_get(eval, "exact"));
}

struct amount trusted(const struct ui *u, enum board_item item, struct amount a)
{
    if (a.trust != TRUST_EXACT)
        return a;
    if (u->board.stale[item])
        a.trust = TRUST_STALE;
    else if ((item == BOARD_EVAL || item == BOARD_DRAFT_EVAL) && partial(u->board.item[item]))
        a.trust = TRUST_PARTIAL;
    return a;
}

struct amount seconds_amount(double seconds)
{
    return isfinite(seconds) ? amount_seconds(seconds) : (struct amount){0};
}

const struct json *layer_at(const struct ui *u, size_t i)
{
    const struct json *l = json_first(json_get(u->board.item[BOARD_LAYERS], "layers"));
    while (l && i-- > 0)
        l = json_next(l);
    return l;
}

size_t layer_count(const struct ui *u)
{
    return json_count(json_get(u->board.item[BOARD_LAYERS], "layers"));
}

/* Inputs and outputs of a layer; the kernel's sides before them. */
char *shape_text(struct scratch *memory, const struct json *layer)
{
    struct buf text = {0};
    const struct json *shape = json_get(layer, "shape");
    size_t rank = json_count(shape), i = 0;
    if (rank > 2) {
        for (const struct json *d = json_first(shape); d; d = json_next(d), i++)
            if (i >= 2)
                buf_printf(&text, "%s%.0f", i > 2 ? "x" : "", json_num(d, 0));
        buf_putc(&text, ' ');
    }
    buf_printf(&text, "%lld>%lld", (long long)count_of(layer, "inputs"), (long long)count_of(layer, "units"));
    return scratch_buf(memory, &text);
}

char *count_text(struct scratch *memory, int64_t n)
{
    struct buf text = {0};
    num_count(&text, n);
    return scratch_buf(memory, &text);
}

struct fact *fact_add(struct fact_list *list, struct scratch *memory, const char *label, struct amount a)
{
    if (!list->rows)
        list->rows = scratch_take(memory, FACTS_MAX, sizeof *list->rows);
    assert(list->n < FACTS_MAX);
    struct fact *f = &list->rows[list->n++];
    *f = (struct fact){.label = label, .amount = a};
    return f;
}
