/* prompt: see prompt.h. */
#include "app/prompt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/copy.h"
#include "app/cmd/cmd.h"
#include "app/screens.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

static const char *const signs[] = {[PROMPT_NONE] = "",
                                    [PROMPT_COMMAND] = ":",
                                    [PROMPT_TAG] = "tag this step: ",
                                    [PROMPT_NOTE] = "note: ",
                                    [PROMPT_AMOUNT] = "cut (0..1 or %): ",
                                    [PROMPT_BUDGET] = "budget, such as 16KiB (empty: none): ",
                                    [PROMPT_EXPORT] = "export this view to (.txt .ans .svg .csv): "};

void prompt_open(struct ui *u, enum prompt_kind kind)
{
    u->prompt = kind;
    u->choice_at = SIZE_MAX;
    buf_clear(&u->typed);
}

/* Does the word begin the name, or stand in it letter by letter? */
static bool fuzzy(const char *word, const char *name)
{
    for (; *name && *word; name++)
        word += *name == *word;
    return *word == '\0';
}

/* Commands that fit what is typed; only while the first word is typed. */
static size_t offers(const struct ui *u, const struct command **out, size_t most)
{
    const char *typed = buf_text(&u->typed);
    size_t n = 0;
    if (u->prompt != PROMPT_COMMAND || strchr(typed, ' '))
        return 0;
    for (int pass = 0; pass < 2; pass++)
        for (const struct command *const *c = commands; *c && n < most; c++) {
            bool begins = strncmp((*c)->name, typed, strlen(typed)) == 0;
            if (pass == 0 ? begins : !begins && fuzzy(typed, (*c)->name))
                out[n++] = *c;
        }
    return n;
}

enum { OFFERS = 8 };

static void take_amount(struct ui *u)
{
    double v;
    char text[64];
    size_t n = u->typed.len;
    bool percent = n > 0 && u->typed.data[n - 1] == '%';
    if (n == 0 || n >= sizeof text)
        return;
    memcpy(text, u->typed.data, n - percent);
    text[n - percent] = '\0';
    if (!num_parse(text, &v) || v < 0 || v / (percent || v > 1 ? 100 : 1) > 1) {
        ui_say(u, NOTICE_ERROR, "'%s' is no share between 0 and 1, nor between 0%% and 100%%",
               buf_text(&u->typed));
        return;
    }
    u->amount = percent || v > 1 ? v / 100 : v;
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
}

static void take_text(struct ui *u, const char *verb)
{
    struct buf line = {0};
    if (u->typed.len == 0)
        return;
    buf_printf(&line, "%s ", verb);
    text_quote(&line, buf_text(&u->typed));
    ui_post(u, REQUEST_COMMAND, "%s", buf_text(&line));
    buf_release(&line);
}

static void accept(struct ui *u)
{
    enum prompt_kind kind = u->prompt;
    u->prompt = PROMPT_NONE;
    if (kind == PROMPT_COMMAND && u->typed.len > 0)
        ui_run(u, buf_text(&u->typed));
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
}

/* Tab takes the offer under the cursor, or the first. */
static void complete(struct ui *u)
{
    const struct command *found[OFFERS];
    size_t n = offers(u, found, OFFERS), at = u->choice_at < n ? u->choice_at : 0;
    if (n == 0)
        return;
    buf_clear(&u->typed);
    buf_printf(&u->typed, "%s ", found[at]->name);
    u->choice_at = SIZE_MAX;
}

static void move_choice(struct ui *u, int by)
{
    const struct command *found[OFFERS];
    size_t n = offers(u, found, OFFERS);
    if (n == 0)
        return;
    u->choice_at = u->choice_at == SIZE_MAX ? (by > 0 ? 0 : n - 1) : (u->choice_at + n + (size_t)by) % n;
}

static void erase(struct ui *u)
{
    if (u->typed.len == 0) {
        u->prompt = PROMPT_NONE;
        return;
    }
    do
        u->typed.len--;
    while (u->typed.len > 0 && ((unsigned char)u->typed.data[u->typed.len] & 0xc0) == 0x80);
    u->typed.data[u->typed.len] = '\0';
}

void prompt_key(struct ui *u, const char *key, bool printable)
{
    if (printable) {
        buf_puts(&u->typed, key);
        u->choice_at = SIZE_MAX;
    } else if (strcmp(key, "Enter") == 0) {
        accept(u);
    } else if (strcmp(key, "Esc") == 0 || strcmp(key, "C-c") == 0) {
        u->prompt = PROMPT_NONE;
    } else if (strcmp(key, "Backspace") == 0) {
        erase(u);
    } else if (strcmp(key, "C-u") == 0) {
        buf_clear(&u->typed);
    } else if (strcmp(key, "Tab") == 0) {
        complete(u);
    } else if (strcmp(key, "Down") == 0 || strcmp(key, "C-n") == 0) {
        move_choice(u, 1);
    } else if (strcmp(key, "Up") == 0 || strcmp(key, "C-p") == 0) {
        move_choice(u, -1);
    }
}

/* Character by character, as if typed; a blank for what has no sign. */
void prompt_paste(struct ui *u, const char *text)
{
    size_t n = strlen(text), length;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--; /* what follows a copied line */
    for (size_t i = 0; i < n; i += length) {
        uint32_t c = text_decode(text + i, n - i, &length);
        char one[8] = " ";
        if (c >= 32 && c != 127 && c != 0xfffd && (c < 0x80 || c >= 0xa0))
            snprintf(one, sizeof one, "%.*s", (int)length, text + i);
        prompt_key(u, one, true);
    }
}

void prompt_scene(const struct ui *u, struct scratch *memory, struct prompt_scene *out)
{
    const struct command *found[OFFERS];
    size_t n = offers(u, found, OFFERS);
    struct choice_row *rows = scratch_take(memory, n, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct choice_row){found[i]->usage, found[i]->about};
    *out = (struct prompt_scene){.open = u->prompt != PROMPT_NONE,
                                 .sign = signs[u->prompt],
                                 .text = buf_text(&u->typed),
                                 .cursor = u->typed.len,
                                 .choices = rows,
                                 .choice_count = n,
                                 .selected = u->choice_at};
}
