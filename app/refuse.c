/* refuse: see refuse.h. What a key does on other screens is in keys.c; here is what keys of later versions will need. */
#include "app/refuse.h"

#include <string.h>

#include "app/keys.h"
#include "app/screens.h"

static const struct {
    const char *key, *why;
} later[] = {
    {"K",
     "K knocks a neuron out to see what that does; it comes with a later version. x on screen 5 cuts a link"},
    {";", "; asks the session in SQL; type :sql \"SELECT ...\""},
    {"e", "e edits a value of a record; it comes with the record screen of a later version"},
};

/* The key that opens a screen; NULL: none. */
static const char *opener(int screen)
{
    for (size_t i = 0; i < key_row_count; i++)
        if (key_rows[i].context == KEYS_EVERYWHERE && strncmp(key_rows[i].command, "screen ", 7) == 0 &&
            strcmp(key_rows[i].command + 7, views[screen].name) == 0)
            return key_rows[i].key;
    return NULL;
}

/* Where the key acts: "layer (4), neuron (5)"; the row of the first of them. NULL: nowhere. */
static const struct key_row *elsewhere(const char *key, struct buf *where, int *n)
{
    const struct key_row *first = NULL;
    *n = 0;
    for (size_t i = 0; i < key_row_count; i++) {
        const struct key_row *row = &key_rows[i];
        const char *open =
            row->context != KEYS_EVERYWHERE && strcmp(row->key, key) == 0 ? opener(row->context) : NULL;
        if (!open)
            continue;
        buf_printf(where, "%s%s (%s)", first ? ", " : "", views[row->context].name, open);
        first = first ? first : row;
        ++*n;
    }
    return first;
}

bool refuse_elsewhere(struct ui *u, const char *key)
{
    struct buf where = {0};
    int n;
    const struct key_row *row = elsewhere(key, &where, &n);
    if (n == 1)
        ui_say(u, NOTICE_INFO, "%s (%s) belongs to the %s screen: press %s", key, row->about,
               views[row->context].name, opener(row->context));
    else if (n > 1)
        ui_say(u, NOTICE_INFO, "%s does nothing on this screen, but on %s", key, buf_text(&where));
    buf_release(&where);
    return n > 0;
}

void refuse_key(struct ui *u, const char *key)
{
    if (refuse_elsewhere(u, key))
        return;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(later[i].key, key) == 0) {
            ui_say(u, NOTICE_INFO, "%s", later[i].why);
            return;
        }
    ui_say(u, NOTICE_INFO, "%s does nothing here; ? lists the keys", key);
}

/* One that a key names comes with a later version; any other is a mistake. */
void refuse_screen(struct ui *u, const char *name)
{
    struct buf known = {0};
    for (size_t i = 0; i < key_row_count; i++) {
        const char *command = key_rows[i].command;
        if (strncmp(command, "screen ", 7) != 0)
            continue;
        if (strcmp(command + 7, name) == 0) {
            ui_say(u, NOTICE_INFO, "the %s screen comes with a later version", name);
            buf_release(&known);
            return;
        }
        const struct view *v = view_by_name(command + 7);
        if (key_rows[i].context == KEYS_EVERYWHERE && v && screen_of((enum view_id)(v - views)))
            buf_printf(&known, " %s", v->name);
    }
    ui_say(u, NOTICE_ERROR, "no screen '%s'; known:%s", name, buf_text(&known));
    buf_release(&known);
}
