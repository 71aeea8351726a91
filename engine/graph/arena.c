/* arena: first fit over the items alive, which are kept sorted by offset. See arena.h; what the items are is program.c's. */
#include "engine/graph/arena.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

static int64_t rounded(int64_t bytes)
{
    return (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

/* Items that ended before step leave; the order stays. */
static int drop_ended(struct arena_item **alive, int n, int step)
{
    int left = 0;
    for (int i = 0; i < n; i++)
        if (alive[i]->last >= step)
            alive[left++] = alive[i];
    return left;
}

/* The lowest gap that holds the item; inserts it there. */
static void place(struct arena_item **alive, int n, struct arena_item *item)
{
    int64_t at = 0, need = rounded(item->bytes);
    int i = 0;
    while (i < n && alive[i]->offset - at < need) {
        at = alive[i]->offset + rounded(alive[i]->bytes);
        i++;
    }
    item->offset = at;
    memmove(alive + i + 1, alive + i, (size_t)(n - i) * sizeof *alive);
    alive[i] = item;
}

int64_t arena_plan(struct arena_item *items, int n)
{
    struct arena_item **alive = mem_alloc((size_t)n + 1, sizeof *alive);
    int n_alive = 0;
    int64_t total = 0;
    for (int i = 0; i < n; i++) {
        n_alive = drop_ended(alive, n_alive, items[i].first);
        place(alive, n_alive, &items[i]);
        n_alive++;
        int64_t end = items[i].offset + rounded(items[i].bytes);
        total = end > total ? end : total;
    }
    free(alive);
    return total;
}
