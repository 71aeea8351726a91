/* hands: see hands.h. */
#include "app/hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keys.h"
#include "app/prompt.h"
#include "views/layout.h"
#include "views/spot.h"

enum { WHEEL_ROWS = 3 };

static void run(struct ui *u, const char *command, int64_t by)
{
    char line[64];
    snprintf(line, sizeof line, "%s %lld", command, (long long)by);
    ui_run(u, line);
}

/* One key, or two with a blank between. It is a key and no letter, also where letters are typed. */
static void press(struct ui *u, const char *keys, double now)
{
    char first[16];
    const char *gap = strchr(keys, ' ');
    size_t n = gap && gap > keys && gap[1] ? (size_t)(gap - keys) : strlen(keys);
    snprintf(first, sizeof first, "%.*s", (int)n, keys);
    ui_key(u, first, false, now);
    if (keys[n])
        ui_key(u, keys + n + 1, false, now);
}

/* ---- the command line: its offers are rows ---- */

static void prompt_step(struct ui *u, int64_t by)
{
    for (int64_t i = 0; i < llabs(by) && i < 100; i++)
        prompt_key(u, by > 0 ? "C-n" : "C-p");
}

static void prompt_mouse(struct ui *u, const struct surface *s, const struct event *e)
{
    const struct spot *row = spot_at(s, e->x, e->y, SPOT_ROW), *key = spot_at(s, e->x, e->y, SPOT_KEY);
    bool list = u->prompt == PROMPT_PALETTE || u->prompt == PROMPT_MESSAGES;
    if (e->action == MOUSE_WHEEL_UP || e->action == MOUSE_WHEEL_DOWN)
        prompt_step(u, e->action == MOUSE_WHEEL_UP ? -1 : 1);
    else if (e->action == MOUSE_PRESS && row && row->by != 0)
        prompt_step(u, row->by);
    else if (e->action == MOUSE_PRESS && row)
        prompt_key(u, list ? "Enter" : "Tab");
    else if (e->action == MOUSE_PRESS && list && key && key->r.y == s->h - 1)
        prompt_key(u, key->key);
}

/* ---- the screen ---- */

static void slide(const struct hands *h, struct ui *u, int x)
{
    char line[64];
    snprintf(line, sizeof line, "slide %.6f", spot_fraction(h->track, x));
    ui_run(u, line);
}

/* Sliders and choices stand in a row: that one first. Commands leave the surface as it is until the next drawing. */
static void go_to_row(struct ui *u, const struct surface *s, const struct event *e)
{
    const struct spot *row = spot_at(s, e->x, e->y, SPOT_ROW);
    if (row && row->by != 0)
        run(u, "move", row->by);
}

static void step_aside(struct ui *u, int64_t by)
{
    for (int64_t i = 0; i < llabs(by) && i < 1000; i++)
        run(u, "side", by > 0 ? 1 : -1);
}

/* The row or cell under the cursor is gone into, any other gets the cursor. */
static void click_row(struct ui *u, const struct spot *spot, double now)
{
    if (spot->by == 0 && spot->across == 0 && key_find(u->help ? VIEW_HELP : (int)u->screen, "Enter"))
        press(u, "Enter", now);
    if (spot->by != 0)
        run(u, "move", spot->by);
    if (spot->across != 0)
        run(u, "side", spot->across);
}

/* A prefix waits for a key of its box; anything beside that closes it. */
static void drop_prefix(struct ui *u, const struct spot *spot, double now)
{
    if (u->prefix[0] && !(u->which && spot))
        press(u, "Esc", now);
}

static void click(struct hands *h, struct ui *u, const struct surface *s, const struct event *e, double now)
{
    const struct spot *spot = spot_at(s, e->x, e->y, SPOT_KINDS);
    u->notice = NOTICE_NONE;
    drop_prefix(u, spot, now);
    if (!spot)
        return;
    if (spot->kind == SPOT_POINT || spot->kind == SPOT_SLIDER || spot->kind == SPOT_TICK)
        go_to_row(u, s, e);
    switch (spot->kind) {
    case SPOT_KEY:
        press(u, spot->key, now);
        break;
    case SPOT_ROW:
        click_row(u, spot, now);
        break;
    case SPOT_POINT:
        step_aside(u, spot->by);
        break;
    case SPOT_TICK:
        run(u, "tick", spot->by);
        break;
    case SPOT_WORD:
        run(u, "help-open", spot->by);
        break;
    case SPOT_SLIDER:
        *h = (struct hands){true, spot->r, h->clicked};
        slide(h, u, e->x);
        break;
    case SPOT_KINDS:
        break;
    }
}

/* Moves the pane under the pointer; a slider or a plot under it moves its own way. */
static void wheel(struct ui *u, const struct surface *s, const struct event *e, double now)
{
    const struct spot *spot = spot_at(s, e->x, e->y, SPOT_KINDS);
    int64_t by = e->action == MOUSE_WHEEL_UP ? -1 : 1;
    drop_prefix(u, spot, now);
    if (spot && spot->kind == SPOT_SLIDER) {
        go_to_row(u, s, e);
        press(u, by < 0 ? spot->key : spot->raise, now);
    } else if (spot && spot->kind == SPOT_POINT) {
        go_to_row(u, s, e);
        run(u, "side", by);
    } else {
        if (spot && spot->kind == SPOT_KEY && spot->r.h > 1) /* a pane that waits behind a key */
            press(u, spot->key, now);
        run(u, "move", by * WHEEL_ROWS);
    }
}

static void mouse(struct hands *h, struct ui *u, const struct surface *s, const struct event *e, double now)
{
    u->handled++;
    h->clicked = true;
    if (e->action != MOUSE_DRAG)
        h->dragging = false;
    if (u->prompt != PROMPT_NONE)
        prompt_mouse(u, s, e);
    else if (e->action == MOUSE_PRESS)
        click(h, u, s, e, now);
    else if (e->action == MOUSE_DRAG && h->dragging)
        slide(h, u, e->x);
    else if (e->action == MOUSE_WHEEL_UP || e->action == MOUSE_WHEEL_DOWN)
        wheel(u, s, e, now);
}

/* F2 is the first key of the footer as it is drawn, F3 the second. */
static const char *footer_key(const struct surface *s, int number)
{
    for (size_t i = 0; i < s->n_spots; i++)
        if (s->spots[i].kind == SPOT_KEY && s->spots[i].r.y == s->h - 1 && number-- == 2)
            return s->spots[i].key;
    return NULL;
}

static int function_key(const struct event *e)
{
    int number = 0;
    return e->kind == EVENT_KEY && sscanf(e->name, "F%2d", &number) == 1 && number >= 2 && number <= 10
               ? number
               : 0;
}

static bool unseen(const struct surface *s)
{
    return layout_arrangement(s->w, s->h) == ARRANGE_TOO_SMALL;
}

bool hands_aim(const struct surface *s, const struct event *e)
{
    return unseen(s) || function_key(e) > 0 || (e->kind == EVENT_MOUSE && e->action == MOUSE_PRESS);
}

/* Nothing is acted on that cannot be seen: on the page that only says so, a key leaves, stops or draws anew. */
static void key_unseen(struct ui *u, const struct event *e, double now)
{
    static const char *const kept[] = {"C-c", "C-z", "C-l"};
    u->handled++;
    if (e->kind != EVENT_KEY)
        return;
    if (strcmp(e->name, "q") == 0 || strcmp(e->name, "Q") == 0)
        ui_run(u, "quit");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strcmp(e->name, kept[i]) == 0)
            ui_key(u, e->name, false, now);
}

void hands_event(struct hands *h, struct ui *u, const struct surface *s, const struct event *e, double now)
{
    const char *key = function_key(e) && u->prompt == PROMPT_NONE ? footer_key(s, function_key(e)) : NULL;
    if (unseen(s))
        key_unseen(u, e, now);
    else if (e->kind == EVENT_PASTE)
        ui_paste(u, e->text);
    else if (e->kind == EVENT_PASTE_WAITS || e->kind == EVENT_PASTE_STOPPED)
        ui_paste_held(u, e->kind == EVENT_PASTE_STOPPED);
    else if (e->kind == EVENT_MOUSE)
        mouse(h, u, s, e, now);
    else if (key)
        press(u, key, now);
    else
        ui_key(u, e->name, e->printable, now);
}
