/* tradeoff: see tradeoff.h. */
#include "engine/stats/tradeoff.h"

#include <math.h>
#include <string.h>

#include "engine/stats/paired.h"

bool tradeoff_front(const struct tradeoff *points, size_t n, struct tradeoff p)
{
    for (size_t i = 0; i < n; i++) {
        const struct tradeoff *q = &points[i];
        if (q->cost <= p.cost && q->quality >= p.quality && (q->cost < p.cost || q->quality > p.quality))
            return false;
    }
    return isfinite(p.cost) && isfinite(p.quality);
}

size_t tradeoff_knee(const double *x, const double *quality, size_t n)
{
    size_t best = SIZE_MAX;
    double low = INFINITY, high = -INFINITY,
           most = 1e-9; /* a straight line has no knee, whatever its rounding */
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, quality[i]);
        high = fmax(high, quality[i]);
    }
    double dx = n ? x[n - 1] - x[0] : 0, dy = high - low;
    for (size_t i = 0; i < n && dx > 0 && dy > 0; i++) {
        double chord = quality[0] + (x[i] - x[0]) / dx * (quality[n - 1] - quality[0]);
        double above = (quality[i] - chord) / dy;
        if (above > most) {
            most = above;
            best = i;
        }
    }
    return best;
}

double tradeoff_between(const struct tradeoff *points, size_t n, double x)
{
    struct tradeoff below = {NAN, NAN}, above = {NAN, NAN};
    for (size_t i = 0; i < n; i++) {
        if (isnan(points[i].cost) || isnan(points[i].quality))
            continue;
        if (points[i].cost <= x && !(points[i].cost <= below.cost))
            below = points[i];
        if (points[i].cost >= x && !(points[i].cost >= above.cost))
            above = points[i];
    }
    double width = above.cost - below.cost, share = width > 0 ? (x - below.cost) / width : 0;
    return isnan(width) ? NAN : below.quality + share * (above.quality - below.quality);
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int ones(unsigned v)
{
    return (int)((v & 1) + (v >> 1 & 1) + (v >> 2 & 1) + (v >> 3 & 1));
}

bool tradeoff_disagree(const char *first, const char *second, int64_t *b, int64_t *c)
{
    size_t n = strlen(first);
    *b = *c = 0;
    if (n == 0 || strlen(second) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int p = digit(first[i]), q = digit(second[i]);
        if (p < 0 || q < 0)
            return false;
        *b += ones((unsigned)(p & ~q));
        *c += ones((unsigned)(q & ~p));
    }
    return true;
}

bool tradeoff_tie(int64_t b, int64_t c, int64_t n, double *low, double *high)
{
    paired_interval(b, c, n, low, high);
    return *low <= 0 && *high >= 0;
}
