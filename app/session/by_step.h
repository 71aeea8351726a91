/* by_step: something for each step that is at hand, found by the step's number. Numbers may have gaps of any size (a session that
 * was repaired, or another person's), so room is taken by entries, not by numbers. All zero is one without entries. */
#ifndef PODA_SESSION_BY_STEP_H
#define PODA_SESSION_BY_STEP_H

#include <stddef.h>
#include <stdint.h>

struct by_step {
    size_t size; /* bytes of an entry; set by the owner */
    size_t n, capacity;
    int64_t *steps; /* ascending */
    char *entries;
};

/* The entry of a step, NULL if there is none; borrowed until one is added. */
void *by_step_at(const struct by_step *b, int64_t step);
/* The same, made (all zero) if there is none; cheapest in ascending order. */
void *by_step_add(struct by_step *b, int64_t step);
void *by_step_nth(const struct by_step *b, size_t i);
/* No entry is left, the size stays. What they own is the owner's business. */
void by_step_clear(struct by_step *b);
void by_step_release(struct by_step *b);

#endif
