/* unit_table: what a `neuron` result says, read once when it comes: its links in every order that they are shown in, so that a frame of a
 * unit with fifty thousand links costs no more than what it shows. Knows nothing of the cursor. */
#ifndef PODA_SCENE_UNIT_TABLE_H
#define PODA_SCENE_UNIT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "app/scene/scratch.h"
#include "views/neuron.h"

struct json;

struct unit_links {
    struct link_row *rows;    /* texts live in the result */
    const struct json **json; /* of each row: its link in the result; borrowed */
};

struct unit_side {
    size_t n, kept;
    struct unit_links
        by[ASPECTS]; /* pruned: kept ones by |pruned|, then cut ones by |dense|; delta: by |pruned - dense|;
                                      dense: by |dense|. Equal ones by index */
};

/* What the unit does on records. */
struct unit_activity {
    double twin, silent, dense_silent; /* NaN: not known */
    bool measured, before;             /* before: of the same unit, but before the last change */
};

struct unit_table {
    struct unit_side side[2]; /* incoming, outgoing */
    struct unit_activity activity;
    char *inputs; /* "Rises with a, b. Falls with c."; NULL: nothing to say */
    struct scratch memory;
};

/* neuron: as the command answers; it must outlive the unit. before: the newest earlier one, and what it was made from; NULL: none. */
struct unit_table *unit_table_new(const struct json *neuron, const struct unit_table *before,
                                  const struct json *of);
void unit_table_free(struct unit_table *n); /* NULL is fine */

#endif
