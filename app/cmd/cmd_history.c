/* cmd_history: reading the session: history (the tree), diff (two steps), sql (anything, read-only). */
#include "app/cmd/cmd_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/look.h"
#include "app/session/look_rows.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/num.h"

static bool run_history(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    (void)w;
    out->result = look_history(s, e);
    return out->result != NULL;
}

/* "step, accuracy" of what is not what its hash says. */
static void say_unverified(const struct json *list, struct buf *out)
{
    for (const struct json *one = json_first(list); one; one = json_next(one))
        buf_printf(out, "%s%s", one == json_first(list) ? "" : ", ", json_str(one));
}

static void say_step(const struct json *st, struct buf *out)
{
    const struct json *unverified = json_get(st, "unverified");
    double kept = json_num(json_get(st, "kept"), NAN), accuracy = json_num(json_get(st, "accuracy"), NAN);
    bool broken = json_true(json_get(st, "broken"));
    buf_printf(out, "%s#%.0f from #%.0f  %s%s", json_true(json_get(st, "here")) ? "*" : " ",
               json_num(json_get(st, "step"), 0), json_num(json_get(st, "parent"), 0), broken ? "(?) " : "",
               json_str(json_get(st, "command")));
    if (isfinite(kept)) {
        buf_puts(out, "  kept ");
        num_count(out, (int64_t)kept);
    } else if (broken) {
        buf_puts(out, "  kept ?");
    }
    if (isfinite(accuracy)) {
        buf_puts(out, "  accuracy ");
        num_percent(out, accuracy, 2);
        if (json_str(json_get(st, "split")))
            buf_printf(out, " on %s", json_str(json_get(st, "split")));
    } else if (row_unverified(st, "accuracy")) {
        buf_puts(out, "  accuracy ?");
    }
    for (const struct json *t = json_first(json_get(st, "tags")); t; t = json_next(t))
        buf_printf(out, "  [%s]", json_str(t));
    for (const struct json *n = json_first(json_get(st, "notes")); n; n = json_next(n))
        buf_printf(out, "  \"%s\"", json_str(n));
    if (json_count(unverified) > 0) {
        buf_puts(out, "  (? not what its hash says: ");
        say_unverified(unverified, out);
        buf_putc(out, ')');
    }
    buf_putc(out, '\n');
}

static void say_missing(const struct json *r, const char *what, struct buf *out)
{
    double n = json_num(json_get(json_get(r, "missing"), what), 0);
    if (n > 0)
        buf_printf(out, "? rows are missing: %.0f of %s\n", n, what);
}

static void say_history(const struct json *r, struct buf *out)
{
    for (const struct json *st = json_first(json_get(r, "steps")); st; st = json_next(st))
        if (!json_true(json_get(st, "hidden")))
            say_step(st, out);
    say_missing(r, "steps", out);
    say_missing(r, "events", out);
    say_missing(r, "measurements", out);
    if (json_num(json_get(r, "unplaced"), 0) > 0)
        buf_printf(out, "? rows speak of steps that are not there: %.0f\n",
                   json_num(json_get(r, "unplaced"), 0));
    if (json_true(json_get(r, "astray")))
        buf_puts(out, "? the session stands where none of its steps and moves led\n");
}

static bool run_diff(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    int64_t a = 0, b = 0;
    if (!store_find(s->store, w->args[0], &a, e) || !store_find(s->store, w->args[1], &b, e))
        return false;
    out->result = look_diff(s, a, b, e);
    return out->result != NULL;
}

static void say_doubt(const struct json *r, const char *step, const char *member, struct buf *out)
{
    const struct json *list = json_get(r, member);
    if (json_count(list) == 0)
        return;
    buf_printf(out, "? #%.0f is not what its hash says: ", json_num(json_get(r, step), 0));
    say_unverified(list, out);
    buf_putc(out, '\n');
}

/* A value as JSON; unknown, or "?" where that is because its row is not what its hash says. */
static void say_side(const struct json *value, const struct json *unverified, struct buf *out)
{
    if (json_is_null(value))
        buf_puts(out, json_count(unverified) > 0 ? "?" : "unknown");
    else
        json_print(value, out);
}

static void say_diff(const struct json *r, struct buf *out)
{
    say_doubt(r, "a", "a_unverified", out);
    say_doubt(r, "b", "b_unverified", out);
    for (const struct json *d = json_first(json_get(r, "differences")); d; d = json_next(d)) {
        const char *what = json_str(json_get(d, "what"));
        buf_printf(out, "%-14s ", what);
        if (json_get(d, "added")) {
            buf_printf(out, "%.0f added, %.0f removed\n", json_num(json_get(d, "added"), 0),
                       json_num(json_get(d, "removed"), 0));
            continue;
        }
        say_side(json_get(d, "a"), json_get(r, "a_unverified"), out);
        buf_puts(out, " -> ");
        say_side(json_get(d, "b"), json_get(r, "b_unverified"), out);
        if (strcmp(what, "accuracy") == 0 || strcmp(what, "mse") == 0)
            buf_printf(out, " on %s", json_str(json_get(r, "split")));
        buf_putc(out, '\n');
    }
}

static bool run_sql(struct session *s, const struct words *w, struct answer *out, struct err *e)
{
    out->result = store_sql(s->store, w->args[0], e);
    return out->result != NULL;
}

static void say_sql(const struct json *r, struct buf *out)
{
    for (const struct json *c = json_first(json_get(r, "columns")); c; c = json_next(c))
        buf_printf(out, "%s%s", c == json_first(json_get(r, "columns")) ? "" : "\t", json_str(c));
    buf_putc(out, '\n');
    for (const struct json *row = json_first(json_get(r, "rows")); row; row = json_next(row)) {
        for (const struct json *v = json_first(row); v; v = json_next(v)) {
            buf_puts(out, v == json_first(row) ? "" : "\t");
            if (json_str(v))
                buf_puts(out, json_str(v));
            else
                json_print(v, out);
        }
        buf_putc(out, '\n');
    }
}

const struct command command_history = {.name = "history",
                                        .kind = COMMAND_QUERY,
                                        .usage = "history",
                                        .about = "the session tree: every step kept",
                                        .run = run_history,
                                        .say = say_history};
const struct command command_diff = {.name = "diff",
                                     .kind = COMMAND_QUERY,
                                     .min_args = 2,
                                     .max_args = 2,
                                     .args = "STEP STEP",
                                     .usage = "diff 2 3",
                                     .about = "what differs between two steps",
                                     .run = run_diff,
                                     .say = say_diff};
const struct command command_sql = {.name = "sql",
                                    .kind = COMMAND_QUERY,
                                    .min_args = 1,
                                    .max_args = 1,
                                    .usage = "sql \"SELECT * FROM step\"",
                                    .about = "ask the session file, read-only",
                                    .run = run_sql,
                                    .say = say_sql};
