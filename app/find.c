/* find: see find.h. */
#include "app/find.h"

#include <ctype.h>
#include <string.h>

#include "app/edit.h"
#include "app/scene/facts_of.h"
#include "app/scene/tree.h"
#include "app/screens.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { TAGS_OFFERED = 8 };

static const char *const signs[] = {
    [FIND_NONE] = "", [FIND_SEARCH] = "/", [FIND_FILTER] = "&", [FIND_TAG] = "go to tag: "};

/* ---- matching ---- */

/* Most places are passed by the first letter alone: a list may have ten thousand rows. */
static bool holds(const char *text, const char *word, size_t n)
{
    char small = (char)tolower((unsigned char)word[0]), big = (char)toupper((unsigned char)word[0]);
    for (; n > 0 && *text; text++) {
        if (*text != small && *text != big)
            continue;
        size_t i = 1;
        while (i < n && text[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)word[i]))
            i++;
        if (i == n)
            return true;
    }
    return n == 0;
}

bool find_matches(const char *text, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        if (!holds(text, words, n))
            return false;
        words += n + strspn(words + n, " ");
    }
    return true;
}

/* ---- the screen's list ---- */

static bool names_of(const struct ui *u, struct scratch *memory, struct row_names *out)
{
    const struct screen *s = screen_of(u->screen);
    *out = (struct row_names){0};
    if (s && s->rows)
        s->rows(u, memory, out);
    return out->n > 0;
}

/* Go to the first match from row `from` on in direction `by`, around the ends. False: there is none. */
static bool go_to_match(struct ui *u, const char *words, size_t from, int by)
{
    struct scratch memory = {0};
    struct row_names rows;
    bool found = false;
    if (names_of(u, &memory, &rows))
        for (size_t i = 0; i < rows.n && !found; i++) {
            size_t at = by > 0 ? (from + i) % rows.n : (from + rows.n - i % rows.n) % rows.n;
            if (find_matches(rows.names[at], words)) {
                found = true;
                screen_of(u->screen)->move(u, (int64_t)at - (int64_t)rows.at);
            }
        }
    scratch_release(&memory);
    return found;
}

static size_t cursor_row(const struct ui *u)
{
    struct scratch memory = {0};
    struct row_names rows;
    names_of(u, &memory, &rows);
    scratch_release(&memory);
    return rows.at;
}

void find_next(struct ui *u, const char *arg)
{
    struct scratch memory = {0};
    struct row_names rows;
    bool any = names_of(u, &memory, &rows);
    size_t at = rows.at, n = rows.n;
    int by = arg && arg[0] == '-' ? -1 : 1;
    scratch_release(&memory);
    if (u->wanted.len == 0)
        ui_say(u, NOTICE_INFO, "nothing was searched for yet: / and a word");
    else if (!any || !go_to_match(u, buf_text(&u->wanted), by > 0 ? at + 1 : at + n - 1, by))
        ui_say(u, NOTICE_INFO, "no row here holds '%s'", buf_text(&u->wanted));
    else if (cursor_row(u) == at)
        ui_say(u, NOTICE_INFO, "no other row here holds '%s'", buf_text(&u->wanted));
}

const char *find_filter(const struct ui *u)
{
    return u->filter.len > 0 && u->filtered == u->screen ? buf_text(&u->filter) : NULL;
}

const char *find_chip(const struct ui *u, struct scratch *memory, size_t hidden)
{
    const char *filter = find_filter(u);
    return filter ? scratch_printf(memory, "only rows with '%s': %s left out (Esc shows all)", filter,
                                   count_text(memory, (int64_t)hidden))
                  : NULL;
}

bool find_clear(struct ui *u)
{
    bool any = find_filter(u) != NULL;
    if (any)
        buf_clear(&u->filter);
    return any;
}

/* ---- the line at the foot ---- */

void find_open(struct ui *u, const char *arg)
{
    const struct screen *s = screen_of(u->screen);
    enum find_kind kind = !arg                         ? FIND_NONE
                          : strcmp(arg, "search") == 0 ? FIND_SEARCH
                          : strcmp(arg, "filter") == 0 ? FIND_FILTER
                          : strcmp(arg, "tag") == 0    ? FIND_TAG
                                                       : FIND_NONE;
    if (kind == FIND_SEARCH && s && s->filter_only)
        kind = FIND_FILTER;
    if ((kind == FIND_SEARCH || kind == FIND_FILTER) && (!s || !s->rows)) {
        ui_say(u, NOTICE_INFO, "this screen has no list to search; ? searches the help, : finds commands");
        return;
    }
    if (kind == FIND_FILTER && !s->filters) {
        ui_say(u, NOTICE_INFO, "this list is not narrowed; / searches it");
        return;
    }
    if (kind == FIND_FILTER) {
        buf_clear(&u->filter);
        u->filtered = u->screen;
    }
    u->finding = kind;
    u->found_from = cursor_row(u);
    u->choice_at = SIZE_MAX;
    buf_clear(&u->typed);
    u->caret = 0;
}

/* Tags that hold what is typed. */
static size_t tags(const struct ui *u, const char **out, size_t most)
{
    size_t n = 0;
    const struct tree *t = u->board.tree;
    for (size_t i = 0; t && i < t->n_tags && n < most; i++)
        if (find_matches(t->tags[i].name, buf_text(&u->typed)))
            out[n++] = t->tags[i].name;
    return n;
}

static void go_to_tag(struct ui *u)
{
    const char *found[TAGS_OFFERED];
    struct buf word = {0};
    size_t n = tags(u, found, TAGS_OFFERED), at = u->choice_at < n ? u->choice_at : 0;
    if (n == 0 && u->typed.len)
        ui_say(u, NOTICE_INFO, "no tag holds '%s'", buf_text(&u->typed));
    else if (n == 0)
        ui_say(u, NOTICE_INFO, "no step has a tag yet: t gives one");
    if (n == 0)
        return;
    text_quote(&word, found[at]);
    ui_post(u, REQUEST_COMMAND, "goto %s", buf_text(&word));
    buf_release(&word);
}

/* The list follows what is typed. */
static void follow(struct ui *u)
{
    const char *typed = buf_text(&u->typed);
    if (u->finding == FIND_SEARCH && *typed)
        go_to_match(u, typed, u->found_from, 1);
    if (u->finding == FIND_FILTER) {
        buf_clear(&u->filter);
        buf_puts(&u->filter, typed);
        const struct screen *s = screen_of(u->screen);
        s->move(u, 0);
    }
}

static void accept(struct ui *u)
{
    enum find_kind kind = u->finding;
    u->finding = FIND_NONE;
    if (kind == FIND_TAG)
        go_to_tag(u);
    if (kind != FIND_SEARCH || u->typed.len == 0)
        return;
    buf_clear(&u->wanted);
    buf_puts(&u->wanted, buf_text(&u->typed));
    if (!go_to_match(u, buf_text(&u->wanted), u->found_from, 1))
        ui_say(u, NOTICE_INFO, "no row here holds '%s'", buf_text(&u->wanted));
}

static void leave(struct ui *u)
{
    size_t at = cursor_row(u);
    if (u->finding == FIND_SEARCH)
        screen_of(u->screen)->move(u, (int64_t)u->found_from - (int64_t)at);
    if (u->finding == FIND_FILTER)
        find_clear(u);
    u->finding = FIND_NONE;
}

static void erase(struct ui *u)
{
    if (u->typed.len == 0) {
        leave(u);
        return;
    }
    text_erase_last(&u->typed);
    follow(u);
}

static void choose(struct ui *u, int by)
{
    const char *found[TAGS_OFFERED];
    size_t n = u->finding == FIND_TAG ? tags(u, found, TAGS_OFFERED) : 0;
    if (n > 0)
        u->choice_at = u->choice_at == SIZE_MAX ? (by > 0 ? 0 : n - 1) : (u->choice_at + n + (size_t)by) % n;
}

static void complete(struct ui *u)
{
    const char *found[TAGS_OFFERED];
    size_t n = u->finding == FIND_TAG ? tags(u, found, TAGS_OFFERED) : 0;
    if (n == 0)
        return;
    struct buf whole = {0};
    buf_puts(&whole, found[u->choice_at < n ? u->choice_at : 0]);
    buf_clear(&u->typed);
    buf_puts(&u->typed, buf_text(&whole));
    buf_release(&whole);
}

bool find_type(struct ui *u, const char *letters)
{
    size_t before = u->typed.len, end = before;
    bool all = edit_insert(&u->typed, &end, letters);
    u->choice_at = SIZE_MAX;
    if (u->typed.len != before)
        follow(u);
    return all;
}

void find_key(struct ui *u, const char *key)
{
    if (strcmp(key, "Enter") == 0) {
        accept(u);
    } else if (strcmp(key, "Esc") == 0 || strcmp(key, "C-c") == 0) {
        leave(u);
    } else if (strcmp(key, "Backspace") == 0) {
        erase(u);
    } else if (strcmp(key, "C-u") == 0) {
        buf_clear(&u->typed);
        follow(u);
    } else if (strcmp(key, "Tab") == 0) {
        complete(u);
    } else if (strcmp(key, "Down") == 0 || strcmp(key, "C-n") == 0) {
        choose(u, 1);
    } else if (strcmp(key, "Up") == 0 || strcmp(key, "C-p") == 0) {
        choose(u, -1);
    }
}

void find_prompt(const struct ui *u, struct scratch *memory, struct prompt_scene *out)
{
    const char *found[TAGS_OFFERED];
    size_t n = u->finding == FIND_TAG ? tags(u, found, TAGS_OFFERED) : 0;
    struct choice_row *rows = scratch_take(memory, n + 1, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct choice_row){.text = found[i]};
    *out = (struct prompt_scene){.open = true,
                                 .sign = signs[u->finding],
                                 .text = buf_text(&u->typed),
                                 .cursor = u->typed.len,
                                 .choices = rows,
                                 .choice_count = n,
                                 .selected = u->choice_at};
}
