/* neuron_hands: what a person does by hand to the link under the cursor, or to the whole unit: cut, put back, protect, release. */
#include <string.h>

#include "app/scene/facts_of.h"
#include "app/scene/links.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

static void post(struct ui *u, const char *command, const char *prefix, const char *place)
{
    struct buf what = {0}, quoted = {0};
    buf_printf(&what, "%s%s", prefix, place);
    text_quote(&quoted, buf_text(&what));
    ui_post(u, REQUEST_COMMAND, "%s %s", command, buf_text(&quoted));
    buf_release(&what);
    buf_release(&quoted);
}

/* A command on the selected link; prefix: what stands before its place, as "link:". */
static void on_link(struct ui *u, const char *command, const char *prefix)
{
    const struct json *link = links_selected(u);
    const char *place = text_of(link, "place", NULL);
    if (!link)
        ui_say(u, NOTICE_INFO, "no link here; c lists the cut ones");
    else if (!place) /* of a flattened unit: those are reached from the consumer's side */
        ui_say(u, NOTICE_INFO,
               "this link is %lld connections: follow it with Enter and choose among its incoming ones",
               (long long)count_of(link, "of"));
    else
        post(u, command, prefix, place);
}

/* Give it free, if the protection is its own: kind is "link:" or "unit:". */
static void release(struct ui *u, const struct json *what, const char *kind)
{
    const char *by = text_of(what, "protected_by", NULL);
    if (by && strncmp(by, kind, strlen(kind)) == 0)
        post(u, "release", "", by);
    else
        ui_say(u, NOTICE_INFO, "more than this %.4s is protected: release it with :release %s", kind,
               by ? by : "and what was protected (an input, a unit or a part of the kernel)");
}

static void protect_unit(struct ui *u, const struct json *unit)
{
    const char *name = text_of(unit, "name", "");
    if (json_true(json_get(unit, "removed")))
        post(u, "restore", "", name);
    else if (json_true(json_get(unit, "protected")))
        release(u, unit, "unit:");
    else
        post(u, "protect", "unit:", name);
}

/* What is cut comes back, what is kept becomes safe, what is safe becomes free. */
void neuron_restore_or_protect(struct ui *u, const char *arg)
{
    const struct json *link = links_selected(u);
    (void)arg;
    if (links_on_unit(u))
        protect_unit(u, u->board.item[BOARD_NEURON]);
    else if (count_of(link, "kept") == 0)
        on_link(u, "restore", "");
    else if (json_true(json_get(link, "protected")))
        release(u, link, "link:");
    else
        on_link(u, "protect", "link:");
}

void neuron_cut(struct ui *u, const char *arg)
{
    (void)arg;
    if (links_on_unit(u))
        post(u, "cut", "", text_of(u->board.item[BOARD_NEURON], "name", ""));
    else
        on_link(u, "cut", "");
}

void neuron_say_unit(struct ui *u)
{
    const struct json *unit = u->board.item[BOARD_NEURON];
    ui_say(u, NOTICE_INFO, "%s itself: %s", text_of(unit, "name", "the unit"),
           json_true(json_get(unit, "removed"))     ? "it is cut whole; P puts it back"
           : json_true(json_get(unit, "protected")) ? "it is protected; P releases it"
                                                    : "x cuts it whole, P protects it");
}
