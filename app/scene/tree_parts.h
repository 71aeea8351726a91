/* tree_parts: the inside of a tree of steps, for tree.c (what a step's row says) and tree_order.c (where it stands). */
#ifndef PODA_SCENE_TREE_PARTS_H
#define PODA_SCENE_TREE_PARTS_H

#include "app/scene/scratch.h"
#include "app/scene/tree.h"

enum { NOBODY = -1, LIST_SHOWN = 0, LIST_ALL = 1, LISTS };

/* One step. Indexes are places in tree.branches; a parent's is smaller than its children's. */
struct branch {
    const struct json *step;
    int64_t id, root;
    int parent;
    int64_t same;  /* the first step with the mask that this one made; 0: none before */
    bool left_out; /* of the shown rows: hidden, and not where the session stands */
    int notes, tags;
    struct step_row row; /* but for its place */
    const char *name;
    struct scratch memory; /* texts of row and name */
    /* tree_order.c's: */
    int up, first, last, next; /* NOBODY: none */
    int children, depth;
    uint64_t below; /* lines that pass below this row */
    int at[LISTS];  /* where its row stands; NOBODY: nowhere */
};

/* Lay all rows out anew. */
void tree_order(struct tree *t);

/* The row says something else, at the same place. */
void tree_refresh(struct tree *t, const struct branch *b);

/* Which columns have anything to show; lists made before are out of date. */
void tree_settle(struct tree *t);

int tree_index(const struct tree *t, int64_t id); /* of a step; NOBODY */
void tree_rows_release(struct tree_rows *rows);

#endif
