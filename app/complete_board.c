/* complete_board: see complete_board.h. */
#include "app/complete_board.h"

#include <stdio.h>
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/tree.h"
#include "engine/base/json.h"

enum { UNITS_MOST = 200 };

/* An offer of `before` and then name. The whole is made only if it is wanted. */
static void add_name(struct offers *out, const char *before, const char *name, const char *after,
                     const char *about)
{
    if (!offer_wanted(out, name, NULL))
        return;
    offer_add(out, (struct offer){.text = name,
                                  .about = about,
                                  .line = scratch_printf(out->memory, "%s%s%s", before, name, after),
                                  .more = *after != '\0'});
}

static void offer_layers(const struct ui *u, const char *before, const char *after, struct offers *out)
{
    const struct json *list = json_get(u->board.item[BOARD_LAYERS], "layers");
    for (const struct json *l = json_first(list); l; l = json_next(l))
        add_name(out, before, text_of(l, "name", ""), after, NULL);
}

static const struct json *layer_named(const struct ui *u, const char *name, size_t n)
{
    const struct json *list = json_get(u->board.item[BOARD_LAYERS], "layers");
    for (const struct json *l = json_first(list); l; l = json_next(l)) {
        const char *one = text_of(l, "name", "");
        if (strncmp(one, name, n) == 0 && one[n] == '\0')
            return l;
    }
    return NULL;
}

/* Numbers from 0 that begin with what is typed. */
static void offer_numbers(int64_t count, const char *before, const char *typed, const char *after,
                          struct offers *out)
{
    fuzzy_word(&out->query, "");
    for (int64_t i = 0, n = 0; i < count && n < UNITS_MOST; i++) {
        char *text = scratch_printf(out->memory, "%lld", (long long)i);
        if (strncmp(text, typed, strlen(typed)) != 0)
            continue;
        add_name(out, before, text, after, NULL);
        n++;
    }
}

static void offer_features(const struct ui *u, const char *before, struct offers *out)
{
    const struct json *list = json_get(u->board.item[BOARD_DATA], "features");
    for (const struct json *f = json_first(list); f; f = json_next(f))
        add_name(out, before, text_of(f, "name", ""), "", text_of(f, "about", NULL));
}

/* LAYER, LAYER/UNIT or LAYER/UNIT/INPUT, as many parts as allowed; before: "unit:" and the like. */
static void offer_place(const struct ui *u, const char *before, const char *word, int parts,
                        struct offers *out)
{
    const char *slash = strchr(word, '/'), *second = slash ? strchr(slash + 1, '/') : NULL;
    const struct json *layer = slash ? layer_named(u, word, (size_t)(slash - word)) : NULL;
    if (!slash) {
        fuzzy_word(&out->query, word);
        offer_layers(u, before, parts > 1 ? "/" : "", out);
        return;
    }
    const char *typed = (second ? second : slash) + 1;
    char *done = scratch_printf(out->memory, "%s%.*s", before, (int)(typed - word), word);
    if (second)
        offer_numbers(parts > 2 && layer ? count_of(layer, "inputs") : 0, done, typed, "", out);
    else
        offer_numbers(count_of(layer, "units"), done, typed, "", out);
}

static void offer_what(const struct ui *u, const char *word, struct offers *out)
{
    static const struct {
        const char *kind, *about;
        int parts;
    } kinds[] = {{"input:", "an input of the model", 0},
                 {"layer:", "every weight of a layer", 1},
                 {"unit:", "a neuron or channel: LAYER/UNIT", 2},
                 {"link:", "a connection: LAYER/UNIT/INPUT", 3}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].kind);
        if (strncmp(word, kinds[i].kind, n) != 0)
            offer_add(out, (struct offer){.text = kinds[i].kind, .about = kinds[i].about, .more = true});
        else if (kinds[i].parts)
            offer_place(u, kinds[i].kind, word + n, kinds[i].parts, out);
        else {
            fuzzy_word(&out->query, word + n);
            offer_features(u, kinds[i].kind, out);
        }
    }
}

/* A step by its number; the text is made only if it is wanted. */
static void add_number(struct offers *out, int64_t id, const char *command)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)id);
    if (offer_wanted(out, text, NULL))
        offer_add(out, (struct offer){.text = scratch_printf(out->memory, "%s", text), .about = command});
}

/* Newest first; tags by their name. */
static void offer_steps(const struct ui *u, struct offers *out)
{
    const struct tree *t = u->board.tree;
    for (size_t i = t ? t->steps : 0, tag = t ? t->n_tags : 0; i > 0; i--) {
        const struct json *step = tree_nth(t, i - 1);
        const char *command = text_of(step, "command", NULL);
        int64_t id = count_of(step, "step");
        for (; tag > 0 && t->tags[tag - 1].step == id; tag--)
            add_name(out, "", t->tags[tag - 1].name, "", command);
        add_number(out, id, command);
    }
}

/* Of the folder on the board, if it is the one that is typed; hidden ones only where a '.' is typed. */
static void offer_files(const struct ui *u, const char *word, struct offers *out)
{
    const struct json *board = u->board.item[BOARD_FOLDER];
    const char *slash = strrchr(word, '/'), *base = slash ? slash + 1 : word;
    char *folder = scratch_printf(out->memory, "%.*s", (int)(base - word), word);
    if (strcmp(text_of(board, "folder", "?"), folder) != 0)
        return;
    fuzzy_word(&out->query, base);
    for (const struct json *f = json_first(json_get(board, "files")); f; f = json_next(f)) {
        const char *name = text_of(f, "name", "");
        bool is_folder = json_true(json_get(f, "folder"));
        if (*name == '.' && *base != '.')
            continue;
        add_name(out, folder, name, is_folder ? "/" : "", is_folder ? "folder" : NULL);
    }
}

void board_offer(const struct ui *u, const char *kind, const char *word, struct offers *out)
{
    if (strcmp(kind, "FILE") == 0)
        offer_files(u, word, out);
    else if (strcmp(kind, "WHAT") == 0)
        offer_what(u, word, out);
    else if (strcmp(kind, "LINK") == 0)
        offer_place(u, "", word, 3, out);
    else if (strcmp(kind, "UNIT") == 0)
        offer_place(u, "", word, 2, out);
    else if (strcmp(kind, "STEP") == 0)
        offer_steps(u, out);
}

void board_offer_list(const struct ui *u, const char *word, struct offers *out)
{
    const char *comma = strrchr(word, ','), *last = comma ? comma + 1 : word;
    char *before = scratch_printf(out->memory, "%.*s", (int)(last - word), word);
    fuzzy_word(&out->query, last);
    offer_layers(u, before, "", out);
}
