/* names: an index from a file's names to numbers, so that graphs of many thousand nodes bind in linear time. Borrows the names. */
#ifndef PODA_GRAPH_NAMES_H
#define PODA_GRAPH_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names {
    size_t n_slots; /* a power of two */
    struct name_slot {
        const char *name; /* NULL: free */
        int number;
    } * slots;
};

void names_init(struct names *t, size_t most); /* room for so many names */
void names_release(struct names *t);
bool names_put(struct names *t, const char *name, int number); /* false: it is there already */
int names_get(const struct names *t, const char *name);        /* -1: unknown */

#endif
