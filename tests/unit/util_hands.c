/* util_hands: see util_hands.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/util_hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"

static void record(void *data, enum request_kind kind, const char *line)
{
    struct hands_rig *r = data;
    snprintf(r->posted, sizeof r->posted, "%d %s", (int)kind, line);
}

static void ignore(void *data, int64_t job)
{
    (void)data;
    (void)job;
}

struct json *rig_parsed(const char *text)
{
    struct json *j = json_parse(text, strlen(text), "test", NULL);
    assert_non_null(j);
    return j;
}

void rig_draw(struct hands_rig *r)
{
    struct scene scene;
    struct look look = {GLYPHS_ASCII, false};
    scratch_clear(&r->memory);
    ui_scene(&r->ui, &r->memory, &scene);
    scene_draw(&scene, r->surface, &look);
}

static const char layers[] =
    "{\"layers\":[{\"name\":\"in,1\",\"shape\":[4,3],\"weights\":12,\"kept\":6,\"sparsity\":0.5,\"units\":4,"
    "\"dead\":0},"
    "{\"name\":\"mid\",\"shape\":[5,4],\"weights\":20,\"kept\":20,\"sparsity\":0.1234567890123,\"units\":5,"
    "\"first\":0,\"last\":4,"
    "\"dead\":0},"
    "{\"name\":\"end\",\"shape\":[2,5],\"weights\":10,\"kept\":10,\"sparsity\":0,\"units\":2,\"dead\":0}]}";

int rig_set_up(void **state)
{
    struct hands_rig *r = calloc(1, sizeof *r);
    const struct ui_port port = {.post = record, .cancel = ignore, .data = r};
    ui_init(&r->ui, &port);
    r->surface = surface_new(100, 30);
    r->now = 100;
    board_put(&r->ui.board, BOARD_MODEL, rig_parsed("{\"name\":\"m\"}"));
    board_put(&r->ui.board, BOARD_LAYERS, rig_parsed(layers));
    rig_draw(r);
    *state = r;
    return 0;
}

int rig_tear_down(void **state)
{
    struct hands_rig *r = *state;
    ui_release(&r->ui);
    surface_free(r->surface);
    scratch_release(&r->memory);
    free(r);
    return 0;
}

void rig_keys(struct hands_rig *r, const char *names)
{
    char text[128], *rest = text;
    snprintf(text, sizeof text, "%s", names);
    for (char *name; (name = strtok_r(rest, " ", &rest));) {
        struct event e = {.kind = EVENT_KEY, .printable = name[1] == '\0'};
        snprintf(e.name, sizeof e.name, "%.15s", name);
        hands_event(&r->hands, &r->ui, r->surface, &e, r->now);
        rig_draw(r);
    }
}

void rig_mouse(struct hands_rig *r, enum mouse_action action, int x, int y)
{
    struct event e = {.kind = EVENT_MOUSE, .action = action, .x = x, .y = y};
    hands_event(&r->hands, &r->ui, r->surface, &e, r->now);
    rig_draw(r);
}

void rig_paste(struct hands_rig *r, const char *text)
{
    struct event e = {.kind = EVENT_PASTE, .text = text};
    hands_event(&r->hands, &r->ui, r->surface, &e, r->now);
    rig_draw(r);
}

/* Where that text stands on the surface, in ASCII; false: nowhere. */
static bool find(const struct hands_rig *r, const char *text, int *x, int *y)
{
    int n = (int)strlen(text);
    for (*y = 0; *y < r->surface->h; ++*y)
        for (*x = 0; *x + n <= r->surface->w; ++*x) {
            int i = 0;
            while (i < n && surface_at(r->surface, *x + i, *y)->text[0] == text[i])
                i++;
            if (i == n)
                return true;
        }
    return false;
}

bool rig_shows(const struct hands_rig *r, const char *text)
{
    int x, y;
    return find(r, text, &x, &y);
}

void rig_click(struct hands_rig *r, const char *text)
{
    int x, y;
    assert_true(find(r, text, &x, &y));
    rig_mouse(r, MOUSE_PRESS, x, y);
    rig_mouse(r, MOUSE_RELEASE, x, y);
}

const struct spot *rig_spot(const struct hands_rig *r, enum spot_kind kind)
{
    for (size_t i = r->surface->n_spots; i-- > 0;)
        if (r->surface->spots[i].kind == kind)
            return &r->surface->spots[i];
    return NULL;
}
