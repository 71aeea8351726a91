/* layout: see layout.h. */
#include "views/layout.h"

#include <assert.h>

enum { MAX_PARTS = 16 };

enum arrangement layout_arrangement(int columns, int rows)
{
    if (columns < MIN_COLUMNS || rows < MIN_ROWS)
        return ARRANGE_TOO_SMALL;
    if (columns < 80 || rows < 24)
        return ARRANGE_LIST;
    return columns < 100 || rows < 30 ? ARRANGE_PEEK : ARRANGE_FULL;
}

struct frame_layout layout_frame(int columns, int rows)
{
    struct frame_layout f = {.body = {0, 0, columns, rows}};
    if (layout_arrangement(columns, rows) == ARRANGE_TOO_SMALL)
        return f;
    f.title = (struct rect){0, 0, columns, 1};
    f.tabs = (struct rect){0, 1, columns, 1};
    f.body = (struct rect){0, 2, columns, rows - 4};
    f.status = (struct rect){0, rows - 2, columns, 1};
    f.keys = (struct rect){0, rows - 1, columns, 1};
    return f;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Share `rest` among the parts that are shown, by weight, so that the rounded pieces add up. */
static void share_rest(const struct part *parts, size_t n, int rest, int *size)
{
    int weights = 0, last = -1;
    for (size_t i = 0; i < n; i++)
        if (size[i] > 0) {
            weights += parts[i].weight;
            last = (int)i;
        }
    if (last < 0) {
        size[0] = rest;
        return;
    }
    if (weights == 0) {
        size[last] += rest;
        return;
    }
    int seen = 0, given = 0;
    for (size_t i = 0; i < n; i++)
        if (size[i] > 0) {
            seen += parts[i].weight;
            int upto = (int)((long)rest * seen / weights);
            size[i] += upto - given;
            given = upto;
        }
}

static void divide(int length, const struct part *parts, size_t n, int *size)
{
    int rest = length > 0 ? length : 0;
    for (size_t i = 0; i < n; i++) {
        size[i] = parts[i].least <= rest ? parts[i].least : 0;
        rest -= size[i];
    }
    for (size_t i = 0; i < n; i++)
        if (size[i] > 0 && parts[i].want > size[i]) {
            int more = smaller(rest, parts[i].want - size[i]);
            size[i] += more;
            rest -= more;
        }
    share_rest(parts, n, rest, size);
}

void layout_rows(struct rect r, const struct part *parts, size_t n, struct rect *out)
{
    int size[MAX_PARTS];
    assert(n > 0 && n <= MAX_PARTS);
    divide(r.h, parts, n, size);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct rect){r.x, r.y, r.w, size[i]};
        r.y += size[i];
    }
}

void layout_columns(struct rect r, const struct part *parts, size_t n, struct rect *out)
{
    int size[MAX_PARTS];
    assert(n > 0 && n <= MAX_PARTS);
    divide(r.w, parts, n, size);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct rect){r.x, r.y, size[i], r.h};
        r.x += size[i];
    }
}

size_t layout_scroll(size_t count, size_t selected, size_t visible)
{
    if (count <= visible || selected < visible / 2)
        return 0;
    size_t top = selected - visible / 2;
    return top < count - visible ? top : count - visible;
}
