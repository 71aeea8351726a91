/* recall: see recall.h. */
#include "app/recall.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"

static void drop_oldest(struct recall *r, size_t count)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        free(r->lines[i]);
    memmove(r->lines, r->lines + count, (r->n - count) * sizeof *r->lines);
    r->n -= count;
}

/* Put the line at a place, unless it is empty or equals a neighbour. */
static void insert(struct recall *r, size_t at, char *line_take)
{
    bool same = (at > 0 && strcmp(r->lines[at - 1], line_take) == 0) ||
                (at < r->n && strcmp(r->lines[at], line_take) == 0);
    if (same || !*line_take) {
        free(line_take);
        return;
    }
    r->lines = mem_resize(r->lines, r->n + 1, sizeof *r->lines);
    memmove(r->lines + at + 1, r->lines + at, (r->n - at) * sizeof *r->lines);
    r->lines[at] = line_take;
    r->n++;
}

void recall_add(struct recall *r, const char *line)
{
    insert(r, r->n, mem_text(line));
    if (r->n > RECALL_MOST)
        drop_oldest(r, r->n - RECALL_MOST);
    recall_rest(r);
}

void recall_older(struct recall *r, const struct json *lines)
{
    size_t at = 0;
    for (const struct json *l = json_first(lines); l; l = json_next(l)) {
        size_t before = r->n;
        insert(r, at, mem_text(json_str(l) ? json_str(l) : ""));
        at += r->n - before;
    }
    if (r->n > RECALL_MOST)
        drop_oldest(r, r->n - RECALL_MOST);
    recall_rest(r);
}

const char *recall_walk(struct recall *r, int by, const char *typed)
{
    if (!r->prefix) {
        r->prefix = mem_text(typed);
        r->at = r->n;
    }
    size_t at = r->at;
    while (by < 0 ? at > 0 : at < r->n) {
        at += by < 0 ? (size_t)-1 : 1;
        if (at == r->n) {
            r->at = at;
            return r->prefix;
        }
        if (strncmp(r->lines[at], r->prefix, strlen(r->prefix)) == 0 && strcmp(r->lines[at], typed) != 0) {
            r->at = at;
            return r->lines[at];
        }
    }
    return NULL;
}

void recall_rest(struct recall *r)
{
    free(r->prefix);
    r->prefix = NULL;
    r->at = r->n;
}

void recall_release(struct recall *r)
{
    recall_rest(r);
    drop_oldest(r, r->n);
    free(r->lines);
    *r = (struct recall){0};
}
