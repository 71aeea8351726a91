/* picker: the scene that asks what to open: samples and recent sessions. */
#include "views/picker.h"

#include <string.h>

#include "app/find.h"
#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"

/* What is offered, samples first; the filter considered. */
struct offers {
    const struct json **rows;
    const char **names;
    size_t samples, n, left_out;
};

static void add_list(const struct json *list, const char *filter, struct scratch *memory, struct offers *o)
{
    for (const struct json *one = json_first(list); one; one = json_next(one)) {
        const char *name =
            scratch_printf(memory, "%s %s", text_of(one, "name", "?"), text_of(one, "about", ""));
        if (filter && !find_matches(name, filter)) {
            o->left_out++;
            continue;
        }
        o->rows[o->n] = one;
        o->names[o->n++] = name;
    }
}

static struct offers offered(const struct ui *u, struct scratch *memory)
{
    const struct json *all = u->board.item[BOARD_SAMPLES];
    const struct json *samples = json_get(all, "samples"), *sessions = json_get(all, "sessions");
    size_t most = json_count(samples) + json_count(sessions) + 1;
    struct offers o = {.rows = scratch_take(memory, most, sizeof *o.rows),
                       .names = scratch_take(memory, most, sizeof *o.names)};
    add_list(samples, find_filter(u), memory, &o);
    o.samples = o.n;
    add_list(sessions, find_filter(u), memory, &o);
    return o;
}

static const struct picker_row *rows_of(struct scratch *memory, const struct json **from, size_t n)
{
    struct picker_row *out = scratch_take(memory, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct picker_row){text_of(from[i], "name", "?"), text_of(from[i], "about", NULL),
                                     text_of(from[i], "right", NULL), text_of(from[i], "why", NULL) != NULL};
    return out;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    struct picker_scene *p = scratch_take(memory, 1, sizeof *p);
    struct offers o = offered(u, memory);
    p->samples = rows_of(memory, o.rows, o.samples);
    p->sample_count = o.samples;
    p->sessions = rows_of(memory, o.rows + o.samples, o.n - o.samples);
    p->session_count = o.n - o.samples;
    p->selected = (size_t)clamp_to((int64_t)u->pick, (int64_t)o.n);
    p->narrowed = find_filter(u) != NULL;
    p->hint = find_chip(u, memory, o.left_out);
    if (!p->hint)
        p->hint = "type :open FILE for another model or session; :data FILE before it names its data";
    return p;
}

static void move(struct ui *u, int64_t by)
{
    struct scratch memory = {0};
    u->pick = step_to(u, u->pick, by, offered(u, &memory).n, "row");
    scratch_release(&memory);
}

static void names(const struct ui *u, struct scratch *memory, struct row_names *out)
{
    struct offers o = offered(u, memory);
    *out = (struct row_names){o.names, o.n, (size_t)clamp_to((int64_t)u->pick, (int64_t)o.n)};
}

const struct json *picker_choice(const struct ui *u)
{
    struct scratch memory = {0};
    struct offers o = offered(u, &memory);
    const struct json *row = o.n ? o.rows[clamp_to((int64_t)u->pick, (int64_t)o.n)] : NULL;
    scratch_release(&memory);
    return row;
}

/* The loop opens what the cursor is on: it alone starts workers. */
static void enter(struct ui *u)
{
    const struct json *row = picker_choice(u);
    const char *why = text_of(row, "why", NULL);
    if (why)
        ui_say(u, NOTICE_ERROR, "%s", why);
    else if (row)
        u->picked = true;
}

static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    struct offers o = offered(u, memory);
    struct sheet *t = sheet_new(memory, "kind name about path", o.n);
    for (size_t i = 0; i < o.n; i++) {
        sheet_fill(t, memory, i, o.rows[i]);
        sheet_text(t, i, 0, i < o.samples ? "sample" : "session");
    }
    if (o.n)
        t->selected = (size_t)clamp_to((int64_t)u->pick, (int64_t)o.n);
    return t;
}

const struct screen screen_picker = {.view = VIEW_PICKER,
                                     .scene = build,
                                     .move = move,
                                     .enter = enter,
                                     .table = table,
                                     .rows = names,
                                     .filters = true,
                                     .filter_only = true,
                                     .see = "Bundled models, each with its data, and the sessions you left, "
                                            "newest first. One that cannot be opened says why.",
                                     .how = "A sample starts a new session with its data; a session opens "
                                            "where you left it. :open FILE takes any model or session.",
                                     .careful = "The readmission data are invented."};
