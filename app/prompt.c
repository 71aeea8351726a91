/* prompt: see prompt.h. How a line is edited is edit.c's business, what may stand in it complete.c's. */
#include "app/prompt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/copy.h"
#include "app/cmd/cmd.h"
#include "app/complete.h"
#include "app/edit.h"
#include "app/foresee.h"
#include "app/palette.h"
#include "app/screens.h"
#include "engine/base/err.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

static const char *const signs[] = {[PROMPT_NONE] = "",
                                    [PROMPT_COMMAND] = ":",
                                    [PROMPT_TAG] = "tag this step: ",
                                    [PROMPT_NOTE] = "note: ",
                                    [PROMPT_AMOUNT] = "cut (0..1 or %): ",
                                    [PROMPT_BUDGET] = "budget, such as 16KiB (empty: none): ",
                                    [PROMPT_EXPORT] = "export this view to (.txt .ans .svg .csv): ",
                                    [PROMPT_PALETTE] = "> ",
                                    [PROMPT_MESSAGES] = "> "};

static void set_line(struct ui *u, const char *line)
{
    edit_set(&u->typed, &u->caret, line);
    u->choice_at = SIZE_MAX;
}

static void want_files(struct ui *u);

/* Notes and tags go to the step where the session stands: where that is not the one under the cursor, it is said. */
static bool has_step(struct ui *u, enum prompt_kind kind)
{
    return (kind != PROMPT_NOTE && kind != PROMPT_TAG) || history_stands(u);
}

/* Also where the text will be refused: what is typed would run as keys without a prompt. */
void prompt_open(struct ui *u, enum prompt_kind kind)
{
    u->prompt = kind;
    set_line(u, "");
    recall_rest(&u->recall);
    buf_release(&u->folder);
    has_step(u, kind);
}

void prompt_again(struct ui *u, const char *line)
{
    u->prompt = PROMPT_COMMAND;
    set_line(u, line);
    want_files(u);
}

/* ---- what may stand at the caret ---- */

static bool has_word(const struct offers *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->rows[i].text, text) == 0)
            return true;
    return false;
}

/* The verb that may be meant where none fits what is typed. */
static void offer_nearest(const char *word, struct offers *out)
{
    enum { MOST = 128 };
    const char *names[MOST];
    size_t n = 0;
    for (const struct command *const *c = commands; *c && n < MOST - 1; c++)
        names[n++] = (*c)->name;
    for (size_t i = 0; ui_command(i) && n < MOST - 1; i++)
        names[n++] = ui_command(i);
    names[n] = NULL;
    const char *near = *word ? text_nearest(word, names) : NULL;
    if (!near || has_word(out, near))
        return;
    const struct command *c = cmd_find(near);
    fuzzy_word(&out->query, "");
    offer_add(out, (struct offer){.text = near,
                                  .about = c ? c->about : NULL,
                                  .more = c && c->max_args + (c->keys != NULL) > 0});
}

static struct caret_word find_offers(const struct ui *u, struct offers *out)
{
    size_t caret = u->caret < u->typed.len ? u->caret : u->typed.len;
    struct caret_word w = complete_word(buf_text(&u->typed), caret, out->memory);
    if (u->prompt == PROMPT_COMMAND) {
        complete_offers(u, &w, out);
        if (!w.verb && out->n == 0)
            offer_nearest(w.text, out);
    }
    return w;
}

/* Files come from beside: ask for the folder that is typed, once. */
static void want_files(struct ui *u)
{
    struct scratch memory = {0};
    struct caret_word w = complete_word(buf_text(&u->typed), u->caret, &memory);
    const char *folder = u->prompt == PROMPT_COMMAND ? complete_folder(&w, &memory) : NULL;
    if (folder && u->port.aside && (!u->folder.data || strcmp(u->folder.data, folder) != 0)) {
        buf_clear(&u->folder);
        buf_puts(&u->folder, folder);
        u->port.aside(u->port.data, ASIDE_FOLDER, folder);
    }
    scratch_release(&memory);
}

/* Put an offer in the word's place; a blank follows where nothing more of the word may. */
static void take_offer(struct ui *u, const struct caret_word *w, const struct offer *one)
{
    struct buf text = {0};
    const char *line = one->line ? one->line : one->text;
    bool goes_on = one->more && w->verb;
    if (w->verb)
        text_quote(&text, line);
    else
        buf_puts(&text, line);
    if (!goes_on && buf_text(&u->typed)[w->to] != ' ')
        buf_putc(&text, ' ');
    edit_splice(&u->typed, &u->caret, w->from, w->to, buf_text(&text));
    u->choice_at = SIZE_MAX;
    buf_release(&text);
    want_files(u);
}

/* The offer under the cursor, else the first; false if there is none. */
static bool complete(struct ui *u, bool chosen_only)
{
    struct scratch memory = {0};
    struct offers *list = scratch_take(&memory, 1, sizeof *list);
    list->memory = &memory;
    struct caret_word w = find_offers(u, list);
    size_t at = u->choice_at < list->n ? u->choice_at : chosen_only ? list->n : 0;
    bool any = at < list->n;
    if (any)
        take_offer(u, &w, &list->rows[at]);
    scratch_release(&memory);
    return any;
}

static void move_choice(struct ui *u, int by)
{
    struct scratch memory = {0};
    struct offers *list = scratch_take(&memory, 1, sizeof *list);
    list->memory = &memory;
    find_offers(u, list);
    size_t n = list->n;
    if (n > 0)
        u->choice_at = u->choice_at >= n ? (by > 0 ? 0 : n - 1) : (u->choice_at + n + (size_t)by) % n;
    scratch_release(&memory);
}

static void recall(struct ui *u, int by)
{
    const char *line = u->prompt == PROMPT_COMMAND ? recall_walk(&u->recall, by, buf_text(&u->typed)) : NULL;
    if (line)
        set_line(u, line);
}

/* ---- what is done with the line ---- */

static void take_amount(struct ui *u)
{
    double v;
    size_t n = u->typed.len;
    bool percent = n > 0 && u->typed.data[n - 1] == '%', read = num_parse_share(buf_text(&u->typed), &v);
    if (n == 0)
        return;
    if (read && !percent && v > 1) /* 80 is meant as 80% */
        v /= 100;
    if (!read || v < 0 || v > 1) {
        ui_say(u, NOTICE_ERROR, "'%s' is no share between 0 and 1, nor between 0%% and 100%%",
               buf_text(&u->typed));
        return;
    }
    u->amount = v;
    strategy_preview(u);
}

static void take_budget(struct ui *u)
{
    int64_t bytes;
    if (u->typed.len == 0)
        u->budget = NAN;
    else if (num_parse_bytes(buf_text(&u->typed), &bytes))
        u->budget = (double)bytes;
    else
        ui_say(u, NOTICE_ERROR, "'%s' is no size; examples: 16KiB, 1.5MB", buf_text(&u->typed));
    strategy_ask_fit(u);
}

/* What fails of it comes back for correction (ui_news). */
static void run_line(struct ui *u, const char *line)
{
    buf_clear(&u->ran);
    buf_puts(&u->ran, line);
    u->ran_keys = u->keys;
    ui_run(u, line);
}

static void take_text(struct ui *u, const char *verb)
{
    struct buf line = {0};
    if (u->typed.len == 0)
        return;
    buf_printf(&line, "%s ", verb);
    text_quote(&line, buf_text(&u->typed));
    run_line(u, buf_text(&line));
    buf_release(&line);
}

static void keep_typed(struct ui *u, const char *line)
{
    bool again = u->recall.n > 0 && strcmp(u->recall.lines[u->recall.n - 1], line) == 0;
    recall_add(&u->recall, line);
    if (!again && u->port.aside)
        u->port.aside(u->port.data, ASIDE_TYPED, line);
}

/* What can be told to be wrong at once is told while the line is still there. */
static bool right(struct ui *u, const char *line)
{
    struct words w;
    struct err e = {0};
    bool parsed = words_parse(line, &w, NULL), view = parsed && w.verb && ui_knows(w.verb);
    if (parsed)
        words_release(&w);
    if (view || cmd_check(line, &e))
        return true;
    ui_say_error(u, &e);
    err_release(&e);
    return false;
}

void prompt_run(struct ui *u, const char *line)
{
    keep_typed(u, line);
    if (!right(u, line)) {
        u->prompt = PROMPT_COMMAND;
        return;
    }
    run_line(u, line);
}

static void accept_command(struct ui *u)
{
    struct buf line = {0};
    buf_puts(&line, buf_text(&u->typed) + strspn(buf_text(&u->typed), " "));
    if (line.len > 0)
        prompt_run(u, buf_text(&line));
    buf_release(&line);
}

static void accept(struct ui *u)
{
    enum prompt_kind kind = u->prompt;
    if ((kind == PROMPT_COMMAND && complete(u, true)) || (u->typed.len > 0 && !has_step(u, kind)))
        return;
    u->prompt = PROMPT_NONE;
    if (kind == PROMPT_COMMAND)
        accept_command(u);
    else if (kind == PROMPT_TAG)
        take_text(u, "tag");
    else if (kind == PROMPT_NOTE)
        take_text(u, "note");
    else if (kind == PROMPT_AMOUNT)
        take_amount(u);
    else if (kind == PROMPT_BUDGET)
        take_budget(u);
    else if (kind == PROMPT_EXPORT && u->typed.len > 0)
        copy_wish(u, WISH_EXPORT, buf_text(&u->typed));
    if (u->notice == NOTICE_ERROR && u->prompt == PROMPT_NONE && u->finding == FIND_NONE &&
        kind != PROMPT_TAG && kind != PROMPT_NOTE)
        u->prompt = kind; /* for correction */
}

/* What is offered follows the line; a line that is full stays what it is, whatever is typed. */
static void line_changed(struct ui *u)
{
    u->choice_at = SIZE_MAX;
    recall_rest(&u->recall);
    want_files(u);
}

bool prompt_type(struct ui *u, const char *letters)
{
    size_t before = u->typed.len;
    bool all = edit_insert(&u->typed, &u->caret, letters);
    if (u->typed.len != before)
        line_changed(u);
    return all;
}

void prompt_key(struct ui *u, const char *key)
{
    bool list = u->prompt == PROMPT_PALETTE || u->prompt == PROMPT_MESSAGES;
    if (strcmp(key, "Esc") == 0 || (strcmp(key, "Backspace") == 0 && u->typed.len == 0)) {
        u->prompt = PROMPT_NONE;
    } else if (list && palette_key(u, key)) {
        return;
    } else if (strcmp(key, "Enter") == 0) {
        accept(u);
    } else if (strcmp(key, "Tab") == 0) {
        complete(u, false);
    } else if (strcmp(key, "C-n") == 0) {
        move_choice(u, 1);
    } else if (strcmp(key, "C-p") == 0 || strcmp(key, "S-Tab") == 0) {
        move_choice(u, -1);
    } else if (strcmp(key, "Down") == 0 || strcmp(key, "Up") == 0) {
        recall(u, strcmp(key, "Up") == 0 ? -1 : 1);
    } else if (edit_key(&u->typed, &u->caret, key)) {
        line_changed(u);
    }
}

void prompt_scene(const struct ui *u, struct scratch *memory, struct prompt_scene *out)
{
    struct offers *list = scratch_take(memory, 1, sizeof *list);
    list->memory = memory;
    struct caret_word w = find_offers(u, list);
    if (list->n == 1 && strcmp(list->rows[0].text, w.text) == 0)
        list->n = 0; /* it is there already */
    struct choice_row *rows = scratch_take(memory, list->n, sizeof *rows);
    for (size_t i = 0; i < list->n; i++)
        rows[i] = (struct choice_row){list->rows[i].text, list->rows[i].about, list->rows[i].key};
    *out = (struct prompt_scene){.open = u->prompt != PROMPT_NONE,
                                 .sign = signs[u->prompt],
                                 .text = buf_text(&u->typed),
                                 .cursor = u->caret,
                                 .choices = rows,
                                 .choice_count = list->n,
                                 .selected = u->choice_at,
                                 .usage = u->prompt == PROMPT_COMMAND ? complete_usage(&w, memory) : NULL};
    if (out->usage && foresee_text(u, memory))
        out->usage = foresee_text(u, memory);
    if (u->prompt == PROMPT_PALETTE || u->prompt == PROMPT_MESSAGES)
        palette_scene(u, memory, out);
}
