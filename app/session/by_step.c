/* by_step: see by_step.h. */
#include "app/session/by_step.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

/* How many entries stand before the step's place. */
static size_t place_of(const struct by_step *b, int64_t step)
{
    size_t from = 0, to = b->n;
    if (b->n > 0 && b->steps[b->n - 1] < step)
        return b->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (b->steps[middle] < step)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

void *by_step_nth(const struct by_step *b, size_t i)
{
    return b->entries + i * b->size;
}

void *by_step_at(const struct by_step *b, int64_t step)
{
    size_t at = place_of(b, step);
    return at < b->n && b->steps[at] == step ? by_step_nth(b, at) : NULL;
}

void *by_step_add(struct by_step *b, int64_t step)
{
    size_t at = place_of(b, step);
    if (at < b->n && b->steps[at] == step)
        return by_step_nth(b, at);
    if (b->n == b->capacity) {
        b->capacity = b->capacity ? 2 * b->capacity : 16;
        b->steps = mem_resize(b->steps, b->capacity, sizeof *b->steps);
        b->entries = mem_resize(b->entries, b->capacity, b->size);
    }
    memmove(b->steps + at + 1, b->steps + at, (b->n - at) * sizeof *b->steps);
    memmove(b->entries + (at + 1) * b->size, b->entries + at * b->size, (b->n - at) * b->size);
    b->n++;
    b->steps[at] = step;
    return memset(by_step_nth(b, at), 0, b->size);
}

void by_step_clear(struct by_step *b)
{
    b->n = 0;
}

void by_step_release(struct by_step *b)
{
    free(b->steps);
    free(b->entries);
    *b = (struct by_step){.size = b->size};
}
