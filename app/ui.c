/* ui: see ui.h. What keys run is keys.c's and ui_commands.c's business, what screens do screens.h's. */
#include "app/ui.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/find.h"
#include "app/keys.h"
#include "app/prompt.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

void ui_init(struct ui *u, const struct ui_port *port)
{
    *u = (struct ui){.port = *port,
                     .screen = VIEW_OVERVIEW,
                     .amount = 0.5,
                     .budget = NAN,
                     .mouse = true,
                     .choice_at = SIZE_MAX,
                     .quit_asked = -10,
                     .control = 3};
}

void ui_release(struct ui *u)
{
    board_release(&u->board);
    buf_release(&u->typed);
    buf_release(&u->wanted);
    buf_release(&u->filter);
    buf_release(&u->help_search);
    free(u->message);
    free(u->job);
}

static char *formatted(const char *format, va_list args)
{
    struct buf text = {0};
    buf_vprintf(&text, format, args);
    return buf_take(&text);
}

void ui_say(struct ui *u, enum notice_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    free(u->message);
    u->message = formatted(format, args);
    va_end(args);
    u->notice = kind;
}

void ui_post(struct ui *u, enum request_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *line = formatted(format, args);
    va_end(args);
    u->port.post(u->port.data, kind, line);
    free(line);
}

static void take_answer(struct ui *u, const struct news *n)
{
    /* first line only: the rest is on the screens */
    if (n->text && *n->text) {
        size_t line = strcspn(n->text, "\n");
        ui_say(u, NOTICE_INFO, "%.*s", (int)line, n->text);
    }
}

static void take_board(struct ui *u, struct news *n)
{
    if (n->item == BOARD_STATUS) {
        int64_t before = (int64_t)json_num(json_get(u->board.item[BOARD_STATUS], "step"), 0);
        int64_t now = (int64_t)json_num(json_get(n->json, "step"), 0);
        u->readonly = json_true(json_get(n->json, "readonly"));
        if (now != before) {
            board_stale(&u->board);
            u->history.at = now;
        }
        if (now != before && u->drafting) {
            u->drafting = false;
            board_drop(&u->board, BOARD_DRAFT);
            board_drop(&u->board, BOARD_DRAFT_EVAL);
            board_drop(&u->board, BOARD_DRAFT_LAYERS);
        }
    }
    if (n->item == BOARD_DRAFT)
        u->board.stale[BOARD_DRAFT_EVAL] = true;
    board_put(&u->board, n->item, n->json);
    n->json = NULL;
    if (n->item == BOARD_MASK && u->screen == VIEW_NEURON)
        screen_neuron.open(u);
    bool whole = n->item == BOARD_EVAL && json_true(json_get(u->board.item[BOARD_EVAL], "exact"));
    if ((n->item == BOARD_HISTORY || whole) && u->screen == VIEW_HISTORY)
        history_follow(u);
}

void ui_news(struct ui *u, struct news *n)
{
    u->handled++;
    if (n->kind == NEWS_BOARD) {
        take_board(u, n);
    } else if (n->kind == NEWS_CURVE) {
        board_put_curve(&u->board, n->json);
        n->json = NULL;
    } else if (n->kind == NEWS_ANSWER) {
        take_answer(u, n);
    } else if (n->kind == NEWS_FAILED) {
        ui_say(u, NOTICE_ERROR, "%s%s%s", n->err.message, n->err.hint ? ". " : "",
               n->err.hint ? n->err.hint : "");
    } else {
        free(u->job);
        u->job = n->text;
        n->text = NULL;
        u->job_done = n->done;
        u->job_total = n->total;
    }
}

void ui_key(struct ui *u, const char *key, bool printable, double now)
{
    u->handled++;
    if (strcmp(key, "Resize") == 0)
        return;
    if (strcmp(key, "C-c") == 0) {
        if (!u->job && now - u->quit_asked < 2)
            u->quit = true;
        u->quit_asked = u->job ? -10 : now;
    }
    if (u->prompt != PROMPT_NONE) {
        prompt_key(u, key, printable);
        return;
    }
    u->notice = NOTICE_NONE;
    if (u->finding != FIND_NONE) {
        find_key(u, key, printable);
        return;
    }
    if (u->help && printable) {
        help_type(u, key);
        return;
    }
    if (strcmp(key, "Esc") == 0 && !u->help) {
        find_clear(u);
        return;
    }
    const struct key_row *row = key_find(u->help ? VIEW_HELP : (int)u->screen, key);
    if (row)
        ui_run(u, row->command);
    else
        ui_say(u, NOTICE_INFO, "%s does nothing here; ? lists the keys", key);
}
