/* links: see links.h. */
#include "app/scene/links.h"

#include <stdlib.h>
#include <string.h>

#include "app/find.h"
#include "app/scene/facts_of.h"
#include "app/scene/unit_table.h"
#include "app/screens.h"
#include "engine/base/json.h"
#include "engine/base/mem.h"

static struct link_list matching(const struct link_list *all, const char *filter, struct scratch *memory)
{
    struct link_row *rows = scratch_take(memory, all->n + 1, sizeof *rows);
    const struct json **json = scratch_take(memory, all->n + 1, sizeof *json);
    struct link_list out = {.rows = rows, .json = json};
    for (size_t i = 0; i < all->n; i++)
        if (find_matches(all->rows[i].name, filter)) {
            rows[out.n] = all->rows[i];
            json[out.n++] = all->json[i];
        }
    out.hidden = all->n - out.n;
    return out;
}

struct link_list links_listed(const struct ui *u, bool out, struct scratch *memory)
{
    if (!u->board.unit)
        return (struct link_list){0};
    const struct unit_side *s = &u->board.unit->side[out];
    const struct unit_links *l = &s->by[u->aspect];
    const struct link_list all = {
        .rows = l->rows, .json = l->json, .n = u->aspect == ASPECT_PRUNED && !u->all_cut ? s->kept : s->n};
    const char *filter = find_filter(u);
    return filter ? matching(&all, filter, memory) : all;
}

const struct json *links_selected(const struct ui *u)
{
    struct scratch memory = {0};
    struct link_list l = links_listed(u, u->out_pane, &memory);
    const struct json *link =
        l.n && !u->on_unit ? l.json[clamp_to((int64_t)u->link[u->out_pane], (int64_t)l.n)] : NULL;
    scratch_release(&memory);
    return link;
}

struct links_held links_hold(const struct ui *u)
{
    struct links_held held = {.unit = mem_text(text_of(u->board.item[BOARD_NEURON], "name", ""))};
    for (int out = 0; out < 2; out++) {
        struct scratch memory = {0};
        struct link_list l = links_listed(u, out, &memory);
        if (u->link[out] < l.n) { /* its number for life, among those of its layer */
            held.layer[out] = mem_text(text_of(l.json[u->link[out]], "layer", ""));
            held.index[out] = count_of(l.json[u->link[out]], "index");
        }
        scratch_release(&memory);
    }
    return held;
}

static bool is_held(const struct json *link, const struct links_held *held, bool out)
{
    return count_of(link, "index") == held->index[out] &&
           strcmp(text_of(link, "layer", ""), held->layer[out]) == 0;
}

static void follow(struct ui *u, bool out, const struct links_held *held)
{
    struct scratch memory = {0};
    struct link_list l = links_listed(u, out, &memory);
    bool stays = u->link[out] < l.n && is_held(l.json[u->link[out]], held, out);
    for (size_t i = 0; i < l.n && !stays; i++)
        if (is_held(l.json[i], held, out)) {
            u->link[out] = i;
            stays = true;
        }
    scratch_release(&memory);
}

void links_follow(struct ui *u, struct links_held *held_take)
{
    bool same = strcmp(held_take->unit, text_of(u->board.item[BOARD_NEURON], "name", "")) == 0;
    for (int out = 0; out < 2; out++) {
        if (same && held_take->layer[out])
            follow(u, out, held_take);
        free(held_take->layer[out]);
    }
    free(held_take->unit);
    *held_take = (struct links_held){0};
}

bool links_on_unit(const struct ui *u)
{
    struct scratch memory = {0};
    bool empty = !find_filter(u) && links_listed(u, u->out_pane, &memory).n == 0;
    scratch_release(&memory);
    return u->on_unit || (empty && json_true(json_get(u->board.item[BOARD_NEURON], "removed")));
}
