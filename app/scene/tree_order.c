/* tree_order: where the rows of a tree stand, and which of them are listed. What they say is tree.c's business. */
#include <stdlib.h>
#include <string.h>

#include "app/find.h"
#include "app/scene/tree_parts.h"
#include "engine/base/mem.h"

enum { TRUNKS = 64 };

int tree_index(const struct tree *t, int64_t id)
{
    int from = 0, to = (int)t->steps;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (t->branches[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < (int)t->steps && t->branches[from].id == id ? from : NOBODY;
}

static struct tree_rows *list_of(struct tree *t, int list)
{
    return list == LIST_ALL ? &t->all : &t->shown;
}

/* Children in order of their numbers, under the nearest ancestor that is listed. Returns the first root. */
static int link_branches(struct tree *t, int list)
{
    int first_root = NOBODY, last_root = NOBODY;
    for (int i = 0; i < (int)t->steps; i++) {
        struct branch *b = &t->branches[i];
        bool out = list == LIST_SHOWN && b->left_out;
        int up = b->parent;
        if (list == LIST_SHOWN && up != NOBODY && t->branches[up].left_out)
            up = t->branches[up].up;
        b->first = b->last = b->next = b->at[list] = NOBODY;
        b->children = 0;
        b->up = up;
        if (out)
            continue;
        int *first = up == NOBODY ? &first_root : &t->branches[up].first,
            *last = up == NOBODY ? &last_root : &t->branches[up].last;
        if (*last == NOBODY)
            *first = i;
        else
            t->branches[*last].next = i;
        *last = i;
        if (up != NOBODY)
            t->branches[up].children++;
    }
    return first_root;
}

/* A single child goes on in its parent's column; several begin a new one. */
static void push_row(struct tree *t, struct branch *b, struct tree_rows *out)
{
    const struct branch *up = b->up == NOBODY ? NULL : &t->branches[b->up];
    bool alone = up && up->children == 1, last = b->next == NOBODY;
    b->depth = !up ? 0 : alone ? up->depth : up->depth + 1;
    b->below = up ? up->below : 0;
    out->names[out->n] = b->name;
    struct step_row *row = &out->rows[out->n++];
    *row = b->row;
    row->depth = b->depth;
    row->trunks = b->below;
    row->last = last;
    row->chain = alone;
    if (!alone && !last && b->depth < TRUNKS)
        b->below |= (uint64_t)1 << b->depth;
}

static void reserve(struct tree_rows *rows, size_t n)
{
    rows->n = 0;
    if (n <= rows->capacity)
        return;
    rows->capacity = n + n / 2;
    rows->rows = mem_resize(rows->rows, rows->capacity, sizeof *rows->rows);
    rows->names = mem_resize(rows->names, rows->capacity, sizeof *rows->names);
}

void tree_rows_release(struct tree_rows *rows)
{
    free(rows->rows);
    free(rows->names);
    *rows = (struct tree_rows){0};
}

static void order_list(struct tree *t, int list)
{
    struct tree_rows *out = list_of(t, list);
    int at = link_branches(t, list);
    reserve(out, t->steps);
    while (at != NOBODY) {
        t->branches[at].at[list] = (int)out->n;
        push_row(t, &t->branches[at], out);
        if (t->branches[at].first != NOBODY) {
            at = t->branches[at].first;
            continue;
        }
        while (at != NOBODY && t->branches[at].next == NOBODY)
            at = t->branches[at].up;
        at = at != NOBODY ? t->branches[at].next : NOBODY;
    }
}

void tree_order(struct tree *t)
{
    order_list(t, LIST_ALL);
    t->leaves = 0;
    for (size_t i = 0; i < t->steps; i++)
        t->leaves += t->branches[i].children == 0;
    order_list(t, LIST_SHOWN);
}

void tree_refresh(struct tree *t, const struct branch *b)
{
    for (int list = 0; list < LISTS; list++) {
        struct tree_rows *rows = list_of(t, list);
        if (b->at[list] == NOBODY)
            continue;
        struct step_row *row = &rows->rows[b->at[list]], before = *row;
        *row = b->row;
        row->depth = before.depth;
        row->trunks = before.trunks;
        row->last = before.last;
        row->chain = before.chain;
        rows->names[b->at[list]] = b->name;
    }
}

static void find_columns(struct tree_rows *rows)
{
    struct history_columns c = {0};
    for (size_t i = 0; i < rows->n; i++) {
        const struct step_row *row = &rows->rows[i];
        c.note = c.note || row->note;
        c.tag = c.tag || row->tag;
        c.time = c.time || row->time;
        c.metric = c.metric || amount_shown(row->metric);
        c.size = c.size || amount_shown(row->size);
    }
    rows->columns = c;
}

void tree_settle(struct tree *t)
{
    find_columns(&t->all);
    find_columns(&t->shown);
    t->narrowed_from = NULL;
}

const struct tree_rows *tree_list(struct tree *t, bool all, const char *words)
{
    const struct tree_rows *from = all ? &t->all : &t->shown;
    struct tree_rows *out = &t->narrowed;
    if (!words)
        return from;
    if (t->narrowed_from == from && strcmp(t->words, words) == 0)
        return out;
    reserve(out, from->n);
    for (size_t i = 0; i < from->n; i++)
        if (find_matches(from->names[i], words)) {
            out->names[out->n] = from->names[i];
            out->rows[out->n] = from->rows[i];
            out->rows[out->n++].depth = 0; /* what stands between them is missing */
        }
    find_columns(out);
    free(t->words);
    t->words = mem_text(words);
    t->narrowed_from = from;
    return out;
}

size_t tree_place(const struct tree *t, const struct tree_rows *rows, int64_t id)
{
    int i = tree_index(t, id), list = rows == &t->all ? LIST_ALL : LIST_SHOWN;
    size_t best = 0;
    int64_t nearest = -1;
    if (rows != &t->narrowed && i != NOBODY && t->branches[i].at[list] != NOBODY)
        return (size_t)t->branches[i].at[list];
    for (size_t k = 0; k < rows->n; k++)
        if (rows->rows[k].id <= id && rows->rows[k].id > nearest) {
            nearest = rows->rows[k].id;
            best = k;
        }
    return best;
}
