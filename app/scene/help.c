/* help: the scene that explains the screen under it, and the search over everything that can be explained: screens, keys, commands
 * with their options, words. Each comes from its own table; none is written here. */
#include "views/help.h"

#include <stdint.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/edit.h"
#include "app/find.h"
#include "app/glossary.h"
#include "app/keys.h"
#include "app/scene/facts_of.h"
#include "app/screens.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum entry_kind { ENTRY_KEY, ENTRY_SCREEN, ENTRY_COMMAND, ENTRY_OPTION, ENTRY_WORD };

struct entry {
    enum entry_kind kind;
    const char *name;  /* what one types to find it */
    const char *about; /* a sentence */
    const char *more;  /* also searched, and told when it is opened; NULL */
    const void *row;   /* of its table */
};

struct entries {
    struct entry *v;
    size_t n;
};

static size_t most_entries(void)
{
    size_t n = key_row_count + glossary_count + VIEWS;
    for (const struct command *const *c = commands; *c; c++) {
        n++;
        for (const struct command_key *k = (*c)->keys; k && k->key; k++)
            n++;
    }
    return n;
}

static void add(struct entries *e, enum entry_kind kind, const char *name, const char *about,
                const char *more, const void *row)
{
    e->v[e->n++] = (struct entry){kind, name, about, more, row};
}

/* Everything that can be found, in the order in which equals are listed. */
static struct entries all_entries(struct scratch *memory)
{
    struct entries e = {scratch_take(memory, most_entries(), sizeof *e.v), 0};
    for (size_t i = 0; i < key_row_count; i++) {
        bool everywhere = key_rows[i].context == KEYS_EVERYWHERE;
        add(&e, ENTRY_KEY, key_rows[i].key, key_rows[i].about,
            everywhere ? "key everywhere"
                       : scratch_printf(memory, "key %s", views[key_rows[i].context].title),
            &key_rows[i]);
    }
    for (int v = 0; v < VIEWS; v++)
        if (screen_of((enum view_id)v))
            add(&e, ENTRY_SCREEN, views[v].title, screen_of((enum view_id)v)->see,
                scratch_printf(memory, "screen %s %s %s", views[v].name, screen_of((enum view_id)v)->how,
                               screen_of((enum view_id)v)->careful),
                &views[v]);
    for (const struct command *const *c = commands; *c; c++) {
        add(&e, ENTRY_COMMAND, (*c)->name, (*c)->about, scratch_printf(memory, "command %s", (*c)->usage),
            *c);
        for (const struct command_key *k = (*c)->keys; k && k->key; k++)
            add(&e, ENTRY_OPTION, scratch_printf(memory, "%s %s=", (*c)->name, k->key), k->about,
                scratch_printf(memory, "option %s", k->values), *c);
    }
    for (size_t i = 0; i < glossary_count; i++)
        add(&e, ENTRY_WORD, glossary[i].word, glossary[i].meaning, "word", &glossary[i]);
    return e;
}

/* 0: the name itself; then its beginning, a part of it, words in the text; RANKS: not found. */
enum { RANKS = 4 };
static int rank_of(const struct entry *e, const char *typed)
{
    struct buf text = {0};
    int rank = RANKS;
    if (strcmp(e->name, typed) == 0)
        return 0;
    if (strncmp(e->name, typed, strlen(typed)) == 0)
        return 1;
    if (find_matches(e->name, typed))
        return 2;
    buf_printf(&text, "%s %s %s", e->name, e->about, e->more ? e->more : "");
    if (strlen(typed) > 1 && find_matches(buf_text(&text), typed))
        rank = 3;
    buf_release(&text);
    return rank;
}

static struct entries found(const struct ui *u, struct scratch *memory)
{
    struct entries all = all_entries(memory), out = {scratch_take(memory, all.n, sizeof *out.v), 0};
    const char *typed = buf_text(&u->help_search);
    int *ranks = scratch_take(memory, all.n, sizeof *ranks);
    for (size_t i = 0; i < all.n; i++)
        ranks[i] = rank_of(&all.v[i], typed);
    for (int rank = 0; rank < RANKS; rank++)
        for (size_t i = 0; i < all.n; i++)
            if (ranks[i] == rank)
                out.v[out.n++] = all.v[i];
    return out;
}

static struct entries words_here(const struct ui *u, struct scratch *memory)
{
    struct entries out = {scratch_take(memory, glossary_count, sizeof *out.v), 0};
    for (size_t i = 0; i < glossary_count; i++)
        if (glossary[i].screens >> u->help_of & 1)
            add(&out, ENTRY_WORD, glossary[i].word, glossary[i].meaning, NULL, &glossary[i]);
    return out;
}

/* What the cursor moves over. */
static struct entries listed(const struct ui *u, struct scratch *memory)
{
    return u->help_search.len ? found(u, memory) : words_here(u, memory);
}

/* ---- the page of one entry ---- */

struct page {
    struct help_word *rows;
    size_t n;
};

static void page_row(struct page *p, const char *word, const char *meaning)
{
    p->rows[p->n++] = (struct help_word){word, meaning};
}

static void page_command(struct page *p, struct scratch *memory, const struct command *c)
{
    page_row(p, "does", c->about);
    page_row(p, "example", c->usage);
    for (const struct command_key *k = c->keys; k && k->key; k++)
        page_row(p, scratch_printf(memory, "%s=", k->key),
                 scratch_printf(memory, "%s: %s", k->values, k->about));
    page_row(p, "how", "type : and the command, or give it to poda exec");
}

static void page_key(struct page *p, const struct key_row *k)
{
    page_row(p, "does", k->about);
    page_row(p, "where",
             k->context == KEYS_EVERYWHERE ? "everywhere, unless a screen has its own"
                                           : views[k->context].title);
    page_row(p, "runs", k->command);
}

static void page_word(struct page *p, struct scratch *memory, const struct glossary_row *g)
{
    struct buf on = {0};
    page_row(p, "means", g->meaning);
    for (int v = 0; v < VIEWS; v++)
        if (g->screens >> v & 1 && screen_of((enum view_id)v))
            buf_printf(&on, "%s%s", on.len ? "; " : "", views[v].title);
    page_row(p, "stands on", scratch_buf(memory, &on));
}

static struct page page_of(struct scratch *memory, const struct entry *e)
{
    enum { PAGE_ROWS = 64 };
    struct page p = {scratch_take(memory, PAGE_ROWS, sizeof *p.rows), 0};
    if (e->kind == ENTRY_KEY)
        page_key(&p, e->row);
    else if (e->kind == ENTRY_WORD)
        page_word(&p, memory, e->row);
    else if (e->kind != ENTRY_SCREEN)
        page_command(&p, memory, e->row);
    return p;
}

/* ---- the scene ---- */

static size_t keys_of(int context, struct scratch *memory, const struct key_hint **out)
{
    struct key_hint *keys = scratch_take(memory, key_row_count, sizeof *keys);
    size_t n = 0;
    for (size_t i = 0; i < key_row_count; i++)
        if (key_rows[i].context == context)
            keys[n++] = (struct key_hint){key_rows[i].key, key_rows[i].about};
    *out = keys;
    return n;
}

/* How an entry reads in the list of what was found. */
static struct help_word found_word(struct scratch *memory, const struct entry *e)
{
    const char *meaning = e->about;
    if (e->kind == ENTRY_KEY) {
        const struct key_row *k = e->row;
        meaning =
            scratch_printf(memory, "key, %s: %s",
                           k->context == KEYS_EVERYWHERE ? "everywhere" : views[k->context].title, e->about);
    } else if (e->kind == ENTRY_SCREEN) {
        meaning = scratch_printf(memory, "screen: %s", e->about);
    } else if (e->kind == ENTRY_COMMAND) {
        meaning = scratch_printf(memory, "command: %s", e->about);
    } else if (e->kind == ENTRY_OPTION) {
        meaning = scratch_printf(memory, "%s: %s", e->more, e->about);
    }
    return (struct help_word){e->name, meaning};
}

static void fill_words(const struct ui *u, struct scratch *memory, struct help_scene *h)
{
    struct entries list = listed(u, memory);
    struct help_word *words = scratch_take(memory, list.n + 1, sizeof *words);
    bool searching = u->help_search.len > 0;
    for (size_t i = 0; i < list.n; i++)
        words[i] = found_word(memory, &list.v[i]);
    h->words = words;
    h->word_count = list.n;
    h->selected = searching || h->pane == HELP_WORDS ? u->help_at : SIZE_MAX;
    h->words_title = !searching ? "Words used on this screen" : scratch_printf(memory, "Found: %zu", list.n);
    if (u->help_open && u->help_at < list.n) {
        struct page p = page_of(memory, &list.v[u->help_at]);
        h->words_title = list.v[u->help_at].name;
        h->words = p.rows;
        h->word_count = p.n;
        h->selected = SIZE_MAX;
        h->page = true;
    }
}

static const void *build(const struct ui *u, struct scratch *memory)
{
    const struct screen *s = screen_of(u->help_of);
    struct help_scene *h = scratch_take(memory, 1, sizeof *h);
    *h = (struct help_scene){.screen = s && s->tab
                                           ? scratch_printf(memory, "%c %s", s->tab, views[u->help_of].title)
                                           : views[u->help_of].title,
                             .see = s ? s->see : "",
                             .how = s ? s->how : "",
                             .careful = s ? s->careful : "",
                             .search = buf_text(&u->help_search),
                             .found = u->help_search.len > 0 || u->help_open,
                             .pane = u->help_pane,
                             .scroll = u->help_pane == HELP_KEYS && !u->help_search.len ? u->help_at : 0};
    h->key_count = keys_of((int)u->help_of, memory, &h->keys);
    h->everywhere_count = keys_of(KEYS_EVERYWHERE, memory, &h->everywhere);
    h->entries = all_entries(memory).n;
    fill_words(u, memory, h);
    return h;
}

/* ---- what keys do ---- */

static void start(struct ui *u)
{
    buf_clear(&u->help_search);
    u->help_typing = false;
    u->help_at = 0;
    u->help_open = false;
}

void help_toggle(struct ui *u, const char *arg)
{
    u->help = arg || !u->help;
    u->help_of = u->screen;
    u->help_pane = HELP_KEYS;
    start(u);
    if (arg)
        buf_puts(&u->help_search, arg);
}

/* While nothing is typed q and ? close, and / lets them be typed, too. */
bool help_type(struct ui *u, const char *letters)
{
    size_t end = u->help_search.len;
    bool bare = end == 0 && !u->help_typing;
    if (bare && (strcmp(letters, "q") == 0 || strcmp(letters, "?") == 0)) {
        help_toggle(u, NULL);
        return true;
    }
    u->help_typing = true;
    if (bare && strcmp(letters, "/") == 0)
        return true;
    u->help_open = false;
    u->help_at = 0;
    return edit_insert(&u->help_search, &end, letters);
}

void help_pane(struct ui *u, const char *arg)
{
    (void)arg;
    u->help_pane = (enum help_pane)((u->help_pane + 1) % HELP_PANES);
    u->help_at = 0;
}

/* A letter is taken back, else one level is left. */
void help_back(struct ui *u, const char *arg)
{
    bool whole = arg && strcmp(arg, "all") == 0;
    if (u->help_open) {
        u->help_open = false;
    } else if (u->help_search.len > 0) {
        text_erase_last(&u->help_search);
        if (whole)
            buf_clear(&u->help_search);
        u->help_typing = u->help_search.len > 0;
        u->help_at = 0;
    } else if (u->help_of != u->screen) {
        u->help_of = u->screen;
    } else {
        u->help = false;
    }
}

static void move(struct ui *u, int64_t by)
{
    struct scratch memory = {0};
    size_t n = u->help_search.len || u->help_pane == HELP_WORDS ? listed(u, &memory).n : key_row_count;
    if (!u->help_open)
        u->help_at = step_to(u, u->help_at, by, n, "row");
    scratch_release(&memory);
}

static void enter(struct ui *u)
{
    struct scratch memory = {0};
    struct entries list = listed(u, &memory);
    if (!u->help_search.len && u->help_pane != HELP_WORDS)
        u->help_pane = HELP_WORDS, u->help_at = 0;
    else if (u->help_at < list.n && list.v[u->help_at].kind == ENTRY_SCREEN) {
        u->help_of = (enum view_id)((const struct view *)list.v[u->help_at].row - views);
        start(u);
    } else if (u->help_at < list.n)
        u->help_open = true;
    scratch_release(&memory);
}

void help_open(struct ui *u, const char *arg)
{
    int64_t at = 0;
    if (u->help_open || !arg || !num_parse_int(arg, &at) || at < 0)
        return;
    u->help_pane = u->help_search.len ? u->help_pane : HELP_WORDS;
    u->help_at = (size_t)at;
    enter(u);
}

const struct screen screen_help = {
    .view = VIEW_HELP,
    .scene = build,
    .move = move,
    .enter = enter,
    .see = "What the screen under it shows, how its numbers are computed, what to be careful about; its "
           "keys, the keys that work "
           "everywhere, and the words that stand on it.",
    .how = "Typing searches at once: screens, keys, commands with their options, words. A key is found by "
           "its name, such as q or "
           "Enter. All of it comes from the tables that the program itself runs by.",
    .careful = "Once something is typed, every letter searches, q as well: Esc leaves. To begin with q or ?, "
               "type / first."};
