/* sweep: see sweep.h. */
#include "app/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

/* 0, 98, 50, 75, 25 ... per cent: the shape first. */
static const double amounts[] = {0,    0.98, 0.5,  0.75, 0.25, 0.9,  0.95, 0.8,  0.85, 0.6,  0.4,  0.7,
                                 0.96, 0.97, 0.93, 0.1,  0.65, 0.78, 0.83, 0.88, 0.92, 0.55, 0.35, 0.99};
enum { AMOUNTS = sizeof amounts / sizeof *amounts };

struct sweep {
    char *keys, *name;
    int next;
    struct json *frame; /* a result without points */
    struct json *points[AMOUNTS];
};

struct sweep *sweep_new(const char *keys)
{
    struct sweep *s = mem_zero(1, sizeof *s);
    struct buf name = {0};
    s->keys = mem_text(keys);
    buf_printf(&name, "curve %s", keys);
    s->name = buf_take(&name);
    return s;
}

void sweep_free(struct sweep *s)
{
    if (!s)
        return;
    for (int i = 0; i < AMOUNTS; i++)
        json_free(s->points[i]);
    json_free(s->frame);
    free(s->keys);
    free(s->name);
    free(s);
}

bool sweep_step(struct sweep *s, struct session *session, struct err *e)
{
    struct buf line = {0};
    struct answer a;
    buf_printf(&line, "curve points=%.4f %s", amounts[s->next], s->keys);
    if (session->state->data && !strstr(s->keys, "split="))
        buf_printf(&line, " split=%s", split_names[dataset_live_split(session->state->data->set)]);
    session->answers = true;
    bool ok = cmd_run(session, buf_text(&line), &a, e);
    session->answers = false;
    buf_release(&line);
    if (!ok)
        return false;
    const struct json *point = json_first(json_get(a.result, "points"));
    s->points[s->next++] = point ? json_copy(point) : NULL;
    if (!s->frame)
        s->frame = json_copy(a.result);
    answer_release(&a);
    return true;
}

static int by_amount(const void *a, const void *b)
{
    double x = json_num(json_get(*(struct json *const *)a, "amount"), 0);
    double y = json_num(json_get(*(struct json *const *)b, "amount"), 0);
    return (x > y) - (x < y);
}

struct json *sweep_result(const struct sweep *s)
{
    struct json *result = json_copy(s->frame), *list = json_put_array(result, "points");
    struct json *sorted[AMOUNTS] = {NULL};
    size_t n = 0;
    for (int i = 0; i < s->next; i++)
        if (s->points[i])
            sorted[n++] = s->points[i];
    qsort(sorted, n, sizeof *sorted, by_amount);
    for (size_t i = 0; i < n; i++)
        json_push(list, json_copy(sorted[i]));
    json_put_int(result, "wanted", AMOUNTS);
    return result;
}

int64_t sweep_done(const struct sweep *s)
{
    return s->next;
}

int64_t sweep_total(const struct sweep *s)
{
    (void)s;
    return AMOUNTS;
}

const char *sweep_name(const struct sweep *s)
{
    return s->name;
}
