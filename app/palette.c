/* palette: see palette.h. How rows are scored is fuzzy.c's business. */
#include "app/palette.h"

#include <stdio.h>
#include <string.h>

#include "app/cmd/cmd.h"
#include "app/foresee.h"
#include "app/keys.h"
#include "app/offers.h"
#include "app/prompt.h"
#include "app/scene/facts_of.h"
#include "app/scene/tree.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/num.h"
#include "engine/base/text.h"

enum { PAGE = 10 };

static void open_list(struct ui *u, enum prompt_kind kind)
{
    prompt_open(u, kind);
    u->choice_at = 0;
}

void palette_open(struct ui *u, const char *arg)
{
    (void)arg;
    open_list(u, PROMPT_PALETTE);
}

void messages_open(struct ui *u, const char *arg)
{
    (void)arg;
    open_list(u, PROMPT_MESSAGES);
}

/* ---- what is listed ---- */

/* Commands of the eye that no key runs. */
static const struct offer keyless[] = {
    {.text = "messages", .about = "what was said in this run"},
    {.text = "look LAYER/UNIT", .about = "look at a layer or neuron by name", .line = "look ", .more = true},
};

static bool screen_exists(const char *command)
{
    if (strncmp(command, "screen ", 7) != 0)
        return true;
    const struct view *v = view_by_name(command + 7);
    return v && screen_of((enum view_id)(v - views));
}

/* Is the row the one that its key runs here, and the first that runs its command? */
static bool key_row_counts(const struct ui *u, size_t i)
{
    const struct key_row *r = &key_rows[i];
    if (!screen_exists(r->command) || key_find((int)u->screen, r->key) != r)
        return false;
    for (size_t k = 0; k < i; k++)
        if (strcmp(key_rows[k].command, r->command) == 0 &&
            key_find((int)u->screen, key_rows[k].key) == &key_rows[k])
            return false;
    return strcmp(r->command, "palette") != 0;
}

static void add_keys(const struct ui *u, struct offers *out)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < key_row_count; i++)
            if (key_rows[i].context == (pass ? KEYS_EVERYWHERE : (int)u->screen) && key_row_counts(u, i))
                offer_add(out, (struct offer){.text = key_rows[i].command,
                                              .about = key_rows[i].about,
                                              .key = key_rows[i].key});
    for (size_t i = 0; i < sizeof keyless / sizeof *keyless; i++)
        offer_add(out, keyless[i]);
}

/* A command without words whose answer is what a screen shows: the screen is meant. */
static bool shown_by_screen(const struct command *c)
{
    const struct view *v = view_by_name(c->name);
    return !c->max_args && !c->keys && v && screen_of((enum view_id)(v - views));
}

static bool run_by_key(const char *command)
{
    for (size_t i = 0; i < key_row_count; i++)
        if (strcmp(key_rows[i].command, command) == 0)
            return true;
    return false;
}

static void add_commands(struct offers *out)
{
    for (const struct command *const *c = commands; *c; c++)
        if (!run_by_key((*c)->name) && !shown_by_screen(*c))
            offer_add(out, (struct offer){.text = (*c)->name,
                                          .about = (*c)->about,
                                          .line = (*c)->max_args || (*c)->keys
                                                      ? scratch_printf(out->memory, "%s ", (*c)->name)
                                                      : NULL,
                                          .more = (*c)->max_args || (*c)->keys});
}

/* verb and a quoted name. */
static char *line_of(struct scratch *memory, const char *verb, const char *name)
{
    struct buf line = {0};
    buf_printf(&line, "%s ", verb);
    text_quote(&line, name);
    return scratch_buf(memory, &line);
}

/* Only steps that are wanted get texts of their own: there may be very many. */
static void add_step(struct offers *out, int64_t id, const char *command)
{
    char text[32];
    snprintf(text, sizeof text, "goto %lld", (long long)id);
    if (offer_wanted(out, text, command))
        offer_add(out, (struct offer){.text = scratch_printf(out->memory, "%s", text), .about = command});
}

static void add_steps(const struct ui *u, struct offers *out)
{
    const struct tree *t = u->board.tree;
    for (size_t i = 0, tag = 0; t && i < t->steps; i++) {
        const struct json *step = tree_nth(t, i);
        const char *command = text_of(step, "command", NULL);
        int64_t id = count_of(step, "step");
        bool hidden = json_true(json_get(step, "hidden"));
        for (; tag < t->n_tags && t->tags[tag].step == id; tag++)
            if (!hidden)
                offer_add(out, (struct offer){.text = line_of(out->memory, "goto", t->tags[tag].name),
                                              .about = command});
        if (!hidden)
            add_step(out, id, command);
    }
}

/* Only layers that are wanted get texts of their own: there may be very many. */
static void add_layers(const struct ui *u, struct offers *out)
{
    const struct json *list = json_get(u->board.item[BOARD_LAYERS], "layers");
    struct buf text = {0};
    for (const struct json *l = json_first(list); l; l = json_next(l)) {
        const char *name = text_of(l, "name", "");
        buf_clear(&text);
        buf_printf(&text, "look %s", name);
        if (offer_wanted(out, buf_text(&text), NULL))
            offer_add(out, (struct offer){.text = line_of(out->memory, "look", name),
                                          .about = scratch_printf(
                                              out->memory, "layer %s, %s weights", shape_text(out->memory, l),
                                              count_text(out->memory, count_of(l, "weights")))});
    }
    buf_release(&text);
}

/* A whole command with its words runs as it is. */
static void add_line(const struct ui *u, struct offers *out)
{
    const char *typed = buf_text(&u->typed), *counts = foresee_text(u, out->memory);
    typed += strspn(typed, " ");
    const char *blank = strchr(typed, ' ');
    struct offer one = {.text = scratch_printf(out->memory, "%s", typed),
                        .about = counts ? counts : "run what is typed"};
    if (blank && cmd_find(scratch_printf(out->memory, "%.*s", (int)(blank - typed), typed)) &&
        cmd_check(typed, NULL)) {
        fuzzy_word(&out->query, "");
        offer_add(out, one);
        out->rows[0].score = 1 << 30;
    }
}

static void add_messages(const struct ui *u, struct offers *out)
{
    static const char *const kinds[] = {
        [NOTICE_NONE] = "", [NOTICE_INFO] = "", [NOTICE_WARNING] = "warning", [NOTICE_ERROR] = "error"};
    for (size_t i = u->messages.n; i > 0; i--)
        offer_add(out, (struct offer){.text = u->messages.rows[i - 1].text,
                                      .key = kinds[u->messages.rows[i - 1].kind]});
}

static struct offers *list_of(const struct ui *u, struct scratch *memory)
{
    struct offers *list = scratch_take(memory, 1, sizeof *list);
    list->memory = memory;
    list->with_about = true;
    if (u->prompt == PROMPT_PALETTE)
        add_line(u, list);
    fuzzy_query(&list->query, buf_text(&u->typed));
    if (u->prompt == PROMPT_MESSAGES) {
        add_messages(u, list);
        return list;
    }
    add_keys(u, list);
    add_commands(list);
    add_steps(u, list);
    add_layers(u, list);
    return list;
}

/* ---- choosing ---- */

static void run(struct ui *u, const struct offer *one)
{
    const char *line = one->line ? one->line : one->text;
    if (one->more)
        prompt_again(u, line);
    else
        prompt_run(u, line);
}

static void choose(struct ui *u)
{
    struct scratch memory = {0};
    const struct offers *list = list_of(u, &memory);
    enum prompt_kind kind = u->prompt;
    if (kind == PROMPT_PALETTE && list->n == 0) {
        ui_say(u, NOTICE_INFO, "nothing fits '%s'; Esc closes", buf_text(&u->typed));
    } else {
        size_t at = u->choice_at < list->n ? u->choice_at : 0;
        u->prompt = PROMPT_NONE;
        if (kind == PROMPT_PALETTE)
            run(u, &list->rows[at]);
    }
    scratch_release(&memory);
}

bool palette_key(struct ui *u, const char *key)
{
    static const struct {
        const char *key;
        int by;
    } moves[] = {{"Down", 1}, {"C-n", 1},    {"Tab", 1},     {"Up", -1},
                 {"C-p", -1}, {"S-Tab", -1}, {"PgDn", PAGE}, {"PgUp", -PAGE}};
    if (strcmp(key, "Enter") == 0) {
        choose(u);
        return true;
    }
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (strcmp(moves[i].key, key) == 0) {
            struct scratch memory = {0};
            u->choice_at =
                (size_t)clamp_to((int64_t)u->choice_at + moves[i].by, (int64_t)list_of(u, &memory)->n);
            scratch_release(&memory);
            return true;
        }
    return false;
}

size_t palette_footer(const struct ui *u, struct key_hint *out)
{
    static const struct key_hint of_palette[] = {
        {"Enter", "run"}, {"Down", "next"}, {"PgDn", "ten on"}, {"C-u", "clear"}, {"Esc", "close"}};
    static const struct key_hint of_messages[] = {
        {"Down", "older"}, {"PgDn", "ten on"}, {"C-u", "clear"}, {"Esc", "close"}};
    bool palette = u->prompt == PROMPT_PALETTE;
    size_t n = palette                        ? sizeof of_palette / sizeof *of_palette
               : u->prompt == PROMPT_MESSAGES ? sizeof of_messages / sizeof *of_messages
                                              : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = palette ? of_palette[i] : of_messages[i];
    return n;
}

void palette_scene(const struct ui *u, struct scratch *memory, struct prompt_scene *out)
{
    const struct offers *list = list_of(u, memory);
    struct choice_row *rows = scratch_take(memory, list->n, sizeof *rows);
    for (size_t i = 0; i < list->n; i++)
        rows[i] = (struct choice_row){list->rows[i].text, list->rows[i].about, list->rows[i].key};
    out->title = u->prompt == PROMPT_PALETTE ? "Palette" : "Messages, newest first";
    out->choices = rows;
    out->choice_count = list->n;
    out->all = list->all;
    out->selected = u->choice_at < list->n ? u->choice_at : 0;
}

/* ---- going to what is named ---- */

void palette_look(struct ui *u, const char *arg)
{
    const char *slash = arg ? strrchr(arg, '/') : NULL;
    size_t n = !arg ? 0 : slash ? (size_t)(slash - arg) : strlen(arg);
    int64_t unit = 0;
    const struct json *l = json_first(json_get(u->board.item[BOARD_LAYERS], "layers"));
    for (size_t i = 0; l; i++, l = json_next(l)) {
        const char *name = text_of(l, "name", "");
        if (strncmp(name, arg ? arg : "", n) != 0 || name[n])
            continue;
        int64_t first = count_of(l, "first"),
                last = count_of(l, "last"); /* the numbers that they keep for life */
        if (slash && (!num_parse_int(slash + 1, &unit) || unit < first || unit > last)) {
            ui_say(u, NOTICE_ERROR, "%s has units %lld to %lld", name, (long long)first, (long long)last);
            return;
        }
        u->layer = i;
        u->at = (struct ui_place){(int)i, unit};
        u->n_trail = 0;
        ui_run(u, slash ? "screen neuron" : "screen layer");
        return;
    }
    ui_say(u, NOTICE_ERROR, "no layer %.*s; look LAYER or LAYER/UNIT, Tab lists them", (int)n,
           arg ? arg : "");
}
