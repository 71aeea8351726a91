/* tree: the steps of a history in the order to show them. Made when a history comes and kept up with what is new of it, so that
 * neither a frame nor a move of the head costs more in a session of ten thousand steps than in one of ten. Knows nothing of the
 * cursor. */
#ifndef PODA_SCENE_TREE_H
#define PODA_SCENE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "views/history.h"

struct json;
struct branch;
struct scratch;

/* The steps as rows: parents first, each subtree whole. A step that is hidden hands its children to the nearest one that is not. */
struct tree_rows {
    struct step_row *rows; /* texts live in the tree */
    const char **names;    /* what a search reads: number, command, tags, notes */
    size_t n, capacity;
    struct history_columns columns;
};

/* A tag and the step that bears it. */
struct tree_tag {
    const char *name;
    int64_t step;
};

struct tree {
    struct tree_rows shown, all; /* without and with the hidden steps */
    size_t steps, hidden, leaves, notes;
    struct tree_tag *tags; /* in order of their steps */
    size_t n_tags, tags_capacity;
    /* tree.c's alone: */
    struct json *list;       /* the rows of the history, borrowed; rows that are taken go into it */
    struct branch *branches; /* [steps], in order of their numbers */
    size_t capacity;
    int *masks; /* hash table: the first branch with each mask; NOBODY: free */
    size_t n_masks;
    struct tree_rows narrowed; /* the rows last asked for with these words */
    char *words;
    const struct tree_rows *narrowed_from; /* NULL: out of date */
};

/* history: as the command answers; it must outlive the tree, which adds to it what it takes. Times are local ones, of the day of
 * the newest step as HH:MM. */
struct tree *tree_new(struct json *history);
void tree_free(struct tree *t); /* NULL is fine */

/* Rows that are new, or in place of those with their numbers; they are taken off the list. Afterwards history and tree are what
 * they would be if all had been asked for again. */
void tree_take(struct tree *t, struct json *rows);

/* The rows to list: hidden ones, too, or not; with words only those whose names hold all of these, without branches. Borrowed
 * until the tree changes or other words are asked for. */
const struct tree_rows *tree_list(struct tree *t, bool all, const char *words);

/* The place in these rows of that step; where it is not among them, of the nearest number before it; else 0. */
size_t tree_place(const struct tree *t, const struct tree_rows *rows, int64_t id);

/* The step with that number; NULL. */
const struct json *tree_step(const struct tree *t, int64_t id);
const struct json *tree_nth(const struct tree *t, size_t i); /* in order of their numbers, below t->steps */
const struct json *tree_newest(const struct tree *t);        /* NULL: there is none */
const struct step_row *tree_row(const struct tree *t, int64_t id);

/* The step where a branch begins. 0: no such step. */
int64_t tree_root(const struct tree *t, int64_t id);

/* "accuracy, note: not what its hash says", of a row of the history; NULL: all is. */
const char *tree_doubt(struct scratch *memory, const struct json *step);

#endif
