/* sequence: see sequence.h. */
#include "engine/stats/sequence.h"

#include <math.h>
#include <stdbool.h>

const struct prior prior_right = {17, 3}, prior_rare = {1, 19};

static const double alpha95 = 0.05;

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

static double log_beta_binomial(int64_t k, int64_t n, double a, double b)
{
    double K = (double)k, N = (double)n;
    return lgamma(N + 1) - lgamma(K + 1) - lgamma(N - K + 1) + log_beta(K + a, N - K + b) - log_beta(a, b);
}

struct seen {
    int64_t s, n, N;
    struct prior prior;
    double most; /* log(1 / alpha) */
};

static bool possible(const struct seen *t, int64_t K)
{
    double a = t->prior.a, b = t->prior.b, s = (double)t->s, n = (double)t->n;
    return log_beta_binomial(K, t->N, a, b) - log_beta_binomial(K - t->s, t->N - t->n, a + s, b + n - s) <
           t->most;
}

/* The ratio is one over a likelihood, which rises up to the most likely K and falls behind it: what is possible is a run of
 * numbers around that one. The last possible one between it and the end. */
static int64_t last_possible(const struct seen *t, int64_t from, int64_t end)
{
    int64_t step = end >= from ? 1 : -1, inside = 0, outside = (end - from) * step + 1;
    while (outside - inside > 1) {
        int64_t middle = inside + (outside - inside) / 2;
        if (possible(t, from + step * middle))
            inside = middle;
        else
            outside = middle;
    }
    return from + step * inside;
}

void sequence_bounds(int64_t s, int64_t n, int64_t N, struct prior prior, double alpha, int64_t *low,
                     int64_t *high)
{
    const struct seen t = {s, n, N, prior, log(1 / alpha)};
    int64_t least = s, most = N - (n - s);
    if (n <= 0) {
        *low = 0;
        *high = N;
        return;
    }
    int64_t likely = (int64_t)((double)(N + 1) * (double)s / (double)n);
    likely = likely < least ? least : likely > most ? most : likely;
    *low = last_possible(&t, likely, least);
    *high = last_possible(&t, likely, most);
}

void sequence_share(int64_t s, int64_t n, int64_t N, struct prior prior, double *low, double *high)
{
    int64_t l, h;
    sequence_bounds(s, n, N, prior, alpha95, &l, &h);
    *low = (double)l / (double)N;
    *high = (double)h / (double)N;
}

void sequence_change(int64_t b, int64_t c, int64_t n, int64_t N, double *low, double *high)
{
    int64_t b_low, b_high, c_low, c_high;
    sequence_bounds(b, n, N, prior_rare, alpha95 / 2, &b_low, &b_high);
    sequence_bounds(c, n, N, prior_rare, alpha95 / 2, &c_low, &c_high);
    *low = (double)(c_low - b_high) / (double)N;
    *high = (double)(c_high - b_low) / (double)N;
}
