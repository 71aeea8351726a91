/* links: which links the neuron screen lists now, of those that the unit has (unit_table.h), and which of them the cursor is on. */
#ifndef PODA_SCENE_LINKS_H
#define PODA_SCENE_LINKS_H

#include "app/ui.h"
#include "views/neuron.h"

struct json;

struct link_list {
    const struct link_row *rows;
    const struct json *const *json; /* of each row: its link in the result */
    size_t n, hidden;               /* hidden: what the filter leaves out */
};

/* Under the pruned columns cut ones only where they are asked for. A filter's list lives in *memory. */
struct link_list links_listed(const struct ui *u, bool out, struct scratch *memory);

/* The link under the cursor; NULL: there is none, or the cursor stands on the unit itself. */
const struct json *links_selected(const struct ui *u);

/* Before other numbers of the unit come onto the board: which links the cursors of both panes stand on. Afterwards the cursors follow
 * them, as the order may be another then. A link that is listed no longer leaves its cursor in place; so does another unit. */
struct links_held {
    char *unit, *layer[2]; /* layer NULL: on none */
    int64_t index[2];
};
struct links_held links_hold(const struct ui *u);
void links_follow(struct ui *u, struct links_held *held_take);

/* Does the cursor stand on the unit itself? It does, too, where that is cut whole and so has nothing to list. */
bool links_on_unit(const struct ui *u);

#endif
