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
    {"t", "t ticks; to give this step a name, press m or type :tag NAME"},
    {"D", "D chooses what to compare with; it comes with a later version. :diff A B compares two steps"},
    {";", "; asks the session in SQL; type :sql \"SELECT ...\""},
    {"e", "e edits a value of a record; it comes with the record screen of a later version"},
    {"E", "E exports this view; it comes with a later version. :export FILE writes the model"},
    {"X", "X cancels all jobs; ^C stops what runs"},
    {"'", "' jumps to a tag; type :goto TAG, or ^P and the tag"},
    {"Space", "Space ticks a row; nothing can be ticked here"},
    {" ", "Space ticks a row; nothing can be ticked here"},
    {"/", "/ searches; nothing can be searched here. ^P finds commands, layers and steps"},
    {"n", "n goes to the next one found; nothing can be searched here"},
    {"N", "N goes to the one found before; nothing can be searched here"},
    {"&", "& filters rows; nothing can be filtered here"},
    {"\\", "\\ filters rows; nothing can be filtered here"},
    {"+", "+ zooms a plot; no plot here can be zoomed"},
    {"-", "- zooms a plot; no plot here can be zoomed"},
    {"_", "_ fits a plot; no plot here can be zoomed"},
    {"<", "< lowers a threshold or chooses the column to sort by; there is none here"},
    {">", "> raises a threshold or chooses the column to sort by; there is none here"},
    {"s", "s sorts a table; none here can be sorted"},
    {"S", "S turns a table's order around; none here can be sorted"},
    {"d", "d shows dense, pruned or their difference; nothing here comes in both"},
    {"y", "y copies; nothing can be copied here"},
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

void refuse_key(struct ui *u, const char *key)
{
    for (size_t i = 0; i < key_row_count; i++) {
        int at = key_rows[i].context;
        const char *open = at != KEYS_EVERYWHERE && strcmp(key_rows[i].key, key) == 0 ? opener(at) : NULL;
        if (open) {
            ui_say(u, NOTICE_INFO, "%s (%s) belongs to the %s screen: press %s", key, key_rows[i].about,
                   views[at].name, open);
            return;
        }
    }
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
