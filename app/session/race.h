/* race: a sweep's point that cannot be worth its size any more need not be measured to the end. It is given up when its upper bound
 * lies below what a smaller or equally large model reached, measured in full. The bound holds at every look, with alpha divided by the
 * number of points, so that of a whole sweep one point is given up wrongly with a chance of at most 5 %. Only sweeps that
 * people watch race; `curve` measures all. */
#ifndef PODA_SESSION_RACE_H
#define PODA_SESSION_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"

struct race {
    char base[HASH_HEX]; /* what the finished ones are of (state_base) */
    int points;          /* of the sweep under way */
    struct finish {
        int64_t bytes;
        double accuracy;
    } * finished;
    size_t n, capacity;
};

void race_release(struct race *r);

/* A sweep of so many points goes on from `base`; what finished elsewhere is forgotten. */
void race_from(struct race *r, const char *base, int points);
void race_finish(struct race *r, int64_t bytes, double accuracy);

/* After `right` right answers to n of `total` records in random order: is the point lost? *low and *high bound its accuracy. */
bool race_lost(const struct race *r, int64_t bytes, int64_t right, int64_t n, int64_t total, double *low,
               double *high);

#endif
