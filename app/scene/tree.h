/* tree: the steps of a history in the order to show them. Made once when a history comes, so that a frame of a session with ten
 * thousand steps costs no more than what it shows. Knows nothing of the cursor. */
#ifndef PODA_SCENE_TREE_H
#define PODA_SCENE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "app/scene/scratch.h"
#include "views/history.h"

struct json;

/* The steps as rows: parents first, each subtree whole. A step that is hidden hands its children to the nearest one that is not. */
struct tree_rows {
    struct step_row *rows;     /* texts live in the tree */
    const struct json **steps; /* of each row: its step in the history; borrowed */
    const char **names;        /* what a search reads: number, command, tags, notes */
    size_t n;
};

struct tree {
    struct tree_rows shown, all; /* without and with the hidden steps */
    size_t steps, hidden, leaves, tags, notes;
    const struct json *newest;     /* the step with the highest number; NULL: no step */
    const struct json **by_number; /* [steps], in order of their numbers */
    int64_t *roots;                /* of each of those: the step where its branch begins */
    struct scratch memory;
};

/* history: as the command answers; it must outlive the tree. Times are local ones, of the day of the newest step as HH:MM. */
struct tree *tree_new(const struct json *history);
void tree_free(struct tree *t); /* NULL is fine */

/* The step with that number; NULL. */
const struct json *tree_step(const struct tree *t, int64_t id);

/* The step where a branch begins. 0: no such step. */
int64_t tree_root(const struct tree *t, int64_t id);

#endif
