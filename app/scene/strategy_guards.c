/* strategy_guards: the second screen's row of protections: every layer, and behind them what else is protected. Each is switched by
 * a command, `protect` or `release`, so that it is a step as any other. */
#include <stdlib.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/strategy_parts.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

static bool about_layer(const struct json *what)
{
    return strncmp(json_str(what), "layer:", 6) == 0;
}

static const struct json *protections(const struct ui *u)
{
    return json_first(json_get(u->board.item[BOARD_STATUS], "protected"));
}

/* What the i-th of them is called in the command language, which `release` wants as it was said; free() it. */
static char *guard_what(const struct ui *u, size_t i)
{
    const struct json *layer = i < strategy_ticks(u) ? layer_at(u, i) : NULL;
    struct buf what = {0};
    for (const struct json *p = protections(u); p; p = json_next(p))
        if (layer ? about_layer(p) && (strcmp(json_str(p) + 6, text_of(layer, "name", "")) == 0 ||
                                       strcmp(json_str(p) + 6, text_of(layer, "tensor", "")) == 0)
                  : !about_layer(p) && i-- == strategy_ticks(u)) {
            buf_puts(&what, json_str(p));
            return buf_take(&what);
        }
    buf_printf(&what, "layer:%s", text_of(layer, "name", ""));
    return buf_take(&what);
}

static size_t guards(const struct ui *u)
{
    size_t n = strategy_ticks(u);
    for (const struct json *p = protections(u); p; p = json_next(p))
        n += !about_layer(p);
    return n;
}

void strategy_fill_guards(const struct ui *u, struct scratch *memory, struct control *c)
{
    size_t n = strategy_ticks(u), i = 0;
    struct toggle *rows = scratch_take(memory, guards(u), sizeof *rows);
    for (const struct json *l = layer_at(u, 0); i < n; i++, l = json_next(l))
        rows[i] = (struct toggle){text_of(l, "name", "?"), json_true(json_get(l, "protected"))};
    for (const struct json *p = protections(u); p; p = json_next(p))
        if (!about_layer(p))
            rows[i++] = (struct toggle){json_str(p), true};
    c->toggles = rows;
    c->toggle_count = i;
    c->toggle_selected = u->guard;
}

void strategy_side_guard(struct ui *u, int64_t by)
{
    u->guard = step_to(u, u->guard, by, guards(u), "place");
}

/* The draft, where there is one, is asked for again from the step that this makes. */
static void post_guard(struct ui *u, bool protect, const char *what)
{
    struct buf line = {0};
    buf_puts(&line, protect ? "protect " : "release ");
    text_quote(&line, what);
    u->redraft = u->drafting;
    ui_post(u, REQUEST_COMMAND, "%s", buf_text(&line));
    buf_release(&line);
}

void strategy_toggle_guard(struct ui *u)
{
    size_t n = guards(u), i = u->guard < n ? u->guard : n - 1;
    char *what = guard_what(u, i);
    bool on = i >= strategy_ticks(u) || json_true(json_get(layer_at(u, i), "protected"));
    post_guard(u, !on, what);
    free(what);
}

/* On the row of protections the one under the cursor, else what the first notice warns of. */
void strategy_protect(struct ui *u, const char *arg)
{
    const char *input = strategy_lost_input(u);
    (void)arg;
    if (strategy_on_guards(u)) {
        strategy_toggle_guard(u);
    } else if (input) {
        struct buf what = {0};
        buf_printf(&what, "input:%s", input);
        post_guard(u, true, buf_text(&what));
        buf_release(&what);
    } else {
        ui_say(u, NOTICE_INFO,
               "no input is about to be lost; the row 'protect' takes layers, :protect anything");
    }
}
