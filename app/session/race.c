/* race: see race.h. */
#include "app/session/race.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/stats/sequence.h"

void race_release(struct race *r)
{
    free(r->finished);
    *r = (struct race){0};
}

void race_from(struct race *r, const char *base, int points)
{
    if (strcmp(r->base, base) != 0)
        r->n = 0;
    snprintf(r->base, sizeof r->base, "%s", base);
    r->points = points;
}

void race_finish(struct race *r, int64_t bytes, double accuracy)
{
    r->finished = mem_grow(r->finished, r->n, &r->capacity, sizeof *r->finished);
    r->finished[r->n++] = (struct finish){bytes, accuracy};
}

bool race_lost(const struct race *r, int64_t bytes, int64_t right, int64_t n, int64_t total, double *low,
               double *high)
{
    double best = -INFINITY;
    int64_t least, most;
    for (size_t i = 0; i < r->n; i++)
        if (r->finished[i].bytes <= bytes)
            best = fmax(best, r->finished[i].accuracy);
    sequence_bounds(right, n, total, prior_right, 0.05 / r->points, &least, &most);
    *low = (double)least / (double)total;
    *high = (double)most / (double)total;
    return *high < best;
}
