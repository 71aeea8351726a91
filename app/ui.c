/* ui: see ui.h. What keys run is keys.c's and ui_commands.c's business, what screens do screens.h's. */
#include "app/ui.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keys.h"
#include "app/prompt.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

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
    free(u->wish_text);
    free(u->question);
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
        if (now != before)
            board_stale(&u->board);
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

enum { WHICH_AFTER = 300 }; /* ms from a prefix to the box of the keys that may follow */

double ui_waits(const struct ui *u, double now)
{
    double left = u->prefix_at + WHICH_AFTER / 1000.0 - now;
    return !u->prefix[0] || u->which ? -1 : left > 0 ? left : 0;
}

bool ui_tick(struct ui *u, double now)
{
    if (ui_waits(u, now) != 0)
        return false;
    u->which = true;
    return true;
}

static void run_key(struct ui *u, const char *key, double now)
{
    u->prefix[0] = '\0';
    u->which = false;
    const struct key_row *row = key_find((int)u->screen, key);
    if (row) {
        ui_run(u, row->command);
    } else if (key_is_prefix((int)u->screen, key)) {
        snprintf(u->prefix, sizeof u->prefix, "%s", key);
        u->prefix_at = now;
    } else {
        ui_say(u, NOTICE_INFO, "%s does nothing here; ? lists the keys", key);
    }
}

/* The second key of a sequence. */
static void run_second(struct ui *u, const char *key)
{
    char both[sizeof u->prefix + 17];
    snprintf(both, sizeof both, "%s %s", u->prefix, key);
    const struct key_row *row = key_find((int)u->screen, both);
    u->prefix[0] = '\0';
    u->which = false;
    if (row)
        ui_run(u, row->command);
    else if (strcmp(key, "Esc") != 0)
        ui_say(u, NOTICE_INFO, "%s does nothing; press its first key and wait to see what may follow", both);
}

/* ^C twice within two seconds, with no job to stop, leaves. */
static void count_interrupts(struct ui *u, double now)
{
    if (!u->job && now - u->quit_asked < 2)
        u->quit = true;
    u->quit_asked = u->job ? -10 : now;
}

void ui_ask(struct ui *u, const char *path)
{
    struct buf text = {0};
    text_escape(&text, path, strlen(path));
    buf_puts(&text, " is there already: replace it? y/N ");
    free(u->question);
    u->question = buf_take(&text);
    u->notice = NOTICE_NONE;
    u->prompt = PROMPT_NONE;
}

static void answer(struct ui *u, const char *key)
{
    if (strcmp(key, "y") == 0 || strcmp(key, "Y") == 0) {
        u->wish = WISH_EXPORT;
        u->wish_replace = true;
    } else {
        ui_say(u, NOTICE_INFO, "nothing was written; the file is as it was");
    }
    free(u->question);
    u->question = NULL;
}

void ui_key(struct ui *u, const char *key, bool printable, double now)
{
    u->handled++;
    if (strcmp(key, "C-c") == 0)
        count_interrupts(u, now);
    if (u->question) {
        answer(u, key);
        return;
    }
    if (u->prompt != PROMPT_NONE) {
        prompt_key(u, key, printable);
        return;
    }
    u->notice = NOTICE_NONE;
    if (u->prefix[0] && strcmp(key, "C-c") != 0)
        run_second(u, key);
    else if (strcmp(key, "Esc") == 0)
        u->help = false;
    else
        run_key(u, key, now);
}

void ui_paste(struct ui *u, const char *text)
{
    u->handled++;
    if (u->prompt != PROMPT_NONE) {
        prompt_paste(u, text);
        return;
    }
    u->prefix[0] = '\0';
    u->which = false;
    ui_say(u, NOTICE_WARNING, "pasted text is not run as keys; open the command line with : and paste there");
}
