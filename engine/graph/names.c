/* names: open addressing, never more than half full. See names.h. */
#include "engine/graph/names.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"

void names_init(struct names *t, size_t most)
{
    t->n_slots = 16;
    while (t->n_slots < 2 * most + 2)
        t->n_slots *= 2;
    t->slots = mem_zero(t->n_slots, sizeof *t->slots);
}

void names_release(struct names *t)
{
    free(t->slots);
    *t = (struct names){0};
}

/* FNV-1a (Fowler, Noll, Vo), stirred so that the low bits are good. */
static size_t hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return (size_t)rng_splitmix64(h);
}

static struct name_slot *slot_of(const struct names *t, const char *name)
{
    size_t i = hash(name) & (t->n_slots - 1);
    while (t->slots[i].name && strcmp(t->slots[i].name, name) != 0)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slots[i];
}

bool names_put(struct names *t, const char *name, int number)
{
    struct name_slot *slot = slot_of(t, name);
    if (slot->name)
        return false;
    *slot = (struct name_slot){name, number};
    return true;
}

int names_get(const struct names *t, const char *name)
{
    const struct name_slot *slot = slot_of(t, name);
    return slot->name ? slot->number : -1;
}
