/* ui: see ui.h. What keys run is keys.c's and ui_commands.c's business, what screens do screens.h's. */
#include "app/ui.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/edit.h"
#include "app/find.h"
#include "app/foresee.h"
#include "app/keys.h"
#include "app/prompt.h"
#include "app/refuse.h"
#include "app/scene/links.h"
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
                     .seed = 1,
                     .at_amount = NAN,
                     .mouse = true,
                     .choice_at = SIZE_MAX,
                     .cut = -1,
                     .interrupted = -10};
}

void ui_release(struct ui *u)
{
    board_release(&u->board);
    buf_release(&u->typed);
    buf_release(&u->ran);
    buf_release(&u->folder);
    buf_release(&u->foreseen);
    recall_release(&u->recall);
    visits_release(&u->visits);
    messages_release(&u->messages);
    free(u->wish_text);
    free(u->question);
    buf_release(&u->wanted);
    buf_release(&u->filter);
    buf_release(&u->help_search);
    free(u->message);
    job_log_release(&u->jobs);
    times_release(&u->pulse.first);
    times_release(&u->pulse.frames);
    times_release(&u->pulse.cancels);
    free(u->asked);
    free(u->fitting);
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
    messages_add(&u->messages, kind, u->message);
}

void ui_say_error(struct ui *u, const struct err *e)
{
    struct buf text = {0};
    err_tell(e, &text);
    ui_say(u, NOTICE_ERROR, "%s", buf_text(&text));
    buf_release(&text);
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

void ui_preview(struct ui *u, const char *line)
{
    static const enum board_item drafts[] = {BOARD_DRAFT, BOARD_DRAFT_EVAL, BOARD_DRAFT_LAYERS,
                                             BOARD_DRAFT_PATTERN};
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
        u->board.stale[drafts[i]] = true;
    free(u->asked);
    u->asked = mem_text(line);
    ui_post(u, REQUEST_PREVIEW, "%s", line);
}

static void take_answer(struct ui *u, const struct news *n)
{
    /* first line only: the rest is on the screens */
    if (!n->text || !*n->text)
        return;
    char *first = mem_zero(strcspn(n->text, "\n") + 1, 1);
    memcpy(first, n->text, strcspn(n->text, "\n"));
    if (u->notice == NOTICE_WARNING) /* on the way to this answer, which must not hide it */
        messages_add(&u->messages, NOTICE_INFO, first);
    else
        ui_say(u, NOTICE_INFO, "%s", first);
    free(first);
}

static void forget_draft(struct ui *u)
{
    static const enum board_item drafts[] = {BOARD_DRAFT, BOARD_DRAFT_EVAL, BOARD_DRAFT_LAYERS,
                                             BOARD_DRAFT_PATTERN, BOARD_DRAFT_EDGES};
    u->drafting = false;
    u->cut = -1;
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
        board_drop(&u->board, drafts[i]);
}

void ui_drop_draft(struct ui *u)
{
    forget_draft(u);
    u->port.post(u->port.data, REQUEST_UNDRAFT, "");
    ui_say(u, NOTICE_INFO, "draft dropped");
    if (u->screen == VIEW_LAYER)
        screen_layer.open(u);
}

void ui_resize(struct ui *u, int columns, int rows)
{
    bool other = columns != u->columns || rows != u->rows;
    u->columns = columns;
    u->rows = rows;
    if (other && u->screen == VIEW_LAYER)
        screen_layer.open(u);
}

/* What a screen asked for may have changed. */
static void ask_anew(struct ui *u, enum board_item item)
{
    bool whole = item == BOARD_EVAL && json_true(json_get(u->board.item[BOARD_EVAL], "exact"));
    if ((item == BOARD_HISTORY || whole) && u->screen == VIEW_HISTORY)
        history_follow(u);
    if (item == BOARD_LAYERS && u->screen == VIEW_NEURON)
        screen_neuron.open(u);
    if ((item == BOARD_LAYERS || (item == BOARD_DRAFT && u->drafting)) && u->screen == VIEW_LAYER)
        screen_layer.open(u);
}

/* What another program did to the session's file. */
static void say_changes(struct ui *u, const struct news *n)
{
    const char *before = json_str(json_get(u->board.item[BOARD_STATUS], "notice")),
               *notice = n->item == BOARD_STATUS ? json_str(json_get(n->json, "notice")) : NULL;
    if (notice && u->board.item[BOARD_STATUS] && (!before || strcmp(before, notice) != 0))
        ui_say(u, NOTICE_WARNING, "%s", notice);
    if (n->item == BOARD_HISTORY && json_true(json_get(n->json, "elsewhere")))
        ui_say(u, NOTICE_WARNING,
               "another program wrote to this session: its steps are shown as they are now, "
               "those that do not fit their hash with (?)");
}

/* Cursors, ticks and ways that mean layers and units of a model that is no longer shown. */
static void forget_places(struct ui *u)
{
    u->layer = u->tick = u->guard = u->cell_row = u->cell_column = u->link[0] = u->link[1] = 0;
    u->at = (struct ui_place){0};
    u->n_trail = 0;
    u->on_unit = false;
    u->series = 0;
    u->at_amount = NAN;
    memset(u->left_out, 0, sizeof u->left_out);
    visits_release(&u->visits);
}

static void take_status(struct ui *u, const struct json *status)
{
    int64_t before = (int64_t)json_num(json_get(u->board.item[BOARD_STATUS], "step"), 0);
    int64_t step = (int64_t)json_num(json_get(status, "step"), 0);
    u->readonly = json_true(json_get(status, "readonly"));
    if (board_turn(&u->board, status))
        forget_places(u);
    if (step == before)
        return;
    u->history.at = step;
    board_stale(&u->board); /* the head moved, and the draft was one from there */
    if (u->drafting)
        forget_draft(u);
}

/* A draft that is not the one asked for last is one on the way there; what was measured of it is no better. */
static void judge_draft(struct ui *u, enum board_item item)
{
    struct board *b = &u->board;
    const char *asked = json_str(json_get(b->item[BOARD_DRAFT], "asked"));
    if (item == BOARD_DRAFT) {
        b->stale[BOARD_DRAFT] = !u->asked || !asked || strcmp(u->asked, asked) != 0;
        b->stale[BOARD_DRAFT_EVAL] = b->stale[BOARD_DRAFT_LAYERS] = b->stale[BOARD_DRAFT_PATTERN] = true;
    } else if (item == BOARD_DRAFT_EVAL || item == BOARD_DRAFT_LAYERS || item == BOARD_DRAFT_PATTERN) {
        b->stale[item] = b->stale[BOARD_DRAFT];
    }
}

/* A full run that was asked for while all is frozen ends with its last record. */
static void end_full_run(struct ui *u, enum board_item item)
{
    if (!u->full_run || item != (u->drafting ? BOARD_DRAFT_EVAL : BOARD_EVAL) ||
        !json_true(json_get(u->board.item[item], "exact")) || u->board.stale[item])
        return;
    u->full_run = false;
    u->port.freeze(u->port.data, u->frozen);
}

/* Is with this item everything there that the controls of a strategy follow? Its layers come after the status where the head moved. */
static bool stands(const struct ui *u, enum board_item item)
{
    bool old = !u->board.item[BOARD_LAYERS] || u->board.stale[BOARD_LAYERS];
    return item == (old ? BOARD_LAYERS : BOARD_STATUS);
}

static void take_board(struct ui *u, struct news *n)
{
    static const enum board_item drafts[] = {BOARD_DRAFT, BOARD_DRAFT_EVAL, BOARD_DRAFT_LAYERS,
                                             BOARD_DRAFT_EDGES};
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
        if (n->item == drafts[i] && !u->drafting && !u->foreseeing)
            return; /* of a line that is no longer typed */
    if (n->item == BOARD_RECALL) {
        recall_older(&u->recall, json_get(n->json, "lines"));
        return;
    }
    say_changes(u, n);
    if (n->item == BOARD_STATUS)
        take_status(u, n->json);
    struct links_held held = n->item == BOARD_NEURON ? links_hold(u) : (struct links_held){0};
    bool arrived = stands(u, n->item);
    board_put(&u->board, n->item, n->json);
    n->json = NULL;
    if (n->item == BOARD_NEURON)
        links_follow(u, &held);
    judge_draft(u, n->item);
    end_full_run(u, n->item);
    if (arrived)
        strategy_follow(u);
    ask_anew(u, n->item);
}

/* A line that was typed comes back for correction, unless its author went on. */
static void take_failure(struct ui *u, const struct news *n)
{
    if (n->request == REQUEST_PREVIEW && u->foreseeing)
        return; /* not whole yet: Enter will tell */
    if (n->err.code == ERR_NO_MODEL && u->notice == NOTICE_ERROR)
        return; /* why there is none was just said */
    ui_say_error(u, &n->err);
    if (n->request == REQUEST_COMMAND && u->prompt == PROMPT_NONE && u->ran_keys == u->keys &&
        u->ran.len > 0 && n->line && strcmp(n->line, buf_text(&u->ran)) == 0)
        prompt_again(u, n->line);
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
        take_failure(u, n);
    } else if (n->kind == NEWS_JOB) {
        job_log_take(&u->jobs, &n->report);
    }
}

/* ^C closes what is typed, or stops the job, or tells how to leave; the second within 2 s leaves, and the third does not wait for
 * anything. true: all is done. */
static bool interrupt_key(struct ui *u, double now)
{
    bool job = job_log_running(&u->jobs) != NULL;
    u->interrupts = now - u->interrupted < 2 ? u->interrupts + 1 : 1;
    u->interrupted = now;
    u->quit = u->quit || u->interrupts >= 2;
    u->abort = u->interrupts >= 3;
    if (job || u->prompt == PROMPT_NONE)
        return false;
    prompt_key(u, "Esc");
    foresee_follow(u);
    return true;
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

/* The key of the screen that is seen: said here, as a line that leads to a screen may lead to this one. */
static void say_here(struct ui *u, const struct key_row *row)
{
    if (!u->help && strncmp(row->command, "screen ", 7) == 0 &&
        strcmp(row->command + 7, views[u->screen].name) == 0)
        ui_say(u, NOTICE_INFO, "this is the %s screen; its keys are in the line below",
               views[u->screen].name);
}

static void run_key(struct ui *u, const char *key, double now)
{
    u->prefix[0] = '\0';
    u->which = false;
    int context = u->help ? VIEW_HELP : (int)u->screen;
    key = strcmp(key, " ") == 0 ? "Space" : key;
    const struct key_row *row = key_find(context, key);
    if (row) {
        say_here(u, row);
        ui_run(u, row->command);
    } else if (key_is_prefix(context, key)) {
        snprintf(u->prefix, sizeof u->prefix, "%s", key);
        u->prefix_at = now;
    } else {
        refuse_key(u, key);
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
    else if (strcmp(key, "Esc") != 0 && !refuse_elsewhere(u, both))
        ui_say(u, NOTICE_INFO, "%s does nothing; press its first key and wait to see what may follow", both);
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

/* Esc on a screen: a filter goes first, then what covers a pane, and a draft last. */
static void close_topmost(struct ui *u)
{
    if (find_clear(u))
        return;
    if (u->kernels && u->screen == VIEW_LAYER)
        u->kernels = false;
    else if (u->drafting)
        ui_drop_draft(u);
}

void ui_key(struct ui *u, const char *key, bool printable, double now)
{
    u->handled++;
    bool interrupt = strcmp(key, "C-c") == 0;
    u->keys++;
    u->notice = NOTICE_NONE;
    bool closed = interrupt && interrupt_key(u, now);
    if (u->question) {
        answer(u, key);
        return;
    }
    if (closed)
        return;
    if (u->prompt != PROMPT_NONE && !interrupt) {
        if (printable)
            prompt_type(u, key);
        else
            prompt_key(u, key);
        foresee_follow(u);
        return;
    }
    if (u->finding != FIND_NONE && printable)
        find_type(u, key);
    else if (u->finding != FIND_NONE)
        find_key(u, key);
    else if (u->help && printable)
        help_type(u, key);
    else if (u->prefix[0] && !interrupt)
        run_second(u, key);
    else if (strcmp(key, "Esc") == 0 && !u->help)
        close_topmost(u);
    else
        run_key(u, key, now);
}

/* What of a text may stand in a line: whatever is no letter as a blank; line ends at the end are those of a copied line. No
 * more of it than can fit. */
static void clean_text(const char *text, struct buf *out)
{
    size_t n = strlen(text), length;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    for (size_t i = 0; i < n && out->len <= EDIT_MOST; i += length) {
        uint32_t c = text_decode(text + i, n - i, &length);
        if (c >= 32 && c != 127 && c != 0xfffd && (c < 0x80 || c >= 0xa0))
            buf_add(out, text + i, length);
        else
            buf_putc(out, ' ');
    }
}

/* As letters, all at once: what follows the line follows it once. */
static void type_text(struct ui *u, const char *text)
{
    struct buf letters = {0};
    clean_text(text, &letters);
    bool all = u->prompt != PROMPT_NONE  ? prompt_type(u, buf_text(&letters))
               : u->finding != FIND_NONE ? find_type(u, buf_text(&letters))
                                         : help_type(u, buf_text(&letters));
    buf_release(&letters);
    if (!all)
        ui_say(u, NOTICE_WARNING, "a line holds %d bytes; what was pasted beyond that was left out",
               EDIT_MOST);
}

void ui_paste(struct ui *u, const char *text)
{
    u->handled++;
    u->prefix[0] = '\0';
    u->which = false;
    if (!u->question && (u->prompt != PROMPT_NONE || u->finding != FIND_NONE || u->help)) {
        u->help_typing |= u->help; /* q and ? are letters, too */
        type_text(u, text);
        foresee_follow(u);
    } else {
        ui_say(u, NOTICE_WARNING,
               "pasted text is not run as keys; open the command line with : and paste there");
    }
}

void ui_paste_held(struct ui *u, bool stopped)
{
    u->handled++;
    ui_say(u, NOTICE_INFO,
           stopped ? "the paste was given up; nothing of it was taken"
                   : "a paste is under way and its end has not come: ^C gives it up, keys count as its text");
}
