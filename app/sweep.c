/* sweep: see sweep.h. */
#include "app/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/session/race.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/num.h"

/* 0, 98, 50, 75, 25 ... per cent: the shape first. */
static const double amounts[] = {0,    0.98, 0.5,  0.75, 0.25, 0.9,  0.95, 0.8,  0.85, 0.6,  0.4,  0.7,
                                 0.96, 0.97, 0.93, 0.1,  0.65, 0.78, 0.83, 0.88, 0.92, 0.55, 0.35, 0.99};
enum { AMOUNTS = sizeof amounts / sizeof *amounts, TOGETHER_MOST = 6 };

/* What a step may take, so that other requests need not wait; how far amounts in a command may be rounded. */
#define STEP_SECONDS 0.05
#define NEAR 1e-6

struct sweep {
    char *keys, *name;
    int next, together;  /* points a step */
    struct race *race;   /* borrowed */
    char base[HASH_HEX]; /* from where the points were cut */
    struct json *frame;  /* a result without points */
    struct json *points[AMOUNTS];
};

struct sweep *sweep_new(const char *keys, struct race *race)
{
    struct sweep *s = mem_zero(1, sizeof *s);
    struct buf name = {0};
    s->keys = mem_text(keys);
    s->race = race;
    s->together = 1;
    buf_printf(&name, "curve %s", keys);
    s->name = buf_take(&name);
    return s;
}

static void drop_points(struct sweep *s)
{
    for (int i = 0; i < AMOUNTS; i++) {
        json_free(s->points[i]);
        s->points[i] = NULL;
    }
    json_free(s->frame);
    s->frame = NULL;
    s->next = 0;
    s->together = 1;
}

void sweep_free(struct sweep *s)
{
    if (!s)
        return;
    drop_points(s);
    free(s->keys);
    free(s->name);
    free(s);
}

/* All points are cut from one base: where the session went to another, the sweep begins anew. */
static void follow(struct sweep *s, const struct session *session)
{
    char base[HASH_HEX];
    state_base(session->state, base);
    if (strcmp(base, s->base) != 0)
        drop_points(s);
    memcpy(s->base, base, sizeof base);
    race_from(s->race, base, AMOUNTS);
}

/* "curve points=0.9800,0.5000 ...": the next n points. */
static char *next_line(const struct sweep *s, int n)
{
    struct buf line = {0};
    buf_puts(&line, "curve points=");
    for (int i = 0; i < n; i++)
        buf_printf(&line, i ? ",%.4f" : "%.4f", amounts[s->next + i]);
    buf_printf(&line, " %s", s->keys);
    return buf_take(&line);
}

/* Points that are out of reach are not in the result. */
static void take_results(struct sweep *s, const struct json *result, int n)
{
    const struct json *point = json_first(json_get(result, "points"));
    for (int i = 0; i < n; i++) {
        bool is = point && fabs(json_num(json_get(point, "amount"), -1) - amounts[s->next + i]) < NEAR;
        s->points[s->next + i] = is ? json_copy(point) : NULL;
        point = is ? json_next(point) : point;
    }
    s->next += n;
    if (!s->frame)
        s->frame = json_copy(result);
}

/* As many points a step as take no longer than a step should, evaluated together: the first alone tells how long one takes. */
static void choose_together(struct sweep *s, double seconds, int n)
{
    double fit = STEP_SECONDS * n / fmax(seconds, 1e-6);
    s->together = fit < 1 ? 1 : fit > TOGETHER_MOST ? TOGETHER_MOST : (int)fit;
}

bool sweep_step(struct sweep *s, struct session *session, struct err *e)
{
    struct answer a;
    follow(s, session);
    int n = s->together < AMOUNTS - s->next ? s->together : AMOUNTS - s->next;
    char *line = next_line(s, n);
    double started = session->seconds();
    session->answers = true;
    session->race = s->race;
    bool ok = cmd_run(session, line, &a, e);
    session->answers = false;
    session->race = NULL;
    free(line);
    if (!ok) {
        s->together = 1;
        return false;
    }
    take_results(s, a.result, n);
    choose_together(s, session->seconds() - started, n);
    answer_release(&a);
    return true;
}

static int by_amount(const void *a, const void *b)
{
    double x = json_num(json_get(*(struct json *const *)a, "amount"), 0);
    double y = json_num(json_get(*(struct json *const *)b, "amount"), 0);
    return (x > y) - (x < y);
}

/* How many points were given up, and the share of the records of all points so far that this saved. */
static int settled(const struct sweep *s, double *saved)
{
    double done = 0, all = 0;
    int n = 0;
    for (int i = 0; i < s->next; i++) {
        double records = json_num(json_get(s->points[i], "n"), 0);
        double of = json_num(json_get(s->points[i], "of"), records);
        n += of > records;
        done += records;
        all += of;
    }
    *saved = all > 0 ? 1 - done / all : 0;
    return n;
}

char *sweep_note(const struct sweep *s)
{
    struct buf note = {0};
    double saved;
    int n = settled(s, &saved);
    if (n == 0)
        return mem_text("exact");
    buf_printf(&note, "%d of %d points settled early (clearly worse), the others exact; records saved: ", n,
               s->next);
    num_percent(&note, saved, 0);
    return buf_take(&note);
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
    json_put_int(result, "tried", s->next);
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
