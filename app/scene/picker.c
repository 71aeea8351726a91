/* picker: the scene that asks what to open: samples and recent sessions. */
#include "views/picker.h"

#include <string.h>

#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/json.h"

static void fill(struct scratch *memory, const struct json *list, const struct picker_row **rows, size_t *n)
{
    *n = json_count(list);
    struct picker_row *out = scratch_take(memory, *n, sizeof *out);
    size_t i = 0;
    for (const struct json *one = json_first(list); one; one = json_next(one), i++)
        out[i] = (struct picker_row){text_of(one, "name", "?"), text_of(one, "about", NULL),
                                     text_of(one, "right", NULL)};
    *rows = out;
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    struct picker_scene *p = scratch_take(memory, 1, sizeof *p);
    const struct json *all = u->board.item[BOARD_SAMPLES];
    fill(memory, json_get(all, "samples"), &p->samples, &p->sample_count);
    fill(memory, json_get(all, "sessions"), &p->sessions, &p->session_count);
    p->selected = u->pick;
    p->hint = "or leave with q and give a file: poda MODEL.onnx --data DATASET.json";
    return p;
}

static size_t count(const struct ui *u)
{
    const struct json *all = u->board.item[BOARD_SAMPLES];
    return json_count(json_get(all, "samples")) + json_count(json_get(all, "sessions"));
}

static void move(struct ui *u, int64_t by)
{
    u->pick = (size_t)clamp_to((int64_t)u->pick + by, (int64_t)count(u));
}

/* The loop opens what u->pick names: it alone starts workers. */
static void enter(struct ui *u)
{
    if (count(u))
        u->picked = true;
}

static const struct sheet *table(const struct ui *u, struct scratch *memory)
{
    static const char *const lists[] = {"samples", "sessions"};
    struct sheet *t = sheet_new(memory, "kind name about path", count(u));
    size_t row = 0;
    for (int i = 0; i < 2; i++)
        for (const struct json *one = json_first(json_get(u->board.item[BOARD_SAMPLES], lists[i])); one;
             one = json_next(one)) {
            sheet_fill(t, memory, row, one);
            sheet_text(t, row++, 0, i ? "session" : "sample");
        }
    t->selected = u->pick;
    return t;
}

const struct screen screen_picker = {.view = VIEW_PICKER,
                                     .scene = build,
                                     .move = move,
                                     .enter = enter,
                                     .table = table,
                                     .see = "Bundled models, each with its data, and the sessions you left.",
                                     .how =
                                         "A sample starts a new session; a session opens where you left it.",
                                     .careful = "The readmission data are invented."};
