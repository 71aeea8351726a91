/* unit_table: see unit_table.h. */
#include "app/scene/unit_table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

enum { NAMED = 3 };

struct ranked {
    struct link_row row;
    const struct json *json;
    int64_t of;
    bool last; /* after all others */
    double size;
    size_t index;
};

static int by_size(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->last != y->last)
        return x->last ? 1 : -1;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* One walk over the members: to find each by its name takes longer. */
static void read_link(const struct json *link, struct ranked *out)
{
    out->json = link;
    out->row.name = "?";
    out->row.dense = out->row.pruned = out->row.share = NAN;
    out->row.dead = true;
    for (const struct json *m = json_first(link); m; m = json_next(m)) {
        const char *name = json_name(m);
        if (strcmp(name, "name") == 0 && json_str(m))
            out->row.name = json_str(m);
        else if (strcmp(name, "weight") == 0)
            out->row.dense = json_num(m, NAN);
        else if (strcmp(name, "pruned") == 0)
            out->row.pruned = json_num(m, NAN);
        else if (strcmp(name, "share") == 0)
            out->row.share = json_num(m, NAN);
        else if (strcmp(name, "kept") == 0)
            out->row.kept = json_num(m, 0) > 0;
        else if (strcmp(name, "of") == 0)
            out->of = (int64_t)json_num(m, 0);
        else if (strcmp(name, "protected") == 0)
            out->row.protected_ = json_true(m);
        else if (strcmp(name, "live") == 0)
            out->row.dead = !json_true(m);
    }
}

static void rank(struct ranked *v, size_t n, enum aspect by)
{
    for (size_t i = 0; i < n; i++) {
        const struct link_row *r = &v[i].row;
        v[i].last = by == ASPECT_PRUNED && !r->kept;
        v[i].size = fabs(by == ASPECT_DELTA               ? r->pruned - r->dense
                         : by == ASPECT_PRUNED && r->kept ? r->pruned
                                                          : r->dense);
    }
    if (n)
        qsort(v, n, sizeof *v, by_size);
}

static struct unit_links links_of(const struct ranked *v, size_t n, struct scratch *memory)
{
    struct unit_links l = {scratch_take(memory, n + 1, sizeof *l.rows),
                           scratch_take(memory, n + 1, sizeof *l.json)};
    for (size_t i = 0; i < n; i++) {
        l.rows[i] = v[i].row;
        l.json[i] = v[i].json;
    }
    return l;
}

/* "Rises with a, b. Falls with c.": the strongest single weights of each sign. */
static char *say_inputs(const struct ranked *v, size_t kept, struct scratch *memory)
{
    size_t named[2] = {0};
    struct buf text[2] = {{0}, {0}}, all = {0};
    for (size_t i = 0; i < kept; i++) {
        int falls = v[i].row.pruned < 0;
        if (v[i].of == 1 && named[falls] < NAMED)
            buf_printf(&text[falls], "%s%s", named[falls]++ ? ", " : "", v[i].row.name);
    }
    if (text[0].len)
        buf_printf(&all, "Rises with %s.", buf_text(&text[0]));
    if (text[1].len)
        buf_printf(&all, "%sFalls with %s.", all.len ? " " : "", buf_text(&text[1]));
    buf_release(&text[0]);
    buf_release(&text[1]);
    return all.len ? scratch_buf(memory, &all) : NULL;
}

static void read_side(struct unit_table *u, const struct json *list, bool out)
{
    struct unit_side *s = &u->side[out];
    double sum = 0;
    struct ranked *v = mem_zero(json_count(list) + 1, sizeof *v);
    for (const struct json *l = json_first(list); l; l = json_next(l), s->n++) {
        v[s->n].index = s->n;
        read_link(l, &v[s->n]);
        s->kept += v[s->n].row.kept;
        sum += fabs(v[s->n].row.dense);
    }
    for (size_t i = 0; i < s->n; i++)
        v[i].row.dense_share = sum > 0 ? fabs(v[i].row.dense) / sum : 0;
    for (int by = 0; by < ASPECTS; by++) {
        rank(v, s->n, (enum aspect)by);
        s->by[by] = links_of(v, s->n, &u->memory);
        if (by == ASPECT_PRUNED && !out)
            u->inputs = say_inputs(v, s->kept, &u->memory);
    }
    free(v);
}

static bool same_unit(const struct json *a, const struct json *b)
{
    return a && b && strcmp(text_of(a, "layer", ""), text_of(b, "layer", "?")) == 0 &&
           count_of(a, "original") == count_of(b, "original");
}

struct unit_table *unit_table_new(const struct json *neuron, const struct unit_table *before,
                                  const struct json *of)
{
    struct unit_table *u = mem_zero(1, sizeof *u);
    read_side(u, json_get(neuron, "incoming"), false);
    read_side(u, json_get(neuron, "outgoing"), true);
    u->activity = (struct unit_activity){.twin = number_of(neuron, "twin"),
                                         .silent = number_of(neuron, "silent"),
                                         .dense_silent = number_of(neuron, "dense_silent"),
                                         .measured = count_of(neuron, "rows") > 0};
    if (!u->activity.measured && before && same_unit(neuron, of)) {
        u->activity = before->activity;
        u->activity.before = true;
    }
    return u;
}

void unit_table_free(struct unit_table *u)
{
    if (!u)
        return;
    scratch_release(&u->memory);
    free(u);
}
